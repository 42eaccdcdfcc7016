import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import test from 'ava'
import { exportOnnx, tensorboardFiles } from '../../ts/exports/index.js'
import { decodeTensors, importPolicy, parseLayout } from '../../ts/policies/index.js'
import { loadRun } from '../../ts/run/index.js'
import { folder, root, TINY, tinySpec, xmrl } from '../helpers.js'

test("a run's policies and metrics leave in every format; what is there is not replaced unasked, and what is missing is named", async (t) => {
  const dir = folder(t)
  const out = join(dir, 'run')
  const ran = await xmrl(['run', tinySpec(dir, { seeds: [0, 3] }), '--out', out, '--json'])
  t.is(ran.code, 0, ran.stderr)
  const run = await loadRun(out)
  const { spec } = run.experiment
  const [first, second] = run.seeds
  const exported = async (...args: string[]) => {
    const done = await xmrl(['export', out, ...args])
    t.is(done.code, 0, done.stderr)
    return done.stdout
  }
  const weights = (of: typeof first, stage: string) => of.weights(stage) as Uint8Array

  const said = await exported()
  t.is(
    said,
    `weights: ${relative(root, join(first.path, 'xmrl.safetensors'))}\nlayout: ${relative(root, join(first.path, 'xmrl.layout.json'))}\n`
  )
  const layout = parseLayout(readFileSync(join(first.path, 'xmrl.layout.json'), 'utf8'), 'layout')
  const tensors = decodeTensors(readFileSync(join(first.path, 'xmrl.safetensors')), 'xmrl')
  const shapes = Object.entries(tensors).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`)
  const layers = ['layers.0.weight [8, 4]', 'layers.0.bias [8]', 'layers.1.weight [2, 8]', 'layers.1.bias [2]']
  t.deepEqual(shapes, [...layers, 'log_std [2]', 'log_rates [3]'])
  t.deepEqual(Buffer.from(importPolicy(tensors, layout, spec).weights), Buffer.from(weights(first, 'retrain-xmrl')))

  const model = join(dir, 'maml.onnx')
  const told = JSON.parse(
    await exported('--format', 'onnx', '--seed', '3', '--arm', 'maml', '--dtype', 'float32', '--out', model, '--json')
  )
  t.deepEqual(told, { format: 'onnx', files: [{ what: 'model', path: model }] })
  const metadata = { arm: 'maml', seed: '3', spec: run.experiment.hash, commit: run.manifest.commit }
  const own = exportOnnx(weights(second, 'retrain-maml'), spec, { dtype: 'float32', metadata })
  t.deepEqual(readFileSync(model), Buffer.from(own))

  t.regex(await exported('--format', 'tensorboard'), /^events: .*\n[\s\S]*\nshow them: tensorboard --logdir \S*run\/tensorboard\n$/)
  const files = Object.entries(tensorboardFiles(run))
  t.is(files.length, 2 * (1 + TINY.retrain.arms.length))
  for (const [path, bytes] of files) t.deepEqual(readFileSync(join(out, 'tensorboard', path)), Buffer.from(bytes), path)

  const refused: [string[], number, RegExp][] = [
    [['--format', 'torchscript'], 2, /ERR_USAGE: .*--format.*'torchscript' is invalid. give safetensors, onnx or tensorboard/],
    [['--arm', 'mmaml'], 2, /ERR_USAGE: arm: seed 0 of .* has no weights of "mmaml"; it has maml, xmrl, theta_0\n$/],
    [['--seed', '9'], 2, /ERR_USAGE: seed: 9 is not one of this run's \(0, 3\)/],
    [
      ['--format', 'tensorboard', '--arm', 'mmaml', '--out', join(dir, 'events')],
      2,
      /has no metrics of "mmaml"; it has theta_0, xmrl, maml/
    ],
    [['--dtype', 'float32'], 2, /--dtype belongs to --format onnx, not to safetensors/],
    [['--format', 'onnx', '--step', 'iteration'], 2, /--step belongs to --format tensorboard, not to onnx/],
    [[], 1, /ERR_OUTPUT: .*xmrl\.safetensors is there already; name another place with --out, or replace it with --force/],
    [['--format', 'tensorboard'], 1, /ERR_OUTPUT: .*tfevents.* is there already/]
  ]
  for (const [args, code, message] of refused) {
    const failed = await xmrl(['export', out, ...args])
    t.is(failed.code, code, `${args}: ${failed.stderr}`)
    t.regex(failed.stderr, message)
    t.is(failed.stdout, '')
  }
  t.false(existsSync(join(dir, 'events')))
  await exported('--arm', 'theta_0', '--out', model, '--force')
  t.deepEqual(decodeTensors(readFileSync(model), 'model').log_rates, decodeTensors(weights(first, 'train'), 'train').log_rates)
  const nowhere = await xmrl(['export', join(dir, 'nothing')])
  t.is(nowhere.code, 1)
  t.regex(nowhere.stderr, /ERR_RUN_NOT_FOUND: .*nothing is not a run directory/)
})
