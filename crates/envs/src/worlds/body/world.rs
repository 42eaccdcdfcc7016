//! A body on the host: the half of a world that every body shares.

use xmrl_physics::Mechanism;

use super::geodesic::{self, Coordinates};
use super::goals::Goals;
use super::noise::ResetNoise;
use super::state::{accepts_all, check_state, segments};
use crate::block::Block;
use crate::crew::Aboard;
use crate::error::EnvError;
use crate::lane_block::{Hosted, double_blocks};
use crate::mix::Geometry;
use crate::rng::Stream;
use crate::spec::EnvSpec;
use crate::tasks::{Pool, TaskLaw, Tasks};
use crate::world::{Start, World};

/// Rules of a body.
pub(crate) trait BodyRules: Hosted {
    /// What kind of mechanism it is.
    type Kind: Mechanism;
    /// Which entries of its state are what.
    const COORDINATES: Coordinates;

    /// The body.
    fn mechanism(&self) -> &Self::Kind;

    /// [`World::aboard`].
    fn aboard(&self) -> Option<Aboard<'_>>;
}

/// A body under the rules of a preset.
#[derive(Clone, Debug)]
pub(crate) struct BodyWorld<R> {
    pub(crate) spec: EnvSpec,
    pub(crate) rules: R,
    pub(crate) goals: Goals,
    pub(crate) noise: ResetNoise,
    /// Where resets add to the mechanism's resting configuration: the entry of `qpos`, and by how much, m.
    pub(crate) raised: Option<(usize, f64)>,
}

impl<R> BodyWorld<R> {
    /// The same body where a part of the training tasks is rare.
    pub(crate) fn rare(self) -> Self {
        BodyWorld { spec: EnvSpec { knows_rare_tasks: true, ..self.spec }, ..self }
    }
}

impl<R: BodyRules> World for BodyWorld<R> {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.tasks_by(self.spec.task_law(), pool, seed, count)
    }

    fn tasks_by(&self, law: TaskLaw, pool: Pool, seed: u64, count: usize) -> Tasks {
        self.goals.draw(law, pool, seed, count)
    }

    fn check_state(&self, row: usize, state: &[f64]) -> Result<(), EnvError> {
        check_state(row, state, R::COORDINATES.quaternion)
    }

    fn accepts_all(&self, states: &[f64]) -> bool {
        accepts_all(states, self.spec().state_size, R::COORDINATES.quaternion)
    }

    fn depth(&self, state: &[f64]) -> f64 {
        self.rules.mechanism().depth(&state[..R::Kind::NQ]).max(0.0)
    }

    fn raise(&self, state: &mut [f64], height: f64) -> bool {
        self.rules.mechanism().raise(&mut state[..R::Kind::NQ], height);
        true
    }

    fn segments(&self, state: &[f64]) -> Vec<f64> {
        segments(self.rules.mechanism(), state)
    }

    fn start(&self, _which: Start, _task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        state.fill(0.0);
        self.rules.mechanism().rest(&mut state[..R::Kind::NQ]);
        if let Some((entry, by)) = self.raised {
            state[entry] += by;
        }
        self.noise.add(stream, task_id, episode, R::Kind::NQ, state);
    }

    fn mix(&self, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
        geodesic::mix(R::COORDINATES, geometry, lambda, a, b, mixed);
    }

    fn aboard(&self) -> Option<Aboard<'_>> {
        self.rules.aboard()
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        double_blocks(&self.rules, self.spec.sizes(), widths)
    }
}
