/** A world's functions as the native layer calls them: errands on rows of a seat. */
import { rememberFault } from '../errors.js'
import type { NativeFault, SeatViews } from '../native.js'
import { normalOf, uniformOf } from '../statistics/index.js'
import type { WorldBatch, WorldDefinition } from './definition.js'

/** Most batches of different sizes that are kept of a seat. */
const KEPT = 2048
/** Lines of a stack that are shown. */
const FRAMES = 8

type Errand = 'reset' | 'observe' | 'step' | 'mix' | 'feasible'

/** Sizes of a row. */
interface Sizes {
  task: number
  state: number
  action: number
  observation: number
}

/** The first rows of a seat as a batch; `support` says which law the next reset is by. */
interface Served {
  batch: WorldBatch
  support: boolean
}

/** What the native layer calls: the number of an errand, a seat, how many of its rows, lambda, and the seat's arrays the first time. */
export type Serve = (errand: number, seat: number, count: number, lambda: number, views?: SeatViews | null) => NativeFault | null

/** The functions of a definition behind one that never throws. */
export function serving(definition: WorldDefinition): Serve {
  const { reset, observe, step, mix, feasible } = definition
  const sizes = {
    task: definition.task.names.length,
    state: definition.state.size,
    action: definition.action.size,
    observation: definition.observation.size
  }
  const seats = new Map<number, Seat>()
  return (errand, id, count, lambda, views) => {
    let doing: Errand = 'reset'
    try {
      if (views) seats.set(id, new Seat(views, sizes))
      const seat = seats.get(id) as Seat
      const served = seat.rows(count)
      const { batch } = served
      switch (errand) {
        case 0:
        case 1:
          served.support = errand === 1
          returned(doing, reset(batch))
          return null
        case 2:
          doing = 'observe'
          returned(doing, observe(batch))
          return null
        case 3:
          doing = 'step'
          returned(doing, step(batch))
          doing = 'observe'
          returned(doing, observe(batch))
          return null
        case 4: {
          doing = 'mix'
          const [a, b, out] = [0, 1, 2].map((row) => batch.states.subarray(row * sizes.state, (row + 1) * sizes.state))
          if (typeof mix === 'function') returned(doing, mix(lambda, a, b, out))
          return null
        }
        default: {
          doing = 'feasible'
          for (let row = 0; row < count; row++)
            batch.terminated[row] = Number(feasible?.(batch.states.subarray(row * sizes.state, (row + 1) * sizes.state)) ?? true)
          return null
        }
      }
    } catch (error) {
      return faultOf(doing, error)
    }
  }
}

/** A seat's arrays, and batches of its first rows. */
class Seat {
  readonly #views: SeatViews
  readonly #sizes: Sizes
  readonly #batches = new Map<number, Served>()

  constructor(views: SeatViews, sizes: Sizes) {
    this.#views = views
    this.#sizes = sizes
  }

  rows(count: number): Served {
    const found = this.#batches.get(count)
    if (found !== undefined) return found
    if (this.#batches.size >= KEPT) this.#batches.clear()
    const made = batchOf(this.#views, this.#sizes, count)
    this.#batches.set(count, made)
    return made
  }
}

function batchOf(views: SeatViews, { task, state, action, observation }: Sizes, count: number): Served {
  const draws = views.draws
  const served = { support: false } as Served
  served.batch = Object.freeze({
    count,
    tasks: views.tasks.subarray(0, count * task),
    states: views.states.subarray(0, count * state),
    actions: views.actions.subarray(0, count * action),
    observations: views.observations.subarray(0, count * observation),
    rewards: views.rewards.subarray(0, count),
    terminated: views.terminated.subarray(0, count),
    success: views.success.subarray(0, count),
    get support() {
      return served.support
    },
    random: (row: number, k: number, attempt = 0) => uniformOf(draws, 4 * row, attempt, k),
    normal: (row: number, k: number, attempt = 0) => normalOf(draws, 4 * row, attempt, k)
  })
  return served
}

/** A function that returns something perhaps returns a promise, and goes on after the step is over. */
function returned(doing: Errand, value: unknown): void {
  if (value === undefined) return
  const what = typeof (value as { then?: unknown })?.then === 'function' ? 'a promise: it must be done when it returns' : `${typeof value}`
  throw new TypeError(`${doing} returned ${what}; it writes to the batch and returns nothing`)
}

/** What is told of an error in a world's own code: the user's frames alone. */
function faultOf(doing: Errand, error: unknown): NativeFault {
  const isError = error instanceof Error || (typeof error === 'object' && error !== null && 'stack' in error)
  const said = isError ? `${(error as Error).name}: ${(error as Error).message}` : String(error)
  const text = `${doing} threw ${said.split('\n', 1)[0]}`
  rememberFault(text, error)
  const lines = isError ? String((error as Error).stack ?? '').split('\n') : []
  const here = import.meta.url.replace(/\.[jt]s$/, '')
  const frames = lines.filter((line) => /^\s+at /.test(line))
  const own = frames.findIndex((line) => line.includes(here))
  const stack = (own < 0 ? frames : frames.slice(0, own))
    .slice(0, FRAMES)
    .map((line) => `    ${line.trim().replace(/\?[0-9a-f]{12}(?=:\d)/, '')}`)
  return { text, stack: stack.join('\n') }
}
