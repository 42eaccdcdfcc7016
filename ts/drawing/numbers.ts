/** Figures as they are written everywhere: real minus signs, intervals, counts, shares. */

/** A number with a fixed count of decimals and a real minus sign. */
export function fixed(value: number, decimals = 2): string {
  const text = Math.abs(value).toFixed(decimals)
  return value < 0 && Number(text) !== 0 ? `−${text}` : text
}

/** The same, always with its sign. */
export function signed(value: number, decimals = 2): string {
  const text = fixed(value, decimals)
  return text.startsWith('−') ? text : `+${text}`
}

/** An interval, such as [−0.01, +0.13]; an end that rounds to 0 keeps its sign, which decides whether 0 lies inside. */
export function range(low: number, high: number, decimals = 2): string {
  const end = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(decimals)}`
  return `[${end(low)}, ${end(high)}]`
}

/** A count with thousands or millions, such as 6.0 M. */
export function count(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(value >= 1e7 ? 0 : 1)} M`
  if (value >= 1e4) return `${Math.round(value / 1e3)} k`
  return String(value)
}

/** A share as a percentage. */
export function percent(value: number): string {
  return `${Math.round(value * 100)} %`
}
