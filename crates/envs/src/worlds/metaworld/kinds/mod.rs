//! The environments: how each is arranged, what is seen of it, what it rewards. Formulas are those of Meta-World's "v2" rewards.

mod doors;
mod drawers;
mod goals;
mod levers;
mod pegs;
mod places;
mod sweeps;

use xmrl_mujoco::{Kind, MujocoError};

use super::arm::{Arm, Seen, as_quat};
use super::start::Given;

/// What a step is worth.
pub(super) struct Judged {
    /// Its reward, in [0, 10].
    pub(super) reward: f64,
    /// Whether the task is achieved in it.
    pub(super) success: bool,
}

/// What is an environment's own.
pub(super) trait Rules: Send + Sync {
    /// Names that it asks the model for; elsewhere they are called by their places in this list.
    fn things(&self) -> &'static [(Kind, &'static str)];

    /// The body (its place among the [`things`](Rules::things)) that a random vector moves within the model, and where to.
    fn moved(&self, _random: &[f64]) -> Option<(usize, [f64; 3])> {
        None
    }

    /// Arranges things once the hand is at its start, and says what was given.
    fn arrange(&self, arm: &mut Arm, given: &mut Given) -> Result<(), MujocoError>;

    /// Writes position and quaternion of its one or two objects.
    fn objects(&self, arm: &Arm, objects: &mut [f64]);

    /// What a step that led here is worth.
    fn judge(&self, seen: &Seen<'_>, given: &Given) -> Judged;
}

/// The rules of an environment; `None` for one that is not here yet.
pub(super) fn rules(name: &str) -> Option<&'static dyn Rules> {
    let rules: &'static dyn Rules = match name {
        "reach" => &goals::Reach,
        "push" => &goals::Push,
        "pick-place" => &goals::PickPlace,
        "door-open" => &doors::DoorOpen,
        "door-close" => &doors::DoorClose,
        "drawer-close" => &drawers::DrawerClose,
        "drawer-open" => &drawers::DrawerOpen,
        "button-press-topdown" => &levers::ButtonPressTopdown,
        "window-open" => &levers::WindowOpen,
        "lever-pull" => &levers::LeverPull,
        "peg-insert-side" => &pegs::PegInsertSide,
        "basketball" => &places::Basketball,
        "shelf-place" => &places::ShelfPlace,
        "sweep" => &sweeps::Sweep,
        "sweep-into" => &sweeps::SweepInto,
        _ => return None,
    };
    Some(rules)
}

/// The first three numbers of a vector.
fn three(numbers: &[f64]) -> [f64; 3] {
    [numbers[0], numbers[1], numbers[2]]
}

/// Writes an object.
fn write(objects: &mut [f64], at: [f64; 3], turned: [f64; 4]) {
    objects[..3].copy_from_slice(&at);
    objects[3..7].copy_from_slice(&turned);
}

/// The object of most environments: a body, and the orientation (x, y, z, w) of its geom. Places among the things.
fn write_body_and_geom(arm: &Arm, [body, geom]: [usize; 2], objects: &mut [f64]) {
    write(objects, arm.room.body(arm.own(body)), as_quat(arm.room.geom_mat(arm.own(geom))));
}
