/** How long the meta-iterations of a seed took. */
import { join } from 'node:path'
import { readEvents } from './metrics.js'

/**
 * Seconds of a meta-iteration by stage and number, as timing.jsonl of a seed's folder says; undefined where it says nothing.
 * @throws XmrlError `ERR_RECORD_INVALID` naming the line
 */
export function readTiming(folder: string): (stage: string, iteration: number | undefined) => number | undefined {
  const found = new Map<string, number>()
  // The file is not cut where a run goes on from a checkpoint: of an iteration that was made twice, the last counts.
  for (const { stage, iteration, seconds } of readEvents(join(folder, 'timing.jsonl')))
    if (typeof seconds === 'number') found.set(`${stage} ${iteration}`, seconds)
  return (stage, iteration) => found.get(`${stage} ${iteration}`)
}
