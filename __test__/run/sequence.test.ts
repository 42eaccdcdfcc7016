import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { RunDirectory } from '../../ts/run/index.js'
import { experiment, folder, iterate, poor } from './helpers.js'

test('commits are counted on over reopening: what came after a checkpoint that turns out torn is set aside, nothing older is', (t) => {
  const out = join(folder(t), 'run')
  const again = <T>(work: (run: RunDirectory) => T): T => {
    const run = RunDirectory.open(out, experiment(), { resume: true })
    try {
      return work(run)
    } finally {
      run.close()
    }
  }
  // Three processes: eight iterations and an older record; the last two iterations; a record that was made of them.
  again((run) => {
    const store = run.seed(0)
    iterate(store, 'warm', 4)
    iterate(store, 'train', 8)
  })
  again((run) => iterate(run.seed(0), 'train', 10))
  again((run) => {
    run.seed(0).metrics.append({ stage: 'evaluate', correlation: 0.8 })
    run.seed(0).writeRecord('poor', poor)
  })
  const torn = join(out, 'seed-0', 'checkpoints', 'train-10', 'weights.safetensors')
  writeFileSync(torn, 'torn')
  again((run) => {
    const store = run.seed(0)
    t.is(store.checkpoint('train')?.iteration, 8)
    t.is(store.record('poor'), undefined, 'it was made of weights that are gone')
    t.is(store.checkpoint('warm')?.iteration, 4)
    t.regex(store.notices.join(), /going on from train-8/)
    const { state } = store.checkpoint('train') ?? {}
    t.is(state?.envSteps, 80)
  })
  t.deepEqual(readdirSync(join(out, 'seed-0', 'superseded-1')).sort(), ['poor.json', 'train-10'])
  t.true(existsSync(join(out, 'seed-0', 'checkpoints', 'train-4')) && existsSync(join(out, 'seed-0', 'checkpoints', 'train-8')))
})

test('what is kept beside a record that was never written counts no metrics, so that they are not written twice', (t) => {
  const out = join(folder(t), 'run')
  const line = { stage: 'evaluate', correlation: 0.8 }
  const first = RunDirectory.open(out, experiment(), { resume: true })
  iterate(first.seed(0), 'train', 4)
  first.seed(0).metrics.append(line)
  first.seed(0).saveCheckpoint('beside', 1, { displacements: new Uint8Array(1) }, {}, { aside: true })
  // Cut off before the record.
  first.close()
  const second = RunDirectory.open(out, experiment(), { resume: true })
  const store = second.seed(0)
  t.deepEqual(
    store.metrics.lines().map(({ stage }) => stage),
    ['train', 'train', 'train', 'train']
  )
  store.metrics.append(line)
  store.writeRecord('poor', poor)
  second.close()
  const third = RunDirectory.open(out, experiment(), { resume: true })
  t.is(third.seed(0).metrics.lines().length, 5)
  third.close()
})
