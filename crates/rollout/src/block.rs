//! One block of lanes: as many consecutive episodes of one task as a lane value holds.
//!
//! The policy computes in the lanes `L` of the request's precision, a world in its own ([`Numbers`]): what crosses between
//! them is copied, `[width]` on one side and `[parts, width]` on the other.

use xmrl_envs::{LaneWorld, Numbers};
use xmrl_lanes::{Float, Lane};
use xmrl_policy::LanePolicy;

use crate::collect::Rows;
use crate::{Episode, Record, Request, RolloutError, Starts, TaskBatch};

/// The lanes of a world whose caller computes in `L`.
type Of<World, L> = <<World as LaneWorld>::Numbers as Numbers>::Of<L>;

/// The running episodes of a block, and the rows they have recorded.
///
/// A row is `[observation S, action A, log-prob, reward]`, one lane value per entry, one row per step; recorded states are
/// rows `[parts, D]` of the world's lanes. Flags are lanes of 0 and 1.
pub(crate) struct LaneBlock<World: LaneWorld, L: Lane> {
    parts: Vec<Part<World, Of<World, L>>>,
    observation: Vec<L>,
    noise: Vec<L>,
    action: Vec<L>,
    scratch: Vec<L>,
    log_prob: L,
    /// Reward, terminated and success of the last step.
    outcome: [L; 3],
    alive: L,
    totals: Totals<L>,
    rows: Vec<L>,
    states: Vec<Of<World, L>>,
    crossing: Crossing<Of<World, L>>,
}

/// The worlds of one value of the world's lanes.
struct Part<World: LaneWorld, M: Lane> {
    task: Vec<M>,
    state: Vec<M>,
    memory: Vec<M>,
    next_state: Vec<M>,
    next_memory: Vec<M>,
    scratch: World::Scratch<M>,
    /// 0 while every state so far was one that a world can go on from, else 1 or NaN.
    broken: M,
}

/// What the world's side of the crossings is written to, `[parts, width]`.
struct Crossing<M> {
    observation: Vec<M>,
    action: Vec<M>,
    outcome: Vec<M>,
    alive: Vec<M>,
}

/// Per-episode sums.
struct Totals<L> {
    ret: L,
    len: L,
    terminated: L,
    success: L,
    /// 0 while every observation, action and reward so far was finite, else NaN.
    observation: L,
    action: L,
    reward: L,
}

impl<L: Lane> Totals<L> {
    #[inline(always)]
    fn zero() -> Self {
        let zero = L::splat(0.0);
        Self { ret: zero, len: zero, terminated: zero, success: zero, observation: zero, action: zero, reward: zero }
    }
}

impl<World: LaneWorld, M: Lane> Part<World, M> {
    fn new(world: &World, task: &[f64]) -> Self {
        let (zero, sizes) = (M::splat(0.0), world.sizes());
        Self {
            task: task.iter().map(|&value| M::splat(value)).collect(),
            state: vec![zero; sizes.state],
            memory: vec![zero; sizes.memory],
            next_state: vec![zero; sizes.state],
            next_memory: vec![zero; sizes.memory],
            scratch: world.scratch(),
            broken: zero,
        }
    }

    /// Advances the worlds into `next_*`; reward, terminated, success.
    #[inline(always)]
    fn step(&mut self, world: &World, action: &[M], outcome: &mut [M]) {
        self.next_state.copy_from_slice(&self.state);
        self.next_memory.copy_from_slice(&self.memory);
        let given = world.step(&mut self.scratch, &self.task, &mut self.next_state, &mut self.next_memory, action);
        (outcome[0], outcome[1], outcome[2]) = (given.reward, given.terminated, given.success);
    }

    /// Goes on to `next_*` in the lanes where `alive` is 1.
    #[inline(always)]
    fn proceed(&mut self, alive: M) {
        let half = M::splat(0.5);
        for (state, &next) in self.state.iter_mut().zip(&self.next_state) {
            *state = M::select_lt(half, alive, next, *state);
        }
        for (memory, &next) in self.memory.iter_mut().zip(&self.next_memory) {
            *memory = M::select_lt(half, alive, next, *memory);
        }
        if let Some(largest) = World::LARGEST {
            let (zero, one, largest) = (M::splat(0.0), M::splat(1.0), M::splat(largest));
            for &x in &self.state {
                // x * 0 is NaN for an x that is not finite.
                self.broken = M::select_lt(largest, x.abs(), one, x.mul_add(zero, self.broken));
            }
        }
    }
}

impl<World: LaneWorld, L: Lane> LaneBlock<World, L> {
    pub(crate) fn new(world: &World, request: &Request<'_>, task: usize, scratch: usize) -> Self {
        let (zero, none) = (L::splat(0.0), Of::<World, L>::splat(0.0));
        let sizes = world.sizes();
        let parts = World::Numbers::parts::<L>();
        let steps = |kept: bool| if kept { request.horizon } else { 0 };
        Self {
            parts: (0..parts).map(|_| Part::new(world, request.task_values(task))).collect(),
            observation: vec![zero; sizes.observation],
            noise: vec![zero; sizes.action],
            action: vec![zero; sizes.action],
            scratch: vec![zero; scratch],
            log_prob: zero,
            outcome: [zero; 3],
            alive: zero,
            totals: Totals::zero(),
            rows: vec![zero; row_size(sizes.observation, sizes.action) * steps(request.record != Record::Returns)],
            states: vec![none; parts * sizes.state * steps(request.record == Record::LearningAndStates)],
            crossing: Crossing {
                observation: vec![none; parts * sizes.observation],
                action: vec![none; parts * sizes.action],
                outcome: vec![none; parts * 3],
                alive: vec![none; parts],
            },
        }
    }

    /// Puts episodes `first..first + count` at their starts. Lanes beyond `count` hold a copy of the first one, not alive.
    pub(crate) fn start(&mut self, world: &World, request: &Request<'_>, task: usize, first: usize, count: usize) {
        self.totals = Totals::zero();
        self.parts.iter_mut().for_each(|part| part.broken = Lane::splat(0.0));
        self.alive = L::splat(0.0);
        let size = world.sizes().state;
        let mut drawn = vec![0.0; size];
        let lanes = Of::<World, L>::N;
        for lane in 0..count {
            let episode = first + lane;
            match request.starts {
                Starts::Law(which) => {
                    let number = request.first_episode + episode as u32;
                    let (values, id) = (request.task_values(task), request.task_ids[task]);
                    world.start(which, values, &request.start_stream, id, number, &mut drawn);
                }
                Starts::States(states) => {
                    let row = task * request.episodes + episode;
                    drawn.copy_from_slice(&states[row * size..(row + 1) * size]);
                }
            }
            if lane == 0 {
                for part in &mut self.parts {
                    part.state.iter_mut().zip(&drawn).for_each(|(state, &value)| *state = Lane::splat(value));
                }
            }
            let state = &mut self.parts[lane / lanes].state;
            state.iter_mut().zip(&drawn).for_each(|(state, &value)| state.set(lane % lanes, value));
            self.alive.set(lane, 1.0);
        }
    }

    /// Gives the worlds, just put at their starts, their memory.
    #[inline(always)]
    pub(crate) fn begin(&mut self, world: &World) {
        for part in &mut self.parts {
            world.begin(&mut part.scratch, &part.state, &mut part.memory);
        }
    }

    /// Observes, draws the noise of this step, samples the action.
    #[inline(always)]
    pub(crate) fn act<W: Float>(
        &mut self,
        world: &World,
        request: &Request<'_>,
        task: usize,
        first: usize,
        step: usize,
        policy: &LanePolicy<W>,
    ) {
        let seen = &mut self.crossing.observation;
        let size = world.sizes().observation;
        for (p, part) in self.parts.iter_mut().enumerate() {
            let seen = &mut seen[p * size..(p + 1) * size];
            world.observe(&mut part.scratch, &part.state, &part.memory, seen);
        }
        World::Numbers::leave(seen, &mut self.observation);
        if !request.deterministic {
            let (id, episode) = (request.task_ids[task], request.first_episode + first as u32);
            request.noise_stream.normals_lanes(id, episode, step as u32, &mut self.noise);
        }
        self.log_prob = policy.act(&self.observation, &self.noise, &mut self.scratch, &mut self.action);
    }

    /// Advances the worlds that have an episode running.
    #[inline(always)]
    pub(crate) fn advance(&mut self, world: &World) {
        let Crossing { action, outcome, alive, .. } = &mut self.crossing;
        World::Numbers::enter(&[self.alive], alive);
        World::Numbers::enter(&self.action, action);
        let size = world.sizes().action;
        for (p, part) in self.parts.iter_mut().enumerate() {
            let action = &action[p * size..(p + 1) * size];
            let outcome = &mut outcome[p * 3..(p + 1) * 3];
            if any(alive[p]) {
                part.step(world, action, outcome);
            } else {
                outcome.fill(Lane::splat(0.0));
            }
        }
        World::Numbers::leave(outcome, &mut self.outcome);
    }

    /// Records the row, adds to the sums of living lanes, freezes the lanes whose episode ends here.
    #[inline(always)]
    pub(crate) fn account(&mut self, record: Record, step: usize) {
        if record != Record::Returns {
            self.write_row(record, step);
        }
        let (zero, half) = (L::splat(0.0), L::splat(0.5));
        let [reward, terminated, success] = self.outcome;
        let totals = &mut self.totals;
        // x * 0 is NaN for an x that is not finite.
        for &x in &self.observation {
            totals.observation = x.mul_add(zero, totals.observation);
        }
        for &x in &self.action {
            totals.action = x.mul_add(zero, totals.action);
        }
        let reward = L::select_lt(half, self.alive, reward, zero);
        totals.reward = reward.mul_add(zero, totals.reward);
        totals.ret = totals.ret + reward;
        totals.len = totals.len + self.alive;
        let ended = L::select_lt(half, terminated, self.alive, zero);
        totals.terminated = totals.terminated + ended;
        totals.success = totals.success + L::select_lt(half, success, ended, zero);
        for (part, &alive) in self.parts.iter_mut().zip(&self.crossing.alive) {
            if any(alive) {
                part.proceed(alive);
            }
        }
        self.alive = L::select_lt(half, ended, zero, self.alive);
    }

    #[inline(always)]
    fn write_row(&mut self, record: Record, step: usize) {
        let (s, a) = (self.observation.len(), self.action.len());
        let size = row_size(s, a);
        let row = &mut self.rows[step * size..(step + 1) * size];
        row[..s].copy_from_slice(&self.observation);
        row[s..s + a].copy_from_slice(&self.action);
        (row[s + a], row[s + a + 1]) = (self.log_prob, self.outcome[0]);
        if record == Record::LearningAndStates {
            let width = self.parts[0].state.len();
            let size = self.parts.len() * width;
            let rows = &mut self.states[step * size..(step + 1) * size];
            for (row, part) in rows.chunks_exact_mut(width).zip(&self.parts) {
                row.copy_from_slice(&part.state);
            }
        }
    }

    /// Whether an episode of the block still runs.
    #[inline(always)]
    pub(crate) fn any_alive(&self) -> bool {
        any(self.alive)
    }

    /// Errors for the first episode of the block that met a number that is not finite, or a state that no world can go on
    /// from.
    pub(crate) fn check(&self, task: usize, first: usize, count: usize) -> Result<(), RolloutError> {
        let totals = &self.totals;
        let tensors = [("observations", totals.observation), ("actions", totals.action), ("rewards", totals.reward)];
        let lanes = Of::<World, L>::N;
        for lane in 0..count {
            // A state first: what is seen of it follows from it.
            let broken = self.parts[lane / lanes].broken.get(lane % lanes) != 0.0;
            let tensor = if broken {
                Some("states")
            } else {
                tensors.iter().find(|(_, mark)| mark.get(lane) != 0.0).map(|(tensor, _)| *tensor)
            };
            if let Some(tensor) = tensor {
                return Err(RolloutError::NonFinite { tensor, task, episode: first + lane });
            }
        }
        Ok(())
    }

    /// Constraint solves of all the block's flights so far that met the bound on their iterations.
    pub(crate) fn capped_solves(&self, world: &World) -> u64 {
        self.parts.iter().map(|part| world.capped_solves(&part.scratch)).sum()
    }

    /// Appends the block's episodes, in order: what the policy saw and did to `rows`, the rest to `batch`.
    pub(crate) fn flush(&self, record: Record, count: usize, rows: &mut dyn Rows, batch: &mut TaskBatch) {
        let mut start = batch.episodes.last().map_or(0, |last| last.start + last.len);
        let (observed, acted) = (self.observation.len(), self.action.len());
        let mut values = vec![0.0; row_size(observed, acted)];
        for lane in 0..count {
            let totals = &self.totals;
            let len = totals.len.get(lane) as usize;
            batch.episodes.push(Episode {
                start,
                len,
                ret: totals.ret.get(lane),
                success: totals.success.get(lane) > 0.5,
                terminated: totals.terminated.get(lane) > 0.5,
            });
            start += len;
            if record == Record::Returns {
                continue;
            }
            for (step, row) in self.rows.chunks_exact(row_size(observed, acted)).take(len).enumerate() {
                row.iter().zip(&mut values).for_each(|(lanes, value)| *value = lanes.get(lane));
                let (observation, rest) = values.split_at(observed);
                let (action, rest) = rest.split_at(acted);
                rows.push(observation, action, rest[0]);
                batch.rewards.push(rest[1]);
                batch.steps.push(step as u32);
            }
            let (lanes, parts, size) = (Of::<World, L>::N, self.parts.len(), self.parts[0].state.len());
            for rows in self.states.chunks_exact(parts * size).take(len) {
                let row = &rows[lane / lanes * size..][..size];
                batch.states.extend(row.iter().map(|x| x.get(lane % lanes)));
            }
        }
    }
}

/// Whether a flag is set in at least one lane.
#[inline(always)]
fn any<L: Lane>(flag: L) -> bool {
    L::any_lt(L::splat(0.5), flag)
}

/// Lane values in a recorded row.
fn row_size(observation: usize, action: usize) -> usize {
    observation + action + 2
}
