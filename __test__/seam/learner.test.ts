import test from 'ava'
import type { NativeLearner } from '../../ts/native.js'
import { environment } from '../../ts/worlds/index.js'
import { buildFor, learner, OPTIONS, type Options, refused, STEP, type StepOptions, TASKS } from './learner.js'

/** Weights after some meta-steps, the second of them with mixed starts. */
async function trained(made: NativeLearner, steps = 2): Promise<Uint8Array> {
  for (let iteration = 0; iteration < steps; iteration++) {
    const stats = await made.metaStep(TASKS, { ...STEP, iteration, mixedEpisodes: iteration === 1 ? [3, 0, 5, 0, 0, 1] : [] })
    if (!stats.accepted) throw new Error(`iteration ${iteration} moved nothing`)
  }
  return made.checkpoint()
}

/** theta and log-rates of a checkpoint: safetensors is 8 bytes of header length, the header, the tensors. */
function weights(bytes: Uint8Array): number[] {
  const buffer = Buffer.from(bytes)
  const from = 8 + Number(buffer.readBigUInt64LE(0))
  return Array.from({ length: (buffer.length - from) / 8 }, (_, i) => buffer.readDoubleLE(from + 8 * i))
}

const largest = (a: number[], b: number[]) => Math.max(...a.map((x, i) => Math.abs(x - b[i])))

test('options that make no learner are named', async (t) => {
  const cases: [Partial<Options>, string, RegExp][] = [
    [{ preset: 'drone-planer' }, 'ERR_PRESET_UNKNOWN', /drone-planar/],
    [{ calculus: 'magic' }, 'ERR_SPEC_INVALID', /learner\.calculus.*"magic".*fused, libtorch/],
    [{ dtype: 'float16' }, 'ERR_SPEC_INVALID', /learner\.dtype.*float64, float32/],
    [{ rolloutDtype: 'half' }, 'ERR_SPEC_INVALID', /learner\.rolloutDtype/],
    [{ calculus: 'fused', dtype: 'float128' }, 'ERR_SPEC_INVALID', /learner\.dtype.*float64, float32/],
    [{ activation: 'sine' }, 'ERR_SPEC_INVALID', /policy\.activation/],
    [{ hidden: [8, 0] }, 'ERR_SPEC_INVALID', /0|empty/],
    [{ logStdInit: Number.NaN }, 'ERR_SPEC_INVALID', /log.?std/i],
    [{ innerRate: -1 }, 'ERR_SPEC_INVALID', /adapt\.\w*[rR]ate/],
    [{ device: 'tpu' }, 'ERR_SPEC_INVALID', /device/],
    [{ device: 'cuda', calculus: 'libtorch' }, 'ERR_DEVICE', /--device cpu/]
  ]
  for (const [change, code, message] of cases) {
    if (change.device === 'cuda' && buildFor('libtorch').cudaAvailable()) continue
    const error = await refused(() => new (buildFor(change.calculus as string | undefined).Learner)({ ...OPTIONS, ...change }))
    t.is(error.code, code, `${JSON.stringify(change)}: ${error.message}`)
    t.regex(error.message, message)
  }
})

test('a learner counts its parameters: policy, and one log-rate per layer and for the deviations', (t) => {
  const made = learner(t)
  t.is(made.parameters, made.policyParameters + 4)
  t.is(weights(made.checkpoint()).length, made.parameters)
  t.is(learner(t, { learnRate: false }).parameters, made.policyParameters)
  const { observationSize } = environment('drone-planar')
  t.is(learner(t, { hidden: [5] }).policyParameters, observationSize * 5 + 5 + 5 * 2 + 2 + 2)
})

test('the same seed gives the same bits on 1, 2 and 3 threads, another seed other ones', async (t) => {
  const one = await trained(learner(t))
  for (const threads of [1, 2, 3]) t.deepEqual(await trained(learner(t, { threads })), one, `${threads} threads`)
  t.notDeepEqual(await trained(learner(t, { seed: 6 })), one)
  t.notDeepEqual(one, learner(t).checkpoint(), 'the steps moved the weights')
})

test('rejected meta-steps leave the weights alone', async (t) => {
  const made = learner(t)
  const before = made.checkpoint()
  const cases: [Float64Array, Partial<StepOptions>, string][] = [
    [TASKS.slice(0, 5), {}, 'ERR_SHAPE'],
    [Float64Array.of(8, 99), {}, 'ERR_TASK'],
    [Float64Array.of(8, Number.NaN), {}, 'ERR_NOT_FINITE'],
    [TASKS, { supportEpisodes: 0 }, 'ERR_SPEC_INVALID'],
    [TASKS, { mixedEpisodes: [1] }, 'ERR_SHAPE'],
    [TASKS, { mixedEpisodes: [6, 0, 0, 0, 0, 0] }, 'ERR_SPEC_INVALID'],
    [TASKS, { family: 'gamma' }, 'ERR_SPEC_INVALID'],
    [TASKS, { family: 'beta', phi: [0] }, 'ERR_SHAPE'],
    [TASKS, { maxKl: Number.NaN }, 'ERR_SPEC_INVALID']
  ]
  for (const [tasks, change, code] of cases) {
    const error = await refused(() => made.metaStep(tasks, { ...STEP, ...change }))
    t.is(error.code, code, `${JSON.stringify(change)}: ${error.message}`)
  }
  const wild = learner(t, { innerRate: 1e300, learnRate: false })
  const wildBefore = wild.checkpoint()
  const error = await refused(() => wild.metaStep(TASKS, STEP))
  t.is(error.code, 'ERR_NOT_FINITE', error.message)
  t.deepEqual(wild.checkpoint(), wildBefore)
  t.deepEqual(made.checkpoint(), before)
  t.true((await made.metaStep(TASKS, STEP)).accepted, 'it still works')
})

test('one meta-step by the fused and by the libtorch calculus: the same weights', async (t) => {
  const fused = weights(await trained(learner(t), 1))
  const start = weights(learner(t).checkpoint())
  const torch = weights(await trained(learner(t, { calculus: 'libtorch' }), 1))
  const moved = largest(fused, start)
  t.true(moved > 1e-3, `${moved}`)
  t.true(largest(fused, torch) < 1e-8, `${largest(fused, torch)}`)
  for (const calculus of ['libtorch', 'fused']) {
    const single = weights(await trained(learner(t, { calculus, dtype: 'float32' }), 1))
    const off = largest(fused, single)
    t.true(off > 1e-12 && off < 0.05 * moved, `${calculus} in float32 is off by ${off} of ${moved}`)
  }
  const threads = weights(await trained(learner(t, { calculus: 'libtorch', threads: 3 }), 1))
  t.deepEqual(threads, torch, 'libtorch too gives the same bits for any thread count')
})

test('a linear policy too is trained to the same weights by both', async (t) => {
  const [fused, torch] = await Promise.all(
    ['fused', 'libtorch'].map(async (calculus) => weights(await trained(learner(t, { calculus, hidden: [] }), 1)))
  )
  // Four numbers seen, two of an action; rates of one layer and of the deviations.
  t.is(fused.length, 4 * 2 + 2 + 2 + 2)
  t.true(largest(fused, weights(learner(t, { hidden: [] }).checkpoint())) > 1e-3)
  t.true(largest(fused, torch) < 1e-8, `${largest(fused, torch)}`)
})

test('figures of a step are those of the recipe', async (t) => {
  const stats = await learner(t).metaStep(TASKS, { ...STEP, iteration: 1, monitor: true })
  t.true(stats.envSteps > 0 && stats.kl > 0 && stats.kl <= STEP.maxKl * 1.5 && stats.surrogateGain > 0)
  t.is(stats.rates.length, 4)
  t.true(stats.monitor !== undefined && Object.values(stats.monitor).every(Number.isFinite))
  t.true(Math.abs(stats.meanLogStd + 0.3) < 0.1, `${stats.meanLogStd}`)
  const { monitor } = await learner(t).metaStep(TASKS, STEP)
  t.true(monitor === undefined || monitor === null)
})

test('a checkpoint comes back byte for byte and gives the same next step', async (t) => {
  const made = learner(t)
  const bytes = await trained(made, 1)
  const other = learner(t, { seed: 99 })
  t.notDeepEqual(other.checkpoint(), bytes)
  other.restore(bytes)
  t.deepEqual(other.checkpoint(), bytes)
  const same = learner(t)
  same.restore(bytes)
  await Promise.all([made, same].map((one) => one.metaStep(TASKS, { ...STEP, iteration: 1 })))
  t.deepEqual(same.checkpoint(), made.checkpoint())
})

test('torn, altered or foreign checkpoints are refused and the weights stay', async (t) => {
  const made = learner(t)
  const bytes = made.checkpoint()
  const header = Number(Buffer.from(bytes).readBigUInt64LE(0))
  const notANumber = Uint8Array.from(bytes)
  Buffer.from(notANumber.buffer).writeDoubleLE(Number.NaN, 8 + header)
  const renamed = Uint8Array.from(bytes)
  renamed.set(Buffer.from(Buffer.from(bytes).toString('latin1').replace('"theta"', '"thETA"'), 'latin1'))
  for (const bad of [bytes.slice(0, bytes.length - 3), bytes.slice(0, 20), new Uint8Array(0), notANumber, renamed]) {
    const error = await refused(() => made.restore(bad))
    t.is(error.code, 'ERR_CHECKPOINT_CORRUPT', error.message)
  }
  const wide = await refused(() => made.restore(learner(t, { hidden: [9, 8] }).checkpoint()))
  t.is(wide.code, 'ERR_SHAPE', wide.message)
  t.regex(wide.message, /theta.*\[\d+\].*\[\d+\]/)
  t.deepEqual(made.checkpoint(), bytes)
})

test('a handle at work is busy, a disposed one is disposed', async (t) => {
  const made = learner(t)
  const job = made.metaStep(TASKS, { ...STEP, supportEpisodes: 400 })
  const error = await refused(() => made.checkpoint())
  t.is(error.code, 'ERR_BUSY', error.message)
  await job
  t.is((await refused(() => made.checkpoint())).code, 'none', 'free again')
  const queued = made.metaStep(TASKS, { ...STEP, iteration: 1 })
  await made.dispose()
  t.true((await queued).envSteps > 0, 'what was queued before is done')
  await made.dispose()
  for (const call of [
    () => made.checkpoint(),
    () => made.parameters,
    () => made.metaStep(TASKS, STEP),
    () => made.restore(new Uint8Array(8))
  ])
    t.is((await refused(call)).code, 'ERR_DISPOSED')
})
