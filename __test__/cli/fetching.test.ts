/** What `xmrl data` does with a wheel that is not the one it asked for: real pip, a folder in place of the registry. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { folder, xmrl } from '../helpers.js'

/** Writes a sound wheel of a name that others use, with a file of ours in it. */
const FORGE = `
import sys, zipfile
path, name, version, member = sys.argv[1:]
with zipfile.ZipFile(path, 'w') as wheel:
    wheel.writestr(member, 'not theirs')
    info = f'{name}-{version}.dist-info'
    wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n')
    wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(f'{info}/RECORD', '')
`

const CASES = [
  ['stock/sp20', 'skfolio', '1.12.2', 'skfolio/datasets/data/sp500_dataset.csv.gz', 'ERR_PRICES'],
  ['metaworld', 'metaworld', '3.1.1', 'metaworld/assets/sawyer_xyz/evil.xml', 'ERR_METAWORLD']
] as const

for (const [preset, name, version, member, code] of CASES)
  test(`a forged wheel for ${preset} is refused by its hash, and nothing of it is kept`, async (t) => {
    const [index, data] = [folder(t), folder(t)]
    const file = `${name}-${version}-py3-none-any.whl`
    const forged = spawnSync('python3', ['-c', FORGE, join(index, file), name, version, member], { encoding: 'utf8' })
    t.is(forged.status, 0, forged.stderr)
    const env = { XMRL_DATA_DIR: data, PIP_NO_INDEX: '1', PIP_FIND_LINKS: index, PIP_NO_CACHE_DIR: '1' }
    const done = await xmrl(['data', preset], { env })
    t.is(done.code, 1)
    t.regex(done.stderr, new RegExp(`^${code}: .*${file.replaceAll('.', '\\.')} has sha256 [0-9a-f]{64}, not [0-9a-f]{64}; `))
    t.deepEqual(readdirSync(data), [])
  })
