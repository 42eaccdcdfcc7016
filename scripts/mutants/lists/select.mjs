// Mutants of the pure TypeScript: choosing tasks, arms' batches, statistics, the table, and what the reports read.
const place = (/** @type {string} */ file, /** @type {string[]} */ ...tests) => ({
  file: `ts/${file}.ts`,
  tests: tests.map((test) => `__test__/${test}.test.ts`)
})
const STATISTICS = place('select/bootstrap', 'select/statistics')
const CRITICAL = place('select/critical', 'select/reliability')
const ARMS = place('arms/plan', 'arms/plan')
const sampler = (/** @type {string} */ name) => place(`arms/samplers/${name}`, 'arms/samplers')

export const SELECT = [
  {
    name: 'poor: the best tasks are called poor',
    why: 'the order is by return, lowest first',
    ...place('select/poor', 'select/reliability'),
    from: 'returns[a] - returns[b]',
    to: 'returns[b] - returns[a]'
  },
  {
    name: 'poor: reliability of returns where tasks can succeed',
    why: 'the threshold is on success',
    ...place('select/poor', 'select/reliability'),
    from: 'spearman(leadingScores(evaluations[0]), leadingScores(evaluations[1]))',
    to: 'spearman(evaluations[0].returns, evaluations[1].returns)'
  },
  {
    name: 'reliability: ties take the lowest rank',
    why: 'Spearman with ties is by mean rank',
    ...place('statistics/ranks', 'select/reliability'),
    from: '(from + to) / 2 + 1',
    to: 'from + 1'
  },
  {
    name: 'reliability: overlap of all tasks',
    why: 'it is of the top sets',
    ...place('statistics/ranks', 'select/reliability'),
    from: 'new Set(topIds(b, «size»))',
    to: 'b.length'
  },
  {
    name: 'critical: every positive weight counts',
    why: 'weights within the error of the solver',
    ...CRITICAL,
    from: '0.1 / omega.length',
    to: '1e-300'
  },
  {
    name: 'critical: weights are even',
    why: 'the support is drawn in proportion to omega',
    ...CRITICAL,
    from: 'weight / total',
    to: '1 / critical.length'
  },
  {
    name: 'critical: a ranking that does not repeat is used',
    why: 'the floor of reliability',
    ...CRITICAL,
    from: 'splitHalfSpearman < minimumReliability',
    to: 'splitHalfSpearman < -1'
  },
  {
    name: 'critical: distance in raw units',
    why: 'units of parameters would decide',
    ...CRITICAL,
    from: '(high[k] - low[k] || 1)',
    to: '1'
  },
  {
    name: 'critical: the cut is the best score',
    why: 'it is the worst that is still critical',
    ...CRITICAL,
    from: 'Math.min(...ids.map((id) => omega[id]))',
    to: 'Math.max(...ids.map((id) => omega[id]))'
  },
  {
    name: 'groups: a group beyond N_cri',
    why: 'groups are added until they hold N_cri tasks',
    ...place('select/groups', 'select/scores'),
    from: 'chosen.size >= ids.length',
    to: 'chosen.size > ids.length'
  },
  {
    name: 'statistics: seeds are not resampled',
    why: 'the interval would be that of tasks alone',
    ...STATISTICS,
    from: 'data[Math.floor(uniforms[k * width] * data.length)]',
    to: 'data[k]'
  },
  {
    name: 'statistics: tasks are not resampled',
    slow: true,
    why: 'the interval would be that of seeds alone',
    ...STATISTICS,
    from: 'tasks[Math.floor(uniforms[from + i] * tasks.length)]',
    to: 'tasks[i]'
  },
  {
    name: 'statistics: a seed and its first task by one number',
    why: 'which seed and which task are drawn would depend on each other',
    ...place('select/bootstrap', 'select/aggregates'),
    from: 'resampledTasks(chosen, uniforms, «k * width + 1»)',
    to: 'k * width'
  },
  {
    name: 'statistics: a seed and its first task by one number, in strata',
    why: 'which seed and which task are drawn would depend on each other',
    ...place('select/bootstrap', 'select/aggregates'),
    from: 'shape[seed], uniforms, «k * width + 1»)',
    to: 'k * width'
  },
  {
    name: 'statistics: 90 % for 95 %',
    slow: true,
    why: 'half of what is left out lies on each side',
    ...STATISTICS,
    from: 'const tail = «(1 - this.level) / 2»\n    const [low',
    to: '1 - this.level'
  },
  {
    name: 'random: weights are not read',
    why: 'favoured tasks are drawn by weight',
    ...place('statistics/random', 'arms/plan'),
    from: 'left -= weights[i]',
    to: 'left -= 1',
    form: 'statement'
  },
  {
    name: 'random: a shuffle that is not even',
    why: 'a Fisher-Yates step draws among what is left',
    ...place('statistics/random', 'select/statistics', 'arms/plan'),
    from: 'i + integer(from, n - i)',
    to: 'integer(from, n)'
  },
  {
    name: 'scores: the table on a mining stream',
    why: 'the last common stream is the fresh one',
    ...place('select/scores', 'select/scores'),
    from: 'shared.at(-1)',
    to: 'shared[0]'
  },
  {
    name: 'scores: charged steps left out',
    why: 'arms are compared at equal cost',
    ...place('select/scores', 'select/scores'),
    from: 'record.extraSteps + record.chargedSteps',
    to: 'record.extraSteps'
  },
  {
    name: 'scores: poor and other swapped',
    why: 'groups of tasks',
    ...place('select/scores', 'select/table'),
    from: "(group === 'poor')",
    to: "(group !== 'poor')"
  },
  {
    name: 'table: the sign of the null',
    why: 'maml-null minus maml',
    ...place('select/table', 'select/scores'),
    from: 'over(NULL, REFERENCE, cell)',
    to: 'over(REFERENCE, NULL, cell)'
  },
  {
    name: 'degraded: falls of the poor tasks',
    why: 'what was sacrificed are the others',
    ...place('select/degraded', 'select/table'),
    from: "grouped(leadingScores(seed.before[each]), seed.poor[each], «'other'»)",
    to: "'poor'"
  },
  {
    name: 'degraded: a margin of returns that is not their spread',
    slow: true,
    why: 'returns have no scale of their own',
    ...place('select/degraded', 'select/table'),
    from: 'margin * (quantile(sorted, 0.9) - quantile(sorted, 0.1))',
    to: 'margin'
  },
  {
    name: 'degraded: rises count as falls',
    slow: true,
    why: 'only a fall beyond the margin is one',
    ...place('select/degraded', 'select/table'),
    from: 'value - after[task]',
    to: 'Math.abs(value - after[task])'
  },
  {
    name: 'contrasts: over one continued run for over both',
    why: 'one run of MAML differs from the next',
    ...place('select/contrasts', 'select/contrasts'),
    from: 'averaged(references.map((name) => of(seed, name)))',
    to: 'of(seed, references[0])'
  },
  {
    name: 'aggregates: the mean for the interquartile mean',
    why: 'a quarter is left out on each side',
    ...place('select/aggregates', 'select/aggregates'),
    from: 'Math.floor(sorted.length / 4)',
    to: '0'
  },
  {
    name: 'aggregates: ties are wins',
    why: 'a tie is half a win',
    ...place('select/aggregates', 'select/aggregates'),
    from: '? 1 : value === reference[task] ? «0.5» : 0',
    to: '1'
  },
  {
    name: 'interventions: the contrast of removing has the sign of raising',
    why: 'removing what matters makes the poor tasks worse',
    ...place('select/interventions', 'select/interventions'),
    from: "change === 'raise' ? 1 : -1",
    to: '1'
  },
  {
    name: 'interventions: random others may be the top',
    slow: true,
    why: 'the control group is of the others',
    ...place('select/interventions', 'select/interventions'),
    from: 'random: among(«order.slice(top)», top)',
    to: 'order'
  },
  {
    name: 'interventions: scores against the unchanged ones of another repeat',
    slow: true,
    why: 'effects are paired by repeat',
    ...place('select/interventions', 'select/interventions'),
    from: 'value - base[«repeat»][task]',
    to: '0'
  },
  {
    name: 'transfer: before is before the repair on the own preset',
    slow: true,
    why: 'an arm on another preset is compared with theta_0 there',
    ...place('select/transfer', 'select/transfer'),
    from: 'return { ...seed, before, arms }',
    to: 'return { ...seed, before: seed.before ?? before, arms }',
    form: 'statement'
  },
  {
    name: 'roml: the best tasks are elite',
    why: 'it looks for the lowest returns',
    ...sampler('roml'),
    from: 'value <= bound',
    to: 'value >= bound'
  },
  {
    name: 'roml: places drawn by the law weigh as even ones',
    why: 'what is drawn often would count twice',
    ...sampler('roml'),
    from: 'fair ? 1 : 1 / (law.length * law[task])',
    to: '1'
  },
  {
    name: 'minimax: a loss not divided by how often its task is drawn',
    why: 'weights of seldom drawn tasks would hardly move',
    ...sampler('minimax'),
    from: '(tasks.length * q[tasks[at]])',
    to: 'tasks.length'
  },
  {
    name: 'plr: the least score has the first rank',
    why: 'tasks with great advantages come again',
    ...sampler('plr'),
    from: '-1 / temperature',
    to: '1 / temperature'
  },
  {
    name: 'arms: the rest is drawn from all tasks',
    why: 'favoured tasks would come more often than their share',
    ...ARMS,
    from: 'favoured === 0 || !favouredTasks.has(task)',
    to: 'favoured >= 0'
  },
  {
    name: 'arms: a share is rounded down',
    why: 'a part of a place is settled by a draw',
    ...ARMS,
    from: 'draws.uniform() < exact - Math.floor(exact)',
    to: 'draws.uniform() < 0'
  },
  {
    name: 'arms: mixed in every place',
    why: 'only favoured tasks are mixed',
    ...ARMS,
    from: 'plan.mixEverywhere || place < favoured',
    to: 'place >= 0'
  },
  {
    name: 'arms: the share of critical places is not read',
    why: 'the own share of the arm comes first',
    ...ARMS,
    from: 'arm.criticalShare ?? inputs.criticalShare',
    to: 'inputs.criticalShare'
  },
  {
    name: 'arms: the natural share is one half',
    slow: true,
    why: 'it is N_cri / N',
    ...ARMS,
    from: 'critical.length / inputs.training',
    to: '0.5'
  },
  {
    name: 'arms: Beta(ln b, ln b) for Beta(b, b)',
    why: 'phi holds logarithms',
    ...ARMS,
    from: '[Math.log(law.beta), Math.log(law.beta)]',
    to: '[law.beta, law.beta]'
  },
  {
    name: 'arms: the easiest tasks for the hardest',
    slow: true,
    why: 'lowest scores first',
    ...ARMS,
    from: 'score[a] - score[b]',
    to: 'score[b] - score[a]'
  },
  {
    name: 'arms: the farthest tasks for the nearest',
    slow: true,
    why: 'smallest distances first',
    ...ARMS,
    from: 'distance.map((value) => «-value»)',
    to: 'value'
  },
  {
    name: 'weights: hypergradient weights depend on the scale of scores',
    why: 'meta-gradients have no scale of their own',
    ...place('arms/weights', 'arms/plan'),
    from: '(score - middle) / deviation',
    to: 'score - middle'
  },
  {
    name: 'ranking: ties by number where similarity says more',
    why: 'weights on the simplex are mostly 0',
    ...place('arms/ranking', 'arms/plan'),
    from: 'topIds(«similarity ?? omega», omega.length)',
    to: 'omega'
  },
  {
    name: 'summary: the third card reads the poor tasks',
    slow: true,
    why: 'it says what became of the others',
    ...place('report/summary', 'report/labels'),
    from: "rowOf(table, arm, «'other'»)",
    to: "'poor'"
  },
  {
    name: 'tasks: poor tasks of the evaluation pool marked in both tables',
    slow: true,
    why: 'a reader looks a task up by its number in its own pool',
    ...place('report/tasks', 'report/reading'),
    from: 'new Set(«poor[pool]»)',
    to: 'poor.evaluation'
  },
  {
    name: 'study: rare ids of the two pools swapped',
    slow: true,
    why: 'the small record would count rare tasks in the wrong pool',
    ...place('report/study', 'report/labels'),
    from: 'evaluation: ids(«evaluation»)',
    to: 'heldOut'
  },
  {
    name: 'progress: the speed of a resumed stage counts the steps before it',
    why: 'steps of another process in the time of this one',
    ...place('cli/progress', 'cli/speed'),
    from: 'fresh ? 0 : «event.envSteps»',
    to: '0'
  },
  {
    name: 'worlds: the number of threads is not read',
    slow: true,
    why: 'the caller asks for so many',
    harmless: 'results do not depend on threads by contract, so that only a clock could tell; speed is measured in benches/',
    ...place('worlds/worlds', 'seam/worlds'),
    from: 'flat, worldsPerTask, seed, «threads»',
    to: '1'
  },
  {
    name: 'atomic: files are not made durable',
    slow: true,
    why: 'a power failure can lose a commit',
    harmless: 'no test can tell without a disk that loses what was not synced; the kernel keeps it for every process that lives',
    ...place('run/atomic', 'run/directory', 'run/resume'),
    from: "writeAll(handle, typeof data === 'string' ? Buffer.from(data) : data)\n    «fsyncSync(handle)»",
    to: 'void handle',
    form: 'statement'
  }
]
