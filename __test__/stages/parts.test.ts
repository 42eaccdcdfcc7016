/** Pools measured some tasks at a time: the same bits, and a stop waits for a part. */
import { join } from 'node:path'
import test from 'ava'
import { defineExperiment, Learner, sampleTasks } from '../../ts/index.js'
import { RunDirectory, WEIGHTS } from '../../ts/run/index.js'
import { evaluate } from '../../ts/stages/evaluate.js'
import { joined, Pace } from '../../ts/stages/parts.js'
import { folder, TINY } from '../helpers.js'

const SPEC = defineExperiment({ ...TINY, explain: { episodes: 10, allowUnreliable: true } } as Parameters<typeof defineExperiment>[0])
const tasks = () => ({
  pools: {
    training: sampleTasks('drone-planar', 'training', 0, 11),
    evaluation: sampleTasks('drone-planar', 'evaluation', 0, 6),
    heldOut: sampleTasks('drone-planar', 'heldOut', 0, 5)
  }
})

test('parts of a pool, whatever their sizes, are the pool measured at once', async (t) => {
  const learner = new Learner(SPEC.spec, 0, { threads: 2 })
  const { values } = tasks().pools.training
  const [over, ids] = [{ displacements: 2 }, [...values.keys()].map((id) => id + 100)]
  const whole = await learner.evaluate(values, 1, over, ids)
  t.true(whole.displacements.some((moved) => moved !== 0) && whole.furtherSteps > 0)
  for (const cuts of [
    [0, 3, 4, 11],
    [0, 11],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
  ]) {
    const parts = []
    for (const [at, from] of cuts.slice(0, -1).entries())
      parts.push(await learner.evaluate(values.slice(from, cuts[at + 1]), 1, over, ids.slice(from, cuts[at + 1])))
    t.deepEqual(joined(parts, 2), whole)
  }
  await learner.dispose()
})

test('a part has what takes ten seconds, a multiple of the threads', (t) => {
  const pace = new Pace(2)
  t.is(pace.tasks, 8)
  pace.took(8, 40)
  t.is(pace.tasks, 2)
  pace.took(2, 100)
  t.is(pace.tasks, 2, 'each thread has one at least')
  pace.took(2, 0)
  t.is(pace.tasks, 32)
  pace.took(7, 3)
  t.is(pace.tasks, 24)
  t.is(new Pace(64).tasks, 64)
})

test('a stop in the middle of a pool waits for a part, keeps it, and goes on there to the same record', async (t) => {
  const learner = new Learner(SPEC.spec, 0, { threads: 1 })
  const asked = learner.evaluate.bind(learner)
  /** Evaluates in a directory of its own; `stop` after so many parts. */
  async function evaluated(out: string, resume: boolean, stop?: number) {
    const directory = RunDirectory.open(out, SPEC, { resume })
    const store = directory.seed(0)
    if (!resume) store.saveCheckpoint('train', 1, { [WEIGHTS]: learner.checkpoint() }, { envSteps: 0 })
    const stopping = new AbortController()
    const flown: number[] = []
    learner.evaluate = (pool, ...rest) => {
      if (flown.push(pool.length) === stop) stopping.abort()
      return asked(pool, ...rest)
    }
    const context = { spec: SPEC.spec, seed: 0, store, learner, tasks: tasks() as never, recordSteps: () => {}, signal: stopping.signal }
    const work = (async () => {
      for await (const _ of evaluate(context));
      const kept = store.checkpoint('evaluate-theta_0')?.files ?? {}
      return { record: store.record('evaluation-theta_0'), kept: Object.entries(kept).map(([name, bytes]) => [name, Buffer.from(bytes)]) }
    })()
    const outcome = await work.catch((error: { code: string }) => error.code)
    const state = store.checkpoint('measured-theta_0')?.state
    directory.close()
    return { flown, outcome, state }
  }
  const whole = await evaluated(join(folder(t), 'run'), false)
  t.is(whole.state, undefined)
  const pools = [11, 11, 6, 6, 6, 5, 5, 5]
  t.is(whole.flown[0], 8)
  t.is(
    whole.flown.reduce((a, b) => a + b),
    pools.reduce((a, b) => a + b)
  )
  const out = join(folder(t), 'run')
  const first = await evaluated(out, false, 1)
  t.is(first.outcome, 'ERR_ABORTED')
  t.deepEqual(first.flown, [8], 'nothing flies after the part')
  t.is(first.state?.part?.returns.length, 8)
  t.is(first.state?.done.length, 0)
  // In the third pool, whose first part is not the evaluation's first.
  const second = await evaluated(out, true, 3)
  t.is(second.outcome, 'ERR_ABORTED')
  t.is(second.flown[0], 3, 'what was measured of the first pool is not flown again')
  const third = await evaluated(out, true)
  t.deepEqual(third.outcome, whole.outcome)
  t.is(
    [first, second, third].flatMap(({ flown }) => flown).reduce((a, b) => a + b),
    55,
    'no task was flown twice'
  )
  await learner.dispose()
})
