/** An evaluation that is under way: what was measured so far, kept so that a stop, or the end of the process, takes minutes and not hours. */
import { defined } from '../defined.js'
import type { PoolName, StateOf, StreamScores } from '../records/index.js'
import { canSucceed, type StageContext } from './context.js'
import { bytesOf, type Displacements, displacementsOf, filesOf, numbersOf } from './displacements.js'
import type { KeptScores } from './learner.js'
import { joined } from './parts.js'

/** One evaluation of a pool on one stream, after the specification's number of adaptation steps or another. */
export interface Measure {
  readonly pool: PoolName
  readonly stream: number
  readonly adaptationSteps?: number
}

/** Milliseconds of measuring that the end of the process may take. */
const UNSAVED = 60_000

/** Displacements of the tasks that are measured of a pool. */
const PART = 'part.f32'

/** The measures of one evaluation, in the order in which they are made. */
export class Measured {
  readonly #store: StageContext['store']
  readonly #succeeds: boolean
  readonly #steps: number
  readonly #stage: `measured-${string}`
  readonly #done: StateOf<'measured'>['done']
  /** Of the measure that is being made. */
  #parts: KeptScores[] = []
  /** Displacements of those measures that keep them. */
  readonly kept: Displacements[]
  #unsaved = false
  #savedAt = performance.now()

  /**
   * @param arm whose evaluation it is; what an earlier process saved of it is there already
   * @param steps of adaptation whose displacements are kept, where any are
   */
  constructor({ store, tasks }: Pick<StageContext, 'store' | 'tasks'>, arm: string, steps: number) {
    this.#store = store
    this.#succeeds = canSucceed(tasks)
    this.#steps = steps
    this.#stage = `measured-${arm}`
    const found = store.checkpoint(this.#stage)
    this.#done = found?.state.done ?? []
    const { [PART]: part, ...files } = found?.files ?? {}
    this.kept = displacementsOf(files)
    if (found?.state.part !== undefined) this.#parts.push({ ...found.state.part, displacements: numbersOf(part) })
  }

  /** How many there are. */
  get count(): number {
    return this.#done.length
  }

  /** Tasks of the next one that are measured. */
  get tasks(): number {
    return this.#parts.reduce((sum, { returns }) => sum + returns.length, 0)
  }

  /** Environment steps so far, and those of them that only took displacements further. */
  get spent(): { envSteps: number; furtherSteps: number } {
    const sum = (of: 'envSteps' | 'furtherSteps') => this.#done.reduce((total, measure) => total + measure[of], 0)
    return { envSteps: sum('envSteps'), furtherSteps: sum('furtherSteps') }
  }

  /** The scores of some more tasks of the next one. */
  add(part: KeptScores): void {
    this.#parts.push(part)
    this.#unsaved = true
  }

  /** Makes the next measure of its parts, when all of its tasks are there; returns its scores. */
  complete(which: Measure): { returns: number[]; success?: number[] } {
    const { displacements, furtherSteps, envSteps, returns, success } = joined(this.#parts, this.#steps)
    const scores = this.#succeeds ? { returns, success } : { returns }
    this.#parts = []
    this.#unsaved = true
    this.#done.push({ ...which, ...scores, envSteps: envSteps + furtherSteps, furtherSteps })
    this.kept.push({ pool: which.pool, stream: which.stream, values: displacements })
    return scores
  }

  /** Scores of a pool by stream, or of other numbers of adaptation steps. */
  scores(pool: PoolName, other: false): StreamScores[]
  scores(pool: PoolName, other: true): (StreamScores & { adaptationSteps: number })[]
  scores(pool: PoolName, other: boolean): StreamScores[] {
    return this.#done
      .filter((measure) => measure.pool === pool && (measure.adaptationSteps !== undefined) === other)
      .map(({ stream, adaptationSteps, returns, success }) => defined({ adaptationSteps, stream, returns, success }))
  }

  /** Saves what is not saved yet. */
  save(): void {
    if (!this.#unsaved) return
    const { displacements, ...part } = joined(this.#parts, this.#steps)
    const files = { ...filesOf(this.kept), [PART]: bytesOf(displacements) }
    this.#store.saveCheckpoint(this.#stage, this.count, files, { done: this.#done, part })
    this.#unsaved = false
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
