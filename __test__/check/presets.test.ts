/** Every world of the package keeps the contract; what is warned of was looked at. */
import test from 'ava'
import { type CheckLine, checkWorld } from '../../ts/check/index.js'
import { environments } from '../../ts/worlds/index.js'
import { folder } from '../helpers.js'
import { priceFile } from '../market/made.js'

/** Warnings that are true of a world and no fault of it, by the start of its name. */
const REVIEWED: [preset: RegExp, line: string, found: RegExp][] = [
  // The centre of mass of a planar body has no y; rllab's observation has it nevertheless.
  [/^cheetah-(vel\/(maml|gym|rare)|dir\/gym)$/, 'observations', /entry 18 is always 0 in random play$/],
  // Contact forces of the ground and of links that touch nothing.
  [/^ant-(vel|dir|goal)\/(maml|promp|rare)$/, 'observations', /entries 29, .* are always the same in random play$/],
  // The quadrotor's goals are far for who flies at random.
  [/^drone-quadrotor/, 'success', /^no success in \d+ episodes/],
  // The paper judges by the return; arrival only ends an episode.
  [/^point-nav/, 'success', /^successes are told, but the world is scored by its return$/]
]

const reviewed = (preset: string, { name, verdict, found }: CheckLine) =>
  verdict === 'warning' && REVIEWED.some(([which, line, said]) => which.test(preset) && line === name && said.test(found))

const NAMES = [
  ...['description', 'tasks', 'task check', 'sizes', 'finite', 'starts', 'repeatable', 'rows', 'set state', 'resets', 'observations'],
  ...['actions', 'task matters', 'task hidden', 'support starts', 'ends', 'success', 'returns', 'reward scale', 'mixing', 'speed']
]

test('every preset keeps the contract', async (t) => {
  t.timeout(300_000)
  const file = priceFile(folder(t))
  for (const { preset, prices, scoredBy, needsFiles } of environments()) {
    if (needsFiles) {
      t.log(`skipped: ${preset} needs files that are fetched, not committed`)
      continue
    }
    if (prices === 'fetched') {
      t.log(`skipped: ${preset} needs prices that are fetched, not committed`)
      continue
    }
    const spec = prices === 'files' ? { market: { file } } : {}
    const told: CheckLine[] = []
    const done = await checkWorld(preset, { spec, told: (line) => told.push(line) })
    t.deepEqual(told, done.lines)
    t.deepEqual(
      done.lines.map(({ name }) => name),
      NAMES
    )
    t.true(done.passed)
    for (const line of done.lines) {
      const said = `${preset}: ${line.name}: ${line.found}`
      const none = line.verdict === 'not applicable' && line.name === 'success' && scoredBy === 'return'
      t.true(line.verdict === 'ok' || none || reviewed(preset, line), said)
      t.is(line.change === undefined, line.verdict !== 'warning', said)
      t.notRegex(said, /is NaN|undefined|Infinity|\[object/, said)
    }
  }
})

test('the same seed says the same, but for the speed', async (t) => {
  const [a, b] = [await checkWorld('drone-planar', { seed: 3 }), await checkWorld('drone-planar', { seed: 3 })]
  const still = ({ lines }: typeof a) => lines.filter(({ name }) => name !== 'speed')
  t.deepEqual(still(a), still(b))
  t.is(a.seed, 3)
})

test('figures are those of the environment', async (t) => {
  const { lines } = await checkWorld('drone-planar')
  const found = (name: string) => lines.find((line) => line.name === name)?.found ?? ''
  // Doing nothing from rest in the plane earns nothing (crates/envs/tests/contract/play.rs has the same).
  t.regex(found('returns'), /^doing nothing 0 ± 0, /)
  t.regex(
    found('description'),
    /^4 numbers seen, 2 acted \(−1 to 1\), 4 of state; task: goal x \(m\) 1 to 9, goal y \(m\) 1 to 9; query episodes of 25 steps/
  )
  // 200 iterations of 24 tasks: 40 or 160 support episodes of 10 steps, 20 query episodes of 25; five arms of 6 000 000; six evaluations
  // of 100 tasks, three times 400 support and 40 query episodes.
  const training = 24 * (100 * (40 * 10 + 20 * 25) + 100 * (160 * 10 + 20 * 25))
  const steps = training + 5 * 6_000_000 + 6 * 100 * 3 * (400 * 10 + 40 * 25)
  t.regex(found('speed'), new RegExp(`takes ${(steps / 1e6).toPrecision(3)} million steps a seed with its 5 arms`))
})
