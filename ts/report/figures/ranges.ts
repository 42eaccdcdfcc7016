/** Values with intervals, one arm a line: the panel that several pictures are made of. */
import { chart, colour, fixed } from '../../drawing/index.js'
import { armStyle, type Bases, underBases } from '../arms.js'

/** One arm's value with its interval; not `shown`: hollow. */
export interface Range {
  arm: string
  value: number
  low: number
  high: number
  shown: boolean
}

/**
 * An interval from `low` to `high`: a band, and a line in full colour, since a band alone is too pale to be seen.
 * `at` holds the other channels.
 */
export function intervalLayers(at: Record<string, unknown>, along: 'x' | 'y', ends: (field: string) => unknown, data?: unknown) {
  const encoding = { ...at, [along]: ends('low'), [`${along}2`]: { field: 'high' } }
  const layer = (mark: object) => ({ ...(data === undefined ? {} : { data }), mark: { type: 'rule', ...mark }, encoding })
  return [layer({ strokeWidth: 9, opacity: 0.25 }), layer({ strokeWidth: 1.6, opacity: 1 })]
}

/** Height of a row that holds an arm's name and its figure, pixels. */
export const ROW = 42
/** Width of a panel of arms without their names, pixels: two of them stand side by side. */
export const PANEL = 270

/** The vertical axis of arms: under each name stands the figure that `texts` has for it, so that none must be read off the picture. */
export function armAxis(texts: Readonly<Record<string, string>>) {
  const lookup = `(${JSON.stringify(texts)})[datum.label]`
  const labelExpr = `${lookup} ? [datum.label, ${lookup}] : datum.label`
  return { labelLimit: 0, labelExpr, labelLineHeight: 15, labelOffset: -7, grid: true, gridDash: [1, 3] }
}

/** How a value of a panel is written with its interval: `0.68 [0.57, 0.79]`. */
const written = ({ value, low, high }: Range, write: (value: number) => string) => `${write(value)} [${write(low)}, ${write(high)}]`

/** How the values of a panel are written: two decimals unless it says more. */
const plainly = (value: number) => fixed(value)

/** The panel as a picture; `axis.write` writes its values. */
export function rangesChart(
  title: string,
  ranges: readonly Range[],
  axis: Parameters<typeof rangesPanel>[2],
  bases: Bases = {}
): Promise<string> {
  const told = ranges.map((range) => {
    const judged = axis.reference === undefined || range.shown ? '' : ', not shown'
    return `${armStyle(range.arm).label} ${written(range, axis.write ?? plainly)}${judged}`
  })
  return chart(rangesPanel(title, ranges, axis, bases), `${title}, ${axis.title}: ${told.join('; ')}.`)
}

/**
 * A panel: arms from top to bottom, defined ones under their base, values along x, a line at `reference` where there is one to be
 * judged against.
 */
export function rangesPanel(
  title: string,
  ranges: readonly Range[],
  axis: { title: string; domain: number[]; reference?: number; write?: (value: number) => string },
  bases: Bases = {}
) {
  const names = underBases([...new Set(ranges.map((range) => range.arm))], bases)
  const labels = names.map((arm) => armStyle(arm).label)
  const data = { values: ranges.map((range) => ({ ...range, arm: armStyle(range.arm).label })) }
  const y = {
    field: 'arm',
    type: 'nominal',
    sort: labels,
    title: null,
    scale: { domain: labels },
    axis: armAxis(Object.fromEntries(ranges.map((range) => [armStyle(range.arm).label, written(range, axis.write ?? plainly)])))
  }
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: axis.title,
    scale: { domain: axis.domain, nice: true, zero: false },
    axis: { tickCount: 5 }
  })
  const scale = { domain: labels, range: names.map((arm) => colour(armStyle(arm, bases).colour)) }
  const color = { field: 'arm', type: 'nominal', scale, legend: null }
  const fill = { condition: { test: 'datum.shown', field: 'arm', type: 'nominal', scale, legend: null }, value: colour('paper') }
  const line = { data: { values: [{ at: axis.reference }] }, mark: { type: 'rule', color: colour('muted') }, encoding: { x: x('at') } }
  return {
    title,
    width: PANEL,
    height: ROW * names.length,
    layer: [
      ...(axis.reference === undefined ? [] : [line]),
      ...intervalLayers({ y, color }, 'x', x, data),
      { data, mark: { type: 'point', size: 70, strokeWidth: 2, opacity: 1 }, encoding: { y, x: x('value'), color, fill } }
    ]
  }
}

/** The ends of all intervals and `more`, for one axis over several panels. */
export const domainOf = (ranges: readonly Range[], ...more: number[]): number[] => {
  const ends = [...ranges.flatMap(({ low, high, value }) => [low, high, value]), ...more]
  return [Math.min(...ends), Math.max(...ends)]
}
