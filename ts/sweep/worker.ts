/** A process that works on one unit for the engine `local`. What it comes to stands in the unit's journal; its last word says the same. */
import { XmrlError } from '../errors.js'
import { SweepFolder } from '../run/index.js'
import { type Failure, failureOf, type Life, workFor } from '../workers/index.js'
import { unitNamed } from './plan.js'
import { type UnitEnd, workOnUnit } from './unit.js'

/** What it is told to work on. */
export interface UnitTask {
  type: 'begin'
  sweep: string
  unit: string
  threads: number
  submission: number
}

/** Notes of the run for the unit's log; how it ended is the last word. */
export type FromUnit = { type: 'note'; text: string } | { type: 'end'; end: UnitEnd } | ({ type: 'failed'; code: string } & Failure)

async function work({ sweep, unit, threads, submission }: UnitTask, { signal, say }: Life<FromUnit>): Promise<FromUnit> {
  try {
    const folder = new SweepFolder(sweep)
    const plan = folder.plan()
    if (plan === undefined) throw new XmrlError('ERR_RUN_NOT_FOUND', `${sweep} holds no sweep (no sweep.json)`)
    const end = await workOnUnit(folder, plan, unitNamed(plan, unit), {
      signal,
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
    return { type: 'failed', code: 'ERR_NATIVE', ...failureOf(error) }
  }
}

workFor(work)
