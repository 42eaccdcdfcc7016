//! One block of lanes: as many consecutive episodes of one task as a lane value holds.

use xmrl_envs::LaneWorld;
use xmrl_lanes::Lane;
use xmrl_policy::{LanePolicy, Weight};

use crate::{Episode, Record, Request, RolloutError, Starts, TaskBatch};

/// The running episodes of a block, and the rows they have recorded.
///
/// A row is `[observation S, action A, log-prob, reward, state D (if recorded)]`, one lane value per entry, one row per step.
/// Flags are lanes of 0 and 1.
pub(crate) struct LaneBlock<L> {
    task: Vec<L>,
    state: Vec<L>,
    next: Vec<L>,
    observation: Vec<L>,
    noise: Vec<L>,
    action: Vec<L>,
    scratch: Vec<L>,
    log_prob: L,
    reward: L,
    terminated: L,
    success: L,
    alive: L,
    totals: Totals<L>,
    rows: Vec<L>,
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

impl<L: Lane> LaneBlock<L> {
    pub(crate) fn new<World: LaneWorld>(request: &Request<'_>, task: usize, scratch: usize) -> Self {
        let zero = L::splat(0.0);
        let row = row_size::<World>(request.record);
        Self {
            task: request.task_values(task).iter().map(|&value| L::splat(value)).collect(),
            state: vec![zero; World::STATE],
            next: vec![zero; World::STATE],
            observation: vec![zero; World::OBS],
            noise: vec![zero; World::ACT],
            action: vec![zero; World::ACT],
            scratch: vec![zero; scratch],
            log_prob: zero,
            reward: zero,
            terminated: zero,
            success: zero,
            alive: zero,
            totals: Totals::zero(),
            rows: vec![zero; row * request.horizon],
        }
    }

    /// Puts episodes `first..first + count` at their starts. Lanes beyond `count` hold a copy of the first one, not alive.
    pub(crate) fn start<World: LaneWorld>(
        &mut self,
        world: &World,
        request: &Request<'_>,
        task: usize,
        first: usize,
        count: usize,
    ) {
        self.totals = Totals::zero();
        self.alive = L::splat(0.0);
        let mut drawn = vec![0.0; World::STATE];
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
                    drawn.copy_from_slice(&states[row * World::STATE..(row + 1) * World::STATE]);
                }
            }
            for (state, &value) in self.state.iter_mut().zip(&drawn) {
                if lane == 0 {
                    *state = L::splat(value);
                }
                state.set(lane, value);
            }
            self.alive.set(lane, 1.0);
        }
    }

    /// Observes, draws the noise of this step, samples the action.
    #[inline(always)]
    pub(crate) fn act<World: LaneWorld, W: Weight>(
        &mut self,
        world: &World,
        request: &Request<'_>,
        task: usize,
        first: usize,
        step: usize,
        policy: &LanePolicy<W>,
    ) {
        world.observe(&self.state, &mut self.observation);
        if !request.deterministic {
            let (id, episode) = (request.task_ids[task], request.first_episode + first as u32);
            request.noise_stream.normals_lanes(id, episode, step as u32, &mut self.noise);
        }
        self.log_prob = policy.act(&self.observation, &self.noise, &mut self.scratch, &mut self.action);
    }

    /// Advances the world.
    #[inline(always)]
    pub(crate) fn advance<World: LaneWorld>(&mut self, world: &World) {
        self.next.copy_from_slice(&self.state);
        let outcome = world.step(&self.task, &mut self.next, &self.action);
        (self.reward, self.terminated, self.success) = (outcome.reward, outcome.terminated, outcome.success);
    }

    /// Records the row, adds to the sums of living lanes, freezes the lanes whose episode ends here.
    #[inline(always)]
    pub(crate) fn account(&mut self, record: Record, step: usize) {
        if record != Record::Returns {
            self.write_row(record, step);
        }
        let (zero, half) = (L::splat(0.0), L::splat(0.5));
        let totals = &mut self.totals;
        // x * 0 is NaN for an x that is not finite.
        for &x in &self.observation {
            totals.observation = x.mul_add(zero, totals.observation);
        }
        for &x in &self.action {
            totals.action = x.mul_add(zero, totals.action);
        }
        let reward = L::select_lt(half, self.alive, self.reward, zero);
        totals.reward = reward.mul_add(zero, totals.reward);
        totals.ret = totals.ret + reward;
        totals.len = totals.len + self.alive;
        let ended = L::select_lt(half, self.terminated, self.alive, zero);
        totals.terminated = totals.terminated + ended;
        totals.success = totals.success + L::select_lt(half, self.success, ended, zero);
        for (state, &next) in self.state.iter_mut().zip(&self.next) {
            *state = L::select_lt(half, self.alive, next, *state);
        }
        self.alive = L::select_lt(half, ended, zero, self.alive);
    }

    #[inline(always)]
    fn write_row(&mut self, record: Record, step: usize) {
        let (s, a, d) = (self.observation.len(), self.action.len(), self.state.len());
        let size = s + a + 2 + if record == Record::LearningAndStates { d } else { 0 };
        let row = &mut self.rows[step * size..(step + 1) * size];
        row[..s].copy_from_slice(&self.observation);
        row[s..s + a].copy_from_slice(&self.action);
        (row[s + a], row[s + a + 1]) = (self.log_prob, self.reward);
        if record == Record::LearningAndStates {
            row[s + a + 2..].copy_from_slice(&self.state);
        }
    }

    /// Whether an episode of the block still runs.
    #[inline(always)]
    pub(crate) fn any_alive(&self) -> bool {
        L::any_lt(L::splat(0.5), self.alive)
    }

    /// Errors for the first episode of the block that met a number that is not finite.
    pub(crate) fn check(&self, task: usize, first: usize, count: usize) -> Result<(), RolloutError> {
        let totals = &self.totals;
        let tensors = [("observations", totals.observation), ("actions", totals.action), ("rewards", totals.reward)];
        for lane in 0..count {
            if let Some((tensor, _)) = tensors.iter().find(|(_, mark)| mark.get(lane) != 0.0) {
                return Err(RolloutError::NonFinite { tensor, task, episode: first + lane });
            }
        }
        Ok(())
    }

    /// Appends the block's episodes, in order, to the batch.
    pub(crate) fn flush<World: LaneWorld>(&self, record: Record, count: usize, batch: &mut TaskBatch) {
        let size = row_size::<World>(record);
        let mut start = batch.episodes.last().map_or(0, |last| last.start + last.len);
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
            for (step, row) in self.rows.chunks_exact(size).take(len).enumerate() {
                let (observation, rest) = row.split_at(World::OBS);
                let (action, rest) = rest.split_at(World::ACT);
                batch.observations.extend(observation.iter().map(|x| x.get(lane)));
                batch.actions.extend(action.iter().map(|x| x.get(lane)));
                batch.log_probs.push(rest[0].get(lane));
                batch.rewards.push(rest[1].get(lane));
                batch.states.extend(rest[2..].iter().map(|x| x.get(lane)));
                batch.steps.push(step as u32);
            }
        }
    }
}

/// Lane values in a recorded row.
fn row_size<World: LaneWorld>(record: Record) -> usize {
    match record {
        Record::Learning => World::OBS + World::ACT + 2,
        Record::LearningAndStates => World::OBS + World::ACT + 2 + World::STATE,
        Record::Returns => 0,
    }
}
