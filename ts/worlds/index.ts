/** Environments and batched worlds; works without libtorch. */
export { floats, taskRows } from './arrays.js'
export {
  bodySegments,
  environment,
  environments,
  type MarketData,
  market,
  placeOf,
  sampleTasks,
  scene,
  type TaskLaw,
  type TaskPool,
  taskGoal
} from './environments.js'
export { type AutoReset, createWorlds, type Mixtures, Worlds, type WorldsOptions, type WorldsRollout, type WorldsStep } from './worlds.js'
