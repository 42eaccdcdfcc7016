/** The list of stages: nothing is needed before it is made, and what is called too early says what comes first. */
import test from 'ava'
import { defineExperiment } from '../../ts/index.js'
import { RunDirectory } from '../../ts/run/index.js'
import { type Part, type Product, perform, STOPS, type StageContext, stagesOf, stagesOfPart } from '../../ts/stages/index.js'
import { freshRun, small } from './recorded.js'

const { spec } = defineExperiment(small({ evaluate: { transfer: ['drone-planar/uniform'] } }))

test('every stage needs what stages before it make, and no two make the same', (t) => {
  const made = new Set<Product>()
  for (const { name, needs, makes } of stagesOf(spec)) {
    t.deepEqual(
      needs.filter((product) => !made.has(product)),
      [],
      name
    )
    for (const product of makes) {
      t.false(made.has(product), product)
      made.add(product)
    }
  }
})

test('a run that stops after a stage has the stages up to it; one that is checked only on request is in no other', (t) => {
  const names = (until?: Parameters<typeof stagesOf>[1]) => stagesOf(spec, until).map(({ name }) => name)
  t.deepEqual(names('train'), ['train'])
  t.deepEqual(names('validate'), ['train', 'evaluate', 'explain', 'validate'])
  t.deepEqual(names('augment'), ['train', 'evaluate', 'explain', 'augment'])
  t.deepEqual(names().slice(4), ['retrain', 'evaluate', 'retrain', 'evaluate', 'transfer', 'episodes'])
  t.deepEqual(
    STOPS.map(({ name }) => name),
    ['train', 'evaluate', 'explain', 'augment']
  )
})

test('a stage that is called too early names what is missing and the stage that makes it', async (t) => {
  const directory = RunDirectory.open(freshRun(), defineExperiment(small()))
  t.teardown(() => directory.close())
  const store = directory.seed(5)
  const context = { spec, seed: 5, store, recordSteps: () => {} } as unknown as StageContext
  const early = async (part: Part) => {
    for (const stage of stagesOfPart(spec, part)) for await (const _ of perform(context, stage));
  }
  await t.throwsAsync(early({ only: 'retrain', arms: ['maml'] }), {
    code: 'ERR_RUN_NOT_FOUND',
    message: /^retrain: .* has no theta_0: run train first$/
  })
  store.saveCheckpoint('train', 0, {}, { envSteps: 0 })
  await t.throwsAsync(early({ only: 'explain' }), {
    code: 'ERR_RUN_NOT_FOUND',
    message: /^explain: .* has no evaluation-theta_0: run evaluate first$/
  })
})
