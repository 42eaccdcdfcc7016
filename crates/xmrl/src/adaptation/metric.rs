//! In which inner product directions are centred, normalised and compared.

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
