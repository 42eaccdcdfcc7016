/** Where a record and a run come from. */
import { z } from 'zod'
import { id, steps } from './basics.js'
import { RECORD_VERSION } from './migration.js'

/** What every record says about its origin; written by the run room, not by stages. */
export const recordHeader = z.strictObject({
  record: z.string(),
  /** Of the records' format (`migration.ts`). */
  version: z.literal(RECORD_VERSION),
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
  version: z.literal(RECORD_VERSION),
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
  /** `train.initial` as it was named, and the SHA-256 of the run's copy of it. */
  initial: z.strictObject({ file: z.string(), sha256: z.string() }).optional(),
  created: z.string(),
  updated: z.string(),
  status: z.enum(['running', 'stopped', 'failed', 'done']),
  /** Environment steps by seed, then stage. */
  envSteps: z.record(z.string(), z.record(z.string(), steps))
})
/** What a run was made with, how it stands, and what it spent: `manifest.json`. */
export type Manifest = z.output<typeof manifestSchema>
