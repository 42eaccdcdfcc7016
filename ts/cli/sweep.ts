/** `xmrl sweep submit | status | resume | cancel | collect`: many runs on one machine or on a cluster. */
import type { Command } from 'commander'
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import type { RunEvent } from '../pipeline/index.js'
import { blockLines, matrixBlock } from '../report/index.js'
import {
  type Collected,
  cancelSweep,
  collect,
  type Engine,
  openedSweep,
  ownJob,
  type Program,
  readSweepFile,
  requeueOwn,
  resumeSweep,
  type SweepEvent,
  submitSweep,
  sweepStatus,
  unitNamed,
  workOnUnit
} from '../sweep/index.js'
import { describe, EXIT } from './failure.js'
import { natural, oneOf, positive, shownPath } from './parse.js'
import { stoppable } from './stopping.js'
import { isOver, statusLines } from './sweep-status.js'

interface SweepFlags {
  engine?: Engine
  out?: string
  json: boolean
}

const ENGINE = 'local (worker processes of this machine) or slurm (one array of jobs)'

/** How this program was started, for a job that starts it elsewhere. */
const program = (): Program => ({ node: process.execPath, args: [...process.execArgv, process.argv[1]] })

const print = (text: string) => void process.stdout.write(`${text}\n`)

/** Adds the commands. */
export function sweepCommands(xmrl: Command): void {
  const sweep = xmrl.command('sweep').description('many runs on one machine or on a cluster: every cell of a matrix, each with every seed')
  const add = (name: string, description: string) =>
    sweep
      .command(name)
      .description(description)
      .argument('<sweep.yaml>', 'the sweep: base, matrix, seeds, arms (docs/sweep.md)')
      .option('--engine <name>', ENGINE, oneOf('local', 'slurm'))
      .option('--out <dir>', "the sweep's directory (default: out of the file, else runs/<name of the file> beside it)")
      .option('--json', 'print JSON, one object a line', false)
  add('submit', 'check every cell, then hand all units over; local works here to the end, slurm comes back at once').action(
    (file: string, flags: SweepFlags) => handOver('submit', file, flags)
  )
  add('status', 'how every unit stands: state, attempt, steps a second, time to go')
    .option('--watch', 'again every two seconds, until no unit is queued or running', false)
    .option('--all', 'every unit, also of a large sweep', false)
    .action(status)
  add('resume', 'hand over what is neither done nor queued nor running, and cells and seeds that the file has gained').action(
    (file: string, flags: SweepFlags) => handOver('resume', file, flags)
  )
  add('cancel', 'stop: what runs saves and ends, what waits is not begun; resume goes on').action(cancel)
  add('collect', 'a table over the seeds of each cell and one over the matrix; exit code 1 where a unit is missing').action(collected)
  sweep
    .command('unit', { hidden: true })
    .description('one unit of a sweep: what a job of Slurm starts')
    .argument('<sweep dir>')
    .requiredOption('--submission <n>', 'by which it was handed over', positive)
    .requiredOption('--task <n>', 'its place there', natural)
    .action(unit)
}

async function handOver(command: 'submit' | 'resume', file: string, { engine, out, json }: SweepFlags): Promise<void> {
  const sweep = await readSweepFile(file, out)
  let [of, done] = [0, 0]
  const show = (event: SweepEvent) => {
    if (event.type === 'submitted') of = event.units
    if (event.type === 'unit-ended' && event.end === 'published') done++
    if (json) return print(JSON.stringify(event))
    for (const line of lines(event, done, of)) print(line)
  }
  const work = async (signal: AbortSignal) => {
    const options = { program: program(), signal, told: show }
    if (command === 'submit') await submitSweep(sweep, { engine: engine ?? 'local', ...options })
    else await resumeSweep(sweep, defined({ engine, ...options }))
  }
  await stoppable(work, () => {
    if (!json) process.stderr.write('\nstopping: every unit saves after its step (again: stop at once; nothing saved is lost)\n')
  })
}

/** What a person reads of an event. */
function lines(event: SweepEvent, done: number, of: number): string[] {
  switch (event.type) {
    case 'submitted': {
      const { engine, path, units, jobs = [] } = event
      const others = [event.done > 0 ? `${event.done} done before` : '', event.active > 0 ? `${event.active} at work already` : '']
      const also = others.filter((text) => text !== '').join(', ')
      const where = jobs.length > 0 ? `, job${jobs.length > 1 ? 's' : ''} ${jobs.join(', ')}` : ''
      return [`${units} units handed to ${engine}${where}${also === '' ? '' : ` (${also})`}; directory ${shownPath(path)}`]
    }
    case 'unit-began':
      return []
    case 'unit-ended':
      return [event.end === 'published' ? `✓ ${event.unit} (${done} of ${of})` : `· ${event.unit} ${event.end}`]
    case 'unit-failed':
      return [`✗ ${event.unit}: ${event.code}: ${event.message}${event.again ? '; begun again from what it had saved' : ''}`]
  }
}

async function status(file: string, flags: SweepFlags & { watch: boolean; all: boolean }): Promise<void> {
  const { out } = await readSweepFile(file, flags.out)
  const once = async () => {
    const found = await sweepStatus(out)
    if (flags.json) print(JSON.stringify({ type: 'status', ...found }))
    else {
      if (flags.watch && process.stdout.isTTY) process.stdout.write('\x1b[H\x1b[2J')
      print(statusLines(found, flags.all).join('\n'))
    }
    return isOver(found)
  }
  if (!flags.watch) return void (await once())
  await stoppable(
    async (signal) => {
      while (!(await once()) && !signal.aborted) await pause(2000, signal)
    },
    () => {}
  )
}

/** Waits, or until the signal comes. */
const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

async function cancel(file: string, { out, json }: SweepFlags): Promise<void> {
  const sweep = await readSweepFile(file, out)
  const units = await cancelSweep(sweep.out)
  if (json) print(JSON.stringify({ type: 'cancelled', units }))
  else print(`${units.length} units cancelled; what runs saves and ends; xmrl sweep resume goes on`)
}

async function collected(file: string, { out, json }: SweepFlags): Promise<void> {
  const { folder, plan } = openedSweep((await readSweepFile(file, out)).out)
  const found = await collect(folder, plan)
  const { cells, matrix, missing, notes } = found
  if (json) {
    const told = cells.map(({ name, values, folder: at, table }) => ({ name, values, folder: at, seeds: table.seeds }))
    print(JSON.stringify({ type: 'collected', cells: told, matrix, missing, notes }))
  } else print(collectedLines(found).join('\n'))
  if (missing.length === 0) return
  const named = missing.slice(0, 8).map(({ unit, state, reason }) => `${unit} (${reason ?? state})`)
  const more = missing.length > named.length ? ` and ${missing.length - named.length} more` : ''
  throw new XmrlError(
    'ERR_RECORD_INVALID',
    `${missing.length} of ${plan.cells.length * plan.seeds.length} units are missing: ${named.join(', ')}${more}; xmrl sweep resume goes on`
  )
}

function collectedLines({ keys, cells, matrix, notes }: Collected): string[] {
  if (cells.length === 0) return ['no unit is done yet']
  return [
    ...blockLines(matrixBlock(keys, cells)),
    '',
    ...notes.map((note) => `· ${note}`),
    ...cells.map(({ folder }) => `cell: ${shownPath(folder)}`),
    `matrix: ${shownPath(matrix)}`
  ]
}

/** A job of Slurm's: it saves on every signal, and is queued again where its time was nearly over. */
async function unit(path: string, { submission, task }: { submission: number; task: number }): Promise<void> {
  const { folder, plan } = openedSweep(path)
  const name = folder.submission(submission).units[task]
  if (name === undefined) throw new XmrlError('ERR_USAGE', `--task ${task}: submission ${submission} has no such unit`)
  const job = ownJob(process.env)
  const threads = plan.threads ?? (Number(process.env.SLURM_CPUS_PER_TASK) || 1)
  let warned = false
  const warn = () => {
    warned = true
  }
  process.on('SIGUSR1', warn)
  const say = (text: string) => void process.stderr.write(`${new Date().toISOString()} ${name}: ${text}\n`)
  let end: string | undefined
  await stoppable(
    async (signal) => {
      const told = (event: RunEvent) => {
        if (event.type === 'note') say(event.text)
        if (event.type === 'stage-finished') say(`${event.stage}${event.arm ? ` ${event.arm}` : ''}: ${event.summary}`)
      }
      end = await workOnUnit(folder, plan, unitNamed(plan, name), defined({ signal, submission, job, threads, told }))
      say(end)
      if (end !== 'stopped' || !warned) return
      try {
        await requeueOwn(process.env)
      } catch (error) {
        say(describe(error))
      }
    },
    () => {}
  )
  process.off('SIGUSR1', warn)
  if (end === 'stopped') process.exitCode = EXIT.stopped
}
