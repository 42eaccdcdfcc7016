import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { loadRun } from '../../ts/run/index.js'
import { folder, root, script } from '../helpers.js'

const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1])

test('the experiment of the README is short, uses the package by its name, and runs', async (t) => {
  t.is(blocks.length, 1)
  const [code] = blocks
  const lines = code.split('\n').filter((line) => line.trim() !== '')
  t.true(lines.length <= 32, `${lines.length} lines`)
  t.regex(code, /from 'xmrl'/)
  const work = folder(t)
  writeFileSync(join(work, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(work, 'experiment.ts'), code.replace("from 'xmrl'", `from '${pathToFileURL(join(root, 'ts', 'index.ts')).href}'`))
  const done = await script(join(work, 'experiment.ts'), [], { cwd: work })
  t.is(done.code, 0, done.stderr)
  t.is(done.stderr, '')
  const printed = done.stdout.trim().split('\n')
  const run = await loadRun(join(work, 'runs', 'readme'))
  t.is(run.manifest.status, 'done')
  const { verdict, critical = [] } = run.seeds[0].records.explanation ?? {}
  t.is(printed[0], verdict?.reason ?? 'no verdict')
  t.is(printed[1], `critical training tasks ${critical.join(', ')}`)
  const reached = Number(printed[2].match(/^episodes that reach the goal (\d+) of 200$/)?.[1])
  // A goal that is not rare: an adapted policy gets there more often than not.
  t.true(reached > 100, printed[2])
  t.is(printed.length, 3)
})
