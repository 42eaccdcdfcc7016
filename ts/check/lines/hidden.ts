/** Whether a policy can see which task it has. */
import { type Course, firstDifference, fly, rowOf } from '../course.js'
import { EACH, type Ground } from '../ground.js'
import { type Finding, notApplicable, ok, warning } from '../line.js'
import { besideEachOther, putTo, type Side } from '../side.js'

/** What differs from task to task, and in what way that was seen. */
interface Sight {
  entries: number[]
  when: string
  /** Whether steps leave them as they are. */
  stands?: true
}

/** Entries in which a row of observations differs from another. */
const entriesThatDiffer = (seen: Float64Array, a: number, b: number, count: number): number[] => {
  const [x, y] = [rowOf(seen, a, count), rowOf(seen, b, count)]
  return Array.from(x.keys()).filter((k) => !Object.is(x[k], y[k]))
}

/** Entries in which some of these rows differ from the first. */
const entriesOf = (seen: Float64Array, rows: readonly number[], count: number): number[] =>
  [...new Set(rows.flatMap((row) => entriesThatDiffer(seen, 0, row, count)))].sort((a, b) => a - b)

/** In one state, as it is looked at where an episode begins there. */
function atRest({ batch, count }: Side, when: string): Sight | undefined {
  const rows = Array.from({ length: count }, (_, row) => row)
  const entries = entriesOf(batch.observations, rows, count)
  return entries.length === 0 ? undefined : { entries, when }
}

/**
 * On the way, which is what steps return: worlds that went through the same states must look the same. Where tasks change what happens
 * these are soon few; then what a step shows is looked at again in states of the first world in which all are put.
 */
function onTheWay(ground: Ground, side: Side): Sight | undefined {
  const { batch, count, act } = side
  let alike = Array.from({ length: count }, (_, row) => row)
  let state = rowOf(batch.state(), 0, count).slice()
  for (let t = 0; t < ground.compared; t++) {
    const { observations, terminated, truncated } = batch.step(act(t))
    const states = batch.state()
    const first = rowOf(states, 0, count)
    alike = alike.filter((row) => firstDifference(rowOf(states, row, count), first) === undefined)
    const entries = entriesOf(observations, alike, count)
    if (entries.length > 0) return { entries, when: `in the same state, as step ${t + 1} returns it,` }
    if (terminated[0] + truncated[0] > 0) break
    alike = alike.filter((row) => terminated[row] + truncated[row] === 0)
    state = first.slice()
  }
  return putTo(batch, state, count) ? atRest(side, 'in the same state in the middle of an episode') : undefined
}

/** Entries that steps leave as they are in every episode of a task, and that differ from task to task. */
function standing(courses: readonly Course[], taskOf: (row: number) => number, count: number): number[] {
  const size = courses[0].first.length / count
  const rows = Array.from({ length: count }, (_, row) => row)
  return Array.from({ length: size }, (_, k) => k).filter((k) => {
    const shown = new Map<number, number>()
    for (const { observations } of courses) {
      for (const seen of observations) {
        for (const row of rows) {
          const value = seen[row * size + k]
          const before = shown.get(taskOf(row))
          if (before !== undefined && !Object.is(before, value)) return false
          shown.set(taskOf(row), value)
        }
      }
    }
    return new Set(shown.values()).size > 1
  })
}

/** Whether the observation shows the task; said, not refused. */
export function taskHidden(ground: Ground): Finding {
  const side = besideEachOther(ground)
  if (side.count < 2) return notApplicable('there is one task only')
  if (!side.same) {
    // Each begins in its own start: what stands still in all episodes of a task is all that can be told.
    const courses = [fly(ground.batch(), ground.compared, (t) => ground.actions('random', t))]
    const entries = standing(courses, (row) => Math.floor(row / EACH), ground.count)
    if (entries.length > 0) return sighted({ entries, when: 'whatever is done', stands: true })
    return notApplicable(
      'tasks begin in different states and cannot be set to one, so that what an observation shows of a task cannot be told'
    )
  }
  const sight = atRest(side, 'in the same state') ?? onTheWay(ground, besideEachOther(ground)) ?? always(ground)
  return sight === undefined
    ? ok(
        'in the same state every task looks the same, as it is set and as steps return it: policies must find out by what they are rewarded for'
      )
    : sighted(sight)
}

/** Where tasks change what happens, so that steps lead to different states: what stands still from one start, whatever is done, but for the task. */
function always(ground: Ground): Sight | undefined {
  const courses = [0, 1].map((run) => {
    const { batch, act } = besideEachOther(ground)
    return fly(batch, ground.compared, (t) => act(run * ground.compared + t))
  })
  const entries = standing(courses, (row) => row, courses[0].rewards[0].length)
  return entries.length === 0 ? undefined : { entries, when: 'from the same state, whatever is done,', stands: true }
}

function sighted({ entries, when, stands }: Sight): Finding {
  const one = entries.length === 1
  const list = entries.length <= 8 ? entries.join(', ') : `${entries.slice(0, 7).join(', ')} and ${entries.length - 7} more`
  const [differ, stand] = one ? ['differs', 'stands'] : ['differ', 'stand']
  const how = stands ? `${stand} still in a task’s episodes and ${differ}` : differ
  return warning(
    `${when} entr${one ? 'y' : 'ies'} ${list} of the observation ${how} from task to task: a policy can see which task it has`,
    'leave the task out of `observe` (in Python: of what `reset` and `step` return) if policies are to infer it; with the task in sight one policy may serve all without adapting'
  )
}
