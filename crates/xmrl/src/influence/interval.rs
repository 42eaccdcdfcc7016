//! Bootstrap intervals of influence scores over blocks of trajectories.

use xmrl_autodiff::vector;

use crate::error::{Result, XmrlError, check_finite, check_len};
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

/// Percentile intervals of `s_i = <grad J_i, v>`, resampling each task's blocks with replacement.
///
/// The solved `v [Q]` is kept, so a resample costs N B additions and no Hessian product; the error that `v` itself carries
/// is not in the interval (the split halves show that one). `uniform(resample, draw)` supplies numbers in [0,1) and must be
/// a function of its arguments; draw `i B + b` picks block b of task i.
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
                let picks = (0..b).map(|k| {
                    let at = uniform(resample as u32, (i * b + k) as u32) * b as f64;
                    parts[i * b + (at as usize).min(b - 1)]
                });
                picks.sum::<f64>() / b as f64
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
    for column in &mut drawn {
        let mean = vector::sum(column) / total;
        let squares: f64 = column.iter().map(|x| (x - mean) * (x - mean)).sum();
        out.standard_error.push((squares / (total - 1.0).max(1.0)).sqrt());
        column.sort_by(f64::total_cmp);
        out.low.push(quantile(column, tail));
        out.high.push(quantile(column, 1.0 - tail));
    }
    Ok(out)
}
