/** What a world says of itself. */
import { counted, type Finding, failed, figure, ok } from '../line.js'
import type { Subject } from '../subject.js'

/** Sizes, names and bounds that do not fit each other; undefined where they do. */
function contradiction({ about, observationBounds }: Subject): string | undefined {
  const { observationSize, actionSize, stateSize, taskSize, horizon, supportHorizon, actionScale, taskNames, taskLow, taskHigh } = about
  const sizes = { observationSize, actionSize, stateSize, taskSize, horizon, supportHorizon }
  for (const [name, size] of Object.entries(sizes))
    if (!(Number.isInteger(size) && size >= 1)) return `${name} is ${size}; it must be a whole number from 1`
  if (!(actionScale > 0 && Number.isFinite(actionScale))) return `actionScale is ${actionScale}; it must be above 0`
  for (const [name, list] of Object.entries({ taskNames, taskLow, taskHigh, defaultTask: about.defaultTask }))
    if (list.length !== taskSize) return `${name} has ${list.length} entries; a task has ${taskSize}`
  for (let k = 0; k < taskSize; k++) {
    if (!(taskLow[k] <= taskHigh[k])) return `task parameter ${k} (${taskNames[k]}) has bounds ${taskLow[k]} to ${taskHigh[k]}`
    const value = about.defaultTask[k]
    if (!(value >= taskLow[k] && value <= taskHigh[k])) return `the default task has ${taskNames[k]} ${value}, outside its bounds`
  }
  const repeated = taskNames.find((name, k) => taskNames.indexOf(name) !== k)
  if (repeated !== undefined) return `two task parameters are called "${repeated}"`
  for (const bounds of Object.values(observationBounds ?? {}))
    if (bounds.length !== observationSize) return `an observation has ${observationSize} entries, its bounds ${bounds.length}`
  return undefined
}

/** Sizes, names and bounds. */
export function description(subject: Subject): Finding {
  const wrong = contradiction(subject)
  if (wrong !== undefined) return failed(wrong, 'correct the description of the world')
  const { observationSize, actionSize, stateSize, horizon, supportHorizon, actionScale, taskNames, taskLow, taskHigh } = subject.about
  const range = (low: number, high: number) => {
    if (Number.isFinite(low)) return Number.isFinite(high) ? ` ${figure(low)} to ${figure(high)}` : ` from ${figure(low)}`
    return Number.isFinite(high) ? ` up to ${figure(high)}` : ' (without bounds)'
  }
  const { kinds } = subject.about
  const parameters = taskNames.map((name, k) =>
    name === kinds?.parameter
      ? `${name} (${counted(kinds.names.length, 'kind')}: ${kinds.names.join(', ')})`
      : `${name}${range(taskLow[k], taskHigh[k])}`
  )
  return ok(
    `${counted(observationSize, 'number')} seen, ${actionSize} acted (−${figure(actionScale)} to ${figure(actionScale)}), ${stateSize} of state; ` +
      `task: ${parameters.join(', ')}; query episodes of ${horizon} steps, support episodes of ${supportHorizon}`
  )
}
