/** A run's metrics as TensorBoard shows them. */
import { XmrlError } from '../errors.js'
import { checkOptions, type Kinds, oneOf, seed as seeds, text } from '../options.js'
import { type LoadedRun, type LoadedSeed, type MetricLine, type MetricValue, readTiming } from '../run/index.js'
import { eventFile, type ScalarEvent } from './events.js'

/** What of a run is exported. */
export interface TensorboardOptions {
  /** One seed. @default every seed */
  seed?: number
  /** One arm; `theta_0` is what came before the repair. @default theta_0 and every arm */
  arm?: string
  /**
   * What steps count, from 0 in every stage: environment steps, so that arms are compared at equal cost, or meta-iterations.
   * @default 'envSteps'
   */
  step?: 'envSteps' | 'iteration'
}

const TENSORBOARD: Kinds<TensorboardOptions> = { seed: seeds, arm: text, step: oneOf('envSteps', 'iteration') }

/** The policy before the repair, to whose folder belongs what no arm did. */
const BEFORE = 'theta_0'
/** Keys that say where a line belongs, not what was measured; they become part of its tags. */
const PLACES = ['pool', 'stream', 'adaptationSteps', 'half'] as const
/** Keys that are no curve: names of the line, and ids. */
const APART = new Set<string>(['stage', 'iteration', 'envSteps', 'critical', ...PLACES])

/**
 * Event files that TensorBoard reads, by path under its log directory: `seed-<n>/<arm>/events.out.tfevents.<s>.xmrl`, with what the
 * stages before the repair measured under `theta_0`. A tag is the stage and the key of metrics.jsonl, `retrain/returnAfter`,
 * `evaluate/heldOut/stream-4/return`; of a list or an object one tag an entry, true is 1; texts and ids are left out. Wall times are
 * the run's creation and the seconds that its iterations took since. The same run gives the same bytes.
 * @throws XmrlError `ERR_USAGE` where the run has no such seed or arm, or no metrics; `ERR_RECORD_INVALID`
 */
export function tensorboardFiles(run: LoadedRun, options: TensorboardOptions = {}): Record<string, Uint8Array> {
  const { seed, arm, step = 'envSteps' } = checkOptions('tensorboardFiles', options, TENSORBOARD)
  const created = Date.parse(run.manifest.created) / 1000
  const seeds = run.seeds.filter((each) => seed === undefined || each.seed === seed)
  if (seeds.length === 0)
    throw new XmrlError('ERR_USAGE', `seed: ${seed} is not one of this run's (${run.seeds.map(({ seed }) => seed).join(', ')})`)
  const files: Record<string, Uint8Array> = {}
  const known = new Set<string>()
  for (const each of seeds) {
    for (const [name, events] of eventsOf(each, created, step)) {
      known.add(name)
      if (arm === undefined || arm === name)
        files[`seed-${each.seed}/${name}/events.out.tfevents.${Math.floor(created)}.xmrl`] = eventFile(events)
    }
  }
  if (known.size === 0) throw new XmrlError('ERR_USAGE', `${run.path} has no metrics yet`)
  if (Object.keys(files).length === 0)
    throw new XmrlError('ERR_USAGE', `arm: ${run.path} has no metrics of "${arm}"; it has ${[...known].join(', ')}`)
  return files
}

/** Events of a seed by arm, in the order of metrics.jsonl. */
function eventsOf({ path, metrics }: LoadedSeed, created: number, step: 'envSteps' | 'iteration'): Map<string, ScalarEvent[]> {
  const seconds = readTiming(path)
  const arms = new Map<string, ScalarEvent[]>()
  let wallTime = created
  for (const line of metrics) {
    wallTime += seconds(line.stage, line.iteration) ?? 0
    const { arm, stage } = placeOf(line.stage)
    const scalars = scalarsOf(line, stage)
    if (scalars.size === 0) continue
    const events = arms.get(arm) ?? []
    arms.set(arm, events)
    events.push({ wallTime, step: line[step] ?? line.iteration ?? line.envSteps ?? 0, scalars })
  }
  return arms
}

/** `retrain-maml-null` is the stage `retrain` of the arm `maml-null`; `explain-xmrl@2` the second explanation of `xmrl`. */
function placeOf(name: string): { arm: string; stage: string } {
  const [, stage, arm = BEFORE, round = ''] = /^(reptile-retrain|[^-]+)(?:-(.+?))?(@\d+)?$/.exec(name) ?? [name, name]
  return { arm, stage: stage === 'reptile-retrain' ? 'reptile' : `${stage}${round}` }
}

/** Numbers of a line by tag. */
function scalarsOf(line: MetricLine, stage: string): Map<string, number> {
  const places = PLACES.flatMap((key) => (line[key] === undefined ? [] : [key === 'pool' ? `${line[key]}` : `${key}-${line[key]}`]))
  const found = new Map<string, number>()
  const add = (tag: string, value: MetricValue | undefined): void => {
    if (typeof value === 'number' || typeof value === 'boolean') found.set(tag, Number(value))
    else if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) add(`${tag}/${key}`, inner)
  }
  for (const [key, value] of Object.entries(line)) if (!APART.has(key)) add([stage, ...places, key].join('/'), value)
  return found
}
