/** What a run reports while it works: the events of its stages, in order, then what it comes to. */
import type { TableRecord } from '../records/index.js'
import type { StageEvent } from '../stages/index.js'

/** The result table of a seed (or of all seeds together). */
export interface TableDone {
  type: 'table'
  seeds: number[]
  table: TableRecord
}

/** The report is written. */
export interface ReportWritten {
  type: 'report'
  path: string
}

/** What a run reports, in order: what its stages do, then the table, then the report. */
export type RunEvent = StageEvent | TableDone | ReportWritten
