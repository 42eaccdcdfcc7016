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

/// How training tasks are spread over what tasks can be. Evaluation and held-out pools are always spread over the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TaskLaw {
    /// As the other pools.
    Uniform,
    /// A part of the support is rare.
    Rare(Rare),
}

impl TaskLaw {
    /// What is rare under it.
    pub(crate) const fn rare(self) -> Option<Rare> {
        match self {
            TaskLaw::Uniform => None,
            TaskLaw::Rare(rare) => Some(rare),
        }
    }
}

/// Tasks of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Tasks {
    /// Task parameters `[n, K]`, row-major.
    pub values: Vec<f64>,
    /// Which tasks lie where the training law is sparse `[n]`; `None` when the law has no such side.
    pub rare: Option<Vec<bool>>,
}

/// Index of the stream under `Purpose::Tasks` whose first number turns what is rare with the seed, where that is a side or a sector
/// of the plane (pools use 0 to 2).
pub(crate) const TURN: u64 = 16;

/// An end of the unit interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Numbers near 0.
    Low,
    /// Numbers near 1.
    High,
}

impl End {
    /// Its name across the seam.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            End::Low => "low",
            End::High => "high",
        }
    }
}

/// On what of a world's tasks rareness acts.
#[derive(Clone, Debug, PartialEq)]
pub struct Rareness {
    /// What of a task, in words.
    pub on: String,
    /// Whether that is a direction, whose turn begins anywhere: a function of the seed. Else it is a number of a range.
    pub turns: bool,
    /// What is rare where nothing else is asked for.
    pub usual: Rare,
}

impl Rareness {
    /// Of a number of a range; the usual law.
    pub(crate) fn of(on: &str, end: End) -> Self {
        Rareness { on: on.to_owned(), turns: false, usual: Rare::at(end) }
    }

    /// Of a direction, of which so large a part is usually rare.
    pub(crate) fn turning(on: &str, part: f64) -> Self {
        Rareness { on: on.to_owned(), turns: true, usual: Rare { part, ..Rare::at(End::High) } }
    }
}

/// A training law under which one end of what tasks can be is rare: `share` of the training tasks come from the `part` of the
/// support at `end`, the others from the rest of it. Evaluation and held-out tasks are uniform over the whole support.
///
/// It acts on one number, uniform in [0, 1), that a task is a function of: the level of a threshold, the place in a range of
/// velocities, or where in a turn a goal lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rare {
    /// Share of the training tasks that are rare, in [0, 1].
    pub share: f64,
    /// Share of the support that is rare, in (0, 1).
    pub part: f64,
    /// Which end that is.
    pub end: End,
}

impl Rare {
    /// One training task in ten from .4 of the support.
    pub(crate) const fn at(end: End) -> Self {
        Rare { share: 0.1, part: 0.4, end }
    }

    /// The number of task `i` of a pool of `count` in place of `uniform`, and whether the task is rare.
    ///
    /// In the training pool the tasks that [`evenly_rare`] names have numbers uniform over the rare part, the others uniform
    /// over the rest; in the other pools numbers stay as they are. `from` is where the support begins: 0 for a range; any
    /// number in [0, 1) for a turn, whose parts are then counted from there.
    pub(crate) fn place(self, from: f64, pool: Pool, (i, count): (usize, usize), uniform: f64) -> (f64, bool) {
        if pool != Pool::Training {
            return (uniform, self.holds((uniform - from).rem_euclid(1.0)));
        }
        let rare = evenly_rare(self.share, i, count);
        let number = from + self.bent(uniform, rare);
        (if number > 1.0 { number - 1.0 } else { number }, rare)
    }

    /// Whether a number lies in the rare part.
    fn holds(self, number: f64) -> bool {
        match self.end {
            End::Low => number < self.part,
            End::High => number >= 1.0 - self.part,
        }
    }

    /// A number that is uniform over the rare part, or over the rest.
    fn bent(self, uniform: f64, rare: bool) -> f64 {
        let width = if rare { self.part } else { 1.0 - self.part };
        let above = rare == (self.end == End::High);
        if above { 1.0 - width + width * uniform } else { width * uniform }
    }
}

/// Whether task `i` of `count` is one of the r = round(share × count) rare ones (a half is rounded up), which are spread evenly:
/// it is where `(i + 1) r / count` passes an integer.
pub(crate) fn evenly_rare(share: f64, i: usize, count: usize) -> bool {
    let rare = (share * count as f64).round() as usize;
    (i + 1) * rare / count > i * rare / count
}
