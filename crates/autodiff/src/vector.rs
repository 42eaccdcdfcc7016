//! Sums over flat vectors in one fixed order.
//!
//! Every reduction adds the same numbers in the same order whatever the machine: eight running sums by position modulo 8,
//! combined pairwise. Products and sums stay separate (no fused operation), so the bits are the same on every instruction set.
//! Two vectors of one call must have equal lengths; the shorter one decides in release builds.

const LANES: usize = 8;

fn combine(sums: [f64; LANES]) -> f64 {
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
}

/// `sum_j a_j b_j`.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    debug_assert_eq!(a.len(), b.len());
    let mut sums = [0.0; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let (a_rest, b_rest) = (a_blocks.remainder(), b_blocks.remainder());
    for (x, y) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    for (lane, (x, y)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[lane] += x * y;
    }
    combine(sums)
}

/// `sum_j a_j`.
pub fn sum(a: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let blocks = a.chunks_exact(LANES);
    let rest = blocks.remainder();
    for x in blocks {
        for lane in 0..LANES {
            sums[lane] += x[lane];
        }
    }
    for (lane, x) in rest.iter().enumerate() {
        sums[lane] += x;
    }
    combine(sums)
}

/// Euclidean norm.
pub fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// Largest absolute entry; 0 for an empty vector, NaN where an entry is NaN.
pub fn max_abs(a: &[f64]) -> f64 {
    a.iter().fold(0.0, |most: f64, x| if x.is_nan() || most.is_nan() { f64::NAN } else { most.max(x.abs()) })
}

/// `y <- y + alpha x`.
pub fn axpy(alpha: f64, x: &[f64], y: &mut [f64]) {
    debug_assert_eq!(x.len(), y.len());
    for (to, from) in y.iter_mut().zip(x) {
        *to += alpha * from;
    }
}

/// `y <- x + beta y`, the direction update of conjugate gradients.
pub fn xpby(x: &[f64], beta: f64, y: &mut [f64]) {
    debug_assert_eq!(x.len(), y.len());
    for (to, from) in y.iter_mut().zip(x) {
        *to = from + beta * *to;
    }
}

/// `x <- alpha x`.
pub fn scale(alpha: f64, x: &mut [f64]) {
    for entry in x {
        *entry *= alpha;
    }
}

/// `a - b`.
pub fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    debug_assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

/// `sum_i w_i x_i` of `x` `[N, P]` row by row in row order, `[P]`.
pub fn weighted_rows(weights: &[f64], rows: &[f64], width: usize) -> Vec<f64> {
    debug_assert_eq!(weights.len() * width, rows.len());
    let mut out = vec![0.0; width];
    if width > 0 {
        for (weight, row) in weights.iter().zip(rows.chunks_exact(width)) {
            axpy(*weight, row, &mut out);
        }
    }
    out
}
