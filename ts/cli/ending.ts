/**
 * How a run ends on a terminal: the table that matters and what it means in words, in few enough lines to be read at once; the report's
 * place; and last of all, in one line, the difference and whether it is shown. `--full` has every table in place of the one.
 */
import { dirname, join, relative } from 'node:path'
import type { RunEvent } from '../pipeline/index.js'
import type { TableRecord } from '../records/index.js'
import { blockLines, closing, isPreliminary, preliminaryText, result, resultBlock, resultNotes, wrapped } from '../report/index.js'
import { tableLines } from './table.js'

/** Lines of the whole ending. */
const MOST = 25
/** Rows of arms that are shown before anything is said beside the result. */
const ARMS = 5

/** Gathers what a run ends with, and prints it with its last event. */
export class Ending {
  #table: TableRecord | undefined
  readonly #full: boolean
  readonly #out: NodeJS.WritableStream

  constructor(full: boolean, out: NodeJS.WritableStream = process.stdout) {
    this.#full = full
    this.#out = out
  }

  show(event: RunEvent): void {
    if (event.type === 'table') this.#table = event.table
    if (event.type !== 'report') return
    const path = relative(process.cwd(), event.path) || event.path
    const lines = this.#table === undefined ? [`report: ${path}`] : endingLines(this.#table, path, this.#full)
    this.#out.write(`\n${lines.join('\n')}\n`)
  }
}

/** The lines of an ending; with the empty one above it they are at most {@link MOST}, unless every table is asked for. */
export function endingLines(table: TableRecord, report: string, full: boolean): string[] {
  const told = result(table)
  const last = [`report: ${report}`, ...(told === undefined ? [] : [told.line])]
  if (full) return [...tableLines(table), '', ...last]
  const rest = `every table: ${join(dirname(report), 'table.md')}, or --full`
  const words = told === undefined ? [] : wrapped([told.levels, told.held].filter((text) => text !== undefined).join(' '))
  const notes = wrapped(resultNotes(table))
  const start = told === undefined && isPreliminary(table) ? [preliminaryText(table)] : []
  const block = (arms: number) => {
    const found = resultBlock(table, arms)
    if (found === undefined) return []
    const { block, left } = found
    return [...blockLines(block).slice(0, -1), ...(left > 0 ? [`and ${left} more ${left === 1 ? 'arm' : 'arms'}`] : []), ...notes]
  }
  const fixed = (lines: readonly string[], arms: number) => [...start, ...block(arms), '', ...words, ...lines, '', rest, ...last]
  // What stands beside the result gives way to it, and rows of arms take what room is left.
  let beside: string[] = []
  for (const text of closing(table)) {
    const more = [...beside, ...wrapped(text)]
    if (fixed(more, ARMS).length < MOST) beside = more
  }
  let arms = 1
  while (arms < table.rows.length && fixed(beside, arms + 1).length < MOST) arms++
  return fixed(beside, arms)
}
