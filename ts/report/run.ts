/** What a report is made from. */
import type { Manifest, SeedRecords, TableRecord } from '../records/index.js'
import type { Experiment } from '../spec/index.js'

/** What a report is made from; a loaded run is one. */
export interface ReportRun {
  experiment: Pick<Experiment, 'spec' | 'hash'>
  manifest: Manifest
  seeds: readonly { seed: number; records: SeedRecords }[]
  /** Table over the run's seeds, where it was written. */
  table?: TableRecord
}
