/** A line of a report on a world, and how one is said. */

/** `ok`; `warning`: XMRL works, but look at it; `failed`: results would be wrong; `not applicable`: nothing was judged, and the line says why. */
export type CheckVerdict = 'ok' | 'warning' | 'failed' | 'not applicable'

/** What one check of a world found. */
export interface CheckLine {
  /** What was checked, in a few words; the same for every world. */
  name: string
  verdict: CheckVerdict
  /** What was found, with figures. */
  found: string
  /** What to change; with warnings and failures alone. */
  change?: string
}

/** A line without its name. */
export type Finding = Omit<CheckLine, 'name'>

export const ok = (found: string): Finding => ({ verdict: 'ok', found })
export const warning = (found: string, change: string): Finding => ({ verdict: 'warning', found, change })
export const failed = (found: string, change: string): Finding => ({ verdict: 'failed', found, change })
export const notApplicable = (found: string): Finding => ({ verdict: 'not applicable', found })

/** A figure as lines show it: three digits; whole thousands, apart by spaces. */
export function figure(value: number): string {
  return digits(value).replace(/^-/, '−')
}

function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size >= 1e10 || (size < 1e-3 && size > 0)) return value.toExponential(2).replace('e+', 'e')
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)} million`
  if (size >= 1000) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')
  return String(Number(value.toPrecision(3)))
}

/** A number of things. */
export const counted = (n: number, one: string, many = `${one}s`) => `${figure(n)} ${n === 1 ? one : many}`

/** A share in percent. */
export const percent = (share: number) => `${Number((100 * share).toPrecision(share < 0.1 ? 1 : 2))} %`
