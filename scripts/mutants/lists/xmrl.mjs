// Mutants of crates/xmrl: explanation and augmentation.
const place = (/** @type {string} */ file, /** @type {string[]} */ ...tests) => ({ file: `crates/xmrl/src/${file}.rs`, tests })
const LIB = 'xmrl-core:lib'
/** Loops written out in thirty lines, against which the wiring is held. */
const WIRING = 'xmrl-core:wiring'
const EPISODES = place('augment/episodes', WIRING, 'xmrl-core:lib augment')
const ADAPTATION = place('adaptation', 'xmrl-core:lib adaptation', 'xmrl-core:intervals')

export const XMRL = [
  {
    name: 'halves',
    why: 'the second half of an influence explanation flies on the stream of the first: reliability becomes 1',
    ...place('explain', WIRING),
    from: 'options.streams[«1»]',
    to: '0'
  },
  {
    name: 'pooled',
    why: 'pooled gradients are those of the first half',
    ...place('explain', WIRING),
    from: 'average(&halves[0].gradients, «&halves[1].gradients»)',
    to: '&halves[0].gradients'
  },
  {
    name: 'explain: the pooled Hessian is a sum',
    why: 'it is the mean of the halves',
    ...place('explain', WIRING),
    from: '*out = «0.5 * (*out + y)»',
    to: '*out + y'
  },
  {
    name: 'block scale',
    why: 'the mean of the blocks is the whole',
    ...place('explain', WIRING, LIB),
    from: 'scale * c',
    to: '*c'
  },
  {
    name: 'explain: poor and training tasks share numbers',
    why: 'gradients of poor and training tasks correlate by their noise',
    ...place('explain', WIRING),
    from: '&DataRequest { tasks: poor, task_ids: «after», ..request }',
    to: '&ids[..after.len()]'
  },
  {
    name: 'explain: batches on the same numbers',
    why: 'an average of equal batches is one batch',
    ...place('explain', WIRING),
    from: 'Draws::new(options.seed, Usage::Explain, stream).part(«part»)',
    to: 'part * 0'
  },
  {
    name: 'robust: weights of the median without their scale',
    why: 'the mean of the scaled batches is the median',
    ...place('robust', 'xmrl-core:lib robust'),
    from: '*entry *= «count * weight»',
    to: 'weight'
  },
  {
    name: 'influence interval: tasks share their draws',
    why: 'blocks of tasks are drawn by themselves; joint figures of the resamples (the top set) would be wrong',
    ...place('influence/interval', 'xmrl-core:intervals', LIB),
    from: 'uniform(resample as u32, «(i * b + k) as u32»)',
    to: 'k as u32'
  },
  {
    name: 'influence interval: the standard error of the sum',
    why: 'a score is the mean of its blocks',
    ...place('influence/interval', 'xmrl-core:intervals', LIB),
    from: 'picks.sum::<f64>() / (b - 1) as f64',
    to: 'picks.sum::<f64>()'
  },
  {
    name: 'influence interval: as many blocks as there are',
    why: 'n - 1 of n are drawn, or the interval of few blocks is too narrow',
    ...place('influence/interval', 'xmrl-core:intervals', LIB),
    changes: [
      { from: '(0..«b - 1»).map(|k| {\n                    let at', to: 'b' },
      { from: 'picks.sum::<f64>() / «(b - 1)» as f64', to: 'b' }
    ]
  },
  {
    name: 'adaptation: pooled is the first half',
    why: 'omega is that of both halves',
    ...ADAPTATION,
    from: 'gram.programme(&Selection::all(tasks, poor, «0.5»))',
    to: '1.0'
  },
  {
    name: 'adaptation: the second half is the first',
    why: 'reliability becomes 1',
    ...ADAPTATION,
    from: '[similarity(&halves[0]), similarity(«&halves[1]»)]',
    to: '&halves[0]'
  },
  {
    name: 'bootstrap: halves are not drawn',
    why: 'the interval of omega lacks the noise of the directions',
    ...ADAPTATION,
    from: '(draw / 2, «if draw % 2 == 0 { 0.5 } else { -0.5 }»)',
    to: '0.0'
  },
  {
    name: 'bootstrap: poor tasks are not drawn',
    why: 'the interval of omega lacks the choice of poor tasks',
    ...ADAPTATION,
    from: 'drawn.counts[«below(draw, poor)»]',
    to: 'draw'
  },
  {
    name: 'bootstrap: as many poor tasks as there are',
    why: 'n - 1 of n are drawn, or the interval of few tasks is too narrow',
    ...ADAPTATION,
    from: '0..«poor.max(2) - 1»',
    to: 'poor'
  },
  {
    name: 'adaptation: training directions are not centred',
    why: 'what all tasks have in common would count as likeness',
    ...place('adaptation/gram', 'xmrl-core:lib adaptation'),
    from: 'raw[i * count + j] - with_mean[i] - with_mean[j] + mean_norm',
    to: 'raw[i * count + j]'
  },
  {
    name: 'adaptation: kept lengths are each their own',
    why: 'a task that moves the policy further counts for more',
    ...place('adaptation/gram', 'xmrl-core:lib adaptation'),
    from: '«self.common.unwrap_or_else(|| own(i))»',
    to: 'own(i)'
  },
  {
    name: 'adaptation: reliability of cosines where lengths are kept',
    why: 'what enters the programme is what has to repeat',
    ...ADAPTATION,
    from: 'Lengths::Kept => «[&halves[0].linear, &halves[1].linear]»',
    to: '[&similarity_halves[0], &similarity_halves[1]]'
  },
  {
    name: 'foretell: halves do not cross',
    why: 'omega is fitted to the noise that its own half has in the second steps',
    ...place('foretell', 'xmrl-core:lib foretell'),
    from: 'outlook.second[«1 - half»]',
    to: 'half'
  },
  {
    name: 'foretell: the move of even weights is left in',
    why: 'every arm makes that move; only what the weights add is foretold',
    ...place('foretell', 'xmrl-core:lib foretell'),
    from: 'map(|weight| weight - «even»)',
    to: '0.0 * even'
  },
  {
    name: 'altids',
    why: 'alternating: poor tasks on the numbers of training tasks',
    ...place('alternating/episodes', WIRING),
    from: 'self.fly(round, theta, self.poor, «self.tasks()»)',
    to: '0'
  },
  {
    name: 'altmean',
    why: 'alternating: the sum of the poor gradients for their mean',
    ...place('alternating/episodes', WIRING),
    from: '*sum += «entry / count»',
    to: '*entry'
  },
  {
    name: 'alternating: rounds share numbers',
    why: 'every round flies afresh',
    ...place('alternating/episodes', WIRING),
    from: '(self.stream << ROUND_BITS) | «round»',
    to: '0 * round'
  },
  {
    name: 'alternating: entropy drives the weights apart',
    why: 'its sign',
    ...place('alternating', 'xmrl-core:lib alternating'),
    from: 'self.entropy * w * (log - mean)',
    to: 'self.entropy * w * (mean - log)'
  },
  {
    name: 'single-loop step',
    why: 'the upper variable moves along the sample, not along its average',
    ...place('single_loop', 'xmrl-core:single_loop'),
    from: 'vector::axpy(-factor * options.upper_rate, &state.average, &mut next.upper)',
    to: 'vector::axpy(-factor * options.upper_rate, &sample.hypergradient(), &mut next.upper)'
  },
  {
    name: 'kmmscale',
    why: 'the width of the kernel is sqrt 2 off its documentation',
    ...place('matching', 'xmrl-core:lib matching', WIRING),
    from: 'bandwidth * std::f64::consts::SQRT_2',
    to: 'bandwidth'
  },
  {
    name: 'matching: the target is the first task',
    why: 'it is the mean of the target tasks',
    ...place('matching', 'xmrl-core:lib matching'),
    from: 'share * kernel[row * tasks + train..«(row + 1) * tasks»]',
    to: 'row * tasks + train + 1'
  },
  {
    name: 'CMI: responses not centred',
    why: 'the information is of what differs between sets',
    ...place('posterior', 'xmrl-core:lib cmi'),
    from: 'vector::axpy(«-1.0», &mean, row);',
    to: '0.0'
  },
  {
    name: 'CMI: the spread of a sum of sets',
    why: 'K is divided by M',
    ...place('cmi', 'xmrl-core:lib cmi'),
    from: 'let lower = factor(&spread.products, sets, «1.0 / sets as f64»)?;',
    to: '1.0'
  },
  {
    name: 'CMI: credit against zero for a counterfactual',
    why: 'unbiased, but by far noisier: the baseline is what makes it usable',
    ...place('cmi', 'xmrl-core:lib cmi'),
    from: 'let credit = «value - value_of(&recentred(&products, sets), sets)?»;',
    to: 'value'
  },
  {
    name: 'ascent: slopes at the ends over the whole width',
    why: 'coefficients are kept in [0, 1], so that the width is less there',
    ...place('augment/ascent', 'xmrl-core:lib augment'),
    from: '(l + STEP).min(1.0) - (l - STEP).max(0.0)',
    to: '2.0 * STEP'
  },
  {
    name: 'form (ii) samples',
    why: 'samples are spread over all episodes',
    ...place('augment/ascent', 'xmrl-core:lib augment', WIRING),
    from: 'index % samples * units / samples',
    to: 'index % samples'
  },
  {
    name: 'augment: the noise null with common noise',
    why: 'it says what noise alone would score',
    ...place('augment', 'xmrl-core:lib augment'),
    from: 'episodes.fly(shared, 1, «1 + set as u16»)',
    to: '1'
  },
  {
    name: 'augment: steps of the nulls are not counted',
    why: 'what was flown is charged',
    ...place('augment', 'xmrl-core:lib augment'),
    from: 'out.env_steps += «more.env_steps»',
    to: '0 * more.env_steps'
  },
  {
    name: 'units',
    why: 'mixed episodes: the scale of a response is that of one task',
    ...EPISODES,
    from: 'advantage / «units as f64»',
    to: 'episodes as f64'
  },
  {
    name: 'baseline0',
    why: 'mixed episodes: the baseline of one task for all',
    ...EPISODES,
    from: 'advantages(batch, «baseline», gamma, outer_lambda)',
    to: '&self.baselines[0]'
  },
  {
    name: 'auglambda',
    why: 'mixed episodes: GAE lambda 0',
    ...EPISODES,
    from: 'advantages(batch, baseline, gamma, «outer_lambda»)',
    to: '0.0'
  },
  {
    name: 'pilotnoise',
    why: 'mixed episodes: pilots on the pairs of the measured episodes',
    ...EPISODES,
    from: 'out.starts(&pilot, 1, «PILOT»)',
    to: '0'
  },
  {
    name: 'visited',
    why: 'mixed episodes: visited states of the unadapted policy',
    ...EPISODES,
    from: 'out.visited = «out.rollout(law, request.visited_episodes, Record::LearningAndStates)?»;',
    to: '{ let kept = std::mem::replace(&mut out.adapted, theta.repeat(task_ids.len())); let flown = out.rollout(law, request.visited_episodes, Record::LearningAndStates); out.adapted = kept; flown? }'
  },
  {
    name: 'covrows',
    why: 'mixed episodes: the Fisher matrix is N times too large',
    ...EPISODES,
    from: '1.0 / «(prepared.len() * task.rows())» as f64',
    to: 'task.rows()'
  },
  {
    name: 'episodes: sets have noise of their own',
    why: 'without common random numbers noise scores as much as mixing',
    ...EPISODES,
    from: 'let from = (Starts::States(starts), «noise», self.request.horizon);',
    to: 'noise + (self.env_steps % 7) as u16'
  },
  {
    name: 'episodes: adaptation is not counted',
    why: 'what was flown is charged',
    ...EPISODES,
    from: 'let env_steps = «moved.env_steps»;',
    to: '0'
  }
]
