// Mutants of the seam: options that arrive under another name, figures that leave under one, numbers that streams share.
const ava = (/** @type {string[]} */ ...names) => names.map((name) => `__test__/${name}.test.ts`)
const WIRING = 'seam/wiring'
const SOLVERS = ava(WIRING, 'seam/solvers', 'stages/explain')
const LEARNER = ava(WIRING, 'seam/learner', 'seam/stages')
const node = (/** @type {string} */ file, /** @type {string[]} */ tests) => ({ file: `crates/node/src/${file}.rs`, tests })
const worlds = (/** @type {string} */ file) => node(file, ava('seam/worlds'))

export const SEAM = [
  {
    name: 'seam: poor ids',
    why: 'numbers of tasks are not read: a part of a pool flies on other numbers than the whole',
    ...node('learner', [...LEARNER, ...SOLVERS]),
    from: 'words("taskIds", &ids, u32::MAX)',
    to: 'Ok(all)'
  },
  {
    name: 'seam: directions on the numbers of evaluations',
    why: 'what explains would depend on what was measured',
    ...node('learner', LEARNER),
    from: 'Usage::Directions',
    to: 'Usage::Evaluate'
  },
  {
    name: 'seam: pictures on the numbers of evaluations',
    why: 'uses never share numbers',
    ...node('learner', LEARNER),
    from: 'options, None, «Usage::Paths»',
    to: 'Usage::Evaluate'
  },
  {
    name: 'seam: weights of the places are not read',
    why: 'an intervention would change nothing',
    ...node('learner', LEARNER),
    from: 'weights: «options.weights.as_deref()»',
    to: 'options.weights.as_deref().filter(|_| false)'
  },
  {
    name: 'seam: the Fisher metric on the numbers of directions',
    why: 'the metric would depend on the noise of the directions that it measures',
    ...node('explain', SOLVERS),
    from: 'options, None, «Usage::Explain»',
    to: 'Usage::Directions'
  },
  {
    name: 'seam: both halves of the training directions are the first',
    why: 'reliability becomes 1',
    ...node('explain', [...SOLVERS, ...ava('seam/stages')]),
    from: 'train: [&train_a, «&train_b»],\n            poor',
    to: '&train_a'
  },
  {
    name: 'seam: foretelling by the second steps of one half',
    why: 'halves have to cross, each with its own',
    ...node('explain', SOLVERS),
    from: 'second: [&second_a, «&second_b»]',
    to: '&second_a'
  },
  {
    name: 'seam: omega of the halves swapped',
    why: 'records would name the wrong half',
    ...node('explain', [...SOLVERS, ...ava('seam/stages')]),
    from: 'let [omega_a, omega_b] = «found.omega_halves»;',
    to: '{ let [a, b] = found.omega_halves.clone(); [b, a] }'
  },
  {
    name: 'seam: both halves of an influence on one stream',
    why: 'reliability becomes 1',
    ...node('influence', SOLVERS),
    from: 'word("streamB", «self.stream_b», STREAMS)',
    to: 'self.stream_a'
  },
  {
    name: 'seam: plain inner products in the place of scores',
    why: 'every solver would give the same',
    ...node('influence', SOLVERS),
    from: 'scores: «pooled.scores»,',
    to: 'pooled.inner_products.clone()'
  },
  {
    name: 'seam: the damping in use is the one asked for',
    why: 'what negative curvature did to the solve would not be seen',
    ...node('influence', SOLVERS),
    from: 'damping: «pooled.solve.damping»',
    to: '20.0 + 0.0 * pooled.solve.damping'
  },
  {
    name: 'seam: every evaluation of a law on the same numbers',
    why: 'a standard error over equal evaluations is 0',
    ...node('augment', ava(WIRING, 'seam/stages', 'stages/augment')),
    from: 'numbered(stream, «iteration»)',
    to: '0 * iteration'
  },
  {
    name: 'seam: only the episodes of the sets are charged',
    why: 'adaptation, visited states and pilots are flown too',
    ...node('augment', ava(WIRING, 'seam/stages', 'stages/augment')),
    from: 'env_steps: number(«episodes.env_steps()»)',
    to: 'found.env_steps'
  },
  {
    name: 'seam: beta of the posterior is not read',
    why: 'the curvature of the tasks would not count as asked',
    ...node('augment', ava(WIRING, 'seam/stages')),
    from: 'beta: «settings.beta»',
    to: '1.0 + 0.0 * settings.beta'
  },
  {
    name: 'seam: how states are mixed is not read',
    why: 'the default of the environment would be flown',
    ...node('augment', ava(WIRING, 'seam/stages')),
    from: 'mix_rule(&state.parts.env, «settings.mix.as_deref()», settings.repair',
    to: 'settings.mix.as_deref().filter(|_| false)'
  },
  {
    name: 'seam: rounds go on from theta_0',
    why: 'a loop that was saved goes on from where it stood',
    ...node('alternating', SOLVERS),
    from: 'lower: «tensor("theta")?»',
    to: '{ let mut theta = tensor("theta")?; theta.fill(0.0); theta }'
  },
  {
    name: 'seam: the moving average is lost between rounds',
    why: 'a loop that was saved goes on from where it stood',
    ...node('alternating', SOLVERS),
    from: 'average: «tensor("average")?»',
    to: '{ let mut average = tensor("average")?; average.fill(0.0); average }'
  },
  {
    name: 'seam: the ridge of matching is not read',
    why: 'weights would be those of another programme',
    ...node('weighting', ava(WIRING, 'seam/weighting')),
    from: '(rows?, width?, «settings.ridge»)',
    to: '0.001 + 0.0 * settings.ridge'
  },
  {
    name: 'seam: batches of task gradients on the same numbers',
    why: 'a batch has numbers of its own',
    ...node('gradients', ava('stages/explain')),
    from: 'Usage::Explain, stream).part(«part»)',
    to: '0 * part'
  },
  {
    name: 'seam: returns before for returns after',
    why: 'curves would show the unadapted policy',
    ...node('records', LEARNER),
    from: 'return_after: «stats.return_post»',
    to: 'stats.return_pre'
  },
  {
    name: 'seam: KL of the unadapted policy for that of the adapted',
    why: 'the trust region would not be what the metrics show',
    ...node('records', LEARNER),
    from: 'kl: «stats.kl»,',
    to: 'stats.kl_unadapted'
  },
  {
    name: 'seam: frozen gain in the place of the re-adapted one',
    why: 'guard 4 would see nothing',
    ...node('records', LEARNER),
    from: 'readapted: «m.readapted»',
    to: 'm.frozen'
  },
  {
    name: 'seam: the weight of guard 3 is not read',
    why: 'a specification would train with another trust region than it says',
    ...node('options', LEARNER),
    from: 'unadapted_weight: «self.unadapted_kl_weight»',
    to: '0.5 + 0.0 * self.unadapted_kl_weight'
  },
  {
    name: 'seam: rows of support and query swapped',
    why: 'curvature is measured on as many rows as asked',
    ...node('options', LEARNER),
    from: 'count("curvatureSupportRows", «self.curvature_support_rows», ROWS)',
    to: 'self.curvature_query_rows'
  },
  {
    name: 'seam: adaptation steps are not read',
    why: 'curves over steps would be flat',
    ...node('options', LEARNER),
    from: 'count("steps", «self.steps», counts::ITERATIONS)',
    to: '1.0 + 0.0 * self.steps'
  },
  {
    name: 'seam: held-out tasks are those of the evaluation pool',
    why: 'pools are independent draws',
    ...worlds('environments'),
    from: '"heldOut" => «Pool::HeldOut»',
    to: 'Pool::Evaluation'
  },
  {
    name: 'seam: samples where means are asked for',
    why: 'a policy would be judged by its noise',
    ...node('policies', ava('policies/policy')),
    from: '«(!mean).then_some(noise)»',
    to: 'Some(noise)'
  },
  {
    name: 'seam: every call without a seed draws the first noise',
    why: 'the noise of an episode would be the same in every step',
    ...node('policies', ava('policies/policy')),
    from: 'Purpose::Act, «1 + self.drawn»',
    to: '1'
  },
  {
    name: 'seam: terminated and truncated swapped',
    why: 'an end by the rules is not one by the clock',
    ...worlds('worlds'),
    from: 'Ok(«worlds.fly_into(&actions, steps, auto_reset, out)»?)',
    to: '{ let FlightSlices { terminated, truncated, .. } = out; let out = FlightSlices { terminated: truncated, truncated: terminated, ..out }; worlds.fly_into(&actions, steps, auto_reset, out) }'
  },
  {
    name: 'seam: the horizon of support episodes for that of query episodes',
    why: 'episodes would end early',
    ...worlds('description'),
    from: 'horizon: «size(spec.horizon)»',
    to: 'size(spec.support_horizon)'
  }
]
