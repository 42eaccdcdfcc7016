/** What a world's own code may do to the thread that it runs in, and what that thread may do meanwhile. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { defineExperiment, defineWorld, Learner, type WrittenSpec } from '../../ts/index.js'
import { folder, root, script } from '../helpers.js'
import { counter } from './worlds.js'

const learner = (world: WrittenSpec['environment'], threads: number) =>
  new Learner(defineExperiment({ environment: world, policy: { hidden: [4] } }).spec, 0, { device: 'cpu', threads })
const over = { adaptations: 1, supportEpisodes: 8, queryEpisodes: 8 }

test('between two steps the thread is free: timers go on while a job runs', async (t) => {
  const flies = learner(defineWorld(counter({ horizon: 400, step: ({ states }) => void states.fill(1) })), 2)
  let ticks = 0
  const timer = setInterval(() => ticks++, 0)
  await flies.evaluate([[1], [2], [3]], 3, over)
  clearInterval(timer)
  await flies.dispose()
  t.true(ticks > 3, `${ticks} ticks`)
})

test('a fault in one task of several threads ends the job, and the learner goes on with other tasks', async (t) => {
  const world = defineWorld(
    counter({
      step: ({ count, tasks, states }) => {
        for (let w = 0; w < count; w++) {
          if (tasks[w] > 5) throw new Error('six is too much')
          states[w] += 1
        }
      }
    })
  )
  const flies = learner(world, 3)
  const before = flies.checkpoint()
  await t.throwsAsync(flies.evaluate([[1], [2], [6], [3]], 3, over), {
    code: 'ERR_WORLD',
    message: /counter: step threw Error: six is too much \(row 0, step 1/
  })
  t.deepEqual(flies.checkpoint(), before)
  t.is((await flies.evaluate([[1], [2]], 3, over)).returns.length, 2)
  await flies.dispose()
})

test('process.exit in a step ends the process with its code, and a worker thread may be ended while its world is flown', async (t) => {
  const path = folder(t)
  const api = import.meta.resolve('tsx/esm/api')
  const index = pathToFileURL(join(root, 'ts', 'index.ts')).href
  const body = (step: string, rest: string) => `import { defineExperiment, defineWorld, Learner } from ${JSON.stringify(index)}
import { Worker, isMainThread } from 'node:worker_threads'
const world = () => defineWorld({ name: 'w', horizon: 1000, observation: { size: 1 }, action: { size: 1 }, state: { size: 1 }, task: { names: ['t'] },
  laws: { one: (_, n) => Array.from({ length: n }, () => [0]) }, reset() {}, observe() {}, step() { ${step} } })
const fly = () => new Learner(defineExperiment({ environment: world(), policy: { hidden: [4] } }).spec, 0, { device: 'cpu', threads: 2 })
  .evaluate([[0], [0]], 3, { adaptations: 50, supportEpisodes: 8, queryEpisodes: 8 })
${rest}`
  const leaving = join(path, 'leaving.mts')
  writeFileSync(leaving, body('if (++steps > 500) process.exit(7)', 'let steps = 0\nawait fly()\nconsole.log("not reached")'))
  const left = await script(leaving)
  t.is(left.code, 7, left.stderr)
  t.is(left.stdout, '')
  const ended = join(path, 'ended.mts')
  const main = `if (isMainThread) {
  // tsx registers itself in the main thread alone.
  const start = 'import(' + ${JSON.stringify(JSON.stringify(api))} + ').then(({ register }) => (register(), import(' + JSON.stringify(import.meta.url) + ')))'
  const worker = new Worker(start, { eval: true })
  await new Promise((resolve) => worker.once('message', resolve))
  console.log('ended', await worker.terminate())
} else {
  const { parentPort } = await import('node:worker_threads')
  let told = false
  globalThis.tell = () => { if (!told) parentPort.postMessage('flying'); told = true }
  await fly()
}`
  writeFileSync(ended, body('globalThis.tell()', main))
  const done = await script(ended)
  t.is(done.code, 0, done.stderr)
  t.regex(done.stdout, /^ended 1\n$/)
})
