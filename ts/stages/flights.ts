/** Flight paths of one poor task before and after the repair, for the report. */
import { guardedJob } from '../native.js'
import type { FlightsRecord, PoorRecord } from '../run/index.js'
import { restoreStage, STREAMS, type StageContext } from './context.js'
import { flatten } from './learner.js'

/** Flights drawn of each kind. */
const COUNT = 12

type Flight = FlightsRecord['before'][number]

/** Flies the poor task that mining found worst with theta_0 and with the repaired weights, under the same random numbers. */
export async function recordFlights(context: StageContext, poor: PoorRecord, arm: string): Promise<FlightsRecord | undefined> {
  const { store, tasks } = context
  const done = store.record('flights')
  if (done || !tasks.scene || poor.evaluation.length === 0) return done
  const scores = store.record('evaluation-theta_0')?.pools.evaluation.streams ?? []
  const total = (task: number) => scores.reduce((sum, stream) => sum + stream.returns[task], 0)
  const taskId = [...poor.evaluation].sort((a, b) => total(a) - total(b))[0]
  const task = tasks.pools.evaluation.values[taskId]
  restoreStage(context, 'train')
  const before = await fly(context, task)
  restoreStage(context, `retrain-${arm}`)
  const record: FlightsRecord = { task, taskId, pool: 'evaluation', before, after: await fly(context, task) }
  store.writeRecord('flights', record)
  return record
}

async function fly({ learner, tasks }: StageContext, task: readonly number[]): Promise<Flight[]> {
  const flown = await guardedJob(() =>
    learner.native.flights(flatten([task]), learner.evaluation(STREAMS.pictures, { queryFlights: COUNT }))
  )
  const size =
    flown.states.length /
    Math.max(
      1,
      flown.lengths.reduce((sum, length) => sum + length, 0)
    )
  // A path's ends in pictures lie inside the scene whatever the simulator's state holds beyond position.
  if (!tasks.scene || size < 2) return []
  let row = 0
  return flown.lengths.map((length, flight) => {
    const path = Array.from({ length }, (_, step): [number, number] => [
      flown.states[(row + step) * size],
      flown.states[(row + step) * size + 1]
    ])
    row += length
    return { path, success: flown.success[flight] }
  })
}
