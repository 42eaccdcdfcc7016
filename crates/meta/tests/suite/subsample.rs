//! Row subsamples whose policies and gradients are those of all rows, against enumeration and differences.

use crate::common::{meta, pool, spec, tasks};
use xmrl_meta::{FusedProblem, InnerRate, Keep, MetaHessian, MetaProblem, MetaSpec, Subsample, TaskData, inner_steps};

const RATES: [InnerRate; 2] = [InnerRate::Fixed, InnerRate::Learned];

fn sample(spec: &MetaSpec, data: &[TaskData], at: &[f64]) -> Subsample {
    let supports: Vec<_> = data.iter().map(|task| &task.support).collect();
    let inner = inner_steps(spec, spec.theta(at), &spec.rates(at), &supports, Keep::Means, &pool(1)).unwrap();
    Subsample::new(spec, data, at, &inner, &pool(1)).unwrap()
}

fn worst(ours: &[f64], truth: &[f64]) -> f64 {
    let scale = truth.iter().fold(1e-9_f64, |most, x| most.max(x.abs()));
    ours.iter().zip(truth).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / scale
}

/// Products of the exact Hessian of `problem` with a direction in general position, `[N,Q]`.
fn product(problem: &mut dyn MetaHessian, at: &[f64]) -> Vec<f64> {
    problem.keep(at).unwrap();
    problem.hvps(&meta_direction(at.len())).unwrap()
}

fn meta_direction(size: usize) -> Vec<f64> {
    (0..size).map(|j| (1.7 * j as f64).sin()).collect()
}

#[test]
fn policies_are_those_of_all_rows_and_derivatives_those_of_the_value() {
    for rate in RATES {
        let (spec, pool) = (spec(rate, &[4, 3]), pool(2));
        let (data, at) = (tasks(&spec, 3, 3, 5), meta(&spec, 11));
        let mut whole = FusedProblem::new(&spec, &data, &at, &pool).unwrap();
        let mut problem = FusedProblem::subsampled(&spec, sample(&spec, &data, &at), &at, &pool).unwrap();
        assert_eq!(problem.adapt(&at).unwrap(), whole.adapt(&at).unwrap());
        let h = 1e-4;
        for at in [at.clone(), at.iter().map(|x| x + 0.03).collect()] {
            let (gradients, products) = (problem.gradients(&at).unwrap(), product(&mut problem, &at));
            assert!(worst(&problem.keep(&at).unwrap(), &gradients) < 1e-12);
            let v = meta_direction(at.len());
            let moved = |by: f64| -> Vec<f64> { at.iter().zip(&v).map(|(x, v)| x + by * v).collect() };
            let [ahead, behind] = [h, -h].map(|by| problem.value(&moved(by)).unwrap().surrogates);
            for task in 0..3 {
                let slope: f64 = gradients[task * at.len()..].iter().zip(&v).map(|(g, v)| g * v).sum();
                assert!(
                    ((ahead[task] - behind[task]) / (2.0 * h) - slope).abs() < 1e-5 * (1.0 + slope.abs()),
                    "{rate:?}"
                );
            }
            let [ahead, behind] = [h, -h].map(|by| problem.gradients(&moved(by)).unwrap());
            let truth: Vec<f64> = ahead.iter().zip(&behind).map(|(a, b)| (a - b) / (2.0 * h)).collect();
            assert!(worst(&products, &truth) < 1e-5, "{rate:?}: {:e}", worst(&products, &truth));
        }
    }
}

/// Every choice of all rows but one, in turn: what the products of a subsample are in the mean.
#[test]
fn products_of_all_subsamples_average_to_that_of_all_rows() {
    for rate in RATES {
        let (spec, pool) = (spec(rate, &[4, 3]), pool(2));
        let (data, at) = (tasks(&spec, 1, 1, 7), meta(&spec, 13));
        let truth = product(&mut FusedProblem::new(&spec, &data, &at, &pool).unwrap(), &at);
        // Left out of the query rows, in which a product is linear, and of the support rows, whose Hessian it holds twice.
        let bounds = [("query", 1e-11), ("support", 2e-2)];
        for (phase, bound) in bounds {
            let rows = if phase == "query" { data[0].query.rows() } else { data[0].support.rows() };
            let (mut mean, mut readapted) = (vec![0.0; truth.len()], vec![0.0; truth.len()]);
            for left_out in 0..rows {
                let mut task = data[0].clone();
                let of = if phase == "query" { &mut task.query } else { &mut task.support };
                of.curvature = (0..rows).filter(|row| *row != left_out).collect();
                let task = [task];
                let mut problem = FusedProblem::subsampled(&spec, sample(&spec, &task, &at), &at, &pool).unwrap();
                let add = |sum: &mut [f64], product: Vec<f64>| {
                    sum.iter_mut().zip(product).for_each(|(sum, x)| *sum += x / rows as f64);
                };
                add(&mut mean, product(&mut problem, &at));
                // The policies adapted on the subsample instead, whose query rows are another policy's.
                let alone = [TaskData { support: task[0].support.subsample(), query: task[0].query.subsample() }];
                add(&mut readapted, product(&mut FusedProblem::new(&spec, &alone, &at, &pool).unwrap(), &at));
            }
            assert!(worst(&mean, &truth) < bound, "{rate:?} {phase}: {:e}", worst(&mean, &truth));
            if phase == "support" {
                assert!(worst(&readapted, &truth) > 2.0 * worst(&mean, &truth), "{:e}", worst(&readapted, &truth));
            }
        }
    }
}

#[test]
fn rests_of_another_length_are_errors() {
    let (spec, pool) = (spec(InnerRate::Fixed, &[3]), pool(1));
    let (data, at) = (tasks(&spec, 2, 3, 8), meta(&spec, 14));
    let mut sample = sample(&spec, &data, &at);
    sample.outer_rest.pop();
    let error = FusedProblem::subsampled(&spec, sample, &at, &pool).err().unwrap().to_string();
    assert!(error.contains("outer rest"), "{error}");
}
