/** From a Vega-Lite specification to a static SVG: the page needs no script and no network. */
import type { TopLevelSpec } from 'vega-lite'
import { chartConfig } from './theme.js'

/** A Vega-Lite specification without its boilerplate; typed loosely, since Vega-Lite's own unions reject composed objects. */
export type ChartSpec = Record<string, unknown>

/** Renders a chart; the same specification gives the same text. */
export async function chart(spec: ChartSpec): Promise<string> {
  // Loaded here, because it takes half a second that no other command should pay.
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')])
  const full = { $schema: 'https://vega.github.io/schema/vega-lite/v5.json', ...spec, config: chartConfig() }
  const compiled = vegaLite.compile(full as unknown as TopLevelSpec, { logger: silent }).spec
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: silent })
  try {
    return tidy(await view.toSVG())
  } finally {
    view.finalize()
  }
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
