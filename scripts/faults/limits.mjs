// How large a run may be: one thing after the other is doubled until something gives way or the time for it is over, and what gave way is
// shown with how it said so. Each size is tried in a process of its own, so that the process's peak of memory is its own too.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loader } from './product.mjs'
import { SIZES } from './sizes.mjs'

export const about = 'the largest meta-batch, pools, policy, episodes, runs, seeds at once and batches of worlds that were tried'

/** `seconds`: for one size; `mib`: most memory of a process. */
export const options = { seconds: { whole: 120, small: 5 }, mib: { whole: 6000, small: 600 } }

if (process.argv[1] === fileURLToPath(import.meta.url)) await once(process.argv[2], Number(process.argv[3]))

/** Doubles each until it gives way; `only`: those whose name has it. */
export async function tried({ seconds, mib, words }, { say, fault }) {
  const largest = {}
  for (const [name, { from }] of Object.entries(SIZES).filter(([each]) => each.includes(words.only ?? ''))) {
    for (let n = from; ; n *= 2) {
      const end = await inProcess(name, n, seconds, mib)
      if (end.done) {
        largest[name] = { size: n, MiB: end.mib, seconds: end.seconds }
        continue
      }
      largest[name] = { ...largest[name], 'did not do': n, because: end.because }
      if (end.untyped) fault(`${name} ${n}: ${end.because}`)
      break
    }
    say(`${name}: ${JSON.stringify(largest[name])}`)
  }
  return { largest }
}

/** One size in a process; what it came to. */
function inProcess(name, n, seconds, mib) {
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      `ulimit -v ${(mib + 1500) * 1024}; exec "$@"`,
      'sh',
      process.execPath,
      ...loader,
      fileURLToPath(import.meta.url),
      name,
      String(n)
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe']
    }
  )
  const from = performance.now()
  let printed = ''
  let said = ''
  let late = false
  child.stdout.on('data', (data) => {
    printed += data
  })
  child.stderr.on('data', (data) => {
    said = `${said}${data}`.slice(-2000)
  })
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, seconds * 1000)
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const took = Math.round((performance.now() - from) / 100) / 10
      if (late) return resolve({ done: false, because: `more than ${seconds} s` })
      const told = printed === '' ? {} : JSON.parse(printed)
      if (code === 0 && told.error === undefined) return resolve({ done: true, mib: told.mib, seconds: took })
      const because = told.error ?? `ended by ${signal ?? code}: ${said.trim().split('\n').at(-1)}`
      resolve({ done: false, because, untyped: told.error === undefined || !/^ERR_/.test(told.error) })
    })
  })
}

/** Does the work of a size, and prints the process's peak of memory and what gave way. */
async function once(name, n) {
  let error
  try {
    await SIZES[name].work(n)
  } catch (caught) {
    error = /^ERR_/.test(caught.message) ? caught.message : `${caught.code ?? caught.name}: ${caught.message}`
  }
  process.stdout.write(JSON.stringify({ mib: Math.round(process.resourceUsage().maxRSS / 1024), error }))
}
