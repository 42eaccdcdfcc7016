//! Mixed episodes in the real world of the drone.

use xmrl_autodiff::vector;
use xmrl_envs::environment;
use xmrl_envs::{Environment, Geometry, MixRule, Pool, Repair};
use xmrl_meta::{AdvantageOptions, Context, Draws as Numbers, InnerRate, MetaSpec, Usage, worker_pool};
use xmrl_oracle::Random;
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::Precision;

use super::lambdas;
use crate::augment::*;
use crate::mixdist::MixFamily;
use crate::posterior::Isotropic;

/// A small drone learner: untrained, which mixing does not mind.
struct Drone {
    env: Environment,
    spec: MetaSpec,
    meta: Vec<f64>,
    tasks: Vec<f64>,
    horizon: usize,
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
        Self { env, spec, meta, tasks, horizon: 25, advantage: AdvantageOptions::default() }
    }

    /// Runs `with` on prepared episodes of 3 tasks, 4 mixed episodes each.
    fn with<T>(&self, threads: usize, precision: Precision, with: impl FnOnce(&mut CriticalEpisodes) -> T) -> T {
        self.with_mixing(threads, precision, None, with)
    }

    fn with_mixing<T>(
        &self,
        threads: usize,
        precision: Precision,
        mixing: Option<MixRule>,
        with: impl FnOnce(&mut CriticalEpisodes) -> T,
    ) -> T {
        let pool = worker_pool(threads).unwrap();
        let request = CriticalRequest {
            context: Context { env: &self.env, spec: &self.spec, pool: &pool, flights: None },
            meta: &self.meta,
            tasks: &self.tasks,
            task_ids: &[3, 8, 9],
            support_episodes: 20,
            visited_episodes: 5,
            episodes: 4,
            horizon: self.horizon,
            mixing,
            precision,
            advantage: &self.advantage,
            draws: Numbers::new(7, Usage::Other, 0),
        };
        with(&mut CriticalEpisodes::prepare(&request).unwrap())
    }
}

#[test]
fn a_drone_evaluation_has_information_and_an_exact_null() {
    let drone = Drone::new();
    let law = MixDistribution::start(MixFamily::Kumaraswamy);
    let evaluate = |threads: usize, precision: Precision| {
        drone.with(threads, precision, |episodes| {
            let before = episodes.env_steps();
            let mut sigma = episodes.covariance(&PosteriorOptions { tolerance: 1e-10, ..Default::default() }).unwrap();
            let options = AugmentOptions {
                sets: 4,
                group: 4,
                null: true,
                noise_null: true,
                information_gain: true,
                ..Default::default()
            };
            let found = augment(episodes, &law, sigma.as_mut(), &options, &lambdas(0)).unwrap();
            assert_eq!(episodes.env_steps(), before + found.env_steps);
            // 20 support episodes of at most 10 steps, 5 visited and 4 pilot episodes of at most 25, three tasks.
            assert!(before > 3 * 20 && before <= 3 * (20 * 10 + 9 * 25));
            (found, before)
        })
    };
    for precision in [Precision::F64, Precision::F32] {
        let (found, before) = evaluate(1, precision);
        assert!(found.cmi > 1e-4, "{found:?}");
        assert_eq!(found.null, Some(0.0));
        assert!(found.noise_null.unwrap() > 0.0 && found.information_gain.unwrap() > 0.0);
        assert!(found.upper_bound >= found.cmi && found.residual > 0.0 && found.residual < 1e-3, "{found:?}");
        assert!(found.gradient.iter().all(|g| g.is_finite() && *g != 0.0));
        assert_eq!(evaluate(3, precision), (found, before), "bits depend on the threads");
    }
}

#[test]
fn a_drone_ascends_either_objective_by_either_route() {
    // Infeasible mixtures are flown as they are, so that no pair is redrawn.
    let mixing = Some(MixRule { geometry: Geometry::Linear, repair: Repair::None });
    Drone::new().with_mixing(1, Precision::F64, mixing, |episodes| {
        let law = MixDistribution::new(MixFamily::Mixture, MixDistribution::start(MixFamily::Mixture).phi()).unwrap();
        for objective in [Objective::Mixture, Objective::InformationGain] {
            let [score, pathwise] = [GradientBy::Score, GradientBy::Pathwise].map(|gradient| {
                let options = AugmentOptions { sets: 3, samples: 6, objective, gradient, ..Default::default() };
                augment(episodes, &law, &mut Isotropic { variance: 0.5 }, &options, &lambdas(0)).unwrap()
            });
            assert_eq!(
                (pathwise.value, pathwise.cmi),
                (score.value, score.cmi),
                "moved episodes do not touch the value"
            );
            assert!(pathwise.env_steps > 2 * score.env_steps);
            for found in [&score, &pathwise] {
                assert!(found.gradient.len() == 8 && found.gradient.iter().all(|g| g.is_finite() && *g != 0.0));
            }
        }
    });
}

#[test]
fn episodes_of_the_drone_have_slopes_but_where_they_arrive_or_touch() {
    let mixing = Some(MixRule { geometry: Geometry::Linear, repair: Repair::None });
    let short = Drone { horizon: 4, ..Drone::new() };
    short.with_mixing(1, Precision::F64, mixing, |episodes| {
        let (units, width) = (episodes.units(), episodes.parameters());
        let lambda: Vec<f64> = (0..units).map(|unit| 0.1 + 0.8 * unit as f64 / units as f64).collect();
        let slopes_over = |episodes: &mut CriticalEpisodes, h: f64| -> Vec<f64> {
            let sets: Vec<f64> = [h, -h].iter().flat_map(|by| lambda.iter().map(move |l| l + by)).collect();
            let parts = episodes.fly(&sets, 2, 0).unwrap().parts;
            let mut out = vector::difference(&parts[..units * width], &parts[units * width..]);
            vector::scale(0.5 / h, &mut out);
            out
        };
        let flown = episodes.fly(&ascent::perturbed(&lambda), 3, 0).unwrap().parts;
        let (found, truth) = (ascent::slopes(&flown, &lambda, width), slopes_over(episodes, 1e-4));
        let smooth = found.chunks_exact(width).zip(truth.chunks_exact(width)).filter(|(found, truth)| {
            vector::norm(truth) > 0.0 && vector::norm(&vector::difference(found, truth)) < 0.01 * vector::norm(truth)
        });
        assert!(smooth.count() >= 10, "of {units} episodes most do not jump");
    });
}

#[test]
fn sets_share_pairs_and_noise_and_differ_by_lambda_alone() {
    Drone::new().with(1, Precision::F64, |episodes| {
        let units = episodes.units();
        let width = episodes.parameters();
        let mut lambda = vec![0.4; 3 * units];
        lambda[units + 5] = 0.9;
        let flown = episodes.fly(&lambda, 3, 0).unwrap();
        let part = |set: usize, unit: usize| &flown.parts[(set * units + unit) * width..][..width];
        for unit in 0..units {
            assert_eq!(part(0, unit), part(2, unit));
            assert_eq!(part(0, unit) == part(1, unit), unit != 5, "only episode 5 of set 1 has another coefficient");
        }
        let other = episodes.fly(&lambda, 3, 1).unwrap();
        assert!(other.parts[..width] != flown.parts[..width], "another noise number, other episodes");
        assert!(episodes.fly(&lambda[1..], 3, 0).unwrap_err().to_string().contains("[M,J]"));
    });
}

#[test]
fn starts_lie_between_their_parents_and_are_feasible_for_all_sets() {
    let drone = Drone::new();
    drone.with(1, Precision::F64, |episodes| {
        let units = episodes.units();
        let lambda: Vec<f64> = (0..5 * units).map(|k| (k / units) as f64 / 4.0).collect();
        let (starts, counts) = episodes.starts(&lambda, 5, 0).unwrap();
        assert_eq!((counts.gave_up, counts.lifted), (0, 0));
        let state = |set: usize, unit: usize| &starts[(set * units + unit) * 4..][..4];
        for unit in 0..units {
            let (second, first) = (state(0, unit), state(4, unit));
            let visited = &episodes.parents[unit / 4];
            for parent in [first, second] {
                assert!(
                    (0..visited.count()).any(|row| visited.state(row) == parent),
                    "lambda 0 and 1 are parents, bit for bit"
                );
            }
            assert_ne!(first, second);
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
    Drone::new().with(1, Precision::F64, |episodes| {
        let width = episodes.parameters();
        let v = Random::new(6).normals(width);
        let apply = |beta: f64, delta: f64| {
            let options = PosteriorOptions { beta, delta, iterations: 400, tolerance: 1e-13, ..Default::default() };
            let mut out = vec![0.0; width];
            episodes.covariance(&options).unwrap().apply(&v, &mut out).unwrap();
            out
        };
        // (beta A + delta I)⁻¹ at twice both is half of it; without A it is v / delta; A only shrinks.
        let (once, twice, plain) = (apply(3.0, 0.5), apply(6.0, 1.0), apply(0.0, 0.5));
        assert!(once.iter().zip(&twice).all(|(a, b)| (a - 2.0 * b).abs() < 1e-8));
        assert!(plain.iter().zip(&v).all(|(a, b)| (a - 2.0 * b).abs() < 1e-15));
        assert!(vector::dot(&v, &once) < vector::dot(&v, &plain) && vector::dot(&v, &once) > 0.0);
        assert!(episodes.covariance(&PosteriorOptions { delta: 0.0, ..Default::default() }).is_err());
        assert!(episodes.covariance(&PosteriorOptions { beta: f64::NAN, ..Default::default() }).is_err());
    });
}
