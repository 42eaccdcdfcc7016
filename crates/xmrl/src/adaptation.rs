//! Explanation in adaptation space: which training tasks need the same adaptation as the poor ones.
//!
//! With `u_i = theta_i' - theta_0` after some adaptation steps, centred on the training mean and scaled ([`Lengths`]), and
//! the lower level linearised (weighted meta-training moves the policy along the weighted mean of adaptation directions: with
//! lengths kept, one step of weighted Reptile), the bilevel problem has the closed form
//! `omega* = argmin over the simplex of ½ |sum_i omega_i u_i - mean_p u_p|² + rho/2 |omega|²`. No task descriptor and no
//! second derivative enter. Lengths and products are those of a [`Metric`]. Source of the step: Nichol, Achiam and Schulman,
//! "On First-Order Meta-Learning Algorithms", 2018.

mod gram;
mod metric;
pub(crate) mod simplex;

use crate::error::{Result, XmrlError, check_finite, check_len};
use crate::groups::near_duplicates;
use crate::reliability::{SplitHalf, quantile, split_half};
use gram::{HalfGram, Programme, Selection};
pub use metric::{Lengths, Metric};
use simplex::Quadratic;

/// Adaptation directions `theta_i' - theta_0`, each measured on two independent halves of support episodes.
#[derive(Debug, Clone, Copy)]
pub struct Directions<'a> {
    /// P, the length of one direction.
    pub parameters: usize,
    /// The two halves of the N training tasks, `[N,P]` each.
    pub train: [&'a [f64]; 2],
    /// The two halves of the B poor tasks, `[B,P]` each.
    pub poor: [&'a [f64]; 2],
    /// The inner product in which directions are centred, measured and compared.
    pub metric: Metric<'a>,
}

/// How to explain in adaptation space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdaptationOptions {
    /// What becomes of the lengths of directions. Default [`Lengths::Unit`].
    pub lengths: Lengths,
    /// Ridge on omega: spreads weight over tasks that explain equally well. Default .05.
    pub rho: f64,
    /// Size of the top set whose overlap between halves is reported. Default 5.
    pub top: usize,
    /// Bootstrap resamples; 0 gives intervals of no width. Default 200.
    pub resamples: usize,
    /// Coverage of the bootstrap intervals. Default .95.
    pub level: f64,
    /// Duality gap at which the solver stops. Default 1e-14 (the objective is of order one).
    pub gap: f64,
    /// Most solver steps. Default 20 000.
    pub iterations: usize,
    /// Tasks whose directions have at least this cosine are near-duplicates; `None`, the default, groups nothing.
    pub group_cosine: Option<f64>,
}

impl Default for AdaptationOptions {
    fn default() -> Self {
        Self {
            lengths: Lengths::Unit,
            rho: 0.05,
            top: 5,
            resamples: 200,
            level: 0.95,
            gap: 1e-14,
            iterations: 20_000,
            group_cosine: None,
        }
    }
}

/// Weights of the training tasks, with all that is needed to judge them.
#[derive(Debug, Clone, PartialEq)]
pub struct AdaptationExplanation {
    /// omega* `[N]` on the pooled halves.
    pub omega: Vec<f64>,
    /// omega* `[N]` of each half alone.
    pub omega_halves: [Vec<f64>; 2],
    /// Lower and upper ends `[N]` of the bootstrap intervals of omega*.
    pub interval: [Vec<f64>; 2],
    /// Cosine `[N]` of each direction with the poor mean, pooled halves.
    pub similarity: Vec<f64>,
    /// The same of each half alone.
    pub similarity_halves: [Vec<f64>; 2],
    /// Agreement of the two halves, each by its own directions alone: of their similarities, and with [`Lengths::Kept`] of
    /// their products `<u_i, m>` with the poor mean, which are what enters the programme.
    pub reliability: SplitHalf,
    /// `1 / sum_i omega_i²`, from 1 to N: how many tasks share the weight.
    pub effective_tasks: f64,
    /// `½ |sum_i omega_i u_i - m|² + rho/2 |omega|²` at omega*.
    pub objective: f64,
    /// Duality gap of the pooled solution.
    pub gap: f64,
    /// Solver steps of the pooled solution.
    pub iterations: usize,
    /// `[N]` group of every task, groups numbered by their first member; empty where grouping is off.
    pub groups: Vec<usize>,
}

/// Explains the poor tasks by weights of the training tasks.
///
/// The similarity of half h compares training and poor directions of half h only, so the halves are independent.
///
/// The bootstrap follows the two ways in which chance enters. Of the B poor tasks, a sample, each resample draws B - 1 with
/// replacement, halves pooled: their own noise is part of how they differ. Of a training task's two halves it takes one,
/// which is the pooled direction plus or minus half their difference, but with the difference of a random training task:
/// its own alone would be one draw of the noise. Drawing n - 1 of n makes either variance that of the estimate (n of n would
/// leave (n - 1) / n of it, of two halves one half). `uniform(resample, draw)` supplies numbers in [0,1) and must be a
/// function of its arguments. Source of n - 1: Rao and Wu, "Resampling inference with complex survey data", JASA 1988.
///
/// # Errors
/// [`XmrlError::Shape`], [`XmrlError::NonFinite`], [`XmrlError::Option`] (no task in a pool, an option out of range).
pub fn explain_adaptation(
    directions: &Directions,
    options: &AdaptationOptions,
    uniform: impl Fn(u32, u32) -> f64,
) -> Result<AdaptationExplanation> {
    let (tasks, poor) = check(directions, options)?;
    let gram =
        HalfGram::new(directions.train, directions.poor, directions.parameters, directions.metric, options.lengths);
    let solve = |programme: &Programme, start: Option<&[f64]>, gap: f64| {
        let quadratic = Quadratic { gram: &programme.gram, linear: &programme.linear, rho: options.rho };
        quadratic.minimise(start, gap, options.iterations)
    };

    let pooled = gram.programme(&Selection::all(tasks, poor, 0.5));
    let halves = [1.0, 0.0].map(|first| gram.programme(&Selection::all(tasks, poor, first)));
    let solution = solve(&pooled, None, options.gap);
    let similarity = |programme: &Programme| match options.lengths {
        Lengths::Unit => cosines(programme),
        Lengths::Kept => programme.similarity(),
    };
    let similarity_halves = [similarity(&halves[0]), similarity(&halves[1])];
    let compared = match options.lengths {
        Lengths::Unit => [&similarity_halves[0], &similarity_halves[1]],
        Lengths::Kept => [&halves[0].linear, &halves[1].linear],
    };
    let reliability = split_half(compared.map(|scores| &scores[..]), options.top)?;

    let resampled: Vec<Vec<f64>> = (0..options.resamples)
        .map(|resample| {
            let selection = resample_selection(tasks, poor, |draw| uniform(resample as u32, draw));
            // Intervals are read to a few digits: a looser gap from a warm start is enough.
            solve(&gram.programme(&selection), Some(&solution.omega), options.gap.max(1e-9)).omega
        })
        .collect();
    let interval = intervals(&solution.omega, &resampled, options.level);

    let groups = match options.group_cosine {
        None => Vec::new(),
        Some(least) => match options.lengths {
            Lengths::Unit => near_duplicates(&pooled.gram, tasks, least)?,
            Lengths::Kept => near_duplicates(&pooled.cosines(), tasks, least)?,
        },
    };
    let objective = {
        let quadratic = Quadratic { gram: &pooled.gram, linear: &pooled.linear, rho: options.rho };
        let slope = quadratic.gradient(&solution.omega);
        let half: f64 = (0..tasks).map(|i| solution.omega[i] * (slope[i] - pooled.linear[i])).sum();
        0.5 * (half + pooled.target)
    };
    Ok(AdaptationExplanation {
        omega_halves: [0, 1].map(|h| solve(&halves[h], Some(&solution.omega), options.gap).omega),
        interval,
        similarity: similarity(&pooled),
        similarity_halves,
        reliability,
        effective_tasks: solution.omega.iter().map(|weight| weight * weight).sum::<f64>().recip(),
        objective,
        gap: solution.gap,
        iterations: solution.iterations,
        omega: solution.omega,
        groups,
    })
}

/// Cosine of each direction of unit length with the poor mean; 0 where the poor mean vanishes.
fn cosines(programme: &Programme) -> Vec<f64> {
    let norm = programme.target.sqrt();
    programme.linear.iter().map(|product| if norm > 1e-12 { product / norm } else { 0.0 }).collect()
}

/// One bootstrap draw: B - 1 poor tasks with replacement (the one that there is), then one half for every training task.
fn resample_selection(tasks: usize, poor: usize, uniform: impl Fn(u32) -> f64) -> Selection {
    let below = |draw: usize, count: usize| ((uniform(draw as u32) * count as f64) as usize).min(count - 1);
    let mut drawn = Selection { counts: vec![0.0; poor], ..Selection::all(tasks, poor, 0.5) };
    for draw in 0..poor.max(2) - 1 {
        drawn.counts[below(draw, poor)] += 1.0;
    }
    for task in 0..tasks {
        let draw = below(poor + task, 2 * tasks);
        drawn.noise[task] = (draw / 2, if draw % 2 == 0 { 0.5 } else { -0.5 });
    }
    drawn
}

/// Percentile intervals `[2][N]`; the estimate itself where there are no resamples.
fn intervals(estimate: &[f64], resampled: &[Vec<f64>], level: f64) -> [Vec<f64>; 2] {
    if resampled.is_empty() {
        return [estimate.to_vec(), estimate.to_vec()];
    }
    let tail = 0.5 * (1.0 - level);
    let sorted: Vec<Vec<f64>> = (0..estimate.len())
        .map(|i| {
            let mut column: Vec<f64> = resampled.iter().map(|omega| omega[i]).collect();
            column.sort_by(f64::total_cmp);
            column
        })
        .collect();
    [tail, 1.0 - tail].map(|q| sorted.iter().map(|column| quantile(column, q)).collect())
}

/// Shapes, values and options; returns (N, B).
fn check(directions: &Directions, options: &AdaptationOptions) -> Result<(usize, usize)> {
    let width = directions.parameters;
    let [train, poor] = [directions.train, directions.poor].map(|pool| pool[0].len() / width.max(1));
    if train == 0 || poor == 0 {
        let got = format!("{train} training and {poor} poor tasks of {width} parameters");
        return Err(XmrlError::Option { key: "directions", got, fix: "give at least one task in each pool" });
    }
    let pools = [("training directions", directions.train, train), ("poor directions", directions.poor, poor)];
    for (name, halves, count) in pools {
        for half in halves {
            check_len(name, "[N,P]", half.len(), count * width)?;
            check_finite(name, half)?;
        }
    }
    match directions.metric {
        Metric::Raw => {}
        Metric::Layers(sizes) => check_len("layer sizes", "P", sizes.iter().sum(), width)?,
        Metric::Images { train: images, poor: aims } => {
            let pools = [("training images", images, train), ("poor images", aims, poor)];
            for (name, halves, count) in pools {
                for half in halves {
                    check_len(name, "[N,P]", half.len(), count * width)?;
                    check_finite(name, half)?;
                }
            }
        }
    }
    let limits = [
        ("explain.rho", options.rho, options.rho >= 0.0, "give a number of at least 0 (default .05)"),
        ("explain.level", options.level, options.level > 0.0 && options.level < 1.0, "give a coverage in (0,1)"),
        ("explain.gap", options.gap, options.gap >= 0.0, "give a number of at least 0 (default 1e-14)"),
    ];
    for (key, value, good, fix) in limits {
        if !good || !value.is_finite() {
            return Err(XmrlError::Option { key, got: value.to_string(), fix });
        }
    }
    Ok((train, poor))
}

#[cfg(test)]
mod tests;
