/** What trials of a lever came to, in words. */
import { count } from '../drawing/index.js'
import type { ArmRecord, TableRecord } from '../records/index.js'
import { leverSummary } from '../select/index.js'
import { spoken } from './arms.js'

/** `a trial of 3 iterations`, `trials of ...`. */
const trialsOf = (iterations: number, start: string) => `${start} of ${iterations} ${iterations === 1 ? 'iteration' : 'iterations'}`

/**
 * One retraining's choice, such as `Mixed episodes were left out after a trial of 6 iterations: checked poor tasks +3.1 without, +1.2
 * with (difference −1.9 ± 1.4; of the others +0.2 ± 0.6).`; `write` writes a change. Undefined where no trial was made.
 */
export function leverCourse(record: Pick<ArmRecord, 'lever'>, write: (value: number) => string): string | undefined {
  const made = leverSummary(record)
  if (record.lever === undefined || made === undefined) return undefined
  const { mixed, trial, without, with: mixing } = made
  const { poor, other } = record.lever.difference
  const error = (value: number) => write(value).replace('+', '')
  const apart = `difference ${write(poor.mean)} ± ${error(poor.standardError)}; of the others ${write(other.mean)} ± ${error(other.standardError)}`
  return `Mixed episodes were ${mixed ? 'kept' : 'left out'} after ${trialsOf(trial, 'a trial')}: checked poor tasks ${write(without)} without, ${write(mixing)} with (${apart}).`
}

/** How trials chose whether an arm mixes, over the seeds of a table; undefined where they did not. */
export function leverText({ levers = [] }: Pick<TableRecord, 'levers'>, arm: string, write: (value: number) => string): string | undefined {
  const row = levers.find((each) => each.arm === arm)
  if (row === undefined) return undefined
  const { seeds, mixed, trial, without, with: mixing, steps } = row
  const kept = mixed === 0 ? 'left out' : mixed === seeds ? 'kept' : `kept on ${mixed} of ${seeds} seeds`
  const over = seeds === 1 ? '' : `${mixed === 0 || mixed === seeds ? ` on all ${seeds} seeds` : ''}`
  const means = seeds === 1 ? '' : `, mean over ${seeds} seeds`
  return `Whether ${spoken(arm)} goes on with mixed episodes was chosen by ${trialsOf(trial, 'two trials')}: they were ${kept}${over} (checked poor tasks ${write(without)} without, ${write(mixing)} with${means}). The trials took ${count(Math.round(steps))} of its own steps${seeds === 1 ? '' : ' a seed'}.`
}
