/** The frozen tasks of a seed, and how well they are served. */
import { z } from 'zod'
import { taskKinds } from '../spec/index.js'
import { correlation, id, numbers, point, steps } from './basics.js'

/** The scene of an environment that flies among discs, for pictures (metres). */
const scene = z.strictObject({
  low: point,
  high: point,
  start: point,
  goalRadius: z.number().positive(),
  discs: z.array(z.strictObject({ x: z.number(), y: z.number(), radius: z.number().positive() })),
  /** Floor, ceiling and height of the start, where episodes have heights; discs are pillars then. */
  heights: z.strictObject({ low: z.number(), high: z.number(), start: z.number() }).optional()
})
export type Scene = z.output<typeof scene>

const pool = z.strictObject({ values: z.array(numbers), rare: z.array(z.boolean()).optional() })

/** Where the tasks of a pool come from. */
const source = z.strictObject({
  /** `law`: drawn by a law of tasks; `rows`: the specification lists them; `file`: it names a file of them. */
  from: z.enum(['law', 'rows', 'file']),
  /** Name of the law. */
  law: z.string().optional(),
  /** Law `rare`: share of the training tasks that are rare. */
  share: z.number().optional(),
  /** Law `rare`: share of what tasks can be that is rare. */
  part: z.number().optional(),
  /** Law `rare`: which end of the range, or of the turn, is rare. */
  end: z.enum(['low', 'high']).optional(),
  /** Law `rare`: of what of a task. */
  on: z.string().optional(),
  /** Law `rare`: whether that is a direction, whose turn begins where the seed says. */
  turns: z.boolean().optional(),
  /** Name of the file, without its folder. */
  file: z.string().optional(),
  /** SHA-256 of what the file holds. */
  sha256: z.string().optional()
})
/** Where the tasks of a pool come from. */
export type TaskSource = z.output<typeof source>

/** The frozen tasks of a seed. */
export const tasksRecord = z.strictObject({
  preset: z.string(),
  taskNames: z.array(z.string()),
  /** Bounds of each task parameter, in the order of `taskNames`. */
  taskLow: numbers,
  taskHigh: numbers,
  /** The kinds of task; absent where there is but one, and in records of before they were kept. */
  kinds: taskKinds.optional(),
  pools: z.strictObject({ training: pool, evaluation: pool, heldOut: pool }),
  /** Where the tasks of each pool come from; absent in records of before there were other sources than the preset's own law. */
  sources: z.strictObject({ training: source, evaluation: source, heldOut: source }).optional(),
  /** What tells how well a task is served; absent: `success`. Scores by `return` come without success in every record. */
  scoredBy: z.enum(['success', 'return']).optional(),
  scene: scene.optional()
})
/** The frozen tasks of the three pools. */
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
  pools: z.strictObject({ training: poolScores.optional(), evaluation: poolScores, heldOut: poolScores }),
  /** The evaluation pool before (0) and after each number of adaptation steps, on the last stream; where measured. */
  bySteps: z.array(z.strictObject({ adaptationSteps: id, returns: numbers, success: numbers.optional() })).optional(),
  envSteps: steps,
  /** Those of them that adaptation steps beyond the ones behind the scores took, for an explanation to read; absent where none were flown. */
  furtherSteps: steps.optional()
})
/** Returns and, where there is success, successes of every task of the pools, under theta_0 or an arm. Stored as `evaluation-<arm>`. */
export type EvaluationRecord = z.output<typeof evaluationRecord>

/** The tasks that need repair. */
export const poorRecord = z.strictObject({
  fraction: z.number().gt(0).lt(1),
  evaluation: z.array(id),
  heldOut: z.array(id),
  rankCorrelation: z.strictObject({ evaluation: correlation, heldOut: correlation }),
  reliable: z.boolean()
})
/** Which tasks are served worst, and how far two evaluations agree on that. */
export type PoorRecord = z.output<typeof poorRecord>
