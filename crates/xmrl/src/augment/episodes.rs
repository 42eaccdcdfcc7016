//! Mixed episodes of critical tasks in a real environment.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use xmrl_autodiff::vector;
use xmrl_envs::mix::Parents;
use xmrl_envs::rng::Purpose;
use xmrl_envs::{MixCounts, MixRule, Start};
use xmrl_meta::{AdvantageOptions, Context, Draws, EvaluateOptions, EvaluateRequest, MetaError, Stage, directions};
use xmrl_policy::{Fused, PreparedDistribution, Rows, Workspace};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch, advantages, collect_by, fit_baseline};
use xmrl_threads::leave_if_stopped;

use super::request::{MixedEpisodes, SetGradients};
use crate::error::{Result, XmrlError, check_len};
use crate::posterior::{Covariance, Curvature, Isotropic};

/// Parts of the draws that no noise number of an evaluation reaches.
const PILOT: u16 = u16::MAX;
const VISITED: u16 = u16::MAX - 1;

/// Which critical tasks are augmented at which meta vector, and how much is flown.
#[derive(Clone, Copy)]
pub struct CriticalRequest<'a> {
    /// World, policy, threads.
    pub context: Context<'a>,
    /// The meta vector `[Q]`.
    pub meta: &'a [f64],
    /// The critical tasks `[N,K]`.
    pub tasks: &'a [f64],
    /// `[N]` stream ids.
    pub task_ids: &'a [u32],
    /// Support episodes of the one adaptation.
    pub support_episodes: usize,
    /// Episodes of the adapted policy whose states are mixed.
    pub visited_episodes: usize,
    /// E, mixed episodes per task and set.
    pub episodes: usize,
    /// Most steps of a mixed episode.
    pub horizon: usize,
    /// How states are mixed; the environment's own rule where `None`.
    pub mixing: Option<MixRule>,
    /// Arithmetic of the rollouts.
    pub precision: Precision,
    /// Baseline and advantages; the outer lambda is used.
    pub advantage: &'a AdvantageOptions,
    /// Which random numbers; one number for each evaluation.
    pub draws: Draws,
}

/// `Sigma = (beta A + delta I)⁻¹`, A the mean Fisher matrix of the adapted policies on visited states.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PosteriorOptions {
    /// Weight of the curvature; 0 makes Sigma isotropic and free. Default 1.
    pub beta: f64,
    /// Prior precision, positive. Default 1.
    pub delta: f64,
    /// Visited rows per task on which A is measured. Default 64.
    pub rows: usize,
    /// Most products per solve. Default 30.
    pub iterations: usize,
    /// Relative residual of a solve. Default 1e-6.
    pub tolerance: f64,
}

impl Default for PosteriorOptions {
    fn default() -> Self {
        Self { beta: 1.0, delta: 1.0, rows: 64, iterations: 30, tolerance: 1e-6 }
    }
}

/// Critical tasks, adapted to, with the states that their adapted policies visit.
///
/// A part `c_mj` is the gradient, at the adapted parameters, of episode j's share `A / (N E)` of the LVC surrogate, so a
/// response is the gradient of the mean surrogate of the mixed episodes; it is first-order in the adaptation (the Jacobian
/// of the inner step is taken as the identity). Advantages are raw (guard 1) against one baseline per task, fitted to
/// pilot episodes from mixed states of their own, U(0,1) coefficients and noise: shared by all sets, so that equal
/// coefficients give equal bits, and independent of every coefficient, so that the score function stays unbiased.
///
/// **Infeasible mixtures.** Episode j draws one pair for all sets ([`Parents::start`], which retraining uses too) and draws it
/// again until the mixture is one that the mixing rule flies under every set's coefficient (feasible, repaired or kept),
/// which keeps the pair common. Where it gives up it starts, in all sets, at a visited state.
pub struct CriticalEpisodes<'a> {
    request: CriticalRequest<'a>,
    fused: Fused,
    /// One for each thread of the pool.
    workspaces: Vec<Mutex<Workspace>>,
    adapted: Vec<f64>,
    visited: Vec<TaskBatch>,
    /// The visited states of each task, indexed once for all evaluations.
    pub(super) parents: Vec<Parents<'static>>,
    baselines: Vec<Vec<f64>>,
    env_steps: usize,
}

impl<'a> CriticalEpisodes<'a> {
    /// Adapts to every task, flies the adapted policies, and fits the baselines.
    ///
    /// # Errors
    /// [`XmrlError::Option`] for a count of 0, and what the episodes and the inner step meet.
    pub fn prepare(request: &CriticalRequest<'a>) -> Result<Self> {
        let CriticalRequest { context, meta, tasks, task_ids, .. } = *request;
        let counts = [
            ("augment.tasks", task_ids.len()),
            ("augment.visitedEpisodes", request.visited_episodes),
            ("augment.episodes", request.episodes),
            ("augment.horizon", request.horizon),
        ];
        if let Some((key, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(XmrlError::Option { key, got: "0".into(), fix: "give at least 1" });
        }
        let options = EvaluateOptions {
            support_episodes: request.support_episodes,
            precision: request.precision,
            advantage: request.advantage.clone(),
            ..EvaluateOptions::default()
        };
        let draws = request.draws;
        let moved = directions(&EvaluateRequest { context, meta, tasks, task_ids, options: &options, draws })?;
        let theta = context.spec.theta(meta);
        let mut adapted = moved.directions;
        adapted.chunks_exact_mut(theta.len()).for_each(|row| vector::axpy(1.0, theta, row));

        let fused = Fused::new(&context.spec.policy).map_err(MetaError::from)?;
        let of_thread = |_| Mutex::new(fused.workspace());
        let workspaces = (0..context.pool.current_num_threads().max(1)).map(of_thread).collect();
        let env_steps = moved.env_steps;
        let (visited, parents, baselines) = (Vec::new(), Vec::new(), Vec::new());
        let mut out = Self { request: *request, fused, workspaces, adapted, visited, parents, baselines, env_steps };
        let law = (Starts::Law(Start::Query), VISITED, context.env.spec().horizon);
        out.visited = out.rollout(law, request.visited_episodes, Record::LearningAndStates)?;
        for (task, (batch, &id)) in out.visited.iter_mut().zip(task_ids).enumerate() {
            let parents = Parents::new(context.env, std::mem::take(&mut batch.states), id);
            out.parents.push(parents.map_err(|source| MetaError::Mixing { task, source })?);
        }
        let lambdas = draws.part(PILOT).stream(Purpose::MixLambda);
        let of_task = |&id: &u32| (0..request.episodes).map(move |episode| lambdas.uniform(id, episode as u32, 0, 0));
        let pilot: Vec<f64> = task_ids.iter().flat_map(of_task).collect();
        let (starts, _) = out.starts(&pilot, 1, PILOT)?;
        let flown =
            out.rollout((Starts::States(&starts), PILOT, request.horizon), request.episodes, Record::Learning)?;
        let AdvantageOptions { gamma, ridge, .. } = *request.advantage;
        let size = context.env.spec().observation_size;
        out.baselines = flown.iter().map(|batch| fit_baseline(batch, size, gamma, ridge)).collect();
        Ok(out)
    }

    /// Environment steps so far: adaptation, visited states, pilots, and every call of [`MixedEpisodes::fly`].
    #[must_use]
    pub fn env_steps(&self) -> usize {
        self.env_steps
    }

    /// Sigma of these tasks; it owns what it needs.
    ///
    /// # Errors
    /// [`XmrlError::Option`].
    pub fn covariance(&self, options: &PosteriorOptions) -> Result<Box<dyn Covariance>> {
        let PosteriorOptions { beta, delta, iterations, tolerance, .. } = *options;
        if beta == 0.0 {
            return Ok(Box::new(Isotropic { variance: 1.0 / delta }));
        }
        let size = self.request.context.spec.policy.observation_size;
        let prepared: Vec<PreparedDistribution> = self
            .visited
            .iter()
            .zip(self.adapted.chunks_exact(self.parameters()))
            .map(|(batch, theta)| {
                let (rows, wanted) = (batch.rows(), options.rows.clamp(1, batch.rows().max(1)));
                let pick = |k: usize| &batch.observations[k * rows / wanted * size..][..size];
                let mut prepared = self.fused.prepared_distribution();
                self.fused.prepare_distribution(
                    theta,
                    &(0..wanted).flat_map(pick).copied().collect::<Vec<_>>(),
                    &mut prepared,
                );
                prepared
            })
            .collect();
        let (fused, mut workspace) = (self.fused.clone(), self.fused.workspace());
        let mut part = vec![0.0; self.parameters()];
        let product = move |v: &[f64], out: &mut [f64]| -> Result<()> {
            out.fill(0.0);
            for task in &prepared {
                let weight = 1.0 / (prepared.len() * task.rows()) as f64;
                fused.prepared_fisher_product(&mut workspace, task, weight, v, &mut part);
                vector::axpy(1.0, &part, out);
            }
            Ok(())
        };
        Ok(Box::new(Curvature::new(beta, delta, iterations, tolerance, product)?))
    }

    /// Flies every task with its adapted policy.
    fn rollout(&mut self, from: (Starts, u16, usize), episodes: usize, record: Record) -> Result<Vec<TaskBatch>> {
        let CriticalRequest { context, tasks, task_ids, draws, precision, .. } = self.request;
        let (starts, part, horizon) = from;
        let request = Request {
            env: context.env,
            policy: &context.spec.policy,
            tasks,
            task_ids,
            params: &self.adapted,
            episodes,
            first_episode: 0,
            horizon,
            starts,
            start_stream: draws.part(part).stream(Purpose::QueryStart),
            noise_stream: draws.part(part).stream(Purpose::QueryNoise),
            precision,
            deterministic: false,
            record,
        };
        let flown = collect_by(context.flights, &request, context.pool);
        let flown = flown.map_err(|source| MetaError::Rollout { stage: Stage::Query, source })?;
        self.env_steps += flown.iter().map(TaskBatch::env_steps).sum::<usize>();
        Ok(flown)
    }

    /// Mixed starts `[M,N,E,D]` for `lambda [M,J]`, and what was met on the way.
    pub(super) fn starts(&self, lambda: &[f64], sets: usize, noise: u16) -> Result<(Vec<f64>, MixCounts)> {
        let (env, episodes, units) = (self.request.context.env, self.request.episodes, self.units());
        let size = env.spec().state_size;
        let pairs = self.request.draws.part(noise).stream(Purpose::MixPair);
        let mut out = vec![0.0; sets * units * size];
        let rule = self.request.mixing.unwrap_or(env.spec().mixing);
        let mut counts = MixCounts::default();
        let mut mixed = vec![0.0; sets * size];
        for unit in 0..units {
            let (task, episode) = (unit / episodes, (unit % episodes) as u32);
            let (id, own): (u32, Vec<f64>) =
                (self.request.task_ids[task], lambda.iter().skip(unit).step_by(units).copied().collect());
            let start = self.parents[task].start(env, rule, &own, &pairs, (id, episode), &mut mixed);
            counts += start.map_err(|source| MetaError::Mixing { task, source })?.counts;
            for (set, mixed) in mixed.chunks_exact(size).enumerate() {
                out[(set * units + unit) * size..][..size].copy_from_slice(mixed);
            }
        }
        Ok((out, counts))
    }
}

impl CriticalEpisodes<'_> {
    /// Parts and scores `[J,P]` of one set's episodes, each on one thread.
    fn differentiate(&self, flown: &[TaskBatch], (parts, scores): (&mut [f64], &mut [f64])) {
        let CriticalRequest { context, episodes, advantage, .. } = self.request;
        let (width, units) = (self.parameters(), self.units());
        let (states, actions) = (context.spec.policy.observation_size, context.spec.policy.action_size);
        let AdvantageOptions { gamma, outer_lambda, .. } = *advantage;
        let weighed = |(batch, baseline): (&TaskBatch, &Vec<f64>)| -> Vec<f64> {
            leave_if_stopped();
            advantages(batch, baseline, gamma, outer_lambda).iter().map(|advantage| advantage / units as f64).collect()
        };
        let pool = context.pool;
        let coefficients: Vec<Vec<f64>> = pool.install(|| flown.par_iter().zip(&self.baselines).map(weighed).collect());
        let one = |(unit, (part, score)): (usize, (&mut [f64], &mut [f64]))| {
            leave_if_stopped();
            let (task, number) = (unit / episodes, unit % episodes);
            let (batch, theta) = (&flown[task], &self.adapted[task * width..(task + 1) * width]);
            let episode = &batch.episodes[number];
            let rows = |range: std::ops::Range<usize>, coefficients| Rows {
                observations: &batch.observations[range.start * states..range.end * states],
                actions: &batch.actions[range.start * actions..range.end * actions],
                log_probs: &batch.log_probs[range],
                coefficients,
            };
            // A thread of the pool has its own workspace, so the lock is never waited for.
            let thread = pool.current_thread_index().unwrap_or(0) % self.workspaces.len();
            let mut workspace = self.workspaces[thread].lock().unwrap_or_else(PoisonError::into_inner);
            let whole = rows(episode.rows(), &coefficients[task][episode.rows()]);
            self.fused.surrogate_gradient(&mut workspace, theta, &whole, part);
            // The ratio is 1 at the policy that flew, so the gradient is the score.
            let first = rows(episode.start..episode.start + 1, &[1.0]);
            self.fused.surrogate_gradient(&mut workspace, theta, &first, score);
        };
        let each = parts.par_chunks_exact_mut(width).zip(scores.par_chunks_exact_mut(width)).enumerate();
        pool.install(|| each.with_max_len(1).for_each(one));
    }
}

impl MixedEpisodes for CriticalEpisodes<'_> {
    fn units(&self) -> usize {
        self.request.task_ids.len() * self.request.episodes
    }

    fn parameters(&self) -> usize {
        self.request.context.spec.policy_parameters()
    }

    fn fly(&mut self, lambda: &[f64], sets: usize, noise: u16) -> Result<SetGradients> {
        let (units, width) = (self.units(), self.parameters());
        check_len("lambda", "[M,J]", lambda.len(), sets * units)?;
        let before = self.env_steps;
        let (starts, mix_counts) = self.starts(lambda, sets, noise)?;
        let mut parts = vec![0.0; sets * units * width];
        let mut scores = vec![0.0; sets * units * width];
        let of_set = units * width;
        let places = starts.chunks_exact(starts.len() / sets);
        for (starts, out) in places.zip(parts.chunks_exact_mut(of_set).zip(scores.chunks_exact_mut(of_set))) {
            let from = (Starts::States(starts), noise, self.request.horizon);
            let flown = self.rollout(from, self.request.episodes, Record::Learning)?;
            self.differentiate(&flown, out);
        }
        Ok(SetGradients { parts, scores, env_steps: self.env_steps - before, mix_counts })
    }
}
