/** Made-up but plausible records of a cheetah and of an ant, from fixed streams of numbers; bodies by forward kinematics. */

import type { Capsule, Episode, SeedRecords } from '../../ts/records/index.js'
import type { ReportRun } from '../../ts/report/index.js'
import { buildTable, chooseCritical, distanceToNearest, seedScores, worstTasks } from '../../ts/select/index.js'
import { defineExperiment, type Preset } from '../../ts/spec/index.js'
import { draws } from '../../ts/statistics/index.js'
import { manifest } from './synthetic.js'

const ARMS = ['xmrl', 'maml', 'maml-null', 'ma']
const GAIN: Record<string, number> = { xmrl: 0.45, maml: 0.12, 'maml-null': 0.1, ma: 0.2 }

/** Parts of the cheetah: place of the joint in the parent, then middle, tilt and half-length of the capsule. */
const CHEETAH: { parent: number; at: [number, number]; middle: [number, number]; tilt: number; half: number }[] = [
  { parent: -1, at: [0, 0], middle: [0, 0], tilt: Math.PI / 2, half: 0.5 },
  { parent: 0, at: [0, 0], middle: [0.6, 0.1], tilt: 0.87, half: 0.15 },
  { parent: 0, at: [-0.5, 0], middle: [0.1, -0.13], tilt: -3.8, half: 0.145 },
  { parent: 2, at: [0.16, -0.25], middle: [-0.14, -0.07], tilt: -2.03, half: 0.15 },
  { parent: 3, at: [-0.28, -0.14], middle: [0.03, -0.097], tilt: -0.27, half: 0.094 },
  { parent: 0, at: [0.5, 0], middle: [-0.07, -0.12], tilt: 0.52, half: 0.133 },
  { parent: 5, at: [-0.14, -0.24], middle: [0.065, -0.09], tilt: -0.6, half: 0.106 },
  { parent: 6, at: [0.13, -0.18], middle: [0.045, -0.07], tilt: -0.6, half: 0.07 }
]

const millimetres = (capsule: number[]) => capsule.map((value) => Math.round(value * 1000) / 1000 + 0) as Capsule

/** The cheetah with its root at (x, .7 + z), turned by `pitch`, its six joints at `angles`. */
function cheetah(x: number, z: number, pitch: number, angles: readonly number[]): Capsule[] {
  const frames: { x: number; z: number; angle: number }[] = []
  const turned = (angle: number, [px, pz]: readonly [number, number]) => [
    px * Math.cos(angle) + pz * Math.sin(angle),
    -px * Math.sin(angle) + pz * Math.cos(angle)
  ]
  return CHEETAH.map((part, i) => {
    const parent = frames[part.parent] ?? { x, z: 0.7 + z, angle: pitch }
    const [ax, az] = turned(parent.angle, part.at)
    const frame = { x: parent.x + ax, z: parent.z + az, angle: parent.angle + (i < 2 ? 0 : angles[i - 2]) }
    frames.push(frame)
    const [mx, mz] = turned(frame.angle, part.middle)
    const [dx, dz] = [Math.sin(frame.angle + part.tilt) * part.half, Math.cos(frame.angle + part.tilt) * part.half]
    const [cx, cz] = [frame.x + mx, frame.z + mz]
    return millimetres([cx - dx, 0, cz - dz, cx + dx, 0, cz + dz, 0.046])
  })
}

/** The ant from its root's place and heading, hips and ankles swinging with `phase`. */
function ant(x: number, y: number, heading: number, phase: number): Capsule[] {
  const at = (along: number, across: number): [number, number] => [
    x + along * Math.cos(heading) - across * Math.sin(heading),
    y + along * Math.sin(heading) + across * Math.cos(heading)
  ]
  const legs = [
    [1, 1],
    [-1, 1],
    [-1, -1],
    [1, -1]
  ].flatMap(([sx, sy], leg) => {
    const swing = 0.35 * Math.sin(phase + leg * 1.7)
    const hip = at(0.2 * sx, 0.2 * sy)
    const knee = at(
      (0.2 + 0.2 * Math.cos(swing)) * sx - 0.2 * Math.sin(swing) * sy,
      (0.2 + 0.2 * Math.cos(swing)) * sy + 0.2 * Math.sin(swing) * sx
    )
    const reach = 2.1 + 0.2 * Math.cos(phase + leg)
    const foot: [number, number] = [x + (knee[0] - x) * reach, y + (knee[1] - y) * reach]
    return [
      millimetres([...at(0, 0), 0.55, ...hip, 0.55, 0.08]),
      millimetres([...hip, 0.55, ...knee, 0.55, 0.08]),
      millimetres([...knee, 0.55, ...foot, 0.08, 0.08])
    ]
  })
  return [millimetres([x, y, 0.55, x, y, 0.55, 0.25]), ...legs]
}

const STEPS = [0, 29, 57, 86, 114, 143, 171, 200]

/** A run of the cheetah at `speed` m/s, 100 steps a second. */
function cheetahEpisode(speed: number): Episode {
  const x = (step: number) => 0.01 * step * speed * Math.min(1, step / 60)
  const pose = (step: number) => {
    const phase = step * 0.11
    const angles = [0, 1, 2, 3, 4, 5].map((joint) => 0.45 * Math.sin(phase + joint * 1.1) * (joint < 3 ? 1 : 0.9))
    return { step, capsules: cheetah(x(step), -0.06 + 0.05 * Math.sin(phase), 0.1 * Math.sin(phase * 0.7), angles) }
  }
  return {
    path: Array.from({ length: 201 }, (_, step): [number, number] => [Math.round(1000 * x(step)) / 1000, -0.06]),
    poses: STEPS.map(pose)
  }
}

/** A walk of the ant towards a place, which it reaches to the share `skill`. */
function antEpisode(goal: readonly number[], skill: number, wobble: number, withPoses: boolean): Episode {
  const place = (step: number): [number, number] => {
    const share = skill * (step / 200) ** 1.2
    const side = wobble * Math.sin(step / 31)
    return [goal[0] * share - 0.12 * goal[1] * side, goal[1] * share + 0.12 * goal[0] * side].map(
      (value) => Math.round(1000 * value) / 1000
    ) as [number, number]
  }
  const poses = STEPS.map((step) => ({ step, capsules: ant(...place(step), wobble * step * 0.002, step * 0.2) }))
  return { path: Array.from({ length: 201 }, (_, step) => place(step)), ...(withPoses ? { poses } : {}) }
}

/** Records of one seed with `count` tasks a pool: a cheetah that is to run at a velocity, or an ant that is to reach a goal. */
export function bodyRecords(kind: 'cheetah' | 'ant', seed: number, count = 20): SeedRecords {
  const source = draws(seed, 78, kind === 'ant' ? 1 : 0)
  const u = () => source.uniform()
  const normal = () => u() + u() + u() + u() - 2
  const round = (value: number) => Math.round(100 * value) / 100
  const draw = () => (kind === 'cheetah' ? [2 * u()] : [6 * u() - 3, 6 * u() - 3])
  const values = () => Array.from({ length: count }, draw)
  const pools = { training: { values: values() }, evaluation: { values: values() }, heldOut: { values: values() } }
  // Fast goals, and far ones, are served worst.
  const hardness = (task: number[]) => (kind === 'cheetah' ? task[0] ** 2 : Math.hypot(...task) * 1.1)
  const truth = (tasks: number[][], arm?: string) =>
    tasks.map(
      (task) => -60 - 28 * hardness(task) * (1 - (arm === undefined ? 0 : GAIN[arm] * (hardness(task) > 1.6 ? 1 : 0.2))) + 4 * normal()
    )
  const stream = (id: number, exact: number[]) => ({ stream: id, returns: exact.map((value) => round(value + 3 * normal())) })
  const stepped = (tasks: number[][], fresh: number[], arm?: string) =>
    [0, 1, 2, 3].map((adaptationSteps) => ({
      adaptationSteps,
      returns: adaptationSteps === 1 ? fresh : truth(tasks, arm).map((value) => round(value + [-35, 0, 6, 8][adaptationSteps]))
    }))
  const mined = (name: 'evaluation' | 'heldOut') => {
    const exact = truth(pools[name].values)
    const streams = [1, 2, 3].map((id) => stream(id, exact))
    return { streams, rankCorrelation: worstTasks(streams.slice(0, 2), 0.2).rankCorrelation }
  }
  const before = {
    training: { streams: [stream(1, truth(pools.training.values))] },
    evaluation: mined('evaluation'),
    heldOut: mined('heldOut')
  }
  const evaluated = (arm: string) => {
    const fresh = (name: 'evaluation' | 'heldOut') => ({ streams: [stream(3, truth(pools[name].values, arm))] })
    const both = { evaluation: fresh('evaluation'), heldOut: fresh('heldOut') }
    return { arm, seed, pools: both, bySteps: stepped(pools.evaluation.values, both.evaluation.streams[0].returns, arm), envSteps: 640_000 }
  }
  const theta0 = {
    arm: 'theta_0',
    seed,
    pools: before,
    bySteps: stepped(pools.evaluation.values, before.evaluation.streams[2].returns),
    envSteps: 4_480_000
  }
  const [a, b] = (['evaluation', 'heldOut'] as const).map((name) => worstTasks(before[name].streams.slice(0, 2), 0.2))
  const bounds = kind === 'cheetah' ? { low: [0], high: [2] } : { low: [-3, -3], high: [3, 3] }
  const targets = a.poor.map((id) => pools.evaluation.values[id])
  const distance = distanceToNearest(pools.training.values, targets, bounds.low, bounds.high)
  const raw = distance.map((value) => Math.max(0, Math.exp(-value * 7) - 0.1 + 0.05 * normal()))
  const omega = raw.map((value) => value / raw.reduce((sum, weight) => sum + weight, 0))
  const choice = chooseCritical({
    solver: 'adaptation',
    omega,
    splitHalfSpearman: 0.81,
    distance,
    criticalFraction: 0.2,
    minimumReliability: 0.3
  })
  const taskId = a.poor[0]
  const task = pools.evaluation.values[taskId]
  const lambda = Array.from({ length: 101 }, (_, i) => i / 100)
  const flown = (skill: number) =>
    kind === 'cheetah'
      ? [cheetahEpisode(skill * task[0])]
      : [0, 1, 2, 3].map((episode) => antEpisode(task, skill * (1 - 0.1 * episode), normal(), episode === 0))
  const evaluations = Object.fromEntries([['theta_0', theta0], ...ARMS.map((arm) => [arm, evaluated(arm)] as const)])
  const episodes = { before: flown(0.45), after: flown(0.9) }
  return {
    tasks: {
      preset: kind === 'cheetah' ? 'cheetah-vel/maml' : 'ant-goal/maml',
      taskNames: kind === 'cheetah' ? ['goal velocity (m/s)'] : ['goal x (m)', 'goal y (m)'],
      taskLow: bounds.low,
      taskHigh: bounds.high,
      pools,
      scoredBy: 'return'
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
      low: omega.map((value) => Math.max(0, 0.8 * value - 0.01)),
      high: omega.map((value) => 1.25 * value + 0.01),
      halves: [omega, omega],
      splitHalfSpearman: 0.81,
      topOverlap: 0.75,
      ...choice,
      info: { dualityGap: 1e-9, iterations: 300 },
      envSteps: 768_000,
      controls: { distance, returns: before.training.streams[0].returns }
    },
    augmentation: {
      family: 'uniform',
      phi: [],
      density: { lambda, p: lambda.map(() => 1) },
      cmi: 0.21,
      null: 0,
      noiseNull: 0.19,
      standardError: 0.012,
      history: [],
      mix: 'geodesic',
      repair: 'lift',
      infeasible: 214,
      lifted: 212,
      redraws: 2,
      gaveUp: 0,
      envSteps: 640_000
    },
    arms: Object.fromEntries(
      ARMS.map((arm) => [
        arm,
        {
          arm,
          seed,
          extraSteps: arm === 'xmrl' ? 4_992_000 : 6_400_000,
          chargedSteps: arm === 'xmrl' ? 1_408_000 : 0,
          iterations: arm === 'xmrl' ? 16 : 20,
          budget: 6_400_000,
          curve: Array.from({ length: arm === 'xmrl' ? 16 : 20 }, (_, i) => ({
            envSteps: 320_000 * (i + 1),
            returnAfter: round(-95 + 20 * GAIN[arm] * (1 - Math.exp(-i / 6)) + normal())
          }))
        }
      ])
    ),
    episodes: {
      task,
      taskId,
      pool: 'evaluation',
      view: kind === 'cheetah' ? 'side' : 'top',
      returns: {
        before: theta0.pools.evaluation.streams[2].returns[taskId],
        after: evaluations.xmrl.pools.evaluation.streams[0].returns[taskId]
      },
      ...episodes
    }
  }
}

/** A finished run of one seed. */
export function bodyRun(kind: 'cheetah' | 'ant', count = 20): ReportRun {
  const records = bodyRecords(kind, 0, count)
  const environment = records.tasks?.preset ?? ''
  return {
    experiment: defineExperiment({ environment: environment as Preset }),
    manifest: { ...manifest([0]), preset: environment },
    seeds: [{ seed: 0, records }],
    table: buildTable([seedScores(0, records)], { resamples: 1000 })
  }
}
