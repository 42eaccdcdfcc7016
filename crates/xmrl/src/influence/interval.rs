//! Bootstrap intervals of influence scores over blocks of trajectories.

use xmrl_autodiff::vector;

use crate::error::{Result, XmrlError, check_finite, check_len};
use crate::mixdist::normal;
use crate::reliability::{quantile, top_k};

/// Meta-gradients by block of trajectories: `grad J_i` is the mean of task i's blocks.
#[derive(Debug, Clone, Copy)]
pub struct Blocks<'a> {
    /// B, blocks of every task (at least 2).
    pub count: usize,
    /// `[N,B,Q]`.
    pub gradients: &'a [f64],
}

/// How intervals are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IntervalOptions {
    /// Bootstrap resamples. Default 1000.
    pub resamples: usize,
    /// Coverage. Default .95.
    pub level: f64,
    /// Size of the top set whose stability is reported. Default 5.
    pub top: usize,
}

impl Default for IntervalOptions {
    fn default() -> Self {
        Self { resamples: 1000, level: 0.95, top: 5 }
    }
}

/// What resampling says about a ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// Lower ends, `[N]`.
    pub low: Vec<f64>,
    /// Upper ends, `[N]`.
    pub high: Vec<f64>,
    /// Standard error of each score over resamples, `[N]`.
    pub standard_error: Vec<f64>,
    /// Share of the resamples in which a task is in the top set, `[N]`.
    pub top_frequency: Vec<f64>,
    /// Mean share of the estimate's top set that a resample's top set keeps.
    pub top_stability: f64,
}

/// Intervals of `s_i = <grad J_i, v>`, from resamples of B - 1 of each task's B blocks with replacement.
///
/// The variance of a mean of B - 1 such draws is that of the estimate (of B draws it is (B - 1) / B of that). The distances
/// of the percentiles from the estimate are widened by the quantile of Student's t over the normal's: of few blocks the
/// variance itself is a guess. Source of B - 1: Rao and Wu, "Resampling inference with complex survey data", JASA 1988.
///
/// The solved `v [Q]` is kept, so a resample costs N B additions and no Hessian product; the error that `v` itself carries
/// is not in the interval (the split halves show that one). `uniform(resample, draw)` supplies numbers in [0,1) and must be
/// a function of its arguments; draw `i B + b` is the b-th of task i.
///
/// # Errors
/// Wrong shapes, non-finite numbers, fewer than two blocks, no resamples, a level outside (0,1).
pub fn influence_intervals(
    blocks: Blocks,
    v: &[f64],
    options: &IntervalOptions,
    uniform: impl Fn(u32, u32) -> f64,
) -> Result<Intervals> {
    let (b, q) = (blocks.count, v.len());
    if b < 2 || q == 0 || options.resamples == 0 {
        let got = format!("{b} blocks of {q} parameters, {} resamples", options.resamples);
        return Err(XmrlError::Option { key: "explain.blocks", got, fix: "give at least 2 blocks and 1 resample" });
    }
    if !(options.level > 0.0 && options.level < 1.0) {
        let got = options.level.to_string();
        return Err(XmrlError::Option { key: "explain.level", got, fix: "give a number between 0 and 1" });
    }
    let n = blocks.gradients.len() / (b * q);
    check_len("block meta-gradients", "[N,B,Q]", blocks.gradients.len(), n * b * q)?;
    check_finite("block meta-gradients", blocks.gradients)?;
    check_finite("v", v)?;

    let parts: Vec<f64> = blocks.gradients.chunks_exact(q).map(|row| vector::dot(row, v)).collect();
    let estimate: Vec<f64> = parts.chunks_exact(b).map(|task| vector::sum(task) / b as f64).collect();
    let top = options.top.min(n);
    let best = top_k(&estimate, top);
    let mut kept = 0;
    let mut in_top = vec![0usize; n];
    let mut drawn = vec![Vec::with_capacity(options.resamples); n];
    for resample in 0..options.resamples {
        let scores: Vec<f64> = (0..n)
            .map(|i| {
                let picks = (0..b - 1).map(|k| {
                    let at = uniform(resample as u32, (i * b + k) as u32) * b as f64;
                    parts[i * b + (at as usize).min(b - 1)]
                });
                picks.sum::<f64>() / (b - 1) as f64
            })
            .collect();
        for task in top_k(&scores, top) {
            in_top[task] += 1;
            kept += usize::from(best.contains(&task));
        }
        drawn.iter_mut().zip(scores).for_each(|(column, score)| column.push(score));
    }
    let total = options.resamples as f64;
    let tail = 0.5 * (1.0 - options.level);
    let mut out = Intervals {
        low: Vec::with_capacity(n),
        high: Vec::with_capacity(n),
        standard_error: Vec::with_capacity(n),
        top_frequency: in_top.iter().map(|count| *count as f64 / total).collect(),
        top_stability: if top == 0 { 0.0 } else { kept as f64 / (total * top as f64) },
    };
    let wider = student_over_normal(1.0 - tail, b - 1);
    for (column, estimate) in drawn.iter_mut().zip(&estimate) {
        let mean = vector::sum(column) / total;
        let squares: f64 = column.iter().map(|x| (x - mean) * (x - mean)).sum();
        out.standard_error.push((squares / (total - 1.0).max(1.0)).sqrt());
        column.sort_by(f64::total_cmp);
        out.low.push(estimate + wider * (quantile(column, tail) - estimate));
        out.high.push(estimate + wider * (quantile(column, 1.0 - tail) - estimate));
    }
    Ok(out)
}

/// The quantile of Student's t with `freedom` degrees over that of the normal law, `u` in (1/2,1): at most 1 % off from three
/// degrees on for 95 %. Source: Abramowitz and Stegun, 26.7.5.
fn student_over_normal(u: f64, freedom: usize) -> f64 {
    let (z, n) = (normal::quantile(u), freedom as f64);
    let s = z * z;
    1.0 + (s + 1.0) / (4.0 * n)
        + ((5.0 * s + 16.0) * s + 3.0) / (96.0 * n * n)
        + (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / (384.0 * n.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_quantiles_are_the_tabulated_ones() {
        for (u, freedom, table) in
            [(0.975, 3, 3.182_446), (0.975, 7, 2.364_624), (0.975, 15, 2.131_450), (0.95, 5, 2.015_048)]
        {
            let found = normal::quantile(u) * student_over_normal(u, freedom);
            assert!((found / table - 1.0).abs() < 0.01, "{u}, {freedom}: {found} against {table}");
        }
    }
}
