/** Made-up records of explanations that foretell and come to something, and of an arm whose share was steered. */

import type { ArmRecord, ExplanationRecord, SeedRecords } from '../../ts/records/index.js'
import type { ReportRun } from '../../ts/report/index.js'
import { buildTable, leadingScores, seedScores } from '../../ts/select/index.js'
import { draws, mean } from '../../ts/statistics/index.js'
import { syntheticRecords, syntheticRun } from './synthetic.js'

type Finding = NonNullable<ExplanationRecord['verdict']>['finding']

/** The made-up records of a seed with the keys of an explanation that was judged; the arms that go by it are held where that says so. */
export function toldRecords(seed: number, finding: Finding = 'repair', count = 50): SeedRecords {
  const records = syntheticRecords(seed, count)
  const { explanation: made, poor, evaluations, arms } = records
  if (made === undefined || poor === undefined) throw new Error('the made-up records have no explanation')
  // The made-up weights of few tasks may all be 0.
  const even = Array<number>(count).fill(1 / count)
  const weightless = {
    omega: even,
    low: even,
    high: even,
    halves: [even, even] as [number[], number[]],
    critical: [0],
    weights: [1, ...even.slice(1).fill(0)]
  }
  const explanation = { ...made, ...(made.omega.every(Number.isFinite) ? {} : weightless) }
  const source = draws(seed, 78, 0)
  const noise = () => source.uniform() + source.uniform() - 1
  const change = (pool: 'evaluation' | 'heldOut') => {
    const of = (arm: string) => leadingScores(evaluations[arm].pools[pool].streams[evaluations[arm].pools[pool].streams.length - 1])
    const [after, before] = [of('xmrl'), of('maml')]
    return after.map((value, task) => Math.round(1e4 * (2.2 * (value - before[task]) + 0.25 * noise())) / 1e4)
  }
  const [evaluation, heldOut] = [change('evaluation'), change('heldOut')]
  const effectiveTasks = finding === 'spread' ? 0.4 * count : 1 / explanation.omega.reduce((sum, weight) => sum + weight * weight, 0)
  const all = Array.from({ length: count }, (_, task) => task)
  return {
    ...records,
    evaluations: { ...evaluations, theta_0: { ...evaluations.theta_0, furtherSteps: 900_000 } },
    explanation: {
      ...explanation,
      adaptationSteps: 3,
      lengths: 'kept',
      source: 'evaluation',
      effectiveTasks,
      ...(finding === 'spread' ? { critical: all.slice(0, Math.round(0.6 * count)) } : {}),
      ...(finding === 'unrepeatable' ? { splitHalfSpearman: 0.12, fallback: true, reason: 'two halves agree only at 0.12' } : {}),
      foretold: { evaluation, heldOut, poor: mean(poor.evaluation.map((task) => evaluation[task])), splitHalfSpearman: 0.85 },
      verdict: { finding, reason: 'made up' },
      envSteps: 0
    },
    arms: { ...arms, xmrl: conducted(arms.xmrl, finding) }
  }
}

/** XMRL's record: steered where something was singled out. */
function conducted(arm: ArmRecord, finding: Finding): ArmRecord {
  const free = { ...arm, chargedSteps: 0 }
  if (finding !== 'repair') return { ...free, held: finding }
  const shares = [0.5, 0.6, 0.7, 0.8, 0.7, 0.6, 0.7]
  const changes = [0, 0.004, 0.006, -0.002, -0.031, -0.024, -0.004]
  const audits = shares.map((share, i) => ({
    iteration: 20 * i,
    envSteps: 18_000 * (i + 1),
    poor: 0.61 + 0.02 * i,
    other: 0.95 + changes[i],
    change: changes[i],
    standardError: i === 0 ? 0 : 0.012,
    share
  }))
  return { ...free, dose: { poor: [1, 4, 7], other: [0, 2, 3, 5], audits, envSteps: 126_000 } }
}

/** A finished run of these records, a finding a seed. */
export function toldRun(findings: readonly Finding[], count = 50): ReportRun {
  const run = syntheticRun(
    findings.map((_, seed) => seed),
    count
  )
  const seeds = findings.map((finding, seed) => ({ seed, records: toldRecords(seed, finding, count) }))
  const scores = seeds.map(({ seed, records }) => seedScores(seed, records))
  return { ...run, seeds, table: buildTable(scores, { resamples: 400 }) }
}
