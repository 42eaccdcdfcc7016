/**
 * Steps many worlds at once: drones that know where their goals are and fly straight to them.
 *
 *     npx tsx examples/worlds.ts [worlds of each goal]
 */
import { createWorlds, environments, type WorldsStep } from 'xmrl'

const worldsPerTask = Number(process.argv[2] ?? 1000)
const goals = [
  [8, 3],
  [2, 8],
  [9, 6]
]
const horizon = environments().find(({ preset }) => preset === 'drone-planar')?.horizon ?? 0

const worlds = createWorlds('drone-planar', { tasks: goals, worldsPerTask, seed: 0, threads: 2 })
const { count, observationSize, actionSize } = worlds
const returns = new Float64Array(count)
let reached: Uint8Array = new Uint8Array(count)
let { observations } = worlds
let next: WorldsStep | undefined

const actions = new Float64Array(count * actionSize)
for (let step = 0; step < horizon; step++) {
  for (let world = 0; world < count; world++) {
    // Worlds stand goal by goal; what is seen of a position p is (p - 5) / 4.
    const [x, y] = goals[Math.floor(world / worldsPerTask)]
    const at = world * observationSize
    actions[world * actionSize] = x - (5 + 4 * observations[at])
    actions[world * actionSize + 1] = y - (5 + 4 * observations[at + 1])
  }
  // Its arrays are written over by the next step.
  next = worlds.step(actions, next)
  observations = next.observations
  reached = next.terminated
  for (const [world, reward] of next.rewards.entries()) returns[world] += reward
}
worlds.dispose()

const meanOf = (values: ArrayLike<number>, goal: number) => {
  const own = Array.from(values).slice(goal * worldsPerTask, (goal + 1) * worldsPerTask)
  return own.reduce((sum, value) => sum + value, 0) / own.length
}
for (const [goal, [x, y]] of goals.entries())
  console.log(`goal (${x}, ${y}): ${Math.round(100 * meanOf(reached, goal))} % reached, mean return ${meanOf(returns, goal).toFixed(2)}`)
