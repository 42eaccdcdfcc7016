import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { fromNative } from '../../ts/errors.js'
import { runTheory } from '../../ts/index.js'
import { coreAddon } from '../../ts/native.js'
import { origin } from '../../ts/run/machine.js'
import { checkText, type Theory, theoryFigure, theoryPage } from '../../ts/theory/index.js'
import { folder, xmrl } from '../helpers.js'

const made: Theory = {
  version: 1,
  seed: 3,
  holds: false,
  parts: [
    {
      id: 'lemma-9',
      title: 'Lemma 9: a < b',
      statement: 'What is said of it.',
      checks: [
        { name: 'slope', claim: 'falls', measured: -0.512345, expected: -0.5, tolerance: 0.05, relation: '=', holds: true },
        { name: 'rest <0>', claim: 'vanishes', measured: 2.5e-7, expected: 0, tolerance: 0, relation: '≤', holds: false }
      ],
      curve: {
        x: 'K',
        y: 'square',
        logX: true,
        logY: true,
        series: [
          { name: 'slope −1/2', reference: true, x: [1, 4, 16], y: [1, 0.5, 0.25] },
          { name: 'measured', reference: false, x: [1, 4, 16], y: [1, 0.52, 0.24] }
        ]
      }
    }
  ]
}

test('every claim holds, and a seed gives the same figures again', async (t) => {
  const seen: string[] = []
  const first = await runTheory({ seed: 0, seen: (part) => seen.push(part.id) })
  t.deepEqual(seen, ['theorem-1', 'theorem-2', 'theorem-3', 'lemma-1', 'lemma-2'])
  t.deepEqual(
    first.parts.map((part) => part.id),
    seen
  )
  t.true(first.holds, JSON.stringify(first.parts.flatMap((part) => part.checks.filter((check) => !check.holds))))
  t.deepEqual(await coreAddon().measureTheory(4, 0), first.parts[4])
  const error = fromNative(await t.throwsAsync(() => coreAddon().measureTheory(9, 0)))
  t.is(error.code, 'ERR_USAGE')
  await t.throwsAsync(() => runTheory({ seed: -1 }), { code: 'ERR_USAGE', message: /^seed/ })
})

test('figures of a claim in words', (t) => {
  t.deepEqual(made.parts[0].checks.map(checkText), ['−0.5123 = −0.5 ± 0.05', '2.50e−7 ≤ 0'])
})

test('a picture draws measured lines with points and references dashed; the page says what fails', async (t) => {
  const [part] = made.parts
  const figure = await theoryFigure(part)
  t.deepEqual(
    figure.legend.map(({ label, mark }) => [label, mark]),
    [
      ['slope −1/2', 'dashed'],
      ['measured', 'line']
    ]
  )
  const [svg] = figure.svg
  t.is(svg.split('stroke-dasharray="3,4"').length - 1, 1)
  // Points on a log-log line of slope -1/2 of the reference are not drawn; those of the measured line are.
  t.is(svg.match(/<path[^>]*fill="var\(--x-critical/g)?.length, 3)
  const page = await theoryPage(made, origin())
  t.regex(page, /1 of 2 claims fail: rest &lt;0&gt;\./)
  t.regex(page, /<strong>fails<\/strong>/)
  t.false(/<script|http:|https:\/\/(?!www\.w3\.org)/.test(page.replace(/xmlns="[^"]*"/g, '')))
})

test('xmrl theory prints a line a claim and writes its record and its page', async (t) => {
  const out = join(folder(t), 'theory')
  const done = await xmrl(['theory', '--out', out, '--seed', '1'])
  t.is(done.code, 0, done.stderr + done.stdout)
  const record = JSON.parse(readFileSync(join(out, 'theory.json'), 'utf8')) as Theory
  t.is(record.seed, 1)
  const claims = record.parts.flatMap((part) => part.checks)
  t.is(done.stdout.split('\n').filter((line) => line.startsWith('  ✓ ')).length, claims.length)
  t.regex(done.stdout, /every claim holds; .*theory\.html\n$/)
  t.regex(readFileSync(join(out, 'theory.html'), 'utf8'), /^<!doctype html>[\s\S]*Theorem 1: the rate of the single loop/)
})
