//! What holds of every meta-objective, whoever differentiates it: plain arithmetic, central differences, dense algebra.

use xmrl_meta::{InnerRate, MetaHessian, MetaProblem, MetaSpec, PreparedRows, TaskData};

use super::{Draws, STEP, differences, error, fisher, mean_kl, meta, slope, spec, surrogate, tasks, times};

/// Episode lengths of support and query rows; ragged in rows, in episodes and in steps.
const LENGTHS: [(&[usize], &[usize]); 4] =
    [(&[4, 3, 5], &[6, 2]), (&[7], &[3, 3, 3]), (&[2, 2, 6], &[9]), (&[5, 4], &[1, 4])];

pub(crate) const RATES: [InnerRate; 2] = [InnerRate::Fixed, InnerRate::Learned];

/// Data around the meta vector that collected it.
pub(crate) struct Case {
    pub(crate) spec: MetaSpec,
    pub(crate) meta: Vec<f64>,
    pub(crate) tasks: Vec<TaskData>,
}

pub(crate) fn case(rate: InnerRate) -> Case {
    let spec = spec(rate);
    let meta = meta(&spec, 1);
    let tasks = tasks(&spec, spec.theta(&meta), &LENGTHS, 2);
    Case { spec, meta, tasks }
}

impl Case {
    /// `theta + D g` with the inner gradient from differences of the plain surrogate.
    fn plain_adapt(&self, meta: &[f64], rows: &PreparedRows) -> Vec<f64> {
        let theta = self.spec.theta(meta);
        let gradient = differences(theta, |theta| vec![surrogate(&self.spec.policy, theta, rows)]);
        let mut adapted = theta.to_vec();
        for (group, rate) in self.spec.groups().into_iter().zip(self.spec.rates(meta)) {
            for k in group {
                adapted[k] += rate * gradient[k][0];
            }
        }
        adapted
    }
}

pub(crate) fn nearby(meta: &[f64]) -> Vec<f64> {
    let mut draws = Draws(77);
    meta.iter().map(|value| value + 0.05 * draws.next()).collect()
}

/// Everything a problem gives, near and at the anchor, as one list of named vectors.
pub(crate) fn all_of(problem: &mut dyn MetaHessian, anchor: &[f64]) -> Vec<(&'static str, Vec<f64>)> {
    let point = nearby(anchor);
    let value = problem.value(&point).unwrap();
    let v = Draws(9).vector(anchor.len(), 1.0);
    let mut curvature = vec![f64::NAN; v.len()];
    problem.curvature(&v, 0.5, &mut curvature).unwrap();
    let adapted = problem.adapt(&point).unwrap();
    let gradients = problem.gradients(&point).unwrap();
    problem.keep(&point).unwrap();
    vec![
        ("adapt", adapted),
        ("surrogates", value.surrogates),
        ("kl", vec![value.kl_adapted, value.kl_unadapted]),
        ("gradients", gradients),
        ("curvature", curvature),
        ("hvps", problem.hvps(&Draws(11).vector(anchor.len(), 1.0)).unwrap()),
    ]
}

/// Adaptation and value are plain arithmetic.
pub(crate) fn adaptation_and_value(case: &Case, problem: &mut dyn MetaProblem) {
    let point = nearby(&case.meta);
    let policy = &case.spec.policy;
    let parameters = case.spec.policy_parameters();
    let (adapted, anchor) = (problem.adapt(&point).unwrap(), problem.adapt(&case.meta).unwrap());
    let value = problem.value(&point).unwrap();
    let (mut surrogates, mut kl, mut kl_unadapted) = (Vec::new(), 0.0, 0.0);
    for (i, task) in case.tasks.iter().enumerate() {
        let (own, old) = (&adapted[i * parameters..][..parameters], &anchor[i * parameters..][..parameters]);
        let gap = error(own, &case.plain_adapt(&point, &task.support));
        assert!(gap < 1e-9, "theta' {gap:e}");
        surrogates.push(surrogate(policy, own, &task.query));
        kl += mean_kl(policy, old, own, &task.query.observations) / 4.0;
        let (theta, theta_old) = (case.spec.theta(&point), case.spec.theta(&case.meta));
        kl_unadapted += mean_kl(policy, theta_old, theta, &task.support.observations) / 4.0;
    }
    assert!(error(&value.surrogates, &surrogates) < 1e-12);
    assert!(error(&[value.kl_adapted, value.kl_unadapted], &[kl, kl_unadapted]) < 1e-12);
    let there = problem.value(&case.meta).unwrap();
    assert!(there.kl_adapted.abs() < 1e-15 && there.kl_unadapted.abs() < 1e-15);
}

/// Gradients are differences of the value.
pub(crate) fn gradients(case: &Case, problem: &mut dyn MetaProblem) {
    let point = nearby(&case.meta);
    let columns = differences(&point, |meta| problem.value(meta).unwrap().surrogates);
    let q = point.len();
    let truth: Vec<f64> = (0..4).flat_map(|i| columns.iter().map(move |column| column[i])).collect();
    let gradients = problem.gradients(&point).unwrap();
    let gap = error(&gradients, &truth);
    assert!(gap < 1e-9, "{gap:e}");
    if case.spec.rate == InnerRate::Learned {
        // The rates' entries are small beside theta's, so they are held to their own scale.
        let pick = |from: &[f64]| from.chunks(q).flat_map(|row| row[q - 4..].to_vec()).collect::<Vec<_>>();
        assert!(error(&pick(&gradients), &pick(&truth)) < 1e-9, "rates");
    }
}

/// Hessian products are differences of the gradient, and symmetric. `kept`: how far the gradients of both paths may differ.
pub(crate) fn hvps(case: &Case, problem: &mut dyn MetaHessian, kept: f64) {
    let point = nearby(&case.meta);
    let mut draws = Draws(5);
    let (v, u) = (draws.vector(point.len(), 1.0), draws.vector(point.len(), 1.0));
    let weights = [0.3, 0.0, 0.5, -0.2];
    let slope = slope(&point, &v, STEP, |meta| problem.gradients(meta).unwrap());
    let gap = error(&problem.keep(&point).unwrap(), &problem.gradients(&point).unwrap());
    assert!(gap <= kept, "gradients of both paths: {gap:e}");
    let found = problem.hvps(&v).unwrap();
    let gap = error(&found, &slope);
    assert!(gap < 1e-8, "{gap:e}");
    let (hv, hu) = (problem.hvp(&weights, &v).unwrap(), problem.hvp(&weights, &u).unwrap());
    let mut sum = vec![0.0; v.len()];
    for (weight, row) in weights.iter().zip(found.chunks(v.len())) {
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
    }
    assert_eq!(hv, sum);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (left, right) = (dot(&u, &hv), dot(&v, &hu));
    assert!((left - right).abs() < 1e-12 * left.abs().max(right.abs()), "{left} {right}");
    assert_eq!(problem.hvps(&v).unwrap(), found, "a second product at the same point");
}

/// The curvature product is the dense one. `adapt` gives the adapted policies of one task at a meta vector.
pub(crate) fn curvature(
    case: &Case,
    problem: &mut dyn MetaProblem,
    mut adapt: impl FnMut(&TaskData, &mut dyn FnMut(&mut dyn MetaProblem)),
) {
    let (q, parameters) = (case.meta.len(), case.spec.policy_parameters());
    let theta = case.spec.theta(&case.meta);
    let v = Draws(9).vector(q, 1.0);
    let mut truth = vec![0.0; q];
    for task in &case.tasks {
        // Column k of the Jacobian of theta': by differences on the support subsample for theta, and the step of the full
        // set, cut to its group, for the rates.
        let adapted = case.plain_adapt(&case.meta, &task.support);
        let rows = task.support.subsample();
        let sample = PreparedRows { curvature: (0..rows.rows()).collect(), episodes: vec![0, rows.rows()], ..rows };
        let sampled = TaskData { support: sample, query: task.query.clone() };
        let mut columns = Vec::new();
        adapt(&sampled, &mut |inner| columns = differences(&case.meta, |meta| inner.adapt(meta).unwrap()));
        for (g, group) in case.spec.groups().into_iter().enumerate() {
            columns[parameters + g] =
                (0..parameters).map(|j| if group.contains(&j) { adapted[j] - theta[j] } else { 0.0 }).collect();
        }
        let w: Vec<f64> = (0..parameters).map(|j| (0..q).map(|k| columns[k][j] * v[k]).sum()).collect();
        let z = times(&fisher(&case.spec.policy, &adapted, &task.query.subsample().observations), &w);
        let back = times(&columns, &z);
        let own = times(&fisher(&case.spec.policy, theta, &task.support.subsample().observations), &v[..parameters]);
        for k in 0..q {
            truth[k] += (back[k] + if k < parameters { 0.5 * own[k] } else { 0.0 }) / 4.0;
        }
    }
    let mut found = vec![0.0; q];
    problem.curvature(&v, 0.5, &mut found).unwrap();
    let gap = error(&found, &truth);
    assert!(gap < 1e-9, "{gap:e}");
    let rates = error(&found[parameters..], &truth[parameters..]);
    assert!(rates < 1e-9, "rates: {rates:e}");
    let first = found.clone();
    problem.curvature(&v, 0.5, &mut found).unwrap();
    assert_eq!(found, first);
}
