import test from 'ava'
import { fromNative, XmrlError } from '../ts/errors.js'
import { editDistance, nearestName, suggestion } from '../ts/spelling.js'

test('edit distances of known pairs', (t) => {
  t.is(editDistance('kitten', 'sitting'), 3)
  t.is(editDistance('', 'abc'), 3)
  t.is(editDistance('rho', 'rho'), 0)
  t.is(editDistance('rohb', 'rhob'), 1, 'a swap of neighbours is one edit')
  t.is(editDistance('ca', 'abc'), 3, 'optimal string alignment: no edit between swapped letters')
})

test('the nearest name is offered for a typo, and nothing for another word', (t) => {
  const known = ['drone-planar', 'drone-planar/uniform', 'cheetah-vel/maml']
  t.is(nearestName('drone-planer', known), 'drone-planar')
  t.is(nearestName('Drone-Planar', known), 'drone-planar')
  t.is(nearestName('cheetah', known), 'cheetah-vel/maml')
  t.is(nearestName('walker', known), undefined)
  t.regex(suggestion('walker', known), /known: drone-planar, /)
})

test('native errors keep their code, their first line and the original', (t) => {
  const native = new Error('ERR_SHAPE: actions [3, 2], expected [4, 2]\nstack of C++')
  const error = fromNative(native)
  t.is(error.code, 'ERR_SHAPE')
  t.is(error.message, 'actions [3, 2], expected [4, 2]')
  t.is(error.cause, native)
  t.is(fromNative(error), error)
})

test('a native error without a known code is ERR_NATIVE and loses no text', (t) => {
  t.is(fromNative(new Error('boom')).code, 'ERR_NATIVE')
  const unknown = fromNative(new Error('ERR_FROM_THE_FUTURE: later'))
  t.is(unknown.code, 'ERR_NATIVE')
  t.regex(unknown.message, /ERR_FROM_THE_FUTURE: later/)
  t.is(fromNative('text').message, 'text')
})

test('XmrlError.is tells codes apart', (t) => {
  const error = new XmrlError('ERR_TASK', 'goal_x 12 above 9')
  t.true(XmrlError.is(error))
  t.true(XmrlError.is(error, 'ERR_TASK'))
  t.false(XmrlError.is(error, 'ERR_SHAPE'))
  t.false(XmrlError.is(new Error('ERR_TASK')))
})
