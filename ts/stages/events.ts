/** What a stage reports while it works: typed events, in order. The same stage gives the same events (timings aside). */

/** A stage of one seed; arms of retraining carry their name. */
export type StageName = 'train' | 'evaluate' | 'explain' | 'validate' | 'augment' | 'retrain' | 'transfer' | 'report'

/** What an event of a stage says of where it comes from. */
export interface StageEventBase {
  seed: number
  stage: StageName
  arm?: string
}

/** A stage begins, or was finished by an earlier run and is skipped. */
export interface StageStarted extends StageEventBase {
  type: 'stage-started'
  /** Iterations it will run, where that is known. */
  iterations?: number
  skipped?: boolean
}

/** One iteration of a stage is done. */
export interface IterationDone extends StageEventBase {
  type: 'iteration'
  iteration: number
  of: number
  /** Environment steps of the stage so far. */
  envSteps: number
  /** Share of the stage that is done, in [0, 1]. */
  progress: number
  /** Figures of the iteration, as in metrics.jsonl. */
  metrics: Record<string, number | boolean>
}

/** A stage is done. */
export interface StageFinished extends StageEventBase {
  type: 'stage-finished'
  envSteps: number
  /** One line for people. */
  summary: string
}

/** Something a reader of the figures must know: a fallback, a checkpoint passed over, the device. */
export interface Note {
  type: 'note'
  seed?: number
  text: string
}

/** What a stage tells while it works. */
export type StageEvent = StageStarted | IterationDone | StageFinished | Note
