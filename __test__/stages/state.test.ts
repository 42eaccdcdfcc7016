/** What checkpoints keep beside weights: the learning curve is metrics.jsonl's alone, and checkpoints of old go on all the same. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { freshRun, record, small } from './recorded.js'

const SPEC = small({ retrain: { arms: ['maml'] }, checkpoint: { every: 2, keep: 5 } })
const manifests = (out: string) => {
  const checkpoints = join(out, 'seed-5', 'checkpoints')
  return readdirSync(checkpoints).map((name) => join(checkpoints, name, 'MANIFEST.json'))
}
const halfway = async (out: string) => {
  const stopped = await record(SPEC, {
    out,
    stop: (event) => event.type === 'iteration' && event.stage === 'retrain' && event.iteration === 3
  })
  if (stopped.error?.code !== 'ERR_ABORTED') throw stopped.error ?? new Error('the run was not stopped')
}

test('no checkpoint keeps the learning curve, and the record that is made after going on has all of it', async (t) => {
  const whole = await record(SPEC)
  const out = freshRun()
  await halfway(out)
  for (const path of manifests(out)) t.false('curve' in JSON.parse(readFileSync(path, 'utf8')).state, path)
  // As older versions wrote them: with a curve, which is passed over.
  for (const path of manifests(out)) {
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...manifest, state: { ...manifest.state, curve: [{ envSteps: 1, returnAfter: 2 }] } }))
  }
  const { records, error } = await record(SPEC, { out })
  t.is(error, undefined)
  t.deepEqual(records.arms.maml, whole.records.arms.maml)
  t.true(records.arms.maml.curve.length > 3)
})

test('metrics that are not those of the checkpoint are refused', async (t) => {
  const out = freshRun()
  await halfway(out)
  const file = join(out, 'seed-5', 'metrics.jsonl')
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"stage":"retrain-maml"', '"stage":"retrain-mine"'))
  const { error } = await record(SPEC, { out })
  t.is(error?.code, 'ERR_CHECKPOINT_CORRUPT')
  t.regex(error?.message ?? '', /metrics\.jsonl has 0 iterations of retrain-maml, its checkpoint is of iteration 3: put /)
})
