//! The trust region's curvature on row subsamples, against dense matrices by hand and against all rows.

use xmrl_meta::{
    DataOptions, DataRequest, Draws, FusedProblem, MetaProblem, PreparedRows, TaskData, UniformLaw, Usage, meta_data,
};
use xmrl_oracle::dense::product;
use xmrl_oracle::{Random, SurrogateRows};

use crate::hand::{Hand, close, dot};

impl Hand {
    fn data(&self, rows: (usize, usize)) -> Vec<TaskData> {
        let options = DataOptions {
            support_episodes: 8,
            query_episodes: 5,
            curvature_rows: rows,
            advantage: self.advantage.clone(),
            ..DataOptions::default()
        };
        let request = DataRequest {
            context: self.context(),
            meta: &self.meta,
            tasks: &self.tasks[..6],
            task_ids: &[0, 1, 2],
            mixed_episodes: &[],
            law: &UniformLaw,
            options: &options,
            draws: Draws::new(2, Usage::Train, 1),
        };
        meta_data(&request).unwrap().data
    }

    fn curvature(&self, data: &[TaskData], v: &[f64], weight: f64) -> Vec<f64> {
        let mut out = vec![0.0; v.len()];
        let mut problem = FusedProblem::new(&self.spec, data, &self.meta, &self.pool).unwrap();
        problem.curvature(v, weight, &mut out).unwrap();
        out
    }
}

fn view(rows: &PreparedRows) -> SurrogateRows<'_> {
    let PreparedRows { observations, actions, log_probs, coefficients, .. } = rows;
    SurrogateRows { observations, actions, log_probs, coefficients }
}

/// The chosen rows, each standing for R / n of all.
fn chosen(rows: &PreparedRows) -> PreparedRows {
    let share = rows.rows() as f64 / rows.curvature.len() as f64;
    let pick = |from: &[f64], width: usize| -> Vec<f64> {
        rows.curvature.iter().flat_map(|row| &from[row * width..(row + 1) * width]).copied().collect()
    };
    PreparedRows {
        observations: pick(&rows.observations, 4),
        actions: pick(&rows.actions, 2),
        log_probs: pick(&rows.log_probs, 1),
        coefficients: pick(&rows.coefficients, 1).iter().map(|c| share * c).collect(),
        ..PreparedRows::default()
    }
}

/// `mean_i (Jac' F Jac v + w F0 v)`: H, F and F0 on the chosen rows, g and the adapted policy from all of them.
#[test]
fn curvature_is_its_dense_matrices() {
    let hand = Hand::new();
    let data = hand.data((17, 13));
    let (theta, rates) = hand.parts(&hand.meta);
    let v = Random::new(5).normals(14);
    let mut truth = vec![0.0; 14];
    for task in &data {
        assert!(task.support.rows() > 60 && task.support.curvature.len() == 17 && task.query.curvature.len() == 13);
        let g = hand.linear.surrogate(theta, &view(&task.support)).gradient;
        let adapted = hand.linear.adapted(theta, &rates, &view(&task.support));
        let support = chosen(&task.support);
        let hessian = hand.linear.surrogate(theta, &view(&support)).hessian;
        let group = |p: usize| 12 + usize::from(p >= 10);
        let hv = product(&hessian, &v[..12]);
        let w: Vec<f64> = (0..12).map(|p| v[p] + rates[p] * hv[p] + rates[p] * g[p] * v[group(p)]).collect();
        let z = product(&hand.linear.fisher(&adapted, &chosen(&task.query).observations), &w);
        let back = product(&hessian, &z.iter().zip(&rates).map(|(z, rate)| rate * z).collect::<Vec<_>>());
        let plain = product(&hand.linear.fisher(theta, &support.observations), &v[..12]);
        for p in 0..12 {
            truth[p] += (z[p] + back[p] + 0.4 * plain[p]) / 3.0;
            truth[group(p)] += rates[p] * g[p] * z[p] / 3.0;
        }
    }
    let found = hand.curvature(&data, &v, 0.4);
    assert!(close(&found, &truth), "{found:?} {truth:?}");
}

/// Each row left out once: to first order in the rate, the mean of the products is the product on all rows.
#[test]
fn a_subsample_is_the_whole_in_expectation() {
    let mut hand = Hand::new();
    let mut task = hand.data((usize::MAX, usize::MAX)).swap_remove(0);
    hand.meta[12..].fill(1e-6_f64.ln());
    let rows = task.support.rows();
    assert_eq!(task.support.curvature.len(), rows);
    let mut random = Random::new(6);
    let (u, mut v) = (random.normals(14), random.normals(14));
    v[12..].fill(0.0);
    let along = |task: &TaskData| dot(&u, &hand.curvature(std::slice::from_ref(task), &v, 0.0));
    let whole = along(&task);
    let mut mean = 0.0;
    for out in 0..rows {
        task.support.curvature = (0..rows).filter(|row| *row != out).collect();
        mean += along(&task) / rows as f64;
    }
    // What the inner Hessian adds: without the factor R / n it would be an R-th smaller.
    let (theta, rates) = hand.parts(&hand.meta);
    let adapted = hand.linear.adapted(theta, &rates, &view(&task.support));
    let without = dot(&u[..12], &product(&hand.linear.fisher(&adapted, &task.query.observations), &v[..12]));
    let share = (whole - without) / rows as f64;
    assert!((mean - whole).abs() < 0.01 * share.abs(), "{mean} {whole}, of which {share} a row");
}
