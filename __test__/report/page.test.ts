import test from 'ava'
import { headline, renderReport } from '../../ts/report/index.js'
import { answers, notices } from '../../ts/report/summary.js'
import { buildTable, seedScores } from '../../ts/select/index.js'
import { defineExperiment } from '../../ts/spec/index.js'
import { syntheticRecords, syntheticRun } from './synthetic.js'

test('the page is one file: no script, nothing fetched, every picture inside', async (t) => {
  const html = await renderReport(syntheticRun([0], 12))
  t.regex(html, /^<!doctype html>/)
  for (const forbidden of ['<script', '<link', '<img', 'src=', '@import', 'url(http', '<iframe'])
    t.false(html.includes(forbidden), forbidden)
  t.deepEqual([...new Set(html.match(/https?:\/\/[^"'\s<]+/g))], ['http://www.w3.org/2000/svg'], 'only the name space')
  for (const id of ['returns', 'omega', 'map', 'mixing', 'dumbbells', 'episodes', 'curves'])
    t.true(html.includes(`<figure id="${id}">`), id)
  t.is(html.split('<figcaption>').length, html.split('<figure ').length, 'every picture says how to read it')
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1])
  t.is(new Set(ids).size, ids.length, 'ids are unique')
  t.true(html.includes('<dd>0123456789ab</dd>') && html.includes(syntheticRun([0]).experiment.hash.slice(0, 12)))
})

test('the same records give the same page', async (t) => {
  t.is(await renderReport(syntheticRun([0], 12)), await renderReport(syntheticRun([0], 12)))
})

test('stages that have not run are left out, and the page says what is known', async (t) => {
  const run = syntheticRun([0], 12)
  const { tasks, poor, evaluations } = run.seeds[0].records
  const partial = {
    ...run,
    table: undefined,
    seeds: [{ seed: 0, records: { tasks, poor, evaluations: { theta_0: evaluations.theta_0 }, arms: {} } }]
  }
  const html = await renderReport(partial)
  t.regex(
    html,
    /<p class="headline">Before any repair, from one seed: mean success is 0\.\d\d over all 24 tasks and 0\.\d\d over the 4 poor ones\./
  )
  t.true(html.includes('<figure id="returns">'))
  t.false(html.includes('<figure id="omega">'))
  const empty = await renderReport({ ...run, table: undefined, seeds: [{ seed: 0, records: { evaluations: {}, arms: {} } }] })
  t.true(empty.includes('How this was made') && empty.includes('No policy of this run has been evaluated yet.'))
})

test('a run without the method has its result, its pictures and its arms by the best of the others', async (t) => {
  const run = syntheticRun([0], 12)
  const seeds = run.seeds.map(({ seed, records }) => {
    const { xmrl: _evaluation, ...evaluations } = records.evaluations
    const { xmrl: _arm, ...arms } = records.arms
    const episodes = records.episodes && { ...records.episodes, arm: 'ma' }
    return { seed, records: { ...records, evaluations, arms, ...(episodes && { episodes }) } }
  })
  const table = buildTable(
    seeds.map(({ seed, records }) => seedScores(seed, records)),
    { resamples: 200 }
  )
  const html = await renderReport({ ...run, seeds, table })
  t.regex(html, /<p class="headline">Preliminary, from one seed: [^<]*the arm ma/)
  for (const id of ['gains', 'dumbbells', 'curves', 'iqm', 'improvement']) t.true(html.includes(`<figure id="${id}">`), id)
  t.regex(html, /Every task before and after mixup on all \(MA\)/)
  t.regex(html, /<tr class="main"><th scope="row">mixup on all \(MA\)<\/th>/)
  t.regex(html, /MAML continued <code>maml<\/code><\/dt><dd>meta-training continued unchanged<\/dd>/)
  t.notRegex(html, />XMRL</)
})

test('runs of one spec are pooled, runs of two are refused', async (t) => {
  const [a, b] = [syntheticRun([0], 10), syntheticRun([1], 10)]
  const html = await renderReport(a, b)
  t.true(html.includes('2 seeds') && html.includes('<figure id="gains">') && html.includes('seeds and tasks'))
  const other = { ...b, experiment: defineExperiment({ explain: { rho: 0.2 } }) }
  await t.throwsAsync(renderReport(a, other), { code: 'ERR_USAGE', message: /one spec/ })
  await t.throwsAsync(renderReport(), { code: 'ERR_USAGE' })
})

test('a gain whose interval holds 0 is no gain in the headline, and not shown in a notice', (t) => {
  const scores = seedScores(0, syntheticRecords(0, 12))
  const same = buildTable([{ ...scores, arms: { ...scores.arms, xmrl: scores.arms.maml } }])
  t.regex(headline(same), /XMRL minus MAML, is \+0\.00 .*: the two do not differ\.$/)
  t.true(notices(syntheticRecords(0, 12), same).some((notice) => /is not shown: its 95 % interval holds 0/.test(notice.text)))
  const better = buildTable([scores])
  t.regex(headline(better), /unlikely to be chance among these tasks, but one seed/)
})

test('the three questions are answered from both pools, and an open answer is not dressed up', (t) => {
  const records = syntheticRecords(0, 12)
  const scores = seedScores(0, records)
  const table = buildTable([scores])
  const row = table.rows.find((entry) => `${entry.arm} ${entry.pool} ${entry.group} ${entry.metric}` === 'xmrl both poor success')
  const [repaired, explained, unharmed] = answers(records, table)
  t.is(repaired.figure, `+${row?.gain.toFixed(3)}`)
  t.true(repaired.text.split('\n')[1].includes(`+${row?.overMaml?.gain.toFixed(3)} [`))
  t.deepEqual([repaired.verdict, repaired.tone], ['shown', 'good'])
  t.is(explained.figure, `${records.explanation?.critical.length} of 12`)
  t.regex(unharmed.text, /other tasks: .*\n.* fell by more than 0\.05, against/)
  const maml = buildTable([{ ...scores, arms: { ...scores.arms, xmrl: scores.arms.maml } }])
  const open = answers(records, maml)
  t.deepEqual([open[0].tone, open[0].verdict, open[2].verdict], ['open', 'not over MAML', 'no loss shown'])
  const harmed = buildTable([{ ...scores, arms: { ...scores.arms, xmrl: scores.before, maml: scores.arms.xmrl } }])
  t.deepEqual([answers(records, harmed)[0].tone, answers(records, harmed)[2].tone], ['bad', 'bad'])
  t.deepEqual(answers({ evaluations: {}, arms: {} }, undefined), [])
})

test('an unreliable or fallen-back explanation is said first', (t) => {
  const records = syntheticRecords(0, 12)
  if (records.poor === undefined || records.explanation === undefined) throw new Error('no records')
  const said = notices(
    {
      ...records,
      poor: { ...records.poor, reliable: false, rankCorrelation: { evaluation: 0.31, heldOut: 0.3 } },
      explanation: { ...records.explanation, fallback: true, reason: 'two halves agree only at 0.12' }
    },
    undefined
  )
  t.deepEqual(said.map((notice) => notice.kind).slice(0, 2), ['warning', 'warning'])
  t.regex(said[0].text, /not identifiable.*0\.31/)
  t.regex(said[1].text, /two halves agree only at 0\.12/)
})

test('an explanation that singles nothing out says so, one that does stays silent', (t) => {
  const records = syntheticRecords(0, 12)
  const { explanation } = records
  if (explanation === undefined) throw new Error('no explanation')
  const said = (critical: number[]) => notices({ ...records, explanation: { ...explanation, critical } }, undefined).map(({ text }) => text)
  const half = Math.ceil(explanation.omega.length / 2)
  const ids = Array.from({ length: half }, (_, id) => id)
  t.true(said(ids).some((text) => text.startsWith(`${half} of ${explanation.omega.length} training tasks are critical`)))
  t.false(said(ids.slice(1)).some((text) => /training tasks are critical/.test(text)))
})

test('text from outside is escaped', async (t) => {
  const run = syntheticRun([0], 10)
  const html = await renderReport({ ...run, manifest: { ...run.manifest, device: '<script>alert(1)</script>' } })
  t.false(html.includes('<script>'))
})
