/** A table as HTML. */
import { type Html, html, lines } from '../../drawing/index.js'
import type { Block, Cell, Row } from './model.js'

/** The table under its title and notes, which stay in sight where the table alone scrolls sideways. */
export function blockHtml({ id, title, note, foot = [], head, rows }: Block): Html {
  const [first, ...others] = head
  return html`<div class="block"><h3>${title}</h3>${note !== undefined && html`<p>${note}</p>`}${foot.map((text) => html`<p>${text}</p>`)}
<div class="scroll" tabindex="0" role="group" aria-label="${title}: scrolls sideways"><table class="${id}" aria-label="${title}">
<thead><tr><th scope="col">${first.title}</th>${others.map(({ title: what, joined }) => html`<th scope="col"${joined && html` class="joined"`}>${what}</th>`)}</tr></thead>
<tbody>${lines(rows.map((row) => rowHtml(row, head)))}</tbody></table></div></div>`
}

function rowHtml({ cells: [first, ...others], kind }: Row, [, ...head]: Block['head']): Html {
  const cells = others.map((cell, column) => html`<td${head[column].joined && html` class="joined"`}>${cellHtml(cell)}</td>`)
  return html`<tr${kind !== undefined && html` class="${kind}"`}><th scope="row">${cellHtml(first)}</th>${cells}</tr>`
}

function cellHtml({ text, interval, shown, tail, note }: Cell): Html {
  const figure = shown === true ? html`<b>${text}</b>` : shown === false ? html`<span class="unshown">${text}</span>` : html`${text}`
  const below = [interval, tail, ...(note ?? [])].filter((part) => part !== undefined)
  return html`${figure}${below.map((part) => html`<small>${part}</small>`)}`
}
