/** How arms are named and drawn: as `ts/arms` says, those that a specification defines after their base. */

import { builtIn, roleOf } from '../arms/index.js'
import type { Colour } from '../drawing/index.js'

/** How an arm is drawn: colour and dash are the same in every picture. */
export interface ArmStyle {
  label: string
  colour: Colour
  dash: number[]
}

/** Of theta_0, which is no arm. */
const BEFORE: ArmStyle = { label: 'before repair', colour: 'muted', dash: [] }

/** The built-in arm behind each arm that a specification defines, none behind one whose tasks are given; what `retrain.define` holds is one. */
export type Bases = Readonly<Record<string, { readonly base?: string | undefined }>>

/** Dashes of defined arms, one after the other under each base. */
const DASHES = [
  [8, 2],
  [5, 2, 1, 2],
  [1, 3],
  [8, 2, 1, 2, 1, 2]
]

/** Style of an arm; a defined one has its own name in the colour of its base, or of a control where its tasks are given; any other that is not known is grey. */
export function armStyle(arm: string, bases: Bases = {}): ArmStyle {
  if (arm === 'theta_0') return BEFORE
  const known = builtIn(arm)
  if (known !== undefined) return { label: known.label, colour: known.look.colour, dash: [...known.look.dash] }
  if (!Object.hasOwn(bases, arm)) return { label: arm, colour: 'muted', dash: [] }
  const { base } = bases[arm]
  const siblings = Object.keys(bases).filter((name) => bases[name].base === base)
  const colour = base === undefined ? 'rival' : armStyle(base).colour
  return { label: base === undefined ? `${arm} (given tasks)` : arm, colour, dash: DASHES[siblings.indexOf(arm) % DASHES.length] }
}

/** `arms` in their order, every defined one right under its base where that was run. */
export function underBases(arms: readonly string[], bases: Bases): string[] {
  const baseOf = (arm: string) => (builtIn(arm) === undefined ? bases[arm]?.base : undefined)
  return arms.flatMap((arm) => {
    const base = baseOf(arm)
    return base !== undefined && arms.includes(base) ? [] : [arm, ...arms.filter((other) => baseOf(other) === arm)]
  })
}

/** True for what the run is about: it needs no pick and no introduction. */
export const isMethod = (arm: string): boolean => roleOf(arm) === 'method'

/** How an arm is called in a sentence. */
export const spoken = (arm: string): string => (isMethod(arm) ? armStyle(arm).label : `the arm ${arm}`)
