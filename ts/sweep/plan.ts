/** The units of a plan, and whether a sweep may grow into another. */
import { XmrlError } from '../errors.js'
import type { SweepCell, SweepPlan } from '../records/index.js'
import { cellText } from './file.js'

/** One run of a sweep. */
export interface Unit {
  /** `<cell>/seed-<n>`, by which journals, engines and messages know it. */
  name: string
  cell: SweepCell
  seed: number
}

/** Every unit, seed by seed so that every cell has its first seeds early. */
export function unitsOf({ cells, seeds }: SweepPlan): Unit[] {
  return seeds.flatMap((seed) => cells.map((cell) => ({ name: `${cell.name}/seed-${seed}`, cell, seed })))
}

/** A unit of a plan by its name. @throws XmrlError `ERR_USAGE` */
export function unitNamed(plan: SweepPlan, name: string): Unit {
  const found = unitsOf(plan).find((unit) => unit.name === name)
  if (found !== undefined) return found
  throw new XmrlError('ERR_USAGE', `${name}: no unit of this sweep; xmrl sweep status lists them`)
}

/**
 * The plan that a sweep goes on with when `asked` is what its file says now: cells and seeds may be added, engines' settings may change.
 * What is no longer in the file is no longer worked on, and stays on the disk.
 * @throws XmrlError `ERR_RUN_EXISTS` where a cell of the same name is another experiment, or has other arms
 */
export function grownPlan(there: SweepPlan | undefined, asked: SweepPlan, path: string): SweepPlan {
  for (const cell of asked.cells) {
    const before = there?.cells.find(({ name }) => name === cell.name)
    if (before === undefined) continue
    const refuse = (what: string): never => {
      throw new XmrlError('ERR_RUN_EXISTS', `${path} holds a sweep with ${what} (cell ${cellText(cell)}); choose another out`)
    }
    if (before.hash !== cell.hash) refuse('another experiment')
    if (before.arms.join() !== cell.arms.join()) refuse(`other arms: ${before.arms.join(', ')}`)
  }
  return asked
}
