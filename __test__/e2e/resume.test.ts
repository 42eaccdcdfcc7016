import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { loadRun } from '../../ts/run/index.js'
import { folder, outcome, tinySpec, xmrl } from '../helpers.js'

/** The moment an event is printed at: a stage of it, and an iteration where the moment lies inside the stage. */
interface Moment {
  stage: string
  arm?: string
  iteration?: number
}

const MOMENTS: Moment[] = [
  { stage: 'train', iteration: 7 },
  { stage: 'evaluate', arm: 'theta_0', iteration: 3 },
  { stage: 'explain' },
  { stage: 'augment', iteration: 2 },
  { stage: 'retrain', arm: 'xmrl', iteration: 2 },
  { stage: 'retrain', arm: 'maml', iteration: 5 },
  { stage: 'evaluate', arm: 'maml' }
]

const work = mkdtempSync(join(tmpdir(), 'xmrl-resume-'))
test.after.always(() => rmSync(work, { recursive: true, force: true }))
/** Divides the iterations of training, and no stop is likely to fall on a multiple of it. */
const EVERY = 6
const spec = tinySpec(work, { checkpoint: { every: EVERY, keep: 2 } })

const run = (out: string, threads: number, resume = false) =>
  ['run', spec, '--out', out, '--threads', String(threads), '--json', ...(resume ? ['--resume'] : [])] as string[]

/** Bytes of the run that nobody disturbs, on one thread. */
const undisturbed = (async () => {
  const out = join(work, 'whole')
  const done = await xmrl(run(out, 1))
  if (done.code !== 0) throw new Error(`the undisturbed run failed: ${done.stderr}`)
  return outcome(out)
})()

/** Runs (or goes on) and sends a signal when the moment has come; true when it came. */
async function stopAt(t: ExecutionContext, out: string, moment: Moment, signal: NodeJS.Signals, threads: number): Promise<number | null> {
  let came = false
  const done = await xmrl(run(out, threads, existsSync(join(out, 'resolved.json'))), {
    line: (text, kill) => {
      const event = JSON.parse(text)
      const wanted = moment.iteration === undefined ? 'stage-started' : 'iteration'
      if (came || event.type !== wanted || event.stage !== moment.stage || event.skipped) return
      if (moment.arm !== undefined && event.arm !== moment.arm) return
      if (moment.iteration !== undefined && event.iteration < moment.iteration) return
      came = true
      kill(signal)
    }
  })
  t.true(came, `${signal} at ${JSON.stringify(moment)} was never sent: ${done.stderr}`)
  return done.code
}

async function finishAndCompare(t: ExecutionContext, out: string, threads: number): Promise<void> {
  const last = await xmrl(run(out, threads, true))
  t.is(last.code, 0, last.stderr)
  same(t, outcome(out), await undisturbed)
}

function same(t: ExecutionContext, got: Record<string, string>, expected: Record<string, string>): void {
  t.deepEqual(Object.keys(got), Object.keys(expected))
  for (const [name, bytes] of Object.entries(expected)) t.true(got[name] === bytes, `${name} differs`)
}

test('the run that is compared with holds every stage', async (t) => {
  const names = Object.keys(await undisturbed)
  for (const name of ['train-12', 'retrain-xmrl', 'retrain-maml', 'augmentation.json', 'explanation.json', 'table.json', 'episodes.json'])
    t.true(
      names.some((found) => found.startsWith(name)),
      name
    )
})

test('three threads give the bytes of one', async (t) => {
  const out = join(folder(t), 'run')
  const done = await xmrl(run(out, 3))
  t.is(done.code, 0, done.stderr)
  same(t, outcome(out), await undisturbed)
})

test('stopped by SIGINT in every stage and resumed, the bytes are those of the undisturbed run', async (t) => {
  const out = join(folder(t), 'run')
  let between = 0
  // A signal in the last moment may come when nothing is left to stop.
  for (const [i, moment] of MOMENTS.slice(0, -1).entries()) {
    t.is(await stopAt(t, out, moment, 'SIGINT', 1 + (i % 2)), 75, `exit code at ${JSON.stringify(moment)}`)
    const stopped = await loadRun(out)
    t.is(stopped.manifest.status, 'stopped')
    t.false(existsSync(join(out, '.lock')), 'the lock is given back')
    // A checkpoint off the grid of `checkpoint.every` can only come from stopping inside a loop.
    if (
      Object.entries(stopped.seeds[0].stages).some(
        ([stage, at]) => at % EVERY !== 0 && !existsSync(join(out, 'seed-0', 'results', recordOf(stage)))
      )
    )
      between++
  }
  t.true(between >= 1, 'no stop fell between two checkpoints')
  await finishAndCompare(t, out, 2)
})

const recordOf = (stage: string) => (stage === 'augment' ? 'augmentation.json' : `${stage.replace('retrain', 'arm')}.json`)

test('killed without warning in every stage and resumed, the bytes are those of the undisturbed run', async (t) => {
  const out = join(folder(t), 'run')
  for (const [i, moment] of MOMENTS.entries()) t.is(await stopAt(t, out, moment, 'SIGKILL', 1 + (i % 3)), null)
  t.true(existsSync(join(out, '.lock')), 'the dead process left its lock')
  await finishAndCompare(t, out, 1)
})
