/** The package in CommonJS: it works where Node can require ES modules, and says what to do where Node cannot. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { command, folder, root } from '../helpers.js'

const SCRIPT = "const { defineExperiment } = require('xmrl'); console.log(defineExperiment({ environment: 'drone-planar' }).spec.seeds)"

test('require works on this Node, and where it cannot names what does', async (t) => {
  const work = folder(t)
  mkdirSync(join(work, 'node_modules'))
  symlinkSync(root, join(work, 'node_modules', 'xmrl'))
  const here = await command(process.execPath, ['-e', SCRIPT], { cwd: work })
  t.is(here.code, 0, here.stderr)
  t.is(here.stdout, '[ 0 ]\n')
  // As Nodes before 20.19 and 22.12 are.
  const older = await command(process.execPath, ['--no-experimental-require-module', '-e', SCRIPT], { cwd: work })
  t.is(older.code, 1)
  t.regex(older.stderr, /XmrlError: Node v\d+\S* cannot require the ES module xmrl: write `await import\('xmrl'\)`, or use Node 20\.19/)
  const imported = [
    '--no-experimental-require-module',
    '--input-type=module',
    '-e',
    SCRIPT.replace("require('xmrl')", "await import('xmrl')")
  ]
  t.is((await command(process.execPath, imported, { cwd: work })).stdout, '[ 0 ]\n', 'import works there all the same')
})
