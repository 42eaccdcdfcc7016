/** What an author of a world in Python is told of slips: which number, of what, in which file and line. */
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { createWorlds, openWorld, XmrlError } from '../../ts/index.js'
import { folder } from '../helpers.js'
import { HERE, PYTHON } from './python.js'

Object.assign(process.env, PYTHON)

const SLIPS = `
import numpy as np
import point

class NoTask(point.Point):
    def sample_tasks(self, count):
        return [{"x": 0.5, "y": 0.5}, {"x": 0.5, "y": float("nan")}][:count] * (count // 2)
    def set_task(self, task):
        self.goal = np.array([task["x"], task["y"]])

class Listed(point.Point):
    sample_tasks = None
    tasks = [[0.0, 1.0], [0.0, float("inf")]]

class Row(point.Point):
    def step(self, action):
        seen, reward, *rest = super().step(action)
        return (seen, np.array([reward]), *rest)

class Late(point.Point):
    def step(self, action):
        seen, reward, *rest = super().step(action)
        return (seen, np.array([reward]) if self.goal[0] > 1 else reward, *rest)

class Nothing(point.Point):
    def step(self, action):
        seen, reward, *rest = super().step(action)
        return (seen, None, *rest)

class Both(point.Point):
    def step(self, action):
        seen, reward, terminated, truncated, _ = super().step(action)
        return seen, reward, terminated, truncated, {"success": np.array([True, False])}

class Twice(point.Point):
    def step(self, action):
        raise ValueError("first\\nsecond")

class Half(point.Point):
    task_space = point.Box(-np.inf, np.inf, (2,))

class NoBound(point.Point):
    task_space = point.Box(np.nan, 1, (2,))
`

const written = (t: Parameters<typeof folder>[0], name = 'slips', text = SLIPS): string => {
  const path = folder(t)
  copyFileSync(join(HERE, 'point.py'), join(path, 'point.py'))
  writeFileSync(join(path, `${name}.py`), text)
  return path
}

const REFUSED: [factory: string, message: RegExp][] = [
  ['NoTask', /NoTask: task 1 of 8 that it gave: y is nan; the numbers of a task must be finite$/],
  ['Listed', /Listed: task 1 of 2 that it gave: task 1 is inf; the numbers of a task must be finite$/],
  [
    'Row',
    /the reward is array\(\[-.*\]\) \(an array of the shape \(1,\)\); it must be one number: take it out of its array by \.item\(\)\n +File ".*slips\.py", line 16, in step$/
  ],
  ['Nothing', /the reward is None \(NoneType\); it must be one number\n +File ".*slips\.py", line 26, in step$/],
  ['Both', /success in info is array\(\[ True, False\]\) \(an array of the shape \(2,\)\); it must be one number\n +File ".*slips\.py"/],
  ['Twice', /ValueError: first\nsecond\n +File ".*slips\.py", line 37, in step/],
  ['NoBound', /its task_space has NaN among its bounds; write np\.inf where there is none$/]
]

test('a number that is none is named, with where it came from', async (t) => {
  const path = written(t)
  for (const [factory, message] of REFUSED)
    await t.throwsAsync(openWorld(`gymnasium:slips:${factory}`, path), { instanceOf: XmrlError, code: 'ERR_WORLD', message }, factory)
})

test('so it is in a step of a world that was sound when it was opened', async (t) => {
  const world = await openWorld('gymnasium:slips:Late', written(t))
  const worlds = createWorlds(world, { tasks: [[1.5, 0]] })
  t.throws(() => worlds.step(new Float64Array(2)), {
    code: 'ERR_WORLD',
    message: /row 0 of its process, task \[1\.5, 0(\.0)?\], step 1: step: the reward is array\(.*\n +File ".*slips\.py", line 21, in step$/
  })
})

test('a task space without bounds is one', async (t) => {
  const { record } = await openWorld('gymnasium:slips:Half', written(t))
  t.deepEqual(
    [record.taskLow, record.taskHigh],
    [
      [null, null],
      [null, null]
    ]
  )
})

test('text that is no Python is named by file and line, also where it is imported', async (t) => {
  const wrong = 'import point\n\nclass World(point.Point):\n    def step(self, action)\n        pass\n'
  const path = written(t, 'wrong', wrong)
  const message = /SyntaxError: expected ':'\n +File ".*\/wrong\.py", line 4\n +def step\(self, action\)\n +\^/
  await t.throwsAsync(openWorld('gymnasium:wrong:World', path), { code: 'ERR_WORLD', message })
  writeFileSync(join(path, 'around.py'), 'import wrong\n')
  const error = await t.throwsAsync(openWorld('gymnasium:around:World', path), { code: 'ERR_WORLD', message: /SyntaxError/ })
  t.regex(error?.message ?? '', /File ".*\/around\.py", line 1, in <module>[\s\S]*File ".*\/wrong\.py", line 4\n/)
})
