// `npm start`: set-up, then the main job: a policy that flies to most goals and misses rare ones is trained, repaired and measured, on six
// seeds, beside training that just goes on and that once more. Six is what a minute on two cores holds, and they are the first six: none
// was picked. An interrupted job is resumed. Arguments are those of `xmrl table`.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from './setup.mjs'
import { follow, main, root } from './terminal.mjs'

/** What the job is, where an argument does not say otherwise. */
const JOB = { '--seeds': '0..5', '--arms': 'xmrl,maml,maml-null' }

/** The first `runs/drone-planar[-n]` that is new or not finished. */
function runDirectory() {
  for (let n = 1; ; n++) {
    const name = `drone-planar${n === 1 ? '' : `-${n}`}`
    const path = join(root, 'runs', name)
    if (!existsSync(path)) return { out: `runs/${name}`, resume: false }
    if (!existsSync(join(path, 'report.html'))) return { out: `runs/${name}`, resume: true }
  }
}

await main(async () => {
  await setUp()
  const given = process.argv.slice(2)
  const named = (/** @type {string} */ flag) => given.some((word) => word === flag || word.startsWith(`${flag}=`))
  const job = Object.entries(JOB).flatMap(([flag, value]) => (named(flag) ? [] : [flag, value]))
  const { out, resume } = runDirectory()
  const place = named('--out') ? [] : ['--out', out, ...(resume && !named('--resume') ? ['--resume'] : [])]
  const cli = join(root, 'dist', 'cli', 'main.js')
  process.exitCode = await follow([cli, 'table', 'drone-planar', ...job, ...place, ...given])
})
