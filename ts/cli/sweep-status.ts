/** How a sweep stands, as lines for a terminal. */
import { isActive, type SweepStatus, type UnitPhase, type UnitStatus } from '../sweep/index.js'
import { compact, duration } from './progress.js'

/** Units that are shown without being asked for all. */
const MOST = 40
/** Characters of a reason. */
const WIDE = 60

/** Whether no engine does more by itself. */
export const isOver = ({ units }: SweepStatus): boolean => !units.some(isActive)

const ORDER: readonly UnitPhase[] = ['done', 'running', 'queued', 'requeued', 'stopped', 'cancelled', 'waiting', 'lost', 'failed']

/** A table of units (of many, those that are neither done nor queued), then how many there are of each state and when it ends. */
export function statusLines(status: SweepStatus, all: boolean): string[] {
  const { units } = status
  const told = all || units.length <= MOST ? units : units.filter(({ state }) => state !== 'done' && state !== 'queued').slice(0, MOST)
  const rows = [['unit', 'state', 'attempt', 'stage', 'done', 'steps/s', 'to go', ''], ...told.map(cells)]
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const left = units.length - told.length
  const counts = ORDER.flatMap((state) => (status.counts[state] === undefined ? [] : [`${status.counts[state]} ${state}`]))
  const toGo = status.secondsToGo === undefined ? '' : `; about ${duration(status.secondsToGo)} to go`
  return [
    ...rows.map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]))
        .join('  ')
        .trimEnd()
    ),
    ...(left > 0 ? [`and ${left} more: --all`] : []),
    '',
    `${units.length} units: ${counts.join(', ')}${toGo}`,
    ...advice(status)
  ]
}

function cells({ unit, state, attempt, stage, share, stepsPerSecond, secondsToGo, reason = '' }: UnitStatus): string[] {
  return [
    unit,
    state,
    attempt === 0 ? '' : String(attempt),
    stage ?? '',
    share === undefined ? '' : `${Math.round(100 * share)} %`,
    stepsPerSecond === undefined || stepsPerSecond === 0 ? '' : compact(stepsPerSecond),
    secondsToGo === undefined ? '' : duration(secondsToGo),
    reason.length > WIDE ? `${reason.slice(0, WIDE - 1)}…` : reason
  ]
}

/** What to do next, where nothing happens by itself. */
function advice(status: SweepStatus): string[] {
  if (!isOver(status)) return []
  return [status.counts.done === status.units.length ? 'xmrl sweep collect makes the tables' : 'xmrl sweep resume goes on']
}
