/** Environments and batched worlds; works without libtorch. */
export {
  bodySegments,
  environment,
  environments,
  type MarketData,
  market,
  sampleTasks,
  scene,
  type TaskPool
} from './environments.js'
export { createWorlds, Worlds, type WorldsOptions, type WorldsStep } from './worlds.js'
