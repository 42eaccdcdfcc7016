/** Made-up but plausible records, from a fixed stream of numbers, for pictures and pages. */

import type { Manifest, SeedRecords } from '../../ts/records/index.js'
import type { ReportRun } from '../../ts/report/index.js'
import { buildTable, chooseCritical, distanceToNearest, seedScores, worstTasks } from '../../ts/select/index.js'
import { defineExperiment } from '../../ts/spec/index.js'
import { draws } from '../../ts/statistics/index.js'

const START: [number, number] = [5, 5]
const DISCS = [
  { x: 7.2, y: 7.2, radius: 0.5 },
  { x: 2.6, y: 5.6, radius: 0.5 },
  { x: 5.8, y: 2.5, radius: 0.5 }
]
const ARMS = ['xmrl', 'maml', 'maml-null', 'ma', 'oracle']
const GAIN: Record<string, number> = { xmrl: 0.14, maml: 0.02, 'maml-null': 0.01, ma: 0.05, oracle: 0.12 }
const SIDE = 0.7

/** Records of one seed with `count` tasks a pool. */
export function syntheticRecords(seed: number, count = 50): SeedRecords {
  const source = draws(seed, 77, 0)
  const u = () => source.uniform()
  const normal = () => u() + u() + u() + u() - 2
  const rareAt = ([x, y]: number[]) => (x - 5) * Math.cos(SIDE) + (y - 5) * Math.sin(SIDE) > 0
  const goal = (rare?: boolean): number[] => {
    for (;;) {
      const task = [1 + 8 * u(), 1 + 8 * u()]
      const free =
        Math.hypot(task[0] - 5, task[1] - 5) > 2 &&
        DISCS.every((disc) => Math.hypot(task[0] - disc.x, task[1] - disc.y) > disc.radius + 0.35)
      if (free && (rare === undefined || rareAt(task) === rare)) return task
    }
  }
  const pool = (values: number[][]) => ({ values, rare: values.map(rareAt) })
  const training = pool(Array.from({ length: count }, (_, i) => goal(i % 10 === 3)))
  const pools = {
    training,
    evaluation: pool(Array.from({ length: count }, () => goal())),
    heldOut: pool(Array.from({ length: count }, () => goal()))
  }
  const clip = (value: number) => Math.min(1, Math.max(0, value))
  const grid = (value: number) => Math.round(clip(value) * 120) / 120
  const skill = (rare: boolean) => (rare ? 0.72 : 0.94) + 0.13 * normal()
  const truth = {
    training: training.rare.map(skill),
    evaluation: pools.evaluation.rare.map(skill),
    heldOut: pools.heldOut.rare.map(skill)
  }
  const stream = (values: number[], id: number) => {
    const success = values.map((value) => grid(value + 0.035 * normal()))
    return { stream: id, success, returns: success.map((value) => -1.2 + 3.1 * value + 0.05 * normal()) }
  }
  const mined = (name: 'evaluation' | 'heldOut') => {
    const streams = [1, 2, 3].map((id) => stream(truth[name], id))
    return { streams, rankCorrelation: worstTasks(streams.slice(0, 2), 0.2).rankCorrelation }
  }
  const theta0 = {
    arm: 'theta_0',
    seed,
    pools: { training: { streams: [stream(truth.training, 1)] }, evaluation: mined('evaluation'), heldOut: mined('heldOut') },
    envSteps: 2_700_000
  }
  const [a, b] = (['evaluation', 'heldOut'] as const).map((name) => worstTasks(theta0.pools[name].streams.slice(0, 2), 0.2))
  const after = (name: 'evaluation' | 'heldOut', arm: string, shift: number) => ({
    streams: [
      stream(
        truth[name].map((value) => value + (1 - value) * (GAIN[arm] + shift) * 2.4 - 0.012 + 0.03 * normal()),
        3
      )
    ]
  })
  const shift = 0.05 * normal()
  const evaluations = Object.fromEntries([
    ['theta_0', theta0],
    ...ARMS.map((arm) => [
      arm,
      {
        arm,
        seed,
        pools: { evaluation: after('evaluation', arm, shift), heldOut: after('heldOut', arm, shift / 2) },
        envSteps: 900_000
      }
    ])
  ])
  const poorTasks = a.poor.map((id) => pools.evaluation.values[id])
  const distance = distanceToNearest(training.values, poorTasks, [1, 1], [9, 9])
  const raw = distance.map((value, id) => Math.max(0, (training.rare[id] ? 1 : 0.25) * Math.exp(-value * 6) - 0.08 + 0.05 * normal()))
  const total = raw.reduce((sum, value) => sum + value, 0)
  const omega = raw.map((value) => value / total)
  const chosen = chooseCritical({
    solver: 'adaptation',
    omega,
    splitHalfSpearman: 0.88,
    distance,
    criticalFraction: 0.2,
    minimumReliability: 0.3
  })
  const episode = (reach: boolean, [gx, gy] = poorTasks[0]) => {
    let [x, y] = [5 + 0.3 * normal(), 5 + 0.3 * normal()]
    const bend = reach ? 0 : 0.9 + 0.3 * normal()
    const path: [number, number][] = [[x, y]]
    for (let t = 0; t < 24 && Math.hypot(gx - x, gy - y) > 0.9; t++) {
      const angle = Math.atan2(gy - y, gx - x) + bend + 0.3 * normal()
      x += 0.34 * Math.cos(angle)
      y += 0.34 * Math.sin(angle)
      path.push([x, y])
    }
    return { path, success: Math.hypot(gx - x, gy - y) <= 1 }
  }
  const lambda = Array.from({ length: 101 }, (_, i) => i / 100)
  return {
    tasks: {
      preset: 'drone-planar',
      taskNames: ['goal_x', 'goal_y'],
      taskLow: [1, 1],
      taskHigh: [9, 9],
      pools,
      scene: { low: [-2, -2], high: [12, 12], start: START, goalRadius: 1, discs: DISCS }
    },
    evaluations,
    poor: {
      fraction: 0.2,
      evaluation: a.poor,
      heldOut: b.poor,
      rankCorrelation: { evaluation: a.rankCorrelation, heldOut: b.rankCorrelation },
      reliable: true
    },
    explanation: {
      solver: 'adaptation',
      omega,
      low: omega.map((value) => Math.max(0, value - 0.012 - 0.2 * value)),
      high: omega.map((value) => value + 0.012 + 0.25 * value),
      halves: [omega, omega],
      splitHalfSpearman: 0.88,
      topOverlap: 0.8,
      ...chosen,
      info: { gap: 1e-9, iterations: 412 },
      envSteps: 800_000,
      controls: { distance, success: theta0.pools.training.streams[0].success }
    },
    augmentation: {
      family: 'uniform',
      phi: [],
      density: { lambda, p: lambda.map(() => 1) },
      cmi: 0.412,
      null: 0,
      noiseNull: 0.388,
      standardError: 0.021,
      history: [],
      envSteps: 120_000
    },
    arms: Object.fromEntries(
      ARMS.map((arm) => [
        arm,
        {
          arm,
          seed,
          extraSteps: arm === 'xmrl' ? 5_080_000 : 6_000_000,
          chargedSteps: arm === 'xmrl' ? 920_000 : 0,
          iterations: arm === 'xmrl' ? 122 : 145,
          budget: 6_000_000,
          curve: Array.from({ length: arm === 'xmrl' ? 122 : 145 }, (_, i) => ({
            envSteps: Math.round((i + 1) * 41_400),
            returnAfter: 1.4 + 0.2 * normal(),
            successAfter: clip(
              0.8 + GAIN[arm] * (1 - Math.exp(-i / 50)) * 0.7 - (arm === 'xmrl' || arm === 'oracle' ? 0.06 : 0) + 0.03 * normal()
            )
          }))
        }
      ])
    ),
    episodes: {
      task: poorTasks[0],
      taskId: a.poor[0],
      pool: 'evaluation',
      before: Array.from({ length: 12 }, (_, i) => episode(i % 3 === 0)),
      after: Array.from({ length: 12 }, (_, i) => episode(i % 6 !== 0)),
      arm: 'xmrl',
      success: { before: 0.31, after: 0.86 },
      mostChanged: {
        task: poorTasks[1],
        taskId: a.poor[1],
        pool: 'evaluation',
        success: { before: 0.12, after: 0.95 },
        before: Array.from({ length: 12 }, (_, i) => episode(i % 9 === 0, poorTasks[1])),
        after: Array.from({ length: 12 }, () => episode(true, poorTasks[1]))
      },
      worstChangedMost: false
    }
  }
}

/** A finished run over `seeds`. */
export function syntheticRun(seeds: readonly number[], count = 50): ReportRun {
  const experiment = defineExperiment({ seeds: [...seeds] })
  const loaded = seeds.map((seed) => ({ seed, records: syntheticRecords(seed, count) }))
  return {
    experiment,
    manifest: manifest(seeds),
    seeds: loaded,
    table: buildTable(
      loaded.map(({ seed, records }) => seedScores(seed, records)),
      { resamples: 1000 }
    )
  }
}

/** What the made-up runs were made with. */
export function manifest(seeds: readonly number[]): Manifest {
  return {
    version: 1,
    specHash: 'ef235cc7e525b3a0b01a0df7a5a4472039ef897f5dc0bed5ba9a9088d6c9786c',
    preset: 'drone-planar',
    seeds: [...seeds],
    package: '0.1.0',
    commit: '0123456789abcdef0123456789abcdef01234567',
    node: 'v20.20.2',
    platform: 'linux x64',
    machine: { cpu: 'a test processor', cores: 2, memoryGiB: 24 },
    device: 'cpu',
    dtype: 'float64 (roll-outs float32)',
    threads: 2,
    libtorch: '2.11.0',
    created: '2026-01-01T00:00:00.000Z',
    updated: '2026-01-01T00:05:00.000Z',
    status: 'done',
    envSteps: Object.fromEntries(
      seeds.map((seed) => [
        seed,
        {
          train: 5_700_000,
          'evaluate-theta_0': 2_700_000,
          explain: 800_000,
          augment: 120_000,
          'retrain-xmrl': 5_080_000,
          'retrain-maml': 6_000_000
        }
      ])
    )
  }
}
