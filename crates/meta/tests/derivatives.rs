//! Derivatives of the meta-objective against plain arithmetic, central differences and dense algebra, in f64.

mod fused;
mod plain;

use plain::{Draws, STEP, differences, error, fisher, mean_kl, meta, slope, spec, surrogate, tasks, times};
use tch::{Device, Kind};
use xmrl_meta::{
    InnerRate, MetaError, MetaHessian, MetaProblem, MetaSpec, PreparedRows, Surrogate, TaskData, TorchOptions,
    TorchProblem, TorchWorkers,
};

/// Episode lengths of support and query rows; ragged in rows, in episodes and in steps.
const LENGTHS: [(&[usize], &[usize]); 4] =
    [(&[4, 3, 5], &[6, 2]), (&[7], &[3, 3, 3]), (&[2, 2, 6], &[9]), (&[5, 4], &[1, 4])];
const SECOND_ORDER: [Surrogate; 3] = [Surrogate::Lvc, Surrogate::Dice, Surrogate::LogLikelihood];

struct Case {
    spec: MetaSpec,
    meta: Vec<f64>,
    tasks: Vec<TaskData>,
}

fn case(rate: InnerRate) -> Case {
    let spec = spec(rate);
    let meta = meta(&spec, 1);
    let tasks = tasks(&spec, spec.theta(&meta), &LENGTHS, 2);
    Case { spec, meta, tasks }
}

impl Case {
    fn problem(&self, surrogate: Surrogate) -> TorchProblem {
        self.with(&self.tasks, &TorchOptions { surrogate, ..TorchOptions::default() }, 2)
    }

    fn with(&self, tasks: &[TaskData], options: &TorchOptions, workers: usize) -> TorchProblem {
        let workers = TorchWorkers::new(workers).unwrap();
        TorchProblem::new(self.spec.clone(), tasks, &self.meta, options, &workers).unwrap()
    }

    /// `theta + D g` with the inner gradient from differences of the plain surrogate.
    fn plain_adapt(&self, which: Surrogate, meta: &[f64], rows: &PreparedRows) -> Vec<f64> {
        let theta = self.spec.theta(meta);
        let gradient = differences(theta, |theta| vec![surrogate(which, &self.spec.policy, theta, rows)]);
        let mut adapted = theta.to_vec();
        for (group, rate) in self.spec.groups().into_iter().zip(self.spec.rates(meta)) {
            for k in group {
                adapted[k] += rate * gradient[k][0];
            }
        }
        adapted
    }
}

fn nearby(meta: &[f64]) -> Vec<f64> {
    let mut draws = Draws(77);
    meta.iter().map(|value| value + 0.05 * draws.next()).collect()
}

#[test]
fn adaptation_and_value_are_plain_arithmetic() {
    for which in [Surrogate::Lvc, Surrogate::Dice, Surrogate::LogLikelihood, Surrogate::FirstOrder] {
        let case = case(InnerRate::Learned);
        let mut problem = case.problem(which);
        let point = nearby(&case.meta);
        let policy = &case.spec.policy;
        let parameters = case.spec.policy_parameters();
        let (adapted, anchor) = (problem.adapt(&point).unwrap(), problem.adapt(&case.meta).unwrap());
        let value = problem.value(&point).unwrap();
        let (mut surrogates, mut kl, mut kl_unadapted) = (Vec::new(), 0.0, 0.0);
        for (i, task) in case.tasks.iter().enumerate() {
            let (own, old) = (&adapted[i * parameters..][..parameters], &anchor[i * parameters..][..parameters]);
            let gap = error(own, &case.plain_adapt(which, &point, &task.support));
            assert!(gap < 1e-9, "{which:?}: theta' {gap:e}");
            surrogates.push(surrogate(which, policy, own, &task.query));
            kl += mean_kl(policy, old, own, &task.query.observations) / 4.0;
            let (theta, theta_old) = (case.spec.theta(&point), case.spec.theta(&case.meta));
            kl_unadapted += mean_kl(policy, theta_old, theta, &task.support.observations) / 4.0;
        }
        assert!(error(&value.surrogates, &surrogates) < 1e-12, "{which:?}");
        assert!(error(&[value.kl_adapted, value.kl_unadapted], &[kl, kl_unadapted]) < 1e-12, "{which:?}");
        let there = problem.value(&case.meta).unwrap();
        assert!(there.kl_adapted.abs() < 1e-15 && there.kl_unadapted.abs() < 1e-15);
    }
}

#[test]
fn gradients_are_differences_of_the_value() {
    for which in SECOND_ORDER {
        for rate in [InnerRate::Fixed, InnerRate::Learned] {
            let case = case(rate);
            let mut problem = case.problem(which);
            let point = nearby(&case.meta);
            let columns = differences(&point, |meta| problem.value(meta).unwrap().surrogates);
            let q = point.len();
            let truth: Vec<f64> = (0..4).flat_map(|i| columns.iter().map(move |column| column[i])).collect();
            let gradients = problem.gradients(&point).unwrap();
            let gap = error(&gradients, &truth);
            assert!(gap < 1e-9, "{which:?} {rate:?}: {gap:e}");
            if rate == InnerRate::Learned {
                // The rates' entries are small beside theta's, so they are held to their own scale.
                let pick = |from: &[f64]| from.chunks(q).flat_map(|row| row[q - 4..].to_vec()).collect::<Vec<_>>();
                assert!(error(&pick(&gradients), &pick(&truth)) < 1e-9, "{which:?}: rates");
            }
        }
    }
}

#[test]
fn first_order_gradients_hold_the_step_constant() {
    let case = case(InnerRate::Learned);
    let mut problem = case.problem(Surrogate::FirstOrder);
    let (q, parameters) = (case.meta.len(), case.spec.policy_parameters());
    let steps: Vec<f64> = problem.adapt(&case.meta).unwrap();
    let found = problem.gradients(&case.meta).unwrap();
    for (i, task) in case.tasks.iter().enumerate() {
        let adapted = &steps[i * parameters..][..parameters];
        let base = case.spec.rates(&case.meta);
        // theta' = theta + (rate / rate at the anchor) * step, with the step of the anchor.
        let truth = differences(&case.meta, |meta| {
            let mut moved = case.spec.theta(meta).to_vec();
            for ((group, rate), base) in case.spec.groups().into_iter().zip(case.spec.rates(meta)).zip(&base) {
                group.for_each(|k| moved[k] += rate / base * (adapted[k] - case.meta[k]));
            }
            vec![surrogate(Surrogate::FirstOrder, &case.spec.policy, &moved, &task.query)]
        });
        let gap = error(&found[i * q..(i + 1) * q], &truth.concat());
        assert!(gap < 1e-9, "{gap:e}");
    }
}

#[test]
fn hvps_are_differences_of_the_gradient_and_symmetric() {
    for which in SECOND_ORDER {
        for rate in [InnerRate::Fixed, InnerRate::Learned] {
            let case = case(rate);
            let mut problem = case.problem(which);
            let point = nearby(&case.meta);
            let mut draws = Draws(5);
            let (v, u) = (draws.vector(point.len(), 1.0), draws.vector(point.len(), 1.0));
            let weights = [0.3, 0.0, 0.5, -0.2];
            let slope = slope(&point, &v, STEP, |meta| problem.gradients(meta).unwrap());
            let kept = problem.keep(&point).unwrap();
            assert_eq!(kept, problem.gradients(&point).unwrap(), "gradients of both paths, kept graph untouched");
            let found = problem.hvps(&v).unwrap();
            let gap = error(&found, &slope);
            assert!(gap < 1e-8, "{which:?} {rate:?}: {gap:e}");
            let (hv, hu) = (problem.hvp(&weights, &v).unwrap(), problem.hvp(&weights, &u).unwrap());
            let mut sum = vec![0.0; v.len()];
            for (weight, row) in weights.iter().zip(found.chunks(v.len())) {
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
            }
            assert_eq!(hv, sum);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let (left, right) = (dot(&u, &hv), dot(&v, &hu));
            assert!((left - right).abs() < 1e-12 * left.abs().max(right.abs()), "{which:?}: {left} {right}");
            assert_eq!(problem.hvps(&v).unwrap(), found, "a second product on the same graph");
        }
    }
}

/// Everything a [`MetaProblem`] gives, near and at the anchor, as one list of named vectors.
fn everything(problem: &mut dyn MetaProblem, anchor: &[f64]) -> Vec<(&'static str, Vec<f64>)> {
    let point = nearby(anchor);
    let value = problem.value(&point).unwrap();
    let v = Draws(9).vector(anchor.len(), 1.0);
    let mut curvature = vec![f64::NAN; v.len()];
    problem.curvature(&v, 0.5, &mut curvature).unwrap();
    vec![
        ("adapt", problem.adapt(&point).unwrap()),
        ("surrogates", value.surrogates),
        ("kl", vec![value.kl_adapted, value.kl_unadapted]),
        ("gradients", problem.gradients(&point).unwrap()),
        ("curvature", curvature),
    ]
}

/// [`everything`], and Hessian products.
fn all_of(problem: &mut dyn MetaHessian, anchor: &[f64]) -> Vec<(&'static str, Vec<f64>)> {
    let mut all = everything(problem, anchor);
    problem.keep(&nearby(anchor)).unwrap();
    all.push(("hvps", problem.hvps(&Draws(11).vector(anchor.len(), 1.0)).unwrap()));
    all
}

#[test]
fn batched_and_padded_is_one_task_at_a_time() {
    for which in [Surrogate::Lvc, Surrogate::Dice] {
        let case = case(InnerRate::Learned);
        let options = |chunk_rows| TorchOptions { surrogate: which, chunk_rows, ..TorchOptions::default() };
        let batched = all_of(&mut case.with(&case.tasks, &options(usize::MAX), 1), &case.meta);
        // Alone, a task has no padding.
        let alone: Vec<_> = case
            .tasks
            .iter()
            .map(|task| all_of(&mut case.with(std::slice::from_ref(task), &options(1), 1), &case.meta))
            .collect();
        for (k, (name, found)) in batched.iter().enumerate() {
            let parts: Vec<&Vec<f64>> = alone.iter().map(|one| &one[k].1).collect();
            let truth: Vec<f64> = match *name {
                "kl" | "curvature" => {
                    (0..found.len()).map(|j| parts.iter().map(|part| part[j]).sum::<f64>() / 4.0).collect()
                }
                _ => parts.into_iter().flatten().copied().collect(),
            };
            let gap = error(found, &truth);
            assert!(gap < 1e-12, "{which:?} {name}: {gap:e}");
        }
    }
}

#[test]
fn the_same_bits_on_any_number_of_workers() {
    let case = case(InnerRate::Learned);
    // 40 rows hold two of these tasks at most, so there are several chunks to share out.
    let options = TorchOptions { chunk_rows: 40, ..TorchOptions::default() };
    let one = all_of(&mut case.with(&case.tasks, &options, 1), &case.meta);
    for workers in [2, 3, 2] {
        let more = all_of(&mut case.with(&case.tasks, &options, workers), &case.meta);
        for ((name, one), (_, more)) in one.iter().zip(&more) {
            assert!(one.iter().zip(more).all(|(a, b)| a.to_bits() == b.to_bits()), "{workers} workers: {name}");
        }
    }
}

#[test]
fn curvature_is_the_dense_product() {
    for which in [Surrogate::Lvc, Surrogate::Dice, Surrogate::FirstOrder] {
        let case = case(InnerRate::Learned);
        let (q, parameters) = (case.meta.len(), case.spec.policy_parameters());
        let theta = case.spec.theta(&case.meta);
        let v = Draws(9).vector(q, 1.0);
        let mut truth = vec![0.0; q];
        for task in &case.tasks {
            // Column k of the Jacobian of theta': by differences on the support subsample for theta (a surrogate over
            // episodes keeps all rows), and the step of the full set, cut to its group, for the rates.
            let adapted = case.plain_adapt(which, &case.meta, &task.support);
            let rows = if which == Surrogate::Dice { task.support.clone() } else { task.support.subsample() };
            let mut sample = PreparedRows { curvature: (0..rows.rows()).collect(), ..rows };
            if sample.episodes.is_empty() {
                sample.episodes = vec![0, sample.rows()];
            }
            let sampled = TaskData { support: sample, query: task.query.clone() };
            let options = TorchOptions { surrogate: which, ..TorchOptions::default() };
            let mut inner = case.with(std::slice::from_ref(&sampled), &options, 1);
            let mut columns = differences(&case.meta, |meta| inner.adapt(meta).unwrap());
            for k in 0..parameters {
                if which == Surrogate::FirstOrder {
                    columns[k] = (0..parameters).map(|j| f64::from(u8::from(j == k))).collect();
                }
            }
            for (g, group) in case.spec.groups().into_iter().enumerate() {
                columns[parameters + g] =
                    (0..parameters).map(|j| if group.contains(&j) { adapted[j] - theta[j] } else { 0.0 }).collect();
            }
            let w: Vec<f64> = (0..parameters).map(|j| (0..q).map(|k| columns[k][j] * v[k]).sum()).collect();
            let z = times(&fisher(&case.spec.policy, &adapted, &task.query.subsample().observations), &w);
            let back = times(&columns, &z);
            let own =
                times(&fisher(&case.spec.policy, theta, &task.support.subsample().observations), &v[..parameters]);
            for k in 0..q {
                truth[k] += (back[k] + if k < parameters { 0.5 * own[k] } else { 0.0 }) / 4.0;
            }
        }
        let mut found = vec![0.0; q];
        let mut problem = case.problem(which);
        problem.curvature(&v, 0.5, &mut found).unwrap();
        let gap = error(&found, &truth);
        assert!(gap < 1e-9, "{which:?}: {gap:e}");
        let rates = error(&found[parameters..], &truth[parameters..]);
        assert!(rates < 1e-9, "{which:?} rates: {rates:e}");
        let first = found.clone();
        problem.drop_curvature();
        problem.curvature(&v, 0.5, &mut found).unwrap();
        assert_eq!(found, first);
    }
}

#[test]
fn curvature_on_all_rows_is_the_hessian_of_the_kl() {
    let mut case = case(InnerRate::Learned);
    for task in &mut case.tasks {
        task.support.curvature = (0..task.support.rows()).collect();
        task.query.curvature = (0..task.query.rows()).collect();
    }
    let mut problem = case.problem(Surrogate::Lvc);
    let v = Draws(13).vector(case.meta.len(), 1.0);
    let mut product = vec![0.0; v.len()];
    problem.curvature(&v, 0.5, &mut product).unwrap();
    let quadratic: f64 = product.iter().zip(&v).map(|(a, b)| a * b).sum();
    let step = 1e-4;
    let mut kl = |sign: f64| {
        let moved: Vec<f64> = case.meta.iter().zip(&v).map(|(x, v)| x + sign * step * v).collect();
        let value = problem.value(&moved).unwrap();
        value.kl_adapted + 0.5 * value.kl_unadapted
    };
    let second = (kl(1.0) + kl(-1.0)) / (step * step); // the KL is 0 at the anchor
    assert!((quadratic - second).abs() < 1e-5 * second, "{quadratic} {second}");
}

#[test]
fn a_task_of_weight_zero_is_as_good_as_absent() {
    let case = case(InnerRate::Learned);
    let v = Draws(3).vector(case.meta.len(), 1.0);
    let mut all = case.problem(Surrogate::Lvc);
    let mut some = case.with(&case.tasks[..3], &TorchOptions::default(), 2);
    all.keep(&case.meta).unwrap();
    some.keep(&case.meta).unwrap();
    let (with, without) = (all.hvp(&[0.2, 0.5, 0.3, 0.0], &v).unwrap(), some.hvp(&[0.2, 0.5, 0.3], &v).unwrap());
    assert!(error(&with, &without) < 1e-12);

    let mut silent = case.tasks.clone();
    silent[1].query.coefficients.fill(0.0);
    let mut problem = case.with(&silent, &TorchOptions::default(), 2);
    let (gradients, q) = (problem.gradients(&case.meta).unwrap(), case.meta.len());
    assert!(gradients[q..2 * q].iter().all(|&entry| entry == 0.0));
    assert!(error(&gradients[2 * q..], &all.gradients(&case.meta).unwrap()[2 * q..]) < 1e-12);
}

#[test]
fn single_precision_agrees_to_its_own_rounding() {
    let case = case(InnerRate::Learned);
    let double = all_of(&mut case.problem(Surrogate::Lvc), &case.meta);
    let options = TorchOptions { kind: Kind::Float, ..TorchOptions::default() };
    let single = all_of(&mut case.with(&case.tasks, &options, 2), &case.meta);
    for ((name, single), (_, double)) in single.iter().zip(&double) {
        let gap = error(single, double);
        assert!(gap < 1e-4 && gap > 1e-12, "{name}: {gap:e}"); // not f64 under another name, either
    }
}

#[test]
fn errors_are_facts() {
    let case = case(InnerRate::Learned);
    let workers = TorchWorkers::new(1).unwrap();
    let build = |tasks: &[TaskData], options: &TorchOptions| {
        TorchProblem::new(case.spec.clone(), tasks, &case.meta, options, &workers).map(|_| ()).unwrap_err()
    };
    let mut tasks = case.tasks.clone();
    tasks[2].support.log_probs[1] = -1e4; // a ratio of exp(1e4)
    let text = build(&tasks, &TorchOptions::default()).to_string();
    assert!(text.starts_with("adapt: inner surrogate of task 2 is"), "{text}");

    let mut tasks = case.tasks.clone();
    tasks[3].query.log_probs[0] = -1e4;
    let mut problem = case.with(&tasks, &TorchOptions::default(), 2);
    for text in
        [problem.value(&case.meta).unwrap_err().to_string(), problem.gradients(&case.meta).unwrap_err().to_string()]
    {
        assert!(text.contains("outer surrogate of task 3 is"), "{text}");
    }
    let mut tasks = case.tasks.clone();
    tasks[1].support.episodes.clear();
    let text = build(&tasks, &TorchOptions { surrogate: Surrogate::Dice, ..TorchOptions::default() }).to_string();
    assert!(text.contains("episodes"), "{text}");

    let text = build(&case.tasks, &TorchOptions { device: Device::Cuda(99), ..TorchOptions::default() }).to_string();
    assert!(text.contains("libtorch") && !text.contains('\n'), "{text}");
    assert!(matches!(build(&[], &TorchOptions::default()), MetaError::Option { key: "tasks", .. }));
    assert!(
        build(&case.tasks, &TorchOptions { kind: Kind::Int, ..TorchOptions::default() }).to_string().contains("Int")
    );
    assert!(TorchWorkers::new(0).is_err());

    let mut problem = case.problem(Surrogate::Lvc);
    let v = vec![1.0; case.meta.len()];
    assert!(problem.hvps(&v).unwrap_err().to_string().contains("keep"));
    problem.keep(&case.meta).unwrap();
    assert!(matches!(problem.hvp(&[1.0; 3], &v), Err(MetaError::Shape { expected: 4, got: 3, .. })));
    assert!(matches!(problem.hvps(&v[1..]), Err(MetaError::Shape { .. })));
    problem.drop_kept();
    assert!(problem.hvp(&[1.0; 4], &v).is_err());
    assert!(matches!(problem.gradients(&v[1..]), Err(MetaError::Shape { .. })));
    assert!(problem.adapt(&vec![f64::NAN; v.len()]).is_err());
}
