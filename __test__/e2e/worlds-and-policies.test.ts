/** The page on worlds and policies: its code, one piece after the other, is a script that runs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { runExperiment } from '../../ts/pipeline/index.js'
import { defineExperiment, type WrittenSpec } from '../../ts/spec/index.js'
import { folder, root, script, TINY } from '../helpers.js'

const page = readFileSync(join(root, 'docs', 'worlds-and-policies.md'), 'utf8')
const pieces = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1])

test('the code of the page runs, and prints what it says', async (t) => {
  t.true(page.split('\n').length <= 121, 'a page of at most 120 lines')
  t.true(pieces.length >= 7)
  const work = folder(t)
  const experiment = defineExperiment(TINY as WrittenSpec)
  for await (const _ of runExperiment(experiment, { out: join(work, 'runs', 'first'), device: 'cpu', threads: 1 }));
  writeFileSync(join(work, 'package.json'), '{ "type": "module" }')
  const code = pieces.join('\n').replace("from 'xmrl'", `from '${pathToFileURL(join(root, 'ts', 'index.ts')).href}'`)
  writeFileSync(join(work, 'page.ts'), code)
  const done = await script(join(work, 'page.ts'), [], { cwd: work })
  t.is(done.stderr, '')
  t.is(done.code, 0)
  const printed = done.stdout.trim().split('\n')
  t.regex(printed[0], /^mean reward -?\d+\.\d+ over false$/)
  t.regex(printed[1], /^reward of world 7 in step 4: -?\d/)
  t.is(printed[2], 'the same bits: true')
  t.regex(printed[3], /^episodes that ended: 8 last seen: 960$/)
  t.regex(printed[4], /^return of the first task -?\d/)
  t.is(printed[5], 'the same action: true')
  t.is(printed.length, 6)
})
