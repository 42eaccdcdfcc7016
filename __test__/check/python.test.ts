/** Worlds in Python held to the contract: a sound one, those that can do less, and slips that people make, each named by its line. */
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type CheckLine, checkWorld, openWorld, type WorldCheck } from '../../ts/index.js'
import { folder, xmrl } from '../helpers.js'
import { HERE, PYTHON } from '../own/python.js'

Object.assign(process.env, PYTHON)

const checked = async (factory: string, place = HERE) => await checkWorld(await openWorld(`gymnasium:${factory}`, place))
const names = ({ lines }: WorldCheck, verdict: CheckLine['verdict']) =>
  lines.filter((line) => line.verdict === verdict).map(({ name }) => name)
const found = ({ lines }: WorldCheck, name: string) => lines.find((line) => line.name === name)?.found ?? ''

test.serial('a sound world has nothing to change, and its support and query episodes begin by one law', async (t) => {
  const check = await checked('point:settable')
  t.true(check.passed)
  t.is(check.world, 'gymnasium:point:settable')
  // Speed is the machine's.
  for (const verdict of ['failed', 'warning', 'not applicable'] as const)
    t.deepEqual(
      names(check, verdict).filter((name) => name !== 'speed'),
      [],
      verdict
    )
  t.regex(found(check, 'support starts'), /^by one law or similar ones/)
  t.regex(found(check, 'description'), /^4 numbers seen, 2 acted \(−1 to 1\), 5 of state/)
})

test.serial('what a world cannot do is not judged, and is no fault', async (t) => {
  const unset = await checked('point:make_env')
  t.true(unset.passed)
  t.deepEqual(names(unset, 'not applicable'), ['set state', 'task hidden', 'support starts', 'mixing'])
  const noisy = await checked('point:random_steps')
  t.true(noisy.passed)
  const compared = ['starts', 'repeatable', 'rows', 'set state', 'resets', 'actions', 'task matters', 'task hidden', 'support starts']
  // That it is not deterministic was found and is said by nobody: a warning, which says where.
  t.deepEqual(names(noisy, 'not applicable'), [...compared.filter((name) => name !== 'repeatable'), 'mixing'])
  const repeatable = noisy.lines.find(({ name }) => name === 'repeatable')
  t.is(repeatable?.verdict, 'warning')
  t.regex(
    repeatable?.found ?? '',
    /^when it was opened, the same seed and the same actions gave two different episodes; here: world 0, after step 1 reward: /
  )
  t.regex(repeatable?.change ?? '', /deterministic = False on the environment$/)
  t.regex(found(noisy, 'rows'), /^not compared: the same seed and the same actions gave two different episodes/)
})

test.serial('chance that an environment declares is no finding', async (t) => {
  const path = folder(t)
  copyFileSync(join(HERE, 'point.py'), join(path, 'point.py'))
  const said = [
    'deterministic = False',
    'spec = __import__("types").SimpleNamespace(id="Declared-v0", nondeterministic=True, max_episode_steps=40)'
  ]
  for (const [at, line] of said.entries()) {
    writeFileSync(join(path, `declared${at}.py`), `import point\n\nclass Declared(point.Point):\n    ${line}\n`)
    const world = await openWorld(`gymnasium:declared${at}:Declared`, path)
    t.false(world.record.deterministic, line)
    const check = await checkWorld(world)
    t.true(names(check, 'not applicable').includes('repeatable'), line)
    t.regex(found(check, 'repeatable'), /^the world says that it is not deterministic/)
  }
})

/** Worlds with one slip each. */
const SLIPS = `
import numpy as np
import point

class Forgets(point.Settable):
    "set_state leaves the speed as it was"
    def set_state(self, state):
        self.state[:2] = state[:2]
        return self.observation()

class Ignores(point.Settable):
    "its goal is always the same"
    def set_task(self, task):
        pass

class Counts(point.Settable):
    "what a step is worth depends on how often any of them was stepped"
    steps = 0
    def step(self, action):
        Counts.steps += 1
        seen, reward, *rest = super().step(action)
        return (seen, reward - Counts.steps * 1e-3, *rest)

class Glimpsed(point.Settable):
    "a step returns the goal, which reset and set_state hide"
    def step(self, action):
        seen, *rest = super().step(action)
        return (np.concatenate([self.goal, seen[2:]]), *rest)

class Pushed(Glimpsed):
    "so it does where tasks change the motion"
    def step(self, action):
        self.state[2:] += 0.01 * self.goal
        return super().step(action)

class Unset(point.Point):
    "so it does where no state can be set"
    def observation(self):
        return np.concatenate([self.goal, self.state[2:]])

class Narrow(point.Settable):
    "it sees more than it declares"
    observation_space = point.Box(-0.1, 0.1, (4,), np.float32)

class Rounded(point.Settable):
    "0.7 in doubles lies above 0.7 in floats, by rounding alone"
    observation_space = point.Box(-0.7, 0.7, (4,), np.float32)
    def observation(self):
        return np.clip(20 * self.state, -0.7, 0.7)

class Fixed(point.Settable):
    "an action moves nothing along y"
    def step(self, action):
        action = action.copy()
        action[1] = 0
        return super().step(action)
`

const CASES: [factory: string, line: string, says: RegExp][] = [
  ['Forgets', 'set state', /the state that was set is not the one that is read back \(world 0\)/],
  ['Ignores', 'task matters', /0 %|no pair|same/],
  ['Glimpsed', 'task hidden', /^in the same state, as step 1 returns it, entries 0, 1 of the observation differ from task to task/],
  [
    'Pushed',
    'task hidden',
    /^from the same state, whatever is done, entries 0, 1 of the observation stand still in a task’s episodes and differ from task to task/
  ],
  ['Unset', 'task hidden', /^whatever is done entries 0, 1 of the observation stand still in a task’s episodes and differ/],
  ['Narrow', 'observations', /^entry \d is −?0\.\d+ at a start, outside its declared bounds −0\.1 to 0\.1$/],
  ['Fixed', 'actions', /^entry 1 of an action changes nothing within \d+ steps/]
]

for (const [factory, line, says] of CASES)
  test.serial(`the slip of ${factory} is named by the line “${line}”`, async (t) => {
    const path = folder(t)
    copyFileSync(join(HERE, 'point.py'), join(path, 'point.py'))
    writeFileSync(join(path, 'slips.py'), SLIPS)
    const check = await checked(`slips:${factory}`, path)
    t.true([...names(check, 'failed'), ...names(check, 'warning')].includes(line), JSON.stringify(check.lines, null, 1))
    t.regex(found(check, line), says)
  })

test.serial('a bound in floats is kept by doubles that lie outside by rounding alone', async (t) => {
  const path = folder(t)
  copyFileSync(join(HERE, 'point.py'), join(path, 'point.py'))
  writeFileSync(join(path, 'slips.py'), SLIPS)
  t.is(found(await checked('slips:Rounded', path), 'observations'), 'from −0.7 to 0.7 in random play, within the declared bounds')
})

test.serial('a step that depends on other worlds of its process makes a world that is found not to be deterministic', async (t) => {
  const path = folder(t)
  copyFileSync(join(HERE, 'point.py'), join(path, 'point.py'))
  writeFileSync(join(path, 'slips.py'), SLIPS)
  t.false((await openWorld('gymnasium:slips:Counts', path)).record.deterministic)
  t.true((await openWorld('gymnasium:slips:Fixed', path)).record.deterministic)
})

test.serial('xmrl check takes one by its place, and its exit code says whether it passed', async (t) => {
  const sound = await xmrl(['check', 'gymnasium:point:settable'], { cwd: HERE, env: PYTHON })
  t.is(sound.code, 0, sound.stderr)
  t.regex(sound.stdout, /^repeatable +ok +two runs of 30 steps agree to the bit$/m)
  const slip = await xmrl(['check', 'gymnasium:point:noisy_reset', '--json'], { cwd: HERE, env: PYTHON })
  t.is(slip.code, 1)
  const { lines, passed } = JSON.parse(slip.stdout) as WorldCheck
  t.false(passed)
  t.true(lines.some(({ name, verdict }) => name === 'set state' && verdict === 'failed'))
})
