//! What Meta-World's rewards are made of. Distances in m; values in [0, 1].

use super::arm::Seen;
use super::given::Given;
use super::space::{aside, distance};

/// What a tolerance comes to at its margin.
const AT_MARGIN: f64 = 0.1;

/// Where `x` is outside `[low, high]`, how far, in margins; `None` inside.
fn outside(x: f64, [low, high]: [f64; 2], margin: f64) -> Option<f64> {
    let inside = low <= x && x <= high;
    (!inside).then(|| if x < low { (low - x) / margin } else { (x - high) / margin })
}

/// 1 in `[low, high]`, outside 1 / (9 d² + 1), d the distance in margins; 0 there for a margin of 0.
pub(super) fn long_tail(x: f64, bounds: [f64; 2], margin: f64) -> f64 {
    match outside(x, bounds, margin) {
        None => 1.0,
        Some(_) if margin == 0.0 => 0.0,
        Some(d) => 1.0 / ((d * (1.0 / AT_MARGIN - 1.0).sqrt()).powi(2) + 1.0),
    }
}

/// 1 in `[low, high]`, outside .1 to the power of d², d the distance in margins; 0 there for a margin of 0.
pub(super) fn gaussian(x: f64, bounds: [f64; 2], margin: f64) -> f64 {
    match outside(x, bounds, margin) {
        None => 1.0,
        Some(_) if margin == 0.0 => 0.0,
        Some(d) => (-0.5 * (d * (-2.0 * AT_MARGIN.ln()).sqrt()).powi(2)).exp(),
    }
}

/// Hamacher's product a b / (a + b - a b); 0 where both are 0.
pub(super) fn both(a: f64, b: f64) -> f64 {
    let denominator = a + b - a * b;
    if denominator > 0.0 { a * b / denominator } else { 0.0 }
}

/// Between two corners: the product of the shares of the way from `zero` to `one`; 1 outside.
pub(super) fn within_box(at: [f64; 3], zero: [f64; 3], one: [f64; 3]) -> f64 {
    let inside = (0..3).all(|k| zero[k].min(one[k]) <= at[k] && at[k] <= zero[k].max(one[k]));
    if !inside {
        return 1.0;
    }
    let share = |k: usize| (at[k] - zero[k]) / (one[k] - zero[k]);
    share(0) * share(1) * share(2)
}

/// How high the hand has to be to come from above: the farther it is from a place, the higher; nothing within `near` of it.
pub(super) fn funnel(hand: [f64; 3], place: [f64; 3], near: f64, steep: f64, rise: f64) -> f64 {
    let radius = ((hand[0] - place[0]).powi(2) + (hand[1] - place[1]).powi(2)).sqrt();
    if radius <= near { 0.0 } else { steep * (radius - near).ln() + rise }
}

/// Whether a height is at least `floor`, else how near it is to it.
pub(super) fn above(height: f64, floor: f64, margin: f64) -> f64 {
    if height >= floor { 1.0 } else { long_tail(floor - height, [0.0, 0.01], margin) }
}

/// How an object is to be caged.
pub(super) struct Cage {
    /// The object's radius.
    pub(super) radius: f64,
    /// How near the pads must be.
    pub(super) pad: f64,
    /// How near the fingers' middle must be, seen from the side.
    pub(super) aside: f64,
    /// How hard the fingers must be told to close, in (0, 1].
    pub(super) effort: f64,
}

impl Cage {
    /// Whether the fingers are around the object, and how far they are then closed: both, and the first alone.
    fn around(&self, seen: &Seen<'_>, given: &Given, object: [f64; 3]) -> [f64; 2] {
        let of_pad = |pad: f64| {
            let margin = ((pad - given.object[1]).abs() - self.pad).abs();
            long_tail((pad - object[1]).abs(), [self.radius, self.pad], margin)
        };
        let [left, right] = seen.pads();
        let margin = aside(given.object, given.fingers) - self.aside;
        let beside = long_tail(aside(seen.fingers, object), [0.0, self.aside], margin);
        let caged = both(both(of_pad(left), of_pad(right)), beside);
        let closed = seen.grip.clamp(0.0, self.effort) / self.effort;
        [both(caged, if caged > 0.97 { closed } else { 0.0 }), caged]
    }

    /// Both: around the object, and closed.
    pub(super) fn sparse(&self, seen: &Seen<'_>, given: &Given, object: [f64; 3]) -> f64 {
        self.around(seen, given, object)[0]
    }

    /// The mean of that and of being around it alone.
    pub(super) fn dense(&self, seen: &Seen<'_>, given: &Given, object: [f64; 3]) -> f64 {
        let [gripped, caged] = self.around(seen, given, object);
        (gripped + caged) / 2.0
    }

    /// The mean of both and of the fingers' being within `near` of the object.
    pub(super) fn reaching(&self, seen: &Seen<'_>, given: &Given, object: [f64; 3], near: f64) -> f64 {
        let margin = (distance(given.object, given.fingers) - near).abs();
        (self.sparse(seen, given, object) + long_tail(distance(object, seen.fingers), [0.0, near], margin)) / 2.0
    }
}

/// The other cage, which some environments have: pads on their own sides of the object, and margins that go with the pads as they
/// are now (Meta-World means those of the start, but holds views of the present ones).
pub(super) struct Pinch {
    /// The object's radius.
    pub(super) radius: f64,
    /// How near the fingers' middle must be, seen from the side.
    pub(super) aside: f64,
}

/// How near the pads of a [`Pinch`] must be.
const PAD: f64 = 0.05;

impl Pinch {
    /// Both pads at most `bound` from the object, and not in it.
    fn pads(&self, seen: &Seen<'_>, object: [f64; 3], bound: f64) -> f64 {
        let [left, right] = seen.pads();
        let of_pad =
            |pad: f64, beyond: f64| long_tail(beyond, [self.radius, bound], ((object[1] - pad).abs() - PAD).abs());
        both(of_pad(left, left - object[1]), of_pad(right, object[1] - right))
    }

    /// Around the object.
    pub(super) fn around(&self, seen: &Seen<'_>, given: &Given, object: [f64; 3]) -> f64 {
        let margin = aside(given.object, given.fingers) - self.aside;
        let beside = long_tail(aside(seen.fingers, object), [0.0, self.aside], margin);
        both(self.pads(seen, object, PAD), beside)
    }

    /// The mean of being around it and of being closed around it.
    pub(super) fn closed(&self, seen: &Seen<'_>, given: &Given, object: [f64; 3]) -> f64 {
        let caged = self.around(seen, given, object);
        let gripped = if caged > 0.97 { seen.closing() } else { 0.0 };
        (both(caged, gripped) + caged) / 2.0
    }

    /// The mean of being around it and, once it is, of holding it within `grip`.
    pub(super) fn held(&self, seen: &Seen<'_>, given: &Given, object: [f64; 3], grip: f64) -> f64 {
        let caged = self.around(seen, given, object);
        let gripped = if caged > 0.95 { self.pads(seen, object, grip) } else { 0.0 };
        (caged + gripped) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values worked out by hand from the definitions.
    #[test]
    fn tolerances_at_their_margins() {
        for shape in [long_tail, gaussian] {
            assert_eq!(shape(0.3, [0.1, 0.5], 0.2), 1.0);
            assert!((shape(0.7, [0.1, 0.5], 0.2) - 0.1).abs() < 1e-15);
            assert!((shape(-0.1, [0.1, 0.5], 0.2) - 0.1).abs() < 1e-15);
            assert_eq!(shape(0.6, [0.1, 0.5], 0.0), 0.0);
        }
        // Twice the margin: 1 / 37, and .1 to the fourth.
        assert!((long_tail(0.4, [0.0, 0.0], 0.2) - 1.0 / 37.0).abs() < 1e-15);
        assert!((gaussian(0.4, [0.0, 0.0], 0.2) - 1e-4).abs() < 1e-15);
    }

    #[test]
    fn products_and_boxes() {
        assert_eq!([both(0.0, 0.0), both(1.0, 0.3), both(0.5, 0.5)], [0.0, 0.3, 0.25 / 0.75]);
        let (zero, one) = ([1.0, 0.0, 0.0], [0.0, 2.0, 4.0]);
        assert!((within_box([0.5, 1.0, 1.0], zero, one) - 0.5 * 0.5 * 0.25).abs() < 1e-15);
        assert_eq!(within_box([0.5, 1.0, 4.5], zero, one), 1.0);
    }
}
