//! `point-nav`: a point in the plane walks to a goal that it cannot see.
//!
//! The 2-D navigation of the MAML paper (Finn, Abbeel, Levine: "Model-Agnostic Meta-Learning for Fast Adaptation of Deep
//! Networks", ICML 2017, section 5.3). This page is the specification.
//!
//! | | |
//! | --- | --- |
//! | state D = 2 | position x, y in m |
//! | observation S = 2 | the position; never the goal |
//! | action A = 2 | the step's displacement along x, y as a share of .1 m, clipped to [-1, 1] |
//! | task K = 2 | goal position in m, uniform in [-.5, .5]² |
//! | episode | 100 steps at most; query and support episodes are alike |
//!
//! One step, in order (`rules.rs`):
//! 1. p ← p + .1 clip(a / scale, -1, 1).
//! 2. Reward: minus the distance from p to the goal, m.
//! 3. Arrival: less than .01 m from the goal along x and along y. It ends the episode with success.
//!
//! Starts: the origin, always. A state is feasible when no entry is beyond 1e10 m; nothing stands in the way, so mixtures always are.
//!
//! | preset | scale | training goals |
//! | --- | --- | --- |
//! | `point-nav` (default) | 1: as the paper's authors run it, cbfinn/maml_rl (`point_env_randgoal.py` inside `normalize`) | uniform |
//! | `point-nav/gym` | .1: actions in m, as in tristandeleu/pytorch-maml-rl (`2DNavigation-v0`) | uniform |
//! | `point-nav/rare` | 1 | one in ten at x ≥ .1 m, nine in ten at x < .1 m, uniform there |
//!
//! Where the sources differ from the paper's text this world follows them: both reward the negative distance, which the paper calls
//! squared, and both end an episode by the distances along the axes.
//!
//! **What is best.** Who knows the goal (gx, gy) walks .1 m along each axis until it is there. After t steps gx is
//! max(|gx| - .1 t, 0) away, so no policy returns more than minus the sum of hypot(max(|gx| - .1 t, 0), max(|gy| - .1 t, 0)) over
//! t ≥ 1. Who stays at the origin returns -100 hypot(gx, gy).

mod rules;
mod world;

pub(crate) use world::presets;
