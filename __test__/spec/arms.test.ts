/** Which arms an experiment can have, and experiments that get more of them. */
import test from 'ava'
import { ARMS } from '../../ts/arms/index.js'
import { defineExperiment, everyArm, withArms } from '../../ts/spec/index.js'

test('every arm is each built-in one that the environment can have, and those that are defined', (t) => {
  const planar = defineExperiment({ environment: 'drone-planar' })
  t.deepEqual(everyArm(planar.spec), [...ARMS])
  const define = { mine: { choose: 'given' as const, tasks: [1] }, rarest: { base: 'oracle' as const, criticalShare: 0.2 } }
  const { spec } = defineExperiment({ environment: 'cheetah-vel/maml', retrain: { define } })
  t.deepEqual(everyArm(spec), [...ARMS.filter((name) => name !== 'oracle'), 'mine'])
  t.notThrows(() => withArms(defineExperiment({ environment: 'cheetah-vel/maml', retrain: { define } }), everyArm(spec)))
})

test('an experiment with more arms is the same experiment, and says so of what it was written with', (t) => {
  const few = defineExperiment({ environment: 'drone-planar', retrain: { arms: ['maml'] } })
  const more = withArms(few, ['xmrl', 'maml'])
  t.deepEqual(more.spec.retrain.arms, ['maml', 'xmrl'])
  t.deepEqual(more.written.retrain?.arms, ['maml', 'xmrl'])
  t.is(more.hash, few.hash)
  t.true(Object.isFrozen(more.spec.retrain.arms))
  t.throws(() => withArms(few, ['mmal']), { code: 'ERR_SPEC_INVALID', message: /unknown arm "mmal"/ })
})
