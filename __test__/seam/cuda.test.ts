import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { folder, root, tinySpec, xmrl } from '../helpers.js'

const GATE = fileURLToPath(new URL('../../scripts/cuda/gate.mjs', import.meta.url))

const gate = (...args: string[]) =>
  new Promise<{ code: number; out: string; error: string }>((resolve) => {
    execFile(process.execPath, [GATE, ...args], (error, out, said) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, error: said })
    )
  })

test('the learner on libtorch makes the meta-steps of the derivatives written out', async (t) => {
  const { code, out, error } = await gate('--device', 'cpu', '--steps', '3')
  t.is(code, 0, error)
  t.is(out.match(/gradient within \d/g)?.length, 4, out)
  t.regex(out, /nothing was timed/)
  t.is(out.match(/\d+ copies there \([1-9][\d.]* KiB\) and \d+ back/g)?.length, 4, out)
})

test.serial('roll-outs over the emulated driver have the bits of this processor', async (t) => {
  const { code, out, error } = await gate('--device', 'emulated')
  t.is(code, 0, error)
  t.is(out.match(/the processor's bits over \d+ steps, flown by emulated \(no card\)/g)?.length, 2, out)
  t.regex(out, /nothing was timed/)
})

test.serial(
  'xmrl run --rollouts cuda flies there by kernels, without libtorch, and says who flew; the weights are those of the processor',
  async (t) => {
    const place = folder(t)
    const spec = tinySpec(place, { tasks: { training: 2, evaluation: 2, heldOut: 2 } })
    const flown = async (name: string, ...rollouts: string[]) => {
      const out = join(place, name)
      const env = { XMRL_LIBCUDA: join(root, 'target', 'debug', 'libxmrl_emulated_driver.so') }
      const flags = ['--set', 'train.phases=[{iterations: 1, metaBatchSize: 1, supportEpisodes: 2, queryEpisodes: 2}]', '--threads', '1']
      const done = await xmrl(['run', spec, '--until', 'train', '--device', 'cpu', '--out', out, ...flags, ...rollouts], { env })
      t.is(done.code, 0, done.stderr)
      const { rollouts: by } = JSON.parse(readFileSync(join(out, 'seed-0', 'timing.jsonl'), 'utf8').split('\n')[0])
      return { by, weights: readFileSync(join(out, 'seed-0', 'checkpoints', 'train-1', 'weights.safetensors')) }
    }
    const [there, here] = [await flown('there', '--rollouts', 'cuda'), await flown('here')]
    t.regex(there.by, /emulated \(no card\)/)
    t.is(here.by, undefined)
    t.true(there.weights.equals(here.weights))
  }
)

const withoutDriver = existsSync('/proc/driver/nvidia/version') ? test.skip : test
withoutDriver('--rollouts cuda without a driver is a line that says so', async (t) => {
  const { code, stderr } = await xmrl(['run', 'drone-planar', '--rollouts', 'cuda', '--out', join(folder(t), 'run')])
  t.is(code, 1)
  t.regex(stderr, /^ERR_DEVICE: .*no NVIDIA driver/m)
})

withoutDriver('without a card the gate says so, and stores nothing', async (t) => {
  const { code, error } = await gate()
  t.is(code, 1)
  t.regex(error, /^failed: nvidia-smi names no card/)
})
