//! Mixtures of body states along the geometry of their coordinates.

use core::f64::consts::{PI, TAU};

use crate::mix::{Geometry, linear};

/// Which entries of a state are what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coordinates {
    /// Where the quaternion (w, x, y, z) begins, if there is one.
    pub(crate) quaternion: Option<usize>,
    /// Angles, from here ...
    pub(crate) first_angle: usize,
    /// ... to before here.
    pub(crate) angles_end: usize,
}

/// Writes `lambda a + (1 - lambda) b`. `lambda` 1 and 0 copy `a` and `b` bit for bit.
///
/// Geodesic: the difference of two angles is taken the short way round, (-pi, pi]; quaternions go along the shortest arc
/// at constant speed; all other entries, velocities too, are linear. Linear: entry by entry, the quaternion then scaled
/// to unit length (where it has any: half way between opposite ones there is no orientation).
pub(crate) fn mix(of: Coordinates, geometry: Geometry, lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
    linear(lambda, a, b, mixed);
    if lambda == 0.0 || lambda == 1.0 {
        return;
    }
    if geometry == Geometry::Geodesic {
        for k in of.first_angle..of.angles_end {
            mixed[k] = b[k] + lambda * short_way(a[k] - b[k]);
        }
    }
    if let Some(first) = of.quaternion {
        let four = first..first + 4;
        let mixed = &mut mixed[four.clone()];
        if geometry == Geometry::Geodesic {
            shortest_arc(lambda, &a[four.clone()], &b[four], mixed);
        }
        scale_to_unit(mixed);
    }
}

/// An angle difference in (-pi, pi], exact where it already is.
fn short_way(difference: f64) -> f64 {
    if difference > -PI && difference <= PI {
        return difference;
    }
    let rest = difference.rem_euclid(TAU);
    if rest > PI { rest - TAU } else { rest }
}

/// `b (b⁻¹ a)^lambda`, up to length: spherical linear interpolation on the nearer of `a` and `-a`.
fn shortest_arc(lambda: f64, a: &[f64], b: &[f64], mixed: &mut [f64]) {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    let side = if dot(a, b) < 0.0 { -1.0 } else { 1.0 };
    let angle = (side * dot(a, b) / lengths).min(1.0).acos();
    let sine = angle.sin();
    // Below this the arc is straight to rounding.
    let (of_a, of_b) = if sine < 1e-8 {
        (lambda, 1.0 - lambda)
    } else {
        ((lambda * angle).sin() / sine, ((1.0 - lambda) * angle).sin() / sine)
    };
    for k in 0..4 {
        mixed[k] = side * of_a * a[k] + of_b * b[k];
    }
}

/// Divides by the length, where there is any.
pub(crate) fn scale_to_unit(quaternion: &mut [f64]) {
    let length = quaternion.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length > 0.0 {
        quaternion.iter_mut().for_each(|x| *x /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANAR: Coordinates = Coordinates { quaternion: None, first_angle: 1, angles_end: 3 };
    const FREE: Coordinates = Coordinates { quaternion: Some(1), first_angle: 5, angles_end: 6 };

    #[test]
    fn angles_go_the_short_way_round() {
        let mut mixed = [0.0; 4];
        // From 3 to -3 rad is .283 rad through pi, not 6 rad through zero; 7 turns apart is no distance.
        let (a, b) = ([1.0, -3.0, 0.1 + 7.0 * TAU, 2.0], [3.0, 3.0, 0.1, 4.0]);
        mix(PLANAR, Geometry::Geodesic, 0.5, &a, &b, &mut mixed);
        for (got, want) in mixed.iter().zip([2.0, PI, 0.1, 3.0]) {
            assert!((got - want).abs() < 1e-12, "{mixed:?}");
        }
        mix(PLANAR, Geometry::Linear, 0.5, &a, &b, &mut mixed);
        assert_eq!(mixed[1], 0.0);
    }

    #[test]
    fn quaternions_turn_along_the_shortest_arc() {
        let turn = |angle: f64| [(angle / 2.0).cos(), (angle / 2.0).sin(), 0.0, 0.0];
        let state = |q: [f64; 4]| [0.0, q[0], q[1], q[2], q[3], 0.0];
        let (a, b) = (state(turn(2.0)), state(turn(-0.4)));
        for (lambda, sign) in [(0.25, 1.0), (0.75, -1.0), (0.5, 1.0)] {
            let mut mixed = [0.0; 6];
            // -q is the same orientation: the mixture does not care.
            let a = if sign < 0.0 { a.map(|x| -x) } else { a };
            mix(FREE, Geometry::Geodesic, lambda, &a, &b, &mut mixed);
            let want = state(turn(-0.4 + lambda * 2.4));
            assert!(mixed.iter().zip(want).all(|(x, y)| (x - y).abs() < 1e-12), "{mixed:?} {want:?}");
        }
        for geometry in [Geometry::Linear, Geometry::Geodesic] {
            let mut mixed = [0.0; 6];
            mix(FREE, geometry, 1.0, &a, &b, &mut mixed);
            assert_eq!(mixed, a);
            mix(FREE, geometry, 0.3, &a, &b, &mut mixed);
            assert!((mixed[1..5].iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn nearly_equal_quaternions_mix_without_a_division_by_zero() {
        let a = [0.0, 1.0, 1e-12, 0.0, 0.0, 0.0];
        let mut mixed = [0.0; 6];
        mix(FREE, Geometry::Geodesic, 0.5, &a, &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0], &mut mixed);
        assert!((mixed[2] - 5e-13).abs() < 1e-20 && mixed[1] == 1.0);
    }
}
