/** Values of another realm, as tests under Jest or in node:vm have them: their arrays and objects are no instances of ours. */
import vm from 'node:vm'
import test from 'ava'
import {
  createWorlds,
  decodeTensors,
  defineExperiment,
  encodeTensors,
  Learner,
  pairedBootstrap,
  spearman,
  worstTasks
} from '../ts/index.js'
import { TINY } from './helpers.js'

/** A value made in another realm from what JSON holds of it. */
const foreign = <T>(value: T): T => vm.runInNewContext(`JSON.parse(${JSON.stringify(JSON.stringify(value))})`) as T
const floats = (values: readonly number[]) => vm.runInNewContext(`new Float64Array(${JSON.stringify(values)})`) as Float64Array
const bytes = (values: Uint8Array) => vm.runInNewContext(`new Uint8Array(${JSON.stringify([...values])})`) as Uint8Array

test('the values of these tests are of another realm', (t) => {
  t.not(Object.getPrototypeOf(foreign([1])), Array.prototype)
  t.not(Object.getPrototypeOf(floats([1])), Float64Array.prototype)
  t.not(Object.getPrototypeOf(foreign({})), Object.prototype)
})

test('a specification of another realm is the same experiment', (t) => {
  const written = {
    ...TINY,
    retrain: {
      ...TINY.retrain,
      arms: ['mine', 'xmrl'],
      define: { mine: { choose: 'given' as const, weights: { 0: [0, 1, 1, 0, 0, 0, 0, 0] } } }
    }
  }
  const own = defineExperiment(written as Parameters<typeof defineExperiment>[0])
  const other = defineExperiment(foreign(written) as Parameters<typeof defineExperiment>[0])
  t.deepEqual(JSON.parse(JSON.stringify(other)), JSON.parse(JSON.stringify(own)))
  t.is(other.hash, own.hash)
})

test('worlds take tasks, actions and states of another realm', (t) => {
  const tasks = [[8, 3]]
  const [own, other] = [createWorlds('drone-planar', { tasks }), createWorlds('drone-planar', foreign({ tasks }))]
  t.deepEqual(other.step(floats([0.5, 0.25])), own.step(new Float64Array([0.5, 0.25])))
  other.setState(floats([...own.state()]))
  t.deepEqual(other.observations, own.observations)
  const rows = createWorlds('drone-planar', { tasks: [floats([8, 3])] })
  t.is(rows.count, 1)
  t.throws(() => other.step(vm.runInNewContext('new Float32Array(2)')), { code: 'ERR_SHAPE', message: /not a Float32Array/ })
  for (const worlds of [own, other, rows]) worlds.dispose()
})

test('weights and tensors of another realm are read', async (t) => {
  const { spec } = defineExperiment(TINY as Parameters<typeof defineExperiment>[0])
  const learner = new Learner(spec, 0, { device: 'cpu', threads: 1 })
  const saved = learner.checkpoint()
  learner.restore(bytes(saved))
  t.deepEqual(learner.checkpoint(), saved)
  const tensors = decodeTensors(bytes(saved), 'weights')
  t.deepEqual(decodeTensors(encodeTensors(tensors, 'pt'), 'again'), tensors)
  const { returns } = await learner.evaluate(foreign([[8, 3]]), 3)
  t.is(returns.length, 1)
  await learner.dispose()
})

test('statistics take lists of another realm', (t) => {
  t.is(spearman(foreign([1, 2, 3]), foreign([2, 3, 4])), 1)
  t.deepEqual(worstTasks(foreign([{ returns: [3, 1, 2, 5, 4] }]), 0.2).poor, [1])
  t.deepEqual(pairedBootstrap(foreign([[1, 2, 3]])), pairedBootstrap([[1, 2, 3]]))
})
