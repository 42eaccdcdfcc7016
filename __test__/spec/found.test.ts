/** What is said of a value that was found and does not belong there. */
import test from 'ava'
import { XmrlError } from '../../ts/errors.js'
import { applyOverrides, defineExperiment, parseSpec, type WrittenSpec } from '../../ts/spec/index.js'

function refused(written: unknown): XmrlError {
  try {
    defineExperiment(written as WrittenSpec)
  } catch (error) {
    if (error instanceof XmrlError) return error
    throw error
  }
  throw new Error('the spec was accepted')
}

test('a value of the wrong kind is shown, and how it would be written', (t) => {
  const cases: [string, string][] = [
    ['retrain: { extraSteps: "60_000" }', 'retrain.extraSteps: expected number, found "60_000"; write 60000'],
    ['retrain: { extraSteps: "6,000" }', 'retrain.extraSteps: expected number, found "6,000"; write 6000'],
    ['explain: { rho: "0.5" }', 'explain.rho: expected number, found "0.5"; write 0.5 without quotes'],
    ['explain: { rho: high }', 'explain.rho: expected number, found "high"'],
    ['explain: { rho: [1] }', 'explain.rho: expected number, found [1]'],
    ['explain: { allowUnreliable: "yes" }', 'explain.allowUnreliable: expected boolean, found "yes"; write true'],
    ['explain: { allowUnreliable: "Off" }', 'explain.allowUnreliable: expected boolean, found "Off"; write false'],
    ['explain: { allowUnreliable: 1_0 }', 'explain.allowUnreliable: expected boolean, found "1_0"'],
    ['explain: { rho: yes }', 'explain.rho: expected number, found "yes"'],
    ['explain: { allowUnreliable: 1 }', 'explain.allowUnreliable: expected boolean, found 1'],
    ['tasks: 3', 'tasks: expected object, found 3; its keys are training, evaluation, heldOut'],
    ['policy: { hidden: 32 }', 'policy.hidden: expected array, found 32; write [32]'],
    ['retrain: { arms: xmrl }', 'retrain.arms: expected array, found "xmrl"; write [xmrl]'],
    ['policy: { hidden: { a: 1 } }', 'policy.hidden: expected array, found {"a":1}'],
    // A list is only advised where the key takes it.
    ['policy: { hidden: abc }', 'policy.hidden: expected array, found "abc"'],
    ['policy: { hidden: "64, 32" }', 'policy.hidden: expected array, found "64, 32"; write [64, 32]'],
    ['retrain: { arms: 3 }', 'retrain.arms: expected array, found 3'],
    ['seeds: 0..3', 'seeds: expected array, found "0..3"; write every one, [0, 1, 2, 3], or give --seeds 0..3'],
    ['seeds: 3..0', 'seeds: expected array, found "3..0"'],
    ['seeds: "3"', 'seeds: expected array, found "3"; write [3]'],
    // What JSON has no word for is not called null.
    ['policy: { logStdInit: .nan }', 'policy.logStdInit: expected number, found NaN; write a finite number'],
    ['adapt: { alpha: .inf }', 'adapt.alpha: expected number, found Infinity; write a finite number'],
    ['adapt: { alpha: -1e400 }', 'adapt.alpha: expected number, found -Infinity; write a finite number'],
    ['tasks: { training: [[.nan, 3]] }', 'tasks.training.0.0: expected number, found NaN; write a finite number'],
    ['seeds: { 0: .nan }', 'seeds: expected array, found {"0":NaN}']
  ]
  for (const [text, message] of cases) t.is(refused(parseSpec(text)).message, message)
})

test('what no file could hold is refused by its key, not by a stack', (t) => {
  const circle: Record<string, unknown> = { environment: 'drone-planar', policy: { hidden: [4] } }
  ;(circle.policy as Record<string, unknown>).whole = circle
  const list: unknown[] = [1]
  list.push(list)
  let deep: unknown = 1
  for (let at = 0; at < 50_000; at++) deep = [deep]
  const cases: [unknown, RegExp][] = [
    [circle, /^policy\.whole: it is the same as the whole, which so holds itself/],
    [{ seeds: list }, /^seeds\.1: it is the same as seeds, which so holds itself/],
    [{ seeds: deep }, /^seeds\.0\.0: nested more than 100 deep/],
    [{ seeds: [1n] }, /^seeds\.0: found the BigInt 1n, .*; write the number 1$/],
    [{ explain: { rho: () => 0.1 } }, /^explain\.rho: found a function/],
    [{ environment: () => 'drone-planar' }, /^environment: found a function/],
    [{ explain: { rho: Symbol('a') } }, /^explain\.rho: found a symbol/],
    [{ explain: Promise.resolve({}) }, /^explain: found a Promise/],
    [{ seeds: Uint32Array.of(1) }, /^seeds: found a Uint32Array, .*; write a list/]
  ]
  for (const [written, said] of cases) {
    const error = t.throws(() => defineExperiment(written as WrittenSpec), { instanceOf: XmrlError, code: 'ERR_SPEC_INVALID' })
    t.regex(error.message, said)
    t.regex(t.throws(() => applyOverrides(written as WrittenSpec, []), { instanceOf: XmrlError }).message, said)
  }
  // One list in two places is no circle.
  const hidden = [4]
  t.deepEqual(defineExperiment({ policy: { hidden }, explain: { adaptationSteps: 1 }, seeds: hidden }).spec.seeds, [4])
})
