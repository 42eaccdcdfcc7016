import test from 'ava'
import { ARMS } from '../../ts/arms/index.js'
import { type Colour, PALETTE } from '../../ts/drawing/index.js'
import { armStyle, underBases } from '../../ts/report/arms.js'
import { curvesFigure, pooled } from '../../ts/report/figures/curves.js'
import { barsOf, dotsOf, gainsFigure } from '../../ts/report/figures/gains.js'
import { improvementRanges } from '../../ts/report/figures/improvement.js'
import { iqmRanges } from '../../ts/report/figures/iqm.js'
import { rangesPanel } from '../../ts/report/figures/ranges.js'
import { buildTable, seedScores } from '../../ts/select/index.js'
import { syntheticRun } from './synthetic.js'

/** Relative luminance of WCAG 2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

test('contrast is that of WCAG', (t) => {
  t.is(contrast('#000000', '#ffffff'), 21)
  t.is(contrast('#777777', '#ffffff').toFixed(2), '4.48')
})

test('every arm, poor and other tasks stand out 3 : 1 from white, from the dark page and from the grounds of maps', (t) => {
  const bases = Object.fromEntries(ARMS.map((base) => [`${base}-x`, { base }]))
  const arms = ['theta_0', ...ARMS, ...Object.keys(bases), 'a-stranger'].map((arm) => armStyle(arm, bases).colour)
  for (const name of new Set<Colour>([...arms, 'poor', 'other', 'critical', 'better', 'worse'])) {
    for (const [mode, colour] of PALETTE[name].entries()) {
      const grounds = (['paper', 'page', 'faint', 'rare'] as const).map((ground) => PALETTE[ground][mode])
      for (const ground of mode === 0 ? ['#ffffff', ...grounds] : grounds) {
        t.true(contrast(colour, ground) >= 3, `${name} ${colour} on ${ground}: ${contrast(colour, ground).toFixed(2)}`)
      }
    }
  }
})

test('no two built-in arms are drawn alike, nor two defined ones of one base', (t) => {
  const bases = { 'xmrl-10': { base: 'xmrl' }, 'xmrl-20': { base: 'xmrl' } }
  const drawn = [...ARMS, ...Object.keys(bases)]
  const looks = drawn.map((arm) => `${armStyle(arm, bases).colour} ${armStyle(arm, bases).dash}`)
  t.is(new Set(looks).size, looks.length, looks.join('; '))
  t.deepEqual(armStyle('xmrl-10', bases).label, 'xmrl-10')
})

test('defined arms stand right under their base, in its colour', async (t) => {
  const bases = { 'ma-10': { base: 'ma' }, 'xmrl-10': { base: 'xmrl' }, 'xmrl-20': { base: 'xmrl' }, 'tw-1': { base: 'tw' } }
  const arms = ['xmrl', 'maml', 'ma', 'ma-10', 'tw-1', 'xmrl-10', 'xmrl-20']
  const order = ['xmrl', 'xmrl-10', 'xmrl-20', 'maml', 'ma', 'ma-10', 'tw-1']
  t.deepEqual(underBases(arms, bases), order, 'one whose base was not run stays where it is')
  const panel = rangesPanel(
    '',
    arms.map((arm) => ({ arm, value: 0, low: 0, high: 1, shown: true })),
    { title: '', domain: [0, 1] },
    bases
  )
  const layer = panel.layer.at(-1)?.encoding as { y: { sort: string[] }; color: { scale: { range: string[] } } }
  t.deepEqual(
    layer.y.sort,
    order.map((arm) => armStyle(arm).label)
  )
  t.deepEqual(layer.color.scale.range[1], layer.color.scale.range[0])
  t.true(layer.color.scale.range[5].includes('--x-better'))
  const [first] = syntheticRun([0], 10).seeds
  const { xmrl, maml, oracle } = first.records.arms
  const curves = await curvesFigure([xmrl, maml, { ...oracle, arm: 'xmrl-10' }], bases)
  t.deepEqual(
    curves?.legend.map(({ label, colour, mark }) => [label, colour, mark]),
    [
      ['XMRL', 'critical', 'line'],
      ['xmrl-10', 'critical', 'dashed'],
      ['MAML continued', 'ink', 'line']
    ]
  )
  const scores = seedScores(0, first.records)
  const named = { ...scores, arms: { ...scores.arms, 'xmrl-10': scores.arms.oracle } }
  const gains = await gainsFigure([named], buildTable([named], { resamples: 20 }), bases)
  const [svg] = gains?.svg ?? []
  const at = ['>XMRL<', '>xmrl-10<', '>MAML again (null)<'].map((label) => svg.indexOf(label))
  t.true(at[0] > 0 && at[0] < at[1] && at[1] < at[2], at.join(' '))
})

test('an interval is drawn in full colour, not by its pale band alone', async (t) => {
  const { layer } = rangesPanel('', [{ arm: 'hardest', value: 0.5, low: 0, high: 1, shown: false }], { title: '', domain: [0, 1] })
  const rules = layer.map(
    ({ mark, encoding }) => ({ mark, encoding }) as { mark: { type: string; opacity?: number }; encoding: { x2?: { field: string } } }
  )
  t.deepEqual(
    rules.filter(({ encoding }) => encoding.x2?.field === 'high').map(({ mark }) => mark.opacity),
    [0.25, 1]
  )
})

const arm = (steps: number[], success: number[], charged: number, seed = 0) => ({
  arm: 'xmrl',
  seed,
  extraSteps: 0,
  chargedSteps: charged,
  iterations: steps.length,
  budget: 10,
  curve: steps.map((envSteps, i) => ({ envSteps, returnAfter: 0, successAfter: success[i] }))
})

test('a curve plots running means against the steps spent, charged ones included, in millions', (t) => {
  t.deepEqual(pooled([arm([1e6, 2e6], [0.2, 0.6], 5e5)]), [
    { steps: 1.5, mean: 0.4, low: 0.4, high: 0.4 },
    { steps: 2.5, mean: 0.4, low: 0.4, high: 0.4 }
  ])
  const [first] = pooled([arm([1e6], [0.2], 5e5), arm([2e6], [0.8], 1.5e6, 1)])
  t.deepEqual([first.steps, first.mean, first.low, first.high], [2.5, 0.5, 0.2, 0.8], 'two seeds: mean, lowest, highest')
})

test('a seed that made no iterations has no line, is named, and takes none from the others', async (t) => {
  const seeds = [arm([1e6, 2e6, 3e6], [0.2, 0.4, 0.6], 0), arm([], [], 0, 1)]
  const figure = await curvesFigure(seeds)
  t.regex(String(figure?.caption), /Without a line, .*: XMRL of seed 1\./)
  t.regex(String(figure?.svg), /XMRL 0?\.40 to 0?\.40/)
  t.is(await curvesFigure([arm([], [], 0)]), undefined)
})

test('gains plot the row over MAML of the panel’s own group, and each seed’s own tasks', (t) => {
  const pools = (values: number[]) => ({
    evaluation: { returns: values, success: values },
    heldOut: { returns: values, success: values }
  })
  const seed = (xmrl: number[], number: number) => ({
    seed: number,
    poor: { evaluation: [0], heldOut: [1] },
    before: pools([0, 0, 0]),
    arms: { xmrl: pools(xmrl), maml: pools([0.25, 0.25, 0.25]) },
    steps: { xmrl: 1, maml: 1 }
  })
  const seeds = [seed([0.5, 1, 0.25], 0), seed([0.25, 0.5, 0], 1)]
  const table = buildTable(seeds, { resamples: 50 })
  // Seed 0: poor 0.25 and 0.75, others 0.75, 0, 0.25, 0; seed 1: poor 0 and 0.25, others 0.25, −0.25, 0, −0.25.
  t.deepEqual(
    dotsOf(seeds, ['xmrl'], 'poor').map(({ gain }) => gain),
    [0.5, 0.125]
  )
  t.deepEqual(
    dotsOf(seeds, ['xmrl'], 'other').map(({ gain }) => gain),
    [0.25, -0.0625]
  )
  t.deepEqual(
    barsOf(table, 'poor', 'success').map((bar) => [bar.arm, bar.gain]),
    [['XMRL', 0.3125]]
  )
  t.deepEqual(
    barsOf(table, 'other', 'success').map((bar) => [bar.arm, bar.gain]),
    [['XMRL', 0.09375]]
  )
})

test('interquartile means and probabilities of improvement are those of the panel’s group', (t) => {
  const list = [0, 0.1, 0.2, 0.9]
  const pools = (values: number[]) => ({
    evaluation: { returns: values, success: values },
    heldOut: { returns: values, success: values }
  })
  const seed = {
    seed: 0,
    poor: { evaluation: [0, 1], heldOut: [0, 1] },
    before: pools(list),
    arms: { xmrl: pools([0.5, 0.3, 0.2, 0.8]), maml: pools(list) },
    steps: {}
  }
  const table = buildTable([seed], { resamples: 50 })
  const near = (value: number | undefined, to: number) => Math.abs((value ?? 9) - to) < 1e-12
  const value = (ranges: readonly { arm: string; value: number }[], name: string) => ranges.find((range) => range.arm === name)?.value
  // The middle half of 0.2 0.2 0.3 0.3 0.5 0.5 0.8 0.8 and of each group's four.
  t.true(near(value(iqmRanges(table, 'mean'), 'xmrl'), 0.4), String(value(iqmRanges(table, 'mean'), 'xmrl')))
  t.true(near(value(iqmRanges(table, 'mean'), 'theta_0'), 0.15))
  t.true(near(value(iqmRanges(table, 'poor'), 'xmrl'), 0.4))
  t.true(near(value(iqmRanges(table, 'poor'), 'theta_0'), 0.05))
  // Poor: both served better; others: one alike, one worse.
  t.is(value(improvementRanges(table, 'poor'), 'xmrl'), 1)
  t.is(value(improvementRanges(table, 'other'), 'xmrl'), 0.25)
  t.is(value(improvementRanges(table, 'poor'), 'maml'), undefined)
})
