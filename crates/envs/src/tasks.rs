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

/// An end of the unit interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Numbers near 0.
    Low,
    /// Numbers near 1.
    High,
}

/// A training law under which one end of what tasks can be is rare: `share` of the training tasks come from the `part` of the
/// support at `end`, the others from the rest of it. Evaluation and held-out tasks are uniform over the whole support.
///
/// It acts on one number u, uniform in [0, 1), of which a task's parameter is a monotone function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rare {
    /// Share of the training tasks that are rare, in [0, 1].
    pub(crate) share: f64,
    /// Share of the support that is rare, in (0, 1).
    pub(crate) part: f64,
    /// Which end that is.
    pub(crate) end: End,
}

impl Rare {
    /// One training task in ten from .4 of the support.
    pub(crate) const fn at(end: End) -> Self {
        Rare { share: 0.1, part: 0.4, end }
    }

    /// The number of task `i` of a pool of `count` in place of `uniform`, and whether the task is rare.
    ///
    /// In the training pool the tasks that [`evenly_rare`] names have numbers uniform over the rare part, the others uniform
    /// over the rest; in the other pools numbers stay as they are.
    pub(crate) fn place(self, pool: Pool, (i, count): (usize, usize), uniform: f64) -> (f64, bool) {
        let rest = 1.0 - self.part;
        if pool != Pool::Training {
            let rare = match self.end {
                End::Low => uniform < self.part,
                End::High => uniform >= rest,
            };
            return (uniform, rare);
        }
        let rare = evenly_rare(self.share, i, count);
        let number = match (self.end, rare) {
            (End::Low, true) => self.part * uniform,
            (End::Low, false) => self.part + rest * uniform,
            (End::High, true) => rest + self.part * uniform,
            (End::High, false) => rest * uniform,
        };
        (number, rare)
    }
}

/// Whether task `i` of `count` is one of the r = round(share × count) rare ones (a half is rounded up), which are spread evenly:
/// it is where `(i + 1) r / count` passes an integer.
pub(crate) fn evenly_rare(share: f64, i: usize, count: usize) -> bool {
    let rare = (share * count as f64).round() as usize;
    (i + 1) * rare / count > i * rare / count
}
