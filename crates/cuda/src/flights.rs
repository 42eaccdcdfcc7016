//! Requests of roll-outs, flown on a card.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use xmrl_kernels::MOST_UNITS;
use xmrl_lanes::Float;
use xmrl_rollout::{Flights, Precision, Request, RolloutError, RowStore, TaskBatch};
use xmrl_threads::leave_if_stopped;

use crate::buffer::Plain;
use crate::device::{Device, Module};
use crate::driver::Driver;
use crate::error::CudaError;
use crate::kernels::ptx;
use crate::launch::{Arrays, Piece, bytes_an_episode, failed};
use crate::rows::Rows;

/// Most threads of a launch.
const MOST_WORLDS: usize = 1 << 22;

/// The first card, and the kernels that were compiled for it so far.
#[derive(Debug)]
pub struct CudaFlights {
    device: Arc<Device>,
    /// By family.
    modules: Mutex<HashMap<&'static str, Arc<Module>>>,
    /// Bytes that a launch's arrays may have; half of what is free where nothing is said.
    most_bytes: Option<u64>,
}

impl CudaFlights {
    /// Opens the driver and takes its first card.
    ///
    /// # Errors
    /// [`CudaError`] for whatever is missing.
    pub fn open() -> Result<Self, CudaError> {
        Ok(Self::on(Device::first(Driver::open()?)?))
    }

    /// On this card.
    #[must_use]
    pub fn on(device: Arc<Device>) -> Self {
        Self { device, modules: Mutex::default(), most_bytes: None }
    }

    /// Bounds the bytes of a launch's arrays: larger requests fly in several.
    #[must_use]
    pub fn with_most_bytes(self, bytes: u64) -> Self {
        Self { most_bytes: Some(bytes), ..self }
    }

    /// The card.
    #[must_use]
    pub fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// The kernels of a family, compiled once.
    fn module(&self, family: &'static str, preset: &str) -> Result<Arc<Module>, CudaError> {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.get(family) {
            return Ok(Arc::clone(module));
        }
        let text = ptx(family).ok_or_else(|| CudaError::NoKernels { preset: preset.to_owned() })?;
        let module = Arc::new(self.device.module(text)?);
        modules.insert(family, Arc::clone(&module));
        Ok(module)
    }

    fn fly_in<N>(&self, request: &Request<'_>, rows: &mut [&mut dyn RowStore]) -> Result<Vec<TaskBatch>, RolloutError>
    where
        N: Float + Plain + Default + Into<f64> + Sync,
    {
        let preset = &request.env.spec().preset;
        let aboard = request.env.aboard().ok_or_else(|| failed(CudaError::NoKernels { preset: preset.clone() }))?;
        let module = self.module(aboard.family, preset).map_err(failed)?;
        let bits = 8 * size_of::<N>();
        let kernel = module.kernel(&format!("fly_{}_f{bits}", aboard.family)).map_err(failed)?;
        let most = match self.most_bytes {
            Some(bytes) => bytes,
            None => self.device.memory().map_err(failed)?.0 / 2,
        };
        let episodes = most / bytes_an_episode(request, size_of::<N>());
        let mut batches: Vec<TaskBatch> = (0..request.task_count()).map(|_| TaskBatch::default()).collect();
        for piece in pieces(request.task_count(), request.episodes, episodes.clamp(1, MOST_WORLDS as u64) as usize) {
            leave_if_stopped();
            let arrays = Arrays::new::<N>(&self.device, request, piece)?;
            let (blocks, threads) = arrays.grid();
            // SAFETY: the kernel's arguments, whose arrays live until it has ended.
            unsafe { kernel.launch(blocks, threads, arrays.parameters()) }.map_err(failed)?;
            let found = Rows::<N>::of(&arrays, request, piece).map_err(failed)?;
            drop(arrays);
            found.append(request, piece, &mut batches, rows)?;
        }
        Ok(batches)
    }
}

impl Flights for CudaFlights {
    fn name(&self) -> &str {
        self.device.name()
    }

    fn refuses(&self, request: &Request<'_>) -> Option<String> {
        let preset = &request.env.spec().preset;
        let none = || CudaError::NoKernels { preset: preset.clone() }.to_string();
        match request.env.aboard() {
            Some(aboard) if ptx(aboard.family).is_some() => {
                let widest = request.policy.hidden.iter().copied().max().unwrap_or(0);
                let wide = || format!("a hidden layer of {widest} units: kernels have at most {MOST_UNITS}");
                (widest > MOST_UNITS).then(wide)
            }
            _ => Some(none()),
        }
    }

    fn fly(&self, request: &Request<'_>, rows: &mut [&mut dyn RowStore]) -> Result<Vec<TaskBatch>, RolloutError> {
        match request.precision {
            Precision::F64 => self.fly_in::<f64>(request, rows),
            Precision::F32 => self.fly_in::<f32>(request, rows),
        }
    }
}

/// A request in pieces of at most so many episodes: whole tasks where one fits, else parts of one.
fn pieces(tasks: usize, episodes: usize, most: usize) -> Vec<Piece> {
    if most >= episodes {
        let together = most / episodes;
        let starts = (0..tasks).step_by(together);
        return starts
            .map(|first_task| Piece { first_task, tasks: together.min(tasks - first_task), first_episode: 0, episodes })
            .collect();
    }
    let parts = |first_task: usize| {
        let starts = (0..episodes).step_by(most);
        starts.map(move |first_episode| Piece {
            first_task,
            tasks: 1,
            first_episode,
            episodes: most.min(episodes - first_episode),
        })
    };
    (0..tasks).flat_map(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_every_episode_once_and_no_more_than_fit() {
        for (tasks, episodes, most) in [(5, 4, 9), (5, 4, 4), (3, 7, 2), (1, 1, 1), (4, 3, 1000)] {
            let mut flown = vec![0; tasks * episodes];
            for piece in pieces(tasks, episodes, most) {
                assert!(piece.worlds() <= most && piece.worlds() > 0, "{piece:?}");
                for task in piece.first_task..piece.first_task + piece.tasks {
                    for episode in piece.first_episode..piece.first_episode + piece.episodes {
                        flown[task * episodes + episode] += 1;
                    }
                }
            }
            assert_eq!(flown, vec![1; tasks * episodes], "{tasks} {episodes} {most}");
        }
    }
}
