//! One environment with its model: rooms that are lent, starts that are remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use xmrl_mujoco::{Model, MujocoError};

use super::arm::{Arm, FRAME, Ids, Seen, clipped};
use super::facts::Facts;
use super::files::Files;
use super::kinds::{Judged, Rules, frame as frame_of};
use super::start::Start;

/// Starts that are remembered; a task more and all are forgotten.
const REMEMBERED: usize = 4096;

/// How far the hand is led in an env step for an action of 1, m: in single precision, as actions are.
const REACH: f32 = 0.01;

/// An environment that can be stepped. Threads share it.
pub(super) struct Stage {
    pub(super) facts: &'static Facts,
    rules: &'static dyn Rules,
    model: Model,
    ids: Ids,
    /// Rooms that nobody uses now: as many as threads have needed at a time.
    free: Mutex<Vec<Arm>>,
    starts: Mutex<HashMap<Vec<u64>, Arc<Start>>>,
}

impl Stage {
    /// Loads the model. Errors in words: what is missing or other than it must be.
    pub(super) fn new(files: &Files, facts: &'static Facts, rules: &'static dyn Rules) -> Result<Self, String> {
        let model = Model::load(files.library()?, &files.model(facts.xml)?).map_err(|error| error.to_string())?;
        let sizes = (model.nq(), model.nv(), model.nu(), model.nmocap());
        if sizes != (facts.positions, facts.velocities, 2, 1) {
            return Err(format!("{} has sizes {sizes:?} that are not {}'s", model.file(), facts.name));
        }
        let ids = Ids::of(&model, rules.things()).map_err(|error| error.to_string())?;
        Ok(Stage { facts, rules, model, ids, free: Mutex::default(), starts: Mutex::default() })
    }

    /// A room, for a while.
    pub(super) fn take(&self) -> Result<Arm, MujocoError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.map_or_else(|| Arm::new(&self.model, &self.ids), Ok)
    }

    /// Takes it back. One that met a fatal error is not given back.
    pub(super) fn give_back(&self, arm: Arm) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(arm);
    }

    /// The start of a task, worked out when it is first asked for: some milliseconds.
    pub(super) fn start(&self, random: &[f64]) -> Result<Arc<Start>, MujocoError> {
        let key: Vec<u64> = random.iter().map(|x| x.to_bits()).collect();
        let starts = || self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(start) = starts().get(&key) {
            return Ok(start.clone());
        }
        let mut arm = self.take()?;
        let start = Arc::new(Start::of(&mut arm, self.facts, self.rules, random)?);
        self.give_back(arm);
        let mut starts = starts();
        if starts.len() >= REMEMBERED {
            starts.clear();
        }
        starts.insert(key, start.clone());
        Ok(start)
    }

    /// What is seen in a state of a task: of the start what was seen there, else what follows from the positions.
    pub(super) fn look(&self, arm: &mut Arm, start: &Start, state: &[f64]) -> Result<[f64; FRAME], MujocoError> {
        let same = state.iter().zip(&start.state).all(|(a, b)| a.to_bits() == b.to_bits());
        if same {
            return Ok(start.frame);
        }
        self.enter(arm, start, state);
        arm.room.kinematics()?;
        Ok(frame_of(arm, self.rules))
    }

    /// One env step under an action in [-1, 1]. The state and the frame become those after it. `None`: it met a number that none can
    /// go on from.
    pub(super) fn step(
        &self,
        arm: &mut Arm,
        start: &Start,
        state: &mut [f64],
        frame: &mut [f64; FRAME],
        action: [f64; 4],
    ) -> Result<Option<Judged>, MujocoError> {
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
        *frame = clipped(frame_of(arm, self.rules));
        let seen = Seen { arm, frame, fingers: arm.fingers(), grip };
        Ok(Some(self.rules.judge(&seen, &start.given)))
    }

    fn enter(&self, arm: &mut Arm, start: &Start, state: &[f64]) {
        if let Some((body, place)) = start.moved {
            arm.room.place(body, place);
        }
        arm.enter(self.facts, state);
    }
}
