/** `xmrl check` as a program: what it prints, as JSON too, and how it exits. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { folder, xmrl } from '../helpers.js'
import { POINT } from '../own/worlds.js'

test('a world that keeps the contract: a line for each promise, a sum, exit 0', async (t) => {
  const { code, stdout, stderr } = await xmrl(['check', 'drone-planar'])
  t.is(code, 0)
  t.is(stderr, '')
  t.regex(stdout, /^drone-planar, seed 0\n\ndescription {4}ok {7}4 numbers seen/)
  t.regex(stdout, /^rows {11}ok {7}the same bits alone, among 6 and among 20 worlds/m)
  t.regex(stdout, /\n\n21 ok: drone-planar keeps the contract[^\n]*\n?[^\n]*\.\n$/)
  t.true(
    stdout.split('\n').every((line) => line.length <= 120),
    'no line is longer than a terminal of 120 columns'
  )
})

test('a world of one’s own by its path, as JSON', async (t) => {
  const { code, stdout } = await xmrl(['check', POINT, '--json', '--set', 'retrain.arms=[xmrl,maml]'])
  t.is(code, 0)
  const { passed, lines } = JSON.parse(stdout)
  t.true(passed)
  t.is(lines.length, 21)
  t.regex(lines.at(-1).found, /a seed with its 2 arms/)
})

test('a world that breaks it: what failed, what to change, what was therefore not judged, exit 1', async (t) => {
  const file = join(folder(t), 'broken.mjs')
  writeFileSync(
    file,
    `export default {
      name: 'broken', horizon: 10, observation: { size: 1 }, action: { size: 1 }, state: { size: 1 }, task: { names: ['to'] },
      laws: { uniform: (random, count) => Array.from({ length: count }, () => [random()]) },
      reset({ states, count, random }) { for (let w = 0; w < count; w++) states[w] = random(w, 0) },
      observe({ states, observations }) { observations.set(states) },
      step({ count, tasks, states, actions, rewards }) {
        for (let w = 0; w < count; w++) {
          states[w] = Math.max(-1, Math.min(1, states[w] + 0.1 * actions[w] + 0.01 * Math.random()))
          rewards[w] = -Math.abs(states[w] - tasks[w])
        }
      }
    }`
  )
  const { code, stdout, stderr } = await xmrl(['check', file])
  t.is(code, 1)
  t.is(stderr, '')
  t.regex(stdout, /^repeatable {5}FAILED {3}two runs from the same states under the same actions part: /m)
  t.regex(stdout, /^ {24}→ compute a step from states, tasks and actions alone: no Math\.random/m)
  t.regex(stdout, /^rows {11}– {8}not judged, since “repeatable” is not in order$/m)
  t.regex(stdout, /1 failed, \d+ not applicable \(–\): broken does not keep the contract/)
})

test('a world that is not there, or exports none, is refused', async (t) => {
  const file = join(folder(t), 'empty.mjs')
  writeFileSync(file, 'export const x = 1\n')
  for (const [where, said] of [
    ['./none.mjs', /^ERR_SPEC_INVALID: environment: no file .*none\.mjs\n$/],
    [file, /has no default export; write: export default defineWorld\(\{ … \}\)\n$/]
  ] as const) {
    const { code, stdout, stderr } = await xmrl(['check', where])
    t.is(code, 2)
    t.is(stdout, '')
    t.regex(stderr, said)
  }
})
