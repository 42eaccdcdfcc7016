// Mutants of pools of tasks: by which law they are drawn, how they are read, hashed, and told apart.
/** @param {string} file @param {string[]} tests */
const of = (file, ...tests) => ({ file: `ts/${file}.ts`, tests: tests.map((test) => `__test__/${test}.test.ts`) })

export const TASKS = [
  {
    name: 'pools: beside rows of one’s own the preset says what is rare',
    why: 'no law made these rows',
    ...of('tasks/freeze', 'tasks/freeze'),
    from: "if (training.from !== 'law') return «'uniform'»",
    to: 'undefined'
  },
  {
    name: 'pools: each pool is drawn by the law that it names',
    why: 'the law of the training pool tells which tasks are rare in it',
    ...of('tasks/freeze', 'tasks/freeze'),
    from: 'own === undefined ? «lawOf(training)» : law',
    to: 'undefined'
  },
  {
    name: 'pools: tasks are not asked of presets of transfer',
    why: 'arms would meet tasks that the other preset does not take',
    ...of('tasks/freeze', 'tasks/freeze'),
    from: "if («pool === 'training'») continue",
    to: 'true'
  },
  {
    name: 'pools: a file is hashed by its name',
    why: 'another content would be the same experiment',
    ...of('spec/pools', 'spec/tasks'),
    from: "source.from === 'file') return [key, «{ sha256: source.sha256 ?? null }»]",
    to: '{ file: source.file }'
  },
  {
    name: 'pools: the preset’s own law by name is another experiment',
    why: 'runs that were made of a count could not be gone on with',
    ...of('spec/pools', 'spec/tasks'),
    from: 'return [key, «usual» ? source.count : written]',
    to: 'false'
  },
  {
    name: 'sector: always half of a turn',
    why: 'a part of the turn is asked for',
    file: 'crates/envs/src/worlds/drone_planar/tasks.rs',
    tests: ['xmrl-envs:laws sector'],
    from: '< «self.from * dx.hypot(dy)»',
    to: '0.0'
  },
  {
    name: 'columns: numbers as the file has them',
    why: 'columns have names, in any order',
    ...of('tasks/columns', 'tasks/file'),
    from: 'numbers: names.map((name) => «meant.indexOf(name)»)',
    to: 'names.indexOf(name)'
  },
  {
    name: 'leaks: only the pool that comes next is looked at',
    why: 'held-out tasks may be training tasks',
    ...of('select/leaks', 'tasks/freeze'),
    from: '«POOLS.slice(at + 1)».flatMap',
    to: 'POOLS.slice(at + 1, at + 2)'
  },
  {
    name: 'kinds: parameters that say nothing in a kind are told',
    why: 'a goal at 0 would stand beside a task that has none',
    ...of('spec/kind', 'report/kinds'),
    from: 'kinds.sizes?.[«values[at]»]',
    to: '0'
  },
  {
    name: 'kinds: a kind weighs as its last task',
    why: 'what lies on a kind lies on all of its tasks',
    ...of('select/choices', 'select/choices'),
    from: 'sums[kind] = «(sums[kind] ?? 0)» + weights[task]',
    to: '0'
  },
  {
    name: 'kinds: tasks of both pools are told by the evaluation pool’s kinds',
    why: 'a benchmark holds out other kinds than it is mined on',
    ...of('select/kinds', 'report/kinds'),
    from: '(kinds?.[«pool»] ?? [])',
    to: "'evaluation'"
  },
  {
    name: 'hand: one axis of the goal stands in every panel',
    why: 'each panel has its own axis',
    ...of('report/figures/hand', 'report/hand'),
    from: 'domains[k], goal?.[«k»]',
    to: '0'
  }
]
