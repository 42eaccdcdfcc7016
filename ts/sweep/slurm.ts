/** The engine `slurm`: everything through Slurm's own commands. One array of jobs, a unit a task; Slurm alone decides what runs where and when. */
import { execFile } from 'node:child_process'
import { XmrlError } from '../errors.js'
import type { SweepPlan, SweepSubmission } from '../records/index.js'
import type { OpenSweep, SweepFolder } from '../run/index.js'
import { slurmOptions } from './options.js'
import type { Unit } from './plan.js'

/** What a job starts: the command line of this package, as it was started here. */
export interface Program {
  node: string
  args: readonly string[]
}

/** How Slurm has a task: its own word (`RUNNING`, `PENDING`, …) and, where it waits, why. */
export interface TaskState {
  word: string
  reason?: string
}

/** Milliseconds that a command of Slurm's may take. */
const PATIENCE = 120_000
/** Jobs that one command is asked about. */
const AT_ONCE = 100

interface Said {
  code: number
  out: string
  error: string
}

/** Runs a command of Slurm's. @throws XmrlError `ERR_SCHEDULER` where there is none of that name */
function ask(command: string, args: readonly string[], input?: string): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { timeout: PATIENCE, maxBuffer: 1 << 28 }, (error, out, said) => {
      if ((error as NodeJS.ErrnoException | null)?.code === 'ENOENT')
        return reject(
          new XmrlError(
            'ERR_SCHEDULER',
            `${command}: no such command on this machine; run it where Slurm is installed, or use --engine local`
          )
        )
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, out: String(out), error: String(said).trim() || (error?.killed ? `no answer in ${PATIENCE / 1000} s` : '') })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input ?? '')
  })
}

/** The same; what it refuses is an error with its words. */
async function told(command: string, args: readonly string[], input?: string): Promise<string> {
  const { code, out, error } = await ask(command, args, input)
  if (code === 0) return out
  throw new XmrlError('ERR_SCHEDULER', `${command}: ${error.split('\n').at(0) || `exit code ${code}`}`)
}

const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** The script of a job: the lines of `setup`, then the unit in its place, so that signals reach it. */
export function jobScript(sweep: string, submission: number, { node, args }: Program, setup: readonly string[]): string {
  // After `setup` the node that it has brought, else the one that submitted, else any.
  const found = setup.length > 0 ? `node=$(command -v node || echo ${quoted(node)})` : `node=${quoted(node)}; [ -x "$node" ] || node=node`
  const unit = ['sweep', 'unit', sweep, '--submission', String(submission)]
  return [
    '#!/bin/bash',
    '# A unit of a sweep of xmrl: task $SLURM_ARRAY_TASK_ID of the submission.',
    ...setup,
    found,
    `exec "$node" ${[...args, ...unit].map(quoted).join(' ')} --task "$SLURM_ARRAY_TASK_ID"`,
    ''
  ].join('\n')
}

/**
 * Hands units to Slurm: one array, or, where there are more than it takes in one, several that wait for one another.
 * @returns the submissions' numbers
 * @throws XmrlError `ERR_SCHEDULER` with the words of what Slurm refused, `ERR_SPEC_INVALID` of the section `slurm`
 */
export async function submitSlurm(sweep: OpenSweep, plan: SweepPlan, units: readonly Unit[], program: Program): Promise<number[]> {
  const { options, setup } = slurmOptions(plan.slurm)
  const { folder } = sweep
  const most = await longestArray()
  const numbers: number[] = []
  let before: string | undefined
  for (let from = 0; from < units.length; from += most) {
    const part = units.slice(from, from + most)
    const submission: Omit<SweepSubmission, 'version'> = {
      engine: 'slurm',
      at: new Date().toISOString(),
      units: part.map(({ name }) => name)
    }
    const number = sweep.submit(submission)
    // Before Slurm knows them, so that a task that begins at once finds its unit handed over.
    for (const { name } of part) folder.unit(name).queue(number)
    const script = jobScript(folder.path, number, program, setup)
    folder.write(script, 'submissions', `${number}.sh`)
    folder.write('', 'logs', '.here')
    const limit = plan.jobs === undefined ? '' : `%${plan.jobs}`
    const args = [
      '--parsable',
      `--array=0-${part.length - 1}${limit}`,
      '--requeue',
      '--open-mode=append',
      `--output=${folder.place('logs', 'slurm-%A_%a.txt').replaceAll(' ', '\\ ')}`,
      ...(options.some((option) => option.startsWith('--job-name=')) ? [] : ['--job-name=xmrl-sweep']),
      ...(before === undefined ? [] : [`--dependency=afterany:${before}`]),
      ...options
    ]
    const said = await told('sbatch', args, script)
    const job = /^(\d+)/.exec(said.trim())?.[1]
    if (job === undefined) throw new XmrlError('ERR_SCHEDULER', `sbatch: no number of a job in its answer (${said.trim().slice(0, 80)})`)
    sweep.resubmit(number, { version: 1, ...submission, job })
    numbers.push(number)
    before = job
  }
  return numbers
}

/** Tasks that an array may have here. */
async function longestArray(): Promise<number> {
  const { code, out } = await ask('scontrol', ['show', 'config'])
  const most = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(out)?.[1] ?? 1001)
  return code === 0 && most > 1 ? most - 1 : 1000
}

/**
 * How Slurm has the units of a sweep's submissions, by their names: those that it queues or runs, and, where it still knows (`sacct`,
 * `scontrol`), how the others ended. The newest submission of a unit counts.
 */
export async function slurmStates(submissions: readonly SweepSubmission[]): Promise<Map<string, TaskState>> {
  const jobs = submissions.flatMap(({ engine, job }) => (engine === 'slurm' && job !== undefined ? [job] : []))
  if (jobs.length === 0) return new Map()
  const tasks = new Map<string, TaskState>()
  for (let from = 0; from < jobs.length; from += AT_ONCE) {
    const some = jobs.slice(from, from + AT_ONCE)
    for (const [task, state] of [...(await ended(some)), ...(await queued(some))]) tasks.set(task, state)
  }
  const states = new Map<string, TaskState>()
  for (const { job, units } of submissions) {
    units.forEach((unit, place) => {
      const state = job === undefined ? undefined : tasks.get(`${job}_${place}`)
      if (state !== undefined) states.set(unit, state)
    })
  }
  return states
}

/** Tasks that wait or run, `<job>_<task>` each. */
async function queued(jobs: readonly string[]): Promise<[string, TaskState][]> {
  const { code, out, error } = await ask('squeue', ['--noheader', '--array', `--jobs=${jobs.join(',')}`, '--format=%F|%K|%T|%r'])
  // Numbers that it has forgotten: nothing of them waits or runs.
  if (code !== 0 && !/Invalid job id/i.test(error)) throw new XmrlError('ERR_SCHEDULER', `squeue: ${error.split('\n')[0]}`)
  return lines(out).flatMap(([job, task, word, reason]): [string, TaskState][] => [[`${job}_${task}`, { word, reason }]])
}

/** How tasks ended, as far as Slurm remembers. */
async function ended(jobs: readonly string[]): Promise<[string, TaskState][]> {
  const words = ['--jobs', jobs.join(','), '--allocations', '--noheader', '--parsable2', '--format=JobID,State']
  // Not every machine that has the other commands has this one.
  const accounted = await ask('sacct', words).catch((error: XmrlError): Said => ({ code: 1, out: '', error: error.message }))
  if (accounted.code === 0 && accounted.out.trim() !== '')
    return lines(accounted.out).flatMap(([task, state]): [string, TaskState][] =>
      /_\d+$/.test(task) ? [[task, { word: state.split(' ')[0] }]] : []
    )
  const found: [string, TaskState][] = []
  for (const job of jobs) {
    const { out } = await ask('scontrol', ['--oneliner', 'show', 'job', job])
    for (const line of out.split('\n')) {
      const [array, task, word] = ['ArrayJobId', 'ArrayTaskId', 'JobState'].map((key) => new RegExp(`\\b${key}=(\\S+)`).exec(line)?.[1])
      if (array !== undefined && word !== undefined && /^\d+$/.test(task ?? '')) found.push([`${array}_${task}`, { word }])
    }
  }
  return found
}

const lines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split('|'))

/** Words of Slurm's for a task that it still means to run, or runs. */
const ALIVE =
  /^(PENDING|RUNNING|CONFIGURING|COMPLETING|SUSPENDED|REQUEUED|REQUEUE_HOLD|REQUEUE_FED|RESIZING|SIGNALING|STAGE_OUT|STOPPED|SPECIAL_EXIT)/

/** Whether Slurm will do more on a task by itself. */
export const taskLives = (state: TaskState | undefined): boolean => state !== undefined && ALIVE.test(state.word)

/** Takes every task of a sweep's submissions off Slurm that still waits or runs. */
export async function cancelSlurm(sweep: SweepFolder): Promise<void> {
  const jobs = sweep.submissions().flatMap(({ engine, job }) => (engine === 'slurm' && job !== undefined ? [job] : []))
  if (jobs.length === 0) return
  const live = new Set((await queued(jobs)).map(([task]) => task.split('_')[0]))
  if (live.size > 0) await told('scancel', [...live])
}

/**
 * The job of this process in Slurm's words, `<array>_<task>` or a number alone; undefined outside Slurm. Not `SLURM_JOB_ID` in an array: that
 * of the last task is the array's own number, and whatever is asked of it is asked of every task.
 * @param env the environment that Slurm gave it
 */
export function ownJob({ SLURM_JOB_ID: id, SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task }: NodeJS.ProcessEnv): string | undefined {
  return array === undefined || task === undefined ? id : `${array}_${task}`
}

/**
 * Puts the job of this process back into the queue: it has saved because its time is nearly over.
 * @param env the environment that Slurm gave it
 */
export async function requeueOwn(env: NodeJS.ProcessEnv): Promise<void> {
  const job = ownJob(env)
  if (job !== undefined) await told('scontrol', ['requeue', job])
}
