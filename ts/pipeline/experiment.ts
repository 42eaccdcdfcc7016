/** Runs as scripts have them: a whole experiment, or one stage after the other. */
import { checkArgument, checkOptions, path } from '../options.js'
import { type LoadedRun, loadRun } from '../run/index.js'
import { type Experiment, type WrittenSpec, withArms } from '../spec/index.js'
import type { StageCommand } from '../stages/index.js'
import { checkExperiment, OPEN, type OpenRunOptions, RUN, type RunOptions } from './options.js'
import { experimentOf, work } from './pipeline.js'
import { RunInProgress } from './underway.js'

/**
 * Runs an experiment in a run directory: every stage of every seed, then the table and the report. Await it for what `loadRun` gives, or
 * iterate it for its events ({@link RunInProgress}). Every finished stage is on disk before the next begins.
 * Stopping (`signal`, leaving the loop over the events, or a crash) and running again with `resume` gives the same weights and metrics,
 * byte for byte. A run grows: with `resume`, seeds and arms that it did not have are added, and all of it is worked on.
 * Errors: every `XmrlError` of the stages; `ERR_ABORTED` when stopped; with `jobs`, that of the first seed that failed;
 * `ERR_RECORD_INVALID` where a seed or an arm that was asked for is not in the records at the end; at once `ERR_USAGE` for an option that
 * there is not or that holds something else.
 */
export function runExperiment<Defined extends string = never>(
  experiment: Experiment | WrittenSpec<Defined>,
  options: RunOptions
): RunInProgress {
  checkExperiment(experiment)
  const { until, ...rest } = checkOptions('runExperiment', options, RUN, ['out'])
  const part = until === undefined ? {} : { until }
  return new RunInProgress((signal) => work(experiment, { ...rest, part, signal }), options)
}

/**
 * A run directory whose stages are called one by one, by the names of the commands. Each stage works on every seed, keeps what is done,
 * and can be awaited (for what `loadRun` gives) or iterated (for its events). Nothing is held between two stages: no lock, no memory.
 * Errors of every stage: `ERR_RUN_NOT_FOUND` naming the stage to run first; else those of `runExperiment`.
 */
export class OpenRun {
  /** The run directory. */
  readonly path: string
  readonly #options: OpenRunOptions
  #experiment: Experiment

  /** Use {@link openRun}. */
  constructor(path: string, experiment: Experiment, options: OpenRunOptions) {
    this.path = path
    this.#experiment = experiment
    this.#options = options
  }

  /** What is worked on. */
  get experiment(): Experiment {
    return this.#experiment
  }

  /** Trains theta_0. */
  train(): RunInProgress {
    return this.#stage('train')
  }

  /** Measures theta_0 on the frozen pools of tasks. */
  evaluate(): RunInProgress {
    return this.#stage('evaluate')
  }

  /** Finds the poor tasks, without explaining them. Errors: `ERR_UNRELIABLE` where two evaluations disagree about which they are. */
  findPoor(): RunInProgress {
    return this.#stage('findPoor')
  }

  /** Finds the poor tasks and explains which training tasks matter for them. */
  explain(): RunInProgress {
    return this.#stage('explain')
  }

  /** Checks the explanation by interventions; no other stage needs it. */
  validate(): RunInProgress {
    return this.#stage('validate')
  }

  /** Learns the mixing law. */
  augment(): RunInProgress {
    return this.#stage('augment')
  }

  /**
   * Retrains arms from theta_0, each at the same environment steps, and measures each.
   * @param arms built-in or defined ones; the run keeps those that it did not have. @default every arm of the experiment
   */
  retrain(...arms: string[]): RunInProgress {
    if (arms.length === 0) return this.#stage('retrain')
    this.#experiment = withArms(this.#experiment, arms)
    return this.#stage('retrain', arms)
  }

  /** Scores theta_0 and every arm on the presets of `evaluate.transfer`. */
  transfer(): RunInProgress {
    return this.#stage('transfer')
  }

  /** Writes the table over the seeds that have everything, and `report.html` of what there is; a run that has everything is done. */
  report(): RunInProgress {
    return this.#stage('report')
  }

  /** What is in the directory. */
  load(): Promise<LoadedRun> {
    return loadRun(this.path)
  }

  #stage(only: StageCommand, arms?: readonly string[]): RunInProgress {
    const options = { ...this.#options, out: this.path, resume: true }
    const part = arms === undefined ? { only } : { only, arms }
    const experiment = this.#experiment
    return new RunInProgress((signal) => work(experiment, { ...options, part, signal }), options)
  }
}

/**
 * Opens a run directory to go on with it stage by stage.
 * @param out the run directory; made by the first stage if it is not there
 * @param experiment what to run; of a directory that holds a run it may add seeds and arms. @default what the directory holds
 * @throws XmrlError `ERR_RUN_NOT_FOUND` where neither is given, `ERR_SPEC_INVALID`, `ERR_USAGE` for options as those of `runExperiment`
 */
export async function openRun<Defined extends string = never>(
  out: string,
  experiment?: Experiment | WrittenSpec<Defined>,
  options: OpenRunOptions = {}
): Promise<OpenRun> {
  checkArgument('out', out, path)
  if (experiment !== undefined) checkExperiment(experiment)
  checkOptions('openRun', options, OPEN)
  const given = experiment ?? (await loadRun(out)).experiment
  return new OpenRun(out, await experimentOf(given), options)
}
