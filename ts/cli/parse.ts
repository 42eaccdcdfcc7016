/** Values of options as commander hands them over: text to value, or one line that says what is wanted; paths as they are told. */
import { relative } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { MOST_UNITS } from '../spec/index.js'

/** A whole number, at least 1. */
export const positive = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give a whole number, at least 1.')
  return value
}

/** A whole number, at least 0. */
export const natural = (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < 0) throw new InvalidArgumentError('give a whole number, at least 0.')
  return value
}

/** A number, at least 0. */
export const duration = (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('give a number, at least 0.')
  return value
}

/** One of some names. */
export const oneOf =
  <T extends string>(...names: readonly T[]) =>
  (text: string): T => {
    const found = names.find((name) => name === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(`give ${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}.`)
  }

export const device = oneOf('auto', 'cpu', 'cuda')
export const activation = oneOf('tanh', 'relu')
export const calculus = oneOf('fused', 'libtorch')

/** A number type by either of its names. */
export const dtype = (text: string): 'float64' | 'float32' => {
  if (text === 'f64' || text === 'float64') return 'float64'
  if (text === 'f32' || text === 'float32') return 'float32'
  throw new InvalidArgumentError('give f32 or f64.')
}

/** Units of hidden layers, such as 64,64. */
export const layers = (text: string): number[] => {
  const units = text.split(',').map(Number)
  if (!units.every((count) => Number.isInteger(count) && count >= 1 && count <= MOST_UNITS))
    throw new InvalidArgumentError(`give the units of each hidden layer, 1 to ${MOST_UNITS}, such as 64,64.`)
  return units
}

/** An option that may be given several times. */
export const collect = (text: string, before: string[]): string[] => [...before, text]

/** What is odd in a file of prices and may be true, several times. */
export const allowed = (text: string, before: ('jumps' | 'gaps')[]) => [...before, oneOf('jumps', 'gaps')(text)]

/** A path as messages show it: from the working directory. */
export const shownPath = (path: string) => relative(process.cwd(), path) || path
