//! `walker2d-vel/gym`: Walker2d at a velocity that it is not told.
//!
//! The rules are those of planar runners (`body/runner`); the body is gymnasium's Walker2d-v5 (7 bodies, 6 motors, 9
//! degrees of freedom, physics step .002 s). There is no source of this task with an agreed definition: everything but
//! the velocity term is Walker2d-v5's.
//!
//! | | |
//! | --- | --- |
//! | task | goal velocity g ~ U[0, 2] m/s |
//! | reward | -abs(v - g) + 1 where healthy - .001 sum u², v = Δx/dt of the root |
//! | end | root height outside (.8, 2) m or root angle outside (-1, 1) rad; that step has no bonus |
//! | env step | 4 physics steps, .008 s; T = 200 |
//! | observation S = 17 | qpos without x, qvel clipped to ±10 |
//! | reset | height 1.25 m, qpos and qvel + U(±.005) |

mod world;

pub(crate) use world::{Walker, presets};
