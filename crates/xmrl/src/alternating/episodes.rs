//! Rounds flown in an environment.

use xmrl_meta::{
    Context, DataOptions, DataRequest, Draws, Engine, FusedProblem, MetaData, MetaProblem, UniformLaw, Usage, meta_data,
};

use super::WeightedTasks;
use crate::error::{Result, XmrlError};
use crate::explain::{LowerCurvature, Operator};

/// Most rounds of one stream: round numbers fill this many bits of a draw's index.
const ROUND_BITS: u32 = 20;

/// [`WeightedTasks`] on episodes of an environment, fresh ones each round: meta-gradients exact on all rows, Hessian
/// products on each task's row subsample, at the policies adapted on all rows.
pub struct TaskEpisodes<'a> {
    context: Context<'a>,
    train: &'a [f64],
    poor: &'a [f64],
    options: &'a DataOptions,
    engine: &'a Engine,
    seed: u64,
    stream: u64,
    collected: Option<Collected>,
    /// The collected round's Hessian products, prepared by the first of them.
    operator: Option<Operator<'a>>,
    /// Env steps taken.
    env_steps: usize,
}

struct Collected {
    round: u64,
    theta: Vec<f64>,
    train: MetaData,
    poor: MetaData,
}

impl std::fmt::Debug for TaskEpisodes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskEpisodes").field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl<'a> TaskEpisodes<'a> {
    /// Training tasks `[N,K]` and poor tasks `[B,K]`; two streams share no random number, nor does any round with another.
    ///
    /// # Errors
    /// [`XmrlError::Option`] where one of both is empty.
    pub fn new(
        context: Context<'a>,
        (train, poor): (&'a [f64], &'a [f64]),
        options: &'a DataOptions,
        engine: &'a Engine,
        (seed, stream): (u64, u64),
    ) -> Result<Self> {
        if train.is_empty() || poor.is_empty() {
            let size = context.env.spec().task_size.max(1);
            let got = format!("{} training and {} poor tasks", train.len() / size, poor.len() / size);
            return Err(XmrlError::Option { key: "explain", got, fix: "give at least one of both" });
        }
        Ok(Self { context, train, poor, options, engine, seed, stream, collected: None, operator: None, env_steps: 0 })
    }

    /// Env steps taken so far.
    #[must_use]
    pub fn env_steps(&self) -> usize {
        self.env_steps
    }

    fn count(&self, tasks: &[f64]) -> usize {
        tasks.len() / self.context.env.spec().task_size.max(1)
    }

    fn fly(&self, round: u64, theta: &[f64], tasks: &[f64], first: usize) -> Result<MetaData> {
        let ids: Vec<u32> = (first..first + self.count(tasks)).map(|id| id as u32).collect();
        Ok(meta_data(&DataRequest {
            context: self.context,
            meta: theta,
            tasks,
            task_ids: &ids,
            mixed_episodes: &[],
            law: &UniformLaw,
            options: self.options,
            draws: Draws::new(self.seed, Usage::Explain, (self.stream << ROUND_BITS) | round),
        })?)
    }

    fn at(&self) -> Result<&Collected> {
        let got = "no data of a round".to_owned();
        self.collected.as_ref().ok_or(XmrlError::Option { key: "round", got, fix: "collect it first" })
    }

    fn gradients_of(&self, data: &MetaData, theta: &[f64]) -> Result<Vec<f64>> {
        let mut problem =
            FusedProblem::with_inner(self.context.spec, &data.data, theta, data.inner.clone(), self.context.pool)?;
        Ok(problem.gradients(theta)?)
    }
}

impl WeightedTasks for TaskEpisodes<'_> {
    fn tasks(&self) -> usize {
        self.count(self.train)
    }

    fn parameters(&self) -> usize {
        self.context.spec.parameters()
    }

    fn collect(&mut self, round: u64, theta: &[f64]) -> Result<()> {
        if round >= 1 << ROUND_BITS {
            let got = round.to_string();
            return Err(XmrlError::Option { key: "explain.rounds", got, fix: "give fewer than 1048576" });
        }
        if self.collected.as_ref().is_some_and(|at| at.round == round && at.theta == theta) {
            return Ok(());
        }
        (self.collected, self.operator) = (None, None);
        // The poor tasks' draws follow the training tasks', so no two tasks share any.
        let train = self.fly(round, theta, self.train, 0)?;
        let poor = self.fly(round, theta, self.poor, self.tasks())?;
        self.env_steps += train.support_steps + train.query_steps + poor.support_steps + poor.query_steps;
        self.collected = Some(Collected { round, theta: theta.to_vec(), train, poor });
        Ok(())
    }

    fn gradients(&mut self) -> Result<(Vec<f64>, Vec<f64>)> {
        let at = self.at()?;
        let train = self.gradients_of(&at.train, &at.theta)?;
        let poor = self.gradients_of(&at.poor, &at.theta)?;
        let count = self.count(self.poor) as f64;
        let mut mean = vec![0.0; self.parameters()];
        for gradient in poor.chunks_exact(self.parameters()) {
            mean.iter_mut().zip(gradient).for_each(|(sum, entry)| *sum += entry / count);
        }
        Ok((train, mean))
    }

    fn product(&mut self, weights: &[f64], v: &[f64], out: &mut [f64]) -> Result<()> {
        let mut operator = match self.operator.take() {
            Some(operator) => operator,
            None => {
                let Collected { theta, train, .. } = self.at()?;
                Operator::new(self.context, theta, &train.data, &train.inner, LowerCurvature::Hessian, self.engine)?
            }
        };
        let done = operator.product(weights, v, out);
        self.operator = Some(operator);
        done
    }
}
