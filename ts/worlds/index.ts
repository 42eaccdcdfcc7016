/** Environments and batched worlds; works without libtorch. */
export {
  bodySegments,
  type Capsule,
  type EnvironmentSpec,
  environment,
  environments,
  type MarketData,
  market,
  type PoolName,
  type Scene,
  sampleTasks,
  scene,
  type TaskPool
} from './environments.js'
export { createWorlds, Worlds, type WorldsOptions, type WorldsStep } from './worlds.js'
