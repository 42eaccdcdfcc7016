import { readFileSync } from 'node:fs'
import test from 'ava'
import { metaworldFiles } from '../../ts/metaworld/index.js'
import { handEpisode, handGoal } from '../../ts/stages/hand.js'
import { environment } from '../../ts/worlds/index.js'

/** The numbers of the first line with this word in what Meta-World's own package did. */
function recorded(name: string, word: string): Float64Array {
  const text = readFileSync(new URL(`../../crates/envs/tests/recorded/metaworld/${name}.episodes`, import.meta.url), 'utf8')
  const line = text.split('\n').find((line) => line.startsWith(`${word} `)) ?? ''
  const bytes = Buffer.from(line.split(' ').slice(1).join(''), 'hex')
  return Float64Array.from({ length: bytes.length / 8 }, (_, k) => bytes.readDoubleBE(8 * k))
}

test('where hand and object are in a state is what Meta-World shows there', (t) => {
  if (!metaworldFiles().there) {
    t.log(`skipped: no ${metaworldFiles().folder}; \`npx xmrl data metaworld\` fetches it`)
    return t.pass()
  }
  // A door's handle is no free object: where it is follows from its hinge and from where the task has put the door.
  for (const name of ['door-open', 'pick-place']) {
    const [random, state, seen] = ['random', 'state', 'seen'].map((word) => recorded(name, word))
    const { path, heights = [], object } = handEpisode(`metaworld/${name}`, [...random], [state, state])
    const rounded = (first: number) => [...seen.subarray(first, first + 3)].map((metres) => Math.round(metres * 1000) / 1000)
    t.deepEqual([...path[1], heights[1]], rounded(0), name)
    t.deepEqual([...(object?.path[1] ?? []), object?.heights[1]], rounded(4), name)
  }
})

test('where the goal of a task is, is where Meta-World’s own package has it, also of a kind of task of ML10', (t) => {
  if (!metaworldFiles().there) {
    t.log(`skipped: no ${metaworldFiles().folder}; \`npx xmrl data metaworld\` fetches it`)
    return t.pass()
  }
  const kinds = environment('metaworld/ml10').kinds?.names ?? []
  for (const name of ['reach', 'push', 'door-open', 'drawer-close', 'shelf-place']) {
    const [random, goal] = ['random', 'goal'].map((word) => recorded(name, word))
    const rounded = [...goal].map((metres) => Math.round(metres * 1000) / 1000)
    t.deepEqual(handGoal(`metaworld/${name}`, [...random]).goal as number[] | undefined, rounded, name)
    // The number of its kind before it, zeros behind it.
    const task = [kinds.indexOf(name), ...random, 0, 0, 0].slice(0, 7)
    t.deepEqual(handGoal('metaworld/ml10', task).goal as number[] | undefined, rounded, name)
  }
  // A task of reaching is its goal's coordinates.
  const random = [...recorded('reach', 'random')]
  t.deepEqual(
    handGoal('metaworld/reach', random).goal as number[] | undefined,
    random.slice(3).map((metres) => Math.round(metres * 1000) / 1000)
  )
  t.deepEqual(handGoal('drone-planar', [8, 3]), {})
})
