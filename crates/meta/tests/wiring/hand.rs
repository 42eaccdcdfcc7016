//! The planar drone with a linear policy, learned by hand: streams by their numbers, one task at a time, derivatives in closed form.

use rayon::{ThreadPool, ThreadPoolBuilder};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Pool, Start, environment};
use xmrl_meta::{AdvantageOptions, Context, InnerRate, MetaSpec};
use xmrl_oracle::{Linear, Random, SurrogateRows};
use xmrl_policy::{Activation, PolicySpec};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch, advantages, collect, fit_baseline, standardise};

pub(crate) struct Hand {
    pub(crate) env: Environment,
    pub(crate) spec: MetaSpec,
    pub(crate) linear: Linear,
    pub(crate) pool: ThreadPool,
    /// Theta, then the log-rates of the layer and of the log-std.
    pub(crate) meta: Vec<f64>,
    /// `[5,2]`.
    pub(crate) tasks: Vec<f64>,
    /// No constant is a default, and no two are equal.
    pub(crate) advantage: AdvantageOptions,
}

/// What draws are for: seed, use (0 training, 1 guard 4, 2 evaluation, 3 directions, 5 explanation, 6 other), number, repetition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Numbers(pub(crate) u64, pub(crate) u64, pub(crate) u64, pub(crate) u64);

impl Numbers {
    pub(crate) fn stream(self, purpose: Purpose) -> Stream {
        Stream::new(self.0, purpose, (self.1 << 56) | (self.2 << 16) | self.3)
    }
}

/// Where episodes begin, and how long they last at most.
#[derive(Clone, Copy)]
pub(crate) enum From<'a> {
    Support,
    Query,
    States(&'a [f64], usize),
}

/// Episodes with the coefficients of their surrogate.
pub(crate) struct Weighed {
    pub(crate) batch: TaskBatch,
    pub(crate) coefficients: Vec<f64>,
}

impl Weighed {
    pub(crate) fn rows(&self) -> SurrogateRows<'_> {
        let TaskBatch { observations, actions, log_probs, .. } = &self.batch;
        SurrogateRows { observations, actions, log_probs, coefficients: &self.coefficients }
    }
}

impl Hand {
    pub(crate) fn new() -> Self {
        let env = environment("drone-planar").unwrap();
        let linear = Linear { observation: 4, action: 2 };
        let policy = PolicySpec {
            observation_size: 4,
            action_size: 2,
            hidden: vec![],
            activation: Activation::Tanh,
            log_std_init: -0.3,
            log_std_min: -2.3,
        };
        let mut meta: Vec<f64> = Random::new(8).normals(10).iter().map(|x| 0.3 * x).collect();
        meta.extend([-0.3, -0.2, 0.8_f64.ln(), 0.3_f64.ln()]);
        let tasks = env.tasks(Pool::Training, 2, 5).values;
        let advantage = AdvantageOptions { gamma: 0.95, inner_lambda: 0.7, outer_lambda: 0.85, ridge: 1e-3 };
        let spec = MetaSpec { policy, rate: InnerRate::Learned, initial_rate: 2.0 };
        Self {
            env,
            spec,
            linear,
            pool: ThreadPoolBuilder::new().num_threads(2).build().unwrap(),
            meta,
            tasks,
            advantage,
        }
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context { env: &self.env, spec: &self.spec, pool: &self.pool, flights: None }
    }

    pub(crate) fn task(&self, task: usize) -> &[f64] {
        &self.tasks[2 * task..2 * task + 2]
    }

    /// Theta and the rate of every parameter: ten of the layer, two of the log-std.
    pub(crate) fn parts<'a>(&self, meta: &'a [f64]) -> (&'a [f64], Vec<f64>) {
        (&meta[..12], [vec![meta[12].exp(); 10], vec![meta[13].exp(); 2]].concat())
    }

    /// Episodes `first..first + count` of one task.
    pub(crate) fn fly(
        &self,
        numbers: Numbers,
        from: From<'_>,
        (task, id): (usize, u32),
        params: &[f64],
        (first, count): (u32, usize),
    ) -> TaskBatch {
        let (starts, horizon, [start, noise]) = match from {
            From::Support => (Starts::Law(Start::Support), 10, [Purpose::SupportStart, Purpose::SupportNoise]),
            From::Query => (Starts::Law(Start::Query), 25, [Purpose::QueryStart, Purpose::QueryNoise]),
            From::States(states, most) => (Starts::States(states), most, [Purpose::QueryStart, Purpose::QueryNoise]),
        };
        let request = Request {
            env: &self.env,
            policy: &self.spec.policy,
            tasks: self.task(task),
            task_ids: &[id],
            params,
            episodes: count,
            first_episode: first,
            horizon,
            starts,
            start_stream: numbers.stream(start),
            noise_stream: numbers.stream(noise),
            precision: Precision::F64,
            deterministic: false,
            record: Record::LearningAndStates,
        };
        collect(&request, &self.pool).unwrap().remove(0)
    }

    /// Support episodes, each advantage standardised and shared over the rows.
    pub(crate) fn support(&self, numbers: Numbers, at: (usize, u32), theta: &[f64], episodes: usize) -> Weighed {
        let batch = self.fly(numbers, From::Support, at, theta, (0, episodes));
        let mut coefficients = self.raw(&batch, self.advantage.inner_lambda);
        standardise(&mut coefficients);
        let rows = coefficients.len() as f64;
        coefficients.iter_mut().for_each(|c| *c /= rows);
        Weighed { batch, coefficients }
    }

    /// Query episodes, each advantage as it is and shared over `episodes`, all of the task's.
    pub(crate) fn weigh(&self, batch: TaskBatch, episodes: usize) -> Weighed {
        let mut coefficients = self.raw(&batch, self.advantage.outer_lambda);
        coefficients.iter_mut().for_each(|c| *c /= episodes as f64);
        Weighed { batch, coefficients }
    }

    /// Advantages against a baseline fitted to the same episodes.
    fn raw(&self, batch: &TaskBatch, lambda: f64) -> Vec<f64> {
        let AdvantageOptions { gamma, ridge, .. } = self.advantage;
        advantages(batch, &fit_baseline(batch, 4, gamma, ridge), gamma, lambda)
    }

    /// The policy after one inner step at `meta` on fresh support episodes.
    pub(crate) fn adapted(&self, numbers: Numbers, at: (usize, u32), meta: &[f64], episodes: usize) -> Vec<f64> {
        let (theta, rates) = self.parts(meta);
        self.linear.adapted(theta, &rates, &self.support(numbers, at, theta, episodes).rows())
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Every entry within 1e-9 of the truth, relative to the largest.
pub(crate) fn close(found: &[f64], truth: &[f64]) -> bool {
    let largest = truth.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    found.len() == truth.len() && found.iter().zip(truth).all(|(a, b)| (a - b).abs() <= 1e-9 * largest)
}
