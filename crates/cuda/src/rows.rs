//! What a launch left, as batches.

use rayon::prelude::*;
use xmrl_kernels::Arguments;
use xmrl_lanes::Float;
use xmrl_rollout::{Episode, Request, RolloutError, RowStore, TaskBatch};

use crate::buffer::Plain;
use crate::error::CudaError;
use crate::launch::{Arrays, Piece, recorded, stated};

/// The arrays of a launch, on the host.
pub(crate) struct Rows<N> {
    worlds: usize,
    observations: Vec<N>,
    actions: Vec<N>,
    log_probs: Vec<N>,
    rewards: Vec<N>,
    states: Vec<f64>,
    returns: Vec<N>,
    lengths: Vec<u32>,
    ends: Vec<u32>,
    capped_solves: Vec<u32>,
}

impl<N: Float + Plain + Default + Into<f64> + Sync> Rows<N> {
    /// Downloads them.
    pub(crate) fn of(arrays: &Arrays, request: &Request<'_>, piece: Piece) -> Result<Self, CudaError> {
        let (sizes, worlds) = (request.env.spec().sizes(), piece.worlds());
        let rows = recorded(request);
        let mut found = Self {
            worlds,
            observations: vec![N::default(); rows * sizes.observation * worlds],
            actions: vec![N::default(); rows * sizes.action * worlds],
            log_probs: vec![N::default(); rows * worlds],
            rewards: vec![N::default(); rows * worlds],
            states: vec![0.0; stated(request) * sizes.state * worlds],
            returns: vec![N::default(); worlds],
            lengths: vec![0; worlds],
            ends: vec![0; worlds],
            capped_solves: vec![0; worlds],
        };
        arrays.observations.read(&mut found.observations)?;
        arrays.actions.read(&mut found.actions)?;
        arrays.log_probs.read(&mut found.log_probs)?;
        arrays.rewards.read(&mut found.rewards)?;
        arrays.states.read(&mut found.states)?;
        arrays.returns.read(&mut found.returns)?;
        arrays.lengths.read(&mut found.lengths)?;
        arrays.ends.read(&mut found.ends)?;
        arrays.capped_solves.read(&mut found.capped_solves)?;
        Ok(found)
    }

    /// Appends the episodes of a piece to the batches of its tasks; the first task and episode whose numbers left the finite ones
    /// is an error.
    pub(crate) fn append(
        &self,
        request: &Request<'_>,
        piece: Piece,
        batches: &mut [TaskBatch],
        stores: &mut [&mut dyn RowStore],
    ) -> Result<(), RolloutError> {
        let tasks = piece.first_task..piece.first_task + piece.tasks;
        let all = batches[tasks.clone()].par_iter_mut().zip(stores[tasks].par_iter_mut()).enumerate();
        let done: Vec<_> =
            all.map(|(task, (batch, store))| self.task(request, piece, task, batch, &mut **store)).collect();
        done.into_iter().collect()
    }

    fn task(
        &self,
        request: &Request<'_>,
        piece: Piece,
        task: usize,
        batch: &mut TaskBatch,
        store: &mut dyn RowStore,
    ) -> Result<(), RolloutError> {
        let sizes = request.env.spec().sizes();
        let (mut observation, mut action) = (vec![0.0; sizes.observation], vec![0.0; sizes.action]);
        for episode in 0..piece.episodes {
            let world = task * piece.episodes + episode;
            let ends = self.ends[world];
            if let Some(tensor) = broken(ends) {
                let (task, episode) = (piece.first_task + task, piece.first_episode + episode);
                return Err(RolloutError::NonFinite { tensor, task, episode });
            }
            let len = self.lengths[world] as usize;
            batch.episodes.push(Episode {
                start: batch.episodes.last().map_or(0, |last| last.start + last.len),
                len,
                ret: self.returns[world].into(),
                success: ends & Arguments::SUCCESS != 0,
                terminated: ends & Arguments::TERMINATED != 0,
            });
            batch.capped_solves += u64::from(self.capped_solves[world]);
            for step in 0..len.min(recorded(request)) {
                self.column(&self.observations, step, world, &mut observation);
                self.column(&self.actions, step, world, &mut action);
                let at = step * self.worlds + world;
                store.push(&observation, &action, self.log_probs[at].into());
                batch.rewards.push(self.rewards[at].into());
                batch.steps.push(step as u32);
            }
            for step in 0..len.min(stated(request)) {
                let entries = (0..sizes.state).map(|at| self.states[(step * sizes.state + at) * self.worlds + world]);
                batch.states.extend(entries);
            }
        }
        Ok(())
    }

    /// A world's entries of a step of `[T, size, W]`.
    fn column(&self, of: &[N], step: usize, world: usize, to: &mut [f64]) {
        let size = to.len();
        for (at, x) in to.iter_mut().enumerate() {
            *x = of[(step * size + at) * self.worlds + world].into();
        }
    }
}

/// What was not finite first, in the order in which the CPU looks.
fn broken(ends: u32) -> Option<&'static str> {
    let marks = [
        (Arguments::BROKEN_STATE, "states"),
        (Arguments::BROKEN_OBSERVATION, "observations"),
        (Arguments::BROKEN_ACTION, "actions"),
        (Arguments::BROKEN_REWARD, "rewards"),
    ];
    marks.iter().find(|(mark, _)| ends & mark != 0).map(|(_, tensor)| *tensor)
}
