//! Starts between two visited states of a task: the pairs that are drawn, and what is done about infeasible mixtures.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use crate::environment::Environment;
use crate::error::EnvError;
use crate::mix::rule::{MixCounts, MixRule, Repair};
use crate::rng::Stream;

/// Pairs that are tried before an episode gives up and starts at a visited state ([`Parents::start`]).
pub const MAX_REDRAWS: u32 = 64;

/// How much deeper than its deeper parent a mixture may be in the floor and still count as feasible, m.
pub const DEPTH_TOLERANCE: f64 = 1e-3;

impl MixRule {
    /// Refuses mixing where no states can be mixed, and a repair that the environment cannot be given.
    pub fn check(self, environment: &Environment) -> Result<(), EnvError> {
        let preset = || environment.spec().preset.clone();
        if !environment.abilities().mixes {
            return Err(EnvError::NothingMixes { preset: preset() });
        }
        match self.repair {
            Repair::Lift if !environment.spec().liftable => Err(EnvError::NothingToLift { preset: preset() }),
            _ => Ok(()),
        }
    }
}

/// Writes the mixture `[D]` of two states `[D]` and repairs it; true unless another pair must be drawn.
///
/// A mixture is infeasible when no world may be in it ([`Environment::feasible`]), or when it is more than
/// [`DEPTH_TOLERANCE`] deeper in the floor than the deeper of its parents. `lambda` 0 and 1 give a parent bit for bit,
/// feasible and never repaired. A mixture that is no state at all (not finite, no orientation) is rejected under every
/// repair.
pub fn mix(
    environment: &Environment,
    rule: MixRule,
    lambda: f64,
    [a, b]: [&[f64]; 2],
    mixed: &mut [f64],
    counts: &mut MixCounts,
) -> bool {
    environment.mix(rule.geometry, lambda, a, b, mixed);
    if lambda == 0.0 || lambda == 1.0 {
        return true;
    }
    if environment.check_states(mixed).is_err() {
        counts.infeasible += 1;
        return false;
    }
    let depth = environment.depth(mixed);
    let too_deep = depth > 0.0 && depth > environment.depth(a).max(environment.depth(b)) + DEPTH_TOLERANCE;
    if !too_deep && environment.feasible(mixed) {
        return true;
    }
    counts.infeasible += 1;
    match rule.repair {
        Repair::None => true,
        Repair::Reject => false,
        Repair::Lift => {
            let lifted = too_deep && environment.raise(mixed, depth);
            counts.lifted += usize::from(lifted);
            lifted
        }
    }
}

/// How a mixed start came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedStart {
    /// Row of the first parent among the visited states.
    pub first: usize,
    /// Row of the second parent; the first's own row where it gave up.
    pub second: usize,
    /// What was met on the way. `gave_up`: there is no pair, or all [`MAX_REDRAWS`] pairs were infeasible, and the state is
    /// the first parent itself.
    pub counts: MixCounts,
}

/// The visited states `[V, D]` of one task, indexed by what each may be mixed with: whoever mixes states draws its pairs here.
///
/// A state's partners are the states that [`Environment::mixes_within`] lets it be mixed with, other than itself: a second
/// visit to the same state, bit for bit, is no partner, since nothing lies between the two.
#[derive(Clone, Debug)]
pub struct Parents<'a> {
    states: Cow<'a, [f64]>,
    size: usize,
    /// Rows that have a partner; those of one group together, and in it those of one state together.
    rows: Vec<usize>,
    /// `[rows.len()]` the group and the state that each entry of `rows` belongs to, as ranges of `rows`.
    places: Vec<Place>,
}

/// Ranges of [`Parents::rows`].
#[derive(Clone, Debug)]
struct Place {
    group: Range<usize>,
    state: Range<usize>,
}

impl<'a> Parents<'a> {
    /// Indexes the visited states `[V, D]` of the task with this stream id, in `O(V log V)`.
    ///
    /// Errors: no visited states, or a length that is not a multiple of D.
    pub fn new(
        environment: &Environment,
        visited: impl Into<Cow<'a, [f64]>>,
        task: u32,
    ) -> Result<Parents<'a>, EnvError> {
        let (states, size) = (visited.into(), environment.spec().state_size);
        if states.is_empty() {
            return Err(EnvError::NothingToMix { task });
        }
        let count = states.len().div_ceil(size);
        EnvError::check_shape("visited states", &states, count, size)?;
        let state = |row: usize| &states[row * size..(row + 1) * size];
        let keys: Vec<Option<f64>> = (0..count).map(|row| environment.mixes_within(state(row))).collect();
        let by_group = |a: usize, b: usize| match (keys[a], keys[b]) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let by_state = |a: usize, b: usize| {
            let entries = state(a).iter().zip(state(b)).map(|(a, b)| a.total_cmp(b));
            entries.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        };
        let mut sorted: Vec<usize> = (0..count).collect();
        sorted.sort_by(|&a, &b| by_group(a, b).then_with(|| by_state(a, b)));
        let (mut rows, mut places) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for group in sorted.chunk_by(|&a, &b| by_group(a, b).is_eq()) {
            let span = rows.len()..rows.len() + group.len();
            let visits: Vec<&[usize]> = group.chunk_by(|&a, &b| by_state(a, b).is_eq()).collect();
            if visits.len() == 1 {
                continue;
            }
            for same in visits {
                let own = Place { group: span.clone(), state: rows.len()..rows.len() + same.len() };
                rows.extend_from_slice(same);
                places.resize(rows.len(), own);
            }
        }
        Ok(Self { states, size, rows, places })
    }

    /// V, the visited states.
    #[must_use]
    pub fn count(&self) -> usize {
        self.states.len() / self.size
    }

    /// The state `[D]` of a row.
    #[must_use]
    pub fn state(&self, row: usize) -> &[f64] {
        &self.states[row * self.size..(row + 1) * self.size]
    }

    /// Rows of two states to mix, at (`task`, `episode`, step = `attempt`) of `pairs`: the first uniform over the rows that
    /// have a partner, the second over its partners. None where no row has one.
    #[must_use]
    pub fn pair(&self, pairs: &Stream, task: u32, episode: u32, attempt: u32) -> Option<[usize; 2]> {
        if self.rows.is_empty() {
            return None;
        }
        let first = pairs.below(self.rows.len(), task, episode, attempt, 0);
        let Place { group, state } = &self.places[first];
        let partner = group.start + pairs.below(group.len() - state.len(), task, episode, attempt, 1);
        let second = if partner < state.start { partner } else { partner + state.len() };
        Some([self.rows[first], self.rows[second]])
    }

    /// Draws one pair for all of `lambdas` `[M]` and writes its mixtures `[M, D]` to `mixed`.
    ///
    /// The pair ([`pair`](Self::pair)) is drawn again while [`mix`] asks for it under any of the coefficients. These stay, so
    /// that their law is not bent by the obstacles. After [`MAX_REDRAWS`] pairs, or where no state has a partner, all of
    /// `mixed` is one visited state. Counts are those of the M mixtures, `gave_up` that of the episode.
    ///
    /// Errors: a repair that the environment cannot be given, or `mixed` of another length.
    pub fn start(
        &self,
        environment: &Environment,
        rule: MixRule,
        lambdas: &[f64],
        pairs: &Stream,
        (task, episode): (u32, u32),
        mixed: &mut [f64],
    ) -> Result<MixedStart, EnvError> {
        rule.check(environment)?;
        EnvError::check_shape("mixed states", mixed, lambdas.len(), self.size)?;
        let (mut counts, mut last) = (MixCounts::default(), None);
        for attempt in 0..MAX_REDRAWS {
            let Some([first, second]) = self.pair(pairs, task, episode, attempt) else { break };
            let (mut flown, mut met) = (true, MixCounts::default());
            for (lambda, mixed) in lambdas.iter().zip(mixed.chunks_exact_mut(self.size)) {
                flown &= mix(environment, rule, *lambda, [self.state(first), self.state(second)], mixed, &mut met);
            }
            if flown {
                counts += met;
                return Ok(MixedStart { first, second, counts });
            }
            // Some of the mixtures may have been lifted, but none of them flies.
            counts += MixCounts { redraws: 1, lifted: 0, ..met };
            last = Some(first);
        }
        counts.gave_up = 1;
        let first = last.unwrap_or_else(|| pairs.below(self.count(), task, episode, 0, 0));
        mixed.chunks_exact_mut(self.size).for_each(|mixed| mixed.copy_from_slice(self.state(first)));
        Ok(MixedStart { first, second: first, counts })
    }
}
