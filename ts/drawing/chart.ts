/** From a Vega-Lite specification to a static SVG: the page needs no script and no network. */
import type { TopLevelSpec } from 'vega-lite'
import { escapeHtml } from './html.js'
import { textWidth } from './letters.js'
import { chartConfig } from './theme.js'

/** A Vega-Lite specification without its boilerplate; typed loosely, since Vega-Lite's own unions reject composed objects. */
export type ChartSpec = Record<string, unknown>

/** Renders a chart; `result` says in a sentence what it shows, for those who cannot see it. The same specification gives the same text. */
export async function chart(spec: ChartSpec, result: string): Promise<string> {
  // Loaded here, because it takes half a second that no other command should pay.
  const [vega, vegaLite, { expressionInterpreter }] = await Promise.all([import('vega'), import('vega-lite'), import('vega-interpreter')])
  measured(vega)
  const full = { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', ...spec, config: chartConfig() }
  const compiled = vegaLite.compile(full as unknown as TopLevelSpec, { logger: silent }).spec
  // Interpreted: Vega else makes functions of text, which `node --disallow-code-generation-from-strings` refuses, and we do not want.
  const runtime = vega.parse(compiled, undefined, { ast: true })
  const view = new vega.View(runtime, { renderer: 'none', logger: silent, expr: expressionInterpreter })
  try {
    return labelled(tidy(await view.toSVG()), result)
  } finally {
    view.finalize()
  }
}

/** Without a canvas Vega takes every letter for as wide as the widest, and leaves a margin as wide as a label beside each. */
function measured(vega: object): void {
  const { textMetrics } = vega as { textMetrics: { width: (item: { fontSize?: number }, text: unknown) => number } }
  textMetrics.width = ({ fontSize = 11 }, text) => textWidth(String(text ?? ''), fontSize)
}

/** A picture with its result as the text that stands for it. */
export function labelled(svg: string, result: string): string {
  return svg.replace('<svg ', () => `<svg role="img" aria-label="${escapeHtml(result)}" `)
}

// A library must not print; what would be warned about is seen in the snapshots.
const silent = {
  level: () => silent,
  error: () => silent,
  warn: () => silent,
  info: () => silent,
  debug: () => silent
} as never

/** Makes the descriptions of marks their titles, which a browser shows where the pointer rests. Drops empty scaffolding, lets the picture scale with the page and shortens coordinates to what a screen can show. */
function tidy(svg: string): string {
  return svg
    .replace(/<path aria-label="([^"]*)"([^>]*)\/>/g, '<path$2><title>$1</title></path>')
    .replace(/ (?:class|aria-hidden|role|aria-roledescription|pointer-events|xmlns:xlink|version)="[^"]*"/g, '')
    .replace(/<path d="[^"]*"(?: display="none")?\/>/g, '')
    .replace(/<svg ([^>]*?)width="([\d.]+)" height="([\d.]+)"/, '<svg $1style="max-width:$2px"')
    .replace(/<[^>]*>/g, (tag) => tag.replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100)))
}
