// Test processes: their output is watched so that the first failure ends them, and a time limit ends those that hang.
import { spawn } from 'node:child_process'

/**
 * Runs a command in a process group of its own until it ends, a line matches `stop`, or `seconds` are over.
 * @typedef {{ out: string, text: string, stopped: boolean, late: boolean }} Said standard output, and with the error output
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, seconds: number, stop?: RegExp }} options
 * @returns {Promise<Said & { code: number | null, signal: NodeJS.Signals | null }>}
 */
export function watched(command, args, { cwd, env, seconds, stop }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const end = { out: '', text: '', stopped: false, late: false }
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    const timer = setTimeout(() => {
      end.late = true
      kill()
    }, seconds * 1000)
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        end.text += data
        if (stream === child.stdout) end.out += data
        if (stop?.test(end.text) && !end.stopped) {
          end.stopped = true
          kill()
        }
      })
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, ...end })
    })
    process.once('exit', kill)
    child.once('close', () => process.removeListener('exit', kill))
  })
}

/**
 * Does `work` on every item, at most `most` at a time; results in the order of the items.
 * @template T, R
 * @param {number} most
 * @param {T[]} items
 * @param {(item: T) => Promise<R>} work
 */
export async function atMost(most, items, work) {
  /** @type {R[]} */
  const results = []
  const waiting = [...items.entries()]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await work(next[1])
  }
  await Promise.all(Array.from({ length: most }, worker))
  return results
}
