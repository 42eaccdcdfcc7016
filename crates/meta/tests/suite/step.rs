//! Whole meta-iterations on the planar drone.

use crate::lab::Lab;
use xmrl_envs::Pool;
use xmrl_envs::rng::Stream;
use xmrl_meta::{
    DataOptions, DataRequest, Draws, EvaluateOptions, EvaluateRequest, GaussianOutcome, LambdaLaw, Posterior,
    StepOptions, StepOutcome, StepRequest, UniformLaw, Usage, directions, episode_paths, evaluate, gaussian_step,
    meta_data, meta_step, tail_weights, transitions,
};

impl Lab {
    fn step(&self, meta: &[f64], tasks: &[f64], mixed: &[usize], options: &StepOptions, iteration: u64) -> StepOutcome {
        let request = StepRequest {
            context: self.context(),
            meta,
            tasks,
            weights: None,
            mixed_episodes: mixed,
            law: &UniformLaw,
            options,
            seed: 3,
            iteration,
        };
        meta_step(&request).unwrap()
    }

    fn success(&self, meta: &[f64], tasks: &[f64], index: u64) -> f64 {
        let ids: Vec<u32> = (0..).take(tasks.len() / 2).collect();
        let options =
            EvaluateOptions { adaptations: 2, support_episodes: 100, query_episodes: 20, ..EvaluateOptions::default() };
        let draws = Draws::new(7, Usage::Evaluate, index);
        let request =
            EvaluateRequest { context: self.context(), meta, tasks, task_ids: &ids, options: &options, draws };
        let success = evaluate(&request).unwrap().success;
        success.iter().sum::<f64>() / success.len() as f64
    }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn small() -> StepOptions {
    let mut options = StepOptions::default();
    options.data.support_episodes = 12;
    options.data.query_episodes = 8;
    options
}

#[test]
fn the_same_seed_and_iteration_give_the_same_bits() {
    let run = |threads: usize, iteration: u64| {
        let lab = Lab::new(threads);
        let tasks = lab.tasks(Pool::Training, 5);
        let outcome = lab.step(&lab.meta(0), &tasks, &[0, 3, 0, 3, 7], &small(), iteration);
        (bits(&outcome.meta), outcome.stats.env_steps, bits(&outcome.stats.task_returns))
    };
    let first = run(1, 4);
    assert_eq!(first, run(1, 4));
    assert_eq!(first, run(2, 4));
    assert_eq!(first, run(3, 4));
    let other = run(2, 5);
    assert!(first.0 != other.0 && first.2 != other.2);
}

#[test]
fn steps_and_episodes_are_counted() {
    let lab = Lab::new(2);
    let tasks = lab.tasks(Pool::Training, 4);
    let options = StepOptions { monitor_every: 2, ..small() };
    let plain = lab.step(&lab.meta(0), &tasks, &[], &options, 1).stats;
    assert_eq!(plain.env_steps, plain.support_steps + plain.query_steps);
    assert!(plain.support_steps <= 4 * 12 * 10 && plain.support_steps > 4 * 12);
    assert!(plain.query_steps <= 4 * 8 * 25 && plain.query_steps > 4 * 8);
    assert!(plain.monitor.is_none() && plain.accepted);
    assert!(plain.kl + 0.5 * plain.kl_unadapted <= 0.01);
    let watched = lab.step(&lab.meta(0), &tasks, &[], &options, 2).stats;
    let monitor = watched.monitor.unwrap();
    assert!(monitor.env_steps > 0);
    assert_eq!(watched.env_steps, watched.support_steps + watched.query_steps + monitor.env_steps);
    assert!((monitor.predicted - (watched.surrogate_after - watched.surrogate_before)).abs() == 0.0);
    assert!(monitor.frozen.is_finite() && monitor.readapted.is_finite());
    // Watching changes nothing but the count.
    let unwatched = lab.step(&lab.meta(0), &tasks, &[], &small(), 2).stats;
    assert_eq!(unwatched.surrogate_after.to_bits(), watched.surrogate_after.to_bits());
}

/// A law that always keeps the first parent: mixed episodes start at states that the place's other episodes visited.
struct First;

impl LambdaLaw for First {
    fn sample(&self, _: &Stream, _: u32, _: u32) -> f64 {
        1.0
    }
}

#[test]
fn mixed_episodes_start_from_the_slots_own_states() {
    let lab = Lab::new(2);
    let (meta, tasks) = (lab.meta(0), lab.tasks(Pool::Training, 3));
    let collect = |mixed: &[usize], law: &dyn LambdaLaw, mixed_horizon: Option<usize>| {
        meta_data::<f64>(&DataRequest {
            context: lab.context(),
            meta: &meta,
            tasks: &tasks,
            task_ids: &[0, 1, 2],
            mixed_episodes: mixed,
            law,
            options: &DataOptions { mixed_horizon, ..small().data },
            draws: Draws::new(1, Usage::Train, 0),
        })
    };
    let plain = collect(&[], &First, None).unwrap();
    let mixed = collect(&[4, 0, 4], &First, None).unwrap();
    assert_eq!(mixed.mixed.iter().map(Vec::len).collect::<Vec<_>>(), [4, 0, 4]);
    // Support data, adaptation and the unmixed place are those of the plain collection.
    assert_eq!(plain.inner, mixed.inner);
    assert_eq!(plain.data[1], mixed.data[1]);
    for place in [0, 2] {
        let (before, after) = (&plain.data[place].query, &mixed.data[place].query);
        assert_eq!(after.episodes.len(), 9);
        // The episodes that remain are the plain collection's first four, row for row.
        let kept = before.episodes[4];
        assert_eq!(after.episodes[..5], before.episodes[..5]);
        assert_eq!(after.observations[..4 * kept], before.observations[..4 * kept]);
        // Each mixed episode begins with an observation among theirs.
        for &row in &after.episodes[4..8] {
            let start = &after.observations[4 * row..4 * row + 4];
            assert!(after.observations[..4 * kept].chunks_exact(4).any(|seen| seen == start));
        }
        assert!(mixed.mixed[place].iter().all(|start| start.lambda == 1.0));
    }
    let uniform = collect(&[4, 0, 4], &UniformLaw, None).unwrap();
    let lambdas: Vec<f64> = uniform.mixed.iter().flatten().map(|start| start.lambda).collect();
    assert!(lambdas.windows(2).all(|pair| pair[0] != pair[1]) && lambdas.iter().all(|l| (0.0..1.0).contains(l)));
    let message = collect(&[8, 0, 0], &UniformLaw, None).unwrap_err().to_string();
    assert!(message.contains("8 of 8 query episodes"), "{message}");

    // Cut short, the mixed episodes are the beginnings of the whole ones; the others stay.
    let short = collect(&[4, 0, 4], &UniformLaw, Some(5)).unwrap();
    assert_eq!(short.data[1], uniform.data[1]);
    for place in [0, 2] {
        let (whole, cut) = (&uniform.data[place].query, &short.data[place].query);
        assert_eq!(whole.episodes[..5], cut.episodes[..5]);
        for episode in 4..8 {
            let [from, of] = [cut.episodes[episode], whole.episodes[episode]];
            let steps = cut.episodes[episode + 1] - from;
            assert_eq!(steps, (whole.episodes[episode + 1] - of).min(5));
            let [at, end] = [4 * from, 4 * (from + steps)];
            assert_eq!(cut.observations[at..end], whole.observations[4 * of..4 * (of + steps)]);
        }
    }
    assert!(short.query_steps < uniform.query_steps);
    let message = collect(&[4, 0, 4], &UniformLaw, Some(0)).unwrap_err().to_string();
    assert!(message.contains("mixedHorizon"), "{message}");
}

#[test]
fn an_evaluation_does_not_depend_on_its_batch() {
    let lab = Lab::new(2);
    let (meta, tasks) = (lab.meta(1), lab.tasks(Pool::Evaluation, 40));
    let ids: Vec<u32> = (0..40).collect();
    let options = EvaluateOptions {
        adaptations: 2,
        support_episodes: 8,
        query_episodes: 5,
        steps: 2,
        ..EvaluateOptions::default()
    };
    let draws = Draws::new(0, Usage::Evaluate, 1);
    let request = EvaluateRequest {
        context: lab.context(),
        meta: &meta,
        tasks: &tasks,
        task_ids: &ids,
        options: &options,
        draws,
    };
    let all = evaluate(&request).unwrap();
    // Task 37 alone, by its id: the same bits; and each mean is that of its adaptations.
    let alone = evaluate(&EvaluateRequest { tasks: &tasks[74..76], task_ids: &ids[37..38], ..request }).unwrap();
    assert_eq!(bits(&alone.adaptation_returns), bits(&all.adaptation_returns[74..76]));
    assert_eq!(all.returns[37], (all.adaptation_returns[74] + all.adaptation_returns[75]) / 2.0);
    assert!(all.adaptation_returns[74] != all.adaptation_returns[75]);
    let other = evaluate(&EvaluateRequest { draws: Draws::new(0, Usage::Evaluate, 2), ..request }).unwrap();
    assert!(other.returns != all.returns);
    let u = directions(&EvaluateRequest { draws: Draws::new(0, Usage::Directions, 0), ..request }).unwrap();
    assert_eq!(u.directions.len(), 40 * lab.spec.policy_parameters());
    assert!(u.env_steps > 0 && u.directions.iter().any(|&x| x != 0.0));
    let paths = episode_paths(&EvaluateRequest { tasks: &tasks[..4], task_ids: &ids[..2], ..request }).unwrap();
    assert_eq!(paths.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5]);
    for (path, goal) in paths.iter().zip(tasks.chunks(2)).flat_map(|(paths, goal)| paths.iter().map(move |p| (p, goal)))
    {
        // An episode succeeded if and only if its last state lies within 1 m of the goal.
        let [x, y] = [path.states[path.states.len() - 4], path.states[path.states.len() - 3]];
        assert_eq!((x - goal[0]).hypot(y - goal[1]) < 1.0, path.success);
        // Query episodes start near the centre of the arena, at rest.
        assert!(path.states[..2].iter().all(|x| (x - 5.0).abs() <= 0.3 + 1e-9) && path.states[2..4] == [0.0, 0.0]);
        assert!(path.states.len() <= 26 * 4 && path.states.len() % 4 == 0);
    }
}

/// A Gaussian's steps: the same bits for any threads, other noise in every iteration; without spread the plain step.
#[test]
fn a_gaussian_takes_the_steps_of_its_draws() {
    let run = |threads: usize, log_std: f64, weight: f64, iteration: u64| -> (GaussianOutcome, Vec<f64>, StepOutcome) {
        let lab = Lab::new(threads);
        let (meta, tasks, options) = (lab.meta(0), lab.tasks(Pool::Training, 3), small());
        let posterior =
            Posterior { log_std: vec![log_std; meta.len()], prior_mean: meta.clone(), prior_std: 0.1, weight };
        let request = StepRequest {
            context: lab.context(),
            meta: &meta,
            tasks: &tasks,
            weights: None,
            mixed_episodes: &[],
            law: &UniformLaw,
            options: &options,
            seed: 3,
            iteration,
        };
        let plain = meta_step(&request).unwrap();
        (gaussian_step(&request, &posterior).unwrap(), meta, plain)
    };
    let (one, meta, plain) = run(1, -4.0, 1e-3, 4);
    let (two, ..) = run(2, -4.0, 1e-3, 4);
    assert_eq!((bits(&one.step.meta), bits(&one.log_std)), (bits(&two.step.meta), bits(&two.log_std)));
    assert!(one.step.stats.accepted && one.log_std.iter().any(|&rho| rho != -4.0));
    assert!(one.posterior.divergence > 0.0 && one.step.stats.return_pre != plain.stats.return_pre);
    assert!(run(1, -4.0, 1e-3, 5).0.step.stats.return_pre != one.step.stats.return_pre);
    // Spread far below rounding's reach: the same episodes, and the same step.
    let (narrow, _, plain) = run(2, -50.0, 0.0, 4);
    assert_eq!(bits(&narrow.step.stats.task_returns), bits(&plain.stats.task_returns));
    let moved = plain.meta.iter().zip(&meta).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let off = plain.meta.iter().zip(&narrow.step.meta).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(off < 1e-9 * moved, "{off:e} of {moved:e}");
}

/// Rows are those that the adapted policy flew, drawn by the task's id.
#[test]
fn transitions_are_rows_of_the_adapted_policy() {
    let lab = Lab::new(2);
    let (meta, tasks) = (lab.meta(1), lab.tasks(Pool::Evaluation, 34));
    let ids: Vec<u32> = (0..34).collect();
    let options = EvaluateOptions { support_episodes: 8, query_episodes: 5, ..EvaluateOptions::default() };
    let draws = Draws::new(0, Usage::Transitions, 41);
    let request = EvaluateRequest {
        context: lab.context(),
        meta: &meta,
        tasks: &tasks,
        task_ids: &ids,
        options: &options,
        draws,
    };
    let all = transitions(&request, 12).unwrap();
    assert_eq!((all.width, all.rows.len()), (4 + 2 + 1, 34 * 12 * 7));
    let alone = transitions(&EvaluateRequest { tasks: &tasks[66..68], task_ids: &ids[33..], ..request }, 12).unwrap();
    assert_eq!(bits(&alone.rows), bits(&all.rows[33 * 12 * 7..]));
    // Every drawn row begins with the observation ((x - 5)/4, (y - 5)/4, vx/2, vy/2) of a state that an episode visited.
    let paths = episode_paths(&EvaluateRequest { tasks: &tasks[66..68], task_ids: &ids[33..], ..request }).unwrap();
    let seen = |state: &[f64]| [(state[0] - 5.0) / 4.0, (state[1] - 5.0) / 4.0, state[2] / 2.0, state[3] / 2.0];
    let visited: Vec<[f64; 4]> = paths[0].iter().flat_map(|path| path.states.chunks_exact(4)).map(seen).collect();
    let drawn: Vec<&[f64]> = alone.rows.chunks_exact(7).collect();
    let near = |row: &[f64], seen: &[f64; 4]| row.iter().zip(seen).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(drawn.iter().all(|row| visited.iter().any(|seen| near(row, seen))));
    assert!(drawn.windows(2).any(|pair| pair[0] != pair[1]));
    assert!(transitions(&request, 0).unwrap_err().to_string().contains("retrain.tw.rows is 0"));
}

/// Ranks by hand: of six returns the worst half, of equal ones the earlier place; a share is rounded up, and is never nobody.
#[test]
fn a_tail_weighs_the_worst_places_alike() {
    let returns = [-3.0, -7.0, -7.0, 2.0, -7.0, -9.0];
    let third = 1.0 / 3.0;
    assert_eq!(tail_weights(&returns, 0.5), [0.0, third, third, 0.0, 0.0, third]);
    assert_eq!(tail_weights(&returns, 0.51), [0.0, 0.25, 0.25, 0.0, 0.25, 0.25]);
    assert_eq!(tail_weights(&returns, 1e-9), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(tail_weights(&returns, 1.0), [1.0 / 6.0; 6]);
    // .07 times 100 is 7.000000000000001.
    let falling: Vec<f64> = (0..100).map(|place| -f64::from(place)).collect();
    let worst = tail_weights(&falling, 0.07);
    assert_eq!(worst.iter().position(|&weight| weight > 0.0), Some(93));
    assert!(worst[93..].iter().all(|&weight| weight == 1.0 / 7.0));
}

/// The step of a tail is the step of its weights given by hand, bit for bit, over a meta-batch that holds a task twice and mixed
/// episodes, which have no say in the ranks; the whole batch as a tail is the plain step.
#[test]
fn a_tail_steps_by_its_weights() {
    let lab = Lab::new(2);
    let meta = lab.meta(0);
    let mut tasks = lab.tasks(Pool::Training, 5);
    tasks.extend_from_within(4..6);
    let mixed = [0, 3, 0, 3, 7, 0];
    let step = |weights: Option<&[f64]>, tail: Option<f64>| {
        let options = StepOptions { tail, ..small() };
        let request = StepRequest {
            context: lab.context(),
            meta: &meta,
            tasks: &tasks,
            weights,
            mixed_episodes: &mixed,
            law: &UniformLaw,
            options: &options,
            seed: 3,
            iteration: 2,
        };
        meta_step(&request)
    };
    let plain = step(None, None).unwrap();
    let returns = &plain.stats.task_returns;
    let mut order = [0, 1, 2, 3, 4, 5];
    order.sort_by(|&a, &b| returns[a].partial_cmp(&returns[b]).unwrap());
    let mut weights = [0.0; 6];
    for &place in &order[..2] {
        weights[place] = 0.5;
    }
    let (tail, hand) = (step(None, Some(0.3)).unwrap(), step(Some(&weights), None).unwrap());
    assert_eq!(bits(&tail.meta), bits(&hand.meta));
    assert_eq!(tail.stats.surrogate_after.to_bits(), hand.stats.surrogate_after.to_bits());
    assert_eq!(bits(&tail.stats.task_returns), bits(returns));
    assert!(tail.stats.accepted && bits(&tail.meta) != bits(&plain.meta));
    assert_eq!(bits(&step(None, Some(1.0)).unwrap().meta), bits(&plain.meta));
    assert_eq!(plain.stats.task_advantages.len(), 6);

    for bad in [0.0, -0.5, 1.5, f64::NAN] {
        let message = step(None, Some(bad)).unwrap_err().to_string();
        assert!(message.contains(&format!("tail is {bad}")), "{message}");
    }
    let message = step(Some(&weights), Some(0.5)).unwrap_err().to_string();
    assert!(message.contains("tail is 0.5 beside weights"), "{message}");
}

#[test]
fn bad_requests_are_named() {
    let lab = Lab::new(1);
    let (meta, tasks) = (lab.meta(0), lab.tasks(Pool::Training, 2));
    let options = small();
    let refuse = |meta: &[f64], tasks: &[f64], weights: Option<&[f64]>, options: &StepOptions| {
        let request = StepRequest {
            context: lab.context(),
            meta,
            tasks,
            weights,
            mixed_episodes: &[],
            law: &UniformLaw,
            options,
            seed: 0,
            iteration: 0,
        };
        meta_step(&request).unwrap_err().to_string()
    };
    assert!(refuse(&meta[1..], &tasks, None, &options).contains("meta has"));
    let mut broken = meta.clone();
    broken[7] = f64::INFINITY;
    assert!(refuse(&broken, &tasks, None, &options).contains("meta is inf at entry 7"));
    assert!(refuse(&meta, &tasks[..3], None, &options).contains("tasks has 3 entries"));
    assert!(refuse(&meta, &[tasks[0], tasks[1], f64::NAN, 0.0], None, &options).contains("tasks[1]"));
    assert!(refuse(&meta, &tasks, Some(&[1.0]), &options).contains("weights has 1 entries"));
    let mut none = small();
    none.data.query_episodes = 0;
    assert!(refuse(&meta, &tasks, None, &none).contains("queryEpisodes is 0"));
}

/// Thirty iterations raise the post-adaptation success on fresh evaluation episodes: from about .2 to above .6.
#[test]
fn training_raises_success_after_adaptation() {
    let lab = Lab::new(2);
    let (training, held_out) = (lab.tasks(Pool::Training, 20), lab.tasks(Pool::HeldOut, 20));
    let start = lab.meta(0);
    let options = StepOptions::default();
    let mut meta = start.clone();
    for iteration in 0..30 {
        meta = lab.step(&meta, &training, &[], &options, iteration).meta;
    }
    let (before, after) = (lab.success(&start, &held_out, 0), lab.success(&meta, &held_out, 0));
    assert!(after > 0.55 && after > before + 0.25, "{before} {after}");
}
