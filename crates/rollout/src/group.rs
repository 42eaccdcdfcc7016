//! Episodes that share one lane value of the policy.

use xmrl_lanes::{Float, Lane};
use xmrl_policy::LanePolicy;

use crate::batch::RowStore;
use crate::{Episode, Record, Request, TaskBatch};

/// `L::N` consecutive episodes, and the rows they have recorded.
///
/// A row is `[observation S, action A, log-prob, reward]`, one lane value per entry, one row per step. Flags are lanes of 0 and
/// 1.
pub(crate) struct Group<L> {
    observation: Vec<L>,
    noise: Vec<L>,
    action: Vec<L>,
    scratch: Vec<L>,
    log_prob: L,
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

    /// Notes the flags of a step, and says in which of the lanes that were alive it ended the episode.
    #[inline(always)]
    fn ends(&mut self, alive: L, terminated: L, success: L) -> L {
        let (zero, half) = (L::splat(0.0), L::splat(0.5));
        let ended = L::select_lt(half, terminated, alive, zero);
        // A flag above 1 is a time limit's.
        self.terminated = self.terminated + L::select_lt(L::splat(1.5), terminated, zero, ended);
        // An episode that has succeeded has: where nothing ends it, it may leave the goal again.
        let achieved = L::select_lt(half, success, alive, zero);
        self.success = L::select_lt(half, achieved, achieved, self.success);
        ended
    }
}

impl<L: Lane> Group<L> {
    pub(crate) fn new(request: &Request<'_>, scratch: usize) -> Self {
        let (zero, spec) = (L::splat(0.0), request.env.spec());
        let (s, a) = (spec.observation_size, spec.action_size);
        let steps = if request.record == Record::Returns { 0 } else { request.horizon };
        Self {
            observation: vec![zero; s],
            noise: vec![zero; a],
            action: vec![zero; a],
            scratch: vec![zero; scratch],
            log_prob: zero,
            alive: zero,
            totals: Totals::zero(),
            rows: vec![zero; row_size(s, a) * steps],
        }
    }

    /// The first `count` lanes begin an episode, the others have none.
    pub(crate) fn start(&mut self, count: usize) {
        self.totals = Totals::zero();
        self.alive = L::splat(0.0);
        (0..count).for_each(|lane| self.alive.set(lane, 1.0));
    }

    /// Flags of the episodes that run.
    #[inline(always)]
    pub(crate) fn alive(&self) -> L {
        self.alive
    }

    /// Whether one runs.
    #[inline(always)]
    pub(crate) fn any_alive(&self) -> bool {
        L::any_lt(L::splat(0.5), self.alive)
    }

    /// Takes what is seen from the group's columns of `[S, width]`, draws the noise of this step, samples the action. `episode`
    /// is the number of the first lane's in the streams.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "what a step is keyed by, and where it reads")]
    pub(crate) fn act<W: Float>(
        &mut self,
        request: &Request<'_>,
        task: usize,
        episode: u32,
        step: usize,
        policy: &LanePolicy<W>,
        observations: &[L::Number],
        width: usize,
    ) {
        for (at, seen) in self.observation.iter_mut().enumerate() {
            *seen = L::read(&observations[at * width..]);
        }
        if !request.deterministic {
            request.noise_stream.normals_lanes(request.task_ids[task], episode, step as u32, &mut self.noise);
        }
        self.log_prob = policy.act(&self.observation, &self.noise, &mut self.scratch, &mut self.action);
    }

    /// Writes the actions to the group's columns of `[A, width]`.
    #[inline(always)]
    pub(crate) fn write_actions(&self, actions: &mut [L::Number], width: usize) {
        for (at, action) in self.action.iter().enumerate() {
            action.write(&mut actions[at * width..]);
        }
    }

    /// Records the row, adds to the sums of living lanes, ends the episodes that are over. `outcomes`: the group's columns of
    /// `[3, width]`.
    #[inline(always)]
    pub(crate) fn account(&mut self, record: Record, step: usize, outcomes: &[L::Number], width: usize) {
        let [reward, terminated, success] = [0, 1, 2].map(|at| L::read(&outcomes[at * width..]));
        if record != Record::Returns {
            self.write_row(step, reward);
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
        let reward = L::select_lt(half, self.alive, reward, zero);
        totals.reward = reward.mul_add(zero, totals.reward);
        totals.ret = totals.ret + reward;
        totals.len = totals.len + self.alive;
        let ended = totals.ends(self.alive, terminated, success);
        self.alive = L::select_lt(half, ended, zero, self.alive);
    }

    #[inline(always)]
    fn write_row(&mut self, step: usize, reward: L) {
        let (s, a) = (self.observation.len(), self.action.len());
        let size = row_size(s, a);
        let row = &mut self.rows[step * size..(step + 1) * size];
        row[..s].copy_from_slice(&self.observation);
        row[s..s + a].copy_from_slice(&self.action);
        (row[s + a], row[s + a + 1]) = (self.log_prob, reward);
    }

    /// What of a lane's episode was not finite first, if anything was.
    pub(crate) fn not_finite(&self, lane: usize) -> Option<&'static str> {
        let totals = &self.totals;
        let tensors = [("observations", totals.observation), ("actions", totals.action), ("rewards", totals.reward)];
        tensors.iter().find(|(_, mark)| mark.get(lane) != 0.0).map(|(tensor, _)| *tensor)
    }

    /// Appends a lane's episode.
    pub(crate) fn flush(&self, lane: usize, record: Record, rows: &mut dyn RowStore, batch: &mut TaskBatch) {
        let totals = &self.totals;
        let len = totals.len.get(lane) as usize;
        batch.episodes.push(Episode {
            start: batch.episodes.last().map_or(0, |last| last.start + last.len),
            len,
            ret: totals.ret.get(lane),
            success: totals.success.get(lane) > 0.5,
            terminated: totals.terminated.get(lane) > 0.5,
        });
        if record == Record::Returns {
            return;
        }
        let (observed, acted) = (self.observation.len(), self.action.len());
        let mut values = vec![0.0; row_size(observed, acted)];
        for (step, row) in self.rows.chunks_exact(row_size(observed, acted)).take(len).enumerate() {
            row.iter().zip(&mut values).for_each(|(lanes, value)| *value = lanes.get(lane));
            let (observation, rest) = values.split_at(observed);
            let (action, rest) = rest.split_at(acted);
            rows.push(observation, action, rest[0]);
            batch.rewards.push(rest[1]);
            batch.steps.push(step as u32);
        }
    }
}

/// Lane values in a recorded row.
fn row_size(observation: usize, action: usize) -> usize {
    observation + action + 2
}

#[cfg(test)]
mod tests {
    use xmrl_lanes::PortableF64x1;

    use super::*;

    #[test]
    fn an_episode_that_has_succeeded_has_and_one_that_is_over_cannot() {
        let flag = |set: bool| PortableF64x1::splat(f64::from(u8::from(set)));
        // Steps of terminated and success; whether the episode was ended, and has succeeded.
        for (steps, ended, success) in [
            (&[[false, false], [false, true], [false, false]][..], false, true),
            (&[[false, false], [true, true], [false, false]], true, true),
            (&[[true, false], [false, true]], true, false),
            (&[[false, false], [false, false]], false, false),
        ] {
            let (mut totals, mut alive) = (Totals::zero(), true);
            for &[terminated, achieved] in steps {
                let over = totals.ends(flag(alive), flag(terminated), flag(achieved));
                alive &= over.get(0) < 0.5;
            }
            assert_eq!((totals.terminated.get(0) > 0.5, totals.success.get(0) > 0.5), (ended, success), "{steps:?}");
        }
    }
}
