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
  t.true(lines.length <= 30, `${lines.length} lines`)
  t.regex(code, /from 'xmrl'/)
  const work = folder(t)
  writeFileSync(join(work, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(work, 'experiment.ts'), code.replace("from 'xmrl'", `from '${pathToFileURL(join(root, 'ts', 'index.ts')).href}'`))
  const done = await script(join(work, 'experiment.ts'), [], { cwd: work })
  t.is(done.code, 0, done.stderr)
  t.is(done.stderr, '')
  const printed = done.stdout.trim().split('\n')
  t.regex(printed[0], /^mean reward of one step -?\d+\.\d+/)
  for (const stage of ['train', 'evaluate theta_0', 'explain', 'augment', 'retrain xmrl', 'evaluate maml-null'])
    t.true(
      printed.some((line) => line.startsWith(`${stage} `)),
      `${stage} in ${done.stdout}`
    )
  t.regex(printed.at(-1) ?? '', /^critical training tasks \d+(, \d+)*$/)
  const run = await loadRun(join(work, 'runs', 'readme'))
  t.is(run.manifest.status, 'done')
  t.is(printed.at(-1), `critical training tasks ${run.seeds[0].records.explanation?.critical.join(', ')}`)
})
