//! When several threads share a batch.

#[path = "made/clock.rs"]
#[expect(dead_code, reason = "one module for two tests")]
mod clock;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use clock::Clock;
use xmrl_envs::rng::Stream;
use xmrl_envs::{
    Abilities, AutoReset, Block, EnvError, EnvSpec, Environment, Pool, Start, Tasks, World, Worlds, rounded_blocks,
};

/// Who has stepped.
type Seen = Arc<Mutex<HashSet<ThreadId>>>;

/// [`Clock`], each step of a block of which takes a while.
struct Slow {
    clock: Clock,
    pause: Duration,
    seen: Seen,
}

impl World for Slow {
    fn spec(&self) -> &EnvSpec {
        self.clock.spec()
    }

    fn abilities(&self) -> Abilities {
        self.clock.abilities()
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.clock.tasks(pool, seed, count)
    }

    fn start(&self, which: Start, task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        self.clock.start(which, task, stream, task_id, episode, state);
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        let slow = |inner| Box::new(Rows { inner, pause: self.pause, seen: self.seen.clone() }) as Box<dyn Block<f64>>;
        self.clock.blocks(widths).into_iter().map(slow).collect()
    }

    fn single_blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f32>>> {
        rounded_blocks(self.blocks(widths))
    }
}

struct Rows {
    inner: Box<dyn Block<f64>>,
    pause: Duration,
    seen: Seen,
}

impl Block<f64> for Rows {
    fn width(&self) -> usize {
        self.inner.width()
    }

    fn begin(&mut self, fresh: &[f64], tasks: &[f64], states: &[f64]) -> Result<(), EnvError> {
        self.inner.begin(fresh, tasks, states)
    }

    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvError> {
        self.inner.observe(observations)
    }

    fn step(&mut self, alive: &[f64], actions: &[f64], outcomes: &mut [f64]) -> Result<(), EnvError> {
        self.seen.lock().unwrap().insert(thread::current().id());
        thread::sleep(self.pause);
        self.inner.step(alive, actions, outcomes)
    }

    fn states(&mut self, states: &mut [f64]) -> Result<(), EnvError> {
        self.inner.states(states)
    }

    fn broken(&self, world: usize) -> bool {
        self.inner.broken(world)
    }
}

/// Nine worlds in three blocks.
fn worlds(pause: Duration, threads: usize) -> (Worlds, Seen) {
    let seen = Seen::default();
    let world = Slow { clock: Clock::new(), pause, seen: seen.clone() };
    (Worlds::of(Environment::from(world), &[clock::SUCCESS_THEN_HORIZON], 9, 1, threads).unwrap(), seen)
}

/// How many threads have stepped once two have, or else after a hundred steps.
fn after_steps(pause: Duration, threads: usize) -> usize {
    let (mut worlds, seen) = worlds(pause, threads);
    for _ in 0..100 {
        worlds.step(&[0.0; 9]).unwrap();
        if seen.lock().unwrap().len() > 1 {
            break;
        }
    }
    seen.lock().unwrap().len()
}

#[test]
fn a_few_worlds_are_shared_where_their_steps_take_long() {
    assert_eq!(after_steps(Duration::from_millis(1), 2), 2);
    assert_eq!(after_steps(Duration::from_millis(1), 1), 1);
}

#[test]
fn a_flight_of_a_few_worlds_is_shared_with_the_same_results() {
    const STEPS: usize = 40;
    let flown = |threads| {
        let (mut worlds, seen) = worlds(Duration::from_micros(300), threads);
        let flight = worlds.fly(&[0.0; 9 * STEPS], STEPS, AutoReset::Disabled).unwrap();
        let threads = seen.lock().unwrap().len();
        (flight, worlds.state().to_vec(), threads)
    };
    let (alone, end, one) = flown(1);
    let (shared, same, two) = flown(2);
    assert_eq!((one, two), (1, 2));
    assert_eq!((alone, end), (shared, same));
}
