import test from 'ava'
import { describe, exitCode } from '../../ts/cli/failure.js'
import { ERROR_CODES, XmrlError } from '../../ts/errors.js'
import { parseSeeds } from '../../ts/spec/index.js'

test('seeds: numbers, ranges, lists of both, each once', (t) => {
  t.deepEqual(parseSeeds('4'), [4])
  t.deepEqual(parseSeeds('0..3'), [0, 1, 2, 3])
  t.deepEqual(parseSeeds('7..7'), [7])
  t.deepEqual(parseSeeds('0,3, 5..6'), [0, 3, 5, 6])
  t.deepEqual(parseSeeds('2,1..3'), [2, 1, 3])
})

test('seeds that are none are refused with what was written', (t) => {
  for (const bad of ['', 'all', '-1', '1.5', '3..1', '0..10000', '1..', '0...9', '0-9'])
    t.throws(() => parseSeeds(bad), { code: 'ERR_USAGE', message: /^seeds: / }, bad)
  t.throws(() => parseSeeds('1,x'), { message: /"x"/ })
})

test('exit codes: 75 for a stop, 2 for what the user wrote, 1 for the rest', (t) => {
  const two = ['ERR_SPEC_INVALID', 'ERR_PRESET_UNKNOWN', 'ERR_USAGE', 'ERR_TASK']
  for (const code of ERROR_CODES)
    t.is(exitCode(new XmrlError(code, 'text')), code === 'ERR_ABORTED' ? 75 : two.includes(code) ? 2 : 1, code)
  t.is(exitCode(new TypeError('a defect')), 1)
})

test('an error of ours is one line; a defect keeps its stack', (t) => {
  t.is(describe(new XmrlError('ERR_SHAPE', 'actions [3], expected [4]')), 'ERR_SHAPE: actions [3], expected [4]')
  t.regex(describe(new TypeError('boom')), /TypeError: boom\n\s+at /)
  t.is(describe('text'), 'text')
})
