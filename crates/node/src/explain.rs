//! Explanation in adaptation space across the seam: the programme (pure), and the metrics that need the learner.

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Object};
use napi_derive::napi;
use xmrl_core::{
    AdaptationOptions, Directions, Lengths, Metric, Outlook, explain_adaptation as solve_adaptation,
    foretell as foretell_gains,
};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_meta::{Usage, fisher_products};

use crate::counts::{ROWS, STREAMS, TASKS, count, counts, number, word};
use crate::error::{Result, SeamError};
use crate::executor::submit;
use crate::learner::Learner;
use crate::options::{EvaluateOptions, choice};
use crate::records::Directions as MeasuredDirections;

/// Directions of training and poor tasks on two independent halves.
#[napi(object)]
pub struct AdaptationInputs {
    /// P.
    pub parameters: f64,
    /// `[N, P]`, first half.
    pub train_a: Float64Array,
    /// `[N, P]`, second half.
    pub train_b: Float64Array,
    /// `[B, P]`, first half.
    pub poor_a: Float64Array,
    /// `[B, P]`, second half.
    pub poor_b: Float64Array,
    /// Weight of |omega|².
    pub rho: f64,
    /// Size of the top set whose overlap is reported.
    pub top: f64,
    /// Seed of the bootstrap.
    pub seed: f64,
    /// Sizes of the layers, which are then evened out; the learner's `layerSizes`.
    pub layers: Option<Vec<f64>>,
    /// The directions multiplied by a metric, in the order and shapes of the four above; the learner's `fisherProducts`.
    pub images: Option<Vec<Float64Array>>,
    /// Cosine from which tasks are near-duplicates; left out: no grouping.
    pub group_cosine: Option<f64>,
    /// `unit`: each direction divided by its own length; `kept`: all by one number. Left out: `unit`.
    pub lengths: Option<String>,
}

const LENGTHS: [(&str, Lengths); 2] = [("unit", Lengths::Unit), ("kept", Lengths::Kept)];

/// Task weights on the simplex, and how far to trust them.
#[napi(object)]
pub struct AdaptationWeights {
    /// `[N]` on the pooled halves.
    pub omega: Vec<f64>,
    /// `[N]` of the first half.
    pub omega_a: Vec<f64>,
    /// `[N]` of the second half.
    pub omega_b: Vec<f64>,
    /// `[N]` lower ends of 95 % bootstrap intervals.
    pub low: Vec<f64>,
    /// `[N]` upper ends.
    pub high: Vec<f64>,
    /// `[N]` cosine with the poor tasks' mean direction.
    pub similarity: Vec<f64>,
    /// Rank correlation of the halves: of their similarities, with lengths kept of their products with the poor mean.
    pub split_half_spearman: f64,
    /// Share of the top set that the halves agree on.
    pub top_overlap: f64,
    /// 1 / Σ omega², from 1 to N: how many tasks share the weight.
    pub effective_tasks: f64,
    /// Objective at omega.
    pub objective: f64,
    /// Duality gap.
    pub gap: f64,
    /// Solver steps.
    pub iterations: f64,
    /// `[N]` group of near-duplicates of every task; empty without grouping.
    pub groups: Vec<f64>,
}

/// Both halves of the training and of the poor tasks.
type Images<'a> = ([&'a [f64]; 2], [&'a [f64]; 2]);

fn halves(images: Option<&[Vec<f64>]>) -> Result<Option<Images<'_>>> {
    match images {
        None => Ok(None),
        Some([train_a, train_b, poor_a, poor_b]) => Ok(Some(([train_a, train_b], [poor_a, poor_b]))),
        Some(other) => Err(SeamError::shape("images", other.len(), "4: trainA, trainB, poorA, poorB")),
    }
}

/// Explains the poor tasks in adaptation space: `argmin ½|Σ omega_i u_i - mean u_p|² + (rho/2)|omega|²` on the simplex.
/// A job of its own, which needs no learner.
#[napi(ts_return_type = "Promise<AdaptationWeights>")]
pub fn explain_adaptation(env: &Env, inputs: AdaptationInputs) -> napi::Result<Object<'_>> {
    // Typed arrays belong to JavaScript, which may write to them meanwhile.
    let [train_a, train_b, poor_a, poor_b] =
        [&inputs.train_a, &inputs.train_b, &inputs.poor_a, &inputs.poor_b].map(|half| half.to_vec());
    let images: Option<Vec<Vec<f64>>> =
        inputs.images.as_ref().map(|images| images.iter().map(|image| image.to_vec()).collect());
    let AdaptationInputs { parameters, rho, top, seed, layers, group_cosine, lengths, .. } = inputs;
    submit(env, move || {
        let stream = Stream::new(u64::from(word("seed", seed, u32::MAX)?), Purpose::Bootstrap, 0);
        let sizes = layers.as_ref().map(|layers| counts("layers", layers, u32::MAX)).transpose()?;
        let metric = match (&sizes, halves(images.as_deref())?) {
            (None, None) => Metric::Raw,
            (Some(sizes), None) => Metric::Layers(sizes),
            (None, Some((train, poor))) => Metric::Images { train, poor },
            (Some(_), Some(_)) => {
                return Err(SeamError::new("ERR_USAGE", "explainAdaptation: give layers or images, not both"));
            }
        };
        let directions = Directions {
            parameters: count("parameters", parameters, u32::MAX)?,
            train: [&train_a, &train_b],
            poor: [&poor_a, &poor_b],
            metric,
        };
        let options = AdaptationOptions {
            lengths: choice("lengths", lengths.as_deref().unwrap_or("unit"), &LENGTHS)?,
            rho,
            top: count("top", top, TASKS)?,
            group_cosine,
            ..AdaptationOptions::default()
        };
        let found = solve_adaptation(&directions, &options, |resample, draw| stream.uniform(draw, resample, 0, 0))?;
        let [omega_a, omega_b] = found.omega_halves;
        let [low, high] = found.interval;
        Ok(AdaptationWeights {
            omega: found.omega,
            omega_a,
            omega_b,
            low,
            high,
            similarity: found.similarity,
            split_half_spearman: found.reliability.spearman,
            top_overlap: share(found.reliability.overlap, found.reliability.k),
            effective_tasks: found.effective_tasks,
            objective: found.objective,
            gap: found.gap,
            iterations: number(found.iterations),
            groups: found.groups.into_iter().map(number).collect(),
        })
    })
}

/// What is known before retraining, on two independent halves.
#[napi(object)]
pub struct ForetellInputs {
    /// P.
    pub parameters: f64,
    /// `[N, P]` directions of the training tasks, first half.
    pub train_a: Float64Array,
    /// The same, second half.
    pub train_b: Float64Array,
    /// `[N]` weights of the first half alone, on the simplex.
    pub omega_a: Vec<f64>,
    /// The same of the second half.
    pub omega_b: Vec<f64>,
    /// `[M, P]` second adaptation steps, u^(2) - u^(1), first half.
    pub second_a: Float64Array,
    /// The same, second half.
    pub second_b: Float64Array,
    /// How many of the M tasks, from the first on, set the unit: those of the evaluation pool.
    pub reference: f64,
}

/// What each task is foretold to gain, to first order and without the length of the move.
#[napi(object)]
pub struct Foretold {
    /// `[M]` mean of both crossings, in units of the length of the reference tasks' second steps.
    pub foretold: Vec<f64>,
    /// `[2][M]` the move of the first half with the steps of the second, and the other way round.
    pub halves: Vec<Vec<f64>>,
    /// That length: root mean square over the reference tasks of the mean of both halves.
    pub unit: f64,
}

/// Foretells what every task gains once theta_0 has moved as the weights say: the mean over both crossings of
/// `<d, u_j^(2) - u_j^(1)> / |d|`, `d = Σ (omega_i - 1/N) u_i`. A job of its own, which needs no learner.
#[napi(ts_return_type = "Promise<Foretold>")]
pub fn foretell(env: &Env, inputs: ForetellInputs) -> napi::Result<Object<'_>> {
    let [train_a, train_b, second_a, second_b] =
        [&inputs.train_a, &inputs.train_b, &inputs.second_a, &inputs.second_b].map(|half| half.to_vec());
    let ForetellInputs { parameters, omega_a, omega_b, reference, .. } = inputs;
    submit(env, move || {
        let found = foretell_gains(&Outlook {
            parameters: count("parameters", parameters, u32::MAX)?,
            train: [&train_a, &train_b],
            omega: [&omega_a, &omega_b],
            second: [&second_a, &second_b],
            reference: count("reference", reference, TASKS)?,
        })?;
        Ok(Foretold { foretold: found.gains, halves: found.crossings.into(), unit: found.unit })
    })
}

/// `part / of`, 0 of nothing.
pub(crate) fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

#[napi]
impl Learner {
    /// Sizes of the layer groups that tile the policy parameters: one a layer, then the log standard deviations.
    #[napi(getter)]
    pub fn layer_sizes(&self) -> napi::Result<Vec<f64>> {
        self.now(|state| Ok(state.parts.spec.groups().into_iter().map(|group| number(group.len())).collect()))
    }

    /// `F v` for `vectors [V, P]`, F the Fisher matrix of the present policy on `rows` states of each task's support episodes.
    #[napi(ts_return_type = "Promise<Directions>")]
    pub fn fisher_products<'env>(
        &self,
        env: &'env Env,
        tasks: Float64Array,
        options: EvaluateOptions,
        rows: f64,
        vectors: Float64Array,
    ) -> napi::Result<Object<'env>> {
        let (vectors, stream) = (vectors.to_vec(), options.stream);
        // A use of its own: these episodes share no number with the directions they measure.
        self.measured(env, &tasks, options, None, Usage::Explain, move |request| {
            word("stream", stream, STREAMS)?;
            let done = fisher_products(request, count("rows", rows, ROWS)?, &vectors)?;
            Ok(MeasuredDirections { directions: done.products.into(), env_steps: number(done.env_steps) })
        })
    }
}
