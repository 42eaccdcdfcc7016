/** A policy that numpy trained (examples/trained-elsewhere), taken over by name and repaired by the command that `import` prints. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { decodeTensors, loadPolicy, readTensors, type Tensor } from '../../ts/policies/index.js'
import { loadRun } from '../../ts/run/index.js'
import { command, commandLine, folder, root } from '../helpers.js'

const theirs = join(root, 'examples', 'trained-elsewhere', 'policy.safetensors')

/** The mean of a policy whose tensors are an `nn.Sequential` of three layers with tanh between them. */
function forward(tensors: Readonly<Record<string, Tensor>>, x: readonly number[]): number[] {
  let values = [...x]
  for (const n of [0, 2, 4]) {
    const [{ shape, values: weight }, { values: bias }] = [tensors[`${n}.weight`], tensors[`${n}.bias`]]
    values = Array.from({ length: shape[0] }, (_, o) => values.reduce((sum, v, i) => sum + weight[o * shape[1] + i] * v, bias[o]))
    if (n < 4) values = values.map(Math.tanh)
  }
  return values
}

test('a policy trained elsewhere is imported, explained, repaired and tabled', async (t) => {
  t.timeout(600_000)
  const cwd = folder(t)
  const xmrl = (args: string[]) => command(process.execPath, [...commandLine, ...args], { cwd, timeout: 500_000 })
  const refused = await xmrl(['import', theirs, '--preset', 'point-nav/rare'])
  t.is(refused.code, 2)
  t.regex(
    refused.stderr,
    /^ERR_SPEC_INVALID: .*\.safetensors: activation: .* 2 hidden layers; give tanh or relu \(--activation, hints\.activation\)/
  )
  const out = join(cwd, 'theirs.xmrl.safetensors')
  const imported = await xmrl(['import', theirs, '--activation', 'tanh', '--preset', 'point-nav/rare', '--out', out, '--json'])
  t.is(imported.code, 0, imported.stderr)
  const { settings, program, notes } = JSON.parse(imported.stdout)
  t.is(program, 'nn.Sequential')
  t.deepEqual(notes, [])
  t.deepEqual(settings, ['policy.hidden=[32,32]', 'train.initial=theirs.xmrl.safetensors', 'train.phases=[]'])

  // Small, but every stage: the Reptile step takes more than half of what an arm has.
  const small = [
    ...['tasks.training=20', 'tasks.evaluation=8', 'tasks.heldOut=8', 'evaluate.adaptations=1', 'evaluate.upToSteps=1'],
    ...['explain.episodes=10', 'explain.supportEpisodes=10', 'explain.queryEpisodes=10'],
    ...['augment.sets=2', 'augment.tasks=2', 'augment.episodes=2', 'retrain.metaBatchSize=8', 'retrain.extraSteps=260000']
  ]
  const sets = [...settings, ...small].flatMap((setting: string) => ['--set', setting])
  const ran = await xmrl(['run', 'point-nav/rare', ...sets, '--arms', 'xmrl,maml,maml-null', '--out', 'run', '--json'])
  t.is(ran.code, 0, ran.stderr)

  const run = await loadRun(join(cwd, 'run'))
  const [seed] = run.seeds
  t.is(run.manifest.status, 'done')
  t.deepEqual(Object.keys(seed.records.arms).sort(), ['maml', 'maml-null', 'xmrl'])
  t.is(seed.records.explanation?.weights.length, 20)
  t.true(readFileSync(join(cwd, 'run', 'table.md'), 'utf8').includes('| XMRL |'))

  // Its first policy is theirs: the means, at places of the square, to rounding.
  const first = await loadPolicy(join(cwd, 'run'))
  const tensors = readTensors(theirs)
  const places = [-0.5, -0.1, 0.2, 0.5].flatMap((x) => [-0.4, 0, 0.3].map((y) => [x, y]))
  const means = first.act(Float64Array.from(places.flat()), { mean: true })
  const wanted = places.flatMap((place) => forward(tensors, place))
  t.true(wanted.every((mean, i) => Math.abs(mean - means[i]) < 1e-12))
  // And the repaired one is another.
  const repaired = decodeTensors(seed.weights('retrain-xmrl') as Uint8Array, 'xmrl').theta.values
  const before = decodeTensors(seed.weights('train') as Uint8Array, 'theta_0').theta.values
  const moved = Math.max(...repaired.map((value, i) => Math.abs(value - before[i])))
  t.true(moved > 1e-5, `${moved}`)

  // Adaptation helps it here as it did where it was trained: before and after one step.
  const returns =
    seed.records.evaluations.theta_0?.bySteps?.map((of) => of.returns.reduce((sum, x) => sum + x, 0) / of.returns.length) ?? []
  t.is(returns.length, 2)
  t.true(returns[1] > returns[0] + 5, `${returns}`)
})
