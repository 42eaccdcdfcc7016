/** Small pieces of hand-written SVG: elements, pixels, linear scales. */
import { escapeHtml } from './html.js'

/** A linear scale from data to pixels. */
export type Scale = (value: number) => number

/** Maps `[from, to]` to `[start, end]`. */
export function linear(from: number, to: number, start: number, end: number): Scale {
  const slope = to === from ? 0 : (end - start) / (to - from)
  return (value) => start + (value - from) * slope
}

/** A pixel coordinate: two decimals are finer than any screen. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100)
}

/** An attribute list, undefined values left out. */
function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? px(value) : escapeHtml(String(value))}"`)
    .join('')
}

/** One SVG element. */
export function element(name: string, values: Readonly<Record<string, string | number | undefined>>, content = ''): string {
  return content === '' ? `<${name}${attributes(values)}/>` : `<${name}${attributes(values)}>${content}</${name}>`
}
