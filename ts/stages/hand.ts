/** Episodes of a robot's hand: where it was and where the object was that it handles, for pictures. */
import type { Episode, FlownTask } from '../records/index.js'
import { createWorlds, taskGoal } from '../worlds/index.js'

/** Where an observation shows the hand, and the first object: three numbers each, m. */
const HAND = 0
const OBJECT = 4

/** Both are read off what a policy sees in the states `[T + 1][D]`: where the object is follows from the task as well as from the state. */
export function handEpisode(preset: string, task: readonly number[], states: readonly Float64Array[]): Omit<Episode, 'success'> {
  using worlds = createWorlds(preset, { tasks: [[...task]], worldsPerTask: states.length })
  const rows = new Float64Array(states.length * worlds.stateSize)
  states.forEach((state, row) => {
    rows.set(state, row * worlds.stateSize)
  })
  worlds.setState(rows)
  const { observations, observationSize } = worlds
  const of = (row: number, number: number) => rounded(observations[row * observationSize + number])
  const path = (first: number) => states.map((_, row): [number, number] => [of(row, first), of(row, first + 1)])
  const heights = (first: number) => states.map((_, row) => of(row, first + 2))
  return { path: path(HAND), heights: heights(HAND), object: { path: path(OBJECT), heights: heights(OBJECT) } }
}

/** Where the task wants the object, or the hand, as the world says it. */
export function handGoal(preset: string, task: readonly number[]): Pick<FlownTask, 'goal'> {
  const goal = taskGoal(preset, task)
  return goal === undefined ? {} : { goal: [rounded(goal[0]), rounded(goal[1]), rounded(goal[2])] }
}

/** Millimetres are finer than any picture. */
const rounded = (metres: number) => Math.round(metres * 1000) / 1000
