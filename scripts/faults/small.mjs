// A run without a learner: figures are functions of the iteration, everything else is the product's: the directory, its lock, metrics,
// checkpoints and records, and going on from whatever is there. Its outcome is compared byte for byte.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { product } from './product.mjs'

const { RunDirectory, WEIGHTS } = await product('run/index')
const { UnitFolder } = await product('run/unit')
const { defineExperiment } = await product('spec/index')

const experiment = defineExperiment({ checkpoint: { every: 2, keep: 2 } })
const POOR = {
  fraction: 0.2,
  evaluation: [1],
  heldOut: [2],
  rankCorrelation: { evaluation: 0.8, heldOut: 0.7 },
  reliable: true
}

/**
 * Makes a run, or goes on with it, to its end.
 * @param {string} out
 * @param {{ committed?: (path: string) => void, half?: boolean }} [options] `committed` is told the path of what has just become durable;
 * `half`: only up to the arm
 */
export function smallRun(out, { committed = () => {}, half = false } = {}) {
  const run = RunDirectory.open(out, experiment, { resume: true })
  try {
    const store = run.seed(0)
    iterate(store, 'train', 5, committed)
    if (store.record('poor') === undefined) {
      store.metrics.append({ stage: 'evaluate', correlation: 0.8 })
      store.writeRecord('poor', POOR)
      committed(join(store.path, 'results', 'poor.json'))
    }
    if (half) return
    run.recordSteps(0, 'train', 50)
    iterate(store, 'retrain-xmrl', 3, committed)
    run.writeFile('report.html', '<html></html>\n')
    run.setStatus('done')
  } finally {
    run.close()
  }
}

/** The same as a unit of a sweep: an attempt works on it, from where the one before it stood, and publishes it. */
export function smallUnit(path, options) {
  const unit = new UnitFolder(path)
  const attempt = unit.begin({ most: 1000 })
  if (attempt === undefined) return void unit.settle()
  smallRun(attempt.path, options)
  if (options?.half) return
  attempt.progress({ stage: 'retrain-xmrl', iteration: 3, seconds: 1, envSteps: 30 })
  attempt.publish()
}

function iterate(store, stage, total, committed) {
  for (let iteration = (store.checkpoint(stage)?.iteration ?? 0) + 1; iteration <= total; iteration++) {
    store.metrics.append({ stage, iteration, returnAfter: Math.sin(iteration) })
    store.timing.append({ stage, iteration, seconds: iteration })
    if (iteration % 2 === 0 || iteration === total) {
      const files = { [WEIGHTS]: Buffer.from(`${stage} ${iteration} ${Math.sin(iteration)}`) }
      store.saveCheckpoint(stage, iteration, files, { envSteps: iteration * 10 })
      committed(join(store.path, 'checkpoints', `${stage}-${iteration}`, 'MANIFEST.json'))
    }
  }
}

/** What must not depend on what happened on the way. */
export function smallOutcome(out) {
  const seed = join(out, 'seed-0')
  const text = (...names) => readFileSync(join(seed, ...names), 'utf8')
  const { status } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
  const weights = ['train-5', 'retrain-xmrl-3'].map((name) => text('checkpoints', name, WEIGHTS))
  const { header, ...poor } = JSON.parse(text('results', 'poor.json'))
  return JSON.stringify([status, text('metrics.jsonl'), ...weights, header.metricsBytes, poor])
}

/**
 * Files that no reader may meet: `.tmp-` of a finished run, JSON that is none, lines that are none. A journal may keep some `.tmp-`: another
 * process may be about to make an entry of one, so nobody removes what is not theirs.
 */
export function leftovers(out) {
  if (!existsSync(out)) return []
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => {
    if (/^journal\/\.tmp-/.test(file)) return false
    if (/(^|\/)\.tmp-/.test(file)) return true
    if (/\.json$/.test(file)) return !parses(join(out, file))
    if (!/\.jsonl$/.test(file)) return false
    const lines = readFileSync(join(out, file), 'utf8').split('\n')
    return lines.pop() !== '' || !lines.every((line) => parsesText(line))
  })
}

const parses = (file) => parsesText(readFileSync(file, 'utf8'))
function parsesText(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
