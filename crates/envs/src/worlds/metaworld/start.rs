//! Where an episode of a task begins: a function of the task alone.

use xmrl_mujoco::MujocoError;

use super::arm::{Arm, FRAME};
use super::facts::Facts;
use super::given::Given;
use super::kinds::{Rules, frame};

/// Env steps in which the hand goes to its start.
const APPROACH: usize = 50;

/// The start of a task.
pub(super) struct Start {
    /// The body of the model that the task moves, and where to.
    pub(super) moved: Option<(usize, [f64; 3])>,
    pub(super) given: Given,
    /// The state.
    pub(super) state: Vec<f64>,
    /// What is seen first. Not always what the state's places are: some environments look before they set a joint.
    pub(super) frame: [f64; FRAME],
}

impl Start {
    /// The start of the task with this random vector: the task's body is moved, and from the model's own start the hand goes to its
    /// place with the fingers open; then the environment arranges its things. (Meta-World does so twice, for the same end.)
    pub(super) fn of(arm: &mut Arm, facts: &Facts, rules: &dyn Rules, random: &[f64]) -> Result<Self, MujocoError> {
        let moved = rules.moved(random).map(|(thing, place)| (arm.own(thing), place));
        arm.room.place(moved);
        arm.room.reset()?;
        for _ in 0..APPROACH {
            arm.lead(facts.hand_start, [-1.0, 1.0])?;
        }
        let mut given =
            Given { random: random.to_vec(), fingers: arm.fingers(), hand: facts.hand_start, ..Given::default() };
        rules.arrange(arm, &mut given)?;
        let mut state = vec![0.0; facts.state_size()];
        arm.leave(facts, &mut state);
        Ok(Start { moved, given, state, frame: frame(arm, rules) })
    }
}
