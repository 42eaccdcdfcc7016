import test from 'ava'
import { defineExperiment } from '../../ts/spec/index.js'

test('presets with a rare part are the uniform ones beside them but for retraining, which has an oracle', (t) => {
  const retrain = { maxKl: 0.03, arms: ['xmrl', 'maml', 'maml-null', 'ma', 'oracle'] }
  const [cheetah, ant] = [9_600_000, 6_400_000].map((extraSteps) => ({ ...retrain, extraSteps }))
  for (const [environment, beside, differs] of [
    ['cheetah-vel/rare', 'cheetah-vel/maml', cheetah],
    ['ant-vel/rare', 'ant-vel/maml', ant],
    ['ant-goal/rare', 'ant-goal/promp', ant],
    ['stock/rare', 'stock/synthetic', { arms: retrain.arms }],
    ['point-nav/rare', 'point-nav', { arms: retrain.arms }]
  ] as const) {
    const [rare, uniform] = [environment, beside].map((name) => defineExperiment({ environment: name }).spec)
    t.deepEqual(rare, { ...uniform, environment, retrain: { ...uniform?.retrain, ...differs } } as unknown as typeof rare, environment)
  }
})
