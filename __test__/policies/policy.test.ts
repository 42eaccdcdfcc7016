import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { runExperiment } from '../../ts/pipeline/index.js'
import { decodeTensors, encodeTensors, loadPolicy, type Policy, parseLayout } from '../../ts/policies/index.js'
import { loadRun } from '../../ts/run/index.js'
import { defineExperiment, type Spec, type WrittenSpec } from '../../ts/spec/index.js'
import { Learner, STREAMS } from '../../ts/stages/index.js'
import { createWorlds, environment, environments, sampleTasks } from '../../ts/worlds/index.js'
import { folder, TINY } from '../helpers.js'
import { priceFile } from '../market/made.js'

const written = { ...TINY, seeds: [4, 7], learner: { rolloutDtype: 'float64' } } as WrittenSpec
const { spec } = defineExperiment(written)

const out = mkdtempSync(join(tmpdir(), 'xmrl-test-'))
test.after.always(() => rmSync(out, { recursive: true, force: true }))
test.before(async () => {
  for await (const _ of runExperiment(defineExperiment(written), { out, device: 'cpu', threads: 1 }));
})

/** The network by hand, in doubles: means `[W, A]`. */
function means({ hidden, activation }: Spec['policy'], policy: Policy, observations: Float64Array): Float64Array {
  const { theta } = decodeTensors(policy.checkpoint(), 'weights')
  const { observationSize: S, actionSize: A } = policy
  const out = new Float64Array((observations.length / S) * A)
  for (let w = 0; w * S < observations.length; w++) {
    let x = Array.from(observations.subarray(w * S, (w + 1) * S))
    let at = 0
    for (const [layer, outputs] of [...hidden, A].entries()) {
      const y = Array.from({ length: outputs }, (_, o) =>
        x.reduce((sum, value, i) => sum + value * theta.values[at + i * outputs + o], theta.values[at + x.length * outputs + o])
      )
      at += (x.length + 1) * outputs
      x = layer === hidden.length ? y : y.map((value) => (activation === 'tanh' ? Math.tanh(value) : Math.max(value, 0)))
    }
    out.set(x, w * A)
  }
  return out
}

const waves = (count: number) => Float64Array.from({ length: count }, (_, i) => 1.5 * Math.sin(i * 0.37))
const near = (a: ArrayLike<number>, b: ArrayLike<number>, within: number) =>
  a.length === b.length && Array.from(a).every((x, i) => Math.abs(x - b[i]) <= within)
/** The weights of a policy, with its standard deviations replaced. */
function withLogStd(policy: Policy, logStd: number): Uint8Array {
  const { theta, log_rates } = decodeTensors(policy.checkpoint(), 'weights')
  const values = theta.values.slice()
  values.fill(logStd, -policy.actionSize)
  return encodeTensors({ theta: { shape: theta.shape, values }, log_rates }, 'xmrl-meta-1')
}

test('a run gives its policies by seed and arm, theta_0 of the first seed by default', async (t) => {
  const run = await loadRun(out)
  for (const [at, seed] of spec.seeds.entries()) {
    for (const arm of ['theta_0', 'xmrl', 'maml']) {
      const weights = run.seeds[at].weights(arm === 'theta_0' ? 'train' : `retrain-${arm}`)
      t.deepEqual((await loadPolicy(out, { seed, arm })).checkpoint(), new Uint8Array(weights as Uint8Array), `${seed} ${arm}`)
    }
  }
  const policy = await loadPolicy(out)
  t.deepEqual(policy.checkpoint(), (await loadPolicy(out, { seed: 4, arm: 'theta_0' })).checkpoint())
  t.like(policy, { preset: 'drone-planar', observationSize: 4, actionSize: 2, parameters: 4 * 8 + 8 + 8 * 2 + 2 + 2 })
  await t.throwsAsync(loadPolicy(out, { seed: 5 }), { code: 'ERR_USAGE', message: /no seed 5; it has 4, 7$/ })
  await t.throwsAsync(loadPolicy(out, { arm: 'oracle' }), {
    code: 'ERR_RUN_NOT_FOUND',
    message: /no weights of "oracle"; it has theta_0, (maml, xmrl|xmrl, maml)$/
  })
  await t.throwsAsync(loadPolicy(out, { preset: 'drone-planar' }), {
    code: 'ERR_USAGE',
    message: /^preset: .*is a run directory, which says them itself/
  })
  await t.throwsAsync(loadPolicy(join(out, 'nothing')), { code: 'ERR_RUN_NOT_FOUND', message: /no such run directory or file/ })
  await t.throwsAsync(loadPolicy(folder(t)), { code: 'ERR_RUN_NOT_FOUND', message: /not a run directory/ })
})

test('an arm that is not finished is no policy, and what there is is said', async (t) => {
  const part = folder(t)
  for await (const event of runExperiment(defineExperiment({ ...written, seeds: [4] }), { out: part, device: 'cpu', threads: 1 }))
    if (event.type === 'iteration' && event.stage === 'retrain') break
  await t.throwsAsync(loadPolicy(part, { arm: 'xmrl' }), { code: 'ERR_RUN_NOT_FOUND', message: /"xmrl".*it has theta_0$/ })
  t.deepEqual((await loadPolicy(part)).checkpoint(), (await loadPolicy(out)).checkpoint())
})

test('means are those of the network by hand, and samples their noise', async (t) => {
  const policy = await loadPolicy(out, { arm: 'xmrl' })
  const rows = 20_001
  const observations = waves(4 * rows)
  const mean = policy.act(observations, { mean: true })
  t.true(near(mean, means(spec.policy, policy, observations), 1e-13))
  const { theta } = decodeTensors(policy.checkpoint(), 'weights')
  const std = Array.from(theta.values.slice(-2), (value) => Math.exp(Math.max(value, spec.policy.logStdMin)))
  const sample = policy.act(observations, { seed: 5 })
  const noise = Array.from(sample, (x, i) => (x - mean[i]) / std[i % 2])
  const moment = (power: number) => noise.reduce((sum, z) => sum + z ** power, 0) / noise.length
  // Five standard errors: the variances of z, z^2 and z^4 are 1, 2 and 96.
  for (const [power, truth, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [4, 3, 96]
  ])
    t.true(Math.abs(moment(power) - truth) < 5 * Math.sqrt(variance / noise.length), `moment ${power}: ${moment(power)}`)
  t.deepEqual(policy.act(observations, { seed: 5 }), sample, 'a seed is its noise')
  const into = new Float64Array(2 * rows).fill(9)
  t.is(policy.act(observations, { seed: 5, into }), into)
  t.deepEqual(into, sample)
  t.throws(() => policy.act(observations, { into: new Float64Array(5) }), {
    code: 'ERR_SHAPE',
    message: /actions: expected \[20001, 2\], got 5/
  })
  t.throws(() => policy.act(observations, { into: [] as never }), { code: 'ERR_SHAPE', message: /into: give a Float64Array/ })
  t.notDeepEqual(policy.act(observations, { seed: 6 }), sample)
  t.deepEqual(policy.act(observations.slice(0, 4 * 77), { seed: 5 }), sample.slice(0, 2 * 77), 'a row has the noise of its number')
  const wide = await loadPolicy(out, { arm: 'xmrl', threads: 3 })
  t.deepEqual(wide.act(observations, { seed: 5 }), sample)
  t.deepEqual(wide.act(observations, { mean: true }), mean)
  // Without a seed, the n-th call has the n-th noise: other than before, the same for all policies, and that of no seed.
  const [first, second] = [policy.act(observations), policy.act(observations)]
  t.notDeepEqual(first, second)
  t.notDeepEqual(first, policy.act(observations, { seed: 0 }))
  t.deepEqual([wide.act(observations), wide.act(observations)], [first, second])
})

test('rows that do not fit, numbers that are none and seeds that are none are named', async (t) => {
  const policy = await loadPolicy(out)
  t.deepEqual(policy.act(new Float64Array(0)), new Float64Array(0))
  t.throws(() => policy.act(new Float64Array(7)), { code: 'ERR_SHAPE', message: /observations has 7 entries; \[W,S\] needs 4/ })
  t.throws(() => policy.act([0, 0, 0, 0] as never), { code: 'ERR_SHAPE', message: /Float64Array, not an array/ })
  const wild = waves(400)
  wild[4 * 31 + 2] = Number.NaN
  t.throws(() => policy.act(wild), { code: 'ERR_NOT_FINITE', message: /observations, row 31, entry 2: NaN/ })
  for (const seed of [-1, 0.5, 2 ** 32]) t.throws(() => policy.act(waves(4), { seed }), { code: 'ERR_USAGE', message: /^seed/ })
  await t.throwsAsync(loadPolicy(out, { threads: 0 }), { code: 'ERR_USAGE', message: /^threads/ })
})

/** A learner at the weights of a policy. */
function learnerAt(t: ExecutionContext, of: Spec, seed: number, weights: Uint8Array): Learner {
  const learner = new Learner(of, seed, { device: 'cpu', threads: 2 })
  t.teardown(() => learner.dispose())
  learner.restore(weights)
  return learner
}

test('adapted policies are those that the evaluation of the run flew, to the bit', async (t) => {
  const policy = await loadPolicy(out, { seed: 7 })
  const { theta } = decodeTensors(policy.checkpoint(), 'weights')
  const tasks = sampleTasks('drone-planar', 'evaluation', 7, 5).values
  const learner = learnerAt(t, spec, 7, policy.checkpoint())
  const moved = (adapted: Policy[]) =>
    adapted.map((each) => decodeTensors(each.checkpoint(), 'weights').theta.values.map((to, i) => to - theta.values[i]))
  const kept = async (over: object, ids?: number[]) => {
    const { displacements } = await learner.evaluate(tasks, STREAMS.fresh, { ...over, displacements: 2 }, ids)
    return displacements.slice(displacements.length / 2)
  }
  const asked = { steps: 2, threads: 1 }
  const once = moved(await policy.adapt('drone-planar', tasks, asked))
  t.deepEqual(Float32Array.from(once.flatMap((row) => [...row])), await kept({ adaptations: 1 }))
  t.deepEqual(moved(await policy.adapt('drone-planar', tasks, { ...asked, stream: STREAMS.fresh, seed: 7, threads: 3 })), once)
  const again = moved(await policy.adapt('drone-planar', tasks, { ...asked, adaptation: 1 }))
  const both = once.flatMap((row, task) => Array.from(row, (x, i) => (x + again[task][i]) / 2))
  t.deepEqual(Float32Array.from(both), await kept({ adaptations: 2 }))
  // Other numbers, other episodes, another seed or stream: other policies.
  const ids = [9, 8, 7, 6, 5]
  const renumbered = moved(await policy.adapt('drone-planar', tasks, { ...asked, ids }))
  t.deepEqual(Float32Array.from(renumbered.flatMap((row) => [...row])), await kept({ adaptations: 1 }, ids))
  for (const other of [{ episodes: 11 }, { seed: 8 }, { stream: 2 }, { steps: 1 }])
    t.notDeepEqual(moved(await policy.adapt('drone-planar', tasks, { ...asked, ...other })), once)
  t.deepEqual(moved(await policy.adapt('drone-planar', tasks, { steps: 0 }))[3], new Float64Array(theta.values.length))
})

test('an adapted policy that is flown by hand goes the way that the run flies it', async (t) => {
  const policy = await loadPolicy(out, { arm: 'xmrl' })
  const tasks = sampleTasks('drone-planar', 'evaluation', 4, 4).values
  const planar = environments()[0]
  const adapted = await policy.adapt(planar, tasks, { episodes: 40 })
  t.is(adapted.length, 4)
  const { spec: low } = defineExperiment({ ...written, policy: { hidden: [8], logStdMin: -25 } })
  const quiet = { ...low, evaluate: { ...low.evaluate, steps: 0 } }
  const episodes = 6
  const ends: number[] = []
  for (const [task, each] of adapted.entries()) {
    // Next to no noise: what the evaluation's code flies are means.
    const weights = withLogStd(each, -20)
    const said = await learnerAt(t, quiet, 4, weights).episodes(tasks[task], STREAMS.fresh, episodes)
    const worlds = createWorlds('drone-planar', { tasks: [tasks[task]], worldsPerTask: episodes })
    t.teardown(() => worlds.dispose())
    const D = worlds.stateSize
    const firsts = said.lengths.map((_, i) => said.lengths.slice(0, i).reduce((sum, length) => sum + length, 0))
    worlds.setState(Float64Array.from(firsts.flatMap((first) => [...said.states.slice(first * D, (first + 1) * D)])))
    const lengths = said.lengths.map(() => 1)
    const over = said.lengths.map(() => false)
    for (let step = 1; step <= planar.horizon; step++) {
      const { rewards, terminated } = worlds.step(each.act(worlds.observations, { mean: true }))
      const states = worlds.state()
      for (const [episode, first] of firsts.entries()) {
        if (over[episode]) continue
        const at = (first + step) * D
        const [mine, theirs] = [states.slice(episode * D, (episode + 1) * D), said.states.slice(at, at + D)]
        t.true(near(mine, theirs, 1e-6), `task ${task}, episode ${episode}, step ${step}: ${mine} by hand, ${theirs} by the evaluation`)
        lengths[episode]++
        over[episode] = terminated[episode] === 1
        if (over[episode]) t.is(said.success[episode], rewards[episode] > 0)
      }
    }
    t.deepEqual(lengths, said.lengths)
    ends.push(...worlds.state().slice(0, D))
  }
  t.is(new Set(ends).size, ends.length, 'tasks differ')
})

test('a policy that is saved is read back to the bit, and by the names of its tensors', async (t) => {
  const [adapted] = await (await loadPolicy(out, { arm: 'maml' })).adapt('drone-planar', [[8, 3]])
  const file = join(folder(t), 'mine.safetensors')
  t.is(adapted.save(file), file)
  const layout = file.replace('.safetensors', '.layout.json')
  const tensors = decodeTensors(readFileSync(file), file)
  t.deepEqual(tensors['layers.0.weight'].shape, [8, 4])
  const observations = waves(4 * 30)
  const read = [
    await loadPolicy(file, { preset: 'drone-planar' }),
    await loadPolicy(file, { preset: written, layout }),
    await loadPolicy(file, { preset: 'drone-planar', layout: parseLayout(readFileSync(layout, 'utf8'), layout), threads: 2 })
  ]
  for (const policy of read) {
    t.deepEqual(policy.act(observations, { seed: 3 }), adapted.act(observations, { seed: 3 }))
    t.deepEqual(decodeTensors(policy.checkpoint(), '').theta.values, decodeTensors(adapted.checkpoint(), '').theta.values)
  }
  await t.throwsAsync(loadPolicy(file), { code: 'ERR_USAGE', message: /^preset: .*give \{ preset/ })
  await t.throwsAsync(loadPolicy(file, { preset: 'drone-planer' }), { code: 'ERR_PRESET_UNKNOWN', message: /drone-planar/ })
  await t.throwsAsync(loadPolicy(file, { preset: 'ant-vel/maml' }), { code: 'ERR_SHAPE', message: /layers\.0\.weight takes 4 inputs/ })
  await t.throwsAsync(loadPolicy(file, { preset: 'drone-planar', arm: 'xmrl' } as never), {
    code: 'ERR_USAGE',
    message: /^arm: .*is a file of one policy/
  })
  await t.throwsAsync(loadPolicy(file, { preset: 'drone-planar', layout: 'none.json' }), {
    code: 'ERR_SPEC_INVALID',
    message: /none\.json/
  })
  const bare = join(folder(t), 'bare.safetensors')
  writeFileSync(bare, readFileSync(file))
  // Without its layout the names say all but the activation.
  await t.throwsAsync(loadPolicy(bare, { preset: 'drone-planar' }), {
    code: 'ERR_SPEC_INVALID',
    message: /bare\.safetensors: activation: .*hints\.activation/
  })
  const hinted = await loadPolicy(bare, { preset: 'drone-planar', hints: { activation: 'tanh' } })
  t.deepEqual(hinted.checkpoint(), read[0].checkpoint())
  t.false(existsSync(bare.replace('.safetensors', '.layout.json')))
  writeFileSync(bare, adapted.checkpoint())
  await t.throwsAsync(loadPolicy(bare, { preset: 'drone-planar' }), {
    code: 'ERR_SHAPE',
    message: /theta is F64 \[60\], this policy needs F64 \[1284\]/
  })
})

test('a policy of another program acts as it does there: relu, a floor below the preset, an observation that is standardised', async (t) => {
  const file = join(folder(t), 'theirs.safetensors')
  const tensor = (...shape: number[]) => ({ shape, values: waves(shape.reduce((a, b) => a * b)) })
  writeFileSync(file, encodeTensors({ w0: tensor(5, 4), b0: tensor(5), w1: tensor(2, 5), b1: tensor(2) }, 'theirs'))
  const layout = {
    layers: [
      { weight: 'w0', bias: 'b0' },
      { weight: 'w1', bias: 'b1' }
    ],
    orientation: 'out-in' as const,
    activation: 'relu' as const,
    logStd: -4
  }
  const policy = await loadPolicy(file, { preset: 'drone-planar', layout })
  const observations = waves(4 * 50)
  const { policy: shape } = defineExperiment({ policy: { hidden: [5], activation: 'relu' } }).spec
  const mean = policy.act(observations, { mean: true })
  t.true(near(mean, means(shape, policy, observations), 1e-13))
  const noise = policy.act(observations, { seed: 1 }).map((x, i) => (x - mean[i]) / Math.exp(-4))
  const variance = noise.reduce((sum, z) => sum + z * z, 0) / noise.length
  t.true(Math.abs(variance - 1) < 5 * Math.sqrt(2 / noise.length), `${variance}: the floor of the preset is -2.3`)
  t.is((await policy.adapt('drone-planar', [[8, 3]], { episodes: 5, steps: 1 })).length, 1)
})

test('a policy adapts where it fits, to tasks that are some', async (t) => {
  const policy = await loadPolicy(out)
  const refused = (where: string, tasks: number[][], options: object, code: string, message: RegExp) =>
    t.throwsAsync(policy.adapt(where, tasks, options), { code, message })
  await refused(
    'ant-vel/maml',
    [[1]],
    {},
    'ERR_SHAPE',
    /ant-vel\/maml shows \d+ numbers and takes 8; this policy of drone-planar sees 4 and gives 2/
  )
  await refused('drone-planer', [[1, 2]], {}, 'ERR_PRESET_UNKNOWN', /drone-planar/)
  await refused('drone-planar', [[8, 3], [1]], {}, 'ERR_SHAPE', /tasks\[1\] has shape \[1\]/)
  await refused('drone-planar', [], {}, 'ERR_SHAPE', /e\.g\. \[\[/)
  await refused('drone-planar', [[8, 30]], {}, 'ERR_TASK', /goal y/)
  await refused('drone-planar', [[8, 3]], { episodes: 0 }, 'ERR_USAGE', /^episodes: give a whole number from 1 to 1000000, not 0$/)
  await refused('drone-planar', [[8, 3]], { steps: 1.5 }, 'ERR_USAGE', /steps/)
  await refused('drone-planar', [[8, 3]], { seed: -1 }, 'ERR_USAGE', /seed/)
  await refused('drone-planar', [[8, 3]], { ids: [1, 2] }, 'ERR_SHAPE', /taskIds/)
  await refused('drone-planar', [[8, 3]], { adaptation: 255 }, 'ERR_USAGE', /adaptation/)
  t.is((await policy.adapt('drone-planar/uniform', [[8, 3]], { episodes: 4 })).length, 1, 'another preset of the same sizes')
})

test('policies trade: prices of their specification, or given', async (t) => {
  const file = priceFile(folder(t))
  const preset: WrittenSpec = { environment: 'stock/csv', market: { file }, policy: { hidden: [6] }, evaluate: { supportEpisodes: 3 } }
  const weights = join(folder(t), 'trader.safetensors')
  const learner = new Learner(defineExperiment(preset).spec, 2, { device: 'cpu', threads: 1 })
  t.teardown(() => learner.dispose())
  writeFileSync(weights, learner.checkpoint())
  const policy = await loadPolicy(weights, { preset })
  const tasks = sampleTasks('stock/csv', 'evaluation', 1, 2, file).values
  const worlds = createWorlds('stock/csv', { tasks, prices: file })
  t.teardown(() => worlds.dispose())
  t.is(policy.observationSize, worlds.observationSize)
  t.is(policy.act(worlds.observations).length, 2 * 3)
  const [own, given] = [await policy.adapt('stock/csv', tasks), await policy.adapt('stock/csv', tasks, { prices: file })]
  t.deepEqual(own[1].checkpoint(), given[1].checkpoint())
  t.notDeepEqual(own[0].checkpoint(), own[1].checkpoint())
  t.not(environment('stock/csv').observationSize, policy.observationSize, 'sizes follow the prices')
})
