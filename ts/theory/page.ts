/** The page of the theorems: a verdict, then each with its claims and its picture. */
import type { TheoryCheck } from '../native.js'
import { figureHtml } from '../report/figure.js'
import { pageHtml } from '../report/page.js'
import { escapeHtml } from '../report/svg.js'
import type { Origin } from '../run/machine.js'
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
export async function theoryPage({ seed, holds, parts }: Theory, from: Origin): Promise<string> {
  const checks = parts.flatMap((part) => part.checks)
  const failed = checks.filter((check) => !check.holds)
  const sections = await Promise.all(
    parts.map(async (part) => ({
      title: part.title,
      lead: part.checks.every((check) => check.holds) ? 'Every claim holds.' : 'A claim fails.',
      body: `${tableHtml(part.checks)}\n${figureHtml({ ...(await theoryFigure(part)), title: `${part.curve.y}, against ${part.curve.x}` })}`
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

function tableHtml(checks: readonly TheoryCheck[]): string {
  const rows = checks.map(
    (check) =>
      `<tr><th scope="row">${escapeHtml(check.name)}<small>${escapeHtml(check.claim)}</small></th><td>${digits(check.measured)}</td><td>${escapeHtml(check.relation)} ${digits(check.expected)}</td><td>${check.tolerance === 0 ? '' : digits(check.tolerance)}</td><td>${check.holds ? 'holds' : '<strong>fails</strong>'}</td></tr>`
  )
  return `<div class="scroll"><table>
<thead><tr><th>claim</th><th>measured</th><th>expected</th><th>tolerance</th><th></th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}
