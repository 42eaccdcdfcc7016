/** `xmrl check <preset or own world>`: the contract of a world, line by line, with what to change for each that is not in order. */
import { type CheckLine, type CheckVerdict, checkWorld, type WorldCheck } from '../check/index.js'
import { XmrlError } from '../errors.js'
import { applyOverrides } from '../spec/index.js'
import { EXIT } from './failure.js'

interface CheckFlags {
  seed: number
  set: string[]
  json: boolean
}

/** Columns of a line: what was checked, the verdict, and the text beside them. */
const NAME = 15
const VERDICT = 9
const MARGIN = NAME + VERDICT

const SHOWN: Record<CheckVerdict, string> = { ok: 'ok', warning: 'warning', failed: 'FAILED', 'not applicable': '–' }

/** Text broken between words into lines of the terminal's width, the later ones below the first; lines of a stack stay lines. */
const beside = (text: string, margin: number) =>
  text
    .split('\n')
    .map((line, i) => (i === 0 ? broken(line, margin) : line))
    .join(`\n${' '.repeat(margin)}`)

function broken(text: string, margin: number): string {
  const width = Math.max(40, Math.min(process.stdout.columns ?? 120, 140) - margin)
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1]
    if (last === '') lines[lines.length - 1] = word
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.join(`\n${' '.repeat(margin)}`)
}

function show({ name, verdict, found, change }: CheckLine): void {
  const head = `${name.padEnd(NAME)}${SHOWN[verdict].padEnd(VERDICT)}`
  process.stdout.write(`${head}${beside(found, MARGIN)}\n`)
  if (change !== undefined) process.stdout.write(`${' '.repeat(MARGIN)}→ ${beside(change, MARGIN + 2)}\n`)
}

/** How many lines are how, and what that means. */
function sum({ world, lines, passed }: WorldCheck): string {
  const count = (of: CheckVerdict) => lines.filter(({ verdict }) => verdict === of).length
  const [warnings, faults, none] = [count('warning'), count('failed'), count('not applicable')]
  const parts = [
    `${count('ok')} ok`,
    ...(warnings > 0 ? [`${warnings} warning${warnings === 1 ? '' : 's'}`] : []),
    ...(faults > 0 ? [`${faults} failed`] : []),
    ...(none > 0 ? [`${none} not applicable (–)`] : [])
  ]
  const means = passed ? 'keeps the contract in all that was tried' : 'does not keep the contract: change what failed, then check again'
  return `${parts.join(', ')}: ${world} ${means}.`
}

/** Checks a world and shows each line as soon as it is there. */
export async function check(world: string, { seed, set, json }: CheckFlags): Promise<void> {
  const { environment, ...spec } = applyOverrides({}, set)
  if (environment !== undefined)
    throw new XmrlError('ERR_USAGE', `--set environment: the world that is checked is ${world}; name the other one there`)
  let begun = false
  const told = (line: CheckLine) => {
    if (!begun) process.stdout.write(`${world}, seed ${seed}\n\n`)
    begun = true
    show(line)
  }
  const done = await checkWorld(world, { seed, spec, ...(json ? {} : { told }) })
  process.stdout.write(json ? `${JSON.stringify(done, null, 2)}\n` : `\n${beside(sum(done), 0)}\n`)
  if (!done.passed) process.exitCode = EXIT.failed
}
