// Mutants of runs as scripts have them: where they lie, how they grow, how they are left, and tasks that are given.
/** @param {string} file @param {string[]} tests */
const of = (file, ...tests) => ({ file: `ts/${file}.ts`, tests: tests.map((test) => `__test__/${test}.test.ts`) })

export const RUNS = [
  {
    name: 'layout: a flat seed is looked for in its folder',
    why: 'runs of older versions would be read as empty',
    ...of('run/layout', 'run/layout'),
    from: 'seeds.length === 1 && liesFlat(path) ? path : «seedFolder(path, seed)»',
    to: "join(path, 'seed')"
  },
  {
    name: 'layout: the table of a flat run moves with its seed',
    why: 'it is the run’s, and would be found nowhere',
    ...of('run/layout', 'pipeline/growing'),
    slow: true,
    from: "records.filter((name) => «name !== 'table.json'»)",
    to: 'true'
  },
  {
    name: 'grown: the seeds that are there are forgotten',
    why: 'a seed of a run would be missing, and the run called done',
    ...of('run/resolved', 'run/directory'),
    from: 'found.spec.seeds : «withAll(found.spec.seeds, spec.seeds)»',
    to: 'spec.seeds'
  },
  {
    name: 'pictures: a grown run is shown by the arm that it had first',
    why: 'a run that grew would differ from one that had all arms at once',
    ...of('stages/pictures', 'pipeline/growing'),
    slow: true,
    from: '«found?.arm === undefined || found.arm === arm» ? found : undefined',
    to: 'true'
  },
  {
    name: 'evaluation: a stop forgets what was measured',
    why: 'an evaluation of a slow world that is stopped again and again never ends',
    ...of('stages/measured', 'pipeline/leaving'),
    from: 'found?.state.done ?? []',
    to: '[]'
  },
  {
    name: 'evaluation: a stop forgets the first tasks of a pool',
    why: 'a pool of a slow world takes minutes',
    ...of('stages/measured', 'stages/parts'),
    from: 'this.#parts.push(«{ ...found.state.part, displacements: numbersOf(part) }»)',
    to: '{ returns: [], success: [], envSteps: 0, furtherSteps: 0, displacements: new Float32Array(0) }'
  },
  {
    name: 'evaluation: a stop waits for the pool',
    why: 'a pool of a slow world takes minutes',
    ...of('stages/evaluate', 'stages/parts'),
    from: 'if («context.signal?.aborted») {',
    to: 'measured.tasks === 0 && context.signal?.aborted'
  },
  {
    name: 'evaluation: parts of a pool one after the other, not step by step',
    why: 'displacements of one step lie together: an explanation would read those of another task',
    ...of('stages/parts', 'stages/parts'),
    from: 'const size = part.length / «k»',
    to: '1'
  },
  {
    name: 'underway: a run that is left is not stopped',
    why: 'whoever breaks out of the loop would wait for the whole run',
    ...of('pipeline/underway', 'pipeline/awaiting'),
    form: 'statement',
    from: 'leaving.abort()\n',
    to: ''
  },
  {
    name: 'underway: awaited twice, loaded twice',
    why: 'one run has one outcome',
    ...of('pipeline/underway', 'pipeline/awaiting'),
    from: '«this.#outcome ??= this.#toTheEnd()»',
    to: 'this.#outcome = this.#toTheEnd()'
  },
  {
    name: 'outcome: a run with a new arm stays done without a table of it',
    why: 'its table would lack what it was asked for',
    ...of('pipeline/outcome', 'pipeline/stages'),
    slow: true,
    from: '«spec.retrain.arms.every((arm) => arm in table.steps)»',
    to: 'true'
  },
  {
    name: 'given: the list of another seed',
    why: 'pools differ from seed to seed',
    ...of('spec/given', 'stages/given'),
    from: 'isList(given) ? given : «given[seed]»',
    to: 'Object.values(given)[0]'
  },
  {
    name: 'given: weights are not scaled',
    why: 'what is recorded as weights sums to 1',
    ...of('spec/given', 'stages/given'),
    from: 'raw.map((weight) => «weight / total»)',
    to: 'weight'
  },
  {
    name: 'given: what choosing took is not charged',
    why: 'arms are compared at equal cost',
    ...of('stages/choose', 'stages/given'),
    from: 'envSteps: «arm.steps ?? 0»',
    to: '0'
  }
]
