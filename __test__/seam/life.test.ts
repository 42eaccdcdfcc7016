import { readdirSync, readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { coreAddon } from '../../ts/native.js'
import { createWorlds, type Worlds } from '../../ts/worlds/index.js'

const PRESET = 'drone-planar'

/** Threads of this process with a name, and its resident set in MiB. */
function footprint(): { threads: number; MiB: number } {
  const names = readdirSync('/proc/self/task').map((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/comm`, 'utf8')
    } catch {
      return ''
    }
  })
  return { threads: names.filter((name) => name.startsWith('xmrl-worlds')).length, MiB: process.memoryUsage.rss() / 2 ** 20 }
}

test.serial('worlds that are disposed of leave no threads and no memory behind, without a turn of the event loop', (t) => {
  const one = (end: (made: Worlds) => void) => end(createWorlds('ant-vel/maml', { tasks: [[1]], worldsPerTask: 4000, threads: 3 }))
  const kept = createWorlds('ant-vel/maml', { tasks: [[1]], worldsPerTask: 200, threads: 3 })
  one((made) => made.dispose())
  const first = footprint()
  for (let i = 0; i < 20; i++) one((made) => (i % 2 === 0 ? made.dispose() : made[Symbol.dispose]()))
  const last = footprint()
  // A thread that was waited for may stay in the kernel's table for a moment.
  t.true(last.threads <= 3 + 3, `${last.threads} threads, 3 of which belong to worlds in use`)
  t.true(last.MiB < first.MiB + 64, `${first.MiB} MiB, then ${last.MiB}; 20 batches of 9 MiB`)
  t.notThrows(() => kept.step(new Float64Array(200 * kept.actionSize)))
  kept.dispose()
})

test.serial('V8 is told what worlds hold: forgotten ones are collected before they fill the memory', async (t) => {
  const before = footprint().MiB
  let most = 0
  for (let i = 0; i < 30; i++) {
    // 10 MiB each.
    createWorlds('drone-quadrotor', { tasks: [[2, 8, 2.5]], worldsPerTask: 40_000 })
    // Finalizers run between turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    most = Math.max(most, footprint().MiB)
  }
  t.true(most - before < 200, `grew by ${most - before} MiB`)
})

test('arrays of another realm are taken, and what is none is called by its class', (t) => {
  const made = createWorlds(PRESET, { tasks: [[8, 3]], worldsPerTask: 15 })
  t.teardown(() => made.dispose())
  const foreign = (code: string) => runInNewContext(code) as Float64Array
  t.notThrows(() => made.step(foreign('new Float64Array(30)')))
  made.setState(foreign(`Float64Array.from(${JSON.stringify([...made.state()])})`))
  const named: [unknown, RegExp][] = [
    [new Float32Array(30), /a Float32Array/],
    [foreign('new Float32Array(30)'), /a Float32Array/],
    [foreign('new Int8Array(30)'), /an Int8Array/],
    [[0, 0], /an array/],
    [new Map(), /a Map/],
    [{}, /an object/],
    [Object.create(null), /an object/],
    [null, /null/],
    [undefined, /undefined/],
    [3, /a number/]
  ]
  for (const [value, message] of named) {
    const full = new RegExp(`^(actions|states): give a Float64Array, not ${message.source}$`)
    t.throws(() => made.step(value as Float64Array), { code: 'ERR_SHAPE', message: full })
    t.throws(() => made.setState(value as Float64Array), { code: 'ERR_SHAPE', message: full })
  }
})

test('the native layer itself takes no count that it would cut down', (t) => {
  const { NativeWorlds, sampleTasks: draw } = coreAddon()
  for (const bad of [2 ** 32 + 3, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const says = (key: string) => ({ message: new RegExp(`^ERR_USAGE: ${key}: give a whole number from 0 to \\d+, not `) })
    t.throws(() => new NativeWorlds(PRESET, Float64Array.of(8, 3), bad, 0, 1, 'disabled'), says('worldsPerTask'))
    t.throws(() => new NativeWorlds(PRESET, Float64Array.of(8, 3), 1, bad, 1, 'disabled'), says('seed'))
    t.throws(() => new NativeWorlds(PRESET, Float64Array.of(8, 3), 1, 0, bad, 'disabled'), says('threads'))
    t.throws(() => draw(PRESET, 'training', bad, 5), says('seed'))
    t.throws(() => draw(PRESET, 'training', 0, bad), says('count'))
  }
  const native = new NativeWorlds(PRESET, Float64Array.of(8, 3), 1, 0, 1, 'disabled')
  const numbers = (count: number) => new Float64Array(count)
  for (const bad of [2 ** 32 + 3, -1, 1.5, Number.NaN]) {
    t.throws(() => native.reset([0, bad]), { message: /^ERR_USAGE: rows\[1\]: give a whole number from 0 to \d+, not / })
    t.throws(() => native.fly(numbers(2), bad, numbers(4), numbers(1), new Uint8Array(1), new Uint8Array(1)), {
      message: /^ERR_USAGE: steps: give a whole number from 0 to \d+, not /
    })
  }
  // Nor an array that it would write beyond.
  t.throws(() => native.state(numbers(3)), { message: /^ERR_SHAPE: state: expected 4 numbers, got 3$/ })
  t.throws(() => native.fly(numbers(2), 1, numbers(3), numbers(1), new Uint8Array(1), new Uint8Array(1)), {
    message: /^ERR_SHAPE: observations: expected 4 numbers \(\[1, 1, 4\]\), got 3$/
  })
  native.dispose()
  native.dispose()
  t.throws(() => native.state(numbers(4)), { message: /^ERR_DISPOSED: / })
})
