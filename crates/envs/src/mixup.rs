//! States between two visited states.
//!
//! Mixing acts on the simulator state, never on the observation, so every step taken from a mixed state keeps a full
//! state of its own.

use std::ops::AddAssign;

use crate::env::Environment;
use crate::error::EnvError;
use crate::rng::Stream;

/// Pairs that are tried before [`mixed_start`] gives up and starts at a visited state.
pub const MAX_REDRAWS: u32 = 64;

/// How much deeper than its deeper parent a mixture may be in the floor and still count as feasible, m.
pub const DEPTH_TOLERANCE: f64 = 1e-3;

/// Along which line states are mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Geometry {
    /// Entry by entry; four that are a quaternion are then scaled to unit length.
    Linear,
    /// Along the shorter way round where an entry is an angle, along the shortest arc where four are a quaternion.
    Geodesic,
}

/// What is done about a mixture that no world should start in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Nothing: it is counted and flown.
    None,
    /// The root is lifted until no point is in the floor.
    Lift,
    /// Another pair is drawn.
    Reject,
}

/// How states are mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixRule {
    /// Along which line.
    pub geometry: Geometry,
    /// What is done about infeasible mixtures.
    pub repair: Repair,
}

impl MixRule {
    /// Refuses a repair that the environment cannot be given.
    pub fn check(self, environment: &Environment) -> Result<(), EnvError> {
        let spec = environment.spec();
        let mut state = vec![0.0; spec.state_size];
        match self.repair {
            Repair::Lift if !environment.raise(&mut state, 0.0) => Err(EnvError::NothingToLift { preset: spec.preset }),
            _ => Ok(()),
        }
    }
}

/// Events of mixing; sums add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MixCounts {
    /// Pairs that were thrown away.
    pub redraws: usize,
    /// Mixtures that were infeasible, whatever was done about them.
    pub infeasible: usize,
    /// Mixtures that were lifted off the floor.
    pub lifted: usize,
    /// Starts at a visited state because no pair was feasible.
    pub gave_up: usize,
}

impl AddAssign for MixCounts {
    fn add_assign(&mut self, o: Self) {
        self.redraws += o.redraws;
        self.infeasible += o.infeasible;
        self.lifted += o.lifted;
        self.gave_up += o.gave_up;
    }
}

/// Writes `lambda a + (1 - lambda) b` entry by entry. `lambda` 1 and 0 copy `a` and `b` bit for bit.
pub fn linear(lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
    if lambda == 1.0 {
        mixed.copy_from_slice(a);
    } else if lambda == 0.0 {
        mixed.copy_from_slice(b);
    } else {
        for ((m, a), b) in mixed.iter_mut().zip(a).zip(b) {
            *m = lambda * a + (1.0 - lambda) * b;
        }
    }
}

/// Writes the mixture `[D]` of two states `[D]` and repairs it; true unless another pair must be drawn.
///
/// A mixture is infeasible when no world may be in it ([`Environment::feasible`]), or when it is more than
/// [`DEPTH_TOLERANCE`] deeper in the floor than the deeper of its parents. `lambda` 0 and 1 give a parent bit for bit,
/// feasible and never repaired. A mixture that is no state at all (not finite, no orientation) is rejected under every
/// repair.
pub fn mix(
    environment: &Environment,
    rule: MixRule,
    lambda: f64,
    [a, b]: [&[f64]; 2],
    mixed: &mut [f64],
    counts: &mut MixCounts,
) -> bool {
    environment.mix(rule.geometry, lambda, a, b, mixed);
    if lambda == 0.0 || lambda == 1.0 {
        return true;
    }
    if environment.check_states(mixed).is_err() {
        counts.infeasible += 1;
        return false;
    }
    let depth = environment.depth(mixed);
    let too_deep = depth > 0.0 && depth > environment.depth(a).max(environment.depth(b)) + DEPTH_TOLERANCE;
    if !too_deep && environment.feasible(mixed) {
        return true;
    }
    counts.infeasible += 1;
    match rule.repair {
        Repair::None => true,
        Repair::Reject => false,
        Repair::Lift => {
            let lifted = too_deep && environment.raise(mixed, depth);
            counts.lifted += usize::from(lifted);
            lifted
        }
    }
}

/// How a mixed start came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedStart {
    /// Row of the first parent among the visited states.
    pub first: usize,
    /// Row of the second parent.
    pub second: usize,
    /// What was met on the way. `gave_up`: all [`MAX_REDRAWS`] pairs were infeasible, and the state is the last pair's
    /// first parent itself.
    pub counts: MixCounts,
}

/// Draws two of the visited states `[V, D]` of a task and writes their mixture `[D]` to `mixed`.
///
/// The pair is uniform (both rows independent; the second among the rows that [`Environment::mixes_within`] lets the first be mixed
/// with) and is drawn again while [`mix`] asks for it; `lambda` stays, so that its
/// law is not bent by the obstacles. Draws are at (`task`, `episode`, step = attempt) of `pairs`.
///
/// Errors: no visited states, a length that is not a multiple of D, or a repair that the environment cannot be given.
pub fn mixed_start(
    environment: &Environment,
    rule: MixRule,
    visited: &[f64],
    lambda: f64,
    pairs: &Stream,
    task: u32,
    episode: u32,
    mixed: &mut [f64],
) -> Result<MixedStart, EnvError> {
    let size = environment.spec().state_size;
    if visited.is_empty() {
        return Err(EnvError::NothingToMix { task });
    }
    let rows = visited.len().div_ceil(size);
    EnvError::check_shape("visited states", visited, rows, size)?;
    rule.check(environment)?;
    let state = |row: usize| &visited[row * size..(row + 1) * size];
    let (mut counts, mut attempt) = (MixCounts::default(), 0);
    loop {
        let first = pairs.below(rows, task, episode, attempt, 0);
        let below = |count| pairs.below(count, task, episode, attempt, 1);
        let second = match environment.mixes_within(state(first)) {
            None => Some(below(rows)),
            Some(own) => {
                let kin = || (0..rows).filter(|&row| environment.mixes_within(state(row)) == Some(own));
                let count = kin().count();
                if count > 1 { kin().nth(below(count)) } else { None }
            }
        };
        match second {
            Some(second) if mix(environment, rule, lambda, [state(first), state(second)], mixed, &mut counts) => {
                return Ok(MixedStart { first, second, counts });
            }
            Some(_) => {}
            // Nothing but itself to be mixed with.
            None => counts.infeasible += 1,
        }
        counts.redraws += 1;
        attempt += 1;
        if attempt == MAX_REDRAWS {
            mixed.copy_from_slice(state(first));
            counts.gave_up = 1;
            return Ok(MixedStart { first, second: second.unwrap_or(first), counts });
        }
    }
}
