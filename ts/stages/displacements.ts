/** Where the adaptations of an evaluation took the policy: kept beside the scores, so that an explanation need fly nothing of its own. */
import { XmrlError } from '../errors.js'
import type { PoolName } from '../records/index.js'
import type { Spec } from '../spec/index.js'
import type { StageContext } from './context.js'

/** Displacements of the tasks of a pool on one stream, `[steps][N][P]` row-major: the mean over adaptations of `theta_i^(m) − theta_0`. */
export interface Displacements {
  pool: PoolName
  stream: number
  values: Float32Array
}

/** Stage under which they are kept, beside the evaluation of theta_0. */
const STAGE = 'evaluate-theta_0'

const fileOf = (pool: PoolName, stream: number) => `${pool}-${stream}.f32`

/** Adaptation steps whose displacements the evaluation of theta_0 keeps; 0 where no explanation reads them. */
export function keptSteps({ explain, evaluate }: Spec): number {
  return explain.solver === 'adaptation' && explain.source === 'evaluation' ? (explain.adaptationSteps ?? evaluate.steps) : 0
}

/** Keeps them, for the explanation. */
export function keepDisplacements({ store }: StageContext, kept: readonly Displacements[], steps: number): void {
  store.saveCheckpoint(STAGE, steps, filesOf(kept), { steps }, { aside: true })
}

/** Little-endian numbers of 32 bits by name, a file each pool and stream. */
export const filesOf = (kept: readonly Displacements[]): Record<string, Uint8Array> =>
  Object.fromEntries(kept.map(({ pool, stream, values }) => [fileOf(pool, stream), bytesOf(values)]))

/** What {@link filesOf} made files of. */
export function displacementsOf(files: Readonly<Record<string, Uint8Array>>): Displacements[] {
  return Object.entries(files).map(([name, bytes]) => {
    const [pool, stream] = name.replace('.f32', '').split('-') as [PoolName, string]
    return { pool, stream: Number(stream), values: numbersOf(bytes) }
  })
}

/** What {@link bytesOf} made bytes of. */
export function numbersOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true))
}

/**
 * What theta_0's evaluation kept, by pool, stream and number of steps: `[N][P]`.
 * @throws XmrlError `ERR_RUN_NOT_FOUND` where it kept none, or fewer steps
 */
export function keptDisplacements({
  store,
  tasks,
  learner
}: StageContext): (pool: PoolName, stream: number, steps: number) => Float64Array {
  const found = store.checkpoint(STAGE)
  return (pool, stream, steps) => {
    const bytes = found?.files[fileOf(pool, stream)]
    const size = tasks.pools[pool].values.length * learner.policyParameters
    if (bytes === undefined || bytes.length < 4 * size * steps) {
      throw new XmrlError(
        'ERR_RUN_NOT_FOUND',
        `${store.path}: the evaluation of theta_0 kept no displacements of ${steps} steps of the ${pool} pool (checkpoints/${STAGE}-*); move results/evaluation-theta_0.json away to measure them again, or set explain.source=own`
      )
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Float64Array.from({ length: size }, (_, at) => view.getFloat32(4 * ((steps - 1) * size + at), true))
  }
}

/** Little-endian numbers of 32 bits. */
export function bytesOf(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  for (const [at, value] of values.entries()) view.setFloat32(4 * at, value, true)
  return bytes
}
