//! `cheetah-vel`, `cheetah-dir`: HalfCheetah runs at a velocity, or in a direction, that it is not told.
//!
//! The rules are those of planar runners (`body/runner`); the body is MuJoCo's HalfCheetah (7 bodies, 6 motors, 9
//! degrees of freedom, 14 kg, physics step .01 s), the same file in every source. What a preset adds:
//!
//! | preset | task | reward | v | T | frame_skip, dt | observation | action | reset noise |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | `cheetah-vel/maml` (default) | g ~ U[0, 2] m/s | -abs(v - g) - .05 sum u² | centre of mass | 200 | 1, .01 s | 20: qpos without x 8, qvel 9, centre of mass 3 | u = clip(a) | qpos N(0, .01²), qvel N(0, .1²) |
//! | `cheetah-vel/gym` | g ~ U[0, 2] m/s | as above | root Δx/dt | 200 | 5, .05 s | 20: qpos without x 8, qvel 9, torso `xpos` 3 | u = clip(a) | qpos U(±.1), qvel N(0, .1²) |
//! | `cheetah-vel/promp` | g ~ U[0, 3] m/s | as above | root Δx/dt | 100 | 5, .05 s | 17: qpos without x 8, qvel 9 | u = clip(a / 10) | as gym |
//! | `cheetah-dir/gym` | d = ±1 | d v - .05 sum u² | root Δx/dt | 200 | 5, .05 s | 20 as gym | u = clip(a) | as gym |
//! | `cheetah-vel/rare` | training: 9 in 10 g ~ U[0, 1.2), 1 in 10 g ~ U[1.2, 2); else as `maml` | as `maml` | as `maml` | 200 | 1, .01 s | as `maml` | as `maml` | as `maml` |
//!
//! Sources: cbfinn/maml_rl (`maml`), tristandeleu/pytorch-maml-rl (`gym`), jonasrothfuss/ProMP (`promp`). Episodes never
//! end early. Torso `xpos` is one physics step late, as MuJoCo leaves it after `mj_step`, and fresh after a reset or a set
//! state. Query and support episodes are alike. The task is never observed.
//!
//! One difference from the sources: the cost of effort is that of the clipped control (theirs: of the action before the
//! simulator clips it; equal while actions stay in range).

mod world;

pub(crate) use world::{Cheetah, presets};
