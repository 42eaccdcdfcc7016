import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { loadRun, RunDirectory, WEIGHTS } from '../../ts/run/index.js'
import { experiment, folder, iterate, pipeline, weightsAt } from './helpers.js'

const open = (out: string, resume = false) => RunDirectory.open(out, experiment(), { resume })

/** Metrics and newest weights of a finished small run. */
function result(out: string): [string, string, string] {
  const weights = (name: string) => readFileSync(join(out, 'seed-0', 'checkpoints', name, WEIGHTS), 'utf8')
  return [readFileSync(join(out, 'seed-0', 'metrics.jsonl'), 'utf8'), weights('train-10'), weights('retrain-xmrl-6')]
}

function uninterrupted(out: string): [string, string, string] {
  const run = open(out)
  pipeline(run)
  run.close()
  return result(out)
}

test('stopped anywhere and resumed, the bytes are those of an uninterrupted run', (t) => {
  const whole = uninterrupted(folder(t))
  for (let stop = 1; stop <= 9; stop++) {
    const out = folder(t)
    const first = open(out)
    iterate(first.seed(0), 'train', 10, stop)
    first.close()
    const second = open(out, true)
    pipeline(second)
    second.close()
    t.deepEqual(result(out), whole, `stopped after ${stop}`)
  }
})

test('killed with SIGKILL at several moments and resumed, the bytes are the same', async (t) => {
  const whole = uninterrupted(folder(t))
  const out = folder(t)
  for (const lines of [3, 4, 4, 2]) await runUntil(out, lines)
  const last = open(out, true)
  pipeline(last)
  last.close()
  t.deepEqual(result(out), whole)
})

/** Starts the child and kills it without warning after it wrote `lines` metrics lines. */
function runUntil(out: string, lines: number): Promise<void> {
  const script = fileURLToPath(new URL('./killed.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import=tsx', script, out], { stdio: ['ignore', 'pipe', 'inherit'] })
  let written = 0
  child.stdout.on('data', (chunk: Buffer) => {
    written += chunk.length
    if (written >= lines) child.kill('SIGKILL')
  })
  return new Promise((resolve) => child.on('exit', () => resolve()))
}

test('a torn newest checkpoint is passed over with a notice that names the file', (t) => {
  const whole = uninterrupted(folder(t))
  const out = folder(t)
  const first = open(out)
  iterate(first.seed(0), 'train', 10)
  first.close()
  truncateSync(join(out, 'seed-0', 'checkpoints', 'train-10', WEIGHTS), 3)
  const second = open(out, true)
  const store = second.seed(0)
  t.is(store.checkpoint('train')?.iteration, 8)
  t.is(store.notices.length, 1)
  t.regex(store.notices[0], /train-10\/weights\.safetensors: it has 3 bytes.*going on from train-8/)
  pipeline(second)
  second.close()
  t.deepEqual(result(out), whole)
})

test('a bad checkpoint of a finished stage takes back what was built on it, and nothing is thrown away', (t) => {
  const out = folder(t)
  const whole = uninterrupted(out)
  writeFileSync(join(out, 'seed-0', 'checkpoints', 'train-10', WEIGHTS), weightsAt('train', 11).subarray(0, weightsAt('train', 10).length))
  const run = open(out, true)
  const store = run.seed(0)
  t.is(store.record('poor'), undefined, 'made from the weights that are gone')
  t.is(store.checkpoint('retrain-xmrl'), undefined)
  t.true(readdirSync(join(out, 'seed-0', 'superseded-1')).includes('poor.json'))
  pipeline(run)
  run.close()
  t.deepEqual(result(out), whole)
})

test('without any good checkpoint of a stage the run stops and names the file', (t) => {
  const out = folder(t)
  const run = open(out)
  iterate(run.seed(0), 'train', 4)
  run.close()
  writeFileSync(join(out, 'seed-0', 'checkpoints', 'train-4', 'MANIFEST.json'), '{"version":1')
  const again = open(out, true)
  t.throws(() => again.seed(0), { code: 'ERR_CHECKPOINT_CORRUPT', message: /train-4\/MANIFEST\.json: it is not JSON/ })
  again.close()
})

test('a metrics file shorter than the last commit says so', (t) => {
  const out = folder(t)
  uninterrupted(out)
  truncateSync(join(out, 'seed-0', 'metrics.jsonl'), 20)
  const again = open(out, true)
  t.throws(() => again.seed(0), { code: 'ERR_CHECKPOINT_CORRUPT', message: /metrics\.jsonl has 20 bytes/ })
  again.close()
})

test('unfinished files of a killed run are removed, only the newest checkpoints are kept', (t) => {
  const out = folder(t)
  const run = open(out)
  iterate(run.seed(0), 'train', 20)
  t.deepEqual(readdirSync(join(out, 'seed-0', 'checkpoints')).sort(), ['train-12', 'train-16', 'train-20'])
  run.close()
  writeFileSync(join(out, 'seed-0', 'checkpoints', '.tmp-train-24'), 'half')
  writeFileSync(join(out, 'seed-0', 'results', '.tmp-poor.json'), 'half')
  const again = open(out, true)
  again.seed(0)
  t.false(existsSync(join(out, 'seed-0', 'checkpoints', '.tmp-train-24')))
  t.false(existsSync(join(out, 'seed-0', 'results', '.tmp-poor.json')))
  again.close()
})

test('loadRun reads records, metrics and weights back', async (t) => {
  const out = folder(t)
  uninterrupted(out)
  const run = await loadRun(out)
  t.is(run.manifest.status, 'done')
  t.is(run.experiment.hash, experiment().hash)
  t.deepEqual(run.seeds[0].records.poor?.evaluation, [1])
  t.is(run.metrics.length, 17)
  t.deepEqual(run.metrics[0], { seed: 0, stage: 'train', iteration: 1, returnAfter: Math.sin(1) })
  t.is(Buffer.from(run.seeds[0].weights() ?? []).toString(), weightsAt('train', 10).toString())
  t.deepEqual(run.seeds[0].stages, { train: 10, 'retrain-xmrl': 6 })
  t.deepEqual(run.seeds[0].checkpoint('train')?.state, { envSteps: 100 })
  await t.throwsAsync(loadRun(join(out, 'seed-0')), { code: 'ERR_RUN_NOT_FOUND' })
})
