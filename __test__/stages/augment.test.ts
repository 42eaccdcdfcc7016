import { join } from 'node:path'
import test from 'ava'
import { defineExperiment, loadRun, type RunEvent, runExperiment } from '../../ts/index.js'
import { heaviest, movingAverage, unmixed } from '../../ts/stages/augment.js'
import { folder, outcome, TINY } from '../helpers.js'

const experiment = (augment: object) =>
  defineExperiment({ ...TINY, augment: { ...TINY.augment, ...augment } } as Parameters<typeof defineExperiment>[0])

/** Runs to the end of augmentation; `seen` may stop it. */
async function toAugmented(
  of: ReturnType<typeof experiment>,
  out: string,
  options: object = {},
  seen: (event: RunEvent) => void = () => {}
) {
  try {
    for await (const event of runExperiment(of, { out, until: 'augment', threads: 1, ...options })) seen(event)
  } catch (error) {
    return (error as { code?: string }).code
  }
  return undefined
}

test('the moving average: geometric weights of all gradients, the first one whole', (t) => {
  const gradients = [
    [1, -2],
    [0.5, 4],
    [-3, 0]
  ]
  const found = gradients.reduce((average, gradient) => movingAverage(average, gradient, 0.6), [] as number[])
  // .6² g1 + .4 · .6 g2 + .4 g3.
  const truth = [0, 1].map((k) => 0.36 * gradients[0][k] + 0.24 * gradients[1][k] + 0.4 * gradients[2][k])
  found.forEach((value, k) => {
    t.true(Math.abs(value - truth[k]) < 1e-15)
  })
  t.deepEqual(movingAverage([7, 7], [1, 2], 0), [1, 2])
})

test('a bound on the tasks takes those with the largest weights, costs less, and is said in the record', async (t) => {
  const explanation = { critical: [2, 5, 7, 9], weights: [0, 0, 0.2, 0, 0, 0.4, 0, 0.2, 0, 0.2] }
  t.deepEqual(heaviest(explanation, 1), [5])
  t.deepEqual(heaviest(explanation, 3), [2, 5, 7], "ties go to the lower number; the explanation's order stays")
  t.deepEqual(heaviest(explanation, 4), heaviest(explanation, null))
  const dir = folder(t)
  const [all, one] = [join(dir, 'all'), join(dir, 'one')]
  t.is(await toAugmented(experiment({ family: 'uniform' }), all), undefined)
  t.is(await toAugmented(experiment({ family: 'uniform', tasks: 1 }), one), undefined)
  const [whole, cut] = await Promise.all([all, one].map(async (out) => (await loadRun(out)).seeds[0].records))
  t.true((whole.explanation?.critical.length ?? 0) > 1)
  t.is(whole.augmentation?.tasks, undefined)
  t.deepEqual(cut.augmentation?.tasks, heaviest(cut.explanation!, 1))
  t.true(cut.augmentation!.figureSteps! < whole.augmentation!.figureSteps!)
})

test('episodes that carry no lambda are counted, and from 5 % on the figures are flagged', (t) => {
  t.is(unmixed({ pairs: 1600, gaveUp: 80 }), undefined)
  t.regex(unmixed({ pairs: 1600, gaveUp: 81 })!, /^81 of 1600 mixed episodes found no two states to mix/)
  t.is(unmixed({ pairs: 0, gaveUp: 0 }), undefined)
})

test('figures that change nothing are measured and not charged; what learned phi is', async (t) => {
  const dir = folder(t)
  const records = async (name: string, settings: object) => {
    t.is(await toAugmented(experiment(settings), join(dir, name)), undefined)
    return (await loadRun(join(dir, name))).seeds[0].records.augmentation!
  }
  const fixed = await records('fixed', { family: 'uniform' })
  t.is(fixed.envSteps, 0)
  t.true(fixed.figureSteps! > 0 && fixed.cmi > 0 && fixed.noiseNull > 0 && fixed.null === 0)
  t.true(fixed.pairs! > 0 && fixed.gaveUp === 0 && fixed.note === undefined)
  const learned = await records('learned', { family: 'beta', steps: 2 })
  const longer = await records('longer', { family: 'beta', steps: 4 })
  // Each step flies as much as the other, horizon and redraws aside; the figures are four evaluations in every case.
  t.true(learned.envSteps > 0 && Math.abs(longer.envSteps / learned.envSteps - 2) < 0.3)
  t.true(Math.abs(longer.figureSteps! / fixed.figureSteps! - 1) < 0.3)
  // An evaluation of 2 sets as a figure flies 1 more for the null and 2 for the noise null; both prepare by the same episodes.
  t.true(learned.figureSteps! / 4 > learned.envSteps / 2)
})

test('each step on phi records its information, its null and its hypergradient; phi follows the average', async (t) => {
  const out = join(folder(t), 'run')
  const settings = { family: 'mixture', objective: 'information-gain', gradient: 'pathwise', momentum: 0.5, learningRate: 0.2, steps: 5 }
  t.is(await toAugmented(experiment(settings), out), undefined)
  const record = (await loadRun(out)).seeds[0].records.augmentation
  t.like(record, { family: 'mixture', objective: 'information-gain', gradient: 'pathwise', null: 0 })
  const history = record?.history ?? []
  t.is(history.length, 5)
  for (const [i, step] of history.entries()) {
    t.is(step.null, undefined, 'the null is a figure: no step on phi needs it')
    t.true(step.cmi > 0 && step.objective! > 0 && step.gradientNorm! > 0 && step.averageNorm! > 0)
    // phi is inside its box, so a step is its rate times the average.
    const next = history[i + 1]?.phi ?? record?.phi ?? []
    const moved = Math.hypot(...next.map((value, k) => value - step.phi[k]))
    t.true(Math.abs(moved - (0.2 / Math.sqrt(i + 1)) * step.averageNorm!) < 1e-12, `step ${i}: ${moved}`)
  }
  t.is(history[0].gradientNorm, history[0].averageNorm)
  const { density } = record!
  const mass = density.p.slice(1).reduce((sum, p, i) => sum + (p + density.p[i]) / 200, 0)
  t.true(Math.abs(mass - 1) < 0.05)
})

test('stopped in the middle and resumed, learning ends with the same bytes', async (t) => {
  const dir = folder(t)
  const settings = experiment({ family: 'beta', gradient: 'pathwise', momentum: 0.7, steps: 5 })
  t.is(await toAugmented(settings, join(dir, 'whole')), undefined)
  const abort = new AbortController()
  const stop = (event: RunEvent) => {
    if (event.type === 'iteration' && event.stage === 'augment' && event.iteration === 2) abort.abort()
  }
  t.is(await toAugmented(settings, join(dir, 'parts'), { signal: abort.signal }, stop), 'ERR_ABORTED')
  t.is(await toAugmented(settings, join(dir, 'parts'), { resume: true, threads: 2 }), undefined)
  t.deepEqual(outcome(join(dir, 'parts')), outcome(join(dir, 'whole')))
})

test('slopes of episodes are refused where worlds have contacts', (t) => {
  t.throws(() => defineExperiment({ environment: 'cheetah-vel/maml', augment: { gradient: 'pathwise' } }), {
    code: 'ERR_SPEC_INVALID',
    message: /^augment\.gradient: episodes of cheetah-vel\/maml meet contacts.*use score/
  })
})
