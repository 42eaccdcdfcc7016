/** Kinds of numbers that specifications are made of. */
import { z } from 'zod'

export const count = () => z.number().int().positive()
export const share = () => z.number().min(0).max(1)
export const positive = () => z.number().positive()
export const nonNegative = () => z.number().nonnegative()

/** Most units of a hidden layer: a layer's weights grow with its square. */
export const MOST_UNITS = 8192
