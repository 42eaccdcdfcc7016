//! Whether the steps of a batch are shared between threads: what they took says so.

use std::time::Duration;

/// Steps of a trial alone. The fastest counts, since a system that does something else makes any step slow.
const ALONE: u32 = 4;

/// Shared steps after them. They are many, since helpers have gone to sleep meanwhile, and waking them takes as long as several steps.
const SHARED: u32 = 60;

/// Steps from one trial to the next.
const PERIOD: u32 = 2048;

/// Steps that take one thread so long each are worth starting helpers for.
const WORTH_HELPERS: Duration = Duration::from_micros(200);

/// Tries now and then whether steps are faster alone or shared, and stays with the faster: where a step takes a few microseconds, handing
/// over its parts may cost more than it saves, and how much that costs is the machine's affair.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    /// Steps since the trial began.
    steps: u32,
    /// The fastest step of the trial alone, and shared.
    fastest: [Option<Duration>; 2],
}

impl Sharing {
    /// Whether the next step is to be shared.
    pub(super) fn next(&self) -> bool {
        match self.steps {
            steps if steps < ALONE => false,
            steps if steps < ALONE + SHARED => true,
            // A trial whose steps failed says nothing.
            _ => self.fastest[1].is_some_and(|shared| self.fastest[0].is_none_or(|alone| shared < alone)),
        }
    }

    /// Notes what a step took that was taken as [`next`](Sharing::next) says.
    pub(super) fn note(&mut self, took: Duration) {
        if self.steps < ALONE + SHARED {
            let fastest = &mut self.fastest[usize::from(self.next())];
            *fastest = Some(fastest.map_or(took, |before| before.min(took)));
        }
        self.steps += 1;
        if self.steps == PERIOD {
            *self = Self::default();
        }
    }

    /// Whether a batch that has no helpers is to get some: its steps take long.
    pub(super) fn wants_helpers(&self) -> bool {
        self.steps == ALONE && self.fastest[0].is_some_and(|alone| alone >= WORTH_HELPERS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each of so many steps was shared that take `alone` or `shared` microseconds, every third of them ten times as long.
    fn course(steps: u32, alone: u64, shared: u64) -> Vec<bool> {
        let mut sharing = Sharing::default();
        let step = |at: u32| {
            let is_shared = sharing.next();
            let took = if is_shared { shared } else { alone };
            sharing.note(Duration::from_micros(if at.is_multiple_of(3) { 10 * took } else { took }));
            is_shared
        };
        (0..steps).map(step).collect()
    }

    #[test]
    fn steps_are_taken_as_was_faster_in_the_last_trial() {
        for (alone, shared) in [(10, 12), (12, 10), (900, 500)] {
            let course = course(2 * PERIOD, alone, shared);
            let better = shared < alone;
            for trial in course.chunks_exact(PERIOD as usize) {
                let expected = [vec![false; 4], vec![true; 60], vec![better; PERIOD as usize - 64]].concat();
                assert!(trial == expected, "{alone} and {shared} µs");
            }
        }
    }

    #[test]
    fn helpers_are_wanted_for_long_steps_alone() {
        let wanted = |took: [u64; 4]| {
            let mut sharing = Sharing::default();
            took.into_iter().for_each(|took| sharing.note(Duration::from_micros(took)));
            sharing.wants_helpers()
        };
        assert!(wanted([200; 4]));
        assert!(!wanted([5000, 5000, 199, 5000]));
    }
}
