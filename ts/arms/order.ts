/** One order of arms for every table and legend. */
import { ARMS } from './built-in.js'

/** `names` in the order of the built-in arms, those that a specification defines last and by name. */
export function inArmOrder(names: readonly string[]): string[] {
  const rank = (name: string) => {
    const at = (ARMS as readonly string[]).indexOf(name)
    return at < 0 ? ARMS.length : at
  }
  return [...names].sort((a, b) => rank(a) - rank(b) || (rank(a) < ARMS.length ? 0 : a < b ? -1 : Number(a > b)))
}
