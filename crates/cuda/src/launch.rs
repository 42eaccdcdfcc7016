//! A launch: arrays of a piece of a request on the card, and their addresses as a kernel takes them.

use std::sync::Arc;

use xmrl_kernels::Arguments;
use xmrl_lanes::Float;
use xmrl_policy::{Activation, LanePolicy};
use xmrl_rollout::{Record, Request, RolloutError};

use crate::buffer::{Buffer, Plain};
use crate::device::Device;
use crate::error::CudaError;

/// Threads of a block: two warps, so that few episodes spread over many multiprocessors. Bits do not depend on it.
const THREADS: u32 = 64;

/// Some episodes of some tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) first_task: usize,
    pub(crate) tasks: usize,
    pub(crate) first_episode: usize,
    pub(crate) episodes: usize,
}

impl Piece {
    /// W, threads that fly it.
    pub(crate) fn worlds(&self) -> usize {
        self.tasks * self.episodes
    }
}

/// The arrays of a launch.
pub(crate) struct Arrays {
    /// What the kernel only reads. Kept for as long as it may run.
    inputs: Vec<Buffer>,
    pub(crate) observations: Buffer,
    pub(crate) actions: Buffer,
    pub(crate) log_probs: Buffer,
    pub(crate) rewards: Buffer,
    pub(crate) states: Buffer,
    pub(crate) returns: Buffer,
    pub(crate) lengths: Buffer,
    pub(crate) ends: Buffer,
    pub(crate) capped_solves: Buffer,
    arguments: Arguments,
}

/// A failure of the card, as roll-outs report it.
pub(crate) fn failed(error: CudaError) -> RolloutError {
    RolloutError::Device(Box::new(error))
}

/// Steps of which rows are kept.
pub(crate) fn recorded(request: &Request<'_>) -> usize {
    if request.record == Record::Returns { 0 } else { request.horizon }
}

/// Steps of which states are kept.
pub(crate) fn stated(request: &Request<'_>) -> usize {
    if request.record == Record::LearningAndStates { request.horizon } else { 0 }
}

/// Bytes on the card of one episode whose numbers have so many.
pub(crate) fn bytes_an_episode(request: &Request<'_>, number: usize) -> u64 {
    let sizes = request.env.spec().sizes();
    let rows = recorded(request) * (sizes.observation + sizes.action + 2) * number;
    let states = (stated(request) + 1) * sizes.state * size_of::<f64>();
    (rows + states + number + 3 * size_of::<u32>()) as u64
}

impl Arrays {
    /// Uploads what a piece needs and makes room for what it leaves, numbers of type `N`.
    pub(crate) fn new<N: Float + Plain>(
        device: &Arc<Device>,
        request: &Request<'_>,
        piece: Piece,
    ) -> Result<Self, RolloutError> {
        let spec = request.env.spec();
        let (sizes, worlds) = (spec.sizes(), piece.worlds());
        let aboard =
            request.env.aboard().ok_or_else(|| failed(CudaError::NoKernels { preset: spec.preset.clone() }))?;
        let each = request.policy.parameters();
        let one = request.params.len() == each;
        let params =
            if one { request.params } else { &request.params[piece.first_task * each..][..piece.tasks * each] };
        let (mut weights, mut deviations, mut peaks, mut layer_sizes) = (vec![], vec![], vec![], vec![]);
        for (at, params) in params.chunks_exact(each).enumerate() {
            let task = piece.first_task + at;
            let policy = LanePolicy::<N>::new(request.policy, params);
            let policy = policy.map_err(|source| RolloutError::Policy { task, source })?;
            let packed = policy.packed();
            weights.extend_from_slice(packed.weights);
            deviations.extend_from_slice(packed.deviations);
            peaks.push(packed.peak);
            layer_sizes = packed.sizes.to_vec();
        }
        let mut inputs = Vec::new();
        let mut upload = |buffer: Result<Buffer, CudaError>| {
            let buffer = buffer.map_err(failed)?;
            let address = buffer.address();
            inputs.push(buffer);
            Ok::<u64, RolloutError>(address)
        };
        let tasks = &request.tasks[piece.first_task * sizes.task..][..piece.tasks * sizes.task];
        let tasks = upload(Buffer::of(device, tasks))? as *const f64;
        let task_ids = &request.task_ids[piece.first_task..][..piece.tasks];
        let task_ids = upload(Buffer::of(device, task_ids))? as *const u32;
        let starts = upload(Buffer::of(device, &starts(request, piece)?))? as *const f64;
        let tables = aboard.tables;
        let mut table = |of: Option<&[f64]>| match of {
            Some(numbers) => upload(Buffer::of(device, numbers)).map(|address| address as *const f64),
            None => Ok(std::ptr::null()),
        };
        let closes = table(tables.map(|tables| tables.closes))?;
        let features = table(tables.map(|tables| tables.features))?;
        let turbulence = table(tables.map(|tables| tables.turbulence))?;
        let flags = [
            (request.deterministic, Arguments::DETERMINISTIC),
            (recorded(request) > 0, Arguments::ROWS),
            (stated(request) > 0, Arguments::STATES),
            (one, Arguments::ONE_POLICY),
            (request.policy.activation == Activation::Relu, Arguments::RELU),
        ];
        let numbers = |count: usize, bytes: usize| Buffer::room(device, count * worlds * bytes).map_err(failed);
        let (rows, n) = (recorded(request), size_of::<N>());
        let observations = numbers(rows * sizes.observation, n)?;
        let actions = numbers(rows * sizes.action, n)?;
        let (log_probs, rewards) = (numbers(rows, n)?, numbers(rows, n)?);
        let states = numbers(stated(request) * sizes.state, size_of::<f64>())?;
        let returns = numbers(1, n)?;
        let (lengths, ends, capped_solves) = (numbers(1, 4)?, numbers(1, 4)?, numbers(1, 4)?);
        let arguments = Arguments {
            worlds: worlds as u32,
            episodes: piece.episodes as u32,
            first_episode: request.first_episode + piece.first_episode as u32,
            horizon: request.horizon as u32,
            preset: aboard.preset,
            flags: flags.iter().filter(|(on, _)| *on).map(|(_, flag)| flag).sum(),
            observation: sizes.observation as u32,
            action: sizes.action as u32,
            state: sizes.state as u32,
            task: sizes.task as u32,
            memory: sizes.memory as u32,
            layers: layer_sizes.len() as u32 - 1,
            weights_each: (weights.len() / peaks.len()) as u32,
            days: tables.map_or(0, |tables| tables.days as u32),
            noise_key: request.noise_stream.key(),
            tasks,
            task_ids,
            starts,
            layer_sizes: upload(Buffer::of(device, &layer_sizes))? as *const u32,
            weights: upload(Buffer::of(device, &weights))? as *const u8,
            deviations: upload(Buffer::of(device, &deviations))? as *const u8,
            peaks: upload(Buffer::of(device, &peaks))? as *const f64,
            closes,
            features,
            turbulence,
            observations: observations.address() as *mut u8,
            actions: actions.address() as *mut u8,
            log_probs: log_probs.address() as *mut u8,
            rewards: rewards.address() as *mut u8,
            states: states.address() as *mut f64,
            returns: returns.address() as *mut u8,
            lengths: lengths.address() as *mut u32,
            ends: ends.address() as *mut u32,
            capped_solves: capped_solves.address() as *mut u32,
        };
        Ok(Self {
            inputs,
            observations,
            actions,
            log_probs,
            rewards,
            states,
            returns,
            lengths,
            ends,
            capped_solves,
            arguments,
        })
    }

    /// The bytes that a kernel takes.
    pub(crate) fn parameters(&self) -> &[u8] {
        debug_assert!(!self.inputs.is_empty());
        // SAFETY: numbers and addresses without padding between them, as the kernel's parameter is laid out.
        unsafe { std::slice::from_raw_parts((&raw const self.arguments).cast(), Arguments::BYTES) }
    }

    /// Blocks and threads.
    pub(crate) fn grid(&self) -> (u32, u32) {
        (self.arguments.worlds.div_ceil(THREADS), THREADS)
    }
}

/// Start states of a piece, `[D, W]`.
fn starts(request: &Request<'_>, piece: Piece) -> Result<Vec<f64>, RolloutError> {
    let (size, worlds) = (request.env.spec().state_size, piece.worlds());
    let mut columns = vec![0.0; size * worlds];
    for task in 0..piece.tasks {
        let rows = request.start_states(piece.first_task + task, piece.first_episode, piece.episodes)?;
        for (episode, row) in rows.chunks_exact(size).enumerate() {
            for (at, &x) in row.iter().enumerate() {
                columns[at * worlds + task * piece.episodes + episode] = x;
            }
        }
    }
    Ok(columns)
}
