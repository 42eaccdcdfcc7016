/** What every arm of a table does, in words. */
import { colour, type Html, html, raw } from '../drawing/index.js'
import type { TableRecord } from '../records/index.js'
import { findArm, type Spec } from '../spec/index.js'
import { armStyle } from './arms.js'
import { armsOf } from './tables/blocks.js'

type Defined = Spec['retrain']['define']

/** Arms that have a description, with it. */
const described = (table: TableRecord, define: Defined) =>
  armsOf(table).flatMap((arm) => {
    const found = findArm(arm, define)
    return found === undefined ? [] : [{ arm, ...armStyle(arm, define), description: found.description }]
  })

/** Half a sentence an arm, above the first picture of them. */
export function armsInWords(table: TableRecord, define: Defined): Html {
  const told = described(table, define).map(({ label, description }) => html`<span><b>${label}</b>: ${description}. </span>`)
  return html`<p class="words">${told}</p>`
}

/** Every arm with its line, its name in a specification and its description. */
export function armsHtml(table: TableRecord, define: Defined): Html {
  const rows = described(table, define).map(({ arm, label, colour: name, dash, description }) => {
    const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : ''
    const line = raw(
      `<svg class="key" viewBox="0 0 18 12" aria-hidden="true"><path d="M1 6H17" stroke="${colour(name)}" stroke-width="2.2"${dashes} fill="none"/></svg>`
    )
    const code = label === arm ? undefined : html` <code>${arm}</code>`
    return html`<dt>${line}${label}${code}</dt><dd>${description}</dd>`
  })
  return html`<h4>Arms</h4><dl class="terms arms">${rows}</dl>`
}
