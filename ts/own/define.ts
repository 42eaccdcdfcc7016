/** Worlds that JavaScript defines. */
import { createHash } from 'node:crypto'
import { XmrlError } from '../errors.js'
import { type Addon, guarded, type NativeWorld } from '../native.js'
import type { WorldRecord } from '../spec/index.js'
import { type Draws, draws, PURPOSE } from '../statistics/index.js'
import { checkDefinition } from './check.js'
import type { TaskPoolName, TaskRandom, WorldDefinition } from './definition.js'
import { serving } from './serve.js'
import { fingerprint, moduleFile } from './source.js'
import { kindBounds, OpenedWorld } from './world.js'

/** Indices of the pools' streams of random numbers. */
const POOLS: Readonly<Record<TaskPoolName, number>> = { training: 0, evaluation: 1, heldOut: 2 }

/** A world of one's own in JavaScript; made by {@link defineWorld}. */
export class DefinedWorld extends OpenedWorld {
  readonly name: string
  readonly record: WorldRecord
  /** What it was made of. */
  readonly definition: WorldDefinition

  /** Use {@link defineWorld}. */
  constructor(definition: WorldDefinition, place: Pick<WorldRecord, 'kind' | 'source' | 'sha256'>) {
    super()
    this.definition = definition
    this.name = definition.name
    const { task, action, state, mix = 'linear', horizon } = definition
    const kinds = task.kinds && { parameter: task.kinds.parameter, names: [...task.kinds.names], ...sizesOf(task.kinds) }
    const bounds = (given: readonly number[] | undefined, end: 'low' | 'high') => kindBounds(task.names, kinds, given, end)
    const record: WorldRecord = {
      ...place,
      description: definition.description ?? '',
      observationSize: definition.observation.size,
      actionSize: action.size,
      actionScale: action.scale ?? 1,
      stateSize: state.size,
      stateNames: state.names === undefined ? null : [...state.names],
      horizon,
      supportHorizon: definition.supportHorizon ?? horizon,
      taskNames: [...task.names],
      taskLow: bounds(task.low, 'low'),
      taskHigh: bounds(task.high, 'high'),
      defaultTask: [...(definition.defaultTask ?? [])],
      ...(kinds === undefined ? {} : { kinds }),
      laws: Object.keys(definition.laws),
      scoredBy: definition.score ?? 'return',
      setState: true,
      mixes: mix !== false,
      deterministic: definition.deterministic ?? true
    }
    this.record = record
    if (definition.defaultTask === undefined) this.record = { ...record, defaultTask: this.sample('evaluation', 0, 1)[0] }
    else this.checkTask(definition.defaultTask, 'defaultTask')
  }

  /** @internal */
  protected make(addon: Addon): NativeWorld {
    const { action, mix = 'linear', feasible } = this.definition
    const { observationSize, actionSize, stateSize, horizon, supportHorizon, taskNames, defaultTask, kinds, actionScale, scoredBy } =
      this.record
    const { taskLow, taskHigh } = this.spec
    const description = {
      name: this.name,
      ...{ observationSize, actionSize, stateSize, horizon, supportHorizon, taskNames, taskLow, taskHigh, defaultTask, actionScale },
      ...(kinds === undefined ? {} : { kinds }),
      actionLow: action.low ?? -1,
      actionHigh: action.high ?? 1,
      success: scoredBy === 'success',
      mixing: mix === false ? 'none' : mix === 'linear' ? 'linear' : 'own',
      feasible: feasible !== undefined
    }
    return guarded(() => new addon.NativeWorld(description, serving(this.definition)))
  }

  protected draw(law: string, pool: TaskPoolName, seed: number, count: number): number[][] {
    const random = taskRandom(draws(seed, PURPOSE.tasks, POOLS[pool]))
    try {
      return this.definition.laws[law](random, count, pool)
    } catch (cause) {
      const { name, message, stack = '' } = cause as Error
      const at = stack.split('\n').find((line) => /^\s+at /.test(line))
      throw new XmrlError(
        'ERR_WORLD',
        `${this.name}: laws.${law} threw ${name}: ${message}${at === undefined ? '' : `\n    ${at.trim()}`}`,
        { cause }
      )
    }
  }

  protected override complaint(task: readonly number[]): string | undefined {
    const said = this.definition.task.check?.(task)
    return typeof said === 'string' ? said : undefined
  }
}

const sizesOf = ({ sizes }: NonNullable<WorldDefinition['task']['kinds']>) => (sizes === undefined ? {} : { sizes: [...sizes] })

/** Numbers of a stream as a task law is given them. */
function taskRandom(from: Draws): TaskRandom {
  const uniform = () => from.uniform()
  const normal = () => Math.sqrt(-2 * Math.log(1 - from.uniform())) * Math.cos(2 * Math.PI * from.uniform())
  return Object.assign(uniform, { normal })
}

/**
 * Makes a world of one's own of its description and functions of batches (docs/own-worlds.md); whatever takes a preset takes it too.
 * @returns the world, checked as far as can be told without stepping it (`xmrl check` steps it)
 * @throws XmrlError `ERR_SPEC_INVALID` naming the field; `ERR_TASK` for a default task that is none
 */
export function defineWorld(definition: WorldDefinition): DefinedWorld {
  checkDefinition(definition)
  const file = definition.module === undefined ? undefined : moduleFile(definition.module)
  const place =
    file === undefined
      ? { kind: 'object' as const, source: '', sha256: hashOf(definition) }
      : { kind: 'module' as const, source: file, sha256: fingerprint(file) }
  return new DefinedWorld(Object.freeze({ ...definition }), place)
}

/** SHA-256 of what a definition says and of the text of its functions; what they use from elsewhere it does not see. */
function hashOf(definition: WorldDefinition): string {
  const text = JSON.stringify(definition, (_, value) => (typeof value === 'function' ? String(value) : value))
  return createHash('sha256').update(text).digest('hex')
}
