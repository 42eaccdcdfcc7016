/** The section `slurm` of a sweep file as options of sbatch: handed through, but for what a sweep says itself. */
import { XmrlError } from '../errors.js'

/** What a sweep says to sbatch itself, and what to write in place of it. */
const OURS: Readonly<Record<string, string>> = {
  array: 'the units are the array; set jobs for the most at a time',
  requeue: 'units are always requeued',
  'no-requeue': 'units are always requeued',
  parsable: 'it is always given',
  output: 'logs lie in logs/ of the sweep',
  error: 'logs lie in logs/ of the sweep',
  wrap: 'the script is the sweep’s; set setup for lines before it',
  chdir: 'paths count from the sweep file',
  dependency: 'arrays that are too long for one are chained by it',
  nodes: 'a unit is one process on one node',
  ntasks: 'a unit is one process on one node',
  open_mode: 'logs are always added to'
}

/** Names that a sweep file may use for options of sbatch. */
const NAMES: Readonly<Record<string, string>> = { memory: 'mem', cpus: 'cpus-per-task' }

/** Seconds before the time limit at which a unit is told to save, at most and at least. Slurm looks about every half minute. */
const WARNING = { most: 120, least: 30, share: 0.1 }

/** The section `slurm`, read. */
export interface SlurmOptions {
  /** Options of sbatch, in the order written. */
  options: string[]
  /** Lines of the job's script before the unit. */
  setup: string[]
}

/**
 * Reads the section `slurm` of a sweep file.
 * @throws XmrlError `ERR_SPEC_INVALID` naming the key
 */
export function slurmOptions(section: Readonly<Record<string, unknown>>): SlurmOptions {
  const fail = (key: string, said: string): never => {
    throw new XmrlError('ERR_SPEC_INVALID', `slurm.${key}: ${said}`)
  }
  const { setup, ...rest } = section
  const lines = setup === undefined ? [] : [setup].flat()
  if (!lines.every((line) => typeof line === 'string')) fail('setup', 'give a line of shell, or a list of lines')
  const options = Object.entries(rest).map(([key, value]) => {
    if (!/^[a-z][a-z0-9-]*$/.test(key)) fail(key, 'no long option of sbatch (lower case, with hyphens), memory, cpus or setup')
    const own = OURS[key]
    if (own !== undefined) fail(key, `${own}; leave it out`)
    const name = NAMES[key] ?? key
    if (value === true) return `--${name}`
    if (typeof value !== 'string' && typeof value !== 'number') fail(key, 'give a text, a number or true, as sbatch takes it')
    if (key === 'signal' && !/^B:USR1@\d+$/.test(String(value)))
      fail(key, 'units save on B:USR1@<seconds before the time limit>; write it so')
    // YAML reads 02:00:00 without quotes as it stands, but 10:00 may have been meant as minutes and hours alike: as sbatch has it.
    return `--${name}=${value}`
  })
  const warned = options.some((option) => option.startsWith('--signal='))
  return { options: warned ? options : [...options, `--signal=B:USR1@${warning(section.time)}`], setup: lines as string[] }
}

/** Seconds before a time limit at which a unit is told. */
function warning(time: unknown): number {
  const limit = seconds(time)
  if (limit === undefined) return WARNING.most
  return Math.max(WARNING.least, Math.min(WARNING.most, Math.round(limit * WARNING.share)))
}

/** Seconds of a time as sbatch takes it: minutes, m:s, h:m:s, d-h, d-h:m, d-h:m:s; undefined for anything else. */
export function seconds(time: unknown): number | undefined {
  const match = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(String(time ?? ''))
  if (match === null) return undefined
  const [days, a, b, c] = match.slice(1).map((part) => (part === undefined ? undefined : Number(part)))
  if (days !== undefined) return days * 86_400 + (a ?? 0) * 3600 + (b ?? 0) * 60 + (c ?? 0)
  if (c !== undefined) return (a ?? 0) * 3600 + (b ?? 0) * 60 + c
  return (a ?? 0) * 60 + (b ?? 0)
}
