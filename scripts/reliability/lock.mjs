// Does the lock of a run directory ever have two holders? Many processes contend for one `.lock` while files of dead owners, empty
// ones and garbage are left in its place, owners are killed, and some of the processes count their ids in PID namespaces of their
// own (where this machine allows it). The witness is the process that started them: a holder reports when it comes in and waits for
// the answer, and reports when it goes before it lets go.
//
//   node scripts/reliability/lock.mjs [--tries 100000] [--processes 8] [--deaths 300] [--namespaces 3] [--seed 0]
//                                     [--stale garbage|owners|none] [--module dist/run/lock.js] [--json]
//
// `--module` names any version of ts/run/lock.ts (or of its build), so that versions can be compared. Exit code 1: two held it, or an
// error came that is no `ERR_RUN_LOCKED`.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { generator } from '../faults/random.mjs'
import { commandLine } from '../setup/terminal.mjs'

const { values } = commandLine({
  tries: { type: 'string', default: '100000' },
  processes: { type: 'string', default: '8' },
  deaths: { type: 'string', default: '300' },
  namespaces: { type: 'string', default: '3' },
  stale: { type: 'string', default: 'garbage' },
  seed: { type: 'string', default: '0' },
  module: { type: 'string', default: 'dist/run/lock.js' },
  folder: { type: 'string' },
  json: { type: 'boolean', default: false }
})

/** Of so many holders one is killed. */
const KILL_EVERY = 25

if (values.folder === undefined) await witness()
else await contend(values.folder)

/** Starts the processes and counts what they do. */
async function witness() {
  const [tries, processes, deaths, namespaces] = [values.tries, values.processes, values.deaths, values.namespaces].map(Number)
  const folder = mkdtempSync(join(tmpdir(), 'xmrl-lock-'))
  const own = ['--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc']
  const allowed = spawnSync('unshare', [...own, 'true']).status === 0
  const count = { tries: 0, held: 0, double: 0, left: 0, killed: 0, broken: 0 }
  /** Who holds the lock now, by the order they were started in. */
  const inside = new Set()
  const alive = new Map()
  let started = 0
  let ended = () => {}
  const begin = performance.now()

  const start = (namespaced) => {
    const number = started++
    const args = [
      ...loader(),
      fileURLToPath(import.meta.url),
      '--folder',
      folder,
      '--module',
      values.module,
      '--stale',
      values.stale,
      '--seed',
      String(Number(values.seed) * 10000 + number)
    ]
    const [program, all] = namespaced ? ['unshare', [...own, process.execPath, ...args]] : [process.execPath, args]
    const child = spawn(program, all, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    alive.set(number, child)
    let dead = false
    child.on('error', () => {})
    child.on('message', ({ type, tries: more = 0, broken = 0 }) => {
      if (dead) return
      count.tries += more
      count.broken += broken
      const over = count.tries >= tries
      if (type === 'in') {
        count.held++
        if (inside.size > 0) count.double++
        inside.add(number)
        if (count.killed < deaths && !over && count.held % KILL_EVERY === 0) {
          // From here on it does nothing any more, so whoever comes in next is no second holder.
          dead = true
          count.killed++
          inside.delete(number)
          child.kill('SIGKILL')
          return
        }
      } else if (type === 'out') inside.delete(number)
      else if (type === 'left') count.left++
      child.send(over ? 'end' : 'go')
    })
    child.on('close', (code) => {
      inside.delete(number)
      alive.delete(number)
      if (!dead && code !== 0) throw new Error(`a contender ended with ${code}`)
      if (dead && count.tries < tries) start(namespaced)
      if (alive.size === 0) ended()
    })
  }
  const over = new Promise((done) => {
    ended = done
  })
  for (let i = 0; i < processes; i++) start(allowed && i < namespaces)
  await over
  rmSync(folder, { recursive: true, force: true })
  const seconds = Math.round((performance.now() - begin) / 100) / 10
  const result = { ...count, processes, namespaces: allowed ? Math.min(namespaces, processes) : 0, seconds }
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `${result.tries} tries of ${processes} processes (${result.namespaces} in PID namespaces of their own) in ${seconds} s: held ${result.held} times, ` +
          `${result.killed} holders killed, ${result.left} stale files left; errors that are none of a lock: ${result.broken}; held by two at once: ${result.double}\n`
  )
  process.exitCode = result.double + result.broken > 0 ? 1 : 0
}

/** Sources need tsx, a build does not. */
function loader() {
  return values.module.endsWith('.ts') ? [`--import=${import.meta.resolve('tsx')}`] : []
}

/** Takes the lock again and again; ends when told to. */
async function contend(folder) {
  const { takeLock } = await import(pathToFileURL(resolve(values.module)).href)
  const random = generator(Number(values.seed))
  let answer = () => {}
  process.on('message', (text) => answer(text))
  const orphaned = () => process.exit(1)
  process.on('disconnect', orphaned)
  const ask = (message) =>
    new Promise((done) => {
      answer = done
      process.send(message)
    })
  for (let tries = 0, broken = 0; ; ) {
    tries++
    let lock
    try {
      lock = takeLock(folder)
    } catch (error) {
      if (error.code !== 'ERR_RUN_LOCKED') broken++
      if (tries >= 50) {
        if ((await ask({ type: 'tries', tries, broken })) === 'end') break
        tries = broken = 0
      }
      // Half of the time at once, to meet an owner that is just letting go.
      if (random() < 0.5) await new Promise((done) => setTimeout(done, 1 + 3 * random()))
      continue
    }
    await ask({ type: 'in', tries, broken })
    tries = broken = 0
    const end = (await ask({ type: 'out' })) === 'end'
    try {
      lock.release()
    } catch {
      broken++
    }
    if (end) break
    if (values.stale !== 'none' && random() < 0.5 && leave(folder, random)) await ask({ type: 'left' })
  }
  process.off('disconnect', orphaned)
  process.disconnect()
}

/** Leaves what a dead owner of some version may leave, if there is no file now. */
function leave(folder, random) {
  const owner = (pid, start) => JSON.stringify({ pid, host: hostname(), start })
  const texts = [owner(2 ** 22 + 1, '1'), owner(process.ppid, 'another start'), owner(1, '0')]
  if (values.stale === 'garbage') texts.push('', '{"pid":', 'null', '[]')
  try {
    writeFileSync(join(folder, '.lock'), texts[Math.floor(random() * texts.length)], { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
