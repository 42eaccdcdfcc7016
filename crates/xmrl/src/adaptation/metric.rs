//! In which inner product directions are centred and compared, and what becomes of their lengths.

/// An inner product of directions.
#[derive(Debug, Clone, Copy)]
pub enum Metric<'a> {
    /// Of parameters, `<u, v>`.
    Raw,
    /// Groups of parameters (layers), given by their sizes that tile P, each divided by the root mean square length that
    /// the centred training directions have in it: no layer counts for more because its parameters move more.
    Layers(&'a [usize]),
    /// `<u, F v>` of a symmetric F, given by its products with the directions: the Fisher matrix of theta_0 measures
    /// directions by what they do to the policy, not to its parameters. Sources: Amari 1998; Kakade 2002.
    Images {
        /// `F u` of the training tasks' halves, `[N,P]` each.
        train: [&'a [f64]; 2],
        /// `F u` of the poor tasks' halves, `[B,P]` each.
        poor: [&'a [f64]; 2],
    },
}

/// What becomes of the lengths of centred directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lengths {
    /// Every direction is divided by its own length: only where it points counts.
    Unit,
    /// All are divided by one number, the root mean square length of the centred training directions, halves pooled, in
    /// the metric: a task that moves the policy twice as far counts twice as much, and no unit matters. Halves and
    /// resamples are divided by the same number. Where training directions do not differ, all are 0 and weights are even.
    Kept,
}
