/**
 * Every stage of a seed, in order, with what it needs and what it makes. How a seed is worked on, where a run may stop, what a seed
 * lacks, the commands that go on with a run and the errors of a stage that is called too early all follow from this list.
 */
import { methodOf } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import type { RecordName } from '../records/index.js'
import { canMix, type Spec } from '../spec/index.js'
import { augment as augmentStage } from './augment.js'
import { type StageContext, stageOfArm, type Trained, throwIfAborted } from './context.js'
import { evaluate as evaluateStage, findPoor as findPoorStage } from './evaluate.js'
import type { StageEvent } from './events.js'
import { explain as explainStage } from './explain.js'
import { recordEpisodes } from './pictures.js'
import { retrain as retrainStage } from './retrain.js'
import { train as trainStage } from './train.js'
import { transfer as transferStage } from './transfer.js'
import { validate as validateStage } from './validate.js'

/** What a stage makes: a record, or weights (`theta_0` after training, `weights-<arm>` after retraining). */
export type Product = 'theta_0' | `weights-${string}` | RecordName

/** The stage whose checkpoints hold a product; undefined for a record. */
export function checkpointOf(product: Product): Trained | undefined {
  if (product === 'theta_0') return stageOfArm(product)
  return product.startsWith('weights-') ? stageOfArm(product.slice('weights-'.length)) : undefined
}

/** One stage of a seed. `R`: what it returns. */
export interface Stage<R = unknown> {
  /** What events and `--until` call it. */
  readonly name: string
  /** Of which arm it is a part; `theta_0` where it is what arms go on from. */
  readonly arm?: string
  /** What it does, in words that follow "go on with a run:"; absent where no command is called so. */
  readonly title?: string
  /** Without these it cannot begin. */
  readonly needs: readonly Product[]
  readonly makes: readonly Product[]
  /** What a seed lacks that has none of it, in words; absent where there may be nothing to make. */
  readonly lacking?: string
  /** Done only where it is asked for by name; no result depends on it. */
  readonly onRequest?: boolean
  /** Its events, and what it comes to; a stage that reports nothing is a promise alone. */
  run(context: StageContext): AsyncGenerator<StageEvent, R> | Promise<R>
}

const evaluation = (arm: string, lacking: string, needs: Product) => ({
  name: 'evaluate' as const,
  arm,
  needs: [needs],
  makes: [`evaluation-${arm}`] as const,
  lacking,
  run: (context: StageContext) => evaluateStage(context, arm)
})

const TRAIN = { name: 'train', title: 'train theta_0', needs: [], makes: ['theta_0'], lacking: 'theta_0', run: trainStage } as const
const EVALUATE = { ...evaluation('theta_0', 'the evaluation of theta_0', 'theta_0'), title: 'train and measure theta_0' } as const
/** The first half of an explanation, which alone says which tasks are poor; no part of the list, where `explain` does it. */
const FIND_POOR = {
  name: 'findPoor',
  needs: ['evaluation-theta_0'],
  makes: ['poor'],
  lacking: 'the poor tasks',
  run: findPoorStage
} as const
const EXPLAIN = {
  name: 'explain',
  title: 'everything up to the explanation: which training tasks matter for the poor ones',
  needs: ['theta_0', 'evaluation-theta_0'],
  makes: ['poor', 'explanation'],
  lacking: 'the explanation',
  run: explainStage
} as const
const VALIDATE = {
  name: 'validate',
  needs: ['theta_0', 'poor', 'explanation'],
  makes: ['validation'],
  lacking: 'the validation',
  onRequest: true,
  run: validateStage
} as const
const AUGMENT = {
  name: 'augment',
  title: 'everything up to the mixing law',
  needs: ['theta_0', 'explanation'],
  makes: ['augmentation'],
  lacking: 'the augmentation',
  run: augmentStage
} as const
const retraining = (arm: string, mixes: boolean) =>
  ({
    name: 'retrain',
    arm,
    needs: ['theta_0', 'evaluation-theta_0', 'poor', 'explanation', ...(mixes ? (['augmentation'] as const) : [])],
    makes: [`weights-${arm}`, `arm-${arm}`],
    lacking: `arm ${arm}`,
    run: (context: StageContext) => retrainStage(context, arm)
  }) as const

/** An arm: retrained, then measured. */
const repairing = (arm: string, mixes: boolean): Stage[] => [retraining(arm, mixes), evaluation(arm, `arm ${arm}`, `arm-${arm}`)]

/** The stages before the arms: a run can stop after each of them. */
const BEFORE_ARMS = [TRAIN, EVALUATE, EXPLAIN, VALIDATE, AUGMENT] as const satisfies readonly Stage[]

/** A stage after which a run can stop; `validate` is done only where it is asked for. */
export type Until = (typeof BEFORE_ARMS)[number]['name']
export const UNTIL: readonly Until[] = BEFORE_ARMS.map(({ name }) => name)

/** Stages after which a run can stop and that are part of every run, with what the command of that name says. */
export const STOPS: readonly { readonly name: Until; readonly title: string }[] = [TRAIN, EVALUATE, EXPLAIN, AUGMENT]

/** The stages of a seed in order: all of them, or those up to `until`. */
export function stagesOf(spec: Spec, until?: Until): Stage[] {
  const { arms } = spec.retrain
  const presets = spec.evaluate.transfer
  // Where no states can be mixed, there is no law to learn.
  const mixes = canMix(spec)
  const last = BEFORE_ARMS.findIndex(({ name }) => name === until)
  const before = (last < 0 ? BEFORE_ARMS : BEFORE_ARMS.slice(0, last + 1)).filter(
    (stage) => (stage.name === until || !('onRequest' in stage)) && (mixes || stage.name !== 'augment')
  )
  if (until !== undefined) return before
  const shown = methodOf(arms) ?? arms[0]
  const made = arms.map((arm): Product => `weights-${arm}`)
  return [
    ...before,
    ...arms.flatMap((arm) => repairing(arm, mixes)),
    ...(presets.length === 0
      ? []
      : [
          {
            name: 'transfer',
            needs: ['theta_0', ...made],
            makes: ['transfer'],
            lacking: 'the scores on other presets',
            run: transferStage
          } as const
        ]),
    {
      name: 'episodes',
      needs: ['theta_0', 'poor', `weights-${shown}`],
      makes: ['episodes'],
      run: (context) => pictures(context, shown)
    }
  ]
}

/** A stage that can be asked for alone; `report`: what the report draws beside the records of the others. */
export type StageCommand = 'train' | 'evaluate' | 'findPoor' | 'explain' | 'validate' | 'augment' | 'retrain' | 'transfer' | 'report'

/** What is to be done of a run: all of it, the stages up to one, or one alone. */
export interface Part {
  until?: Until
  only?: StageCommand
  /** Of `retrain` alone: which arms. @default those of the specification */
  arms?: readonly string[]
}

/** The stages of a part of a run, in order. */
export function stagesOfPart(spec: Spec, { until, only, arms = spec.retrain.arms }: Part): readonly Stage[] {
  switch (only) {
    case undefined:
      return stagesOf(spec, until)
    case 'train':
      return [TRAIN]
    case 'evaluate':
      return [EVALUATE]
    case 'findPoor':
      return [FIND_POOR]
    case 'explain':
      return [EXPLAIN]
    case 'validate':
      return [VALIDATE]
    case 'augment':
      return canMix(spec) ? [AUGMENT] : []
    case 'retrain':
      return arms.flatMap((arm) => repairing(arm, canMix(spec)))
    default: {
      const name = only === 'report' ? 'episodes' : only
      return stagesOf(spec).filter((stage) => stage.name === name)
    }
  }
}

/** What the report draws of one task. */
async function pictures(context: StageContext, arm: string): Promise<void> {
  throwIfAborted(context)
  await recordEpisodes(context, arm)
}

/**
 * Carries out a stage, or finds it done.
 * Errors: `ERR_RUN_NOT_FOUND` naming the stage to run first; those of the stage, which say where numbers were not finite.
 */
export async function* perform<R>(context: StageContext, stage: Stage<R>): AsyncGenerator<StageEvent, R> {
  const missing = lacks(context, stage)
  if (missing !== undefined) {
    const maker = stagesOf(context.spec).find(({ makes }) => makes.includes(missing))
    const first = maker === undefined ? '' : `: run ${maker.name} first`
    throw new XmrlError('ERR_RUN_NOT_FOUND', `${stage.name}: ${context.store.path} has no ${missing}${first}`)
  }
  try {
    const work = stage.run(context)
    return work instanceof Promise ? await work : yield* work
  } catch (error) {
    throw inStage(stage, error)
  }
}

/** An error of the numbers of a world or a policy, which knows its task or row, with the stage that met it; loops have said theirs. */
function inStage({ name, arm }: Stage, error: unknown): unknown {
  if (!XmrlError.is(error, 'ERR_WORLD') && !XmrlError.is(error, 'ERR_NOT_FINITE')) return error
  if (error.message.startsWith(name)) return error
  const where = arm === undefined ? name : `${name} ${arm}`
  return new XmrlError(error.code, `${where}: ${error.message}`, { cause: error.cause ?? error })
}

/** What a stage needs and a seed does not have yet. */
export const lacks = (context: StageContext, { needs }: Stage): Product | undefined => needs.find((product) => !has(context, product))

function has({ store }: StageContext, product: Product): boolean {
  const stage = checkpointOf(product)
  return (stage === undefined ? store.record(product as RecordName) : store.checkpoint(stage)) !== undefined
}
