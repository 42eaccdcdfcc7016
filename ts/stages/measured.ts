/** An evaluation that is under way: what was measured so far, kept so that a stop, or the end of the process, takes minutes and not hours. */
import type { PoolName, StateOf, StreamScores } from '../records/index.js'
import type { StageContext } from './context.js'
import { type Displacements, displacementsOf, filesOf } from './displacements.js'

/** One evaluation of a pool on one stream, after the specification's number of adaptation steps or another. */
export interface Measure {
  readonly pool: PoolName
  readonly stream: number
  readonly adaptationSteps?: number
}

/** Milliseconds of measuring that the end of the process may take. */
const UNSAVED = 60_000

/** The measures of one evaluation, in the order in which they are made. */
export class Measured {
  readonly #store: StageContext['store']
  readonly #stage: `measured-${string}`
  readonly #done: StateOf<'measured'>['done']
  /** Displacements of those measures that keep them. */
  readonly kept: Displacements[]
  #saved: number
  #savedAt = performance.now()

  /** @param arm whose evaluation it is; what an earlier process saved of it is there already */
  constructor({ store }: Pick<StageContext, 'store'>, arm: string) {
    this.#store = store
    this.#stage = `measured-${arm}`
    const found = store.checkpoint(this.#stage)
    this.#done = found?.state.done ?? []
    this.kept = found === undefined ? [] : displacementsOf(found.files)
    this.#saved = this.#done.length
  }

  /** How many there are. */
  get count(): number {
    return this.#done.length
  }

  /** Environment steps so far, and those of them that only took displacements further. */
  get spent(): { envSteps: number; furtherSteps: number } {
    const sum = (of: 'envSteps' | 'furtherSteps') => this.#done.reduce((total, measure) => total + measure[of], 0)
    return { envSteps: sum('envSteps'), furtherSteps: sum('furtherSteps') }
  }

  add(measure: StateOf<'measured'>['done'][number]): void {
    this.#done.push(measure)
  }

  /** Scores of a pool by stream, or of other numbers of adaptation steps. */
  scores(pool: PoolName, other: false): StreamScores[]
  scores(pool: PoolName, other: true): (StreamScores & { adaptationSteps: number })[]
  scores(pool: PoolName, other: boolean): StreamScores[] {
    return this.#done
      .filter((measure) => measure.pool === pool && (measure.adaptationSteps !== undefined) === other)
      .map(({ stream, adaptationSteps, returns, success }) => ({
        ...(adaptationSteps === undefined ? {} : { adaptationSteps }),
        stream,
        returns,
        ...(success === undefined ? {} : { success })
      }))
  }

  /** Saves what is not saved yet. */
  save(): void {
    if (this.count === this.#saved) return
    this.#store.saveCheckpoint(this.#stage, this.count, filesOf(this.kept), { done: this.#done })
    this.#saved = this.count
    this.#savedAt = performance.now()
  }

  /** Saves where much would be lost. */
  saveSometimes(): void {
    if (performance.now() - this.#savedAt > UNSAVED) this.save()
  }

  /** Removes what was saved of an evaluation, once its record is there. */
  static forget({ store }: Pick<StageContext, 'store'>, arm: string): void {
    store.dropCheckpoints(`measured-${arm}`)
  }
}
