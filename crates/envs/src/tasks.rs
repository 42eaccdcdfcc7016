//! Task pools, and how training tasks are spread.

/// One of the three frozen sets of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// What meta-training sees.
    Training,
    /// Where poor tasks are mined.
    Evaluation,
    /// Never seen by any stage; every claim is also made here.
    HeldOut,
}

impl Pool {
    /// The index of the pool's stream under `Purpose::Tasks` (part of the random-number contract).
    pub(crate) fn index(self) -> u64 {
        match self {
            Pool::Training => 0,
            Pool::Evaluation => 1,
            Pool::HeldOut => 2,
        }
    }
}

/// How training tasks are spread. Evaluation and held-out pools are always uniform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskLaw {
    /// As the other pools.
    Uniform,
    /// Nine tasks in ten on one side, one in ten on the other; the side turns with the seed.
    Imbalanced,
}

/// Tasks of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Tasks {
    /// Task parameters `[n, K]`, row-major.
    pub values: Vec<f64>,
    /// Which tasks lie where the training law is sparse `[n]`; `None` when the law has no such side.
    pub rare: Option<Vec<bool>>,
}
