/** Whole episodes of play, counted. */
import type { Ground, Manner } from './ground.js'

/** What episodes of one manner of play gave; lists have an entry an episode. */
export interface Episodes {
  returns: number[]
  lengths: number[]
  /** Rewards of all steps, summed up: least, greatest, mean size. */
  least: number
  greatest: number
  size: number
  /** Episodes that the task ended. */
  terminated: number
  /** Episodes that succeeded, and those of them that success ended. */
  succeeded: number
  ended: number
}

/** Batches that are played from start to end, each from starts of their own. */
const ROUNDS = 3
const SECONDS = 5

/** Plays whole episodes, from the starts that count or those of support episodes. */
export function play(ground: Ground, manner: Manner, from: 'query' | 'support' = 'query'): Episodes {
  const { count, about } = ground
  const episodes: Episodes = {
    returns: [],
    lengths: [],
    least: Number.POSITIVE_INFINITY,
    greatest: Number.NEGATIVE_INFINITY,
    size: 0,
    terminated: 0,
    succeeded: 0,
    ended: 0
  }
  const batch = ground.batch()
  const until = performance.now() + 1000 * SECONDS
  // Starts of support episodes follow from the seed alone: one round of them.
  const rounds = from === 'query' ? ROUNDS : 1
  for (let round = 0; round < rounds && (round === 0 || performance.now() < until); round++) {
    if (round > 0) batch.reset()
    if (from === 'support') batch.setState(batch.supportStarts())
    const over = new Uint8Array(count)
    const returns = new Float64Array(count)
    const met = new Uint8Array(count)
    for (let t = 0; t < about.horizon; t++) {
      const { rewards, terminated, truncated } = batch.step(ground.actions(manner, round * about.horizon + t))
      const { success } = batch
      for (let w = 0; w < count; w++) {
        if (over[w] === 1) continue
        returns[w] += rewards[w]
        episodes.least = Math.min(episodes.least, rewards[w])
        episodes.greatest = Math.max(episodes.greatest, rewards[w])
        episodes.size += Math.abs(rewards[w])
        if (success[w] > met[w]) episodes.ended += terminated[w]
        met[w] = success[w]
        if (terminated[w] + truncated[w] === 0) continue
        over[w] = 1
        episodes.lengths.push(t + 1)
        episodes.terminated += terminated[w]
      }
      if (over.every((flag) => flag === 1)) break
    }
    episodes.returns.push(...returns)
    episodes.succeeded += met.reduce((sum, flag) => sum + flag, 0)
  }
  episodes.size /= episodes.lengths.reduce((sum, length) => sum + length, 0)
  return episodes
}
