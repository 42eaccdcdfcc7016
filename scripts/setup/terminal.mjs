// What scripts say and how they run commands. No dependency: they run before `npm ci`.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

export class StepFailed extends Error {}

/**
 * Runs a script's main work; a failed step is two lines, not a stack.
 * @param {() => unknown} work
 */
export async function main(work) {
  // Whoever reads the output may stop (`| head`); there is nobody to tell.
  process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(141)
  })
  try {
    await work()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    process.stderr.write(`failed: ${error.message}\n`)
    process.exitCode = 1
  }
}

/**
 * What the command line says, as `parseArgs` of node:util reads it; what it does not know ends the process in one line.
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} T
 * @param {T} options
 * @param {{ positionals?: boolean }} [allowed]
 * @returns {ReturnType<typeof parseArgs<{ options: T, allowPositionals: boolean }>>}
 */
export function commandLine(options, { positionals = false } = {}) {
  try {
    return parseArgs({ options, allowPositionals: positionals })
  } catch (error) {
    process.stderr.write(`failed: ${error instanceof Error ? error.message : error}\n`)
    return process.exit(1)
  }
}

/** Seconds with one decimal. */
const seconds = (/** @type {number} */ from) => `${((performance.now() - from) / 1000).toFixed(1)} s`

/**
 * Runs `work` as one named set-up step: says what it does, then how long it took.
 * `work` returns a short note, or `null` when there was nothing to do (then the step says nothing).
 * @param {string} title
 * @param {() => Promise<string | null | undefined | void> | string | null | undefined | void} work
 */
export async function step(title, work) {
  const from = performance.now()
  const note = await work()
  if (note !== null) process.stdout.write(`✓ ${title}: ${note ?? 'done'} (${seconds(from)})\n`)
}

/** Says that a long step begins (the matching ✓ comes from `step`). */
export const announce = (/** @type {string} */ line) => process.stdout.write(`… ${line}\n`)

/**
 * Runs a program of Node's with its output shown; resolves with its exit code. Ctrl-C reaches the whole group of the terminal: the
 * child saves and ends by itself, and this process only waits. SIGTERM, which reaches this process alone, is passed on.
 * @param {string[]} args
 * @returns {Promise<number>}
 */
export function follow(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
  const wait = () => {}
  const pass = () => child.kill('SIGTERM')
  process.on('SIGINT', wait).on('SIGTERM', pass)
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 1))).finally(() =>
    process.off('SIGINT', wait).off('SIGTERM', pass)
  )
}

/**
 * Runs a command; resolves with its standard output, rejects with the tail of what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, { cwd = root, env = process.env, show = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'] })
    let out = ''
    let all = ''
    child.stdout?.on('data', (data) => {
      out += data
      all = (all + data).slice(-20000)
    })
    child.stderr?.on('data', (data) => {
      all = (all + data).slice(-20000)
    })
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      reject(
        new StepFailed(
          error.code === 'ENOENT'
            ? `${command} is not installed (needed: Node >= 20.17, Rust, Python 3 with pip, a C++ compiler)`
            : error.message
        )
      )
    )
    child.on('close', (code, signal) => {
      if (code === 0) resolve(out)
      else
        reject(
          new StepFailed(
            `${command} ${args.slice(0, 4).join(' ')} … ${signal ? `stopped by ${signal}` : `failed with exit code ${code}`}\n${all.split('\n').slice(-30).join('\n')}`
          )
        )
    })
  })
}
