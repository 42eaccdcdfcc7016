//! Slices of a batch, cut world by world.

/// Arrays of the caller's that a flight is written to, those of [`Flight`](super::Flight) by name, shape and meaning.
#[derive(Debug)]
pub struct FlightSlices<'a> {
    /// `[T, W, S]`.
    pub observations: &'a mut [f64],
    /// `[T, W]`.
    pub rewards: &'a mut [f64],
    /// `[T, W]`.
    pub terminated: &'a mut [u8],
    /// `[T, W]`.
    pub truncated: &'a mut [u8],
    /// `[T, W, S]` with [`AutoReset::SameStep`](super::AutoReset::SameStep), else empty.
    pub final_observations: &'a mut [f64],
}

impl<'a> FlightSlices<'a> {
    /// Takes off the first `count` worlds, which see `seen` numbers each.
    pub(super) fn split(&mut self, count: usize, seen: usize) -> FlightSlices<'a> {
        let last = (count * seen).min(self.final_observations.len());
        FlightSlices {
            observations: split_mut(&mut self.observations, count * seen),
            rewards: split_mut(&mut self.rewards, count),
            terminated: split_mut(&mut self.terminated, count),
            truncated: split_mut(&mut self.truncated, count),
            final_observations: split_mut(&mut self.final_observations, last),
        }
    }

    /// The same arrays, for a while.
    pub(super) fn again(&mut self) -> FlightSlices<'_> {
        FlightSlices {
            observations: self.observations,
            rewards: self.rewards,
            terminated: self.terminated,
            truncated: self.truncated,
            final_observations: self.final_observations,
        }
    }
}

/// Takes the first `count` entries off a slice.
pub(super) fn split<'a, T>(from: &mut &'a [T], count: usize) -> &'a [T] {
    let (first, rest) = from.split_at(count);
    *from = rest;
    first
}

/// [`split`] of a mutable slice.
pub(super) fn split_mut<'a, T>(from: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let (first, rest) = std::mem::take(from).split_at_mut(count);
    *from = rest;
    first
}
