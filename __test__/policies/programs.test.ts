/** Policies as other programs name their tensors, against what numpy made of them (`scripts/policies/record.py`). */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { decodeTensors, findLayout, importPolicy, type LayoutHints, loadPolicy, readTensors, type Tensor } from '../../ts/policies/index.js'
import { defineExperiment } from '../../ts/spec/index.js'

const at = (name: string) => fileURLToPath(new URL(`./recorded/${name}`, import.meta.url))
interface Facts {
  observations: number[][]
  policies: Record<string, { activation: 'tanh' | 'relu'; means: number[][]; logStd: number[] }>
  F16: { count: number; sha256: string }
  BF16: { count: number; sha256: string }
}
const facts = JSON.parse(readFileSync(at('programs.json'), 'utf8')) as Facts
const { spec } = defineExperiment({ environment: 'point-nav' })
const found = (name: string, hints: LayoutHints = {}) => findLayout(readTensors(at(`${name}.safetensors`)), spec, hints)

/** Every recorded file: whose names they are, hints beside the activation, a word of each note. */
const files: Record<string, { program: string; hints?: LayoutHints; notes?: RegExp[] }> = {
  sequential: { program: 'nn.Sequential' },
  'sequential-f64': { program: 'nn.Sequential' },
  'sequential-f16': { program: 'nn.Sequential' },
  'sequential-bf16': { program: 'nn.Sequential' },
  'sequential-turned': { program: 'nn.Sequential', notes: [/^weights are \[inputs, outputs\] by their shapes/] },
  'sequential-scalar': { program: 'nn.Sequential' },
  'sequential-without': { program: 'nn.Sequential', hints: { logStd: [-0.25, 0.5] } },
  square: { program: 'nn.Sequential', notes: [/every weight is as wide as it is high/] },
  'square-bare': { program: 'nn.Sequential', notes: [/every weight is as wide as it is high/] },
  'stable-baselines3': {
    program: 'Stable-Baselines3',
    notes: [/^left out: mlp_extractor\.value_net\.0\.bias, .*value_net\.bias.* \(a value network; a policy needs none\)/]
  },
  'stable-baselines3-linear': { program: 'Stable-Baselines3', notes: [/every weight/, /^left out: value_net\.bias, value_net\.weight/] },
  cleanrl: { program: 'CleanRL', notes: [/^left out: critic\.0\.bias/] },
  'cleanrl-rms': {
    program: 'CleanRL',
    notes: [/^left out: critic/, /standardised by obs_rms\.mean and obs_rms\.var \(epsilon 1e-8\).*clipping .* is not carried over/]
  },
  'pytorch-maml-rl': { program: 'pytorch-maml-rl' }
}

test('every recorded file gives the means and deviations that numpy gave', async (t) => {
  t.deepEqual(Object.keys(files).sort(), Object.keys(facts.policies).sort())
  for (const [name, { program, hints = {}, notes = [] }] of Object.entries(files)) {
    const { activation, means, logStd } = facts.policies[name]
    const all = { ...hints, activation }
    const layout = found(name, all)
    t.is(layout.program, program, name)
    t.is(layout.notes.length, notes.length, `${name}: ${layout.notes}`)
    for (const note of notes)
      t.true(
        layout.notes.some((each) => note.test(each)),
        `${name}: ${note} is not among ${layout.notes}`
      )
    const policy = await loadPolicy(at(`${name}.safetensors`), { preset: 'point-nav', hints: all })
    const given = policy.act(Float64Array.from(facts.observations.flat()), { mean: true })
    const apart = Math.max(...means.flat().map((mean, i) => Math.abs(mean - given[i])))
    t.true(apart < 1e-12, `${name}: ${apart} from numpy`)
    const wanted = hints.logStd ?? (logStd.length === 1 ? [logStd[0], logStd[0]] : logStd)
    const { weights } = importPolicy(readTensors(at(`${name}.safetensors`)), layout.layout, {
      ...spec,
      policy: { ...spec.policy, logStdMin: -10 }
    })
    t.deepEqual(Array.from(decodeTensors(weights, name).theta.values.slice(-2)), wanted, name)
  }
})

test('every finite number of 16 bits is the one that numpy reads', (t) => {
  for (const dtype of ['F16', 'BF16'] as const) {
    // Those whose exponent is not all ones, in the order of their bits.
    const exponent = dtype === 'F16' ? 0x7c00 : 0x7f80
    const bits = Array.from({ length: 2 ** 16 }, (_, i) => i).filter((i) => (i & exponent) !== exponent)
    const header = Buffer.from(JSON.stringify({ all: { dtype, shape: [bits.length], data_offsets: [0, 2 * bits.length] } }))
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    const { values } = decodeTensors(Buffer.concat([length, header, Buffer.from(Uint16Array.from(bits).buffer)]), dtype).all
    t.is(bits.length, facts[dtype].count)
    t.is(createHash('sha256').update(Buffer.from(values.buffer)).digest('hex'), facts[dtype].sha256, dtype)
  }
})

test('weights that lie the other way round are told by their shapes; square ones are asked for', (t) => {
  t.is(found('sequential-turned', { activation: 'tanh' }).layout.orientation, 'in-out')
  t.is(found('square', { activation: 'tanh' }).layout.orientation, 'out-in')
  t.is(found('square', { activation: 'tanh', orientation: 'in-out' }).layout.orientation, 'in-out')
  t.deepEqual(found('square', { activation: 'tanh', orientation: 'in-out' }).notes, [])
})

test('statistics of observations are folded in, or left out where that is asked for', async (t) => {
  const path = at('cleanrl-rms.safetensors')
  const raw = found('cleanrl-rms', { activation: 'tanh', observation: 'raw' })
  t.is(raw.layout.observation, undefined)
  t.true(raw.notes.some((note) => /^left out: obs_rms\.mean, obs_rms\.var/.test(note)))
  const policy = await loadPolicy(path, { preset: 'point-nav', hints: { activation: 'tanh', observation: 'raw' } })
  const given = policy.act(Float64Array.from(facts.observations.flat()), { mean: true })
  t.true(
    facts.policies.cleanrl.means.flat().every((mean, i) => Math.abs(mean - given[i]) < 1e-12),
    'those of the file without them'
  )
})

const tensor = (...shape: number[]): Tensor => ({ shape, values: new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(0.1) })
const sequential = { '0.weight': tensor(4, 2), '0.bias': tensor(4), '2.weight': tensor(2, 4), '2.bias': tensor(2), log_std: tensor(2) }

test('what is missing, what is too much and what names do not say are refused by name', (t) => {
  const { log_std: _, ...bare } = sequential
  const without = (...names: string[]) => Object.fromEntries(Object.entries(sequential).filter(([name]) => !names.includes(name)))
  const sb3 = {
    ...{ 'mlp_extractor.policy_net.0.weight': tensor(2, 2), 'mlp_extractor.policy_net.0.bias': tensor(2) },
    ...{ 'action_net.weight': tensor(2, 2), 'action_net.bias': tensor(2), log_std: tensor(2) }
  }
  const { 'action_net.weight': __, ...headless } = sb3
  const refused: [string, Record<string, Tensor>, LayoutHints, RegExp][] = [
    ['no activation', sequential, {}, /^activation: the names do not say what follows the 1 hidden layer; give tanh or relu/],
    ['of a known program', sb3, {}, /^activation: .*PPO and A2C have tanh unless policy_kwargs/],
    ['no deviations', bare, { activation: 'tanh' }, /^logStd: the file has no log standard deviations; give a number/],
    ['two of them', { ...sequential, sigma: tensor(2) }, { activation: 'tanh' }, /^logStd: several tensors .*: log_std, sigma; name one/],
    ['gSDE', { ...sequential, log_std: tensor(4, 2) }, { activation: 'tanh' }, /^tensor log_std: it has the shape \[4, 2\], .*gSDE/],
    [
      'an extra tensor',
      { ...sequential, 'encoder.w': tensor(3) },
      { activation: 'tanh' },
      /^tensor encoder\.w: it is no part of the policy/
    ],
    ['a missing weight', without('2.weight'), { activation: 'tanh' }, /^tensor 2\.weight: it is missing, though 2\.bias is there/],
    ['a missing bias', without('2.bias'), { activation: 'tanh' }, /^tensor 2\.bias: it is missing, though 0\.bias is there/],
    ['a missing head', headless, { activation: 'tanh' }, /^tensor action_net\.weight: it is missing; mlp_extractor\.policy_net\.0\.weight/],
    [
      'layer normalisation',
      { ...sequential, '1.weight': tensor(4), '1.bias': tensor(4) },
      { activation: 'tanh' },
      /^tensor 1\.weight: .*normalisation layer/
    ],
    [
      'layers without an activation',
      { ...bare, '3.weight': tensor(2, 2), '3.bias': tensor(2) },
      { activation: 'tanh' },
      /^3\.weight follows 2\.weight/
    ],
    ['a convolution', { ...sequential, '0.weight': tensor(4, 2, 3, 3) }, { activation: 'tanh' }, /^tensor 0\.weight: .*a convolution/],
    [
      'two networks',
      { ...sequential, 'encoder.0.weight': tensor(2, 2) },
      { activation: 'tanh' },
      /^several networks could be the policy: \*, encoder\.\*/
    ],
    [
      'SAC of Stable-Baselines3',
      { 'actor.latent_pi.0.weight': tensor(4, 2), 'actor.log_std.weight': tensor(2, 4) },
      {},
      /log_std\.weight: .*\(SAC\)/
    ],
    [
      'SAC of CleanRL',
      { 'fc1.weight': tensor(4, 2), 'fc_mean.weight': tensor(2, 4), 'fc_logstd.weight': tensor(2, 4) },
      {},
      /fc_logstd\.weight: .*SAC/
    ],
    [
      'TD3 of Stable-Baselines3',
      { 'actor.mu.0.weight': tensor(4, 2), 'actor.mu.2.weight': tensor(2, 4) },
      {},
      /actor\.mu\.0\.weight: .*\(TD3/
    ],
    ['TD3 of CleanRL', { 'fc1.weight': tensor(4, 2), 'fc_mu.weight': tensor(2, 4) }, {}, /fc_mu\.weight: .*\(TD3/],
    [
      'pictures',
      { ...sb3, 'features_extractor.cnn.0.weight': tensor(4, 3, 8, 8) },
      {},
      /features_extractor\.cnn\.0\.weight: a network of its own/
    ],
    ['a recurrent one', { ...sb3, 'lstm_actor.weight_ih_l0': tensor(4, 2) }, {}, /lstm_actor\.weight_ih_l0: it is recurrent/],
    [
      'statistics of another name',
      { ...sequential, 'normalizer.mu': tensor(2) },
      { activation: 'tanh' },
      /^tensor normalizer\.mu: it may be statistics/
    ],
    ['no layers', { w: tensor(2, 2) }, {}, /^no layers were found by their names; the file has w/]
  ]
  for (const [what, tensors, hints, message] of refused)
    t.throws(() => findLayout(tensors, spec, hints), { code: 'ERR_SPEC_INVALID', message }, what)
  t.notThrows(() => findLayout(sequential, spec, { activation: 'tanh' }))
})

test('shared layers, lists of layers and names of our own exports are found', (t) => {
  const names = (tensors: Record<string, Tensor>) =>
    findLayout(tensors, spec, { activation: 'tanh' }).layout.layers.map(({ weight }) => weight)
  const shared = { 'mlp_extractor.shared_net.0.weight': tensor(4, 2), 'mlp_extractor.policy_net.0.weight': tensor(4, 4) }
  t.deepEqual(names({ 'action_net.weight': tensor(2, 4), ...shared, log_std: tensor(2) }), [...Object.keys(shared), 'action_net.weight'])
  t.deepEqual(names({ 'fc2.weight': tensor(2, 4), 'fc1.weight': tensor(4, 2), log_std: tensor(2) }), ['fc1.weight', 'fc2.weight'])
  // Ten layers and more are in the order of their numbers.
  const many = Object.fromEntries([...Array(12).keys()].map((n) => [`net.${2 * n}.weight`, tensor(2, 2)]))
  t.is(names({ ...many, log_std: tensor(2) }).at(-1), 'net.22.weight')
  const own = { 'layers.0.weight': tensor(4, 2), 'layers.1.weight': tensor(2, 4), log_std: tensor(2), log_rates: tensor(3) }
  t.is(findLayout(own, spec, { activation: 'relu' }).layout.logRates, 'log_rates')
})

test('a linear policy is taken over as one, and settings say so', (t) => {
  const tensors = readTensors(at('stable-baselines3-linear.safetensors'))
  const { weights, settings } = importPolicy(tensors, findLayout(tensors, spec).layout, spec)
  t.deepEqual(settings, ['policy.hidden=[]'])
  // Two layers' worth of rates: the layer's and the deviations'.
  t.is(decodeTensors(weights, 'linear').log_rates.values.length, 2)
  t.is(decodeTensors(weights, 'linear').theta.values.length, 2 * 2 + 2 + 2)
})

test('a layout and hints exclude each other', async (t) => {
  const path = at('sequential.safetensors')
  const { layout } = found('sequential', { activation: 'tanh' })
  await t.throwsAsync(loadPolicy(path, { preset: 'point-nav', layout, hints: { activation: 'tanh' } }), {
    code: 'ERR_USAGE',
    message: /^hints: /
  })
})

test('a number that is left out between two layers is told: a layer of that number may be missing', (t) => {
  const { observationSize, actionSize } = { observationSize: 4, actionSize: 2 }
  const layer = (outputs: number, inputs: number): Tensor => ({ shape: [outputs, inputs], values: new Float64Array(outputs * inputs) })
  const notes = (names: string[]) => {
    const shapes = names.map((_, at) => layer(at === names.length - 1 ? actionSize : 8, at === 0 ? observationSize : 8))
    const tensors = Object.fromEntries(names.map((name, at) => [`${name}.weight`, shapes[at]]))
    return findLayout(tensors, defineExperiment({}).spec, { activation: 'tanh', logStd: 0 }).notes.join('\n')
  }
  t.regex(notes(['0', '4']), /^4 follows 0: nothing between them has weights in the file/)
  t.regex(notes(['net.0', 'net.2', 'net.6']), /^net\.6 follows net\.2: /)
  t.regex(notes(['fc1', 'fc3']), /^fc3 follows fc1: /)
  for (const whole of [
    ['0', '2', '4'],
    ['1', '3'],
    ['fc1', 'fc2']
  ])
    t.is(notes(whole), '')
})
