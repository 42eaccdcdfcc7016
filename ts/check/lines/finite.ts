/** Long random play. */
import { XmrlError } from '../../errors.js'
import type { Ground, Manner } from '../ground.js'
import { counted, type Finding, failed, ok } from '../line.js'

/** Horizons that are played in each manner, and seconds after which a slow world is left after the first. */
const HORIZONS = 3
const SECONDS = 15

/** What play of a world has met, for the checks that read it. */
export interface Played {
  /** Steps of a world times worlds. */
  steps: number
  /** Least and greatest of each entry of an observation `[S]`. */
  low: Float64Array
  high: Float64Array
  /** Which bound, if any, an observation has left: entry, value, step. */
  outside?: { entry: number; value: number; step: number }
}

/** Every number stays finite for several horizons, also under actions at the bounds and far beyond. Notes what was seen. */
export function finite(ground: Ground): { finding: Finding; played: Played } {
  const { about, count, subject } = ground
  const size = about.observationSize
  const played: Played = {
    steps: 0,
    low: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    high: new Float64Array(size).fill(Number.NEGATIVE_INFINITY)
  }
  const bounds = subject.observationBounds
  const look = (observations: Float64Array, step: number): string | undefined => {
    for (const [i, value] of observations.entries()) {
      const entry = i % size
      if (!Number.isFinite(value)) return `observation entry ${entry} of world ${Math.floor(i / size)} is ${value}`
      played.low[entry] = Math.min(played.low[entry], value)
      played.high[entry] = Math.max(played.high[entry], value)
      if (bounds && played.outside === undefined && (value < bounds.low[entry] || value > bounds.high[entry]))
        played.outside = { entry, value, step }
    }
    return undefined
  }
  const manners: Manner[] = ['random', 'extreme']
  const said = { random: 'random actions', extreme: 'actions at and beyond the bounds', still: 'no action' }
  const until = performance.now() + 1000 * SECONDS
  for (const manner of manners) {
    const batch = ground.batch()
    for (let round = 0; round < HORIZONS && (round === 0 || performance.now() < until); round++) {
      if (round > 0) batch.reset()
      const fault = look(batch.observations, 0)
      if (fault !== undefined) return { finding: bad(`${fault} after a reset`), played }
      for (let t = 0; t < about.horizon; t++) {
        const when = `in step ${t + 1} of an episode (${said[manner]})`
        try {
          const done = batch.step(ground.actions(manner, round * about.horizon + t))
          const wrong =
            look(done.observations, t + 1) ?? unfinite('reward', done.rewards, 1) ?? unfinite('state', batch.state(), about.stateSize)
          if (wrong !== undefined) return { finding: bad(`${wrong} ${when}`), played }
          played.steps += count
          if (done.terminated.every((flag, w) => flag + done.truncated[w] > 0)) break
        } catch (error) {
          if (!(error instanceof XmrlError)) throw error
          return {
            finding:
              error.code === 'ERR_WORLD'
                ? failed(`${when}: ${error.message}`, 'correct what the message names; numbers must stay finite')
                : bad(`${when}: ${error.message}`),
            played
          }
        }
      }
    }
  }
  return { finding: ok(`${counted(played.steps, 'step')} of ${count} worlds, at random and with actions at and beyond the bounds`), played }
}

/** What of an array is no finite number. */
function unfinite(what: string, values: Float64Array, size: number): string | undefined {
  const at = values.findIndex((value) => !Number.isFinite(value))
  return at < 0 ? undefined : `${what}${size > 1 ? ` entry ${at % size}` : ''} of world ${Math.floor(at / size)} is ${values[at]}`
}

const bad = (found: string) =>
  failed(found, 'keep every number finite: clip actions, limit speeds, guard divisions, roots and logarithms, end the episode in time')
