/** How fast the world is stepped here, and what the standard recipe would take. */
import type { Ground } from '../ground.js'
import { type Finding, figure, ok, warning } from '../line.js'

/** Steps a second from which a large batch is tried as well. */
const FAST = 20_000

/** Seconds of a measurement. */
const SECONDS = 0.25

/** A time in words. */
function duration(seconds: number): string {
  if (seconds < 1) return 'less than a second'
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${figure(seconds / 3600)} h` : `${figure(seconds / 86_400)} days`
}

/** Steps a second of a batch on one thread. */
function measured(ground: Ground, worldsPerTask: number): number {
  const count = ground.tasks.length * worldsPerTask
  const batch = ground.batch({ worldsPerTask })
  const actions = ground.actions('random', 0, count)
  batch.step(actions)
  let [steps, t] = [0, 1]
  const began = performance.now()
  do {
    if (t % ground.about.horizon === 0) batch.reset()
    batch.step(actions)
    t++
    steps += count
  } while (performance.now() - began < 1000 * SECONDS)
  return (1000 * steps) / (performance.now() - began)
}

/** Steps a second, and the time that one seed of the recipe steps. */
export function speed(ground: Ground): Finding {
  const { recipeSteps, recipeArms, manyWorlds } = ground.subject
  const few = measured(ground, Math.ceil(20 / ground.tasks.length))
  const rate = few < FAST || manyWorlds === 0 ? few : Math.max(few, measured(ground, Math.ceil(manyWorlds / ground.tasks.length)))
  const seconds = recipeSteps / rate
  const said =
    `${figure(rate)} steps a second on one thread of this machine; the standard recipe takes ${figure(recipeSteps)} steps a seed with its ` +
    `${recipeArms === 1 ? 'one arm' : `${recipeArms} arms`}: ${duration(seconds)} of stepping (learning comes on top)`
  if (seconds < 86_400) return ok(said)
  return warning(said, 'make the world faster, or the recipe smaller: train.phases, retrain.extraSteps, evaluate (see xmrl spec)')
}
