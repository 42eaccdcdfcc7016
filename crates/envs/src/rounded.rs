//! Worlds in double precision for a caller that computes in single.

use xmrl_lanes::{Kernel, Lane, dispatch_f64};

use crate::block::Block;
use crate::error::EnvError;

/// Blocks for callers that compute in single precision, of blocks that compute in double.
#[must_use]
pub fn rounded_blocks(blocks: Vec<Box<dyn Block<f64>>>) -> Vec<Box<dyn Block<f32>>> {
    blocks.into_iter().map(|block| Box::new(Rounded::new(block)) as Box<dyn Block<f32>>).collect()
}

/// A block of doubles whose caller's numbers are rounded to nearest on their way out.
struct Rounded {
    block: Box<dyn Block<f64>>,
    flags: Vec<f64>,
    observations: Vec<f64>,
    actions: Vec<f64>,
    outcomes: Vec<f64>,
}

impl Rounded {
    fn new(block: Box<dyn Block<f64>>) -> Self {
        let width = block.width();
        Self {
            block,
            flags: vec![0.0; width],
            observations: Vec::new(),
            actions: Vec::new(),
            outcomes: vec![0.0; 3 * width],
        }
    }
}

impl Block<f32> for Rounded {
    fn width(&self) -> usize {
        self.block.width()
    }

    fn begin(&mut self, fresh: &[f32], tasks: &[f64], states: &[f64]) -> Result<(), EnvError> {
        dispatch_f64(Widen { from: fresh, to: &mut self.flags });
        self.block.begin(&self.flags, tasks, states)
    }

    fn observe(&mut self, observations: &mut [f32]) -> Result<(), EnvError> {
        self.observations.resize(observations.len(), 0.0);
        self.block.observe(&mut self.observations)?;
        dispatch_f64(Narrow { from: &self.observations, to: observations });
        Ok(())
    }

    fn step(&mut self, alive: &[f32], actions: &[f32], outcomes: &mut [f32]) -> Result<(), EnvError> {
        self.actions.resize(actions.len(), 0.0);
        dispatch_f64(Widen { from: alive, to: &mut self.flags });
        dispatch_f64(Widen { from: actions, to: &mut self.actions });
        self.block.step(&self.flags, &self.actions, &mut self.outcomes)?;
        dispatch_f64(Narrow { from: &self.outcomes, to: outcomes });
        Ok(())
    }

    fn states(&mut self, states: &mut [f64]) -> Result<(), EnvError> {
        self.block.states(states)
    }

    fn broken(&self, world: usize) -> bool {
        self.block.broken(world)
    }

    fn capped_solves(&self) -> u64 {
        self.block.capped_solves()
    }
}

struct Widen<'a> {
    from: &'a [f32],
    to: &'a mut [f64],
}

impl Kernel for Widen<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        for (to, &from) in self.to.iter_mut().zip(self.from) {
            *to = f64::from(from);
        }
    }
}

struct Narrow<'a> {
    from: &'a [f64],
    to: &'a mut [f32],
}

impl Kernel for Narrow<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        for (to, &from) in self.to.iter_mut().zip(self.from) {
            *to = from as f32;
        }
    }
}
