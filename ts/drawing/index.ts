/** How things look: a page, a figure with its legend, charts and hand-written pictures, colours, and how figures are written. */
export { type ChartSpec, chart, labelled } from './chart.js'
export { type Figure, figureHtml, type LegendEntry, type Mark } from './figure.js'
export { escapeHtml, type Filling, Html, html, lines, raw } from './html.js'
export { count, fixed, percent, range, signed } from './numbers.js'
export { type Answer, factsHtml, foldHtml, type Notice, type Page, pageHtml, type Section } from './page.js'
export { say } from './say.js'
export { element, linear, px, type Scale } from './svg.js'
export { type Colour, colour, FONT, PALETTE, TYPE } from './theme.js'
