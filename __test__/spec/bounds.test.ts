import test from 'ava'
import { defineWorld } from '../../ts/own/index.js'
import { defineExperiment, type WrittenSpec } from '../../ts/spec/index.js'
import { specSchema } from '../../ts/spec/schema.js'

interface Node {
  shape?: Record<string, Node>
  element?: Node
  valueType?: Node
  def?: { innerType?: Node; type?: string; options?: Node[] }
  format?: string | null
  maxValue?: number | null
  minValue?: number | null
}

/** Every whole number of the schema with the path it is at; a list's entries are at 0, a record's at `x`. */
function* wholeNumbers(node: Node, path: string[] = []): Generator<{ path: string[]; most: number; least: number }> {
  if (node.shape) for (const [key, child] of Object.entries(node.shape)) yield* wholeNumbers(child, [...path, key])
  else if (node.def?.innerType) yield* wholeNumbers(node.def.innerType, path)
  else if (node.valueType) yield* wholeNumbers(node.valueType, [...path, 'x'])
  else if (node.element) yield* wholeNumbers(node.element, [...path, '0'])
  else if (node.def?.options) for (const option of node.def.options) yield* wholeNumbers(option, path)
  else if (node.def?.type === 'number' && node.format === 'safeint')
    yield { path, most: node.maxValue ?? Number.POSITIVE_INFINITY, least: node.minValue ?? Number.NEGATIVE_INFINITY }
}

const COUNTS = [...wholeNumbers(specSchema as unknown as Node)]

/** The smallest specification that sets a path. */
function written([key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value
  const inner = written(rest, value)
  return key === '0' ? [inner] : { [key]: inner }
}

/** A world of one's own as it is recorded: all of it, or none. */
const WORLD = (() => {
  const rows = (batch: { count: number }) => void batch
  const laws = { none: (_: unknown, count: number) => Array.from({ length: count }, () => [0]) }
  const size = { size: 1 }
  const { name, record } = defineWorld({
    name: 'w',
    horizon: 1,
    ...{ observation: size, action: size, state: size, task: { names: ['t'] }, laws, reset: rows, observe: rows, step: rows }
  })
  return { environment: name, world: record }
})()

/** What else a path needs beside it to be no other error. */
function experiment(path: string[], value: number): WrittenSpec {
  const spec = written(path, value) as Record<string, never>
  if (path[0] === 'train' && path[1] === 'phases') return { train: { phases: [{ iterations: 1, [path[3]]: value }] } }
  if (path[1] === 'kinds') {
    const kinds = { parameter: 't', names: ['one'], ...(written(path.slice(2), value) as object) }
    return { ...WORLD, world: { ...WORLD.world, kinds } } as unknown as WrittenSpec
  }
  if (path[0] === 'world') return { ...WORLD, world: { ...WORLD.world, [path[1]]: value } } as unknown as WrittenSpec
  if (path[1] === 'define')
    return { retrain: { define: { x: { base: 'xmrl', ...(spec as never as { retrain: { define: { x: object } } }).retrain.define.x } } } }
  return spec as WrittenSpec
}

/** Environment steps of an arm, which no native call is given. */
const ENV_STEPS = ['retrain.extraSteps', 'retrain.define.x.steps']

test('every whole number of a specification has an upper bound that native code can hold, and is refused by name above it', (t) => {
  // As many as there were when this was written, so that the walk finds them.
  t.true(COUNTS.length >= 75, `${COUNTS.length} found`)
  for (const { path, most } of COUNTS) {
    const name = path.join('.')
    t.true(most <= 0xffffffff || ENV_STEPS.includes(name), `${name} may be ${most}`)
    for (const value of [most + 1, 2 ** 32 + 8, Number.MAX_SAFE_INTEGER]) {
      if (value <= most) continue
      t.throws(() => defineExperiment(experiment(path, value)), {
        code: 'ERR_SPEC_INVALID',
        message: new RegExp(`^${name.replace('.0', '\\.0')}: .*<=${most}, found ${value}$`)
      })
    }
  }
})

test('the defaults are far from the bounds', (t) => {
  const { spec } = defineExperiment({ environment: 'drone-planar' })
  for (const { path, most } of COUNTS) {
    const value = path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], spec)
    if (typeof value === 'number' && path[0] !== 'seeds') t.true(value <= most / 5, `${path.join('.')}: ${value} of ${most}`)
  }
})
