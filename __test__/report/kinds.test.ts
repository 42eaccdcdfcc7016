/** Kinds of task in words, tables and pictures: of a small case worked out by hand, and of ML10's committed record. */
import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { TasksRecord } from '../../ts/records/index.js'
import { poorKindsText } from '../../ts/report/explained.js'
import { kindsFigure } from '../../ts/report/figures/kinds.js'
import { parameterText, taskText } from '../../ts/report/figures/task.js'
import { scoresOfStudy } from '../../ts/report/index.js'
import { kindsBlock } from '../../ts/report/tables/kinds.js'
import { taskTables } from '../../ts/report/tasks.js'
import { findingsText, weightText } from '../../ts/report/verdict.js'
import { readStudyFile } from '../../ts/run/index.js'
import { buildTable, type SeedScores } from '../../ts/select/index.js'
import { same } from './snapshot.js'

const tasks: TasksRecord = {
  preset: 'some-world',
  taskNames: ['kind', 'place x (m)', 'goal x (m)'],
  taskLow: [0, 0, 0],
  taskHigh: [1, 1, 1],
  kinds: { parameter: 'kind', names: ['lift', 'press'], sizes: [3, 2] },
  pools: {
    training: { values: [[0, 0.1, 0.9]] },
    evaluation: {
      values: [
        [0, 0.25, 0.75],
        [1, 0.5, 0],
        [1, 0.25, 0]
      ]
    },
    heldOut: { values: [[1, 0.125, 0]] }
  }
}

const scored = (success: number[]) => ({ success, returns: success })

/** Of `lift` one task, of `press` two and two held out. */
const scores: SeedScores = {
  seed: 3,
  poor: { evaluation: [0], heldOut: [1] },
  kinds: { evaluation: ['lift', 'press', 'press'], heldOut: ['press', 'press'] },
  before: { evaluation: scored([0, 0.5, 1]), heldOut: scored([0.3, 0.2]) },
  arms: {
    xmrl: { evaluation: scored([0.5, 0.5, 0.75]), heldOut: scored([0.45, 0.2]) },
    maml: { evaluation: scored([0.25, 0.5, 1]), heldOut: scored([0.3, 0.2]) }
  },
  steps: { xmrl: 1, maml: 1 },
  choices: {
    '': { splitHalfSpearman: 0.8, criticalFraction: 0.5, fallback: false, finding: 'repair', weightByKind: { lift: 0.75, press: 0.25 } }
  }
}

test('a task is called by its kind, and what says nothing in its kind is left out', (t) => {
  t.is(parameterText(tasks, [0, 0.25, 0.75]), 'lift, place x 0.25 m, goal x 0.75 m')
  t.is(taskText(tasks, 'evaluation', 1), 'evaluation task 1 (press, place x 0.50 m)')
  // A record from before kinds were kept: the registry knows those of a preset. ML10's third environment places an object, its sixth has no goal.
  const old = {
    preset: 'metaworld/ml10',
    taskNames: ['environment', 'object x (m)', 'object y (m)', 'object z (m)', 'goal x (m)', 'goal y (m)', 'goal z (m)']
  }
  t.is(
    parameterText(old, [2, 0, 0.5, 0, 0.125, 0, 0]),
    'pick-place, object x 0 m, object y 0.50 m, object z 0 m, goal x 0.13 m, goal y 0 m, goal z 0 m'
  )
  t.is(parameterText(old, [5, 0.25, 0.75, 0.5, 0, 0, 0]), 'button-press-topdown, object x 0.25 m, object y 0.75 m, object z 0.50 m')
  const table = taskTables({ tasks, evaluations: {}, arms: {} }, undefined, [])?.text ?? ''
  t.true(table.includes('<tr id="evaluation-1"><th scope="row">1</th><td>press</td><td>0.50</td><td></td></tr>'), table)
  t.is(
    poorKindsText(
      { fraction: 0.5, evaluation: [0, 1], heldOut: [0], rankCorrelation: { evaluation: 1, heldOut: 1 }, reliable: true },
      tasks
    ),
    'The poor tasks of both pools are of the kinds press (2) and lift (1).'
  )
})

test('the weight of an explanation by kind: as many kinds as hold nine tenths of it', (t) => {
  t.is(weightText({ lift: 0.75, press: 0.25 }), 'Of its weight 0.75 lies on lift and 0.25 on press.')
  t.is(weightText({ a: 0.02, b: 0.95, c: 0.03 }), 'Of its weight 0.95 lies on b.')
  t.is(weightText({ a: 1 }), undefined, 'there is but one')
  t.is(weightText(undefined), undefined)
})

test('kinds of task before and after, by hand', async (t) => {
  const table = buildTable([scores], { resamples: 200 })
  const of = (kind: string, arm: string) => table.kinds?.find((row) => row.kind === kind && row.arm === arm)
  t.like(of('lift', 'theta_0'), { tasks: 1, poor: 1, value: 0 })
  t.like(of('press', 'theta_0'), { tasks: 4, poor: 1, value: (0.5 + 1 + 0.3 + 0.2) / 4 })
  t.like(of('press', 'xmrl'), { value: (0.5 + 0.75 + 0.45 + 0.2) / 4 })
  t.is(of('lift', 'xmrl')?.overMaml?.gain, 0.25)
  const gain = of('press', 'xmrl')?.overMaml?.gain ?? Number.NaN
  t.true(Math.abs(gain - (0 - 0.25 + 0.15 + 0) / 4) < 1e-12)
  t.is(of('press', 'maml')?.overMaml, undefined, 'the reference is compared with nothing')
  t.is(buildTable([{ ...scores, kinds: undefined } as unknown as SeedScores], { resamples: 50 }).kinds, undefined)
  t.deepEqual(
    kindsBlock(table).rows.map(({ cells }) => cells.slice(0, 6).map(({ text }) => text)),
    [
      ['lift', '1', '1', '0.75', '0.000', '0.500'],
      ['press', '4', '1', '0.25', '0.500', '0.475']
    ]
  )
  t.regex(findingsText(table) ?? '', /Of its weight 0\.75 lies on lift and 0\.25 on press\.$/)
  const figure = await kindsFigure(table)
  t.is(figure?.svg.length, 2)
  t.true(
    figure?.svg[0].includes('How each kind of task is served, success before and after XMRL: lift 0.000 and 0.500; press 0.500 and 0.475.')
  )
  t.true(figure?.svg[0].includes('>lift (1 of 1 poor)<'))
  t.is(await kindsFigure({ ...table, kinds: undefined } as unknown as typeof table), undefined)
})

test('ML10’s kinds as the committed record has them', async (t) => {
  const record = readStudyFile(fileURLToPath(new URL('../../docs/results/ml10.json', import.meta.url)))
  const table = buildTable(scoresOfStudy(record))
  const figure = await kindsFigure(table)
  if (figure === undefined) return t.fail('no figure')
  for (const [i, svg] of figure.svg.entries()) {
    t.false(/<script|NaN|undefined/.test(svg))
    t.is(same(`kinds-${i}.svg`, svg), undefined)
  }
  // Worst first; held out are the kinds that Meta-World's ML10 holds out.
  const names = [...figure.svg[0].matchAll(/>([a-z-]+(?: \(\d+ of \d+ poor\))?)</g)].map(([, name]) => name)
  t.true(names.includes('pick-place (5 of 5 poor)'))
  t.regex(figure.caption, /Never trained on: shelf-place, sweep-into, door-close, lever-pull, drawer-open\./)
})
