import test from 'ava'
import { tableLines } from '../../ts/cli/table.js'
import { recordSchemas, type SeedRecords } from '../../ts/records/index.js'
import { flownTasks } from '../../ts/report/figures/flown.js'
import { mixtures } from '../../ts/report/figures/mixing.js'
import { stripFigure } from '../../ts/report/figures/strip.js'
import { trackFigure } from '../../ts/report/figures/track.js'
import { renderReport, reportFigures } from '../../ts/report/index.js'
import { blocksOf } from '../../ts/report/tables/blocks.js'
import { blockHtml } from '../../ts/report/tables/html.js'
import { bodyRecords, bodyRun } from './bodies.js'
import { same } from './snapshot.js'

const KINDS = ['cheetah', 'ant'] as const

/** A record that must be there. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a record is missing')
  return value
}

test('the made-up records satisfy their schemas', (t) => {
  for (const kind of KINDS) {
    const { tasks, poor, explanation, augmentation, episodes, evaluations, arms } = bodyRecords(kind, 0)
    for (const [name, body] of Object.entries({ tasks, poor, explanation, augmentation, episodes }))
      t.notThrows(() => recordSchemas[name as 'tasks'].parse(body), name)
    for (const body of Object.values(evaluations)) t.notThrows(() => recordSchemas.evaluation.parse(body))
    for (const body of Object.values(arms)) t.notThrows(() => recordSchemas.arm.parse(body))
    t.notThrows(() => recordSchemas.table.parse(bodyRun(kind).table))
  }
})

for (const kind of KINDS) {
  test(`pictures of the fixed records of ${kind === 'ant' ? 'an' : 'a'} ${kind} are the committed ones`, async (t) => {
    const run = bodyRun(kind)
    const figures = await reportFigures(run.seeds, undefined, run.table)
    t.deepEqual(Object.keys(figures).sort(), [
      'curves',
      'dumbbells',
      'episodes',
      'gains',
      'improvement',
      'iqm',
      'map',
      'mixing',
      'omega',
      'returns'
    ])
    for (const name of ['episodes', 'map', 'dumbbells'] as const)
      present(figures[name]).svg.forEach((svg, index) => {
        t.is(same(`${kind}-${name}-${index}.svg`, svg), undefined)
      })
    const words = Object.values(figures).map((figure) => `${figure.title}\n${figure.caption}`)
    t.is(same(`${kind}.txt`, words.join('\n\n')), undefined)
    const table = present(run.table)
    t.is(same(`${kind}-table.html`, blocksOf(table).map(blockHtml).join('\n')), undefined)
  })

  test(`nothing in the report or the text table of the ${kind} speaks of success`, async (t) => {
    const run = bodyRun(kind)
    const html = await renderReport(run)
    t.notRegex(html, /success/i)
    t.notRegex(tableLines(present(run.table)).join('\n'), /success/i)
    t.regex(html, /5 % of the spread of returns \(p90 − p10 of the pool before the repair\)/)
    t.true(html.includes('Evaluation pool: return of all tasks (and the poor ones) by adaptation steps'))
  })
}

test('the text table of returns fits 110 columns and has the adaptation steps', (t) => {
  const lines = tableLines(present(bodyRun('cheetah').table))
  t.true(lines.every((line) => [...line].length <= 110))
  t.is(lines[0], 'return after adaptation (preliminary: one seed, fewer than 10)')
  const at = lines.findIndex((line) => line.includes('by adaptation steps'))
  t.deepEqual(
    lines.slice(at + 2, at + 7).map((line) => line.split('  ')[0]),
    ['before repair', 'XMRL', 'MAML continued', 'MAML again (null)', 'mixup on all (MA)']
  )
  t.is(lines[at + 2].match(/ \(−\d+\.\d\)/g)?.length, 4)
})

test('the strip draws every capsule of every pose above its floor, at one scale before and after', (t) => {
  const { episodes, tasks } = bodyRecords('cheetah', 0)
  const figure = present(stripFigure(flownTasks(present(episodes))[0], present(tasks)))
  t.is(figure.svg.length, 2)
  for (const svg of figure.svg) {
    t.is(svg.split('stroke-linecap="round"').length - 1, 8 * 8)
    t.is(svg.split('>step ').length - 1, 8)
  }
  const widths = figure.svg.map((svg) => /stroke-width="([\d.]+)" stroke-linecap/.exec(svg)?.[1])
  t.is(widths[0], widths[1])
  t.regex(figure.caption, /goal velocity \d\.\d\d m\/s/)
  t.is(
    stripFigure(flownTasks({ ...present(episodes), before: [{ path: [[0, 0]] }] })[0], present(tasks)),
    undefined,
    'no poses, no picture'
  )
})

test('the view from above shows every way, the goal of a goal task and the arrow of a direction', (t) => {
  const { episodes, tasks } = bodyRecords('ant', 0)
  const goal = present(trackFigure(flownTasks(present(episodes))[0], present(tasks)))
  t.deepEqual(
    goal.svg.map((svg) => svg.split('stroke-opacity="0.75"').length - 1),
    [4, 4]
  )
  t.regex(goal.caption, /goal \(/)
  t.true(goal.legend.some((entry) => entry.label === 'goal'))
  const named = { ...present(tasks), taskNames: ['direction'] }
  const back = present(trackFigure(flownTasks({ ...present(episodes), task: [-1] })[0], named))
  const forth = present(trackFigure(flownTasks({ ...present(episodes), task: [1] })[0], named))
  t.regex(back.caption, /direction: backward/)
  t.regex(forth.caption, /direction: forward/)
  t.not(back.svg[0], forth.svg[0])
  t.false(back.legend.some((entry) => entry.label === 'goal'))
})

test('one sentence says what became of infeasible mixtures', (t) => {
  const record = present(bodyRecords('cheetah', 0).augmentation)
  const said = (change: Partial<typeof record>) => mixtures({ ...record, ...change })
  t.is(
    said({}),
    ' States are mixed along geodesics; 214 mixtures were infeasible: 212 lifted out of the floor, another pair drawn 2 times.'
  )
  t.is(said({ infeasible: 0 }), ' States are mixed along geodesics; no mixture was infeasible.')
  t.regex(said({ mix: 'linear', repair: 'none', lifted: 0, redraws: 0 }), /linearly; 214 mixtures were infeasible: flown as they were\.$/)
  t.regex(said({ lifted: 0, redraws: 9, gaveUp: 1 }), /another pair drawn 9 times, a visited state taken instead once\.$/)
  t.is(said({ infeasible: undefined }), '', 'not counted')
})

test('the task map of one parameter needs the scores before; stages that have not run are left out', async (t) => {
  const records = bodyRecords('cheetah', 0)
  const { theta_0, maml } = records.evaluations
  const partial: SeedRecords = { ...records, evaluations: { theta_0, maml }, episodes: undefined, augmentation: undefined }
  const figures = await reportFigures([{ seed: 0, records: partial }])
  t.deepEqual([figures.episodes, figures.mixing], [undefined, undefined])
  t.false(
    figures.map?.legend.some((entry) => /after/.test(entry.label)),
    'without the repaired arm there is no after'
  )
  const alone = await reportFigures([{ seed: 0, records: { ...partial, evaluations: { theta_0 } } }])
  t.is(alone.map, undefined)
})

test('two directions: tasks of one value lie side by side, not on one another', async (t) => {
  const records = bodyRecords('cheetah', 0)
  const tasks = present(records.tasks)
  const signs = Object.fromEntries(
    Object.entries(tasks.pools).map(([name, pool]) => [name, { values: pool.values.map(([v]) => [v > 1 ? 1 : -1]) }])
  ) as typeof tasks.pools
  const turned = { ...records, tasks: { ...tasks, taskNames: ['direction'], taskLow: [-1], taskHigh: [1], pools: signs } }
  const { map } = await reportFigures([{ seed: 0, records: turned }])
  const [svg] = map?.svg ?? []
  const places = [...svg.matchAll(/translate\(([\d.]+),([\d.]+)\)"[^>]*fill="var\(--x-paper/g)].map(([, x]) => x)
  t.true(places.length === 40, `${places.length}`)
  t.true(new Set(places).size >= 20)
})
