/**
 * A worker process that hangs (stopped, in a file system that does not answer, in an endless loop of a world's) says nothing more, not even
 * that it is alive. Beats are counted and not seconds, so that a machine that was asleep, or a whole run that was stopped and goes on, is no
 * silence.
 */
import type { ChildProcess } from 'node:child_process'

/** Milliseconds between two signs of life. */
export const BEAT = 10_000
/** So many beats without a word, and a worker hangs: five minutes. */
const MOST_SILENT = 30

/** What a worker says so that it is known to be alive. */
export interface Alive {
  type: 'alive'
}

/** Says so at every beat; keeps no process alive. */
export function sayAlive(beat: number): void {
  const alive: Alive = { type: 'alive' }
  setInterval(() => void process.send?.(alive, () => {}), beat).unref()
}

/**
 * Ends a worker that has said something and then nothing for so many beats.
 * @returns whether it was ended so
 */
export function endSilent(worker: ChildProcess, beat: number): () => boolean {
  let silent = Number.NEGATIVE_INFINITY
  let hung = false
  worker.on('message', () => {
    silent = 0
  })
  const timer = setInterval(() => {
    silent++
    if (silent < MOST_SILENT) return
    hung = true
    worker.kill('SIGKILL')
  }, beat)
  worker.once('close', () => clearInterval(timer))
  return () => hung
}

/** How it ended, in words that follow its name. */
export const HUNG = `said nothing for ${MOST_SILENT} beats and was ended: it hung`
