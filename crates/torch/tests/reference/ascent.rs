//! A trust-region step whose vectors stay on the device: what crosses, counted, and the step of the derivatives written out.

use xmrl_meta::{
    Ascent, FusedProblem, GaussianProblem, InnerRate, MetaHessian, MetaProblem, MetaSpec, Posterior, Preconditioner,
    TaskData, Transfers, TrpoOptions, TrpoOutcome, trpo_step,
};
use xmrl_torch::{Kind, TorchOptions, TorchProblem, TorchWorkers};

use crate::common::pool;
use crate::plain::{Draws, error, meta, spec, tasks};

/// Steps a support and a query episode, of each task.
const LENGTHS: [(&[usize], &[usize]); 3] = [(&[9, 8, 10], &[12, 9]), (&[11, 7], &[6, 6, 8]), (&[10, 10, 3], &[9, 13])];

struct Problem {
    spec: MetaSpec,
    meta: Vec<f64>,
    data: Vec<TaskData>,
}

/// Data number `seed`.
fn drawn(seed: u64) -> Problem {
    let spec = spec(InnerRate::Learned);
    let meta = meta(&spec, seed);
    let data = tasks(&spec, spec.theta(&meta), &LENGTHS, seed + 50);
    Problem { spec, meta, data }
}

/// On the CPU in one chunk, as all of it is on a card.
fn torch(problem: &Problem, kind: Kind) -> TorchProblem {
    let options = TorchOptions { kind, chunk_rows: usize::MAX, ..TorchOptions::default() };
    let workers = TorchWorkers::new(1).unwrap();
    TorchProblem::new(problem.spec.clone(), &problem.data, &problem.meta, &options, &workers).unwrap()
}

/// Every iteration of the conjugate gradients is made.
fn options(cg_iterations: usize, preconditioner: Option<Preconditioner>) -> TrpoOptions {
    TrpoOptions { cg_iterations, cg_tolerance: 0.0, preconditioner, ..TrpoOptions::default() }
}

fn crossed(problem: &mut TorchProblem, work: impl FnOnce(&mut TorchProblem)) -> Transfers {
    let before = problem.transfers();
    work(problem);
    let after = problem.transfers();
    Transfers {
        uploads: after.uploads - before.uploads,
        uploaded: after.uploaded - before.uploaded,
        downloads: after.downloads - before.downloads,
        downloaded: after.downloaded - before.downloaded,
    }
}

/// Rows go once and in one piece a phase; after them vectors go at the start of a step alone, and one comes at its end.
#[test]
fn what_crosses_grows_with_neither_conjugate_gradients_nor_line_search() {
    let problem = drawn(1);
    let policy = &problem.spec.policy;
    let (q, n) = (problem.meta.len() as u64, problem.data.len() as u64);
    let row = (policy.observation_size + policy.action_size + 3) as u64;
    let longest = |rows: &dyn Fn(&TaskData) -> usize| problem.data.iter().map(rows).max().unwrap() as u64;
    let (support, query) = (longest(&|task| task.support.rows()), longest(&|task| task.query.rows()));
    for (kind, size) in [(Kind::Double, 8), (Kind::Float, 4)] {
        let mut torch = torch(&problem, kind);
        let made = torch.transfers();
        // The anchor and two phases; padded rows, one more of padding, and no number but once.
        assert_eq!((made.uploads, made.uploaded), (3, size * (q + row * (n * (support + query) + 2))));

        let begun = crossed(&mut torch, |torch| {
            Ascent::begin(torch, &problem.meta, &[1.0 / n as f64; 3]).unwrap();
        });
        assert_eq!((begun.uploads, begun.uploaded), (2, 8 * (q + n)), "meta vector and weights");
        assert!(begun.downloaded <= 8 * (5 * n + 1), "{begun:?}: no gradient comes back");

        let first = crossed(&mut torch, |torch| {
            torch.solve(&options(2, None)).unwrap();
        });
        assert_eq!(first.uploads, 2, "which rows the curvature is measured on, once");
        for iterations in [2, 8, 16] {
            let more = crossed(&mut torch, |torch| {
                assert_eq!(torch.solve(&options(iterations, None)).unwrap().1.iterations, iterations);
            });
            assert_eq!(more.uploads, 0, "{iterations} iterations");
            assert_eq!(more.downloaded, 8 * (2 + 3 * iterations as u64), "three numbers an iteration");
        }
        for k in 0..6 {
            let tried = crossed(&mut torch, |torch| {
                Ascent::value(torch, 1e-3 / f64::from(1 << k)).unwrap();
            });
            assert_eq!((tried.uploads, tried.downloads, tried.downloaded), (0, 1, 8 * 5 * n), "a candidate");
        }
        let last = crossed(&mut torch, |torch| {
            torch.candidate(1e-3).unwrap();
        });
        assert_eq!((last.uploads, last.downloaded), (0, 8 * q), "the new meta vector");

        let with = |rank| options(4, Some(Preconditioner { rank, rows: 3 }));
        let made = crossed(&mut torch, |torch| {
            torch.solve(&with(4)).unwrap();
        });
        assert_eq!(made.uploads, 3, "its rows of both phases and the weights of its vectors");
        for rank in [2, 5] {
            let again = crossed(&mut torch, |torch| {
                torch.solve(&with(rank)).unwrap();
            });
            assert_eq!((again.uploads, again.uploaded), (1, 8 * (rank * (rank + 1)) as u64), "rank {rank}");
        }
    }
}

/// A Gaussian over the meta vector whose draw the data were collected with, its mean, and the noise of the draw.
struct Drawn {
    mu: Vec<f64>,
    posterior: Posterior,
    noise: Vec<f64>,
}

impl Drawn {
    /// Standard deviations around `std`; the draw is the anchor of `problem`.
    fn new(problem: &Problem, std: f64) -> Self {
        let (size, mut draws) = (problem.meta.len(), Draws(77));
        let noise = draws.vector(size, 1.0);
        let log_std: Vec<f64> = draws.vector(size, 0.3).iter().map(|off| std.ln() + off).collect();
        let mu = problem.meta.iter().zip(&log_std).zip(&noise).map(|((m, rho), eps)| m - rho.exp() * eps).collect();
        let prior_mean = problem.meta.iter().zip(draws.vector(size, 0.2)).map(|(m, off)| m + off).collect();
        Self { mu, posterior: Posterior { log_std, prior_mean, prior_std: 0.3, weight: 0.05 }, noise }
    }

    fn x(&self) -> Vec<f64> {
        [self.mu.as_slice(), &self.posterior.log_std].concat()
    }

    fn step(&self, inner: &mut dyn MetaProblem, weights: Option<&[f64]>, options: &TrpoOptions) -> TrpoOutcome {
        let mut problem = GaussianProblem::new(inner, &self.posterior, &self.noise).unwrap();
        trpo_step(&mut problem, &self.x(), weights, options).unwrap()
    }
}

#[test]
fn nor_does_it_for_a_gaussian_over_the_meta_vector() {
    let problem = drawn(1);
    let (q, n) = (problem.meta.len() as u64, problem.data.len() as u64);
    let drawn = Drawn::new(&problem, 0.05);
    let mut torch = torch(&problem, Kind::Double);
    let begun = crossed(&mut torch, |torch| {
        let ascent = torch.gaussian_ascent(&drawn.posterior, &drawn.noise).unwrap().unwrap();
        ascent.begin(&drawn.x(), &[1.0 / 3.0; 3]).unwrap();
    });
    assert_eq!((begun.uploads, begun.uploaded), (3, 8 * (3 * q + 2 * q + n)), "noise and both laws, x, weights");
    assert!(begun.downloaded <= 8 * (5 * n + 2), "{begun:?}: no gradient comes back");
    torch.solve(&options(1, None)).unwrap(); // which rows the curvature is measured on
    for iterations in [2, 8] {
        let more = crossed(&mut torch, |torch| {
            torch.solve(&options(iterations, None)).unwrap();
        });
        assert_eq!((more.uploads, more.downloaded), (0, 8 * (2 + 3 * iterations as u64)), "{iterations} iterations");
    }
    let tried = crossed(&mut torch, |torch| {
        Ascent::value(torch, 1e-4).unwrap();
    });
    assert_eq!((tried.uploads, tried.downloaded), (0, 8 * (5 * n + 1)), "a candidate, and what it is penalised by");
    let last = crossed(&mut torch, |torch| assert_eq!(torch.candidate(1e-4).unwrap().len() as u64, 2 * q));
    assert_eq!((last.uploads, last.downloaded), (0, 16 * q), "the new mean and standard deviations");
    // A step that is asked for after it moves the meta vector again.
    torch.ascent().unwrap().unwrap().begin(&problem.meta, &[1.0 / 3.0; 3]).unwrap();
    assert!(torch.candidate(0.0).unwrap_err().to_string().contains("no direction"), "the Gaussian's is gone");
    assert!(torch.gaussian_ascent(&drawn.posterior, &drawn.noise[1..]).is_err());
}

/// Of a weighted sum of exact Hessian products one vector goes there and one comes back, however many tasks there are.
#[test]
fn of_hessian_products_only_their_sum_crosses() {
    let problem = drawn(2);
    let (q, n) = (problem.meta.len() as u64, problem.data.len() as u64);
    let (weights, v) = ([0.2, 0.7, -0.1], Draws(9).vector(problem.meta.len(), 1.0));
    let mut torch = torch(&problem, Kind::Double);
    assert!(torch.hvp(&weights, &v).unwrap_err().to_string().contains("keep"));
    let gradients = torch.keep(&problem.meta).unwrap();
    assert_eq!(gradients.len() as u64, n * q);
    let sum = torch.hvp(&weights, &v).unwrap();
    let once = crossed(&mut torch, |torch| {
        torch.hvp(&weights, &v).unwrap();
    });
    assert_eq!((once.uploads, once.uploaded, once.downloads, once.downloaded), (1, 8 * (q + n), 1, 8 * q));
    let rows = torch.hvps(&v).unwrap();
    let by_hand: Vec<f64> =
        (0..v.len()).map(|j| weights.iter().zip(rows.chunks(v.len())).map(|(w, row)| w * row[j]).sum()).collect();
    assert!(error(&sum, &by_hand) < 1e-13, "{:e}", error(&sum, &by_hand));
    let pool = pool(1);
    let mut fused = FusedProblem::new(&problem.spec, &problem.data, &problem.meta, &pool).unwrap();
    fused.keep(&problem.meta).unwrap();
    assert!(error(&sum, &fused.hvp(&weights, &v).unwrap()) < 1e-10);
    // A chunk a task, as the CPU has several: each by its own weight, in a product as in the gradient of a step.
    let options = TorchOptions { chunk_rows: 1, ..TorchOptions::default() };
    let workers = TorchWorkers::new(2).unwrap();
    let mut apart = TorchProblem::new(problem.spec.clone(), &problem.data, &problem.meta, &options, &workers).unwrap();
    apart.keep(&problem.meta).unwrap();
    assert!(error(&apart.hvp(&weights, &v).unwrap(), &by_hand) < 1e-13);
    let norm = |torch: &mut TorchProblem| Ascent::begin(torch, &problem.meta, &weights).unwrap().norm;
    assert!((norm(&mut apart) / norm(&mut torch) - 1.0).abs() < 1e-12);
    let wide: Vec<f64> = v.iter().map(|x| x * 1e307).collect();
    let text = torch.hvp(&weights, &wide).unwrap_err().to_string();
    assert!(text.contains("Hessian-vector product of task 0 is"), "{text}");
}

/// The step of the derivatives written out and libtorch's, on data number `seed`.
fn both(seed: u64, kind: Kind, options: &TrpoOptions) -> (Problem, TrpoOutcome, TrpoOutcome) {
    let problem = drawn(seed);
    let pool = pool(1);
    let mut fused = FusedProblem::new(&problem.spec, &problem.data, &problem.meta, &pool).unwrap();
    let written = trpo_step(&mut fused, &problem.meta, None, options).unwrap();
    let found = trpo_step(&mut torch(&problem, kind), &problem.meta, None, options).unwrap();
    (problem, written, found)
}

/// Twenty steps, each from weights and data of its own: gradients to rounding in each; whole steps in the median, as conjugate gradients
/// enlarge rounding by the condition of the curvature, now and then to something that can be seen.
#[test]
fn twenty_steps_are_those_of_the_derivatives_written_out() {
    let preconditioner = Some(Preconditioner { rank: 6, rows: 4 });
    for (kind, options, gradient, step, worst) in [
        (Kind::Double, options(8, None), 1e-10, 1e-9, 1e-4),
        (Kind::Double, options(3, preconditioner), 1e-10, 1e-9, 1e-4),
        (Kind::Float, options(4, None), 1e-4, 1e-3, 0.1),
    ] {
        let [mut steps, mut gains, mut kls] = [const { Vec::new() }; 3];
        for seed in 0..20 {
            let (problem, written, found) = both(seed, kind, &options);
            let apart = (found.gradient_norm / written.gradient_norm - 1.0).abs();
            assert!(apart < gradient, "{kind:?}, {seed}: the gradient is {apart:e} off");
            assert!(kind == Kind::Double || apart > 0.0, "not float64 under another name");
            assert!(written.accepted && found.accepted && written.backtracks == found.backtracks, "{kind:?}, {seed}");
            assert_eq!(written.cg.iterations, found.cg.iterations);
            let moved = |to: &[f64]| to.iter().zip(&problem.meta).map(|(to, from)| to - from).collect::<Vec<_>>();
            steps.push(error(&moved(&found.meta), &moved(&written.meta)));
            let gain = (found.surrogate_after - written.surrogate_after).abs();
            gains.push(gain / written.surrogate_after.abs().max(1.0));
            kls.push((found.kl / written.kl - 1.0).abs());
        }
        for (what, apart) in [("steps", &mut steps), ("surrogates", &mut gains), ("divergences", &mut kls)] {
            apart.sort_by(f64::total_cmp);
            let [median, last] = [apart[10], apart[19]];
            assert!(median < step && last < worst, "{kind:?}, {what}: median {median:e}, at most {last:e}");
        }
    }
}

/// The same of a Gaussian over the meta vector, its step's weights not those of a mean.
#[test]
fn steps_of_a_gaussian_are_those_of_the_derivatives_written_out() {
    let [mut steps, mut gains, mut kls] = [const { Vec::new() }; 3];
    for seed in 0..20 {
        let problem = drawn(seed);
        let (drawn, pool) = (Drawn::new(&problem, 0.05), pool(1));
        let (weights, options) = (Some(&[0.5, 0.2, 0.4][..]), options(6, None));
        let mut fused = FusedProblem::new(&problem.spec, &problem.data, &problem.meta, &pool).unwrap();
        let written = drawn.step(&mut fused, weights, &options);
        let found = drawn.step(&mut torch(&problem, Kind::Double), weights, &options);
        assert!((found.gradient_norm / written.gradient_norm - 1.0).abs() < 1e-10, "{seed}");
        assert!(
            (found.surrogate_before / written.surrogate_before - 1.0).abs() < 1e-10,
            "{seed}: the penalty is in it"
        );
        assert!(written.accepted && found.accepted && written.backtracks == found.backtracks, "{seed}");
        let x = drawn.x();
        let moved = |to: &[f64]| to.iter().zip(&x).map(|(to, from)| to - from).collect::<Vec<_>>();
        steps.push(error(&moved(&found.meta), &moved(&written.meta)));
        gains.push((found.surrogate_after / written.surrogate_after - 1.0).abs());
        kls.push((found.kl / written.kl - 1.0).abs());
    }
    for apart in [&mut steps, &mut gains, &mut kls] {
        apart.sort_by(f64::total_cmp);
        assert!(apart[10] < 1e-9 && apart[19] < 1e-4, "median {:e}, at most {:e}", apart[10], apart[19]);
    }
}

#[test]
fn what_is_not_finite_is_named_with_its_task() {
    let mut problem = drawn(3);
    problem.data[1].query.log_probs[0] = -1e4; // a ratio of exp(1e4)
    let mut torch = torch(&problem, Kind::Double);
    let text = Ascent::begin(&mut torch, &problem.meta, &[1.0 / 3.0; 3]).unwrap_err().to_string();
    assert!(text.contains("outer surrogate of task 1 is"), "{text}");
    assert!(torch.solve(&options(2, None)).unwrap_err().to_string().contains("begin"));
    assert!(Ascent::value(&mut torch, 0.1).is_err() && torch.candidate(0.1).is_err());
}
