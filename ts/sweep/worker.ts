/**
 * A process that works on one unit for the engine `local`: told what to do by one message, it prints nothing. What it comes to stands in
 * the unit's journal; its last word says the same to the engine.
 */
import { XmrlError } from '../errors.js'
import { coreAddon } from '../native.js'
import { type Alive, BEAT, sayAlive } from '../pipeline/index.js'
import { SweepFolder } from '../run/index.js'
import { unitNamed } from './plan.js'
import { type UnitEnd, workOnUnit } from './unit.js'

/** What the engine says: begin, once; stop after saving. */
export type ToUnit = { type: 'begin'; sweep: string; unit: string; threads: number; submission: number } | { type: 'stop' }

/** Notes of the run for the unit's log; how it ended is the last word. */
export type FromUnit =
  | Alive
  | { type: 'note'; text: string }
  | { type: 'end'; end: UnitEnd }
  | { type: 'failed'; code: string; message: string; stack?: string | undefined }

const abort = new AbortController()
let over = false

const say = (message: FromUnit) => new Promise<void>((resolve) => process.send?.(message, () => resolve()))

async function work({ sweep, unit, threads, submission }: ToUnit & { type: 'begin' }): Promise<FromUnit> {
  try {
    const folder = new SweepFolder(sweep)
    const plan = folder.plan()
    if (plan === undefined) throw new XmrlError('ERR_RUN_NOT_FOUND', `${sweep} holds no sweep (no sweep.json)`)
    const end = await workOnUnit(folder, plan, unitNamed(plan, unit), {
      signal: abort.signal,
      threads,
      submission,
      told: (event) => {
        if (event.type === 'note') void say({ type: 'note', text: event.text })
        if (event.type === 'stage-finished')
          void say({ type: 'note', text: `${event.stage}${event.arm ? ` ${event.arm}` : ''}: ${event.summary}` })
      }
    })
    return { type: 'end', end }
  } catch (error) {
    const { message, stack } = error as Error
    return error instanceof XmrlError
      ? { type: 'failed', code: error.code, message }
      : { type: 'failed', code: 'ERR_NATIVE', message, stack }
  }
}

process.on('message', (message: ToUnit) => {
  if (message.type === 'stop') return abort.abort()
  sayAlive(say, BEAT)
  void work(message).then(async (last) => {
    over = true
    await say(last)
    process.disconnect()
  })
})
// A terminal signals the whole group; it is the engine that decides when to stop. SIGTERM may be meant for this process alone.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {})
process.on('SIGTERM', () => abort.abort())
// Without the engine nobody begins what comes next: end at once, as after a power cut, which loses nothing that is saved.
const end = () => void process.kill(process.pid, 'SIGKILL')
process.on('disconnect', () => {
  if (!over) end()
})
coreAddon().endWithParent()
if (!process.connected) end()
