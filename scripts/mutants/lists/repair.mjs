// Mutants of the repair: kept displacements, the verdict, the Reptile step, the dose, the lever.
/** @param {string} file */
const of = (file) => ({ file: `ts/stages/${file}.ts`, tests: ['__test__/stages/repair.test.ts'] })

/** @param {string} file */
const lever = (file) => ({ file, tests: ['__test__/select/lever.test.ts', '__test__/stages/lever.test.ts'] })

export const REPAIR = [
  {
    name: 'evaluate: training tasks have the numbers of evaluation tasks',
    why: 'directions of tasks of one number would be alike by their noise',
    ...of('evaluate'),
    from: "const ids = «keep > 0 && pool === 'training' ? ownIds : [...values.keys()]»",
    to: '[...values.keys()]'
  },
  {
    name: 'displacements: the step before the one that is asked for',
    why: 'an explanation is of k steps',
    ...of('displacements'),
    from: '(«steps - 1») * size',
    to: 'Math.max(0, steps - 2)'
  },
  {
    name: 'solvers: both halves are the first mining stream',
    why: 'reliability becomes 1',
    ...of('solvers'),
    from: "return [kept('training', «stream», steps)",
    to: 'STREAMS.mining[0]'
  },
  {
    name: 'retrain: a verdict is heeded by nobody',
    why: 'where nothing is singled out the arm goes on as MAML does',
    ...of('retrain'),
    from: "const heeds = «arm.choose === 'explained'» && arm.verdict",
    to: "arm.choose === 'rare'"
  },
  {
    name: 'reptile: the move of the weights without the even ones',
    why: 'the step is the weighted less the even Reptile step',
    ...of('reptile'),
    from: 'sum += («weight - 1 / weights.length»)',
    to: 'weight'
  },
  {
    name: 'reptile: a length at which the others fell may be taken',
    why: 'the step ends before the others fall',
    ...of('reptile'),
    from: 'if («fell(found, tolerance)») break',
    to: 'false'
  },
  {
    name: 'reptile: the last length is taken, not the best',
    why: 'the one at which the poor tasks do best is',
    ...of('reptile'),
    from: 'if («found.poor > poorest») best',
    to: 'length > 0'
  },
  {
    name: 'retrain: a step that is saved is made again',
    why: 'a resumed arm would begin by two steps',
    ...of('retrain'),
    from: 'if («before.round >= round») return before',
    to: 'false'
  },
  {
    name: 'audit: changes since the last audit',
    why: 'they are since the first',
    ...of('audit'),
    from: 'if («audit.first.length === 0») audit.first',
    to: 'audit.first.length >= 0'
  },
  {
    name: 'dose: a share rises where the others fall',
    why: 'it is lowered there',
    ...of('dose'),
    from: 'fell(audited, tolerance) ? «-step» : step',
    to: 'step'
  },
  {
    name: 'batches: a steered share steers nothing',
    why: 'meta-batches are drawn by it',
    ...of('batches'),
    from: 'criticalShare: «dose.share()»',
    to: 'plan.criticalShare'
  },
  {
    name: 'lever: differences are without less with',
    why: 'mixed episodes would be kept where they harm',
    ...lever('ts/select/lever.ts'),
    from: 'estimate(a.map((score, task) => «score - b[task]»))',
    to: 'b[task] - score'
  },
  {
    name: 'lever: noise does not count',
    why: 'a gain within noise leaves mixed episodes out',
    ...lever('ts/select/lever.ts'),
    from: 'poor.mean > «margin * poor.standardError»',
    to: '0 * margin'
  },
  {
    name: 'lever: the others may fall',
    why: 'they must hold',
    ...lever('ts/select/lever.ts'),
    from: 'mixed: agreed && gained && «other.mean >= -tolerance * other.standardError»',
    to: 'tolerance >= 0'
  },
  {
    name: 'lever: the second trial begins where the first ended',
    why: 'both begin at the same weights',
    ...lever('ts/stages/lever.ts'),
    from: 'ended = learner.checkpoint()\n        learner.restore(«trials.weights»)',
    to: 'ended'
  },
  {
    name: 'lever: the weights of the trial with mixed episodes are kept',
    why: 'those of the better one are',
    ...lever('ts/stages/lever.ts'),
    from: 'weights: «mixed ? learner.checkpoint() : ended»',
    to: 'learner.checkpoint()'
  },
  {
    name: 'lever: the audits of the trials are for nothing',
    why: 'the arm pays them',
    ...lever('ts/stages/lever.ts'),
    from: 'envSteps += «flown»',
    to: '0 * flown'
  },
  {
    name: 'lever: what is foretold is passed over',
    why: 'both readings must agree',
    ...lever('ts/select/lever.ts'),
    from: 'mixed: «agreed» && gained',
    to: 'true'
  },
  {
    name: 'lever: first steps foretell',
    why: 'the second ones are the gradient after adapting',
    ...lever('ts/stages/lever.ts'),
    from: '«second[task * length + at] - first[task * length + at]»',
    to: 'first[task * length + at]'
  },
  {
    name: 'retrain: the arm mixes whatever its trials said',
    why: 'they chose',
    ...lever('ts/stages/retrain.ts'),
    from: 'const plan = «lever?.record.mixed === false ? unmixed(planned) : planned»',
    to: 'planned'
  },
  {
    name: 'retrain: random numbers of the trials are used again',
    why: 'meta-steps after them have the next ones',
    ...lever('ts/stages/retrain.ts'),
    from: 'const passed = «lever?.record.trial ?? 0»',
    to: '0'
  },
  {
    name: 'retrain: what the trials flew is not charged',
    why: 'the arm pays them',
    ...lever('ts/stages/retrain.ts'),
    from: 'envSteps: spent + «lever.record.envSteps», lever',
    to: '0'
  }
]
