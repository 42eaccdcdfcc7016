// Mutants of what an explanation foretold held against what came, and of a share that is steered.
const FORETOLD = { file: 'ts/select/foretold.ts', tests: ['__test__/select/foretold.test.ts'] }
const DOSE = { file: 'ts/select/dose.ts', tests: ['__test__/select/dose.test.ts'] }

export const FORETELLING = [
  {
    name: 'foretold: an arm that went on as before is held to it',
    why: 'it did not do what was foretold',
    ...FORETOLD,
    from: '|| «seed.held?.[arm] !== undefined»',
    to: 'false'
  },
  {
    name: 'foretold: the null run is no reference',
    why: 'a change is measured from the mean of both runs',
    ...FORETOLD,
    from: 'const runs = «[REFERENCE, NULL]»',
    to: '[REFERENCE]'
  },
  {
    name: 'foretold: a resample counts every task once',
    why: 'the interval is that of the tasks as often as they were drawn',
    ...FORETOLD,
    from: 'ab += «counts[i] * x * y»',
    to: 'x * y'
  },
  {
    name: 'foretold: drawn ties take the lowest rank',
    why: 'ranks of resampled ties are mean ranks',
    ...FORETOLD,
    from: 'passed + «(equal + 1) / 2»',
    to: '1'
  },
  {
    name: 'foretold: a seed drawn twice counts once',
    why: 'seeds are resampled before tasks',
    ...FORETOLD,
    from: 'sum += «(drawn / size)» * weightedPearson',
    to: '1'
  },
  {
    name: 'dose: the share that nothing was flown with counts',
    why: 'the last audit comes after the last iteration',
    ...DOSE,
    from: 'audit.iteration < record.iterations',
    to: 'audit.iteration <= record.iterations'
  },
  {
    name: 'dose: the earliest lowering of the seeds is the latest',
    why: 'a table names the first',
    ...DOSE,
    from: '«Math.min(...lowered)»',
    to: 'Math.max(...lowered)'
  }
]
