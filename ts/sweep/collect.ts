/** The results of a sweep: a table over the seeds of each cell, one over the matrix, and what is missing. */
import { tableOver } from '../pipeline/index.js'
import type { SweepCell, SweepPlan, TableRecord } from '../records/index.js'
import { type MatrixCell, matrixFiles, renderReport } from '../report/index.js'
import { type LoadedRun, loadRun, type SweepFolder } from '../run/index.js'
import { type Unit, unitsOf } from './plan.js'

/** What was collected. */
export interface Collected {
  /** Every cell that has a published unit. */
  cells: (MatrixCell & { name: string; folder: string; table: TableRecord })[]
  keys: string[]
  /** Where the table over the matrix is. */
  matrix: string
  /** Units without a result: how each stands in its journal, and why. */
  missing: { unit: string; state: string; reason?: string }[]
  /** What a reader of the figures must know. */
  notes: string[]
}

/**
 * Writes `tables/<cell>/` (the files of a table, its record, a report) and `tables/matrix.*` over the units that are published. A cell's
 * table is that of one run of the same seeds, byte for byte.
 * Errors: `ERR_RECORD_INVALID` of a published run, `ERR_OUTPUT`
 */
export async function collect(sweep: SweepFolder, plan: SweepPlan): Promise<Collected> {
  const units = unitsOf(plan)
  const done = new Set(units.filter(({ name }) => sweep.unit(name).settle()).map(({ name }) => name))
  const cells: Collected['cells'] = []
  const notes: string[] = []
  for (const cell of plan.cells) {
    const runs = await Promise.all(
      units.filter((unit) => unit.cell === cell && done.has(unit.name)).map(({ name }) => loadRun(sweep.unit(name).run))
    )
    const made = await cellTables(sweep, cell, plan.seeds, runs)
    if (made !== undefined) cells.push(made)
    const commits = new Set(runs.map(({ manifest }) => `${manifest.package} (${manifest.commit.slice(0, 12)})`))
    if (commits.size > 1) notes.push(`cell ${cell.name} was made by several versions: ${[...commits].join(', ')}`)
  }
  for (const [name, text] of Object.entries(matrixFiles(plan.keys, cells))) sweep.write(text, 'tables', name)
  const missing = units.filter(({ name }) => !done.has(name)).map((unit) => gap(sweep, unit))
  return { cells, keys: plan.keys, matrix: sweep.place('tables', 'matrix.md'), missing, notes }
}

/** Files of one cell, from its runs of one seed each. */
async function cellTables(sweep: SweepFolder, cell: SweepCell, seeds: readonly number[], runs: readonly LoadedRun[]) {
  const [first] = runs
  if (first === undefined) return undefined
  const loaded = runs.flatMap((run) => run.seeds).sort((a, b) => seeds.indexOf(a.seed) - seeds.indexOf(b.seed))
  const made = tableOver(first.experiment.spec, loaded)
  if (made === undefined) return undefined
  const { table, files } = made
  for (const [name, text] of Object.entries(files)) sweep.write(text, 'tables', cell.name, name)
  const { specHash, preset, commit, device, dtype } = first.manifest
  sweep.writeTable(table, { specHash, preset, commit, device, dtype }, 'tables', cell.name, 'table.json')
  const joined = {
    experiment: first.experiment,
    manifest: { ...first.manifest, seeds: loaded.map(({ seed }) => seed) },
    seeds: loaded,
    table
  }
  sweep.write(await renderReport(joined), 'tables', cell.name, 'report.html')
  return { name: cell.name, folder: sweep.place('tables', cell.name), values: cell.values, table, csv: files['table.csv'] }
}

function gap(sweep: SweepFolder, { name }: Unit): Collected['missing'][number] {
  const { state, failure } = sweep.unit(name).standing()
  return { unit: name, state, ...(failure === undefined ? {} : { reason: `${failure.code}: ${failure.message}` }) }
}
