import test from 'ava'
import { defineExperiment, type Preset } from '../../ts/spec/index.js'
import { checkTransfer } from '../../ts/stages/transfer.js'

const check = (environment: string, transfer: string[]) => () =>
  checkTransfer(defineExperiment({ environment: environment as Preset, evaluate: { transfer } }).spec)

test('a preset on which the policy could not act is refused with the size that differs', (t) => {
  t.throws(check('cheetah-vel/maml', ['cheetah-vel/gym', 'cheetah-vel/promp']), {
    code: 'ERR_SPEC_INVALID',
    message: 'evaluate.transfer: cheetah-vel/promp has observationSize 17, cheetah-vel/maml has 20'
  })
  t.notThrows(check('cheetah-vel/maml', ['cheetah-vel/gym']))
  t.notThrows(check('drone-quadrotor', ['drone-quadrotor/wind', 'drone-quadrotor/uniform']))
})
