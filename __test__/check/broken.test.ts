/** A real world whose batches break one promise each: the line of that promise says so, and no other. */
import test from 'ava'
import { type Batch, type CheckLine, judge, type Subject } from '../../ts/check/index.js'
import { createWorlds, environment, sampleTasks } from '../../ts/worlds/index.js'

const about = environment('drone-planar')

const sound: Subject = {
  about,
  abilities: { setState: true, mixes: true, deterministic: true },
  recipeSteps: 1000,
  recipeArms: 1,
  manyWorlds: 0,
  worlds: (options) => createWorlds('drone-planar', options),
  tasks: (pool, seed, count) => sampleTasks('drone-planar', pool, seed, count).values
}

/** A batch some of whose calls do something else. */
function changed(batch: Batch, over: (batch: Batch) => Partial<Batch>): Batch {
  const other = over(batch)
  return new Proxy(batch, {
    get(target, key) {
      const value = Reflect.get(key in other ? other : target, key, key in other ? other : target)
      return typeof value === 'function' ? value.bind(key in other ? other : target) : value
    }
  })
}

const withBatches = (over: (batch: Batch) => Partial<Batch>): Subject => ({
  ...sound,
  worlds: (options) => changed(sound.worlds(options), over)
})

const verdicts = (lines: CheckLine[], verdict: CheckLine['verdict']) => lines.filter((line) => line.verdict === verdict)

test('the sound world has no failed line', async (t) => {
  const lines = await judge(sound, 0)
  t.deepEqual(verdicts(lines, 'failed'), [])
  t.deepEqual(verdicts(lines, 'warning'), [])
})

let made = 0

/** What is broken, the line that names it, and what it says. */
const BROKEN: [fault: string, subject: Subject, line: string, found: RegExp][] = [
  [
    'sizes that are none',
    { ...sound, about: { ...about, observationSize: 0 } },
    'description',
    /^observationSize is 0; it must be a whole number from 1$/
  ],
  ['bounds that cross', { ...sound, about: { ...about, taskLow: [1, 10] } }, 'description', /goal y \(m\)\) has bounds 10 to 9/],
  [
    'a law without a seed',
    { ...sound, tasks: (_, __, count) => Array.from({ length: count }, () => [1 + 8 * Math.random(), 2]) },
    'tasks',
    /^the same seed gives other training tasks when it is asked again$/
  ],
  [
    'a law outside the bounds',
    { ...sound, tasks: (_, __, count) => Array.from({ length: count }, (_, i) => [1 + i, 2]) },
    'tasks',
    /goal x \(m\) 10, outside 1 to 9$/
  ],
  ['one task', { ...sound, tasks: (_, __, count) => Array.from({ length: count }, () => [3, 2]) }, 'tasks', /^every task is \[3, 2\]$/],
  [
    'a task that should be refused',
    {
      ...sound,
      worlds: (options) => sound.worlds({ ...options, tasks: options.tasks.map(([x, ...rest]) => [Number.isNaN(x) ? 5 : x, ...rest]) })
    },
    'task check',
    /^NaN as goal x \(m\) is accepted/
  ],
  [
    'an array that is too short',
    withBatches((batch) => ({
      step: (actions) => {
        const done = batch.step(actions)
        return { ...done, rewards: done.rewards.subarray(1) }
      }
    })),
    'sizes',
    /^rewards of 20 worlds: 19 numbers, not 20$/
  ],
  [
    'starts that are counted on',
    { ...sound, worlds: (options) => sound.worlds({ ...options, seed: (options.seed ?? 0) + made++ }) },
    'starts',
    /^two batches of one seed begin differently/
  ],
  [
    'no number at last',
    withBatches((batch) => {
      let t = 0
      return {
        step: (actions) => {
          const done = batch.step(actions)
          if (++t === 20) done.observations[7] = Number.NaN
          return done
        }
      }
    }),
    'finite',
    /^observation entry 3 of world 1 is NaN in step 20 of an episode \(random actions\)$/
  ],
  [
    'chance in a step',
    withBatches((batch) => ({
      step: (actions) => {
        const done = batch.step(actions)
        return { ...done, rewards: done.rewards.map((reward) => (reward === 0 ? 0 : reward + 1e-9 * Math.random())) }
      }
    })),
    'repeatable',
    /^two runs from the same states under the same actions part: world \d+, after step \d+ reward: /
  ],
  [
    'a leak from the neighbour',
    withBatches((batch) => ({
      step: (actions) => batch.step(actions.map((action, i) => (i < 2 ? action : action + 1e-6 * actions[i - 2])))
    })),
    'rows',
    /^world \d+ of 20 gives other figures as world \d+ of 6: after step \d+ /
  ],
  [
    'a state that loses an entry',
    withBatches((batch) => ({
      setState: (states, rows) =>
        batch.setState(
          states.map((x, i) => (i % 4 === 3 ? 0 : x)),
          rows
        )
    })),
    'set state',
    /^set to its states of step 12 in a new batch: the state that was set is not the one that is read back/
  ],
  [
    'all begin anew where some should',
    withBatches((batch) => ({ reset: () => batch.reset() })),
    'resets',
    /^world 1 goes on in another way when others begin anew: after step \d+/
  ],
  [
    'actions that do nothing',
    withBatches((batch) => ({ step: (actions) => batch.step(actions.fill(0.3)) })),
    'actions',
    /^10 steps at the bounds of the actions give what doing nothing gives/
  ],
  [
    'a task that does nothing',
    {
      ...sound,
      worlds: (options) =>
        sound.worlds({
          ...options,
          tasks: options.tasks.map((task) =>
            task.every(Number.isFinite) && task.length === 2 && Math.min(...task) >= 1 && Math.max(...task) <= 9 ? [3, 7] : task
          )
        })
    },
    'task matters',
    /^from one state under the same actions 12 different tasks give the same rewards and the same course for 25 steps$/
  ],
  [
    'a reward after the end',
    withBatches((batch) => {
      let over: Uint8Array | undefined
      return {
        step: (actions) => {
          const done = batch.step(actions)
          const late = over
          over = done.terminated.map((flag, w) => flag + done.truncated[w])
          return late === undefined ? done : { ...done, rewards: done.rewards.map((reward, w) => (late[w] === 1 ? 0.5 : reward)) }
        }
      }
    }),
    'ends',
    /^a reward of 0\.5 after the end \(world 0, step 26\)$/
  ],
  [
    'no end',
    withBatches((batch) => ({
      step: (actions) => {
        const done = batch.step(actions)
        return { ...done, truncated: done.truncated.fill(0) }
      }
    })),
    'ends',
    /^not over after 25 steps, its horizon/
  ],
  [
    'ends of a mixture that are the wrong way round',
    withBatches((batch) => ({ mixtures: (lambda, first, second) => batch.mixtures(lambda, second, first) })),
    'mixing',
    /^lambda 1 does not give the first state to the bit: entry \d is /
  ],
  [
    'a mixture that jumps beside its end',
    withBatches((batch) => ({
      mixtures: (lambda, first, second) =>
        batch.mixtures(
          lambda.map((x) => (x === 1 || x === 0 ? x : 1 - x)),
          first,
          second
        )
    })),
    'mixing',
    /^lambda 0\.999999 is not close to the first state in \d+ of 200 pairs$/
  ]
]

test('each fault is named by its line, and by no other', async (t) => {
  t.timeout(120_000)
  for (const [fault, subject, name, found] of BROKEN) {
    const lines = await judge(subject, 0)
    const failed = verdicts(lines, 'failed')
    t.deepEqual(
      failed.map((line) => line.name),
      [name],
      `${fault}: ${JSON.stringify(failed, null, 2)}`
    )
    t.regex(failed[0]?.found ?? '', found, fault)
    t.truthy(failed[0]?.change, fault)
    for (const line of verdicts(lines, 'not applicable'))
      t.regex(line.found, /^not judged, since “.*” is not in order$/, `${fault}: ${line.name}`)
  }
})

/** What a world may do, and should be looked at. */
const WARNED: [what: string, subject: Subject, found: RegExp][] = [
  [
    'seen outside its bounds',
    { ...sound, observationBounds: { low: [-1, -1, -1, -1], high: [1, 1, 1, 1] } },
    /^entry \d is −?1\.\d+ after step \d+, outside its declared bounds −1 to 1$/
  ],
  [
    'nothing is seen',
    withBatches((batch) => ({
      get observations() {
        return batch.observations.fill(0)
      },
      step: (actions) => {
        const done = batch.step(actions)
        done.observations.fill(0)
        return done
      }
    })),
    /^no entry of the observation ever changes \(always 0\)/
  ]
]

test('what observations should not be is a warning: policies are trained on them all the same', async (t) => {
  for (const [what, subject, found] of WARNED) {
    const lines = await judge(subject, 0)
    t.deepEqual(verdicts(lines, 'failed'), [], what)
    const [warned, ...rest] = verdicts(lines, 'warning')
    t.deepEqual(rest, [], what)
    t.is(warned?.name, 'observations', what)
    t.regex(warned?.found ?? '', found, what)
    t.truthy(warned?.change, what)
  }
})

test('what a world says it cannot do is not asked of it', async (t) => {
  const without = async (ability: 'setState' | 'mixes' | 'deterministic') => {
    const refuse = () => {
      throw new Error(`${ability} was used`)
    }
    const worlds: Subject['worlds'] = (options) =>
      changed(sound.worlds(options), () =>
        ability === 'setState'
          ? { setState: refuse, mixtures: refuse, supportStarts: refuse }
          : ability === 'mixes'
            ? { mixtures: refuse }
            : {}
      )
    const lines = await judge({ ...sound, worlds, abilities: { ...sound.abilities, [ability]: false } }, 0)
    t.deepEqual(verdicts(lines, 'failed'), [], ability)
    return verdicts(lines, 'not applicable').map(({ name }) => name)
  }
  t.deepEqual(await without('setState'), ['set state', 'task hidden', 'support starts', 'mixing'])
  t.deepEqual(await without('mixes'), ['mixing'])
  t.deepEqual(await without('deterministic'), [
    'starts',
    'repeatable',
    'rows',
    'set state',
    'resets',
    'actions',
    'task matters',
    'task hidden',
    'support starts'
  ])
})
