//! A task's episodes at one meta vector, with the slope and the curvature of its surrogate by hand.

use xmrl_meta::DataOptions;
use xmrl_oracle::difference;

use crate::hand::{From, Hand, Numbers, Weighed, dot};

pub(crate) const SUPPORT: usize = 8;
pub(crate) const QUERY: usize = 6;

pub(crate) struct Episodes {
    support: Weighed,
    query: Weighed,
}

impl Episodes {
    /// Env steps.
    pub(crate) fn steps(&self) -> usize {
        self.support.batch.rows() + self.query.batch.rows()
    }
}

impl Hand {
    /// Few episodes, and Hessian products on all of their rows.
    pub(crate) fn few(&self) -> DataOptions {
        DataOptions {
            support_episodes: SUPPORT,
            query_episodes: QUERY,
            curvature_rows: (usize::MAX, usize::MAX),
            advantage: self.advantage.clone(),
            ..DataOptions::default()
        }
    }

    /// The episodes of a task that is its own number in the streams.
    pub(crate) fn episodes(&self, numbers: Numbers, meta: &[f64], task: usize) -> Episodes {
        let (at, (theta, rates)) = ((task, task as u32), self.parts(meta));
        let support = self.support(numbers, at, theta, SUPPORT);
        let adapted = self.linear.adapted(theta, &rates, &support.rows());
        let query = self.weigh(self.fly(numbers, From::Query, at, &adapted, (0, QUERY)), QUERY);
        Episodes { support, query }
    }

    /// The slope `[Q]` of the task's surrogate at a meta vector: of theta, then `sum rate g u` over the group of each log-rate.
    pub(crate) fn slope(&self, of: &Episodes, meta: &[f64]) -> Vec<f64> {
        let ((theta, rates), support) = (self.parts(meta), of.support.rows());
        let g = self.linear.surrogate(theta, &support).gradient;
        let u = self.linear.surrogate(&self.linear.adapted(theta, &rates, &support), &of.query.rows()).gradient;
        let mut out = self.linear.meta_gradient(theta, &rates, &support, &of.query.rows());
        let along: Vec<f64> = (0..12).map(|p| rates[p] * g[p] * u[p]).collect();
        out.extend([along[..10].iter().sum::<f64>(), along[10] + along[11]]);
        out
    }

    /// The Hessian `[Q,Q]` of the tasks' weighted surrogate: differences of the slopes.
    pub(crate) fn hessian(&self, of: &[Episodes], weights: &[f64], meta: &[f64]) -> Vec<f64> {
        let weighted = |meta: &[f64]| {
            let mut out = vec![0.0; 14];
            for (episodes, weight) in of.iter().zip(weights) {
                out.iter_mut().zip(self.slope(episodes, meta)).for_each(|(sum, slope)| *sum += weight * slope);
            }
            out
        };
        let unit = |p: usize| (0..14).map(|k| f64::from(k == p)).collect::<Vec<f64>>();
        (0..14).flat_map(|p| difference::along(weighted, meta, &unit(p), 1e-3)).collect()
    }
}

/// `sum of rows / count` of equal length.
pub(crate) fn mean(rows: &[Vec<f64>]) -> Vec<f64> {
    (0..rows[0].len()).map(|k| rows.iter().map(|row| row[k]).sum::<f64>() / rows.len() as f64).collect()
}

/// The product of each row with v.
pub(crate) fn along(rows: &[Vec<f64>], v: &[f64]) -> Vec<f64> {
    rows.iter().map(|row| dot(row, v)).collect()
}
