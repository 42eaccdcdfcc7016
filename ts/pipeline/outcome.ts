/** What a run has come to: what its seeds lack, and the table and report over those that are whole. */
import { XmrlError } from '../errors.js'
import { kindOf, type RecordName, type SeedRecords, type TableRecord } from '../records/index.js'
import { renderReport, tableFiles } from '../report/index.js'
import { type LoadedRun, loadRun, type RunDirectory } from '../run/index.js'
import { buildTable, seedScores } from '../select/index.js'
import type { Spec } from '../spec/index.js'
import { checkpointOf, type Part, type Product, stagesOfPart } from '../stages/index.js'
import type { RunEvent } from './events.js'

type Seed = LoadedRun['seeds'][number]

/** What a seed still lacks of a part of what the specification asks for, in words; empty where it has all. */
function missing(spec: Spec, { records, stages }: Seed, part: Part): string[] {
  const made = (product: Product) => {
    const stage = checkpointOf(product)
    return stage === undefined ? recordOf(records, product as RecordName) !== undefined : stage in stages
  }
  const lacking = stagesOfPart(spec, part).flatMap(({ makes, lacking }) => (lacking === undefined || makes.every(made) ? [] : [lacking]))
  return [...new Set(lacking)]
}

/** A record by its file name. */
function recordOf(records: SeedRecords, name: RecordName): unknown {
  const kind = kindOf(name)
  if (kind === undefined || kind === 'table') return undefined
  const arm = name.slice(kind.length + 1)
  if (kind === 'evaluation') return records.evaluations[arm]
  return kind === 'arm' ? records.arms[arm] : records[kind]
}

/** True where a seed has everything that the specification asks for. */
const complete = (spec: Spec, seed: Seed) => missing(spec, seed, {}).length === 0

/** The error of a run that nobody stopped and nothing failed in, and that yet lacks what it was asked for; undefined where nothing is lacking. */
export function incomplete(spec: Spec, { seeds }: LoadedRun, part: Part): XmrlError | undefined {
  const gaps = spec.seeds.flatMap((number) => {
    const seed = seeds.find((each) => each.seed === number)
    const lacks = seed === undefined ? ['everything'] : missing(spec, seed, part)
    return lacks.length > 0 ? [`seed ${number} lacks ${lacks.join(', ')}`] : []
  })
  if (gaps.length === 0) return undefined
  return new XmrlError(
    'ERR_RECORD_INVALID',
    `the run ended without all that was asked for: ${gaps.join('; ')}; run again with --resume to go on`
  )
}

/** True where a run that was done has had nothing added that its table does not hold. */
export function stillDone({ before, experiment: { spec } }: RunDirectory, { seeds, table }: LoadedRun): boolean {
  const held =
    table !== undefined && seeds.every(({ seed }) => table.seeds.includes(seed)) && spec.retrain.arms.every((arm) => arm in table.steps)
  return before?.status === 'done' && held && seeds.every((seed) => complete(spec, seed))
}

/** A table with the files that show it. */
export interface TableOutcome {
  table: TableRecord
  /** Text by name: `table.md`, `table.tex`, `table.csv`. */
  files: Record<string, string>
}

/** The table over those of some seeds that have everything the specification asks for, from records alone; undefined where none has. */
export function tableOver(spec: Spec, seeds: readonly Seed[]): TableOutcome | undefined {
  const done = seeds.filter((seed) => complete(spec, seed))
  if (done.length === 0) return undefined
  const scores = done.map(({ seed, records }) => seedScores(seed, records))
  const table = buildTable(scores, { variants: spec.retrain.define })
  return { table, files: tableFiles(table, spec.environment) }
}

/** Writes the table over a directory's complete seeds; undefined where no seed is complete. */
function writeTable(open: RunDirectory, run: LoadedRun): TableRecord | undefined {
  const made = tableOver(open.experiment.spec, run.seeds)
  if (made === undefined) return undefined
  open.writeTable(made.table)
  for (const [name, text] of Object.entries(made.files)) open.writeFile(name, text)
  return made.table
}

/**
 * The table over the seeds that are complete, and the report; a run whose seeds all are is done.
 * @param always write a report even where no seed is complete
 */
export async function* tableAndReport(open: RunDirectory, run: LoadedRun, always: boolean): AsyncGenerator<RunEvent, void> {
  const table = writeTable(open, run)
  if (table !== undefined) yield { type: 'table', seeds: [...table.seeds], table }
  if (table?.seeds.length === run.seeds.length) open.setStatus('done')
  if (table !== undefined || always) yield await report(open)
}

/** Writes the report of what is there. */
export async function report(open: RunDirectory): Promise<RunEvent> {
  return { type: 'report', path: open.writeFile('report.html', await renderReport(await loadRun(open.path))) }
}
