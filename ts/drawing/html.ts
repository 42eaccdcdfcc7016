/** HTML that escapes by default: what a template is filled with is text, unless it is markup itself. */

/** Markup: text that was escaped where it had to be. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/** What a template takes: text and numbers are escaped, markup stays, lists are joined, `false` and undefined are nothing. */
export type Filling = string | number | Html | false | undefined | readonly Filling[]

/** Text safe inside HTML and attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)
}

/** Markup from a template: html`<td>${text}</td>`. */
export function html(parts: TemplateStringsArray, ...fillings: readonly Filling[]): Html {
  return new Html(parts.map((part, i) => part + filled(fillings[i])).join(''))
}

/** Text that is markup already: a picture's SVG, a style. */
export const raw = (text: string): Html => new Html(text)

/** Pieces of markup, a line each; those that are nothing are left out. */
export function lines(pieces: readonly (Html | false | undefined)[]): Html {
  return new Html(pieces.flatMap((piece) => (piece instanceof Html && piece.text !== '' ? [piece.text] : [])).join('\n'))
}

function filled(filling: Filling): string {
  if (filling === undefined || filling === false) return ''
  if (filling instanceof Html) return filling.text
  return typeof filling === 'object' ? filling.map(filled).join('') : escapeHtml(String(filling))
}
