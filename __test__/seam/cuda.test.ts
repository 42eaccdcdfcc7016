import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'

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
  t.is(out.match(/gradient within \d/g)?.length, 3, out)
  t.regex(out, /nothing was timed/)
  t.is(out.match(/\d+ copies there \([1-9][\d.]* KiB\) and \d+ back/g)?.length, 3, out)
})

test('roll-outs over the emulated driver have the bits of this processor', async (t) => {
  const { code, out, error } = await gate('--device', 'emulated')
  t.is(code, 0, error)
  t.is(out.match(/the processor's bits over \d+ steps, flown by emulated \(no card\)/g)?.length, 2, out)
  t.regex(out, /nothing was timed/)
})

const withoutDriver = existsSync('/proc/driver/nvidia/version') ? test.skip : test
withoutDriver('without a card the gate says so, and stores nothing', async (t) => {
  const { code, error } = await gate()
  t.is(code, 1)
  t.regex(error, /^failed: nvidia-smi names no card/)
})
