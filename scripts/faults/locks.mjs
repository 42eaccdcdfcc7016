// Processes that want one run: contended locks with stale ones among them (scripts/reliability/lock.mjs), the same run begun by two
// commands, and whoever reads it and writes its report while it is worked on.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/terminal.mjs'
import { inFolder } from './places.mjs'
import { placeOf, product, xmrl } from './product.mjs'
import { outcome, Running, specFile } from './runs.mjs'

const { loadRun } = await product('run/index')

export const about = 'contended locks, two commands on one run, readers of a run that is worked on'

export const options = { tries: { whole: 10_000, small: 300 }, runs: { whole: 10, small: 1 } }

/** Contends, then begins runs that others want too. */
export async function tried({ tries, runs, seed }, { say, fault }) {
  const counts = ['--tries', tries, '--processes', 4, '--namespaces', 2, '--deaths', Math.ceil(tries / 100), '--seed', seed]
  const args = [join(root, 'scripts', 'reliability', 'lock.mjs'), ...counts.map(String), '--module', placeOf('run/lock'), '--json']
  const { stdout, stderr } = await ended(spawn(process.execPath, args))
  const contended = JSON.parse(stdout)
  if (contended.double + contended.broken > 0) fault(`locks: ${stdout}${stderr}`)
  say(`locks: ${stdout.trim()}`)
  const seen = { refused: 0, read: 0, reports: 0 }
  await inFolder(async (place) => {
    const spec = specFile(place)
    let whole
    for (let i = 0; i < runs; i++) {
      const out = join(place, `run-${i}`)
      const command = ['run', spec, '--seeds', '0', '--threads', '1', '--out', out, '--json']
      const others = []
      const run = new Running(command, ({ type, iteration }) => {
        if (type !== 'iteration' || iteration !== 2 || others.length > 0) return
        others.push(
          new Running([...command, '--resume']),
          ended(spawn(process.execPath, [...xmrl, 'report', out, '--json'], { cwd: root }))
        )
      })
      let over = false
      const code = run.ended.finally(() => {
        over = true
      })
      while (!over) {
        if (existsSync(join(out, 'resolved.json'))) await reads(out, seen, (text) => fault(`run ${i}: ${text}`))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      if ((await code) !== 0) fault(`run ${i}: ${run.stderr}`)
      const [second, report] = others
      const refused = await second?.ended
      if (refused === 1 && /^ERR_RUN_LOCKED: .* is in use by process \d+/.test(second.stderr)) seen.refused++
      // It came when the first was done.
      else if (refused !== 0) fault(`run ${i}: a second command: ${refused} ${second?.stderr}`)
      const { code: reported, stderr: why } = await report
      if (reported === 0) seen.reports++
      else fault(`run ${i}: a report meanwhile: ${why}`)
      whole ??= outcome(out)
      if (outcome(out) !== whole) fault(`run ${i}: the outcome differs`)
    }
  })
  say(`runs: ${JSON.stringify(seen)}`)
  return { contended, seen }
}

/** Reads a run that is worked on: whole records, and weights where a checkpoint is. */
async function reads(out, seen, told) {
  try {
    const [seed] = (await loadRun(out)).seeds
    seen.read++
    if (seed !== undefined && 'train' in seed.stages && seed.weights() === undefined) told('a checkpoint, and no weights')
  } catch (error) {
    told(`a reader meanwhile: ${error.stack}`)
  }
}

/** What a process printed, and its exit code. */
function ended(child) {
  const done = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => {
    done.stdout += data
  })
  child.stderr.on('data', (data) => {
    done.stderr += data
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...done, code })))
}
