//! What the rewards of an episode go by from its start on.

/// What a reset leaves behind for the rewards.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Given {
    /// The task's random vector.
    pub(super) random: Vec<f64>,
    /// Where things are to go, m: what an episode's success is judged by.
    pub(super) target: [f64; 3],
    /// Where the object began.
    pub(super) object: [f64; 3],
    /// Where the fingers' middle began.
    pub(super) fingers: [f64; 3],
    /// Where the hand is led to begin with.
    pub(super) hand: [f64; 3],
    /// A place, or a number, of the environment's own.
    pub(super) own: [f64; 3],
}
