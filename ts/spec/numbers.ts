/** Numbers: the kinds that specifications are made of, and whole ones that calls are given. */
import { z } from 'zod'
import { XmrlError } from '../errors.js'

/**
 * Most of what a key counts. Native code counts in 32 bits, and what lies far beyond any machine is a slip of the hand: both
 * are refused here, by key. `crates/node/src/counts.rs` holds the same bounds against callers of the native layer.
 */
export const MOST = {
  /** Episodes, steps of an episode, tasks, iterations, rounds. */
  count: 1_000_000,
  /** Rows of a task. */
  rows: 1_000_000_000,
  /** Environment steps of an arm. */
  envSteps: 1_000_000_000_000,
  /** Units of a hidden layer: a layer's weights grow with its square. */
  units: 8192,
  /** Hidden layers. */
  layers: 64,
  /** Coefficient sets of one estimate of the CMI. */
  sets: 4096,
  /** Columns of a sketch, each as long as the parameters. */
  rank: 10_000,
  /** Adaptations and adaptation steps, which number random draws by a byte. */
  byte: 255
} as const

/** Most units of a hidden layer. */
export const MOST_UNITS = MOST.units

/** A whole number from 1. */
export const count = (most: number = MOST.count) => z.number().int().positive().max(most)
export const share = () => z.number().min(0).max(1)
export const positive = () => z.number().positive()
export const nonNegative = () => z.number().nonnegative()

/** Most threads a pool may have. */
export const MOST_THREADS = 1024

/**
 * A whole number from `low` to `high`. Numbers cross to native code as unsigned words, where -1 would be four billion.
 * Errors: `ERR_USAGE` naming the option, the bounds and what was given.
 */
export function whole(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value
  throw new XmrlError('ERR_USAGE', `${name}: give a whole number from ${low} to ${high}, not ${value}`)
}
