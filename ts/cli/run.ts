/** `xmrl run`. */
import { relative } from 'node:path'
import { XmrlError } from '../errors.js'
import type { DeviceChoice } from '../native.js'
import { readSpecFile } from '../run/index.js'
import { applyOverrides, defineExperiment, presetNames, type WrittenSpec } from '../spec/index.js'
import { runExperiment } from '../stages/index.js'
import { Progress } from './progress.js'
import { tableLines } from './table.js'

interface RunFlags {
  seed?: string
  seeds?: string
  set: string[]
  out?: string
  device: DeviceChoice
  threads?: number
  resume: boolean
  until?: 'train' | 'evaluate'
  json: boolean
}

/** Seeds of `--seeds 0..9` or `0,3,5`, or of `--seed 4`. */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').flatMap((part) => {
    const range = /^(\d+)(?:\.\.(\d+))?$/.exec(part.trim())
    if (!range) throw new XmrlError('ERR_USAGE', `seeds: "${part}" is neither a number nor a range such as 0..9`)
    const first = Number(range[1])
    const last = Number(range[2] ?? range[1])
    if (last < first || last - first > 9999) throw new XmrlError('ERR_USAGE', `seeds: "${part}" is not a range from small to large`)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
  return [...new Set(seeds)]
}

/** The written specification that the argument and flags come to, with its text where it is a file. */
function written(target: string, flags: RunFlags): { spec: WrittenSpec; text?: string } {
  // Anything that does not look like a file is a preset, so that a misspelt preset offers the nearest name.
  const file = /\.(ya?ml|json)$/.test(target) && !presetNames.includes(target)
  const read = file ? readSpecFile(target) : undefined
  let spec: WrittenSpec = read ? read.written : { environment: target }
  if (flags.seed !== undefined && flags.seeds !== undefined) throw new XmrlError('ERR_USAGE', 'give --seed or --seeds, not both')
  const seeds = flags.seeds ?? flags.seed
  spec = applyOverrides(spec, flags.set)
  if (seeds !== undefined) spec = { ...spec, seeds: parseSeeds(seeds) }
  return read && flags.set.length === 0 && seeds === undefined ? { spec, text: read.text } : { spec }
}

export async function run(target: string, flags: RunFlags): Promise<void> {
  const { spec, text } = written(target, flags)
  const experiment = defineExperiment(spec)
  const out = flags.out ?? `runs/${experiment.spec.environment.replace('/', '-')}`
  const abort = new AbortController()
  let signals = 0
  const stop = () => {
    signals++
    progress.finish()
    if (signals === 1 && !flags.json)
      process.stderr.write('\nstopping after this step and saving (again: stop at once; nothing saved is lost)\n')
    if (signals > 1) process.exit(130)
    abort.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const progress = new Progress(experiment.spec.seeds.length)
  try {
    const events = runExperiment(experiment, {
      out,
      device: flags.device,
      resume: flags.resume,
      signal: abort.signal,
      ...(flags.until === undefined ? {} : { until: flags.until }),
      ...(flags.threads === undefined ? {} : { threads: flags.threads }),
      ...(text === undefined ? {} : { specText: text })
    })
    for await (const event of events) {
      if (flags.json) {
        process.stdout.write(`${JSON.stringify(event)}\n`)
        continue
      }
      progress.show(event)
      if (event.type === 'table') process.stdout.write(`\n${tableLines(event.table).join('\n')}\n`)
      if (event.type === 'report') process.stdout.write(`\nreport: ${relative(process.cwd(), event.path) || event.path}\n`)
    }
  } finally {
    progress.finish()
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}
