//! A width of worlds that step one after the other in libmujoco.

use std::sync::Arc;

use xmrl_mujoco::MujocoError;

use super::arm::FRAME;
use super::benchmark::Benchmark;
use super::plan::ACTION;
use super::scene::Loans;
use super::stage::Carried;
use super::start::Start;
use crate::block::Block;
use crate::error::EnvError;

/// Worlds of a benchmark.
pub(super) struct Worlds {
    benchmark: Arc<Benchmark>,
    worlds: Vec<World>,
}

/// One world between two steps.
#[derive(Clone)]
struct World {
    /// Which environment of the benchmark; nothing before it is begun.
    playing: Option<(usize, Arc<Start>)>,
    /// Its own numbers, without padding.
    state: Vec<f64>,
    carried: Carried,
    /// The frame of the step before.
    before: [f64; FRAME],
    broken: bool,
}

impl Worlds {
    pub(super) fn new(benchmark: &Arc<Benchmark>, width: usize) -> Self {
        let carried = Carried { frame: [0.0; FRAME], kept: None };
        let none = World { playing: None, state: Vec::new(), carried, before: [0.0; FRAME], broken: false };
        Worlds { benchmark: benchmark.clone(), worlds: vec![none; width] }
    }

    fn begin_all(&mut self, fresh: &[f64], tasks: &[f64], states: &[f64]) -> Result<(), MujocoError> {
        let (benchmark, width) = (self.benchmark.clone(), self.worlds.len());
        let mut loans = Loans::new();
        let column =
            |numbers: &[f64], w: usize| -> Vec<f64> { numbers.iter().skip(w).step_by(width).copied().collect() };
        for (w, world) in self.worlds.iter_mut().enumerate().filter(|(w, _)| fresh[*w] != 0.0) {
            let (task, state) = (column(tasks, w), column(states, w));
            let (kind, random) = benchmark.task_of(&task);
            let stage = &benchmark.stages[kind];
            let start = stage.start(&mut loans, random)?;
            world.state = benchmark.own_state(kind, &state).to_vec();
            world.broken = world.state.iter().any(|x| !x.is_finite());
            if !world.broken {
                let frame = stage.look(&mut loans, &start, &world.state)?;
                (world.carried, world.before) = (Carried { frame, kept: None }, frame);
            }
            world.playing = Some((kind, start));
        }
        Ok(())
    }

    fn step_all(&mut self, alive: &[f64], actions: &[f64], outcomes: &mut [f64]) -> Result<(), MujocoError> {
        let (benchmark, width) = (self.benchmark.clone(), self.worlds.len());
        let mut loans = Loans::new();
        for (w, world) in self.worlds.iter_mut().enumerate().filter(|(w, _)| alive[*w] != 0.0) {
            let Some((kind, start)) = &world.playing else { continue };
            let action: [f64; ACTION] = std::array::from_fn(|k| actions[k * width + w].clamp(-1.0, 1.0));
            world.before = world.carried.frame;
            // A number that is none would have libmujoco start the world anew.
            let numbers = action.iter().all(|x| !x.is_nan()) && !world.broken;
            let judged = match numbers {
                true => {
                    benchmark.stages[*kind].step(&mut loans, start, &mut world.state, &mut world.carried, action)?
                }
                false => None,
            };
            world.broken = judged.is_none();
            if world.broken {
                world.state.fill(f64::NAN);
                world.carried.frame.fill(f64::NAN);
            }
            outcomes[w] = judged.as_ref().map_or(f64::NAN, |judged| judged.reward);
            outcomes[width + w] = 0.0;
            outcomes[2 * width + w] = f64::from(u8::from(judged.is_some_and(|judged| judged.success)));
        }
        Ok(())
    }

    /// What the policy of a world sees; the goal's place stays empty.
    fn observation(world: &World) -> impl Iterator<Item = f64> + '_ {
        world.carried.frame.iter().chain(&world.before).copied().chain([0.0; 3])
    }
}

impl Block<f64> for Worlds {
    fn width(&self) -> usize {
        self.worlds.len()
    }

    fn begin(&mut self, fresh: &[f64], tasks: &[f64], states: &[f64]) -> Result<(), EnvError> {
        self.begin_all(fresh, tasks, states).map_err(|error| self.benchmark.failed(&error))
    }

    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvError> {
        let width = self.worlds.len();
        for (w, world) in self.worlds.iter().enumerate() {
            for (k, seen) in Self::observation(world).enumerate() {
                observations[k * width + w] = seen;
            }
        }
        Ok(())
    }

    fn step(&mut self, alive: &[f64], actions: &[f64], outcomes: &mut [f64]) -> Result<(), EnvError> {
        self.step_all(alive, actions, outcomes).map_err(|error| self.benchmark.failed(&error))
    }

    fn states(&mut self, states: &mut [f64]) -> Result<(), EnvError> {
        let (width, size) = (self.worlds.len(), self.benchmark.spec.state_size);
        let mut row = vec![0.0; size];
        for (w, world) in self.worlds.iter().enumerate() {
            row.fill(0.0);
            if let Some((kind, _)) = &world.playing {
                self.benchmark.whole_state(*kind, &world.state, &mut row);
            }
            for (k, x) in row.iter().enumerate() {
                states[k * width + w] = *x;
            }
        }
        Ok(())
    }

    fn broken(&self, world: usize) -> bool {
        self.worlds[world].broken
    }
}
