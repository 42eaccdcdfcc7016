// `npm start`: set-up, then the main job (the whole pipeline on drone-planar, one seed). An interrupted run is resumed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from './setup.mjs'
import { follow, main, root } from './terminal.mjs'

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
  const { out, resume } = runDirectory()
  const cli = join(root, 'dist', 'cli', 'main.js')
  process.exitCode = await follow([cli, 'run', 'drone-planar', '--out', out, ...(resume ? ['--resume'] : []), ...process.argv.slice(2)])
})
