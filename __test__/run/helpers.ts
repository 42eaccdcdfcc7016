/** A small run whose figures are pure functions of the iteration, to test what the disk does with them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type RunDirectory, type SeedStore, WEIGHTS } from '../../ts/run/index.js'
import { defineExperiment, type Experiment } from '../../ts/spec/index.js'

/** A fresh folder, removed after the test. */
export function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'xmrl-run-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export const experiment = (): Experiment => defineExperiment({ checkpoint: { every: 4, keep: 3 } })

export const weightsAt = (stage: string, iteration: number) => Buffer.from(`${stage} ${iteration} ${Math.sin(iteration)}`)

/** Iterations of a stage from its newest checkpoint on, one metrics line each, a checkpoint every four; stops where told. */
export function iterate(store: SeedStore, stage: string, total: number, stopAfter = Number.POSITIVE_INFINITY): boolean {
  const from = store.checkpoint(stage)?.iteration ?? 0
  for (let iteration = from + 1; iteration <= total; iteration++) {
    if (iteration - from > stopAfter) return false
    store.metrics.append({ stage, iteration, returnAfter: Math.sin(iteration) })
    if (iteration % 4 === 0 || iteration === total) {
      store.saveCheckpoint(stage, iteration, { [WEIGHTS]: weightsAt(stage, iteration) }, { envSteps: iteration * 10 })
    }
  }
  return true
}

export const poor = {
  fraction: 0.2,
  evaluation: [1],
  heldOut: [2],
  rankCorrelation: { evaluation: 0.8, heldOut: 0.7 },
  reliable: true
}

/** The whole small pipeline: train 10, a record, an arm of 6; goes on from whatever is there. */
export function pipeline(run: RunDirectory): void {
  const store = run.seed(0)
  iterate(store, 'train', 10)
  if (store.record('poor') === undefined) {
    store.metrics.append({ stage: 'evaluate', correlation: 0.8 })
    store.writeRecord('poor', poor)
  }
  iterate(store, 'retrain-xmrl', 6)
  run.setStatus('done')
}
