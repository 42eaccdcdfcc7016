/**
 * Every record of a run directory (`results/*.json`), one schema each: stages write them, reports and `loadRun` read them.
 * Arrays of one number a task are in task-id order; all figures are finite.
 */
import { z } from 'zod'

const id = z.number().int().nonnegative()
const steps = z.number().int().nonnegative()
const numbers = z.array(z.number())
const point = z.tuple([z.number(), z.number()])
/** A capsule in metres: x1 y1 z1 x2 y2 z2 radius; a sphere has both ends in one place. */
const capsule = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number(), z.number().nonnegative()])
export type Capsule = z.output<typeof capsule>
const correlation = z.number().min(-1).max(1)

/** The three frozen pools. */
export const POOLS = ['training', 'evaluation', 'held-out'] as const
export const poolName = z.enum(POOLS)
/** Name of a task pool. */
export type PoolName = z.output<typeof poolName>

/** The scene of a planar environment, for pictures (metres). */
export const scene = z.strictObject({
  low: point,
  high: point,
  start: point,
  goalRadius: z.number().positive(),
  discs: z.array(z.strictObject({ x: z.number(), y: z.number(), radius: z.number().positive() }))
})
export type Scene = z.output<typeof scene>

const pool = z.strictObject({ values: z.array(numbers), rare: z.array(z.boolean()).optional() })

/** The frozen tasks of a seed. */
export const tasksRecord = z.strictObject({
  preset: z.string(),
  taskNames: z.array(z.string()),
  /** Bounds of each task parameter, in the order of `taskNames`. */
  taskLow: numbers,
  taskHigh: numbers,
  pools: z.strictObject({ training: pool, evaluation: pool, 'held-out': pool }),
  /** What tells how well a task is served; absent: `success`. Scores by `return` come without success in every record. */
  scoredBy: z.enum(['success', 'return']).optional(),
  scene: scene.optional()
})
export type TasksRecord = z.output<typeof tasksRecord>

const streamScores = z.strictObject({
  /** Number of the random stream; equal streams of two arms are paired. */
  stream: z.number().int(),
  returns: numbers,
  success: numbers.optional(),
  /** `[N][adaptations]` mean returns, where kept. */
  perAdaptation: z.array(numbers).optional()
})
export type StreamScores = z.output<typeof streamScores>

const poolScores = z.strictObject({ streams: z.array(streamScores).min(1), rankCorrelation: correlation.optional() })

/** One arm's evaluation on the pools it was evaluated on. */
export const evaluationRecord = z.strictObject({
  arm: z.string(),
  seed: id,
  pools: z.strictObject({ training: poolScores.optional(), evaluation: poolScores, 'held-out': poolScores }),
  /** The evaluation pool before (0) and after each number of adaptation steps, on the last stream; where measured. */
  bySteps: z.array(z.strictObject({ adaptationSteps: id, returns: numbers, success: numbers.optional() })).optional(),
  envSteps: steps
})
export type EvaluationRecord = z.output<typeof evaluationRecord>

/** The tasks that need repair. */
export const poorRecord = z.strictObject({
  fraction: z.number().gt(0).lt(1),
  evaluation: z.array(id),
  'held-out': z.array(id),
  rankCorrelation: z.strictObject({ evaluation: correlation, 'held-out': correlation }),
  reliable: z.boolean()
})
export type PoorRecord = z.output<typeof poorRecord>

/** Which training tasks matter for the poor ones, and how far the answer can be trusted. */
export const explanationRecord = z.strictObject({
  solver: z.enum(['adaptation', 'implicit', 'gradient']),
  /** `[N]` task weights (`adaptation`, on the simplex) or scores (`implicit`, `gradient`). */
  omega: numbers,
  /** `[N]` 95 % interval of each. */
  low: numbers,
  high: numbers,
  halves: z.tuple([numbers, numbers]),
  similarity: numbers.optional(),
  splitHalfSpearman: correlation,
  topOverlap: z.number().min(0).max(1),
  critical: z.array(id),
  /** The value of omega (or score) at which the critical set ends; null where the nearest tasks were taken. */
  cut: z.number().nullable(),
  /** `[N]` sampling weights of critical slots, summing to 1, zero off the critical set. */
  weights: numbers,
  fallback: z.boolean(),
  reason: z.string().optional(),
  /** Solver facts: gap, residual, iterations, damping, lambdaMin, identityDefect ... */
  info: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
  envSteps: steps,
  /** Plain measures of the training tasks to hold the weights against; `success` or `return` of theta_0. */
  controls: z.strictObject({
    distance: numbers,
    success: numbers.optional(),
    returns: numbers.optional(),
    gradient: numbers.optional()
  })
})
export type ExplanationRecord = z.output<typeof explanationRecord>

/** The mixing law and its information. */
export const augmentationRecord = z.strictObject({
  family: z.enum(['uniform', 'kumaraswamy', 'logit-normal']),
  phi: numbers,
  density: z.strictObject({ lambda: numbers, p: numbers }),
  /** Conditional mutual information (nats), form (i), with common random numbers. */
  cmi: z.number(),
  /** The same with lambda fixed: 0 by construction. */
  null: z.number(),
  /** The same with lambda fixed and independent noise: what a careless estimate would report. */
  noiseNull: z.number(),
  standardError: z.number().nonnegative(),
  informationGain: z.number().optional(),
  upperBound: z.number().optional(),
  history: z.array(z.strictObject({ iteration: id, phi: numbers, cmi: z.number() })),
  /** How states were mixed and infeasible mixtures repaired. */
  mix: z.enum(['linear', 'geodesic']).optional(),
  repair: z.enum(['none', 'lift', 'reject']).optional(),
  /** Mixtures that were infeasible; those lifted, pairs drawn again, flights that started at a visited state after all. */
  infeasible: id.optional(),
  lifted: id.optional(),
  redraws: id.optional(),
  gaveUp: id.optional(),
  envSteps: steps
})
export type AugmentationRecord = z.output<typeof augmentationRecord>

/** One retraining arm: what it spent and how it went. */
export const armRecord = z.strictObject({
  arm: z.string(),
  seed: id,
  /** Environment steps of its own retraining. */
  extraSteps: steps,
  /** Steps of explaining and augmenting that are charged to it. */
  chargedSteps: steps,
  iterations: id,
  /** What it was allowed: extraSteps + chargedSteps stays at or just over it. */
  budget: steps,
  curve: z.array(z.strictObject({ envSteps: steps, returnAfter: z.number(), successAfter: z.number().optional() }))
})
export type ArmRecord = z.output<typeof armRecord>

const flight = z.strictObject({
  /**
   * Root in every state, metres: position (x, y) of a point or a body from the top; in the side view MuJoCo's `qpos` x and z,
   * whose zero is the model's (at z = 0 the cheetah's torso is .7 m high; the walker's z is its torso's height).
   */
  path: z.array(point),
  success: z.boolean().optional(),
  /** The body in some of the states. */
  poses: z.array(z.strictObject({ step: id, capsules: z.array(capsule) })).optional()
})
export type Flight = z.output<typeof flight>

/** Flight paths of one poor task before and after the repair. */
export const flightsRecord = z.strictObject({
  task: numbers,
  taskId: id,
  pool: poolName.optional(),
  /** From where a body is drawn: a planar one from the `side`, others from the `top`; absent: a point in a plane. */
  view: z.enum(['side', 'top']).optional(),
  /** Adapted returns of the task on the fresh stream, where tasks are scored by return. */
  returns: z.strictObject({ before: z.number(), after: z.number() }).optional(),
  before: z.array(flight),
  after: z.array(flight)
})
export type FlightsRecord = z.output<typeof flightsRecord>

const interval = z.strictObject({
  gain: z.number(),
  low: z.number(),
  high: z.number(),
  /** False where the interval holds 0: the gain is "not shown". */
  shown: z.boolean()
})
export type Interval = z.output<typeof interval>

export const METRICS = ['success', 'return'] as const
export const GROUPS = ['mean', 'poor', 'other'] as const
/** `both`: the evaluation and held-out tasks joined within each seed. */
export const TABLE_POOLS = ['both', 'evaluation', 'held-out'] as const

const tableRow = z.strictObject({
  arm: z.string(),
  pool: z.enum(TABLE_POOLS),
  group: z.enum(GROUPS),
  metric: z.enum(METRICS),
  /** Number of (seed, task) pairs. */
  tasks: id,
  before: z.number(),
  after: z.number(),
  /** after - before, paired, with its 95 % bootstrap interval. */
  ...interval.shape,
  /** Arm minus continued MAML at the same steps (absent for maml itself). */
  overMaml: interval.optional(),
  /** maml-null minus maml: what a second run of nothing new differs by. */
  null: interval.optional()
})
export type TableRow = z.output<typeof tableRow>

const degradedRow = z.strictObject({
  arm: z.string(),
  pool: z.enum(TABLE_POOLS),
  /** Share of the other (not poor) tasks whose success (or return) fell by more than `margin`. */
  share: z.number().min(0).max(1),
  /** Mean fall of those tasks (0 where there is none). */
  size: z.number().nonnegative(),
  /** The fall that counts; where it differs between pools and seeds, its mean. */
  margin: z.number().nonnegative(),
  /** Where tasks are scored by return: `margin` is this share of the spread (p90 - p10) of theta_0's adapted returns. */
  spreadShare: z.number().nonnegative().optional(),
  tasks: id
})
export type DegradedRow = z.output<typeof degradedRow>

/** The result table over one or several seeds. */
export const tableRecord = z.strictObject({
  seeds: z.array(id).min(1),
  rows: z.array(tableRow),
  degraded: z.array(degradedRow),
  /** Mean scores of the evaluation pool before (0) and after each number of adaptation steps, theta_0 first. */
  adaptation: z
    .array(z.strictObject({ arm: z.string(), adaptationSteps: id, mean: z.number(), poor: z.number(), other: z.number() }))
    .optional(),
  bootstrap: z.strictObject({ resamples: id, level: z.number(), over: z.enum(['tasks', 'seeds and tasks']) }),
  /** Extra environment steps of each arm, charged ones included, summed over seeds. */
  steps: z.record(z.string(), steps)
})
export type TableRecord = z.output<typeof tableRecord>

/** What every record says about its origin; written by the run room, not by stages. */
export const recordHeader = z.strictObject({
  record: z.string(),
  version: z.literal(1),
  specHash: z.string().regex(/^[0-9a-f]{64}$/),
  preset: z.string(),
  seed: id.nullable(),
  commit: z.string(),
  device: z.string(),
  dtype: z.string(),
  /** Order of durable commits (checkpoints and records) of the seed. */
  sequence: id,
  /** Length of metrics.jsonl when the record was written; resuming cuts back to the last commit's. */
  metricsBytes: id
})
export type RecordHeader = z.output<typeof recordHeader>

/** What one run was made with. */
export const manifestSchema = z.strictObject({
  version: z.literal(1),
  specHash: z.string(),
  preset: z.string(),
  seeds: z.array(id),
  package: z.string(),
  commit: z.string(),
  node: z.string(),
  platform: z.string(),
  machine: z.strictObject({ cpu: z.string(), cores: id, memoryGiB: z.number() }),
  device: z.string(),
  dtype: z.string(),
  threads: z.number().int().positive(),
  libtorch: z.string().optional(),
  created: z.string(),
  updated: z.string(),
  status: z.enum(['running', 'stopped', 'failed', 'done']),
  /** Environment steps by seed, then stage. */
  envSteps: z.record(z.string(), z.record(z.string(), steps))
})
export type Manifest = z.output<typeof manifestSchema>

/** Schema of every record by its kind; `evaluation` and `arm` are stored once per arm as `evaluation-<arm>`, `arm-<arm>`. */
export const recordSchemas = {
  tasks: tasksRecord,
  evaluation: evaluationRecord,
  poor: poorRecord,
  explanation: explanationRecord,
  augmentation: augmentationRecord,
  arm: armRecord,
  flights: flightsRecord,
  table: tableRecord
} as const
/** Kind of a record. */
export type RecordKind = keyof typeof recordSchemas
/** Kinds that are stored once per arm. */
export type ArmRecordKind = 'evaluation' | 'arm'
/** File name (without `.json`) of a record. */
export type RecordName = Exclude<RecordKind, ArmRecordKind> | `${ArmRecordKind}-${string}`
/** Body of a record of a kind. */
export type RecordOf<K extends RecordKind> = z.output<(typeof recordSchemas)[K]>
/** Body of a record by its file name. */
export type RecordBody<N extends RecordName> = N extends `${infer K extends ArmRecordKind}-${string}`
  ? RecordOf<K>
  : N extends RecordKind
    ? RecordOf<N>
    : never

/** The kind of a record name; `evaluation-theta_0` is an `evaluation`. Undefined where the name is no record's. */
export function kindOf(name: string): RecordKind | undefined {
  const kind = name.split('-', 1)[0]
  if (!Object.hasOwn(recordSchemas, kind)) return undefined
  const perArm = kind === 'evaluation' || kind === 'arm'
  if (perArm ? name.length > kind.length + 1 : name === kind) return kind as RecordKind
  return undefined
}

/** All records of one seed, as the report reads them. */
export interface SeedRecords {
  tasks?: TasksRecord
  poor?: PoorRecord
  explanation?: ExplanationRecord
  augmentation?: AugmentationRecord
  flights?: FlightsRecord
  table?: TableRecord
  /** By arm, `theta_0` included. */
  evaluations: Record<string, EvaluationRecord>
  /** By arm. */
  arms: Record<string, ArmRecord>
}
