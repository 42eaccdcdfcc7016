import test from 'ava'
import type { ValidationRecord } from '../../ts/records/index.js'
import { validationFigure } from '../../ts/report/figures/validation.js'

const interval = (gain: number, half: number) => ({ gain, low: gain - half, high: gain + half, shown: Math.abs(gain) > half })
const effect = (gain: number) => ({ effects: [gain - 0.01, gain + 0.01], ...interval(gain, 0.02) })

const RECORD: ValidationRecord = {
  solver: 'adaptation',
  settings: { iterations: 5, supportEpisodes: 40, queryEpisodes: 20, maxKl: 0.01, top: 2, leaveOut: 2, share: 0.5, repeats: 2 },
  scoredBy: 'success',
  poor: [1, 4],
  base: [0.5, 0.52],
  interventions: [
    ...(['raise', 'remove'] as const).flatMap((change) =>
      (['top', 'random', 'nearest'] as const).map((group, at) => ({
        change,
        group,
        tasks: [at, at + 3],
        ...effect((change === 'raise' ? 1 : -1) * (0.09 - 0.04 * at))
      }))
    ),
    ...[0, 3, 5].map((task) => ({ change: 'remove' as const, group: 'single' as const, tasks: [task], ...effect(-0.01 * task) }))
  ],
  contrasts: [{ change: 'raise', against: 'random', ...interval(0.04, 0.05) }],
  leaveOut: { tasks: [0, 3, 5], scores: [0.6, 0.3, 0.1], losses: [0, 0.03, 0.05], spearman: -1, ceiling: 0.4 },
  envSteps: 1000
}

test('tasks raised one by one have a chart an explanation', async (t) => {
  const explanations = [
    { arm: '', solver: 'adaptation' as const, scores: [0.1, 0.2, 0.3], spearman: 0.5 },
    { arm: 'paper', solver: 'alternating' as const, scores: [0.3, 0.2, 0.3], spearman: -0.25 }
  ]
  const { svg, caption } = await validationFigure({ ...RECORD, raiseEach: { gains: [0, 0.01, 0.02], ceiling: 0.7, explanations } })
  t.is(svg.length, 4)
  t.true(svg[3].includes('paper (alternating): Spearman −0.25'))
  t.regex(caption, /adaptation 0\.50, paper \(alternating\) −0\.25; between two repeats of the gains 0\.70/)
})

test('the figure has a row for every group, a dot for every task left out, and says what was and was not shown', async (t) => {
  const { svg, caption, title } = await validationFigure(RECORD)
  t.regex(title, /really does/)
  t.is(svg.length, 2)
  for (const row of ['raise top', 'raise random', 'raise nearest', 'remove top', 'remove random', 'remove nearest'])
    t.true(svg[0].includes(row), row)
  t.regex(caption, /\+0\.040 \[−0\.010, \+0\.090\].*: not shown/)
  t.regex(caption, /Spearman correlation of −1\.00; .*like another with 0\.40/)
  const shown = await validationFigure({ ...RECORD, contrasts: [{ change: 'raise', against: 'random', ...interval(0.1, 0.05) }] })
  t.regex(shown.caption, /: shown\./)
})
