/**
 * What is half installed of CUDA, each state for real: shared libraries that this test compiles stand for driver and libtorch. `--device cuda`
 * says what was found and what to do; `auto` takes the CPU and says why.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { LIBTORCH_VERSION } from '../../ts/libtorch.js'
import { folder, tinySpec, xmrl } from '../helpers.js'

const made = mkdtempSync(join(tmpdir(), 'xmrl-driver-'))
test.after.always(() => rmSync(made, { recursive: true, force: true }))

function compile(name: string, source: string, ...flags: string[]): string {
  const library = join(made, name)
  execFileSync('gcc', ['-shared', '-fPIC', '-o', library, source, ...flags])
  return library
}

const empty = join(made, 'empty.c')
writeFileSync(empty, 'int xmrl_nothing;\n')
const driver = compile('libcuda.so.1', fileURLToPath(new URL('libcuda.c', import.meta.url)))

/** A libtorch with CUDA whose libraries are empty; its CUDA half asks for a runtime that is not there. */
function libtorch(version: string, libraries = ['libc10.so', 'libtorch_cpu.so', 'libc10_cuda.so', 'libtorch_cuda.so']): string {
  const root = mkdtempSync(join(made, 'libtorch-'))
  mkdirSync(join(root, 'lib'))
  writeFileSync(join(root, 'build-version'), `${version}\n`)
  for (const name of libraries) {
    const runtime = name === 'libtorch_cuda.so' ? compile('libcudart.so.13', empty, '-Wl,-soname,libcudart.so.13') : undefined
    const flags = runtime === undefined ? [] : ['-Wl,--no-as-needed', runtime]
    execFileSync('gcc', ['-shared', '-fPIC', '-o', join(root, 'lib', name), empty, ...flags])
    if (runtime !== undefined) rmSync(runtime)
  }
  return root
}

/** Holds both ways of asking for a device to what they must say. */
async function state(t: ExecutionContext, env: Record<string, string>, says: RegExp) {
  const work = folder(t)
  const out = join(work, 'run')
  const refused = await xmrl(['run', tinySpec(work), '--out', out, '--json', '--device', 'cuda'], { env })
  t.is(refused.code, 1, refused.stderr)
  t.regex(refused.stderr, /^ERR_DEVICE: device cuda: .*; use --device cpu\n$/)
  t.regex(refused.stderr, says)
  t.false(existsSync(out), 'nothing is left behind')
  const doctor = await xmrl(['doctor', '--json'], { env })
  const { findings } = JSON.parse(doctor.stdout) as { findings: { what: string; good: boolean; note: string }[] }
  const device = findings.find(({ what }) => what === 'device')
  t.true(device?.good, doctor.stdout)
  t.regex(device?.note ?? '', /^CPU: /)
  t.regex(device?.note ?? '', says)
}

const STATES: [title: string, env: () => Record<string, string>, says: RegExp][] = [
  [
    'no driver',
    () => ({ XMRL_LIBCUDA: join(made, 'none', 'libcuda.so.1') }),
    /no NVIDIA driver: .*none\/libcuda\.so\.1 does not open \(.*No such file/
  ],
  ['a library that is no driver', () => ({ XMRL_LIBCUDA: compile('other.so', empty) }), /other\.so has no cuInit: it is no NVIDIA driver/],
  ['a driver without a device', () => ({ FAKE_INIT: '100' }), /sees no device \(cuInit: CUDA_ERROR_NO_DEVICE\)/],
  ['devices that are hidden', () => ({ FAKE_INIT: '100', CUDA_VISIBLE_DEVICES: '' }), /CUDA_VISIBLE_DEVICES is empty, which hides all/],
  ['devices that are hidden by number', () => ({ FAKE_COUNT: '0', CUDA_VISIBLE_DEVICES: '7' }), /CUDA_VISIBLE_DEVICES=7 may hide it/],
  ['a driver beside another kernel module', () => ({ FAKE_INIT: '803' }), /does not fit its kernel module .*SYSTEM_DRIVER_MISMATCH/],
  ['a driver that fails in a way we do not know', () => ({ FAKE_INIT: '999' }), /does not start \(cuInit: status 999\)/],
  ['no memory for a context', () => ({ FAKE_RETAIN: '2' }), /no memory left \(cuDevicePrimaryCtxRetain: CUDA_ERROR_OUT_OF_MEMORY\)/],
  ['hardly any memory', () => ({ FAKE_FREE_MIB: '100' }), /imagined \(no card\) has 100 MiB free of 81920/],
  [
    'a libtorch without CUDA',
    () => ({ XMRL_LIBTORCH: libtorch(LIBTORCH_VERSION, ['libtorch_cpu.so']) }),
    /no libtorch .* with CUDA: looked at XMRL_LIBTORCH: .* without CUDA/
  ],
  ['a libtorch of another version', () => ({ XMRL_LIBTORCH: libtorch('2.10.0+cu128') }), /libtorch 2\.10\.0\+cu128, this package needs/],
  [
    'a driver that is older than libtorch',
    () => ({ FAKE_VERSION: '12040', XMRL_LIBTORCH: libtorch(`${LIBTORCH_VERSION}+cu130`) }),
    /is for CUDA 12\.4, and libtorch at .* needs 13\.0: install a newer driver/
  ],
  [
    'a libtorch without the libraries of CUDA',
    () => ({ XMRL_LIBTORCH: libtorch(`${LIBTORCH_VERSION}+cu130`) }),
    /does not open: libcudart\.so\.13: cannot open shared object file.*pip install torch/
  ]
]

for (const [title, env, says] of STATES) {
  test.serial(title, (t) => state(t, { XMRL_LIBCUDA: driver, ...env() }, says))
}

test.serial('a driver that is whole is described', async (t) => {
  const { stdout } = await xmrl(['doctor'], { env: { XMRL_LIBCUDA: driver } })
  t.regex(stdout, /✓ cuda driver .*for CUDA 13\.0; 1 of imagined \(no card\), 68\.4 of 80\.0 GiB free/)
})
