/** The trials of a lever: made of the same meta-batches, audited alike, charged whole; the better one is gone on from. */
import test from 'ava'
import { loadRun, type WrittenSpec } from '../../ts/index.js'
import { STREAMS } from '../../ts/stages/index.js'
import { outcome } from '../helpers.js'
import { noise } from './figures.js'
import { during, freshRun, idsIn, type Recorded, type RecordOptions, record, type Staged, small } from './recorded.js'

/** One adaptation step: audits alone choose, since no second steps foretell anything. */
const EXPLAIN = { source: 'evaluation', lengths: 'kept', adaptationSteps: 1 }
const LEVER = { tried: { base: 'xmrl', lever: 'audited' } }
const levered = (retrain: object = {}): WrittenSpec =>
  small({
    explain: EXPLAIN,
    augment: { family: 'uniform' },
    retrain: { arms: ['tried', 'maml'], define: LEVER, extraSteps: 60_000, lever: { iterations: 3 }, ...retrain }
  })

const done = async (written: WrittenSpec, options: RecordOptions = {}): Promise<Recorded> => {
  const run = await record(written, options)
  if (run.error !== undefined) throw run.error
  return run
}

/** Ids with the lowest returns: the worst third of six. */
const POOR = [0, 1]
/** A score of the audited poor tasks, and of the others, by what the last meta-steps were made of. */
type Found = Record<'before' | 'without' | 'mixed', readonly [poor: number, other: number]>
/** A world in which an audit finds what is said; the second poor task changes by `spread` more with mixed episodes. */
const world = (found: Found, spread = 0) => ({
  tellsMixed: true,
  score: ({ task, id, stream, weights }: { task: readonly number[]; id: number; stream: number; weights: string }) => {
    if (stream !== STREAMS.audit) return -100 + id + 0.001 * stream + 0.0001 * (task[0] ?? 0)
    const last = weights.split(' ').at(-1) as string
    const kind = last.includes('m:') ? 'mixed' : /^(0:|made|\d+$)/.test(last) || weights.startsWith('made') ? 'before' : 'without'
    const poor = POOR.includes(id)
    return -100 + found[kind][poor ? 0 : 1] + (poor && kind === 'mixed' ? spread * id : 0)
  }
})
const HELPS: Found = { before: [0, 0], without: [4, 1], mixed: [10, 1] }
const HARMS: Found = { before: [0, 0], without: [10, 1], mixed: [4, 1] }

const mixedIn = ({ options }: Staged) => (options.mixedEpisodes ?? []).some((count) => count > 0)
const stepsOf = (run: Recorded) => during(run, 'retrain tried', 'metaStep')
const audits = (run: Recorded) => run.calls.filter((call) => call.options.stream === STREAMS.audit && call.stage !== 'retrain maml')

test('both trials are of the same meta-batches on the same random numbers, from the same weights', async (t) => {
  const run = await done(levered(), { world: world(HELPS) })
  t.deepEqual(run.records.poor?.evaluation, POOR)
  const [without, mixed] = [stepsOf(run).slice(0, 3), stepsOf(run).slice(3, 6)]
  t.deepEqual(without.map(mixedIn), [false, false, false])
  t.deepEqual(mixed.map(mixedIn), [true, true, true])
  const drawn = (calls: Staged[]) => calls.map(({ tasks, ids, options }) => [options.stream, options.iteration, tasks, ids])
  t.deepEqual(drawn(without), drawn(mixed))
  t.deepEqual(
    without.map(({ options }) => options.iteration),
    [0, 1, 2]
  )
  t.is(without[0].weights, mixed[0].weights)
  const looks = audits(run)
  t.true(looks.length >= 3)
  t.true(
    looks.every((call) => String(call.ids) === String(looks[0].ids)),
    'the same tasks by the same numbers'
  )
  t.deepEqual(idsIn(run, 'evaluation', looks[0].tasks), [...POOR, 2, 3, 4, 5])
})

test('where mixed episodes help they are kept, and the arm goes on from their trial', async (t) => {
  const run = await done(levered({ reptileStep: null }), { world: world(HELPS) })
  const { lever } = run.records.arms.tried
  t.like(lever, { mixed: true, trial: 3, before: { poor: 0.5, other: 0.5 } })
  // Success of the stand-in rises by 1 in 200 of return.
  t.deepEqual([lever?.without.poor, lever?.with.poor], [0.52, 0.55])
  t.true(Math.abs((lever?.difference.poor.mean ?? 0) - 0.03) < 1e-12 && (lever?.difference.poor.standardError ?? 1) < 1e-12)
  const after = stepsOf(run).slice(6)
  t.true(after.length > 3 && after.every(mixedIn))
  t.regex(after[0].weights, /m:0\+3$/)
  t.is(after[0].options.iteration, 3, 'no random number twice')
})

test('where they harm they are left out, and so is what their trial came to', async (t) => {
  const run = await done(levered({ reptileStep: null }), { world: world(HARMS) })
  t.is(run.records.arms.tried.lever?.mixed, false)
  const after = stepsOf(run).slice(6)
  t.true(after.length > 3 && !after.some(mixedIn))
  t.false(after[0].weights.includes('m'))
  t.regex(after[0].weights, /:0\+3$/)
})

test('a tie, a gain within noise and a fall of the others leave them out', async (t) => {
  const mixed = async (found: Found, spread: number, lever: object = {}) => {
    const written = levered({ reptileStep: null, extraSteps: 30_000, lever: { iterations: 1, ...lever } })
    return (await done(written, { world: world(found, spread) })).records.arms.tried.lever?.mixed
  }
  t.false(await mixed({ ...HELPS, mixed: HELPS.without }, 0))
  // 0.9 and 2.9 more than without: mean 1.9, standard error 1.
  const noisy: Found = { ...HELPS, mixed: [4.9, 1] }
  t.false(await mixed(noisy, 2))
  t.true(await mixed(noisy, 2, { margin: 1.8 }))
  t.false(await mixed({ ...HELPS, mixed: [10, 0] }, 0))
})

test('what the trials moved along the poor tasks’ second steps is noted, and must agree', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const define = Object.fromEntries(names.map((name) => [name, LEVER.tried]))
  const written = levered({ arms: [...names, 'maml'], define, extraSteps: 30_000, reptileStep: null, lever: { iterations: 1 } })
  const explain = { ...(written.explain as object), adaptationSteps: 2 }
  const run = await done({ ...written, explain } as WrittenSpec, { world: world(HELPS) })
  // The stand-in's second steps are along the third parameter, and its weights are noise of what was made of them.
  const third = (weights: string) => noise(`theta 2 ${weights}`)
  const kept = names.map((name) => {
    const [first] = during(run, `retrain ${name}`, 'metaStep')
    const moved = (kind: string) => third(`${first.weights} ${first.options.stream}${kind}:0+1`) - third(first.weights)
    const { foretold, mixed } = run.records.arms[name].lever ?? {}
    t.true(Math.abs((foretold?.without ?? 9) - moved('')) < 1e-12 && Math.abs((foretold?.with ?? 9) - moved('m')) < 1e-12, name)
    t.is(mixed, moved('m') > moved(''), name)
    return mixed
  })
  t.deepEqual([...new Set(kept)].sort(), [false, true], 'both happen')
})

test('everything that the trials flew is the arm’s own', async (t) => {
  for (const reptileStep of [null, { lengths: [0.1] }]) {
    const run = await done(levered({ reptileStep }), { world: world(HARMS) })
    const { lever, reptileStep: step, extraSteps, chargedSteps, iterations } = run.records.arms.tried
    const sum = (calls: Staged[]) => calls.reduce((total, call) => total + call.envSteps, 0)
    const [looks, steps] = [audits(run), stepsOf(run)]
    const before = reptileStep === null ? 0 : 2
    t.is(looks.length, before + 3)
    t.is(lever?.envSteps, sum(looks.slice(before)) + sum(steps.slice(0, 6)))
    t.is(step?.envSteps ?? 0, sum(looks.slice(0, before)))
    t.is(extraSteps, sum(looks) + sum(steps))
    t.is(iterations, steps.length - 6)
    const budget = 60_000 - chargedSteps
    t.true(extraSteps >= budget && extraSteps - (steps.at(-1)?.envSteps ?? 0) < budget, 'no more than the others')
  }
})

test('no trial where it is off, where nothing is mixed, and where nothing is singled out', async (t) => {
  const fixed = await done(levered({ define: { tried: { base: 'xmrl', lever: 'fixed' } } }))
  const off = await done(levered({ lever: null }))
  for (const run of [fixed, off]) {
    t.is(run.records.arms.tried.lever, undefined)
    t.true(stepsOf(run).every(mixedIn))
  }
  const held = await done({
    ...levered(),
    explain: { ...(levered().explain as object), verdict: { effectiveShare: 0, foretold: 99 } }
  } as WrittenSpec)
  t.deepEqual([held.records.arms.tried.held, held.records.arms.tried.lever], ['spread', undefined])
})

test('a run that stops anywhere in its trials goes on to the same bytes', async (t) => {
  const define = { ...LEVER, dosed: { ...LEVER.tried, dose: 'audited' }, twice: { ...LEVER.tried, rounds: 2 } }
  for (const [found, retrain] of [
    [HELPS, { arms: ['tried', 'twice'], reptileStep: { lengths: [0.1] } }],
    [HARMS, { arms: ['dosed'], reptileStep: null, dose: { every: 2 } }]
  ] as const) {
    const written = levered({ define, ...retrain })
    const whole = await done(written, { world: world(found) })
    const out = freshRun()
    let stops = 0
    for (;;) {
      let left = stops + 1
      const part = await record(written, { out, world: world(found), stop: (event) => event.type !== 'note' && left-- <= 0 })
      if (part.error === undefined) break
      t.is(part.error.code, 'ERR_ABORTED')
      if (stops++ > 200) return t.fail('it never ends')
    }
    t.true(stops > 10, `${stops}`)
    t.deepEqual(outcome(out), outcome(whole.out))
    const arms = (await loadRun(out)).seeds[0].records.arms
    t.deepEqual(arms, whole.records.arms)
    t.true(Object.values(arms).every(({ lever }) => lever?.trial === 3))
  }
})

test('trials that would take all that an arm has are refused by name', async (t) => {
  const { error } = await record(levered({ lever: { iterations: 99 } }))
  t.is(error?.code, 'ERR_SPEC_INVALID')
  t.regex(error?.message ?? '', /retrain\.lever\.iterations: two trials of 99 meta-iterations of about \d+ steps take more than/)
})
