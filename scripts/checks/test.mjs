// `npm test`: set-up, every cargo test, every ava test; one closing line `N passed, N failed`.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from '../setup/setup.mjs'
import { main, root, StepFailed } from '../setup/terminal.mjs'

/**
 * Runs a command with its output shown and kept.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, text: string }>}
 */
function shown(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        text += data
        process.stdout.write(data)
      })
    }
    child.on('error', (error) => reject(new StepFailed(error.message)))
    child.on('close', (code) => resolve({ code, text }))
  })
}

const sum = (/** @type {string} */ text, /** @type {RegExp} */ pattern) =>
  [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0)

await main(async () => {
  await setUp({ torch: true })
  const cargo = await shown('cargo', ['test', '--workspace', '--no-fail-fast', '--quiet'])
  const ava = await shown(process.execPath, [join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs'), '--tap'])
  const passed = sum(cargo.text, /^test result: .*?(\d+) passed/gm) + sum(ava.text, /^# pass (\d+)/gm)
  let failed = sum(cargo.text, /^test result: .*? (\d+) failed/gm) + sum(ava.text, /^# fail (\d+)/gm)
  // A suite that does not compile or crashes reports no count of its own.
  if (failed === 0 && (cargo.code !== 0 || ava.code !== 0)) failed = 1
  const floor = Number(JSON.parse(readFileSync(join(root, '__test__', 'floor.json'), 'utf8')).tests)
  if (passed + failed < floor) process.stdout.write(`only ${passed + failed} tests ran; the floor in __test__/floor.json is ${floor}\n`)
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  if (failed > 0 || passed + failed < floor) process.exitCode = 1
})
