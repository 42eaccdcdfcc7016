// `npm start`: set-up, then the main job (the whole pipeline on drone-planar, one seed). An interrupted run is resumed.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from './setup.mjs'
import { main, root } from './terminal.mjs'

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
  const args = [
    join(root, 'dist', 'cli', 'main.js'),
    'run',
    'drone-planar',
    '--out',
    out,
    ...(resume ? ['--resume'] : []),
    ...process.argv.slice(2)
  ]
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
  // The terminal sends Ctrl-C to the whole group: the child saves and stops, this parent only waits for its exit code.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
  process.exitCode = await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
})
