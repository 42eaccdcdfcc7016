//! The bits of worlds and rollouts, preset by preset, held against those that were recorded (`recorded.txt`).
//!
//! What changes one of them has changed an environment or a rollout, and with it every result row. Instructions with and without
//! a fused multiply-add have bits of their own; a machine is held to those it has (`XMRL_ISA=portable` to the others). Logarithms
//! and angles of start laws are the C library's: recorded with glibc on x86-64.

use std::fmt::Write as _;
use std::process::Command;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{Environment, Market, Pool, Prices, Start, Worlds, environment, environments};
use xmrl_lanes::{Float, Isa, isa};
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::{Precision, Record, Request, Starts, TaskBatch, collect};

const TASKS: usize = 3;
/// One full block of 8 doubles and a part; a part of one of 16 singles.
const EPISODES: usize = 11;
/// Most steps of an episode.
const STEPS: usize = 60;

/// FNV-1a.
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Hash(0xcbf2_9ce4_8422_2325)
    }

    fn eat(&mut self, word: u64) {
        for byte in word.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn numbers<T: Float>(&mut self, numbers: &[T]) {
        self.eat(numbers.len() as u64);
        numbers.iter().for_each(|&x| self.eat(Into::<f64>::into(x).to_bits()));
    }
}

/// A preset's environment; on made-up prices where it needs prices.
fn there(preset: &str) -> Environment {
    let [names, days] = match preset {
        "stock/sp20" => [20, 8313],
        "stock/csv" => [3, 1900],
        _ => return environment(preset).unwrap(),
    };
    let stream = Stream::new(5, Purpose::Prices, 1);
    let mut logs = vec![0.0_f64; names];
    let mut closes = Vec::with_capacity(names * days);
    for day in 0..days as u32 {
        for (name, log) in logs.iter_mut().enumerate() {
            *log += 0.02 * (stream.uniform(0, name as u32, day, 0) - 0.49);
            closes.push(20.0 * (1.0 + *log + 0.5 * *log * *log));
        }
    }
    let names = (0..names).map(|name| format!("N{name}")).collect();
    Environment::from(Market::new(preset, Prices::new(names, closes, None).unwrap()).unwrap())
}

/// The rows, states and ends of episodes of a fresh policy.
fn rolled_out<T: Float>(env: &Environment, precision: Precision, start: Start) -> u64 {
    let spec = env.spec();
    let policy = PolicySpec {
        observation_size: spec.observation_size,
        action_size: spec.action_size,
        hidden: vec![8],
        activation: Activation::Tanh,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    let (init, mut drawn) = (Stream::new(7, Purpose::Init, 0), 0..);
    let params = initial_parameters(&policy, || 2.0 * init.normal(0, 0, drawn.next().unwrap(), 0));
    let request = Request {
        env,
        policy: &policy,
        tasks: &env.tasks(Pool::Training, 3, TASKS).values,
        task_ids: &[3, 14, 15],
        params: &params,
        episodes: EPISODES,
        first_episode: 2,
        horizon: spec.horizon.min(STEPS),
        starts: Starts::Law(start),
        start_stream: Stream::new(11, Purpose::QueryStart, 4),
        noise_stream: Stream::new(11, Purpose::QueryNoise, 4),
        precision,
        deterministic: false,
        record: Record::LearningAndStates,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let batches: Vec<TaskBatch<T>> = collect(&request, &pool).unwrap();
    let mut hash = Hash::new();
    for batch in &batches {
        [&batch.observations, &batch.actions, &batch.log_probs].into_iter().for_each(|rows| hash.numbers(rows));
        [&batch.rewards, &batch.states].into_iter().for_each(|rows| hash.numbers(rows));
        batch.steps.iter().for_each(|&step| hash.eat(u64::from(step)));
        for episode in &batch.episodes {
            hash.eat(episode.len as u64);
            hash.eat(episode.ret.to_bits());
            hash.eat(u64::from(episode.success) + 2 * u64::from(episode.terminated));
        }
        hash.eat(batch.capped_solves);
    }
    hash.0
}

/// Random play of a batch of worlds, from starts of the law or set states.
fn played(env: &Environment, start: Start) -> u64 {
    let spec = env.spec();
    let tasks = env.tasks(Pool::Training, 3, TASKS).values;
    let mut worlds = Worlds::of(env.clone(), &tasks, EPISODES, 5, 1).unwrap();
    if start == Start::Support {
        let stream = Stream::new(11, Purpose::SupportStart, 0);
        let mut states = vec![0.0; worlds.count() * spec.state_size];
        for (w, state) in states.chunks_exact_mut(spec.state_size).enumerate() {
            let task = &tasks[w / EPISODES * spec.task_size..][..spec.task_size];
            env.start(start, task, &stream, w as u32, 0, state);
        }
        worlds.set_state(&states).unwrap();
    }
    let stream = Stream::new(77, Purpose::QueryNoise, 0);
    let mut resets = 1;
    let mut hash = Hash::new();
    hash.numbers(worlds.observations());
    for step in 0..spec.horizon.min(STEPS) as u32 {
        let action = |i| 3.0 * stream.uniform(0, 0, step, i) - 1.5;
        let actions: Vec<f64> = (0..(worlds.count() * spec.action_size) as u32).map(action).collect();
        let result = worlds.step(&actions).unwrap();
        hash.numbers(result.observations);
        hash.numbers(result.rewards);
        let flags = result.terminated.iter().zip(result.truncated);
        flags.clone().for_each(|(&over, &cut)| hash.eat(u64::from(over) + 2 * u64::from(cut)));
        let ended: Vec<usize> = flags.enumerate().filter(|(_, (a, b))| **a + **b > 0).map(|(w, _)| w).collect();
        if step % 20 == 19 && !ended.is_empty() {
            begin_anew(&mut worlds, &tasks, &ended, resets);
            resets += 1;
        }
    }
    hash.numbers(worlds.state());
    hash.eat(worlds.capped_solves());
    hash.0
}

/// Puts worlds at starts of a reset that is numbered for the batch, as those of the recording were.
fn begin_anew(worlds: &mut Worlds, tasks: &[f64], rows: &[usize], number: u64) {
    let env = worlds.environment().clone();
    let (d, k) = (env.spec().state_size, env.spec().task_size);
    let stream = Stream::new(5, Purpose::WorldReset, number);
    let mut states = vec![0.0; rows.len() * d];
    for (&w, state) in rows.iter().zip(states.chunks_exact_mut(d)) {
        let (task, world) = (w / EPISODES, w % EPISODES);
        env.start(Start::Query, &tasks[task * k..][..k], &stream, task as u32, world as u32, state);
    }
    worlds.set_state_of(rows, &states).unwrap();
}

/// A line for every preset, way of running and start, on the instructions of this process.
fn lines() -> Vec<String> {
    let instructions = if isa() == Isa::Portable { "portable" } else { "fused" };
    let mut lines = Vec::new();
    // Meta-World's bits are libmujoco's, and held to the Python package's elsewhere.
    for spec in environments().into_iter().filter(|spec| !spec.needs_files) {
        let env = there(&spec.preset);
        for (name, start) in [("query", Start::Query), ("support", Start::Support)] {
            let hashes = [
                ("f64", rolled_out::<f64>(&env, Precision::F64, start)),
                ("f32", rolled_out::<f32>(&env, Precision::F32, start)),
                ("worlds", played(&env, start)),
            ];
            lines.extend(hashes.map(|(way, hash)| format!("{instructions} {} {way} {name} {hash:016x}", spec.preset)));
        }
    }
    lines
}

#[test]
fn every_preset_gives_the_recorded_bits() {
    let recorded = include_str!("recorded.txt");
    let lines = lines();
    let changed: Vec<&String> = lines.iter().filter(|line| !recorded.lines().any(|known| known == *line)).collect();
    assert!(changed.is_empty(), "not recorded: {changed:#?}");
    let of_these = |line: &&str| line.split(' ').next() == lines[0].split(' ').next();
    assert_eq!(recorded.lines().filter(of_these).count(), lines.len(), "lines of presets that are no more");
}

/// The same test in a process that is held to narrower instructions, since a process detects its own once.
#[test]
fn narrower_instructions_give_the_recorded_bits_too() {
    for instructions in ["avx2", "portable"] {
        let mut tests = Command::new(std::env::current_exe().unwrap());
        tests.args(["--exact", "every_preset_gives_the_recorded_bits", "--nocapture"]).env("XMRL_ISA", instructions);
        let output = tests.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("1 passed"), "{instructions}: {said}");
    }
}

/// Prints the lines of `recorded.txt` for the instructions of this process.
#[test]
#[ignore = "a recorder, not a check"]
#[expect(clippy::print_stdout, reason = "a recorder prints")]
fn print_the_bits() {
    let mut text = String::new();
    lines().iter().for_each(|line| writeln!(text, "{line}").unwrap());
    print!("{text}");
}
