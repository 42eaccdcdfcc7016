/**
 * What Slurm says of tasks, with accounting (`sacct`), with accounting that is switched off, and without the command. The Slurm of
 * `npm run test:slurm` has no accounting (it needs a database), so its words here are those of sacct's and scontrol's manual pages.
 */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { slurmStates } from '../../ts/sweep/slurm.js'
import { folder } from '../helpers.js'

const submission = (job: string, units: string[]) => ({
  version: 1 as const,
  engine: 'slurm' as const,
  at: '2026-01-01T00:00:00.000Z',
  units,
  job
})

/** Commands of Slurm's that print so, as the only ones that there are. */
function commands(t: ExecutionContext, scripts: Readonly<Record<string, string>>): void {
  const at = folder(t)
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(at, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(at, name), 0o755)
  }
  process.env.PATH = at
}

const before = process.env.PATH
test.afterEach.always(() => {
  process.env.PATH = before
})

const print = (...lines: string[]) => lines.map((line) => `echo '${line}'`).join('\n')
const WAITS = print('12|3|PENDING|Priority')
const SHOWN = print(
  'JobId=13 ArrayJobId=12 ArrayTaskId=0 JobName=xmrl UserId=root(0) JobState=COMPLETED Reason=None Requeue=1',
  'JobId=14 ArrayJobId=12 ArrayTaskId=1 JobName=xmrl UserId=root(0) JobState=NODE_FAIL Reason=NodeDown Requeue=1',
  'JobId=12 ArrayJobId=12 ArrayTaskId=2-3%2 JobName=xmrl UserId=root(0) JobState=PENDING Reason=Priority Requeue=1'
)

test.serial('with accounting the words are those of sacct, and squeue knows better what waits', async (t) => {
  const accounted = print('12_0|COMPLETED', '12_1|CANCELLED by 1000', '12_2|TIMEOUT', '12_3|REQUEUED', '12_[4-5]|PENDING')
  commands(t, { sacct: accounted, squeue: WAITS, scontrol: 'echo JobState=FAILED ArrayJobId=12 ArrayTaskId=0' })
  t.deepEqual(
    [...(await slurmStates([submission('12', ['a', 'b', 'c', 'd', 'e'])]))],
    [
      ['a', { word: 'COMPLETED' }],
      ['b', { word: 'CANCELLED' }],
      ['c', { word: 'TIMEOUT' }],
      ['d', { word: 'PENDING', reason: 'Priority' }]
    ]
  )
})

for (const [what, sacct] of [
  ['switched off', { sacct: "echo 'Slurm accounting storage is disabled' >&2; exit 1" }],
  ['empty', { sacct: 'exit 0' }],
  ['no command', {}]
] as const)
  test.serial(`accounting is ${what}: scontrol says how tasks ended`, async (t) => {
    commands(t, { ...sacct, squeue: WAITS, scontrol: SHOWN })
    t.deepEqual(
      [...(await slurmStates([submission('12', ['a', 'b', 'c', 'd'])]))],
      [
        ['a', { word: 'COMPLETED' }],
        ['b', { word: 'NODE_FAIL' }],
        ['d', { word: 'PENDING', reason: 'Priority' }]
      ]
    )
  })

test.serial('of two submissions of a unit the newer one counts', async (t) => {
  commands(t, { sacct: print('12_0|FAILED', '15_0|COMPLETED'), squeue: 'exit 0' })
  t.deepEqual([...(await slurmStates([submission('12', ['a']), submission('15', ['a'])]))], [['a', { word: 'COMPLETED' }]])
})

test.serial('jobs that Slurm has forgotten are none; a Slurm that does not answer is an error', async (t) => {
  commands(t, { squeue: "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1", scontrol: 'exit 1' })
  t.is((await slurmStates([submission('12', ['a'])])).size, 0)
  commands(t, { squeue: "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1", scontrol: 'exit 1' })
  await t.throwsAsync(slurmStates([submission('12', ['a'])]), {
    code: 'ERR_SCHEDULER',
    message: /^squeue: slurm_load_jobs error: Unable to contact/
  })
})
