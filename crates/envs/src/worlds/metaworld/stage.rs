//! One environment with its model: starts that are remembered, steps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use xmrl_mujoco::MujocoError;

use super::arm::{Arm, FRAME, Ids, Seen, clipped};
use super::facts::Facts;
use super::files::Files;
use super::kinds::{Judged, Rules, frame as frame_of};
use super::scene::{Loans, Scene};
use super::start::Start;

/// Starts that are remembered; a task more and all are forgotten.
const REMEMBERED: usize = 4096;

/// How far the hand is led in an env step for an action of 1, m: in single precision, as actions are.
const REACH: f32 = 0.01;

/// An environment that can be stepped. Threads share it.
pub(super) struct Stage {
    pub(super) facts: &'static Facts,
    rules: &'static dyn Rules,
    scene: Arc<Scene>,
    ids: Arc<Ids>,
    starts: Mutex<HashMap<Vec<u64>, Arc<Start>>>,
}

/// What an episode carries from step to step beside its state.
#[derive(Clone)]
pub(super) struct Carried {
    pub(super) frame: [f64; FRAME],
    /// [`Rules::kept`] of the first step; nothing before it.
    pub(super) kept: Option<f64>,
}

impl Stage {
    /// Loads the model. Errors in words: what is missing or other than it must be.
    pub(super) fn new(files: &Files, facts: &'static Facts, rules: &'static dyn Rules) -> Result<Self, String> {
        let scene = Scene::of(files, facts.xml)?;
        let model = &scene.model;
        let sizes = (model.nq(), model.nv(), model.nu(), model.nmocap());
        if sizes != (facts.positions, facts.velocities, 2, 1) {
            return Err(format!("{} has sizes {sizes:?} that are not {}'s", model.file(), facts.name));
        }
        let ids = Ids::of(model, rules.things()).map_err(|error| error.to_string())?;
        Ok(Stage { facts, rules, ids: Arc::new(ids), scene, starts: Mutex::default() })
    }

    /// Calls `work` with the robot in a room on loan.
    fn with<'a, T>(
        &'a self,
        loans: &mut Loans<'a>,
        work: impl FnOnce(&mut Arm) -> Result<T, MujocoError>,
    ) -> Result<T, MujocoError> {
        loans.with(&self.scene, |room| {
            let mut arm = Arm::new(room, self.ids.clone());
            let done = work(&mut arm)?;
            Ok((arm.room, done))
        })
    }

    /// The start of a task, worked out when it is first asked for: some milliseconds.
    pub(super) fn start<'a>(&'a self, loans: &mut Loans<'a>, random: &[f64]) -> Result<Arc<Start>, MujocoError> {
        let key: Vec<u64> = random.iter().map(|x| x.to_bits()).collect();
        let starts = || self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(start) = starts().get(&key) {
            return Ok(start.clone());
        }
        let start = self.with(loans, |arm| Start::of(arm, self.facts, self.rules, random).map(Arc::new))?;
        let mut starts = starts();
        if starts.len() >= REMEMBERED {
            starts.clear();
        }
        starts.insert(key, start.clone());
        Ok(start)
    }

    /// What is seen in a state of a task: of the start what was seen there, else what follows from the positions.
    pub(super) fn look<'a>(
        &'a self,
        loans: &mut Loans<'a>,
        start: &Start,
        state: &[f64],
    ) -> Result<[f64; FRAME], MujocoError> {
        let same = state.iter().zip(&start.state).all(|(a, b)| a.to_bits() == b.to_bits());
        if same {
            return Ok(start.frame);
        }
        self.with(loans, |arm| {
            self.enter(arm, start, state);
            arm.room.kinematics()?;
            Ok(frame_of(arm, self.rules))
        })
    }

    /// One env step under an action in [-1, 1]. The state and what is carried become those after it. `None`: it met a number that none
    /// can go on from.
    pub(super) fn step<'a>(
        &'a self,
        loans: &mut Loans<'a>,
        start: &Start,
        state: &mut [f64],
        carried: &mut Carried,
        action: [f64; 4],
    ) -> Result<Option<Judged>, MujocoError> {
        self.with(loans, |arm| {
            self.enter(arm, start, state);
            let action = action.map(|x| x as f32);
            let led = &state[self.facts.led()..][..3];
            let to = std::array::from_fn(|k| {
                (led[k] + f64::from(action[k] * REACH)).clamp(self.facts.hand_low[k], self.facts.hand_high[k])
            });
            let grip = f64::from(action[3]);
            arm.lead(to, [grip, -grip])?;
            arm.room.forward()?;
            if arm.room.warned() {
                arm.room.reset()?;
                return Ok(None);
            }
            arm.leave(self.facts, state);
            carried.frame = clipped(frame_of(arm, self.rules));
            let mut seen = Seen { arm, frame: &carried.frame, fingers: arm.fingers(), grip, kept: 0.0 };
            seen.kept = *carried.kept.get_or_insert_with(|| self.rules.kept(&seen));
            Ok(Some(self.rules.judge(&seen, &start.given)))
        })
    }

    fn enter(&self, arm: &mut Arm, start: &Start, state: &[f64]) {
        arm.room.place(start.moved);
        arm.enter(self.facts, state);
    }
}
