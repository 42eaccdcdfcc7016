/**
 * Every record of a run directory (`results/*.json`), by kind: stages write them, reports and `loadRun`
 * read them. Arrays of one number a task are in task-id order; all figures are finite.
 */
import type { z } from 'zod'
import { type ArmRecord, armRecord } from './arm.js'
import { type AugmentationRecord, augmentationRecord } from './augmentation.js'
import { type EpisodesRecord, episodesRecord } from './episodes.js'
import { type ExplanationRecord, explanationRecord } from './explanation.js'
import { tableRecord } from './table.js'
import { type EvaluationRecord, evaluationRecord, type PoorRecord, poorRecord, type TasksRecord, tasksRecord } from './tasks.js'
import { type TransferRecord, transferRecord } from './transfer.js'
import { type ValidationRecord, validationRecord } from './validation.js'

/**
 * Schema of every record by its kind; `evaluation` and `arm` are stored once per arm as `evaluation-<arm>`, `arm-<arm>`, and an
 * arm that explains or augments by itself has `explanation-<arm>`, `augmentation-<arm>` (its later rounds `<arm>@2`, ...) beside the run's.
 */
export const recordSchemas = {
  tasks: tasksRecord,
  evaluation: evaluationRecord,
  poor: poorRecord,
  explanation: explanationRecord,
  validation: validationRecord,
  augmentation: augmentationRecord,
  arm: armRecord,
  episodes: episodesRecord,
  transfer: transferRecord,
  table: tableRecord
} as const
/** Kind of a record. */
export type RecordKind = keyof typeof recordSchemas
/** Kinds that are stored once per arm. */
export type ArmRecordKind = 'evaluation' | 'arm'
/** Kinds that are stored once, and once more for every arm that has its own. */
export type OwnRecordKind = 'explanation' | 'augmentation'
/** File name (without `.json`) of a record. */
export type RecordName = Exclude<RecordKind, ArmRecordKind> | `${ArmRecordKind | OwnRecordKind}-${string}`
/** Body of a record of a kind. */
export type RecordOf<K extends RecordKind> = z.output<(typeof recordSchemas)[K]>
/** Body of a record by its file name. */
export type RecordBody<N extends RecordName> = N extends `${infer K extends ArmRecordKind | OwnRecordKind}-${string}`
  ? RecordOf<K>
  : N extends RecordKind
    ? RecordOf<N>
    : never

/** The kind of a record name; `evaluation-theta_0` is an `evaluation`. Undefined where the name is no record's. */
export function kindOf(name: string): RecordKind | undefined {
  const kind = name.split('-', 1)[0]
  if (!Object.hasOwn(recordSchemas, kind)) return undefined
  const perArm = kind === 'evaluation' || kind === 'arm'
  const own = kind === 'explanation' || kind === 'augmentation'
  if ((!perArm && name === kind) || ((perArm || own) && name.length > kind.length + 1)) return kind as RecordKind
  return undefined
}

/** All records of one seed, as the report reads them. */
export interface SeedRecords {
  tasks?: TasksRecord
  poor?: PoorRecord
  explanation?: ExplanationRecord
  validation?: ValidationRecord
  augmentation?: AugmentationRecord
  episodes?: EpisodesRecord
  transfer?: TransferRecord
  /** By arm, `theta_0` included. */
  evaluations: Record<string, EvaluationRecord>
  /** By arm. */
  arms: Record<string, ArmRecord>
  /** Of arms that explain by themselves, by arm (and round: `<arm>@2`). */
  ownExplanations?: Record<string, ExplanationRecord>
  /** Of arms that learn a mixing law by themselves, by arm. */
  ownAugmentations?: Record<string, AugmentationRecord>
}
