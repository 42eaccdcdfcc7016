/** Kinds of numbers that specifications are made of. */
import { z } from 'zod'

export const count = () => z.number().int().positive()
export const share = () => z.number().min(0).max(1)
export const positive = () => z.number().positive()
export const nonNegative = () => z.number().nonnegative()
