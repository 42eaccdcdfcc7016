/** The picture of a theorem: what was measured, as points on lines, beside its references, dashed. */
import { type Colour, chart, colour, type Figure } from '../drawing/index.js'
import type { TheoryCurve, TheoryPart } from '../native.js'

/** Colours of measured lines, in order; more than these repeat. */
const MEASURED: readonly Colour[] = ['critical', 'better', 'poor', 'rareInk']

/** The figure of one part. */
export async function theoryFigure({ id, title, statement, curve }: TheoryPart): Promise<Figure> {
  const styles = stylesOf(curve)
  return {
    id,
    title,
    svg: [await lines(curve, styles, statement)],
    legend: styles.map(({ name, hue, reference }) => ({ label: name, colour: hue, mark: reference ? 'dashed' : 'line' })),
    caption: statement
  }
}

interface Style {
  name: string
  hue: Colour
  reference: boolean
}

function stylesOf({ series }: TheoryCurve): Style[] {
  const measured = series.filter((line) => !line.reference).map((line) => line.name)
  return series.map(({ name, reference }) => ({
    name,
    reference,
    hue: reference ? 'other' : MEASURED[measured.indexOf(name) % MEASURED.length]
  }))
}

function lines(curve: TheoryCurve, styles: readonly Style[], result: string): Promise<string> {
  const values = curve.series.flatMap(({ name, reference, x, y }) => x.map((at, i) => ({ name, reference, x: at, y: y[i] })))
  const scale = (log: boolean) => (log ? { type: 'log', nice: false } : { zero: true })
  const x = { field: 'x', type: 'quantitative', title: curve.x, scale: scale(curve.logX), axis: { tickCount: 6, format: '~g' } }
  const y = { field: 'y', type: 'quantitative', title: curve.y, scale: scale(curve.logY), axis: { tickCount: 5, format: '~g' } }
  const color = {
    field: 'name',
    type: 'nominal',
    scale: { domain: styles.map(({ name }) => name), range: styles.map(({ hue }) => colour(hue)) },
    legend: null
  }
  const strokeDash = { condition: { test: 'datum.reference', value: [3, 4] }, value: [1, 0] }
  const layer = [
    { mark: { type: 'line', strokeWidth: 1.8 }, encoding: { x, y, color, strokeDash } },
    { transform: [{ filter: '!datum.reference' }], mark: { type: 'circle', size: 42, opacity: 1 }, encoding: { x, y, color } }
  ]
  return chart({ width: 900, height: 260, data: { values }, layer }, result)
}
