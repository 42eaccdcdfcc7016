// Mutants of ts/stages: what is measured on which random numbers, on which weights, and what it is charged to.
/** A file of ts/stages and the protocol tests that guard it, which run on a learner that notes what it is asked. */
const stage = (/** @type {string} */ file, /** @type {string} */ protocol) => ({
  file: `ts/stages/${file}.ts`,
  tests: [`__test__/stages/protocol-${protocol}.test.ts`]
})

export const STAGES = [
  {
    name: 'evaluate: poor tasks mined on the fresh stream too',
    why: 'tasks are chosen by the figures that they are judged by: regression to the mean looks like repair',
    ...stage('evaluate', 'figures'),
    from: 'evaluation.pools[pool].streams.filter((scores) => (STREAMS.mining as readonly number[]).includes(scores.stream))',
    to: 'evaluation.pools[pool].streams'
  },
  {
    name: 'evaluate: arms on a mining stream',
    why: 'arms are no longer paired with the fresh figures of theta_0',
    ...stage('evaluate', 'streams'),
    from: '[...STREAMS.mining, STREAMS.fresh] : «[STREAMS.fresh]»',
    to: '[STREAMS.mining[1]]'
  },
  {
    name: 'evaluate: numbers of steps on a mining stream',
    slow: true,
    why: 'the curve over adaptation steps joins figures of different streams',
    ...stage('evaluate', 'figures'),
    from: "pool: 'evaluation' as const, stream: «STREAMS.fresh», adaptationSteps",
    to: 'STREAMS.mining[0]'
  },
  {
    name: 'evaluate: held-out poor tasks are those of the evaluation pool',
    why: 'ids of one pool are read as tasks of the other',
    ...stage('evaluate', 'figures'),
    from: "[found('evaluation'), «found('heldOut')»]",
    to: "found('evaluation')"
  },
  {
    name: 'evaluate: an arm is measured at theta_0',
    why: 'every gain would be 0',
    ...stage('evaluate', 'figures'),
    from: 'stageWeights(context, «stageOfArm(arm)»)',
    to: "'train'"
  },
  {
    name: 'train: only the first phase',
    why: 'the main preset has three',
    ...stage('train', 'training'),
    from: 'left < phase.iterations',
    to: 'left >= 0'
  },
  {
    name: 'train: a phase ends one iteration late',
    slow: true,
    why: 'boundaries of phases',
    ...stage('train', 'training'),
    from: 'left < phase.iterations',
    to: 'left <= phase.iterations'
  },
  {
    name: 'train: monitor one iteration early',
    slow: true,
    why: 'guard 4 looks at other iterations than asked',
    ...stage('train', 'training'),
    from: '(iteration + 1) % monitorEvery === 0',
    to: 'iteration % monitorEvery === 0'
  },
  {
    name: 'loop: steps counted twice',
    why: 'budgets and curves are of the environment steps that were made',
    ...stage('loop', 'budget'),
    from: 'envSteps += stats.envSteps',
    to: 'envSteps += 2 * stats.envSteps',
    form: 'statement'
  },
  {
    name: 'loop: going on without the saved weights',
    slow: true,
    why: 'a resumed stage trains the weights that happen to be there',
    ...stage('loop', 'budget'),
    from: 'context.learner.restore(found.files[WEIGHTS])',
    to: 'void found.files[WEIGHTS]',
    form: 'statement'
  },
  {
    name: 'retrain: every arm draws the same places',
    why: 'maml-null says what nothing gives only where its batches are its own',
    ...stage('batches', 'training'),
    from: 'draws(seed, PURPOSE.metaBatch, «arm.stream * 2 ** 32 + iteration»)',
    to: 'iteration'
  },
  {
    name: 'retrain: every arm flies on one stream',
    slow: true,
    why: 'arms are independent runs',
    ...stage('batches', 'training'),
    from: 'stream: «arm.stream»,\n        iteration',
    to: '100'
  },
  {
    name: 'retrain: nothing is mixed',
    why: 'augmentation would do nothing',
    ...stage('batches', 'training'),
    from: 'mixedEpisodes: «batch.mixedEpisodes»',
    to: 'batch.mixedEpisodes.map(() => 0)'
  },
  {
    name: 'retrain: an arm begins where the last one ended',
    why: 'every arm starts from theta_0',
    ...stage('batches', 'training'),
    from: "from: «'train'»",
    to: 'undefined'
  },
  {
    name: 'retrain: choosing is not charged',
    why: 'equal cost is the comparison',
    ...stage('retrain', 'budget'),
    from: 'choice: «choice?.envSteps ?? 0»',
    to: '0'
  },
  {
    name: 'retrain: explaining again is not charged',
    slow: true,
    why: 'equal cost is the comparison',
    ...stage('retrain', 'budget'),
    from: 'chargedSteps += basis.explanation.envSteps',
    to: 'chargedSteps += 0',
    form: 'statement'
  },
  {
    name: 'retrain: the trust region of the arm is not read',
    slow: true,
    why: 'a defined arm trains with another setting than it says',
    ...stage('batches', 'training'),
    from: 'arm.maxKl ?? maxKl',
    to: 'maxKl'
  },
  {
    name: 'retrain: the horizon of mixed episodes of the arm is not read',
    slow: true,
    why: 'a defined arm trains with another setting than it says',
    ...stage('batches', 'training'),
    from: 'arm.mixedHorizon ?? spec.retrain.mixedHorizon',
    to: 'spec.retrain.mixedHorizon'
  },
  {
    name: 'retrain: the hardest tasks by return first',
    slow: true,
    why: 'the control ranks by success, and returns settle ties',
    ...stage('batches', 'training'),
    from: '[averaged(measured.map(leadingScores)), averaged(measured.map(({ returns }) => returns))]',
    to: '[averaged(measured.map(({ returns }) => returns)), averaged(measured.map(leadingScores))]'
  },
  {
    name: 'retrain: the random control is the same tasks in every arm stream',
    slow: true,
    why: 'random arms of different names choose by themselves',
    ...stage('batches', 'training'),
    from: 'draws(seed, PURPOSE.controls, «arm.stream»)',
    to: '0'
  },
  {
    name: 'own: an arm explains by the settings of the run',
    why: 'a defined arm explains with another setting than it says',
    ...stage('own', 'budget'),
    from: 'specOfArm(context.spec, arm)',
    to: 'context.spec'
  },
  {
    name: 'solvers: poor and training tasks share random numbers',
    why: 'directions of poor and training tasks correlate by their noise',
    ...stage('solvers', 'streams'),
    from: '(commonNumbers ? 0 : «training.length + task»)',
    to: 'task'
  },
  {
    name: 'solvers: both halves in adaptation space on one stream',
    why: 'reliability becomes 1',
    ...stage('solvers', 'streams'),
    from: 'learner.directions(training, «stream», over, trainIds)',
    to: 'STREAMS.halves[0]'
  },
  {
    name: 'solvers: both halves of an influence on one stream',
    why: 'reliability becomes 1',
    ...stage('solvers', 'streams'),
    from: 'streamB: «STREAMS.halves[1]»',
    to: 'STREAMS.halves[0]'
  },
  {
    name: 'solvers: the Fisher metric on the episodes of an explanation',
    slow: true,
    why: 'the metric would depend on the noise of the directions that it measures',
    ...stage('solvers', 'streams'),
    from: '«STREAMS.fisher»,\n    { supportEpisodes: fisherEpisodes',
    to: 'STREAMS.halves[0]'
  },
  {
    name: 'rounds: both halves on one stream',
    slow: true,
    why: 'reliability becomes 1',
    ...stage('rounds', 'streams'),
    from: 'STREAMS.halves[«half»]',
    to: '0'
  },
  {
    name: 'choose: pools share random numbers',
    why: 'matched tasks would match by their noise',
    ...stage('choose', 'streams'),
    from: 'STREAMS.matching, over, «ids»)',
    to: 'ids.map((_, task) => task)'
  },
  {
    name: 'choose: both halves of the hypergradient on one stream',
    slow: true,
    why: 'reliability becomes 1',
    ...stage('choose', 'streams'),
    from: '= «STREAMS.weighting»',
    to: '[STREAMS.weighting[0], STREAMS.weighting[0]] as const'
  },
  {
    name: 'augment: the final figure on episodes that phi was learned on',
    why: 'the CMI would be that of a law chosen on the same numbers',
    ...stage('augment', 'figures'),
    from: 'measure(«learned + repeat», true)',
    to: 'repeat'
  },
  {
    name: 'episodes: the picture of after flies theta_0',
    why: 'the report shows other weights than it says',
    ...stage('pictures', 'figures'),
    from: 'const after = await fly(«arm»)',
    to: "'theta_0'"
  },
  {
    name: 'episodes: pictures on the stream of the figures',
    slow: true,
    why: 'pictures show episodes that no figure saw',
    ...stage('pictures', 'figures'),
    from: 'STREAMS.pictures',
    to: 'STREAMS.fresh'
  },
  {
    name: 'episodes: the poor task that is served best',
    slow: true,
    why: 'the report says that it shows the worst',
    ...stage('pictures', 'figures'),
    from: 'total(a) - total(b)',
    to: 'total(b) - total(a)'
  },
  {
    name: 'episodes: the task that changed least',
    why: 'the report says that it shows the most changed one',
    ...stage('pictures', 'figures'),
    from: 'success(b) - success(a)',
    to: 'success(a) - success(b)'
  },
  {
    name: 'validate: every repeat retrains on the same numbers',
    slow: true,
    why: 'repeats are what the noise is told by',
    ...stage('validate', 'streams'),
    from: 'STREAMS.interventions + repeat',
    to: 'STREAMS.interventions'
  },
  {
    name: 'validate: every repeat is measured on the same numbers',
    slow: true,
    why: 'repeats are what the noise is told by',
    ...stage('validate', 'streams'),
    from: 'learner.evaluate(targets, «STREAMS.validation + repeat»',
    to: 'STREAMS.validation'
  },
  {
    name: 'validate: an intervention begins where the last one ended',
    why: 'interventions differ in their weights alone',
    ...stage('validate', 'figures'),
    from: 'await «withWeights(context, theta, () => intervene(context, poor, repeat, change))»',
    to: 'intervene(context, poor, repeat, change)'
  },
  {
    name: 'transfer: theta_0 in the place of every arm',
    slow: true,
    why: 'the table of other presets would compare theta_0 with itself',
    ...stage('transfer', 'figures'),
    from: 'stageWeights(context, «stageOfArm(arm)»)',
    to: "'train'"
  },
  {
    name: 'transfer: on a mining stream',
    why: 'poor tasks were chosen on it',
    ...stage('transfer', 'streams'),
    from: 'there.evaluate(tasks.pools[pool].values, «STREAMS.fresh»)',
    to: 'STREAMS.mining[0]'
  },
  {
    name: 'learner: lambda of the inner step and of the outer one swapped',
    why: 'the seam takes both as numbers',
    ...stage('learner', 'training'),
    from: 'innerLambda: «adapt.lambda»',
    to: 'trpo.lambda'
  }
]
