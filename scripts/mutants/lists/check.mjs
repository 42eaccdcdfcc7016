// Mutants of the check of a world: promises that would go unheld.
const place = (/** @type {string} */ file, /** @type {string[]} */ ...tests) => ({
  file: `ts/check/${file}.ts`,
  tests: tests.map((test) => `__test__/check/${test}.test.ts`)
})

export const CHECK = [
  {
    name: 'check: courses are the same within 1e-6',
    why: 'promises are kept to the bit: a leak of 1e-9 is a leak',
    ...place('course', 'broken', 'own'),
    from: '!Object.is(a[i], b[i])',
    to: 'Math.abs(a[i] - b[i]) > 1e-6'
  },
  {
    name: 'check: lines are judged whatever they rest on',
    why: 'one fault would be named by every line that rests on it',
    ...place('judge', 'broken', 'own'),
    from: 'needs.find((need) => broken.has(need))',
    to: 'needs.find(() => false)'
  },
  {
    name: 'check: rewards after the end are not looked at',
    why: 'they would be added to returns',
    ...place('lines/ends', 'broken'),
    from: 'if («rewards[w] !== 0») return failed(`a reward',
    to: 'false'
  },
  {
    name: 'check: mixtures beside an end may be anywhere',
    why: 'the ends themselves are copied without asking the world',
    ...place('lines/mixing', 'broken', 'own'),
    from: 'far.length > size / 2',
    to: 'far.length > size'
  },
  {
    name: 'check: tasks are drawn once',
    why: 'a law that draws by chance gives other pools to every process',
    ...place('lines/tasks', 'broken', 'own'),
    from: 'firstDifference(pool.flat(), again.flat()) !== undefined',
    to: 'false'
  }
]
