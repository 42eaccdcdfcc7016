/** What the records of a run lack that a finished one has, in words: by its specification, and from records alone. */
import type { Notice } from '../drawing/index.js'
import type { SeedRecords } from '../records/index.js'
import { canMix, type Spec } from '../spec/index.js'
import type { ReportRun } from './run.js'

/** What a seed lacks; empty where it has all. The words are those of the list of stages, whose test holds the two together. */
function lackingOf(spec: Spec, records: SeedRecords): string[] {
  if (hasNothing(records)) return ['everything']
  const { evaluations, arms } = records
  const there: [unknown, string][] = [
    [records.tasks, 'its tasks'],
    [evaluations.theta_0, 'the evaluation of theta_0'],
    [records.poor, 'the poor tasks'],
    [records.explanation, 'the explanation'],
    [!canMix(spec) || records.augmentation, 'the augmentation'],
    ...spec.retrain.arms.map((arm): [unknown, string] => [arms[arm] && evaluations[arm], `arm ${arm}`]),
    [spec.evaluate.transfer.length === 0 || records.transfer, 'the scores on other presets']
  ]
  return there.flatMap(([found, words]) => (found ? [] : [words]))
}

/** True of a seed whose folder holds no record of a stage. */
export const hasNothing = ({ evaluations, arms, ...rest }: SeedRecords): boolean =>
  Object.keys(evaluations).length + Object.keys(arms).length === 0 && Object.values(rest).every((record) => record === undefined)

/** `seeds 1 and 2 lack everything; seed 3 lacks arm maml`; undefined where every seed of the specification has all. */
export function gapsText({ experiment: { spec }, seeds }: Pick<ReportRun, 'experiment' | 'seeds'>): string | undefined {
  const by = new Map<string, number[]>()
  for (const number of spec.seeds) {
    const seed = seeds.find((each) => each.seed === number)
    const lacks = (seed === undefined ? ['everything'] : lackingOf(spec, seed.records)).join(', ')
    if (lacks !== '') by.set(lacks, [...(by.get(lacks) ?? []), number])
  }
  const told = [...by].map(([lacks, numbers]) =>
    numbers.length === 1
      ? `seed ${numbers[0]} lacks ${lacks}`
      : `seeds ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)} lack ${lacks}`
  )
  return told.length === 0 ? undefined : told.join('; ')
}

/** True of a run that nobody stopped and nothing works on: it should hold all that its specification asks for. */
export const shouldBeWhole = ({ manifest }: Pick<ReportRun, 'manifest'>): boolean =>
  manifest.status === 'done' || manifest.status === 'failed'

/** That a run lacks something: at the head of its report. */
export function gapNotices(runs: readonly ReportRun[]): Notice[] {
  return runs.flatMap((run) => {
    const gaps = gapsText(run)
    if (gaps === undefined) return []
    const text = `Not all of this run is here: ${gaps}. What follows speaks of the rest.`
    return [{ kind: shouldBeWhole(run) ? 'warning' : 'note', text }]
  })
}
