/** Where the tasks of a report come from, in words. */
import type { PoolName, TaskSource, TasksRecord } from '../records/index.js'
import { rareText } from '../spec/index.js'

const NAMES: Readonly<Record<PoolName, string>> = { training: 'training', evaluation: 'evaluation', heldOut: 'held-out' }

/** A sentence of the three pools: how many tasks each has, and by which law they were drawn or who gave them. Undefined for an old record. */
export function poolsText({ pools, sources }: TasksRecord): string | undefined {
  if (sources === undefined) return undefined
  const each = (['training', 'evaluation', 'heldOut'] as const).map((pool) => {
    const { values, rare } = pools[pool]
    const source = sources[pool]
    const marked = source.from === 'law' || rare === undefined ? '' : ` (${rare.filter((is) => is).length} marked as rare)`
    return { pool, count: values.length, from: `${sourceText(source)}${marked}` }
  })
  // Pools of one source are told together.
  const told = each.filter(({ from }, at) => each.findIndex((other) => other.from === from) === at)
  const parts = told.map(({ from }) => {
    const own = each.filter((other) => other.from === from)
    const names = own.map(({ count, pool }) => `${count} ${NAMES[pool]}`)
    const last = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}` : names[0]
    return `${last} ${own.length === 1 && own[0].count === 1 ? 'task' : 'tasks'} ${from}`
  })
  return `${parts.join('; ')}.`
}

function sourceText({ from, law = 'uniform', share, part, end, on, turns = false, file, sha256 }: TaskSource): string {
  if (from === 'rows') return 'that the specification lists'
  if (from === 'file') return `of the file ${file}${sha256 === undefined ? '' : ` (SHA-256 ${sha256.slice(0, 12)})`}`
  if (share === undefined || part === undefined || end === undefined || on === undefined) return `drawn by the law ${law}`
  return `drawn by the law ${law}, ${rareText({ on, turns, share, part, end })} and the others outside of it`
}
