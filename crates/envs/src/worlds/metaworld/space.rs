//! Places, m.

/// Difference of two places.
pub(super) fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// Sum of two places.
pub(super) fn plus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// Length of a vector.
pub(super) fn length(a: [f64; 3]) -> f64 {
    (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]).sqrt()
}

/// Distance of two places.
pub(super) fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    length(minus(a, b))
}

/// [`distance`] with its axes weighted.
pub(super) fn weighted(a: [f64; 3], b: [f64; 3], weights: [f64; 3]) -> f64 {
    let d = minus(a, b);
    length([d[0] * weights[0], d[1] * weights[1], d[2] * weights[2]])
}

/// [`distance`] seen from the side, along y.
pub(super) fn aside(a: [f64; 3], b: [f64; 3]) -> f64 {
    let [x, _, z] = minus(a, b);
    (x * x + z * z).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_worked_out_by_hand() {
        let (a, b) = ([1.0, 2.0, 3.0], [1.0, 5.0, 7.0]);
        assert_eq!([distance(a, b), aside(a, b), weighted(a, b, [9.0, 4.0, 4.0])], [5.0, 4.0, 20.0]);
        assert_eq!((minus(b, a), plus(b, a)), ([0.0, 3.0, 4.0], [2.0, 7.0, 10.0]));
    }
}
