//! `cheetah-vel`, `cheetah-dir`: HalfCheetah runs at a velocity, or in a direction, that it is not told.
//!
//! The rules are those of planar [runners](crate::Runner); the body is MuJoCo's HalfCheetah (7 bodies, 6 motors, 9
//! degrees of freedom, 14 kg, physics step .01 s), the same file in every source. What a preset adds:
//!
//! | preset | task | reward | v | T | frame_skip, dt | observation | action | reset noise |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | `cheetah-vel/maml` (default) | g ~ U[0, 2] m/s | -abs(v - g) - .05 sum u² | centre of mass | 200 | 1, .01 s | 20: qpos without x 8, qvel 9, centre of mass 3 | u = clip(a) | qpos N(0, .01²), qvel N(0, .1²) |
//! | `cheetah-vel/gym` | g ~ U[0, 2] m/s | as above | root Δx/dt | 200 | 5, .05 s | 20: qpos without x 8, qvel 9, torso `xpos` 3 | u = clip(a) | qpos U(±.1), qvel N(0, .1²) |
//! | `cheetah-vel/promp` | g ~ U[0, 3] m/s | as above | root Δx/dt | 100 | 5, .05 s | 17: qpos without x 8, qvel 9 | u = clip(a / 10) | as gym |
//! | `cheetah-dir/gym` | d = ±1 | d v - .05 sum u² | root Δx/dt | 200 | 5, .05 s | 20 as gym | u = clip(a) | as gym |
//!
//! Sources: cbfinn/maml_rl (`maml`), tristandeleu/pytorch-maml-rl (`gym`), jonasrothfuss/ProMP (`promp`). Episodes never
//! end early. Torso `xpos` is one physics step late, as MuJoCo leaves it after `mj_step`, and fresh after a reset or a set
//! state. Query and support episodes are alike. The task is never observed.
//!
//! One difference from the sources: the cost of effort is that of the clipped control (theirs: of the action before the
//! simulator clips it; equal while actions stay in range).

use xmrl_physics::Planar;
use xmrl_physics::models::CHEETAH;

use crate::body::{Goals, ResetNoise};
use crate::mixup::{Geometry, MixRule, Repair};
use crate::runner::{Aim, Model, Rules, Runner, Shown, Speed};
use crate::task::{EnvSpec, PriceSource, Score, View};

/// HalfCheetah.
#[derive(Clone, Copy, Debug)]
pub struct Cheetah;

impl Model for Cheetah {
    type Kind = Planar<7, 9, 16, 8>;
    const MECHANISM: &'static Self::Kind = &CHEETAH;
    const ORIGIN: [f64; 2] = CHEETAH.origin;
    const MOTORS: usize = 6;
}

const MAML_SPEC: EnvSpec = EnvSpec {
    preset: "cheetah-vel/maml",
    family: "cheetah-vel",
    description: "HalfCheetah at a hidden velocity of 0 to 2 m/s; 200 steps of .01 s, as in MAML (rllab).",
    observation_size: 20,
    action_size: 6,
    action_scale: 1.0,
    state_size: 18,
    task_size: 1,
    horizon: 200,
    support_horizon: 200,
    observation_low: &[f64::NEG_INFINITY; 20],
    observation_high: &[f64::INFINITY; 20],
    task_names: &["goal velocity (m/s)"],
    task_low: &[0.0],
    task_high: &[2.0],
    default_task: &[1.0],
    scored_by: Score::Return,
    mixing: MixRule { geometry: Geometry::Geodesic, repair: Repair::Lift },
    knows_rare_tasks: false,
    view: View::Side,
    liftable: true,
    smooth: false,
    prices: PriceSource::None,
};

const MAML: Rules = Rules {
    spec: MAML_SPEC,
    frame_skip: 1,
    height: 0.0,
    noise: ResetNoise::Normal { position: 0.01, velocity: 0.1 },
    goals: Goals::Velocity { low: 0.0, high: 2.0 },
    aim: Aim::Velocity,
    speed: Speed::Centre,
    shown: Shown::Centre,
    velocity_clip: None,
    effort: 0.05,
    alive: 0.0,
    healthy: None,
};

const GYM: Rules = Rules {
    spec: EnvSpec {
        preset: "cheetah-vel/gym",
        description: "HalfCheetah at a hidden velocity of 0 to 2 m/s; 200 steps of .05 s, as in pytorch-maml-rl (gym).",
        ..MAML_SPEC
    },
    frame_skip: 5,
    noise: ResetNoise::Uniform { position: 0.1, velocity: 0.1 },
    speed: Speed::Displacement,
    shown: Shown::LateRoot,
    ..MAML
};

const PROMP: Rules = Rules {
    spec: EnvSpec {
        preset: "cheetah-vel/promp",
        description: "HalfCheetah at a hidden velocity of 0 to 3 m/s; 100 steps of .05 s, actions a tenth, as in ProMP.",
        observation_size: 17,
        action_scale: 10.0,
        horizon: 100,
        support_horizon: 100,
        observation_low: &[f64::NEG_INFINITY; 17],
        observation_high: &[f64::INFINITY; 17],
        task_high: &[3.0],
        ..MAML_SPEC
    },
    goals: Goals::Velocity { low: 0.0, high: 3.0 },
    shown: Shown::Nothing,
    ..GYM
};

const DIRECTION: Rules = Rules {
    spec: EnvSpec {
        preset: "cheetah-dir/gym",
        family: "cheetah-dir",
        description: "HalfCheetah in a hidden direction, forward or backward; 200 steps of .05 s, as in pytorch-maml-rl.",
        task_names: &["direction"],
        task_low: &[-1.0],
        task_high: &[1.0],
        default_task: &[1.0],
        ..MAML_SPEC
    },
    goals: Goals::Direction,
    aim: Aim::Direction,
    ..GYM
};

/// The presets that show a place.
pub(crate) const PLACED: [Runner<Cheetah, 3>; 3] = [Runner::new(&MAML), Runner::new(&GYM), Runner::new(&DIRECTION)];

/// The presets that do not.
pub(crate) const PLAIN: [Runner<Cheetah, 0>; 1] = [Runner::new(&PROMP)];
