use xmrl_envs::environment;
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Pool};
use xmrl_meta::{AdvantageOptions, Crew, Draws, InnerRate, MetaSpec, Usage, worker_pool};
use xmrl_oracle::Random;
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::Precision;

use super::*;
use crate::cmi::mean_error;
use crate::mixdist::MixFamily;
use crate::posterior::Isotropic;

/// Two flights of two parameters without a world: parts `sin(3 lambda + phase)` plus shared noise.
struct Smooth;

impl MixedFlights for Smooth {
    fn units(&self) -> usize {
        2
    }

    fn parameters(&self) -> usize {
        2
    }

    fn fly(&mut self, lambda: &[f64], sets: usize, noise: u16) -> Result<Flown> {
        let shared = Random::new(u64::from(noise)).normals(4);
        let part = |index: usize| -> Vec<f64> {
            let unit = index % 2;
            let angle = |p: usize| (3.0 * lambda[index] + (unit + 2 * p) as f64).sin();
            (0..2).map(|p| angle(p) + shared[2 * unit + p]).collect()
        };
        let parts = (0..2 * sets).flat_map(part).collect();
        Ok(Flown {
            parts,
            scores: vec![1.0, 0.0, 0.0, 2.0],
            env_steps: 10 * sets,
            mix_counts: MixCounts { redraws: sets, ..MixCounts::default() },
        })
    }
}

fn lambdas(index: u64) -> Stream {
    Stream::new(5, Purpose::MixLambda, index)
}

#[test]
fn figures_and_counts_of_one_evaluation() {
    let law = MixDistribution::start(MixFamily::Kumaraswamy);
    let options = AugmentOptions { sets: 3, noise_null: true, information_gain: true, ..Default::default() };
    let mut sigma = Isotropic { variance: 2.0 };
    let found = augment(&mut Smooth, &law, &mut sigma, &options, &lambdas(0)).unwrap();
    assert!(found.cmi > 0.01 && found.upper_bound > found.cmi);
    assert_eq!(found.null, 0.0);
    assert!(found.noise_null.unwrap() > 0.1, "noise without mixing scores too");
    // ½ (ln(1 + 2 * 1 / 2) + ln(1 + 2 * 4 / 2)).
    assert!((found.information_gain.unwrap() - 0.5 * (2.0_f64.ln() + 5.0_f64.ln())).abs() < 1e-14);
    // 3 sets, 2 for the null, 3 for the noise null.
    assert_eq!((found.env_steps, found.mix_counts.redraws), (80, 8));
    assert_eq!(found, augment(&mut Smooth, &law, &mut sigma, &options, &lambdas(0)).unwrap());
    let plain = augment(&mut Smooth, &MixDistribution::start(MixFamily::Uniform), &mut sigma, &options, &lambdas(0));
    assert_eq!(plain.unwrap().gradient, [0.0; 0]);
}

#[test]
fn the_gradient_is_that_of_the_expected_information() {
    let law = MixDistribution::new(MixFamily::Kumaraswamy, &[0.5, 0.3]).unwrap();
    // Truth: integral of CMI d(density)/dphi over the four coefficients of two sets, by the midpoint rule in t with
    // lambda = t²(3 - 2t), whose slope vanishes at both ends.
    let nodes = 24;
    let rule: Vec<(f64, f64, [f64; 2])> = (0..nodes)
        .map(|k| {
            let t = (k as f64 + 0.5) / nodes as f64;
            let (lambda, mut score) = (t * t * (3.0 - 2.0 * t), [0.0; 2]);
            let density = law.log_density_with_gradient(lambda, &mut score).exp();
            (lambda, density * 6.0 * t * (1.0 - t) / nodes as f64, score)
        })
        .collect();
    // The ends of the law are not smooth: the mass is right to 1e-3, and with it the gradient.
    assert!((rule.iter().map(|node| node.1).sum::<f64>() - 1.0).abs() < 1e-3);
    let mut truth = [0.0; 2];
    let mut sigma = Isotropic { variance: 2.0 };
    for index in 0..rule.len().pow(4) {
        let at: [usize; 4] = std::array::from_fn(|d| index / rule.len().pow(d as u32) % rule.len());
        let parts = Smooth.fly(&at.map(|k| rule[k].0), 2, 0).unwrap().parts;
        let value = cmi_value(&grouped(&parts, 2, 2), 2, &mut sigma).unwrap();
        let mass: f64 = at.iter().map(|&k| rule[k].1).product();
        (0..2).for_each(|f| truth[f] += mass * value * at.iter().map(|&k| rule[k].2[f]).sum::<f64>());
    }
    for group in [1, 2] {
        let options = AugmentOptions { sets: 2, group, ..Default::default() };
        let gradients: Vec<Vec<f64>> = (0..20_000)
            .map(|i| augment(&mut Smooth, &law, &mut sigma, &options, &lambdas(i)).unwrap().gradient)
            .collect();
        for f in 0..2 {
            let column: Vec<f64> = gradients.iter().map(|g| g[f]).collect();
            let found = mean_error(&column).unwrap();
            let tolerance = 4.0 * found.error + 5e-3 * truth[f].abs();
            assert!((found.mean - truth[f]).abs() < tolerance, "group {group}: {found:?} against {}", truth[f]);
            assert!(found.error < 0.2 * truth[f].abs(), "sharp enough to fail: {found:?} against {truth:?}");
        }
    }
}

#[test]
fn bad_options_are_errors() {
    let law = MixDistribution::start(MixFamily::Uniform);
    let attempt = |options: AugmentOptions| {
        let mut sigma = Isotropic { variance: 1.0 };
        augment(&mut Smooth, &law, &mut sigma, &options, &lambdas(0)).unwrap_err().to_string()
    };
    assert!(attempt(AugmentOptions { sets: 1, ..Default::default() }).contains("augment.sets is 1"));
    assert!(attempt(AugmentOptions { group: 3, ..Default::default() }).contains("augment.group is 3 of 2 flights"));
}

/// A small drone learner: untrained, which mixing does not mind.
struct Drone {
    env: Environment,
    spec: MetaSpec,
    meta: Vec<f64>,
    tasks: Vec<f64>,
    advantage: AdvantageOptions,
}

impl Drone {
    fn new() -> Self {
        let env = environment("drone-planar").unwrap();
        let policy = PolicySpec {
            observation_size: env.spec().observation_size,
            action_size: env.spec().action_size,
            hidden: vec![8, 8],
            activation: Activation::Tanh,
            log_std_init: -0.3,
            log_std_min: -2.3,
        };
        let spec = MetaSpec { policy, rate: InnerRate::Learned, initial_rate: 2.0 };
        let mut random = Random::new(4);
        let meta = spec.initial(initial_parameters(&spec.policy, || random.normal()));
        let tasks = env.tasks(Pool::Training, 1, 3).values;
        Self { env, spec, meta, tasks, advantage: AdvantageOptions::default() }
    }

    /// Runs `with` on prepared flights of 3 tasks, 4 mixed flights each.
    fn with<T>(&self, threads: usize, precision: Precision, with: impl FnOnce(&mut CriticalFlights) -> T) -> T {
        let pool = worker_pool(threads).unwrap();
        let request = CriticalRequest {
            crew: Crew { env: &self.env, spec: &self.spec, pool: &pool },
            meta: &self.meta,
            tasks: &self.tasks,
            task_ids: &[3, 8, 9],
            support_flights: 20,
            visited_flights: 5,
            flights: 4,
            horizon: 25,
            mixing: None,
            precision,
            advantage: &self.advantage,
            draws: Draws::new(7, Usage::Other, 0),
        };
        with(&mut CriticalFlights::prepare(&request).unwrap())
    }
}

#[test]
fn a_drone_evaluation_has_information_and_an_exact_null() {
    let drone = Drone::new();
    let law = MixDistribution::start(MixFamily::Kumaraswamy);
    let evaluate = |threads: usize, precision: Precision| {
        drone.with(threads, precision, |flights| {
            let before = flights.env_steps();
            let mut sigma = flights.covariance(&PosteriorOptions { tolerance: 1e-10, ..Default::default() }).unwrap();
            let options = AugmentOptions { sets: 4, group: 4, noise_null: true, information_gain: true };
            let found = augment(flights, &law, sigma.as_mut(), &options, &lambdas(0)).unwrap();
            assert_eq!(flights.env_steps(), before + found.env_steps);
            // 20 support flights of at most 10 steps, 5 visited and 4 pilot flights of at most 25, three tasks.
            assert!(before > 3 * 20 && before <= 3 * (20 * 10 + 9 * 25));
            (found, before)
        })
    };
    for precision in [Precision::F64, Precision::F32] {
        let (found, before) = evaluate(1, precision);
        assert!(found.cmi > 1e-4, "{found:?}");
        assert_eq!(found.null, 0.0);
        assert!(found.noise_null.unwrap() > 0.0 && found.information_gain.unwrap() > 0.0);
        assert!(found.upper_bound >= found.cmi && found.residual > 0.0 && found.residual < 1e-3, "{found:?}");
        assert!(found.gradient.iter().all(|g| g.is_finite() && *g != 0.0));
        assert_eq!(evaluate(3, precision), (found, before), "bits depend on the threads");
    }
}

#[test]
fn sets_share_pairs_and_noise_and_differ_by_lambda_alone() {
    Drone::new().with(1, Precision::F64, |flights| {
        let units = flights.units();
        let width = flights.parameters();
        let mut lambda = vec![0.4; 3 * units];
        lambda[units + 5] = 0.9;
        let flown = flights.fly(&lambda, 3, 0).unwrap();
        let part = |set: usize, unit: usize| &flown.parts[(set * units + unit) * width..][..width];
        for unit in 0..units {
            assert_eq!(part(0, unit), part(2, unit));
            assert_eq!(part(0, unit) == part(1, unit), unit != 5, "only flight 5 of set 1 has another coefficient");
        }
        let other = flights.fly(&lambda, 3, 1).unwrap();
        assert!(other.parts[..width] != flown.parts[..width], "another noise number, other flights");
        assert!(flights.fly(&lambda[1..], 3, 0).unwrap_err().to_string().contains("[M,J]"));
    });
}

#[test]
fn starts_lie_between_their_parents_and_are_feasible_for_all_sets() {
    let drone = Drone::new();
    drone.with(1, Precision::F64, |flights| {
        let units = flights.units();
        let lambda: Vec<f64> = (0..5 * units).map(|k| (k / units) as f64 / 4.0).collect();
        let (starts, counts) = flights.starts(&lambda, 5, 0).unwrap();
        assert_eq!((counts.gave_up, counts.lifted), (0, 0));
        let state = |set: usize, unit: usize| &starts[(set * units + unit) * 4..][..4];
        for unit in 0..units {
            let (second, first) = (state(0, unit), state(4, unit));
            let visited = &flights.visited[unit / 4].states;
            for parent in [first, second] {
                assert!(visited.chunks_exact(4).any(|row| row == parent), "lambda 0 and 1 are parents, bit for bit");
            }
            for set in 0..5 {
                let mixed = state(set, unit);
                assert!(drone.env.feasible(mixed));
                let line = |d: usize| lambda[set * units] * first[d] + (1.0 - lambda[set * units]) * second[d];
                assert!((0..4).all(|d| (mixed[d] - line(d)).abs() < 1e-14), "one pair for all sets");
            }
        }
    });
}

#[test]
fn the_covariance_inverts_the_damped_curvature() {
    Drone::new().with(1, Precision::F64, |flights| {
        let width = flights.parameters();
        let v = Random::new(6).normals(width);
        let apply = |beta: f64, delta: f64| {
            let options = PosteriorOptions { beta, delta, iterations: 400, tolerance: 1e-13, ..Default::default() };
            let mut out = vec![0.0; width];
            flights.covariance(&options).unwrap().apply(&v, &mut out).unwrap();
            out
        };
        // (beta A + delta I)⁻¹ at twice both is half of it; without A it is v / delta; A only shrinks.
        let (once, twice, plain) = (apply(3.0, 0.5), apply(6.0, 1.0), apply(0.0, 0.5));
        assert!(once.iter().zip(&twice).all(|(a, b)| (a - 2.0 * b).abs() < 1e-8));
        assert!(plain.iter().zip(&v).all(|(a, b)| (a - 2.0 * b).abs() < 1e-15));
        assert!(vector::dot(&v, &once) < vector::dot(&v, &plain) && vector::dot(&v, &once) > 0.0);
        assert!(flights.covariance(&PosteriorOptions { delta: 0.0, ..Default::default() }).is_err());
        assert!(flights.covariance(&PosteriorOptions { beta: f64::NAN, ..Default::default() }).is_err());
    });
}
