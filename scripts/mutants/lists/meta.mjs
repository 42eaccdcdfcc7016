// Mutants of crates/{autodiff,rollout,meta}: solvers, roll-outs, advantages, the outer step, what is flown on which numbers.
const place = (/** @type {string} */ file, /** @type {string[]} */ ...tests) => ({ file: `crates/${file}.rs`, tests })
const CG = place('autodiff/src/cg', 'xmrl-autodiff:linear')
const SUITE = 'xmrl-meta:suite'
/** Loops written out in thirty lines, against which the wiring is held. */
const WIRING = 'xmrl-meta:wiring'

export const META = [
  // The first three were found in published implementations.
  {
    name: 'conjugate gradients: old residual in the direction',
    why: 'directions are no longer conjugate',
    ...CG,
    changes: [
      {
        from: 'damped(&p, &mut product)?;\n        let Some',
        to: 'damped(&p, &mut product)?;\n        let old = r.clone();\n        let Some',
        form: 'always'
      },
      { from: 'vector::xpby(«z», beta, &mut p)', to: '&old' }
    ]
  },
  {
    name: 'conjugate gradients: iterate returned one step late',
    why: 'the last step is lost',
    ...CG,
    changes: [
      { from: 'while run.goes_on() {', to: 'let mut late = x.clone();\n    while run.goes_on() {', form: 'always' },
      { from: 'vector::axpy(step, &p, &mut x);', to: 'late.copy_from_slice(&x);\n        vector::axpy(step, &p, &mut x);', form: 'always' },
      { from: 'Ok((«x», run.finish()))', to: 'late' }
    ]
  },
  {
    name: 'conjugate gradients: scale missing in the residual update',
    why: 'the residual is not that of the iterate',
    ...CG,
    from: 'vector::axpy(«-step», &product, &mut r)',
    to: '-1.0'
  },
  {
    name: 'conjugate gradients: negative curvature not noticed',
    why: 'a direction in which there is no minimum is followed',
    ...place('autodiff/src/recurrence', 'xmrl-autodiff:spectrum'),
    from: 'curvature <= 0.0',
    to: 'curvature.is_nan()'
  },
  {
    name: 'implicit adjoint: sign of the Hessian',
    why: 'the lower level is a maximum',
    ...place('autodiff/src/implicit', 'xmrl-core:closed_form'),
    from: 'vector::scale(«-1.0», out);',
    to: '1.0'
  },
  {
    name: 'tail: the best tasks of the meta-batch',
    why: 'CVaR is of the lowest returns',
    ...place('meta/src/step', SUITE),
    from: 'returns[a].total_cmp(&returns[b])',
    to: 'returns[b].total_cmp(&returns[a])'
  },
  {
    name: 'tail: a share rounded down',
    why: 'the worst task is always among them',
    ...place('meta/src/step', SUITE),
    from: '(share * returns.len() as f64 - 1e-9).ceil()',
    to: '(share * returns.len() as f64).floor()'
  },
  {
    name: 'returns: lambda left out',
    why: 'advantages by the wrong recursion',
    ...place('rollout/src/returns', 'xmrl-rollout:lib returns'),
    from: 'residual + gamma * lambda * advantage',
    to: 'residual + gamma * lambda.signum() * advantage'
  },
  {
    name: 'returns: the next value is not discounted',
    why: 'the residual of a step',
    ...place('rollout/src/returns', 'xmrl-rollout:lib returns'),
    from: 'rewards[row] + gamma * next_value - values[row]',
    to: 'rewards[row] + next_value - values[row]'
  },
  {
    name: 'returns: an episode goes on with the returns of the one before it',
    why: 'returns end with their episode',
    ...place('rollout/src/returns', 'xmrl-rollout:lib returns'),
    from: 'let mut to_go = «0.0»;',
    to: 'out.get(episode.start.wrapping_sub(1)).copied().unwrap_or(0.0)'
  },
  {
    name: 'returns: scaled but not centred',
    why: 'inner advantages have mean 0',
    ...place('rollout/src/returns', 'xmrl-rollout:lib returns'),
    from: '(*value - mean) * scale',
    to: '*value * scale'
  },
  {
    name: 'rollout: mixed episodes on the noise of plain ones',
    why: 'episodes of one collection are independent',
    ...place('rollout/src/episodes', 'xmrl-rollout:suite', WIRING),
    from: 'self.request.first_episode + (self.first + g * L::N) as u32',
    to: '(self.first + g * L::N) as u32'
  },
  {
    name: 'rollout: starts are numbered from 0 whatever the first episode',
    why: 'episodes of one collection are independent',
    ...place('rollout/src/request', 'xmrl-rollout:suite', WIRING),
    from: 'self.first_episode + (first + at) as u32',
    to: '(first + at) as u32'
  },
  {
    name: 'rollout: only the last step succeeds',
    why: 'an episode that has succeeded has, whatever its later steps are',
    ...place('rollout/src/group', 'xmrl-rollout:lib group', 'xmrl-rollout:suite', 'xmrl-rollout:hosted'),
    from: 'L::select_lt(half, achieved, achieved, «self.success»)',
    to: 'zero'
  },
  {
    name: 'rollout: rewards after the end count',
    why: 'an episode that has ended earns nothing',
    ...place('rollout/src/group', 'xmrl-rollout:suite'),
    from: 'L::select_lt(half, self.alive, reward, zero)',
    to: 'reward'
  },
  {
    name: 'baseline: fitted to undiscounted returns',
    why: 'the baseline predicts the return to go that advantages use',
    ...place('rollout/src/baseline', 'xmrl-rollout:suite', 'xmrl-rollout:lib baseline'),
    from: 'discounted_returns(&batch.rewards, &batch.episodes, «gamma»)',
    to: '1.0'
  },
  {
    name: 'advantage: inner coefficients are raw',
    why: 'the inner step would depend on the scale of rewards',
    ...place('meta/src/advantage', SUITE, WIRING),
    from: 'standardise(&mut out);',
    to: ''
  },
  {
    name: 'advantage: lambda of the outer objective in the inner one',
    why: 'two constants of two objectives',
    ...place('meta/src/advantage', SUITE, WIRING),
    from: 'options.gamma, «options.inner_lambda»)',
    to: 'options.outer_lambda'
  },
  {
    name: 'advantage: outer coefficients standardised (guard 1)',
    why: 'a solved task would weigh an order of magnitude more',
    ...place('meta/src/advantage', SUITE, WIRING),
    from: 'advantages(batch, &weights, options.gamma, options.outer_lambda)',
    to: '{ let mut raw = advantages(batch, &weights, options.gamma, options.outer_lambda); standardise(&mut raw); raw }'
  },
  {
    name: 'meta-gradient: first order where second is asked for',
    why: 'the Hessian of the inner step',
    ...place('meta/src/fused/gradient', 'xmrl-meta:derivatives'),
    from: 'vector::axpy(«1.0», &product, &mut out);',
    to: '0.0'
  },
  {
    name: 'curvature: sum over tasks for their mean',
    why: 'the trust region would shrink with the number of tasks',
    ...place('meta/src/fused/curvature', 'xmrl-meta:derivatives', SUITE),
    from: 'vector::axpy(«1.0 / products.len() as f64», product, out)',
    to: '1.0'
  },
  {
    name: 'rows of the KL: of the support in the place of the query',
    why: 'KL of the adapted policies is a mean over query rows',
    ...place('meta/src/fused/gradient', SUITE, 'xmrl-meta:derivatives'),
    from: 'outer.divergence / «data.query.rows()» as f64',
    to: 'data.support.rows()'
  },
  {
    name: 'preconditioner: none where one is asked for',
    why: 'two conjugate-gradient steps would leave twice the residual',
    ...place('meta/src/ascent', SUITE),
    from: '«options.preconditioner».filter(',
    to: 'None::<Preconditioner>'
  },
  {
    name: 'subsample',
    why: 'curvature rows without the factor R / n, so that H in the trust region is R / n times too small',
    ...place('meta/src/problem', WIRING, SUITE),
    from: 'T::round(«rows as f64 / at.len().max(1) as f64»)',
    to: '1.0'
  },
  {
    name: 'phase',
    why: 'support and query subsample from the same draws',
    harmless:
      'the rows are those of different episodes, so that equal positions in them have nothing in common; each sample by itself is even',
    ...place('meta/src/data', SUITE, WIRING),
    from: 'sample_rows(&subsample, request.task_ids[task], «1», rows.rows()',
    to: '0'
  },
  {
    name: 'mixedscale',
    why: 'plain and mixed query episodes each averaged on their own: mixed ones count twice',
    ...place('meta/src/data', WIRING, SUITE),
    from: 'outer_coefficients(&batch, «options.query_episodes», observation_size',
    to: 'batch.episodes.len()'
  },
  {
    name: 'query: mixed episodes are numbered like plain ones',
    why: 'episodes of one collection are independent',
    ...place('meta/src/query', WIRING, SUITE),
    from: 'phase.first_episode = first;',
    to: ''
  },
  {
    name: 'query: the horizon of mixed episodes is not read',
    why: 'they would fly as long as others',
    ...place('meta/src/query', SUITE, WIRING),
    from: 'options.mixed_horizon.unwrap_or(usize::MAX)',
    to: 'usize::MAX'
  },
  {
    name: 'query: lambda from the draws of pairs',
    why: 'how far and between which states would depend on each other',
    ...place('meta/src/query', WIRING, SUITE),
    from: 'lambdas: request.draws.stream(«Purpose::MixLambda»)',
    to: 'Purpose::MixPair'
  },
  {
    name: 'nohalving',
    why: 'the inner rate is not halved after the first step',
    ...place('meta/src/path', WIRING, SUITE),
    from: 'if «self.steps == 0» {\n            self.rates',
    to: 'false'
  },
  {
    name: 'halving',
    why: 'the inner rate is halved at every step',
    ...place('meta/src/path', WIRING, SUITE),
    from: 'if «self.steps == 0» {\n            self.rates',
    to: 'true'
  },
  {
    name: 'evaluation parts',
    why: 'every step of an adaptation flies on the same numbers',
    ...place('meta/src/path', SUITE, WIRING),
    from: 'draws.adaptation(self.adaptation, «self.steps»)',
    to: '0'
  },
  {
    name: 'adapted policies: always those of the first adaptation',
    why: 'a policy would not be the one that was flown',
    ...place('meta/src/path', WIRING),
    from: 'adapted(request, chunk, ids, «usize::from(adaptation)»)',
    to: '0'
  },
  {
    name: 'worlds: starts are counted for the batch',
    why: 'resetting some rows would change the next starts of the others',
    ...place('envs/src/batch/starts', 'xmrl-envs:contract rows'),
    from: 'Stream::new(self.seed, Purpose::WorldReset, «self.resets[w]»)',
    to: 'self.resets.iter().copied().max().unwrap_or(0)'
  },
  {
    name: 'worlds: rows that begin anew are not marked alone',
    why: 'the others would begin anew with them',
    ...place('envs/src/batch/starts', 'xmrl-envs:contract rows'),
    from: 'self.fresh.fill(«false»)',
    to: 'true'
  },
  {
    name: 'worlds: an end is over before its last observation is kept',
    why: 'who bootstraps from it would take the value of another episode',
    ...place('envs/src/batch/flight', 'xmrl-envs:contract rows'),
    from: 'self.reset_rows(&over)?;',
    to: 'self.reset_rows(&over)?; if auto == AutoReset::SameStep { out.final_observations.copy_from_slice(&self.observations); }'
  },
  {
    name: 'worlds: states that are looked at together are not turned by nothing',
    why: 'a body would go on from a quaternion of no length',
    ...place('envs/src/worlds/body/state', 'xmrl-envs:contract description'),
    from: '&& «quaternion.is_none_or(turned)»',
    to: 'true'
  },
  {
    name: 'worlds: worlds that took no action keep the flag of the step before',
    why: 'an episode would end twice',
    ...place('envs/src/batch/flight', 'xmrl-envs:contract rows'),
    from: 'if «auto == AutoReset::NextStep» {\n                    // They',
    to: 'false'
  },
  {
    name: 'worlds: steps go on as was slower',
    why: 'a second thread would make short steps slow',
    ...place('envs/src/batch/sharing', 'xmrl-envs:lib sharing'),
    from: 'is_none_or(|alone| «shared < alone»)',
    to: 'shared > alone'
  },
  {
    name: 'acting: every chunk of rows has the noise of the first',
    why: 'rows of a large batch would share their noise',
    ...place('rollout/src/act', 'xmrl-rollout:suite acting'),
    from: 'first: «at * CHUNK»',
    to: '0'
  },
  {
    name: 'displacements: scores of the last policy',
    why: "query episodes are flown after the displacements' steps, not after those of the evaluation",
    ...place('meta/src/evaluate', WIRING),
    from: 'if «step < options.steps» {',
    to: 'true'
  },
  {
    name: 'displacements: a sum',
    why: 'a displacement is the mean over adaptations',
    ...place('meta/src/evaluate', WIRING),
    from: '(sum / «options.adaptations as f64») as f32',
    to: '1.0'
  },
  {
    name: 'evaluate: adaptations and steps share numbers',
    why: 'the first step of the second adaptation is the second of the first',
    ...place('meta/src/streams', WIRING, SUITE),
    from: '(«adaptation << 8») | step',
    to: 'adaptation'
  },
  {
    name: 'streams: defined arms share numbers',
    why: 'streams that differ by 256 are different streams',
    ...place('meta/src/streams', 'xmrl-meta:lib streams'),
    from: '«(high << 20)» | u64::from(iteration)',
    to: '0 * high'
  },
  {
    name: 'gradient ids',
    why: 'tasks beyond the first chunk fly on the numbers of the first',
    ...place('meta/src/gradients', SUITE),
    from: 'task_ids: &request.task_ids[«chunk»],\n            ..*request',
    to: '0..chunk.len()'
  },
  {
    name: 'monitorsign',
    why: 'guard 4: the frozen gain is negated',
    ...place('meta/src/monitor', WIRING, SUITE),
    from: 'frozen: «frozen_new - frozen_old»',
    to: 'frozen_old - frozen_new'
  },
  {
    name: 'monitorold',
    why: 'guard 4: re-adapted from the old policy',
    ...place('meta/src/monitor', WIRING, SUITE),
    from: 'fresh(request, task_ids, draws, «&outcome.meta»)',
    to: 'request.meta'
  },
  {
    name: 'monitorstream',
    why: 'guard 4: flown on the numbers of the iteration itself',
    ...place('meta/src/monitor', WIRING, SUITE),
    from: 'Draws::new(request.seed, «Usage::Monitor», request.iteration)',
    to: 'Usage::Train'
  },
  {
    name: 'trust region: KL not looked at',
    why: 'a candidate outside would be accepted',
    ...place('meta/src/trpo', 'xmrl-meta:suite trpo'),
    from: 'if «within && surrogate > outcome.surrogate_before» {',
    to: 'surrogate > outcome.surrogate_before'
  },
  {
    name: 'guard 3',
    why: 'the KL of the unadapted policy is not in the trust region',
    ...place('meta/src/trpo', 'xmrl-meta:suite trpo', SUITE),
    from: 'kl_adapted + options.unadapted_weight * kl_unadapted <= options.delta',
    to: 'kl_adapted <= options.delta'
  },
  {
    name: 'trust region: half of the step',
    why: 'the first candidate lies on the boundary of the quadratic model',
    ...place('meta/src/trpo', 'xmrl-meta:suite trpo'),
    from: '(«2.0 * options.delta / quadratic»).sqrt()',
    to: '0.5 * options.delta / quadratic'
  },
  {
    name: 'trust region: weights are not in the search',
    why: 'the surrogate is weighted as its gradient is',
    ...place('meta/src/trpo', 'xmrl-meta:suite trpo', SUITE),
    from: 'let surrogate = «vector::dot(weights, &surrogates)»;',
    to: 'surrogates.iter().sum::<f64>() / surrogates.len() as f64'
  },
  {
    name: 'gaussian: no penalty in the search',
    why: 'gradient and value of one objective',
    ...place('meta/src/gaussian', 'xmrl-meta:suite gaussian'),
    from: '*surrogate -= «penalty»',
    to: '0.0 * penalty'
  },
  {
    name: 'fisher: sum over tasks of means over rows',
    why: 'every row counts the same',
    ...place('meta/src/fisher', 'xmrl-meta:lib fisher'),
    from: '1.0 / total as f64',
    to: '1.0 / states[task].rows() as f64'
  }
]
