import test from 'ava'
import { tableLines } from '../../ts/cli/table.js'
import { recordSchemas, type SeedRecords, studyRecord, type TableRecord } from '../../ts/records/index.js'
import { doseFigure } from '../../ts/report/figures/dose.js'
import { foretoldFigure } from '../../ts/report/figures/foretold.js'
import { headline, renderReport, reportFigures, scoresOfStudy, studyOf, tableFiles } from '../../ts/report/index.js'
import { storyText } from '../../ts/report/story.js'
import { answers, notices } from '../../ts/report/summary.js'
import {
  agreementText,
  costText,
  doseCourse,
  doseText,
  findingsText,
  foretoldText,
  heldNotes,
  heldText,
  stepText,
  verdictText
} from '../../ts/report/verdict.js'
import { buildTable, seedScores } from '../../ts/select/index.js'
import { same } from './snapshot.js'
import { syntheticRecords } from './synthetic.js'
import { toldRecords, toldRun } from './told.js'

/** What must be there. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing')
  return value
}
const explanationOf = (records: SeedRecords) => present(records.explanation)

test('the made-up records satisfy their schemas, table and small record included', (t) => {
  const run = toldRun(['repair', 'spread', 'unrepeatable'], 12)
  for (const { records } of run.seeds) {
    t.notThrows(() => recordSchemas.explanation.parse(records.explanation))
    t.notThrows(() => recordSchemas.arm.parse(records.arms.xmrl))
    t.notThrows(() => recordSchemas.evaluation.parse(records.evaluations.theta_0))
  }
  t.notThrows(() => recordSchemas.table.parse(run.table))
  const study = studyOf(run, 'x')
  t.deepEqual(studyRecord.parse(JSON.parse(JSON.stringify(study))), study)
})

test('the small record gives the same rows of what was foretold, held and steered', (t) => {
  const run = toldRun(['repair', 'spread', 'repair'], 12)
  const whole = buildTable(
    run.seeds.map(({ seed, records }) => seedScores(seed, records)),
    { resamples: 100 }
  )
  const small = buildTable(scoresOfStudy(studyOf(run, 'x')), { resamples: 100 })
  t.deepEqual([small.held, small.doses], [whole.held, whole.doses])
  t.is(small.foretold?.length, 2)
  for (const [i, row] of (small.foretold ?? []).entries()) {
    const other = present(whole.foretold)[i]
    t.deepEqual([row.arm, row.group, row.seeds, row.tasks, row.against], [other.arm, other.group, other.seeds, other.tasks, other.against])
    t.true(Math.abs(row.spearman - other.spearman) < 1e-12, 'rounding parts no tie')
  }
  t.deepEqual(
    small.choices?.map(({ findings }) => findings),
    [{ repair: 2, spread: 1, unrepeatable: 0 }]
  )
})

test('pictures of what was foretold and of the dose are the committed ones', async (t) => {
  const run = toldRun(['repair'], 12)
  const { foretold, dose } = await reportFigures(run.seeds, undefined, run.table)
  for (const figure of [present(foretold), present(dose)]) {
    figure.svg.forEach((svg, index) => {
      t.is(same(`${figure.id}-${index}.svg`, svg), undefined)
    })
    t.is(same(`${figure.id}.txt`, `${figure.title}\n${figure.caption}\n${figure.legend.map(({ label }) => label).join('; ')}`), undefined)
  }
})

test('every task is a mark of its kind, named by pool, number and parameters, with what was foretold and what came', async (t) => {
  const run = toldRun(['repair'], 12)
  const [{ records }] = run.seeds
  const { foretold } = await reportFigures(run.seeds, undefined, run.table)
  const [evaluation, heldOut] = present(foretold).svg
  const titles = (svg: string) => [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title)
  t.deepEqual([titles(evaluation).length, titles(heldOut).length], [12, 12])
  const [x, y] = present(records.tasks).pools.heldOut.values[5]
  const scores = seedScores(0, records)
  const success = (arm: string) => present(scores.arms[arm].heldOut.success)[5]
  const measured = success('xmrl') - (success('maml') + success('maml-null')) / 2
  const told = present(explanationOf(records).foretold).heldOut[5]
  const sign = (value: number, decimals: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(decimals)}`
  t.true(
    titles(heldOut).includes(
      `held-out task 5 (goal_x ${x.toFixed(2)}, goal_y ${y.toFixed(2)}): foretold ${sign(told, 2)}, success ${sign(measured, 3)}`
    ),
    titles(heldOut).join('\n')
  )
  // Triangles have corners, circles arcs.
  const marks = [...evaluation.matchAll(/<path[^>]*d="([^"]*)"[^>]*fill="var\(--x-(poor|other),[^>]*><title>/g)]
  const shapes = (kind: string) => marks.filter((mark) => mark[2] === kind).map((mark) => mark[1].includes('A'))
  t.deepEqual(shapes('poor'), Array(2).fill(false))
  t.deepEqual(shapes('other'), Array(10).fill(true))
  t.false(/<path[^>]*aria-label/.test(evaluation))
})

test('the figure is of the first seed in which the arm did what was foretold; without one there is none', async (t) => {
  const run = toldRun(['spread', 'repair'], 12)
  const figure = present((await reportFigures(run.seeds, undefined, run.table)).foretold)
  t.regex(figure.caption, /^Each mark is a task of seed 1;/)
  t.regex(figure.caption, /Mean over 1 seeds?:/)
  const held = toldRun(['spread'], 12)
  t.is((await reportFigures(held.seeds, undefined, held.table)).foretold, undefined)
  const old = [{ seed: 0, records: syntheticRecords(0, 12) }]
  const table = buildTable([seedScores(0, old[0].records)], { resamples: 50 })
  const figures = await reportFigures(old, undefined, table)
  t.deepEqual([figures.foretold, figures.dose], [undefined, undefined], 'records of old')
  t.is(await foretoldFigure([seedScores(0, old[0].records)], {}, table), undefined)
})

test('the share goes up and down by the arm’s own steps, with a word where it was lowered', async (t) => {
  const { arms } = toldRecords(0, 'repair', 12)
  const figure = present(await doseFigure(arms.xmrl, undefined))
  t.is(figure.svg[0].split('>lowered<').length - 1, 2)
  t.is((figure.svg[0].match(/<path[^>]*fill="var\(--x-critical,/g) ?? []).length, 7)
  t.is(await doseFigure(arms.maml, undefined), undefined)
  t.is(
    doseCourse(arms.xmrl, (value) => value.toFixed(3)),
    'The share of the meta-batch that the critical tasks got rose from 50 % to 80 %, was lowered 2 times, first at 3.3 M steps (to 70 %) when the others had fallen by 0.031 ± 0.012, and ended at 70 %.'
  )
  const course = (...shares: number[]) => {
    const audits = shares.map((share, i) => ({ ...present(arms.xmrl.dose).audits[i], share }))
    return doseCourse({ ...arms.xmrl, dose: { ...present(arms.xmrl.dose), audits } }, (value) => value.toFixed(3))
  }
  const what = 'The share of the meta-batch that the critical tasks got'
  t.is(course(0.5, 0.5), `${what} stayed at 50 %.`)
  t.is(course(0.5, 0.6, 0.7), `${what} rose from 50 % to 70 % and was never lowered.`)
  t.is(
    course(0.5, 0.5, 0.5, 0.5, 0.4),
    `${what} began at 50 %, was lowered at 3.3 M steps (to 40 %) when the others had fallen by 0.031 ± 0.012.`
  )
  // The others held there: the made-up change is +.004.
  t.regex(present(course(0.5, 0.4)), /was lowered at 828 k steps \(to 40 %\) for the others’ sake\.$/)
})

const table = (change: Partial<TableRecord>): TableRecord => ({
  seeds: [0],
  rows: [],
  degraded: [],
  bootstrap: { resamples: 10, level: 0.95, over: 'tasks' },
  steps: {},
  ...change
})
const ten = Array.from({ length: 10 }, (_, seed) => seed)

test('what an explanation came to, in words', (t) => {
  const repair = toldRecords(0, 'repair', 12)
  const { critical, effectiveTasks, foretold } = explanationOf(repair)
  t.is(
    verdictText(repair),
    `${critical.length} of 12 training tasks share what the poor tasks lack: as much as ${effectiveTasks?.toFixed(1)} tasks of equal weight. Training on them moves the policy the way the poor tasks adapt next, by ${foretold?.poor.toFixed(2)} of a usual step on average, so they can be expected to gain.`
  )
  t.is(
    verdictText(toldRecords(0, 'spread', 20)),
    'Nothing is singled out: what the poor tasks lack is shared by 12 of 20 training tasks: as much as 8.0 tasks of equal weight. XMRL went on as MAML does from there on, at no cost.'
  )
  const { arms, explanation } = toldRecords(0, 'unrepeatable', 12)
  t.is(
    verdictText({ explanation, arms: { ...arms, xmrl: { ...arms.xmrl, chargedSteps: 800_000 } } }),
    'Which training tasks matter cannot be told: two halves of the measurement agree only at 0.12. XMRL went on as MAML does from there on, for the price of explaining (800 k steps).'
  )
  t.is(
    verdictText({ explanation, arms: {} }),
    'Which training tasks matter cannot be told: two halves of the measurement agree only at 0.12.',
    'not retrained yet'
  )
  t.is(verdictText(syntheticRecords(0, 12)), undefined)
})

test('what the explanations of a table came to', (t) => {
  const row = { arm: '', splitHalfSpearman: 0.12, criticalFraction: 0.22, fallbacks: 0, effectiveTasks: 6.23 }
  const said = (seeds: number[], repair: number, spread: number, unrepeatable: number) =>
    findingsText(table({ seeds, choices: [{ ...row, findings: { repair, spread, unrepeatable } }] }))
  t.is(
    said([0], 1, 0, 0),
    'The explanation singles out what the poor tasks lack: 22 % of the training tasks, as much as 6.2 tasks of equal weight.'
  )
  t.is(
    said([0], 0, 1, 0),
    'The explanation singles nothing out: what the poor tasks lack is shared by 22 % of the training tasks, as much as 6.2 tasks of equal weight.'
  )
  t.is(said([0], 0, 0, 1), 'The explanation cannot tell which training tasks matter: its two halves agree only at 0.12.')
  t.is(
    said(ten, 7, 2, 1),
    'A few training tasks are singled out on 7 of 10 seeds; nothing is singled out on 2 of 10 seeds; two halves of the measurement disagree on 1 of 10 seeds.'
  )
  t.is(said(ten, 0, 10, 0), 'Nothing is singled out on all 10 seeds.')
  t.is(findingsText(table({ choices: [row] })), undefined)
})

test('an arm that went on as before is said to have, on how many seeds and why', (t) => {
  const held = (seeds: number[], spread: number, unrepeatable: number) => table({ seeds, held: [{ arm: 'xmrl', spread, unrepeatable }] })
  t.is(heldText(held([0], 1, 0), 'xmrl'), 'XMRL found nothing to single out and went on as before.')
  t.is(heldText(held(ten, 3, 0), 'xmrl'), 'On 3 of 10 seeds XMRL found nothing to single out and went on as before.')
  t.is(heldText(held(ten, 0, 10), 'xmrl'), 'XMRL could not tell which training tasks matter and went on as before.')
  t.is(
    heldText(held(ten, 2, 1), 'xmrl'),
    'On 3 of 10 seeds XMRL went on as before: it found nothing to single out on 2, and could not tell which training tasks matter on 1.'
  )
  t.is(heldText(held(ten, 2, 1), 'maml'), undefined)
  t.deepEqual(
    heldNotes(held(ten, 2, 1), (arm) => arm.toUpperCase()),
    ['XMRL went on as MAML does on 3 of 10 seeds, since nothing was singled out (2), its explanation did not repeat (1).']
  )
  t.deepEqual(
    heldNotes(held([0], 0, 1), (arm) => arm),
    ['xmrl went on as MAML does, since its explanation did not repeat.']
  )
})

test('what was foretold and how the share was steered, as a table says it', (t) => {
  const row = { arm: 'xmrl', against: ['maml'], seeds: 3, tasks: 240 }
  const foretold = [
    { ...row, group: 'mean' as const, spearman: 0.74, low: 0.61, high: 0.83, shown: true },
    { ...row, group: 'other' as const, spearman: 0.21, low: -0.05, high: 0.44, shown: false, tasks: 192 }
  ]
  t.is(
    foretoldText(table({ foretold }), 'xmrl'),
    'Before it was flown, the explanation foretold which tasks would gain under XMRL: rank correlation with what came 0.74 [+0.61, +0.83], mean over 3 seeds; among the tasks that are not poor alone 0.21 [−0.05, +0.44] (not shown).'
  )
  t.is(foretoldText(table({ foretold }), 'maml'), undefined)
  const dose = { arm: 'xmrl', first: 0.5, last: 0.64, steps: 200_000.4, seeds: 10, lowered: 4, loweredAt: 2_100_000 }
  t.is(
    doseText(table({ seeds: ten, doses: [dose] }), 'xmrl'),
    'The share of the meta-batch that XMRL gave to its critical tasks was set by checks of poor and other tasks along the way: 50 % at first, 64 % at the end, mean over 10 seeds; lowered on 4 of 10 seeds when other tasks fell, first at 2.1 M steps. The checks took 200 k of its own steps a seed.'
  )
  const { loweredAt: _, ...never } = { ...dose, seeds: 1, lowered: 0 }
  t.regex(
    present(doseText(table({ doses: [never] }), 'xmrl')),
    /64 % at the end; never lowered\. The checks took 200 k of its own steps\.$/
  )
  t.deepEqual([0.8, 0.5, 0.3, 0, -0.4].map(agreementText), [
    'rank the tasks closely alike',
    'rank the tasks roughly alike',
    'rank the tasks a little alike',
    'do not rank the tasks alike',
    'rank the tasks the other way round'
  ])
})

test('the repair in one sentence: who lacked, how much went to them, who fell', (t) => {
  const records = toldRecords(0, 'repair', 12)
  const fell = { pool: 'both' as const, size: 0.1, margin: 0.05, tasks: 80 }
  const degraded = [
    { arm: 'xmrl', share: 2 / 80, ...fell },
    { arm: 'maml', share: 7 / 80, ...fell }
  ]
  const critical = explanationOf(records).critical.length
  // Seven shares of twenty iterations each but the last, which two flew: (20 (.5 + .6 + .7 + .8 + .7 + .6) + 2 · .7) / 122 = .65.
  t.is(
    storyText(records, table({ degraded }), { arm: 'xmrl', share: 0.5, seed: 0 }),
    `${critical} of 12 training tasks share what the poor tasks lack; 65 % of the meta-batches went to them; their share was lowered at 3.3 M steps, and once more; 2 of the 80 other tasks fell by more than 0.05 (7 where MAML just went on).`
  )
  const { dose: _, ...fixed } = records.arms.xmrl
  const plain = { ...records, arms: { ...records.arms, xmrl: fixed } }
  t.is(
    storyText(plain, table({ seeds: ten, degraded }), { arm: 'xmrl', share: 0.5, seed: 0 }),
    `Seed 0: ${critical} of 12 training tasks share what the poor tasks lack; half of each meta-batch went to them; 3 % of the other tasks of all seeds fell by more than 0.05 (9 % where MAML just went on).`
  )
  t.is(storyText(plain, undefined, { arm: 'xmrl', seed: 0 }), `${critical} of 12 training tasks share what the poor tasks lack.`)
  for (const finding of ['spread', 'unrepeatable'] as const)
    t.is(storyText(toldRecords(0, finding, 12), undefined, { arm: 'xmrl', seed: 0 }), undefined)
})

test('an explanation that reads the evaluation says that it cost nothing, one that flew says nothing of it', (t) => {
  const { explanation, evaluations } = toldRecords(0, 'repair', 12)
  t.is(
    costText(explanation, evaluations.theta_0),
    'The explanation took no steps of its own: it reads the adaptations of the evaluation of the initial policy, which no arm is charged for (2.7 M steps, of which 900 k are further adaptation steps).'
  )
  const { furtherSteps: _, ...plain } = evaluations.theta_0
  t.regex(present(costText(explanation, plain)), /\(2\.7 M steps\)\.$/)
  t.is(costText(syntheticRecords(0, 12).explanation, evaluations.theta_0), undefined)
})

test('where the arm that is spoken of was not steered, the one that was is drawn and told of', async (t) => {
  const [{ records }] = toldRun(['repair'], 12).seeds
  const { dose, ...plain } = records.arms.xmrl
  const arms = { ...records.arms, xmrl: plain, audited: { ...records.arms.xmrl, arm: 'audited', dose } }
  const seed = { ...records, arms, evaluations: { ...records.evaluations, audited: records.evaluations.xmrl } }
  const result = buildTable([seedScores(0, seed)], { resamples: 50 })
  t.regex(present((await reportFigures([{ seed: 0, records: seed }], undefined, result)).dose).caption, /that the arm audited gave/)
  t.true(
    tableLines(result).join(' ').includes('The share of the meta-batch that the arm audited gave to its critical tasks was set by checks')
  )
})

test('the step that a repair began with: how long, what the checks saw of it, or that none was taken', async (t) => {
  const { arms } = toldRecords(0, 'repair', 12)
  const tried = (length: number, poor: number, change: number) => ({ length, poor, other: 0.9 + change, change, standardError: 0.01 })
  const reptileStep = {
    length: 2,
    tried: [tried(0, 0.5, 0), tried(1, 0.52, 0.01), tried(2, 0.56, -0.004), tried(4, 0.6, -0.1)],
    envSteps: 9000
  }
  const write = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  const record = { ...arms.xmrl, reptileStep }
  t.is(
    stepText(record, write),
    'Before its meta-iterations, XMRL took one step along the foretold move, 2.00 of the move that the explanation foretells: the checked poor tasks changed by +0.060, the others by −0.004 ± 0.010.'
  )
  t.is(
    stepText({ ...record, reptileStep: { ...reptileStep, length: 0 } }, write),
    'Before its meta-iterations, XMRL tried a step along the foretold move (3 lengths) and took none: no length made the checked poor tasks better and the others no worse.'
  )
  t.is(stepText(arms.xmrl, write), undefined)
  // The last check sees the poor tasks at .73, theta_0 served them with .5.
  t.regex(
    present(await doseFigure(record, undefined)).caption,
    /took one step along .* At the last check the poor tasks had changed by \+0\.23 /
  )
  const run = toldRun(['repair'], 12)
  const { dose: _, ...fixed } = record
  const seeds = [{ seed: 0, records: { ...run.seeds[0].records, arms: { ...arms, xmrl: fixed } } }]
  t.regex(await renderReport({ ...run, seeds }), /must not pay for it\. Before its meta-iterations, XMRL took one step/)
})

test('page, table and terminal of a run that singled something out', async (t) => {
  const run = toldRun(['repair'], 12)
  const result = present(run.table)
  const html = await renderReport(run)
  for (const id of ['foretold', 'dose']) t.true(html.includes(`<figure id="${id}">`), id)
  t.true(
    html.indexOf('<section id="effect">') < html.indexOf('<figure id="foretold">') &&
      html.indexOf('<figure id="dose">') > html.indexOf('<section id="done">')
  )
  t.true(html.includes(present(costText(run.seeds[0].records.explanation, run.seeds[0].records.evaluations.theta_0))))
  t.regex(html, /<p class="said">[^<]*training tasks share what the poor tasks lack; 65 % of the meta-batches went to them/)
  // What a reader sees, without the specification that is folded away.
  const seen = html.replace(/<pre>[\s\S]*?<\/pre>|<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ').replace(/held-out/gi, '')
  t.deepEqual(seen.match(/\b(omega|held|unrepeatable|foretold\.\w+)\b/gi), null)
  const said = [foretoldText(result, 'xmrl'), doseText(result, 'xmrl'), findingsText(result)].map(present)
  const lines = tableLines(result)
  t.true(lines.every((line) => [...line].length <= 110))
  for (const text of said) {
    t.true(lines.join(' ').includes(text), text)
    t.true(tableFiles(result, 'drone-planar')['table.md'].includes(`\n${text}\n`), text)
  }
  const csv = tableFiles(result, 'drone-planar')['table.csv']
  const row = present(result.foretold?.find(({ group }) => group === 'other'))
  t.true(csv.includes(`\nrank correlation of foretold and measured,xmrl,maml and maml-null,both,other,success,,${row.spearman},`), csv)
  const [, card] = answers(run.seeds[0].records, result)
  t.deepEqual([card.verdict, card.tone], ['singled out', 'good'])
})

test('page, table and terminal of a run whose method went on as before', async (t) => {
  const run = toldRun(['spread', 'unrepeatable'], 12)
  const result = present(run.table)
  const words = headline(result)
  t.regex(
    words,
    /: XMRL favoured no task, so it is chance or the price of explaining\. XMRL went on as before: it found nothing to single out on 1, and/
  )
  const html = await renderReport(run)
  t.true(html.includes(words))
  t.false(html.includes('<figure id="foretold">') || html.includes('<figure id="dose">'))
  t.true(html.includes('Nothing could be singled out on seed 0, so meta-training went on as before.'))
  const note = 'XMRL went on as MAML does on all 2 seeds, since nothing was singled out (1), its explanation did not repeat (1).'
  const { 'table.md': markdown, 'table.tex': latex } = tableFiles(result, 'drone-planar')
  t.is(html.split(note).length - 1, 4 + 3, 'under both kinds of pools’ tables, and those of returns')
  t.is(markdown.split(`\n${note}\n`).length - 1, 4)
  t.is(latex.split(`  \\par ${note}`).length - 1, 4)
  t.true(tableLines(result).join(' ').includes(note))
  const [repaired, explained, unharmed] = answers(run.seeds[0].records, result)
  t.deepEqual(
    [repaired.verdict, repaired.tone, unharmed.verdict, unharmed.tone],
    ['went on as before', 'open', 'went on as before', 'open']
  )
  t.deepEqual([explained.verdict, explained.tone], ['nothing singled out', 'open'])
  const second = run.seeds[1].records
  t.deepEqual([answers(second, result)[1].verdict, answers(second, result)[1].tone], ['cannot be told', 'bad'])
  t.false(
    notices(second, result).some(({ text }) => /nearest|fell back/.test(text)),
    'nothing nearest was favoured'
  )
})
