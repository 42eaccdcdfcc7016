//! Rollouts against plain scalar code: the episode loop, the Gaussian density, the accounting.

use crate::support::{Setup, run};
use xmrl_envs::{DronePlanar, Hosted, Start};
use xmrl_lanes::{Kernel, Lane, dispatch_scalar};
use xmrl_policy::PolicySpec;
use xmrl_rollout::{Precision, Request, Starts, TaskBatch};

/// The mean action by plain loops over the documented layout (tanh policies).
fn naive_mean(policy: &PolicySpec, params: &[f64], observation: &[f64]) -> Vec<f64> {
    let layers = policy.layers();
    let mut x = observation.to_vec();
    for (index, layer) in layers.iter().enumerate() {
        let unit = |o: usize| {
            let weighted = x.iter().enumerate().map(|(i, x)| x * params[layer.weight.start + i * layer.outputs + o]);
            let sum = weighted.sum::<f64>() + params[layer.bias.start + o];
            if index + 1 < layers.len() { sum.tanh() } else { sum }
        };
        x = (0..layer.outputs).map(unit).collect();
    }
    x
}

/// One episode, one world, one number at a time.
struct Loop<'a, R> {
    rules: &'a R,
    request: &'a Request<'a>,
    task: usize,
    episode: u32,
}

/// One step of it: observation, action, reward, terminated, success.
type Step = (Vec<f64>, Vec<f64>, f64, bool, bool);

impl<R: Hosted> Kernel for Loop<'_, R> {
    type Output = Vec<Step>;
    #[inline(always)]
    fn run<L: Lane>(self) -> Vec<Step> {
        let Self { rules, request, task, episode } = self;
        let size = request.policy.parameters();
        let params = &request.params[task * size..(task + 1) * size];
        let log_std = request.policy.effective_log_std(params);
        let sizes = request.env.spec().sizes();
        let values = &request.tasks[task * sizes.task..(task + 1) * sizes.task];
        let lanes: Vec<L> = values.iter().map(|&v| L::splat(v)).collect();
        let mut start = vec![0.0; sizes.state];
        let Starts::Law(which) = request.starts else { unreachable!() };
        let id = request.task_ids[task];
        request.env.start(which, values, &request.start_stream, id, episode, &mut start);
        let mut state: Vec<L> = start.iter().map(|&v| L::splat(v)).collect();
        let mut observation = vec![L::splat(0.0); sizes.observation];
        let (mut scratch, mut memory) = (rules.scratch::<L>(), vec![L::splat(0.0); sizes.memory]);
        let mut steps = Vec::new();
        rules.begin(&mut scratch, &state, &mut memory);
        for t in 0..request.horizon {
            rules.observe(&mut scratch, &state, &memory, &mut observation);
            let seen: Vec<f64> = observation.iter().map(|o| o.get(0)).collect();
            let mut action = naive_mean(request.policy, params, &seen);
            for (k, action) in action.iter_mut().enumerate() {
                *action += log_std[k].exp() * request.noise_stream.normal(id, episode, t as u32, k as u32);
            }
            let moved: Vec<L> = action.iter().map(|&a| L::splat(a)).collect();
            let outcome = rules.step(&mut scratch, &lanes, &mut state, &mut memory, &moved);
            let (terminated, success) = (outcome.terminated.get(0) > 0.5, outcome.success.get(0) > 0.5);
            steps.push((seen, action, outcome.reward.get(0), terminated, success));
            if terminated {
                break;
            }
        }
        steps
    }
}

fn compare(batch: &TaskBatch, episode: usize, steps: &[Step], tolerance: f64) {
    let ours = batch.episodes[episode];
    assert_eq!(ours.len, steps.len());
    let last = steps.last().unwrap();
    assert_eq!((ours.terminated, ours.success), (last.3, last.4));
    let ret: f64 = steps.iter().map(|step| step.2).sum();
    assert!((ours.ret - ret).abs() < tolerance * steps.len() as f64);
    for (row, (observation, action, reward, ..)) in ours.rows().zip(steps) {
        assert_eq!(batch.steps[row] as usize, row - ours.start);
        let pairs = batch.observations[4 * row..].iter().zip(observation);
        for (a, b) in pairs.chain(batch.actions[2 * row..].iter().zip(action)) {
            assert!((a - b).abs() < tolerance, "row {row}: {a} {b}");
        }
        assert!((batch.rewards[row] - reward).abs() < tolerance);
    }
}

#[test]
fn lanes_fly_what_a_scalar_loop_flies() {
    let setup = Setup::new();
    let rules = &setup.env.world::<DronePlanar>().unwrap().rules();
    for (start, horizon) in [(Start::Query, 25), (Start::Support, 10)] {
        let request = Request { starts: Starts::Law(start), horizon, first_episode: 1000, ..setup.request() };
        for (task, batch) in run(&request, 2).iter().enumerate() {
            for episode in 0..21 {
                let number = 1000 + episode as u32;
                let steps = dispatch_scalar(Loop { rules, request: &request, task, episode: number });
                compare(batch, episode, &steps, 1e-12);
            }
        }
    }
}

/// Single precision follows double precision until rounding at an obstacle's rim parts them. Its uniforms have 24 bits, so a
/// normal in the tail is off by up to 2^-24 / (u z): first actions agree to 1e-3, and nearly all returns to 1e-2.
#[test]
fn single_precision_agrees() {
    let setup = Setup::new();
    let double = run(&Request { episodes: 200, ..setup.request() }, 2);
    let single = run(&Request { episodes: 200, precision: Precision::F32, ..setup.request() }, 2);
    let mut apart = 0;
    for (double, single) in double.iter().zip(&single) {
        for (a, b) in double.episodes.iter().zip(&single.episodes) {
            for k in 0..2 {
                let (a, b) = (double.actions[2 * a.start + k], single.actions[2 * b.start + k]);
                assert!((a - b).abs() < 1e-3, "{a} {b}");
            }
            apart += usize::from((a.ret - b.ret).abs() > 1e-2);
        }
    }
    assert!(apart <= 20, "{apart} of 1000 episodes differ");
}

#[test]
fn log_probabilities_are_the_density_of_the_action() {
    let setup = Setup::new();
    let p = setup.policy.parameters();
    for (precision, deterministic, tolerance) in
        [(Precision::F64, false, 1e-12), (Precision::F64, true, 1e-12), (Precision::F32, false, 1e-4)]
    {
        let request = Request { precision, deterministic, ..setup.request() };
        for (task, batch) in run(&request, 2).iter().enumerate() {
            let params = &setup.params[task * p..(task + 1) * p];
            let log_std = setup.policy.effective_log_std(params);
            for row in 0..batch.rows() {
                let mean = naive_mean(&setup.policy, params, &batch.observations[4 * row..4 * row + 4]);
                let mut density = 1.0;
                for k in 0..2 {
                    let std = log_std[k].exp();
                    let z = (batch.actions[2 * row + k] - mean[k]) / std;
                    density *= (-0.5 * z * z).exp() / (std * std::f64::consts::TAU.sqrt());
                    assert!(!deterministic || z.abs() < 1e-12);
                }
                let ours = batch.log_probs[row];
                assert!((ours - density.ln()).abs() < tolerance, "{ours} {}", density.ln());
            }
        }
    }
}

/// Actions are recorded before the world clips them, and the drawn noise is standard normal.
#[test]
fn recorded_actions_are_not_clipped() {
    let setup = Setup::new();
    let batch = &run(&Request { episodes: 400, ..setup.request() }, 2)[0];
    assert!(batch.actions.iter().any(|a| a.abs() > 1.5));
    let params = &setup.params[..setup.policy.parameters()];
    let std = setup.policy.effective_log_std(params)[0].exp();
    let noise: Vec<f64> = (0..batch.rows())
        .map(|row| {
            let mean = naive_mean(&setup.policy, params, &batch.observations[4 * row..4 * row + 4]);
            (batch.actions[2 * row] - mean[0]) / std
        })
        .collect();
    let count = noise.len() as f64;
    let mean = noise.iter().sum::<f64>() / count;
    let variance = noise.iter().map(|z| z * z).sum::<f64>() / count;
    // Five standard errors of the mean and of the variance of a standard normal.
    assert!(mean.abs() < 5.0 / count.sqrt(), "{mean}");
    assert!((variance - 1.0).abs() < 5.0 * (2.0 / count).sqrt(), "{variance}");
}

/// Episodes that start beside the goal end on the first step with success; far ones run to the horizon.
#[test]
fn ends_are_counted() {
    let setup = Setup::new();
    let d = setup.env.spec().state_size;
    let (near, far) = (3, 18); // of 21 episodes, the first three start on the goal
    let mut states = Vec::new();
    for goal in setup.tasks.chunks_exact(2) {
        for episode in 0..near + far {
            let corner = [if goal[0] > 5.0 { -1.5 } else { 11.5 }, if goal[1] > 5.0 { -1.5 } else { 11.5 }];
            let at = if episode < near { [goal[0], goal[1]] } else { corner };
            states.extend([at[0], at[1], 0.0, 0.0]);
        }
    }
    assert_eq!(d, 4);
    for precision in [Precision::F64, Precision::F32] {
        let request = Request { starts: Starts::States(&states), horizon: 3, precision, ..setup.request() };
        for batch in run(&request, 2) {
            for (episode, end) in batch.episodes.iter().enumerate() {
                let reached = episode < near;
                assert_eq!((end.success, end.terminated), (reached, reached));
                assert_eq!(end.len, if reached { 1 } else { 3 });
                let sum: f64 = batch.rewards[end.rows()].iter().sum();
                assert!((end.ret - sum).abs() < 1e-6);
            }
            assert_eq!(batch.rows(), near + 3 * far);
            assert_eq!(batch.states.len(), batch.rows() * d);
            assert!((batch.success_rate() - near as f64 / 21.0).abs() < 1e-15);
        }
    }
}
