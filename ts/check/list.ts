/** Every check of a world, in the order in which they are done: what each needs to have passed before it can judge. */
import { type Episodes, play } from './episodes.js'
import type { Ground } from './ground.js'
import { type Finding, failed, ok } from './line.js'
import { ends, success } from './lines/ends.js'
import { finite, type Played } from './lines/finite.js'
import { taskHidden } from './lines/hidden.js'
import { taskMatters } from './lines/meaning.js'
import { mixing } from './lines/mixing.js'
import { repeatable, resets, rows, setState } from './lines/repeat.js'
import { returns, rewardScale } from './lines/rewards.js'
import { actions, observations } from './lines/seen.js'
import { speed } from './lines/speed.js'
import { starts, supportStarts } from './lines/starts.js'

/** What earlier checks leave for later ones. */
export interface Notes {
  played?: Played
  random?: Episodes
  still?: Episodes
}

/** A check of a world whose description and tasks are in order. */
export interface Check {
  name: string
  /** Names of checks that must have passed; where one has not, this one is not judged. */
  needs: readonly string[]
  /** Whether it compares courses bit by bit, which a world that is not deterministic does not promise. */
  compares?: true
  judge(ground: Ground, notes: Notes): Finding
}

const random = (ground: Ground, notes: Notes) => {
  notes.random ??= play(ground, 'random')
  return notes.random
}
const still = (ground: Ground, notes: Notes) => {
  notes.still ??= play(ground, 'still')
  return notes.still
}

/** Arrays of the sizes that the description says. */
function sizes(ground: Ground): Finding {
  const { count, about } = ground
  const batch = ground.batch()
  const { observations: seen, rewards, terminated, truncated } = batch.step(ground.actions('random', 0))
  const expected: [string, number, number][] = [
    ['observations', seen.length, count * about.observationSize],
    ['rewards', rewards.length, count],
    ['terminated', terminated.length, count],
    ['truncated', truncated.length, count],
    ['state', batch.state().length, count * about.stateSize]
  ]
  const wrong = expected.find(([, is, should]) => is !== should)
  if (wrong !== undefined) {
    const [what, is, should] = wrong
    return failed(`${what} of ${count} worlds: ${is} numbers, not ${should}`, 'give arrays of the sizes that the description says')
  }
  return ok(`${count} worlds are made, begin, and take a step; arrays have the sizes of the description`)
}

export const checks: readonly Check[] = [
  { name: 'sizes', needs: [], judge: sizes },
  {
    name: 'finite',
    needs: ['sizes'],
    judge: (ground, notes) => {
      const { finding, played } = finite(ground)
      notes.played = played
      return finding
    }
  },
  { name: 'starts', needs: ['finite'], compares: true, judge: starts },
  { name: 'repeatable', needs: ['finite'], judge: repeatable },
  { name: 'rows', needs: ['starts', 'repeatable'], compares: true, judge: rows },
  { name: 'set state', needs: ['starts', 'rows'], compares: true, judge: setState },
  { name: 'resets', needs: ['rows', 'set state'], compares: true, judge: resets },
  { name: 'observations', needs: ['finite'], judge: (ground, { played }) => observations(ground, played as Played) },
  { name: 'actions', needs: ['starts', 'repeatable'], compares: true, judge: actions },
  { name: 'task matters', needs: ['rows'], compares: true, judge: taskMatters },
  { name: 'task hidden', needs: ['rows'], compares: true, judge: taskHidden },
  { name: 'support starts', needs: ['starts'], compares: true, judge: supportStarts },
  { name: 'ends', needs: ['finite'], judge: (ground, notes) => ends(ground, random(ground, notes)) },
  {
    name: 'success',
    needs: ['support starts', 'ends'],
    judge: (ground, notes) => success(ground, random(ground, notes), still(ground, notes))
  },
  { name: 'returns', needs: ['finite'], judge: (ground, notes) => returns(random(ground, notes), still(ground, notes)) },
  { name: 'reward scale', needs: ['finite'], judge: (ground, notes) => rewardScale(random(ground, notes), still(ground, notes)) },
  { name: 'mixing', needs: ['finite', 'set state'], judge: mixing },
  { name: 'speed', needs: ['finite'], judge: speed }
]
