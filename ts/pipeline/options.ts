/** What scripts say of a run, and what each key takes. */
import { abortSignal, checkArgument, either, flag, type Kind, type Kinds, oneOf, path, text, whole } from '../options.js'
import { isOwnWorld, MOST_THREADS } from '../spec/index.js'
import { COMPUTE, type ComputeOptions, UNTIL, type Until } from '../stages/index.js'

export interface RunOptions extends ComputeOptions {
  /** The run directory; made if it is not there. */
  out: string
  /** Go on with the run that is in it. @default false */
  resume?: boolean
  /** Stops the run after saving; what is awaited or iterated then throws `ERR_ABORTED`. */
  signal?: AbortSignal
  /** Stops after a stage (`validate`: the explanation, checked by interventions); `resume` goes on from there. */
  until?: Until
  /** The specification's text, kept word for word. */
  specText?: string
  /**
   * Work on so many seeds at a time, each in a process of its own with `threads` threads (by default the cores divided by
   * `jobs`); a seed that fails then does not stop the others. `cores`: one a core, or one on a GPU. The outcome is the same.
   * @default one after the other, in this process
   */
  jobs?: number | 'cores'
}

/** How the stages of a run are worked on. */
export type OpenRunOptions = Omit<RunOptions, 'out' | 'resume' | 'until'>

export const OPEN: Kinds<OpenRunOptions> = {
  ...COMPUTE,
  signal: abortSignal,
  specText: { ...text, holds: (value) => typeof value === 'string' },
  jobs: either(whole(1, MOST_THREADS), oneOf('cores'))
}
export const RUN: Kinds<RunOptions> = { ...OPEN, out: path, resume: flag, until: oneOf(...UNTIL) }

const EXPERIMENT: Kind = {
  words: "what defineExperiment gives, or a specification such as { environment: 'drone-planar' }",
  holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && !isOwnWorld(value)
}

/** That an argument may be an experiment; what is in it is looked at when it is resolved. Errors: `ERR_USAGE`. */
export const checkExperiment = (experiment: unknown): void => void checkArgument('experiment', experiment, EXPERIMENT)
