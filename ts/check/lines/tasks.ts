/** Tasks: what the law draws, and what is refused. */
import { XmrlError } from '../../errors.js'
import { firstDifference } from '../course.js'
import { type Finding, failed, figure, ok, warning } from '../line.js'
import type { Subject } from '../subject.js'

/** Tasks of each pool that are drawn. */
const DRAWN = 40

const POOLS = ['training', 'evaluation', 'heldOut'] as const

const shown = (task: readonly number[]) => `[${task.map(figure).join(', ')}]`

/** What is wrong with a task of the law; undefined where nothing is. */
function fault({ about }: Subject, task: readonly number[]): string | undefined {
  if (task.length !== about.taskSize) return `has ${task.length} numbers, a task has ${about.taskSize} (${about.taskNames.join(', ')})`
  for (const [k, value] of task.entries()) {
    const range = `${about.taskLow[k]} to ${about.taskHigh[k]}`
    if (!(value >= about.taskLow[k] && value <= about.taskHigh[k])) return `has ${about.taskNames[k]} ${value}, outside ${range}`
  }
  return undefined
}

/** The law of tasks: of the right shape, within bounds, accepted, a function of pool and seed. */
export function tasks(subject: Subject, seed: number): Finding {
  const pools = POOLS.map((pool) => subject.tasks(pool, seed, DRAWN))
  for (const [p, pool] of pools.entries()) {
    if (pool.length !== DRAWN) {
      return failed(`the law gave ${pool.length} ${POOLS[p]} tasks where ${DRAWN} were asked for`, 'give as many rows as `count` says')
    }
    for (const [row, task] of pool.entries()) {
      const found = fault(subject, task)
      if (found !== undefined) {
        return failed(`${POOLS[p]} task ${row}, ${shown(task)}, ${found}`, 'correct the law, or the bounds of the task')
      }
    }
    const again = subject.tasks(POOLS[p], seed, DRAWN)
    if (firstDifference(pool.flat(), again.flat()) !== undefined) {
      return failed(
        `the same seed gives other ${POOLS[p]} tasks when it is asked again`,
        'draw from the `random` that the law is given alone'
      )
    }
    subject.worlds({ tasks: pool, seed }).dispose()
  }
  const different = (rows: number[][]) => new Set(rows.map((row) => row.join(' '))).size
  const all = different(pools.flat())
  if (all === 1) return failed(`every task is ${shown(pools[0][0])}`, 'give the law several tasks: there is nothing to adapt to')
  const [first] = pools
  const other = subject.tasks('training', seed === 0 ? 1 : seed - 1, DRAWN)
  if (all < DRAWN) {
    return ok(
      `only ${all} different tasks: pools share them, so that figures on held-out tasks say nothing of new ones; examples ${shown(first[0])}, ` +
        shown(first.find((task) => String(task) !== String(first[0])) ?? first[1])
    )
  }
  if (firstDifference(first.flat(), pools[1].flat()) === undefined) {
    return warning(
      'training and evaluation pool hold the same tasks',
      'let the law depend on the pool, or draw from the `random` that it is given, which differs from pool to pool'
    )
  }
  if (firstDifference(first.flat(), other.flat()) === undefined) {
    return ok(`the same tasks for every seed (a list, not a law); examples ${shown(first[0])}, ${shown(first[1])}`)
  }
  const repeated = pools.flat().length - all
  return ok(
    `${3 * DRAWN} drawn, all accepted, the same for the same seed${repeated > 0 ? `; ${repeated} of them twice` : ''}; examples ${shown(first[0])}, ${shown(first[1])}`
  )
}

/** Whether worlds of a task are refused, and what is said. */
function refused(subject: Subject, task: readonly number[]): string | undefined {
  try {
    subject.worlds({ tasks: [task] }).dispose()
    return undefined
  } catch (error) {
    if (error instanceof XmrlError) return error.message
    throw error
  }
}

/** What is no task is refused: another width, what is no number, what lies outside the bounds. */
export function taskCheck(subject: Subject): Finding {
  const { about } = subject
  const [good] = subject.tasks('training', 0, 1)
  const wrong: [string, number[]][] = [
    ['a task of one number too many', [...good, 0]],
    ['a task of one number too few', good.slice(1)]
  ]
  for (let k = 0; k < about.taskSize; k++) {
    const other = (value: number) => good.map((old, at) => (at === k ? value : old))
    wrong.push([`NaN as ${about.taskNames[k]}`, other(Number.NaN)])
    if (about.taskNames[k] === about.kinds?.parameter) wrong.push([`half a ${about.taskNames[k]}`, other(0.5)])
    wrong.push([`infinity as ${about.taskNames[k]}`, other(Number.POSITIVE_INFINITY)])
    const [low, high] = [about.taskLow[k], about.taskHigh[k]]
    if (Number.isFinite(high)) wrong.push([`${about.taskNames[k]} above ${figure(high)}`, other(high + 1 + Math.abs(high))])
    if (Number.isFinite(low)) wrong.push([`${about.taskNames[k]} below ${figure(low)}`, other(low - 1 - Math.abs(low))])
  }
  const taken = wrong.find(([, task]) => refused(subject, task) === undefined)
  if (taken !== undefined)
    return failed(`${taken[0]} is accepted: ${shown(taken[1])}`, 'refuse it in the check of tasks, with what is wrong')
  const open = about.taskNames.filter((_, k) => !Number.isFinite(about.taskLow[k]) || !Number.isFinite(about.taskHigh[k]))
  const said = `refused: other widths, NaN, infinity${open.length < about.taskSize ? ', values outside the bounds' : ''}${about.kinds === undefined ? '' : ', fractions of a kind'}`
  return ok(open.length === 0 ? said : `${said}; without bounds: ${open.join(', ')}`)
}
