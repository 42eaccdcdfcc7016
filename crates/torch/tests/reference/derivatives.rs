//! Derivatives of the libtorch problem against plain arithmetic, central differences and dense algebra, in f64.

use xmrl_meta::{InnerRate, MetaError, MetaHessian, MetaProblem, TaskData};
use xmrl_torch::{Device, Kind, TorchError, TorchOptions, TorchProblem, TorchWorkers};

use crate::plain::checks::{Case, RATES, adaptation_and_value, all_of, case, curvature, gradients, hvps};
use crate::plain::{Draws, error};

pub(crate) fn problem(case: &Case) -> TorchProblem {
    with(case, &case.tasks, &TorchOptions::default(), 2)
}

pub(crate) fn with(case: &Case, tasks: &[TaskData], options: &TorchOptions, workers: usize) -> TorchProblem {
    let workers = TorchWorkers::new(workers).unwrap();
    TorchProblem::new(case.spec.clone(), tasks, &case.meta, options, &workers).unwrap()
}

#[test]
fn adaptation_value_and_gradients_are_plain_arithmetic_and_its_differences() {
    for rate in RATES {
        let case = case(rate);
        adaptation_and_value(&case, &mut problem(&case));
        gradients(&case, &mut problem(&case));
    }
}

#[test]
fn hvps_are_differences_of_the_gradient_and_symmetric() {
    for rate in RATES {
        let case = case(rate);
        hvps(&case, &mut problem(&case), 0.0);
    }
}

#[test]
fn curvature_is_the_dense_product() {
    let case = case(InnerRate::Learned);
    let mut torch = problem(&case);
    curvature(&case, &mut torch, |task, work| {
        work(&mut with(&case, std::slice::from_ref(task), &TorchOptions::default(), 1));
    });
    let product = |torch: &mut TorchProblem| {
        let mut out = vec![0.0; case.meta.len()];
        torch.curvature(&Draws(9).vector(case.meta.len(), 1.0), 0.5, &mut out).unwrap();
        out
    };
    let first = product(&mut torch);
    torch.drop_curvature();
    assert_eq!(product(&mut torch), first);
}

#[test]
fn batched_and_padded_is_one_task_at_a_time() {
    let case = case(InnerRate::Learned);
    let options = |chunk_rows| TorchOptions { chunk_rows, ..TorchOptions::default() };
    let batched = all_of(&mut with(&case, &case.tasks, &options(usize::MAX), 1), &case.meta);
    // Alone, a task has no padding.
    let alone: Vec<_> = case
        .tasks
        .iter()
        .map(|task| all_of(&mut with(&case, std::slice::from_ref(task), &options(1), 1), &case.meta))
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
        assert!(gap < 1e-12, "{name}: {gap:e}");
    }
}

#[test]
fn the_same_bits_on_any_number_of_workers() {
    let case = case(InnerRate::Learned);
    // 40 rows hold two of these tasks at most, so there are several chunks to share out.
    let options = TorchOptions { chunk_rows: 40, ..TorchOptions::default() };
    let one = all_of(&mut with(&case, &case.tasks, &options, 1), &case.meta);
    for workers in [2, 3, 2] {
        let more = all_of(&mut with(&case, &case.tasks, &options, workers), &case.meta);
        for ((name, one), (_, more)) in one.iter().zip(&more) {
            assert!(one.iter().zip(more).all(|(a, b)| a.to_bits() == b.to_bits()), "{workers} workers: {name}");
        }
    }
}

#[test]
fn curvature_on_all_rows_is_the_hessian_of_the_kl() {
    let mut case = case(InnerRate::Learned);
    for task in &mut case.tasks {
        task.support.curvature = (0..task.support.rows()).collect();
        task.query.curvature = (0..task.query.rows()).collect();
    }
    let mut problem = problem(&case);
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
    let mut all = problem(&case);
    let mut some = with(&case, &case.tasks[..3], &TorchOptions::default(), 2);
    all.keep(&case.meta).unwrap();
    some.keep(&case.meta).unwrap();
    let (four, three) = (all.hvp(&[0.2, 0.5, 0.3, 0.0], &v).unwrap(), some.hvp(&[0.2, 0.5, 0.3], &v).unwrap());
    assert!(error(&four, &three) < 1e-12);

    let mut silent = case.tasks.clone();
    silent[1].query.coefficients.fill(0.0);
    let mut problem = with(&case, &silent, &TorchOptions::default(), 2);
    let (gradients, q) = (problem.gradients(&case.meta).unwrap(), case.meta.len());
    assert!(gradients[q..2 * q].iter().all(|&entry| entry == 0.0));
    assert!(error(&gradients[2 * q..], &all.gradients(&case.meta).unwrap()[2 * q..]) < 1e-12);
}

#[test]
fn single_precision_agrees_to_its_own_rounding() {
    let case = case(InnerRate::Learned);
    let double = all_of(&mut problem(&case), &case.meta);
    let options = TorchOptions { kind: Kind::Float, ..TorchOptions::default() };
    let single = all_of(&mut with(&case, &case.tasks, &options, 2), &case.meta);
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
    let mut overflown = with(&case, &tasks, &TorchOptions::default(), 2);
    for text in
        [overflown.value(&case.meta).unwrap_err().to_string(), overflown.gradients(&case.meta).unwrap_err().to_string()]
    {
        assert!(text.contains("outer surrogate of task 3 is"), "{text}");
    }
    let text = build(&case.tasks, &TorchOptions { device: Device::Cuda(99), ..TorchOptions::default() }).to_string();
    assert!(text.contains("libtorch") && !text.contains('\n'), "{text}");
    assert!(matches!(build(&[], &TorchOptions::default()), TorchError::Meta(MetaError::Option { key: "tasks", .. })));
    assert!(
        build(&case.tasks, &TorchOptions { kind: Kind::Int, ..TorchOptions::default() }).to_string().contains("Int")
    );
    assert!(TorchWorkers::new(0).is_err());

    let mut problem = problem(&case);
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
