//! Rules of a world as lane code: what is compiled for every instruction set.

use xmrl_lanes::Lane;

/// What one step gives, lane by lane.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<L> {
    /// Reward of the step.
    pub reward: L,
    /// 1 where the rules ended the episode (not the horizon), else 0.
    pub terminated: L,
    /// 1 where the task was achieved in this step, else 0.
    pub success: L,
}

/// A world's rules. One lane is one world; lanes never see each other.
///
/// Everything is a function of its arguments: no time, no hidden state, no allocation. The lane functions are
/// `#[inline(always)]` in every implementation (see `xmrl_lanes`). Slices have the lengths of the world's
/// [`Sizes`](crate::Sizes): state D, memory M, observation S, task K, action A.
pub trait Rules: Clone + Send + Sync {
    /// Magnitude beyond which an entry of a state is no number a world can go on from. `None` where no step can lead out of
    /// the numbers, so that nobody need look.
    const LARGEST: Option<f64> = None;

    /// Working memory for lanes `L`, given by the caller; its contents mean nothing between calls.
    type Scratch<L: Lane>: ?Sized + Send;

    /// Writes the memory `[M]` of a world that has just been put in `state` `[D]`.
    fn begin<L: Lane>(&self, scratch: &mut Self::Scratch<L>, state: &[L], memory: &mut [L]);

    /// What a policy sees, `[S]` from `[D]` and `[M]`. Never the task.
    fn observe<L: Lane>(&self, scratch: &mut Self::Scratch<L>, state: &[L], memory: &[L], observation: &mut [L]);

    /// Advances every lane by one env step under `action` `[A]` (divided by the preset's scale and clipped to [-1, 1]
    /// here).
    ///
    /// Knows nothing of finished episodes: the caller discards the lanes that are over.
    fn step<L: Lane>(
        &self,
        scratch: &mut Self::Scratch<L>,
        task: &[L],
        state: &mut [L],
        memory: &mut [L],
        action: &[L],
    ) -> Outcome<L>;

    /// Constraint solves that met the bound on their iterations, in this working memory so far: each solve of lanes counts
    /// once however many of its worlds were not done.
    fn capped_solves<L: Lane>(&self, _scratch: &Self::Scratch<L>) -> u64 {
        0
    }
}
