// Makes the self-contained `.libtorch/`: the CPU half of the CUDA wheel, the two small CUDA libraries it names, headers, a stub.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { announce, root, run, StepFailed } from './terminal.mjs'

export const VERSION = '2.11.0'
const TARGET = process.env.XMRL_LIBTORCH_DIR ?? join(root, '.libtorch')

/** Wheels by package name; pip's own configuration decides where they come from. */
export const WHEELS = [
  {
    requirement: `torch==${VERSION}`,
    file: 'torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl',
    sha256: '7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a',
    members: {
      'torch/lib/libtorch_cpu.so': 'lib/libtorch_cpu.so',
      'torch/lib/libc10.so': 'lib/libc10.so',
      'torch/lib/libgomp.so.1': 'lib/libgomp.so.1',
      'torch/include/': 'include/',
      'torch-2.11.0.dist-info/licenses/LICENSE': 'licenses/PyTorch-LICENSE.txt',
      'torch-2.11.0.dist-info/licenses/NOTICE': 'licenses/PyTorch-NOTICE.txt'
    }
  },
  {
    requirement: 'nvidia-cuda-runtime==13.0.96',
    file: 'nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: '7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548',
    members: {
      'nvidia/cu13/lib/libcudart.so.13': 'lib/libcudart.so.13',
      'nvidia_cuda_runtime-13.0.96.dist-info/licenses/License.txt': 'licenses/CUDA-EULA.txt'
    }
  },
  {
    requirement: 'nvidia-cuda-cupti==13.0.85',
    file: 'nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl',
    sha256: '4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8',
    members: { 'nvidia/cu13/lib/libcupti.so.13': 'lib/libcupti.so.13' }
  }
]

/** What libtorch_cpu.so must ask for, and nothing else: a new wheel that drags in more is refused here, not at run time. */
const NEEDED = ['libc10.so', 'libcudart.so.13', 'libcupti.so.13', 'libgomp.so.1']
const SYSTEM = /^(librt|libgcc_s|libdl|libpthread|libm|libstdc\+\+|libc|ld-linux-x86-64)\.so/

// Members (a folder's name ends in `/`) are streamed to their places; Python is needed for pip anyway and reads zip files.
const EXTRACT = `
import json, sys, zipfile, os, shutil
wheel, out, members = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
with zipfile.ZipFile(wheel) as z:
    names = z.namelist()
    for member, place in members.items():
        inner = [n for n in names if n.startswith(member) and not n.endswith('/')] if member.endswith('/') else [member]
        for name in inner:
            where = os.path.join(out, place + name[len(member):])
            os.makedirs(os.path.dirname(where), exist_ok=True)
            with z.open(name) as a, open(where, 'wb') as b: shutil.copyfileobj(a, b, 1 << 20)
            if place.startswith('lib/'): os.chmod(where, 0o755)
`

const sha256 = (/** @type {string} */ path) =>
  new Promise((resolve, reject) => {
    const hash = createHash('sha256')
    createReadStream(path)
      .on('data', (data) => hash.update(data))
      .on('end', () => resolve(hash.digest('hex')))
      .on('error', reject)
  })

/** True when `.libtorch` is complete: `build-version` is written last. */
export function present(dir = TARGET) {
  const file = join(dir, 'build-version')
  return existsSync(file) && readFileSync(file, 'utf8').trim() === VERSION && existsSync(join(dir, 'lib', 'libtorch_cpu.so'))
}

/**
 * Fetches, checks and unpacks; interrupted at any moment it starts again from what is whole. Returns a note or null.
 * @param {string} [target] where it goes
 */
export async function fetchLibtorch(target = TARGET) {
  if (process.env.LIBTORCH && target === TARGET) {
    const version = join(process.env.LIBTORCH, 'build-version')
    if (existsSync(version) && readFileSync(version, 'utf8').trim().split('+')[0] === VERSION) return null
    throw new StepFailed(
      `LIBTORCH=${process.env.LIBTORCH} is not libtorch ${VERSION} (no matching build-version); unset it to let set-up fetch its own`
    )
  }
  if (present(target)) return null
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new StepFailed(
      `set-up knows libtorch for linux x64 only, this is ${process.platform} ${process.arch}: set LIBTORCH to a libtorch ${VERSION}`
    )
  const cache = join(root, '.setup', 'wheels')
  const fresh = `${target}.new`
  mkdirSync(cache, { recursive: true })
  rmSync(fresh, { recursive: true, force: true })
  for (const wheel of WHEELS) {
    const path = join(cache, wheel.file)
    if (!existsSync(path)) {
      announce(`fetching ${wheel.requirement} (once)`)
      await run('python3', [
        '-m',
        'pip',
        'download',
        '--quiet',
        '--no-deps',
        '--only-binary=:all:',
        '--python-version',
        '3.11',
        '--implementation',
        'cp',
        '--abi',
        'cp311',
        '--abi',
        'none',
        '--platform',
        'manylinux_2_28_x86_64',
        '--platform',
        'manylinux_2_25_x86_64',
        '--platform',
        'manylinux2014_x86_64',
        '--dest',
        cache,
        wheel.requirement
      ])
    }
    const got = await sha256(path).catch(() => 'no such file')
    if (got !== wheel.sha256) {
      rmSync(path, { force: true })
      throw new StepFailed(`${wheel.file}: sha256 is ${got}, expected ${wheel.sha256}; removed, run again`)
    }
    await run('python3', ['-c', EXTRACT, path, fresh, JSON.stringify(wheel.members)])
  }
  await assertNeeded(join(fresh, 'lib', 'libtorch_cpu.so'))
  // The wheel's own libtorch.so pulls all of CUDA in; torch-sys only wants a library of that name at link time.
  await run('cc', ['-shared', '-o', join(fresh, 'lib', 'libtorch.so'), '-Wl,-soname,libtorch.so', '-x', 'c', '/dev/null'])
  writeFileSync(join(fresh, 'build-version'), `${VERSION}\n`)
  rmSync(target, { recursive: true, force: true })
  renameSync(fresh, target)
  rmSync(cache, { recursive: true, force: true })
  return `libtorch ${VERSION} in ${relative(root, target)} (CPU part of the wheel, checked by sha256)`
}

/** @param {string} library */
async function assertNeeded(library) {
  const dump = await run('readelf', ['-d', library])
  const needed = [...dump.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1])
  const own = needed.filter((name) => !SYSTEM.test(name)).sort()
  if (own.join() !== NEEDED.join()) throw new StepFailed(`libtorch_cpu.so needs ${own.join(', ')}; expected exactly ${NEEDED.join(', ')}`)
}
