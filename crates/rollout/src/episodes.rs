//! Episodes of one task that run together: as many as a block of worlds holds.

use xmrl_envs::Block;
use xmrl_lanes::{Float, Lane};
use xmrl_policy::LanePolicy;

use crate::batch::RowStore;
use crate::group::Group;
use crate::{Record, Request, RolloutError, TaskBatch};

/// The running episodes of a block of worlds, and the rows they have recorded.
///
/// The policy computes in lanes `L`, the worlds in whatever they do: what crosses between them are structures of arrays in the
/// lanes' number type, and a call of the block. Episode `first + w` runs in world `w`; lane value `g` of the policy, a
/// [`Group`], has worlds `g L::N` and on.
pub(crate) struct Episodes<'a, L: Lane> {
    request: &'a Request<'a>,
    task: usize,
    worlds: Box<dyn Block<L::Number>>,
    groups: Vec<Group<L>>,
    crossing: Crossing<L::Number>,
    /// Recorded states `[T, D, W]`.
    states: Vec<f64>,
    state_size: usize,
    first: usize,
    count: usize,
}

/// What crosses, for all worlds of the block.
struct Crossing<T> {
    /// `[W]`.
    alive: Vec<T>,
    /// `[S, W]`.
    observations: Vec<T>,
    /// `[A, W]`.
    actions: Vec<T>,
    /// `[3, W]`.
    outcomes: Vec<T>,
}

impl<'a, L: Lane> Episodes<'a, L> {
    pub(crate) fn new(request: &'a Request<'a>, task: usize, scratch: usize) -> Self {
        let spec = request.env.spec();
        let wanted = request.env.abilities().preferred_width.unwrap_or(L::N).min(request.episodes);
        let width = wanted.next_multiple_of(L::N);
        let worlds = request.env.blocks(&[width]).pop().expect("a block for each width");
        let numbers = |count: usize| vec![L::Number::default(); count * width];
        let sizes = spec.sizes();
        let recorded =
            if request.record == Record::LearningAndStates { request.horizon * sizes.state * width } else { 0 };
        Self {
            request,
            task,
            worlds,
            groups: (0..width / L::N).map(|_| Group::new(request, scratch)).collect(),
            crossing: Crossing {
                alive: numbers(1),
                observations: numbers(sizes.observation),
                actions: numbers(sizes.action),
                outcomes: numbers(3),
            },
            states: vec![0.0; recorded],
            state_size: sizes.state,
            first: 0,
            count: 0,
        }
    }

    /// W, worlds of the block.
    pub(crate) fn width(&self) -> usize {
        self.groups.len() * L::N
    }

    /// Begins episodes `first..first + count`. Lanes beyond `count` that share a lane value with one below it hold a copy of the
    /// block's first world, not alive, where worlds are lanes themselves.
    pub(crate) fn start(&mut self, first: usize, count: usize) -> Result<(), RolloutError> {
        (self.first, self.count) = (first, count);
        let (request, task, width, size) = (self.request, self.task, self.width(), self.state_size);
        let values = request.task_values(task);
        let tasks: Vec<f64> = values.iter().flat_map(|&value| (0..width).map(move |_| value)).collect();
        let drawn = request.start_states(task, first, count)?;
        let mut states = vec![0.0; size * width];
        for (world, drawn) in drawn.chunks_exact(size).enumerate() {
            let last = if world == 0 { width } else { world + 1 };
            for (column, &x) in states.chunks_exact_mut(width).zip(drawn) {
                column[world..last].fill(x);
            }
        }
        let (zero, one) = (L::splat(0.0), L::splat(1.0));
        let fresh = &mut self.crossing.alive;
        let filled = request.env.abilities().preferred_width.is_none();
        for (g, lanes) in fresh.chunks_exact_mut(L::N).enumerate() {
            let begun = count.saturating_sub(g * L::N).min(L::N);
            // Lanes are filled up with copies; a world behind something else is asked about none that nobody needs.
            let mut flags = if filled && begun > 0 { one } else { zero };
            (0..begun).for_each(|lane| flags.set(lane, 1.0));
            flags.write(lanes);
        }
        self.worlds.begin(fresh, &tasks, &states).map_err(RolloutError::World)?;
        for (g, group) in self.groups.iter_mut().enumerate() {
            group.start(count.saturating_sub(g * L::N).min(L::N));
            group.alive().write(&mut self.crossing.alive[g * L::N..]);
        }
        Ok(())
    }

    /// Observes, draws the noise of this step, samples the actions of the groups that have an episode running.
    #[inline(always)]
    pub(crate) fn act<W: Float>(&mut self, step: usize, policy: &LanePolicy<W>) -> Result<(), RolloutError> {
        let Crossing { observations, actions, .. } = &mut self.crossing;
        self.worlds.observe(observations).map_err(RolloutError::World)?;
        let width = self.groups.len() * L::N;
        for (g, group) in self.groups.iter_mut().enumerate() {
            if !group.any_alive() {
                continue;
            }
            let episode = self.request.first_episode + (self.first + g * L::N) as u32;
            group.act(self.request, self.task, episode, step, policy, &observations[g * L::N..], width);
            group.write_actions(&mut actions[g * L::N..], width);
        }
        Ok(())
    }

    /// Advances the worlds that have an episode running; records, and ends the episodes that are over.
    #[inline(always)]
    pub(crate) fn advance(&mut self, step: usize) -> Result<(), RolloutError> {
        let width = self.groups.len() * L::N;
        if self.request.record == Record::LearningAndStates {
            let size = self.state_size * width;
            let states = &mut self.states[step * size..(step + 1) * size];
            self.worlds.states(states).map_err(RolloutError::World)?;
        }
        let Crossing { alive, actions, outcomes, .. } = &mut self.crossing;
        self.worlds.step(alive, actions, outcomes).map_err(RolloutError::World)?;
        for (g, group) in self.groups.iter_mut().enumerate() {
            if !group.any_alive() {
                continue;
            }
            group.account(self.request.record, step, &outcomes[g * L::N..], width);
            group.alive().write(&mut alive[g * L::N..]);
        }
        Ok(())
    }

    /// Whether an episode of the block still runs.
    #[inline(always)]
    pub(crate) fn any_alive(&self) -> bool {
        self.groups.iter().any(Group::any_alive)
    }

    /// Errors for the first episode of the block that met a number that is not finite, or a state that no world can go on
    /// from.
    pub(crate) fn check(&self) -> Result<(), RolloutError> {
        for world in 0..self.count {
            // A state first: what is seen of it follows from it.
            let broken = self.worlds.broken(world).then_some("states");
            let tensor = broken.or_else(|| self.groups[world / L::N].not_finite(world % L::N));
            if let Some(tensor) = tensor {
                return Err(RolloutError::NonFinite { tensor, task: self.task, episode: self.first + world });
            }
        }
        Ok(())
    }

    /// Constraint solves of all episodes so far that met the bound on their iterations.
    pub(crate) fn capped_solves(&self) -> u64 {
        self.worlds.capped_solves()
    }

    /// Appends the block's episodes, in order: what the policy saw and did to `rows`, the rest to `batch`.
    pub(crate) fn flush(&self, rows: &mut dyn RowStore, batch: &mut TaskBatch) {
        let width = self.width();
        for world in 0..self.count {
            self.groups[world / L::N].flush(world % L::N, self.request.record, rows, batch);
            let len = batch.episodes.last().map_or(0, |episode| episode.len);
            for states in self.states.chunks_exact(self.state_size * width).take(len) {
                batch.states.extend(states.iter().skip(world).step_by(width));
            }
        }
    }
}
