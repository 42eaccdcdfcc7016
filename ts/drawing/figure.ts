/** A picture with what is needed to read it. */
import { type Html, html, lines, raw } from './html.js'
import { type Colour, colour, TYPE } from './theme.js'

/** How a legend entry is drawn. */
export type Mark =
  | 'dot'
  | 'ring'
  | 'triangle'
  | 'triangle-outline'
  | 'bar'
  | 'line'
  | 'dashed'
  | 'area'
  | 'range'
  | 'cross'
  | 'plus'
  | 'tick'
  | 'disc'

/** One entry of a legend. */
export interface LegendEntry {
  label: string
  colour: Colour
  mark: Mark
}

/** A picture of the report. */
export interface Figure {
  id: string
  title: string
  /** One or more SVG texts, side by side where there is room; each says its result in its label. */
  svg: string[]
  legend: LegendEntry[]
  /** Says how to read the picture and what it shows. */
  caption: string
}

/** Least size of a picture's type on the screen, pixels: rather than shrink below it, a picture scrolls sideways. */
const LEAST_TYPE = 10
/** What a screen of 420 pixels leaves for a picture: one that needs more scrolls there. */
const NARROW = 390
/** That of a picture that a screen of 420 pixels holds: narrower phones show all of it too, a little smaller. */
const LEAST_ON_PHONES = 9

/** The figure as HTML. */
export function figureHtml({ id, title, svg, legend, caption }: Figure): Html {
  return lines([
    html`<figure id="${id}">`,
    html`<h3>${title}</h3>`,
    legend.length > 0 && html`<ul class="legend">${legend.map(legendHtml)}</ul>`,
    html`<div class="pictures">${svg.map((picture) => pictureHtml(picture, title))}</div>`,
    html`<figcaption>${caption}</figcaption>`,
    html`</figure>`
  ])
}

/** A picture that shares its row in proportion to its own width; one that may scroll can be reached by the keyboard. */
function pictureHtml(svg: string, title: string): Html {
  const width = Number(/max-width:([\d.]+)px/.exec(svg)?.[1] ?? 440)
  const readable = leastWidth(svg, width, LEAST_TYPE)
  const scrolls = readable > NARROW && html` tabindex="0" role="group" aria-label="${title}: scrolls sideways"`
  const least = readable > NARROW ? readable : leastWidth(svg, width, LEAST_ON_PHONES)
  const fitted = svg.replace(/style="max-width:/, `style="min-width:${least}px;max-width:`)
  return html`<div class="picture" style="flex:${Math.round(width)} 1 ${readable}px"${scrolls}>${raw(fitted)}</div>`
}

/** The width, pixels, at which the smallest type of a picture is `type` pixels. */
function leastWidth(svg: string, width: number, type: number): number {
  const sizes = [...svg.matchAll(/font-size="([\d.]+)(?:px)?"/g)].map(([, size]) => Number(size))
  const smallest = Math.min(...sizes, TYPE.title)
  return Math.ceil(Math.min(width, (width * type) / smallest))
}

function legendHtml(entry: LegendEntry): Html {
  return html`<li><svg class="key" viewBox="0 0 18 12" aria-hidden="true">${raw(symbol(entry))}</svg>${entry.label}</li>`
}

function symbol({ mark, colour: name }: LegendEntry): string {
  const c = colour(name)
  switch (mark) {
    case 'dot':
      return `<circle cx="9" cy="6" r="4" fill="${c}"/>`
    case 'disc':
      return `<circle cx="9" cy="6" r="5.1" fill="${c}" stroke="${colour('other')}"/>`
    case 'ring':
      return `<circle cx="9" cy="6" r="3.5" fill="none" stroke="${c}" stroke-width="1.6"/>`
    case 'triangle':
      return `<path d="M9 1.5L14 10.5H4Z" fill="${c}"/>`
    case 'triangle-outline':
      return `<path d="M9 1.5L14 10.5H4Z" fill="none" stroke="${c}" stroke-width="1.4"/>`
    case 'bar':
      return `<rect x="5" y="1" width="8" height="10" rx="1" fill="${c}"/>`
    case 'area':
      return `<rect x="1" y="1" width="16" height="10" rx="2" fill="${c}"/>`
    case 'range':
      return `<rect x="1" y="2" width="16" height="8" fill="${c}" opacity="0.25"/><path d="M1 6H17" stroke="${c}" stroke-width="1.6"/>`
    case 'cross':
      return `<path d="M6 3l6 6M12 3l-6 6" stroke="${c}" stroke-width="1.8" fill="none"/>`
    case 'tick':
      return `<path d="M9 1V11" stroke="${c}" stroke-width="1.6" fill="none"/>`
    case 'plus':
      return `<path d="M4 6H14M9 1V11" stroke="${c}" stroke-width="1.6" fill="none"/>`
    case 'line':
      return `<path d="M1 6H17" stroke="${c}" stroke-width="2.2" fill="none"/>`
    case 'dashed':
      return `<path d="M1 6H17" stroke="${c}" stroke-width="2.2" stroke-dasharray="2 3" fill="none"/>`
  }
}
