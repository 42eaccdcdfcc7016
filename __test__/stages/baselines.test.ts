import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  decodeTensors,
  defineExperiment,
  encodeTensors,
  loadRun,
  type RunEvent,
  runExperiment,
  studyOf,
  type WrittenSpec,
  XmrlError
} from '../../ts/index.js'
import { FIRST_METHOD, folder, outcome, TINY, xmrl } from '../helpers.js'

const experiment = (change: object = {}) => defineExperiment({ ...TINY, ...change } as WrittenSpec)
/**
 * A little of everything but retraining, by the first method, whose explanations are flown and charged; `extraSteps` a few iterations more
 * than what is charged.
 */
const arms = (list: string[], more: object = {}) =>
  experiment({
    explain: { ...TINY.explain, ...FIRST_METHOD.explain, episodes: 4 },
    augment: { sets: 2, episodes: 2, supportEpisodes: 4 },
    retrain: { ...TINY.retrain, ...FIRST_METHOD.retrain, ...more, arms: list }
  })

/** Runs to the end; the error is returned. */
async function finish(run: AsyncIterable<RunEvent>, seen: (event: RunEvent) => void = () => {}): Promise<XmrlError | undefined> {
  try {
    for await (const event of run) seen(event)
  } catch (error) {
    if (error instanceof XmrlError) return error
    throw error
  }
  return undefined
}

/** Arms with a law of tasks of their own, and the hardest tenth. */
const RIVALS = ['cvar', 'roml', 'minimax', 'plr', 'hardest-10']
const DEFINE = {
  eager: { base: 'roml', roml: { batch: 4 } },
  few: { base: 'xmrl', criticalFraction: 0.25, law: 'uniform' },
  tight: { base: 'mr', weight: 0.01 }
}
const ALL = [
  'omega-only',
  'ma-beta-0.5',
  'ma-critical',
  'tw',
  'tw-influence',
  'mr',
  'nearest',
  'hardest',
  ...RIVALS,
  'few',
  'tight',
  'eager'
]
const TW = { supportEpisodes: 6, queryEpisodes: 4, rows: 16 }

test('every baseline runs, is charged for what it used, and a run that stops in each of them goes on bit for bit', async (t) => {
  const dir = folder(t)
  const [whole, parts] = [join(dir, 'whole'), join(dir, 'parts')]
  const asked = arms(ALL, { define: DEFINE, extraSteps: 9_000, tw: TW })
  t.is(await finish(runExperiment(asked, { out: whole, threads: 2 })), undefined)
  const { records, metrics } = (await loadRun(whole)).seeds[0]
  const costs = { explanation: records.explanation?.envSteps ?? 0, augmentation: records.augmentation?.envSteps ?? 0 }
  for (const arm of ALL) {
    const record = records.arms[arm]
    const explained = ['omega-only', 'ma-critical', 'few'].includes(arm)
    t.is(record.chargedSteps, explained ? costs.explanation : (record.choice?.envSteps ?? 0), arm)
    t.true(record.extraSteps + record.chargedSteps >= 9_000, arm)
    t.is(record.choice !== undefined, arm.startsWith('tw'))
    const weights = record.favoured?.reduce((sum, entry) => sum + entry.weight, 0)
    t.true(weights === undefined ? /^(ma-beta|mr|tight|cvar)/.test(arm) : Math.abs(weights - 1) < 1e-9, arm)
  }
  t.is(records.arms.few.favoured?.length, 2, 'a quarter of eight training tasks')
  const matched = records.arms.tw.choice
  t.is(matched?.by, 'matching')
  t.true((matched?.info.discrepancy ?? 1) <= (matched?.info.evenDiscrepancy ?? 0) && (matched?.info.dualityGap ?? 1) < 1e-9)
  t.true(metrics.some((line) => line.stage === 'choose-tw-influence' && line.by === 'hypergradient'))
  // The Gaussian moves, and is pulled harder where its weight is greater.
  const divergence = (arm: string) => {
    const last = metrics.filter((line) => line.stage === `retrain-${arm}`).at(-1)
    return (last?.posterior as { divergence: number } | undefined)?.divergence ?? Number.NaN
  }
  t.true(divergence('tight') < divergence('mr') && divergence('mr') > 0)
  // Stop after the second iteration of every arm in turn.
  let error: XmrlError | undefined
  let stops = 0
  do {
    const abort = new AbortController()
    error = await finish(runExperiment(asked, { out: parts, resume: stops > 0, threads: 3, signal: abort.signal }), (event) => {
      if (event.type === 'iteration' && event.stage === 'retrain' && event.iteration === 2) abort.abort()
    })
    stops++
  } while (error?.code === 'ERR_ABORTED' && stops < 30)
  t.is(error, undefined)
  t.true(stops > ALL.length, `${stops}`)
  t.deepEqual(outcome(parts), outcome(whole))
  // A checkpoint of the Gaussian holds its spread and its prior, which is theta_0.
  const tensors = (stage: string) => decodeTensors(weightsOf(whole, stage), stage)
  const [theta, gaussian] = [tensors('train'), tensors('retrain-mr')]
  t.deepEqual(Object.keys(gaussian).sort(), ['log_rates', 'posterior_log_std', 'prior_mean', 'theta'])
  t.deepEqual(Array.from(gaussian.prior_mean.values), [...theta.theta.values, ...theta.log_rates.values])
  t.false('prior_mean' in tensors('retrain-nearest'))
})

test('arms that explain by themselves, learn a law of their own, or explain again are charged for it and go on bit for bit', async (t) => {
  const dir = folder(t)
  const [whole, parts] = [join(dir, 'whole'), join(dir, 'parts')]
  const define = {
    same: { base: 'omega-only', explain: { rho: 0.05 } },
    rounds: { base: 'omega-only', explain: { solver: 'alternating', alternating: { rounds: 2, supportEpisodes: 4, queryEpisodes: 4 } } },
    law: { base: 'xmrl', augment: { family: 'beta', steps: 2 } },
    short: { base: 'xmrl', mixedHorizon: 3 },
    twice: { base: 'xmrl', rounds: 2, maxKl: 0.02 }
  }
  const own = ['same', 'rounds', 'law', 'short', 'twice']
  const asked = arms([...own, 'omega-only'], { define, extraSteps: 24_000 })
  t.is(await finish(runExperiment(asked, { out: whole, threads: 2 })), undefined)
  const { records, metrics } = (await loadRun(whole)).seeds[0]
  const { explanation, augmentation, ownExplanations = {}, ownAugmentations = {} } = records
  t.deepEqual(Object.keys(ownExplanations), ['rounds', 'same', 'twice@2'])
  t.deepEqual(Object.keys(ownAugmentations), ['law'])
  // The same settings on the same episodes give the same explanation; the arms then differ in their random numbers alone.
  t.deepEqual(ownExplanations.same, explanation)
  t.deepEqual(records.arms.same.favoured, records.arms['omega-only'].favoured)
  t.is(ownExplanations.rounds.solver, 'alternating')
  t.is(ownAugmentations.law.family, 'beta')
  t.is(ownAugmentations.law.history.length, 2)
  // At other weights the directions are others.
  t.notDeepEqual(ownExplanations['twice@2'].omega, explanation?.omega)
  const [explain, augment] = [explanation?.envSteps ?? 0, augmentation?.envSteps ?? 0]
  const charged = Object.fromEntries(own.map((arm) => [arm, records.arms[arm].chargedSteps]))
  t.deepEqual(charged, {
    same: explain,
    rounds: ownExplanations.rounds.envSteps,
    law: explain + ownAugmentations.law.envSteps,
    short: explain + augment,
    twice: explain + augment + ownExplanations['twice@2'].envSteps
  })
  for (const arm of own) t.true(records.arms[arm].extraSteps + records.arms[arm].chargedSteps >= 24_000, arm)
  // Mixed episodes that are cut short leave steps for more iterations.
  const perIteration = (arm: string) => records.arms[arm].extraSteps / records.arms[arm].iterations
  t.true(perIteration('short') < 0.95 * perIteration('law'), `${perIteration('short')} and ${perIteration('law')}`)
  // The second explanation comes when half of the budget is spent, in the middle of the arm.
  const at = metrics.findIndex((line) => line.stage === 'explain-twice@2')
  const before = metrics.filter((line, i) => line.stage === 'retrain-twice' && i < at)
  t.true(before.length > 0 && before.length < records.arms.twice.iterations)
  t.true((before.at(-1)?.envSteps as number) + explain + augment >= 12_000)
  const study = studyOf(await loadRun(whole), 'test').seeds[0]
  t.is(study.arms.rounds.explanation?.critical, ownExplanations.rounds.critical.length)
  t.is(study.arms['omega-only'].explanation, undefined)
  // Stop at every stage of every arm in turn.
  let error: XmrlError | undefined
  let stops = 0
  const stopped = new Set<string>()
  do {
    const abort = new AbortController()
    error = await finish(runExperiment(asked, { out: parts, resume: stops > 0, threads: 1, signal: abort.signal }), (event) => {
      if (event.type !== 'iteration' || event.arm === undefined || event.stage === 'evaluate') return
      const place = `${event.stage} ${event.arm} ${event.iteration}`
      if (event.iteration <= 2 && !stopped.has(place)) {
        stopped.add(place)
        abort.abort()
      }
    })
    stops++
  } while (error?.code === 'ERR_ABORTED' && stops < 40)
  t.is(error, undefined)
  t.true(
    ['explain rounds 1', 'augment law 1', 'retrain twice 2'].every((place) => stopped.has(place)),
    [...stopped].join()
  )
  t.deepEqual(outcome(parts), outcome(whole))
})

/** The newest weights of a stage. */
function weightsOf(out: string, stage: string): Uint8Array {
  return Buffer.from(
    outcome(out)[
      Object.keys(outcome(out))
        .filter((name) => new RegExp(`^${stage}-\\d+$`).test(name))
        .at(-1) as string
    ],
    'base64'
  )
}

test('an arm more changes no other, and one without budget is refused by name', async (t) => {
  const dir = folder(t)
  const [few, more] = [join(dir, 'few'), join(dir, 'more')]
  const small = { extraSteps: 9_000, tw: TW }
  t.is(await finish(runExperiment(arms(['maml'], small), { out: few })), undefined)
  const defined = arms(['other', 'maml'], { ...small, define: { other: { base: 'random', criticalFraction: 0.5 } } })
  t.is(await finish(runExperiment(defined, { out: more })), undefined)
  t.deepEqual(weightsOf(more, 'retrain-maml'), weightsOf(few, 'retrain-maml'))
  const costly = arms(['tw'], { ...small, tw: { ...TW, supportEpisodes: 100 } })
  const error = await finish(runExperiment(costly, { out: join(dir, 'costly') }))
  t.is(error?.code, 'ERR_SPEC_INVALID')
  t.regex(error?.message ?? '', /^retrain\.extraSteps: 9000 steps are no more than the \d+ charged to tw/)
})

test('given weights are copied into the run and used from there, by every seed and after the file is gone', async (t) => {
  const dir = folder(t)
  const first = join(dir, 'first')
  t.is(await finish(runExperiment(experiment(), { out: first, until: 'train' })), undefined)
  const initial = join(dir, 'given.safetensors')
  copyFileSync(join(first, 'seed-0', 'checkpoints', 'train-12', 'weights.safetensors'), initial)
  const bytes = readFileSync(initial)
  const out = join(dir, 'run')
  const given = experiment({ seeds: [4, 9], train: { initial, phases: [] } })
  const abort = new AbortController()
  const stopped = await finish(runExperiment(given, { out, until: 'train', signal: abort.signal }), (event) => {
    if (event.type === 'stage-finished') abort.abort()
  })
  t.is(stopped?.code, undefined, 'seed 9 has nothing to train')
  t.deepEqual(readFileSync(join(out, 'initial.safetensors')), bytes)
  const { initial: noted } = (await loadRun(out)).manifest
  t.deepEqual(noted, { file: initial, sha256: createHash('sha256').update(bytes).digest('hex') })
  rmSync(initial)
  t.is(await finish(runExperiment(given, { out, until: 'evaluate', resume: true })), undefined)
  const run = await loadRun(out)
  for (const seed of run.seeds) t.deepEqual(Buffer.from(seed.weights('train') ?? []), bytes, `${seed.seed}`)
  // Another file under its name is noticed.
  const made = decodeTensors(bytes, 'given')
  made.theta.values[0] += 1
  writeFileSync(join(out, 'initial.safetensors'), encodeTensors(made, 'xmrl-meta-1'))
  const altered = await finish(runExperiment(given, { out, until: 'evaluate', resume: true }))
  t.is(altered?.code, 'ERR_CHECKPOINT_CORRUPT')
  t.regex(altered?.message ?? '', /initial\.safetensors: its SHA-256 is not the one in the manifest/)
})

test('weights that do not fit are named with their key and file, and leave no run behind', async (t) => {
  const dir = folder(t)
  const wrong = join(dir, 'wrong.safetensors')
  writeFileSync(wrong, encodeTensors({ theta: { shape: [3], values: new Float64Array(3) } }, 'xmrl-meta-1'))
  const torn = join(dir, 'torn.safetensors')
  writeFileSync(torn, 'not tensors')
  for (const [file, code, message] of [
    [wrong, 'ERR_SHAPE', /^train\.initial: .*wrong\.safetensors: theta is F64 \[3\], this policy needs/],
    [torn, 'ERR_CHECKPOINT_CORRUPT', /^train\.initial: .*torn\.safetensors: /],
    [join(dir, 'none'), 'ERR_SPEC_INVALID', /^train\.initial: no file .*none/]
  ] as const) {
    const out = join(dir, 'run')
    const error = await finish(runExperiment(experiment({ train: { initial: file, phases: [] } }), { out }))
    t.is(error?.code, code, file)
    t.regex(error?.message ?? '', message)
    t.false(existsSync(out))
  }
})

test('import, repair and export from the command line', async (t) => {
  const dir = folder(t)
  const at = (name: string) => join(dir, name)
  const grid = (count: number) => Float64Array.from({ length: count }, (_, i) => Math.sin(i) / 2)
  const tensors = { 'l1.w': { shape: [8, 4], values: grid(32) }, 'l2.w': { shape: [2, 8], values: grid(16) } }
  writeFileSync(at('theirs.safetensors'), encodeTensors(tensors, 'pt'))
  const layout = {
    layers: ['l1.w', 'l2.w'].map((weight) => ({ weight, bias: null })),
    orientation: 'out-in',
    activation: 'tanh',
    logStd: -0.5
  }
  writeFileSync(at('layout.json'), JSON.stringify(layout))
  const imported = await xmrl([
    'import',
    at('theirs.safetensors'),
    '--layout',
    at('layout.json'),
    '--preset',
    'drone-planar',
    '--out',
    at('ours.safetensors')
  ])
  t.is(imported.code, 0, imported.stderr)
  t.regex(
    imported.stdout,
    /repair it: npx xmrl run drone-planar --set 'policy\.hidden=\[8\]' --set \S*train\.initial=\S+ --set 'train\.phases=\[\]'/
  )
  const spec = at('spec.json')
  writeFileSync(spec, JSON.stringify({ ...TINY, train: { initial: at('ours.safetensors'), phases: [] } }))
  const ran = await xmrl(['run', spec, '--out', at('run'), '--until', 'evaluate', '--json'])
  t.is(ran.code, 0, ran.stderr)
  const exported = await xmrl(['export', at('run'), '--out', at('back.safetensors')])
  t.is(exported.code, 0, exported.stderr)
  const back = decodeTensors(readFileSync(at('back.safetensors')), 'back')
  t.deepEqual(back['layers.0.weight'], tensors['l1.w'])
  t.deepEqual(back['layers.1.weight'], tensors['l2.w'])
  t.true(existsSync(at('back.layout.json')))
  for (const [args, message] of [
    [['export', at('run'), '--arm', 'maml'], /no weights of "maml"; it has theta_0$/m],
    [['import', at('theirs.safetensors'), '--layout', at('nothing.json'), '--preset', 'drone-planar'], /--layout: no file/]
  ] as const) {
    const failed = await xmrl([...args])
    t.is(failed.code, 2, failed.stderr)
    t.regex(failed.stderr, message)
  }
})
