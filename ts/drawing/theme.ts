/**
 * Colours, type and axes of every picture. Colours are CSS variables with the light value as fallback, so one SVG serves a
 * light page, a dark page and a file of its own. Red is kept for one meaning: a task that got worse.
 */

/** Light and dark value of each colour. */
export const PALETTE = {
  ink: ['#1c2430', '#e6e9ee'],
  muted: ['#667080', '#98a2b3'],
  line: ['#d9dee6', '#333b47'],
  faint: ['#eef1f5', '#232a34'],
  paper: ['#ffffff', '#161b22'],
  page: ['#f6f7f9', '#0f1319'],
  poor: ['#bd7000', '#f0a63a'],
  critical: ['#3457d5', '#7f9bff'],
  other: ['#768192', '#7a8697'],
  rare: ['#f3ecfb', '#241d30'],
  rareInk: ['#7b52ab', '#b697dd'],
  better: ['#16836a', '#46c2a2'],
  worse: ['#d0312d', '#ff6b62'],
  disc: ['#c3cad4', '#3d4653'],
  rival: ['#0b7285', '#3bc9db']
} as const

/** Name of a colour. */
export type Colour = keyof typeof PALETTE

/** A colour as it is written into an SVG attribute or a style. */
export function colour(name: Colour): string {
  return `var(--x-${name},${PALETTE[name][0]})`
}

/** The style block that gives the variables their light and dark values. */
export function paletteCss(): string {
  const block = (which: 0 | 1) =>
    Object.entries(PALETTE)
      .map(([name, values]) => `--x-${name}:${values[which]}`)
      .join(';')
  return `:root{color-scheme:light dark;${block(0)}}\n@media screen and (prefers-color-scheme:dark){:root{${block(1)}}}`
}

/** Type of the pictures (no quotes: it is written into attributes). */
export const FONT = 'Inter, system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'

/** Sizes of type in pictures, pixels: the smallest is still readable where a picture is as narrow as a telephone. */
export const TYPE = { text: 12.5, title: 13.5 } as const

/** Vega-Lite configuration shared by all charts. */
export function chartConfig(): object {
  return {
    background: null,
    aria: false,
    font: FONT,
    padding: 4,
    view: { stroke: null },
    axis: {
      labelColor: colour('muted'),
      titleColor: colour('muted'),
      labelFontSize: TYPE.text,
      titleFontSize: TYPE.text,
      titleFontWeight: 500,
      titlePadding: 8,
      domainColor: colour('line'),
      tickColor: colour('line'),
      gridColor: colour('line'),
      gridOpacity: 0.7,
      tickSize: 4,
      labelPadding: 5
    },
    axisX: { grid: false },
    axisY: { domain: false, ticks: false },
    title: { color: colour('ink'), fontSize: TYPE.title, fontWeight: 600, anchor: 'start', offset: 8 },
    header: { labelColor: colour('ink'), labelFontSize: TYPE.title, labelFontWeight: 600, labelAnchor: 'start', title: null },
    text: { color: colour('muted'), fontSize: TYPE.text }
  }
}
