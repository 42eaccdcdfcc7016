/** The packages as npm installs them, in a folder of their own: the prebuilt part of `npm run pack` and `npm run pack:prove`. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { folder, root } from '../helpers.js'

interface Project {
  work: string
}
const from = async (name: string) => await import(new URL(`../../scripts/pack/${name}.mjs`, import.meta.url).href)
const { inside, project, works } = (await from('consumer')) as {
  inside: (project: Project, line: string[]) => Promise<string>
  project: (folder: string, how: { cache: string }) => Promise<Project>
  works: (project: Project) => Promise<Record<string, string>>
}
const { pack } = (await from('main')) as { pack: (wanted: { out: string; prebuilt: boolean }) => Promise<string[]> }

test('installed from its tarballs, with node and npm alone on PATH: a script, a run, doctor; without the addon, what to install', async (t) => {
  t.timeout(300_000)
  const out = folder(t)
  const [main, addon] = await pack({ out, prebuilt: true })
  // What `npm ci` fetched for this checkout is what the package asks for: the cache spares the network.
  const cache = spawnSync('npm', ['config', 'get', 'cache'], { cwd: root, encoding: 'utf8' }).stdout.trim()
  const made = await project(join(folder(t), 'a path with spaces'), { cache })
  await inside(made, ['npm', 'install', '--prefer-offline', main])
  const script = "import('xmrl').then(() => console.log('loaded'), (error) => console.log(error.name, error.code, error.message))"
  const without = await inside(made, ['node', '-e', script])
  t.regex(without, /^XmrlError ERR_ADDON_NOT_FOUND .*xmrl-linux-\w+-gnu.*npm install .*linux-x64-gnu, linux-arm64-gnu/)
  await inside(made, ['npm', 'install', '--prefer-offline', addon])
  const found = await works(made)
  const manifest = join(made.work, 'node_modules', found.addon.match(/\((xmrl-\S+) /)?.[1] ?? '', 'package.json')
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version: '9.9.9' }))
  t.regex(await inside(made, ['node', '-e', script]), /^XmrlError ERR_ADDON_NOT_FOUND .* is 9\.9\.9, xmrl is \d.*npm install /)
  // Nothing is fetched into the package, which may be read-only: without Python on PATH the attempt fails, and where it was made is seen.
  await t.throwsAsync(inside(made, ['npx', '--no-install', 'xmrl', 'data', 'stock/sp20']), {
    message: /ERR_PRICES: .*python3 does not run/s
  })
  t.false(existsSync(join(made.work, 'node_modules', 'xmrl', '.data')))
  t.true(existsSync(join(made.work, '..', 'home', '.cache', 'xmrl')))
  t.regex(found.package, /^xmrl \d+\.\d+\.\d+, installed: .*node_modules\/xmrl$/)
  t.regex(found.addon, new RegExp(`\\(xmrl-linux-${process.arch}-gnu \\d`))
  t.regex(found.libtorch, /npm install xmrl-torch-linux-x64-gnu|not made for/)
})
