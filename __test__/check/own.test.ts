/** Worlds of one's own: a sound one, and the slips that people make when they write one. Each is named by its line, and by no other. */
import test from 'ava'
import { checkWorld, type DefinedWorld, type WorldDefinition } from '../../ts/index.js'
import { POINT } from '../own/worlds.js'
import { of, sound, step, stepped, world } from './pushed.js'

test('a sound world, and the one of the examples, have nothing to change', async (t) => {
  for (const each of [world(), POINT]) {
    const { lines, passed, world: name } = await checkWorld(each)
    t.true(passed, name)
    t.deepEqual(of(lines, 'warning'), [], name)
    t.deepEqual(of(lines, 'not applicable'), [], name)
  }
})

let started = 0

const BROKEN: [slip: string, () => DefinedWorld, line: string, found: RegExp][] = [
  [
    'the reward is that of the row before',
    () =>
      world({
        step(batch) {
          step(batch)
          batch.rewards.set(batch.rewards.slice(0, batch.count - 1), 1)
        }
      }),
    'rows',
    /^world \d+ of 20 gives other figures as world \d+ of 6: after step 1 reward: /
  ],
  [
    'the number of the row is read',
    () =>
      stepped(({ states }, w) => {
        states[4 * w] += 1e-9 * w
      }),
    'rows',
    /^world \d+ of 20 gives other figures as world \d+ of 6: after step 1 /
  ],
  [
    'an index that forgets the size of a row',
    () =>
      stepped(({ rewards, actions }, w) => {
        rewards[w] -= 0.01 * actions[w]
      }),
    'rows',
    /gives other figures .*reward/
  ],
  [
    'Math.random in a step',
    () =>
      stepped(({ rewards }, w) => {
        rewards[w] += 1e-3 * Math.random()
      }),
    'repeatable',
    /^two runs from the same states under the same actions part: world 0, after step 1 reward: /
  ],
  [
    'steps are counted in a closure',
    () => {
      let t = 0
      return stepped(({ rewards }, w) => {
        rewards[w] -= 1e-6 * t++
      })
    },
    'repeatable',
    /^two runs from the same states/
  ],
  [
    'a mass that is drawn in reset and kept beside the state',
    () => {
      // Episodes all last as long: where one ends, the others change their rows, and `rows` would name it.
      const masses = new Float64Array(4096).fill(1)
      return world({
        reset(batch) {
          sound.reset(batch)
          for (let w = 0; w < batch.count; w++) masses[w] = 1 + 0.1 * batch.random(w, 9)
        },
        step(batch) {
          for (let i = 0; i < batch.actions.length; i++) batch.actions[i] /= masses[i >> 1]
          step(batch)
          batch.terminated.fill(0)
        }
      })
    },
    'set state',
    /^set to its state of step 15 in another row, world \d+ goes on in another way: after step 1 /
  ],
  [
    'what counts as success is drawn in reset and kept beside the state',
    () => {
      const bands = new Float64Array(4096)
      return world({
        reset(batch) {
          sound.reset(batch)
          for (let w = 0; w < batch.count; w++) bands[w] = batch.random(w, 9)
        },
        step(batch) {
          step(batch)
          for (let w = 0; w < batch.count; w++) batch.success[w] = Number(Math.abs(batch.states[4 * w] - 0.1) < 0.2 * bands[w])
          batch.terminated.fill(0)
        }
      })
    },
    'set state',
    /^set to its state of step 15 in .*, world \d+ goes on in another way.*: after step \d+ success: /
  ],
  [
    'starts by Math.random',
    () =>
      world({
        reset({ states }) {
          for (let i = 0; i < states.length; i++) states[i] = 0.1 * Math.random()
        }
      }),
    'starts',
    /^two batches of one seed begin differently \(world 0\)$/
  ],
  [
    'starts that are counted on',
    () =>
      world({
        reset({ count, states }) {
          for (let w = 0; w < count; w++) states[4 * w] = 1e-4 * started++
        }
      }),
    'starts',
    /begin differently/
  ],
  [
    'no number after a while',
    () =>
      stepped(({ states, rewards }, w) => {
        rewards[w] += Math.sqrt(1.99 - Math.abs(states[4 * w]))
      }),
    'finite',
    /^in step \d+ of an episode \(.*\): pushed: step wrote NaN to rewards \(row \d+, step \d+ of its episode\)/
  ],
  [
    'code that throws',
    () =>
      stepped(({ states }, w) => {
        if (Math.abs(states[4 * w + 2]) > 0.5) throw new RangeError('too fast')
      }),
    'finite',
    /pushed: step threw RangeError: too fast/
  ],
  [
    'a task that is not read',
    () =>
      stepped(({ rewards, states, terminated, success }, w) => {
        rewards[w] = states[4 * w]
        terminated[w] = success[w] = 0
      }),
    'task matters',
    /^from one state under the same actions 12 different tasks give the same rewards/
  ],
  [
    'actions that are not read',
    () => stepped(({ actions }, w) => actions.fill(0.1, 2 * w, 2 * w + 2), 'before'),
    'actions',
    /^10 steps at the bounds of the actions give what doing nothing gives/
  ],
  [
    'a law that draws by Math.random',
    () => world({ laws: { uniform: (_, count) => Array.from({ length: count }, () => [Math.random(), Math.random()]) } }),
    'tasks',
    /^the same seed gives other training tasks when it is asked again$/
  ],
  [
    'a law that leaves the bounds',
    () =>
      world({ defaultTask: [0, 0], laws: { uniform: (random, count) => Array.from({ length: count }, () => [4 * random(), random()]) } }),
    'tasks',
    /^pushed: laws\.uniform, task \d+ of training: goal x = \d\.\d+ is outside \[-1, 1\]$/
  ],
  [
    'a law that gives too few',
    () => world({ defaultTask: [0, 0], laws: { uniform: () => [[0, 0]] } }),
    'tasks',
    /^pushed: laws\.uniform gave 1 tasks where 40 were asked for \(training\)$/
  ],
  [
    'a mix the wrong way round',
    () =>
      world({
        mix(lambda, a, b, out) {
          for (let k = 0; k < 4; k++) out[k] = lambda * b[k] + (1 - lambda) * a[k]
        }
      }),
    'mixing',
    /^lambda 0\.999999 is not close to the first state in \d+ of 200 pairs$/
  ],
  [
    'a mix that throws',
    () =>
      world({
        mix() {
          throw new TypeError('no such thing')
        }
      }),
    'mixing',
    /pushed: mix threw TypeError: no such thing/
  ],
  [
    'starts of support episodes that are none',
    () =>
      world({
        reset(batch) {
          sound.reset(batch)
          if (batch.support) batch.states[1] = Number.POSITIVE_INFINITY
        }
      }),
    'support starts',
    /^pushed: reset wrote inf to states, entry 1 \(row 0, at the start of its episode\)/
  ]
]

test('each slip is named by its line, and by no other', async (t) => {
  t.timeout(180_000)
  for (const [slip, make, name, found] of BROKEN) {
    const { lines, passed } = await checkWorld(make())
    const failed = of(lines, 'failed')
    t.deepEqual(
      failed.map((line) => line.name),
      [name],
      `${slip}: ${JSON.stringify(failed, null, 2)}`
    )
    t.false(passed)
    t.regex(failed[0]?.found ?? '', found, slip)
    t.truthy(failed[0]?.change, slip)
    for (const line of of(lines, 'not applicable')) t.regex(line.found, /^not judged, since/, `${slip}: ${line.name}`)
  }
})

test('a constant reward says that there is nothing to learn from', async (t) => {
  const { lines } = await checkWorld(
    stepped(({ rewards, terminated, success }, w) => {
      rewards[w] = 1
      terminated[w] = success[w] = 0
    })
  )
  t.deepEqual(
    of(lines, 'warning').map((line) => line.name),
    ['task matters', 'success', 'reward scale']
  )
  t.regex(lines.find(({ name }) => name === 'reward scale')?.found ?? '', /^every reward is 1, in random play and doing nothing$/)
})

test('what a world says it cannot do is told with what follows', async (t) => {
  const told = async (change: Partial<WorldDefinition>) => of((await checkWorld(world(change))).lines, 'not applicable')
  const [mixing, ...rest] = await told({ mix: false })
  t.deepEqual(rest, [])
  t.regex(mixing.found, /^the world says that its states cannot be mixed: XMRL does not augment here/)
  const chance = await told({ deterministic: false })
  t.regex(
    chance.find(({ name }) => name === 'repeatable')?.found ?? '',
    /XMRL then promises neither that a resumed run gives the same bits/
  )
})

test('success is kept once it was met, also where the flag goes down again', async (t) => {
  // Met in passing, within a band that the point crosses; episodes go on.
  const passing = stepped(({ states, terminated, success }, w) => {
    terminated[w] = 0
    success[w] = Number(Math.abs(states[4 * w] - 0.3) < 0.05)
  })
  const { lines, passed } = await checkWorld(passing)
  // A state that is set in the middle begins an episode that has met nothing yet: no fault of the world's.
  t.true(passed)
  t.is(lines.find(({ name }) => name === 'set state')?.verdict, 'ok')
  const line = lines.find(({ name }) => name === 'success')
  t.is(line?.verdict, 'ok')
  t.regex(line?.found ?? '', /; episodes go on after a success$/)
})
