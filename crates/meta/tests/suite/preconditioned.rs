//! The trust region's system with a preconditioner: the same system, solved by fewer products.

use xmrl_envs::Pool;
use xmrl_meta::{
    FusedProblem, GaussianProblem, InnerRate, MetaProblem, Posterior, Preconditioner, StepOptions, StepRequest,
    TrpoOptions, TrpoOutcome, UniformLaw, meta_step, trpo_step, weighted_gradient,
};
use xmrl_oracle::dense::{cholesky_solve, shifted};

use crate::common::{Normals, meta, pool, spec, tasks};
use crate::lab::Lab;

const DAMPING: f64 = 1e-3;

fn options(preconditioner: Option<Preconditioner>) -> TrpoOptions {
    let tight = TrpoOptions { damping: DAMPING, cg_iterations: 300, cg_tolerance: 1e-10, ..TrpoOptions::default() };
    TrpoOptions { delta: 1e-5, preconditioner, ..tight }
}

/// The curvature as a matrix `[Q,Q]`, a product a column.
fn matrix(problem: &mut dyn MetaProblem) -> Vec<f64> {
    let size = problem.parameters();
    let mut columns = vec![0.0; size * size];
    for (at, column) in columns.chunks_exact_mut(size).enumerate() {
        let unit: Vec<f64> = (0..size).map(|j| f64::from(u8::from(j == at))).collect();
        problem.curvature(&unit, 0.5, column).unwrap();
    }
    columns
}

#[test]
fn the_direction_solves_the_dense_system_with_and_without() {
    let (spec, pool) = (spec(InnerRate::Learned, &[5]), pool(2));
    let (from, data) = (meta(&spec, 1), tasks(&spec, 3, 1, 2));
    let mut problem = FusedProblem::new(&spec, &data, &from, &pool).unwrap();
    let gradient = weighted_gradient(&mut problem, &from, &[1.0 / 3.0; 3]).unwrap();
    let dense = shifted(&matrix(&mut problem), from.len(), DAMPING);
    let truth = cholesky_solve(&dense, &gradient).unwrap();
    let along: f64 = truth.iter().zip(&gradient).map(|(x, g)| x * g).sum();
    let mut solved = |preconditioner| -> TrpoOutcome {
        let options = options(preconditioner);
        let outcome = trpo_step(&mut problem, &from, None, &options).unwrap();
        assert!(outcome.accepted && outcome.cg.converged && outcome.cg.residual <= 1e-10, "{:?}", outcome.cg);
        let scale = (2.0 * options.delta / along).sqrt() * 0.8_f64.powi(outcome.backtracks as i32);
        for ((to, from), x) in outcome.meta.iter().zip(&from).zip(&truth) {
            assert!((to - from - scale * x).abs() < 1e-9 * (1.0 + scale * x.abs()), "{} {}", to - from, scale * x);
        }
        outcome
    };
    let plain = solved(None).cg.iterations;
    let quick = solved(Some(Preconditioner { rank: 20, rows: 20 })).cg.iterations;
    assert!(quick < plain, "{quick} products, {plain} without");
}

/// Two of five rows: the coarse curvature is that of one of the hundred choices, and of no other number of rows.
#[test]
fn the_coarse_curvature_is_that_of_some_of_its_rows() {
    let (spec, pool) = (spec(InnerRate::Fixed, &[4]), pool(1));
    let (from, mut data) = (meta(&spec, 3), tasks(&spec, 1, 1, 4));
    data[0].support.curvature = vec![1, 4, 8, 20, 29];
    data[0].query.curvature = vec![1, 4, 8, 20, 29];
    let v = Normals(5).vector(from.len(), 1.0);
    let product = |data: &[_], rows: Option<usize>| {
        let mut out = vec![0.0; v.len()];
        let mut problem = FusedProblem::new(&spec, data, &from, &pool).unwrap();
        match rows {
            None => problem.curvature(&v, 0.5, &mut out).unwrap(),
            Some(rows) => problem.coarse_curvature(rows, &v, 0.5, &mut out).unwrap(),
        }
        out
    };
    assert_eq!(product(&data, Some(5)), product(&data, None), "all of them");
    let coarse = product(&data, Some(2));
    let all = data[0].support.curvature.clone();
    let pairs: Vec<Vec<usize>> =
        (0..5).flat_map(|i| (i + 1..5).map(move |j| (i, j))).map(|(i, j)| vec![all[i], all[j]]).collect();
    let mut found = 0;
    for support in &pairs {
        for query in &pairs {
            let mut chosen = data.clone();
            chosen[0].support.curvature.clone_from(support);
            chosen[0].query.curvature.clone_from(query);
            found += usize::from(product(&chosen, None) == coarse);
        }
    }
    assert_eq!(found, 1);
}

#[test]
fn a_gaussian_over_the_meta_vector_is_preconditioned_through_it() {
    let (spec, pool) = (spec(InnerRate::Fixed, &[4]), pool(1));
    let (mu, data) = (meta(&spec, 6), tasks(&spec, 2, 1, 7));
    let size = mu.len();
    let posterior = Posterior { log_std: vec![-3.0; size], weight: 0.1, prior_mean: mu.clone(), prior_std: 0.3 };
    let noise = Normals(8).vector(size, 1.0);
    let drawn = posterior.sample(&mu, &noise);
    let v = Normals(9).vector(2 * size, 1.0);
    let product = |rows: Option<usize>| {
        let mut inner = FusedProblem::new(&spec, &data, &drawn, &pool).unwrap();
        let mut problem = GaussianProblem::new(&mut inner, &posterior, &noise).unwrap();
        let mut out = vec![0.0; 2 * size];
        match rows {
            None => problem.curvature(&v, 0.5, &mut out).unwrap(),
            Some(rows) => problem.coarse_curvature(rows, &v, 0.5, &mut out).unwrap(),
        }
        out
    };
    assert_eq!(product(Some(usize::MAX)), product(None));
    assert_ne!(product(Some(6)), product(None));
}

/// A meta-iteration with curvature on all rows.
fn flown(
    lab: &Lab,
    episodes: usize,
    cg_iterations: usize,
    preconditioner: Option<Preconditioner>,
) -> (Vec<u64>, Vec<f64>) {
    let mut options = StepOptions::default();
    options.data.curvature_rows = (usize::MAX, usize::MAX);
    options.data.support_episodes = episodes;
    options.data.query_episodes = episodes;
    options.trpo = TrpoOptions { cg_iterations, preconditioner, damping: 1e-4, ..options.trpo };
    let request = StepRequest {
        context: lab.context(),
        meta: &lab.meta(0),
        tasks: &lab.tasks(Pool::Training, 6),
        weights: None,
        mixed_episodes: &[],
        law: &UniformLaw,
        options: &options,
        seed: 3,
        iteration: 4,
    };
    let outcome = meta_step(&request).unwrap();
    assert!(outcome.stats.accepted);
    (outcome.meta.iter().map(|x| x.to_bits()).collect(), outcome.stats.cg.history)
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let with = |threads| flown(&Lab::new(threads), 20, 3, Some(Preconditioner { rank: 12, rows: 20 }));
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(3));
    assert_ne!(one.0, flown(&Lab::new(1), 20, 3, None).0);
}

/// On a walking body, whose curvature no subsample of a hundredth could stand in for: two products in the place of ten.
#[test]
fn two_products_on_all_rows_leave_no_more_than_ten_did() {
    let body = Lab::of("cheetah-vel/gym", 2, InnerRate::Fixed, 0.1);
    let (_, plain) = flown(&body, 8, 10, None);
    let (_, quick) = flown(&body, 8, 2, Some(Preconditioner { rank: 20, rows: 50 }));
    assert_eq!((plain.len(), quick.len()), (11, 3));
    assert!(quick[2] <= plain[10], "{quick:?} beside {plain:?}");
}

#[test]
fn a_preconditioner_of_nothing_is_refused() {
    for (rank, rows, key) in [(0, 5, "trpo.preconditioner.rank"), (5, 0, "trpo.preconditioner.rows")] {
        let options = TrpoOptions { preconditioner: Some(Preconditioner { rank, rows }), ..TrpoOptions::default() };
        assert!(options.validate().unwrap_err().to_string().contains(key));
    }
}
