/** The contract of a world, line by line. */
import { XmrlError } from '../errors.js'
import { Ground, TASKS } from './ground.js'
import { type CheckLine, type Finding, failed, notApplicable } from './line.js'
import { description } from './lines/description.js'
import { taskCheck, tasks } from './lines/tasks.js'
import { checks, type Notes } from './list.js'
import type { Subject } from './subject.js'

/** Tasks that are drawn until there are enough different ones. */
const DRAWN = 60

/**
 * Holds a world to its contract. Every line is there whatever was found: one that rests on a check that failed is not applicable, and
 * says which.
 * @param seed of everything that is drawn
 * @param told is called with every line as soon as it is there
 */
export async function judge(subject: Subject, seed: number, told: (line: CheckLine) => void = () => {}): Promise<CheckLine[]> {
  const lines: CheckLine[] = []
  // Checks that failed, or were not judged because another had failed; with that other.
  const broken = new Map<string, string>()
  const note = async (name: string, needs: readonly string[], find: () => Finding) => {
    const missing = needs.find((need) => broken.has(need))
    const root = missing === undefined ? name : (broken.get(missing) as string)
    const finding = missing === undefined ? caught(find) : notApplicable(`not judged, since “${root}” is not in order`)
    if (missing !== undefined || finding.verdict === 'failed') broken.set(name, root)
    const line = { name, ...finding }
    lines.push(line)
    told(line)
    // Between two checks the event loop runs: who shows lines can show them, and a signal is met.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await note('description', [], () => description(subject))
  await note('tasks', ['description'], () => tasks(subject, seed))
  await note('task check', ['tasks'], () => taskCheck(subject))
  const ground = new Ground(subject, seed, broken.has('tasks') ? [] : differentTasks(subject, seed), broken)
  const notes: Notes = {}
  for (const { name, needs, compares, judge } of checks) {
    await note(name, ['tasks', ...needs], () => {
      if (compares && !subject.abilities.deterministic) {
        const why = subject.chance === undefined ? 'the world says that it is not deterministic' : `${subject.chance} (“repeatable”)`
        return notApplicable(`not compared: ${why}`)
      }
      try {
        return judge(ground, notes)
      } finally {
        ground.close()
      }
    })
  }
  return lines
}

/** Different tasks of the evaluation pool, as far as there are any. */
function differentTasks(subject: Subject, seed: number): number[][] {
  const drawn = subject.tasks('evaluation', seed, DRAWN)
  return [...new Map(drawn.map((task) => [task.join(' '), task])).values()].slice(0, TASKS)
}

/** What a check finds; a world that fails while it is checked has failed the check. */
function caught(find: () => Finding): Finding {
  try {
    return find()
  } catch (error) {
    if (!(error instanceof XmrlError)) throw error
    return failed(error.message, 'correct what the message names')
  }
}
