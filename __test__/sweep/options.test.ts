import { execFileSync } from 'node:child_process'
import test from 'ava'
import { seconds, slurmOptions } from '../../ts/sweep/options.js'
import { jobScript, ownJob } from '../../ts/sweep/slurm.js'

test('keys of slurm are options of sbatch, handed through; memory and cpus have their names', (t) => {
  const { options, setup } = slurmOptions({
    partition: 'cpu',
    time: '02:00:00',
    memory: '4G',
    cpus: 2,
    exclusive: true,
    'mail-type': 'END',
    setup: 'module load node'
  })
  t.deepEqual(options, [
    '--partition=cpu',
    '--time=02:00:00',
    '--mem=4G',
    '--cpus-per-task=2',
    '--exclusive',
    '--mail-type=END',
    '--signal=B:USR1@120'
  ])
  t.deepEqual(setup, ['module load node'])
  t.deepEqual(slurmOptions({ signal: 'B:USR1@300', setup: ['a', 'b'] }), { options: ['--signal=B:USR1@300'], setup: ['a', 'b'] })
})

test('the warning comes a tenth of the time before its end, at most two minutes and at least half a one', (t) => {
  const warning = (time?: string | number) => slurmOptions(time === undefined ? {} : { time }).options.at(-1)
  t.deepEqual(
    [warning(), warning('01:00:00'), warning('00:10:00'), warning(2), warning('UNLIMITED')],
    [120, 120, 60, 30, 120].map((each) => `--signal=B:USR1@${each}`)
  )
})

test('times are read as sbatch reads them', (t) => {
  // man sbatch: minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes, days-hours:minutes:seconds.
  const times = { '90': 5400, '1:30': 90, '2:03:04': 7384, '1-2': 93_600, '1-2:03': 93_780, '1-2:03:04': 93_784 }
  for (const [text, expected] of Object.entries(times)) t.is(seconds(text), expected, text)
  t.is(seconds(90), 5400)
  t.is(seconds('infinite'), undefined)
})

for (const [key, value, message] of [
  ['array', '0-3', /slurm\.array: the units are the array; set jobs/],
  ['output', 'x', /slurm\.output: logs lie in logs/],
  ['wrap', 'x', /slurm\.wrap: .*setup/],
  ['signal', 'TERM@10', /slurm\.signal: units save on B:USR1@<seconds/],
  ['Memory', '4G', /slurm\.Memory: no long option of sbatch/],
  ['time', ['1'], /slurm\.time: give a text, a number or true/],
  ['setup', [1], /slurm\.setup: give a line of shell/]
] as [string, unknown, RegExp][])
  test(`slurm.${key}: ${JSON.stringify(value)} is refused`, (t) => {
    t.throws(() => slurmOptions({ [key]: value }), { code: 'ERR_SPEC_INVALID', message })
  })

test('a job starts its task, whatever the names of folders', (t) => {
  const script = jobScript("/a folder/it's", 3, { node: '/bin/echo', args: ['main.js'] }, [])
  const out = execFileSync('bash', ['-c', script], { env: { PATH: process.env.PATH, SLURM_ARRAY_TASK_ID: '5' }, encoding: 'utf8' })
  t.is(out.trim(), "main.js sweep unit /a folder/it's --submission 3 --task 5")
})

test('after setup the node of the path is taken, without setup the one that submitted', (t) => {
  const run = (setup: string[], node = '/nowhere/node') =>
    execFileSync('bash', ['-c', jobScript('/s', 1, { node, args: ['-p', '1+1', '--'] }, setup)], {
      env: { PATH: process.env.PATH, SLURM_ARRAY_TASK_ID: '0' },
      encoding: 'utf8'
    }).trim()
  t.is(run([]), '2')
  t.is(run(['node() { echo "a module: $1"; }', 'export -f node', ':']), '2')
  t.is(run(['true'], '/bin/false'), '2')
})

test('a task of an array is asked for by its place in it: the number of the last one is that of the array', (t) => {
  t.is(ownJob({ SLURM_JOB_ID: '12', SLURM_ARRAY_JOB_ID: '12', SLURM_ARRAY_TASK_ID: '3' }), '12_3')
  t.is(ownJob({ SLURM_JOB_ID: '12' }), '12')
  t.is(ownJob({}), undefined)
})
