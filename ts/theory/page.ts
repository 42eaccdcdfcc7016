/** The page of the theorems: a verdict, then each with its claims and its picture. */
import { figureHtml, type Html, html, lines, pageHtml } from '../drawing/index.js'
import type { TheoryCheck } from '../native.js'
import type { Manifest } from '../records/index.js'
import { theoryFigure } from './figure.js'
import type { Theory } from './run.js'

/** Four significant digits; very small and very large ones with an exponent. */
const digits = (value: number) => {
  if (value === 0) return '0'
  const size = Math.abs(value)
  return (size < 1e-3 || size >= 1e5 ? value.toExponential(2) : String(Number(value.toPrecision(4)))).replace('-', '−')
}

/** A claim's figures in words: measured, relation, expected and tolerance. */
export function checkText({ measured, relation, expected, tolerance }: TheoryCheck): string {
  return `${digits(measured)} ${relation} ${digits(expected)}${tolerance === 0 ? '' : ` ± ${digits(tolerance)}`}`
}

/** The whole document. */
export async function theoryPage({ seed, holds, parts }: Theory, from: Pick<Manifest, 'package' | 'commit' | 'machine'>): Promise<string> {
  const checks = parts.flatMap((part) => part.checks)
  const failed = checks.filter((check) => !check.holds)
  const sections = await Promise.all(
    parts.map(async (part) => ({
      id: `part-${part.id}`,
      title: part.title,
      lead: part.checks.every((check) => check.holds) ? 'Every claim holds.' : 'A claim fails.',
      body: lines([
        tableHtml(part.checks),
        figureHtml({ ...(await theoryFigure(part)), title: `${part.curve.y}, against ${part.curve.x}` })
      ])
    }))
  )
  return pageHtml({
    title: 'The theorems as numbers',
    subtitle: 'XMRL theory',
    headline: holds
      ? `All ${checks.length} claims of ${parts.length} theorems and lemmas hold.`
      : `${failed.length} of ${checks.length} claims fail: ${failed.map((check) => check.name).join('; ')}.`,
    answers: [],
    notices: [],
    facts: [
      ['seed', String(seed)],
      ['claims', String(checks.length)],
      ['package', from.package],
      ['commit', from.commit.slice(0, 12)],
      ['machine', `${from.machine.cpu}, ${from.machine.cores} cores`]
    ],
    sections,
    footer: 'Measured by xmrl theory on problems whose truth is known: closed forms, enumeration, quadrature. Nothing here is trained.'
  })
}

function tableHtml(checks: readonly TheoryCheck[]): Html {
  const rows = checks.map(
    ({ name, claim, measured, relation, expected, tolerance, holds }) =>
      html`<tr><th scope="row">${name}<small>${claim}</small></th><td>${digits(measured)}</td><td>${relation} ${digits(expected)}</td><td>${tolerance === 0 ? '' : digits(tolerance)}</td><td>${holds ? 'holds' : html`<strong>fails</strong>`}</td></tr>`
  )
  return html`<div class="block"><div class="scroll"><table>
<thead><tr>${['claim', 'measured', 'expected', 'tolerance', 'verdict'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${lines(rows)}</tbody></table></div></div>`
}
