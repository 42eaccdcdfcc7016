/** What a table is, however it is written: Markdown, LaTeX, HTML and text are made from it. */
import { fixed, range, signed } from '../../drawing/index.js'
import type { Interval } from '../../records/index.js'
import { armStyle } from '../arms.js'

/** A cell: a figure, and what stands with it. */
export interface Cell {
  text: string
  /** Its interval, such as `[−0.01, +0.13]`. */
  interval?: string
  /** True where the interval leaves out what it is judged against, false where it holds it; absent: nothing is judged. */
  shown?: boolean
  /** A word that belongs to the figure, behind its interval. */
  tail?: string
  /** Smaller lines, for those who have the room: they are left out of Markdown and LaTeX. */
  note?: readonly string[]
}

/** A row: its first cell names it. */
export interface Row {
  cells: readonly Cell[]
  /** `main`: the arm that the report speaks of; `base`: theta_0. */
  kind?: 'main' | 'base'
}

/** A column's head. */
export interface Column {
  title: string
  /** It is read with the column before it: where a table is too wide they stay together. */
  joined?: boolean
  /** It names the row, as the first column does. */
  names?: boolean
}

/** What a table is about; those of pools are named by their pool. */
export type BlockId =
  | 'result'
  | 'matrix'
  | 'both'
  | 'evaluation'
  | 'heldOut'
  | 'over-both'
  | 'kinds'
  | 'iqm'
  | 'improvement'
  | 'critical-curve'
  | 'ablations'
  | 'choices'
  | 'foretold'
  | 'transfer'
  | 'adaptation'

/** One table. */
export interface Block {
  id: BlockId
  title: string
  /** A smaller line under the title, left out of Markdown and LaTeX. */
  note?: string
  /** What must be known of a row, under the table however it is written. */
  foot?: readonly string[]
  head: readonly Column[]
  rows: readonly Row[]
}

/** Cell of a text alone. */
export const plain = (text: string): Cell => ({ text })

/** Cell that names an arm. */
export const named = (arm: string): Cell => plain(armStyle(arm).label)

/** A difference with its interval, said to be not shown where that holds 0; empty without one. */
export function gainCell(gain: Interval | undefined, decimals: number): Cell {
  if (gain === undefined) return plain('')
  const cell = { text: signed(gain.gain, decimals), interval: range(gain.low, gain.high, decimals), shown: gain.shown }
  return gain.shown ? cell : { ...cell, tail: 'not shown' }
}

/** A difference and its interval, such as `+0.087` and `[+0.043, +0.132]`. */
export const gainNote = (gain: Interval, decimals: number): string[] => [signed(gain.gain, decimals), range(gain.low, gain.high, decimals)]

/** A level with its interval; `shown` where that was judged. */
export const rangeCell = (value: number, low: number, high: number, decimals: number, shown?: boolean): Cell => ({
  text: fixed(value, decimals),
  interval: `[${fixed(low, decimals)}, ${fixed(high, decimals)}]`,
  ...(shown === undefined ? {} : { shown })
})

/** The figure of a cell, its interval and its tail, as one text. */
export const cellText = ({ text, interval, tail }: Cell): string => [text, interval, tail].filter((part) => part !== undefined).join(' ')
