/** Options of the public functions: which keys there are and what each takes, so that a wrong one is named and not passed over. */
import { XmrlError } from './errors.js'
import { nearestName, suggestion } from './spelling.js'

/** What a key or an argument takes: in words that follow "give", and as a test. */
export interface Kind {
  readonly words: string
  /** Names that a text may be, where it is one of some. */
  readonly names?: readonly string[]
  holds(value: unknown): boolean
}

const typed = (type: string, words: string): Kind => ({ words, holds: (value) => typeof value === type })

export const flag = typed('boolean', 'true or false')
export const listener = typed('function', 'a function')
/** A text that is not empty. */
export const text: Kind = { words: 'a text', holds: (value) => typeof value === 'string' && value !== '' }
export const path: Kind = { ...text, words: 'a path' }
export const number = typed('number', 'a number')
/** What the function itself looks at, and whose errors it says itself. */
export const anything: Kind = { words: 'anything', holds: () => true }
/** An object that is no list. */
export const object = (words: string): Kind => ({ words, holds: isObject })
/** A list or a typed array. */
export const list = (words: string): Kind => ({ words, holds: (value) => Array.isArray(value) || ArrayBuffer.isView(value) })
/** Numbers cross to native code as unsigned words, where -1 would be four billion. */
export const whole = (low: number, high: number): Kind => ({
  words: `a whole number from ${low} to ${high}`,
  holds: (value) => Number.isInteger(value) && (value as number) >= low && (value as number) <= high
})
export const seed = whole(0, 0xffffffff)
/** A number between two bounds, both left out. */
export const between = (low: number, high: number): Kind => ({
  words: `a number between ${low} and ${high}`,
  holds: (value) => typeof value === 'number' && value > low && value < high
})
export const oneOf = (...names: readonly string[]): Kind => ({
  words: listed(names.map((name) => JSON.stringify(name))),
  names,
  holds: (value) => (names as readonly unknown[]).includes(value)
})
export const either = (one: Kind, other: Kind): Kind => ({
  words: `${one.words}, or ${other.words}`,
  names: [...(one.names ?? []), ...(other.names ?? [])],
  holds: (value) => one.holds(value) || other.holds(value)
})
/** An AbortSignal, of whatever realm. */
export const abortSignal: Kind = {
  words: 'the signal of an AbortController',
  holds: (value) => isObject(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function'
}

/** Every key of an options object with what it takes; a type's new key does not compile until it stands here. */
export type Kinds<Options> = { readonly [Key in keyof Options]-?: Kind }

/**
 * An options object as it was given, once every key is known and holds what it takes; keys that are undefined are as absent.
 * @param of the function, as a message names it
 * @throws XmrlError `ERR_USAGE` naming the key, what was found, and what there is
 */
export function checkOptions<Options extends object>(
  of: string,
  given: Options | undefined,
  kinds: Kinds<Options>,
  required: readonly (keyof Options & string)[] = []
): Options {
  const known = Object.keys(kinds)
  const hint = required.map((key) => `${key}: give ${(kinds[key] as Kind).words}`).join('; ')
  if (!isObject(given)) {
    if (given === undefined && required.length === 0) return {} as Options
    const keys = required.length > 0 ? `with at least ${required.join(', ')}` : `of ${known.join(', ')}`
    throw new XmrlError('ERR_USAGE', `options of ${of}: give an object ${keys}, not ${found(given)}`)
  }
  const values = given as Readonly<Record<string, unknown>>
  for (const key of Object.keys(values)) {
    if (values[key] === undefined) continue
    if (!Object.hasOwn(kinds, key)) throw new XmrlError('ERR_USAGE', `${key}: no such option of ${of}${suggestion(key, known)}`)
    checkArgument(key, values[key], kinds[key as keyof Options])
  }
  const missing = required.find((key) => values[key] === undefined)
  if (missing !== undefined) throw new XmrlError('ERR_USAGE', `${missing}: ${of} needs it; ${hint}`)
  return given
}

/** An argument of a public function, once it is of its kind. Errors: `ERR_USAGE` naming it, what it takes and what was found. */
export function checkArgument<T>(name: string, value: T, kind: Kind): T {
  if (kind.holds(value)) return value
  // Of three letters one is too many: whoever writes "gpu" does not mean "cpu".
  const near = typeof value === 'string' && value.length > 3 ? nearestName(value, kind.names ?? []) : undefined
  throw new XmrlError(
    'ERR_USAGE',
    `${name}: give ${kind.words}, not ${found(value)}${near === undefined ? '' : `; did you mean "${near}"?`}`
  )
}

/** What a value is, for an error message: its class where it has one (of whatever realm), else its type. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  const name = typeof value === 'object' ? (Object.getPrototypeOf(value)?.constructor?.name as unknown) : undefined
  if (typeof name === 'string' && name !== '' && name !== 'Object') return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`
  return /^[aeiou]/.test(typeof value) ? `an ${typeof value}` : `a ${typeof value}`
}

/** A value as a message shows it: itself where it is short, else what it is. */
function found(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `a text of ${value.length} characters` : JSON.stringify(value)
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  return kindOf(value)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

const listed = (words: readonly string[]) => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`)
