/** What package-lock.json may ask for: the lock of this checkout passes, and each thing that a person must look at is named. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../helpers.js'

type Packages = Record<string, Record<string, unknown>>
const { lockProblems, runsAtInstall } = (await import(new URL('../../scripts/supply/npm.mjs', import.meta.url).href)) as {
  lockProblems: (lock: { packages: Packages }, settings: string) => string[]
  runsAtInstall: (manifest: { scripts?: Record<string, string> }) => string[]
}
const own = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Packages }
const settings = readFileSync(join(root, '.npmrc'), 'utf8')

test('the lock of this checkout has nothing to look at', (t) => {
  t.deepEqual(lockProblems(own, settings), [])
})

test('a licence, a missing hash, a host, a link and a script of a dependency are named', (t) => {
  const sound = { version: '1.0.0', license: 'MIT', integrity: 'sha512-AAAA' }
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ license: 'GPL-3.0-only' }, /^node_modules\/x: its licence is GPL-3\.0-only$/],
    [{ license: '(MIT OR GPL-2.0) AND AGPL-3.0' }, /licence is/],
    [{ license: undefined }, /licence is not said/],
    [{ integrity: undefined }, /no SHA-512/],
    [{ integrity: 'sha1-AAAA' }, /no SHA-512/],
    [{ resolved: 'git+ssh://git@x.org/x.git#1' }, /where it came from \(git\+ssh/],
    [{ link: true }, /a link to a folder/],
    [{ hasInstallScript: true }, /would run a script at install/]
  ]
  for (const [change, problem] of cases) {
    const problems = lockProblems({ packages: { ...own.packages, 'node_modules/x': { ...sound, ...change } } }, settings)
    t.is(problems.length, 1, JSON.stringify(change))
    t.regex(problems[0], problem)
  }
  for (const license of ['(MIT OR GPL-2.0)', 'MIT AND ISC'])
    t.deepEqual(lockProblems({ packages: { ...own.packages, 'node_modules/x': { ...sound, license } } }, settings), [], license)
})

test('scripts of dependencies may not run, and a name that is no longer needed is taken out', (t) => {
  t.regex(lockProblems(own, settings.replace('ignore-scripts=true', '')).join(), /lacks ignore-scripts=true/)
  const { 'node_modules/esbuild': _, ...without } = own.packages
  t.regex(lockProblems({ packages: without }, settings).join(), /esbuild brings no script/)
})

test('keys by which npm would run something of ours at install', (t) => {
  t.deepEqual(runsAtInstall({ scripts: { postinstall: 'x', prepare: 'x', start: 'x', preinstall: 'x' } }), [
    'postinstall',
    'prepare',
    'preinstall'
  ])
})
