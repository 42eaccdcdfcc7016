import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type StudyRecord, studyRecord, type TableRecord } from '../../ts/records/index.js'
import { scoresOfStudy, studyFiles, studyOf, tableFiles } from '../../ts/report/index.js'
import { type LoadedRun, readStudyFile } from '../../ts/run/index.js'
import { buildTable, seedScores } from '../../ts/select/index.js'
import { defineExperiment } from '../../ts/spec/index.js'
import { root, xmrl } from '../helpers.js'
import { syntheticRun } from './synthetic.js'

const run = syntheticRun([0, 1], 12)
const table = run.table as TableRecord
const files = tableFiles(table, 'drone-planar')

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'xmrl-study-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const poor = table.rows.find((row) => row.arm === 'xmrl' && row.pool === 'both' && row.group === 'poor' && row.metric === 'success')

test('Markdown: every table has as many cells in each row, shown gains are bold, few seeds preliminary', (t) => {
  const text = files['table.md']
  t.regex(text, /^# drone-planar, 2 seeds \(0, 1\)\n\n\*\*preliminary: 2 seeds, fewer than 10\*\*/)
  const blocks = text
    .trim()
    .split('\n\n')
    .filter((block) => block.startsWith('|'))
  t.is(blocks.length, 8, 'three pools, over both MAML runs, interquartile means, improvement, ablations, explanations')
  for (const block of blocks) t.is(new Set(block.split('\n').map((line) => line.match(/ \|/g)?.length)).size, 1, block)
  const gain = poor?.overMaml
  t.true(gain?.shown)
  const row = text.split('\n').find((line) => line.startsWith('| XMRL | '))
  t.true(
    row?.startsWith(
      `| XMRL | ${poor?.after.toFixed(3)} | **+${gain?.gain.toFixed(3)} [+${gain?.low.toFixed(3)}, +${gain?.high.toFixed(3)}]** |`
    ),
    row
  )
  t.regex(text, /\| MAML again \(null\) \| [\d.]+ \| −0\.\d{3} \[−0\.\d{3}, \+0\.\d{3}\] not shown \|/)
})

test('LaTeX: columns fit, nothing that LaTeX would read as its own is left bare', (t) => {
  const text = files['table.tex']
  const tabulars = [...text.matchAll(/\\begin\{tabular\}\{(\w+)\}([\s\S]*?)\\end\{tabular\}/g)]
  t.is(tabulars.length, 8)
  for (const [, columns, body] of tabulars) {
    const lines = body.split('\n').filter((line) => line.endsWith('\\\\'))
    for (const line of lines) t.is(line.split(/(?<!\\)&/).length, columns.length, line)
  }
  const printed = text
    .split('\n')
    .filter((line) => !line.startsWith('%'))
    .join('\n')
  t.false(/(?<!\\)[%#_]|−/.test(printed), printed.match(/.*(?:(?<!\\)[%#_]|−).*/)?.[0])
  t.is(text.split('\\begin{table*}').length, text.split('\\end{table*}').length)
  t.regex(text, /\\textbf\{\+0\.\d{3} \[/)
  const odd = tableFiles({ ...table, ablations: [{ ...(table.ablations ?? [])[0], question: '50 % of a_b & {c}' }] }, 'x_y')['table.tex']
  t.true(odd.includes('50 \\% of a\\_b \\& \\{c\\}') && odd.includes('x\\_y'))
})

test('CSV: one figure a row, unrounded, read back', (t) => {
  const [head, ...rows] = files['table.csv']
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  t.true(rows.every((row) => row.length === head.length))
  const of = (row: string[], name: string) => row[head.indexOf(name)]
  const find = (quantity: string, arm: string, against = ''): string[] | undefined =>
    rows.find(
      (row) => of(row, 'quantity') === quantity && of(row, 'arm') === arm && of(row, 'against') === against && of(row, 'group') === 'poor'
    )
  const gain = find('gain', 'xmrl', 'maml') ?? []
  t.deepEqual(
    ['value', 'low', 'high', 'shown'].map((name) => of(gain, name)),
    [poor?.overMaml?.gain, poor?.overMaml?.low, poor?.overMaml?.high, true].map(String)
  )
  t.is(of(gain, 'pool'), 'both')
  t.is(rows.filter((row) => of(row, 'quantity') === 'before').length, 3 * 3 * 2, 'pool, group, metric; not once an arm')
  t.is(of(find('iqm', 'xmrl') ?? [], 'value'), String(table.iqm?.find((row) => row.arm === 'xmrl' && row.group === 'poor')?.iqm))
  t.is(find('probability of improvement', 'maml', 'maml'), undefined)
  t.is(of(find('gain over both MAML runs', 'xmrl', 'maml and maml-null') ?? [], 'low'), String(table.overBoth?.[0].low))
})

const loaded = () => ({ ...run, path: '', metrics: [], records: run.seeds[0].records }) as unknown as LoadedRun

test('the small record keeps what the table is made from', (t) => {
  const study = studyOf(loaded(), 'npx xmrl table drone-planar --seeds 0,1')
  t.deepEqual(studyRecord.parse(JSON.parse(JSON.stringify(study))), study, 'it satisfies its schema')
  const whole = run.seeds.map(({ seed, records }) => seedScores(seed, records))
  const small = scoresOfStudy(study)
  t.deepEqual(
    small.map((seed) => [seed.seed, seed.poor, seed.steps, Object.keys(seed.arms)]),
    whole.map((seed) => [seed.seed, seed.poor, seed.steps, ['xmrl', 'maml', 'maml-null', 'ma', 'oracle']])
  )
  const [a, b] = [buildTable(small, { resamples: 200 }), buildTable(whole, { resamples: 200 })]
  for (const row of a.rows) {
    const other = b.rows.find(
      (each) => each.arm === row.arm && each.pool === row.pool && each.group === row.group && each.metric === row.metric
    )
    t.true(Math.abs(row.gain - (other?.gain ?? 9)) < 1e-4 && Math.abs(row.high - (other?.high ?? 9)) < 1e-4)
  }
})

test('a study whose seeds lack an arm leaves it out, and keeps the definitions it needs', (t) => {
  const [first, second] = run.seeds
  const { ma: _, ...arms } = second.records.arms
  const define = { 'xmrl-10': { base: 'xmrl' as const, criticalFraction: 0.1 }, unused: { base: 'xmrl' as const, mixedShare: 0 } }
  const experiment = defineExperiment({ seeds: [0, 1], retrain: { arms: ['xmrl', 'ma', 'xmrl-10'], define } })
  const renamed = (records: typeof first.records) => ({
    ...records,
    arms: { ...records.arms, 'xmrl-10': records.arms.oracle },
    evaluations: { ...records.evaluations, 'xmrl-10': records.evaluations.oracle }
  })
  const seeds = [
    { seed: 0, records: renamed(first.records) },
    { seed: 1, records: renamed({ ...second.records, arms }) }
  ]
  const study = studyOf({ ...loaded(), experiment, seeds } as unknown as LoadedRun, 'x')
  t.deepEqual(Object.keys(study.seeds[0].arms), ['xmrl', 'xmrl-10'])
  t.deepEqual(study.define, { 'xmrl-10': define['xmrl-10'] })
})

test('a study whose explanations were checked says how each ranks the tasks that were raised alone', async (t) => {
  const tasks = run.seeds[0].records.tasks?.pools.training.values.length ?? 0
  const gains = Array.from({ length: tasks }, (_, task) => 0.01 * ((task * 7) % tasks) + 1 / 3)
  const explanations = [
    { arm: '', solver: 'adaptation' as const, scores: gains.map((gain) => 100 * gain), spearman: 1 },
    { arm: 'paper', solver: 'alternating' as const, scores: gains.map((gain) => -gain), spearman: -1 }
  ]
  const shown = { gain: 0.1, low: 0.05, high: 0.2, shown: true }
  const validation = {
    settings: {
      iterations: 5,
      supportEpisodes: 40,
      queryEpisodes: 20,
      maxKl: 0.01,
      top: 2,
      leaveOut: 2,
      share: 0.5,
      raiseEach: true,
      repeats: 2
    },
    scoredBy: 'success' as const,
    contrasts: [{ change: 'raise' as const, against: 'random' as const, ...shown }],
    leaveOut: { tasks: [0], scores: [0.12345678], losses: [0.1], spearman: 0.5, ceiling: 0.25 },
    raiseEach: { gains, ceiling: 0.75, explanations }
  }
  const seeds = run.seeds.map(({ seed, records }) => ({ seed, records: { ...records, validation } }))
  const study = studyOf({ ...loaded(), seeds } as unknown as LoadedRun, 'x')
  t.deepEqual(studyRecord.parse(JSON.parse(JSON.stringify(study))), study)
  t.is(study.seeds[0].validation?.leaveOut.scores[0], 0.1235)
  const made = await studyFiles(study)
  t.true(
    made['influence-0.svg'].includes('adaptation: Spearman 1.00') && made['influence-1.svg'].includes('paper (alternating): Spearman −1.00')
  )
  const row = (name: string) => made['influence.md'].split('\n').find((line) => line.startsWith(`| ${name}`))
  const [low, high] = [gains, gains.map((gain) => -gain)].map((scores) => {
    const best = [...gains].sort((a, b) => scores[gains.indexOf(b)] - scores[gains.indexOf(a)]).slice(0, 5)
    return (best.reduce((sum, gain) => sum + gain, 0) / 5).toFixed(3)
  })
  t.is(row('adaptation'), `| adaptation | 1.00 | 1.00, 1.00 | +${low} |`)
  t.is(row('paper'), `| paper (alternating) | −1.00 | −1.00, −1.00 | +${high} |`)
  t.is(row('one repeat'), '| one repeat of the gains against another | 0.75 | 0.75, 0.75 | |')
  t.false('influence.md' in (await studyFiles(studyOf(loaded(), 'x'))))
})

test('tables and pictures of a small record are reproduced to the byte, and a difference is an error', async (t) => {
  const study: StudyRecord = studyOf(loaded(), 'x')
  t.deepEqual(await studyFiles(study), await studyFiles(structuredClone(study)))
  const place = folder(t)
  const record = join(place, 'mine.json')
  writeFileSync(record, JSON.stringify(study))
  const first = await xmrl(['reproduce', record])
  t.is(first.code, 0, first.stderr)
  t.regex(first.stdout, /mine: 0 files as committed, 9 written/)
  t.regex((await xmrl(['reproduce', record])).stdout, /mine: 9 files as committed\n/)
  const file = join(place, 'mine', 'table.md')
  const good = readFileSync(file, 'utf8')
  writeFileSync(file, good.replace('+0.0', '+0.9'))
  const bad = await xmrl(['reproduce', record])
  t.is(bad.code, 1)
  t.regex(bad.stderr, /^ERR_RECORD_INVALID: .*mine\/table\.md: not what the record gives.*--write/)
  t.is((await xmrl(['reproduce', record, '--write'])).code, 0)
  t.is(readFileSync(file, 'utf8'), good)
})

test('a committed table is what its record gives', (t) => {
  const folder = join(root, 'docs', 'results')
  const study = readStudyFile(join(folder, 'drone-planar-fresh.json'))
  const made = tableFiles(buildTable(scoresOfStudy(study)), 'drone-planar')
  for (const [name, text] of Object.entries(made)) t.is(text, readFileSync(join(folder, 'drone-planar-fresh', name), 'utf8'), name)
})

test('a record that is none is refused with file and key', (t) => {
  const file = join(folder(t), 'bad.json')
  t.throws(() => readStudyFile(file), { code: 'ERR_RECORD_INVALID', message: /bad\.json: no such record/ })
  writeFileSync(file, '{"command": 3}')
  t.throws(() => readStudyFile(file), { code: 'ERR_RECORD_INVALID', message: /bad\.json: command/ })
})
