//! Averages of vectors that a few wild ones cannot move far.

use xmrl_autodiff::vector;

/// Most rounds of Weiszfeld's iteration.
const ROUNDS: usize = 200;
/// Step, relative to the spread of the vectors, below which it ends.
const TOLERANCE: f64 = 1e-9;

/// How vectors are averaged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Average {
    /// The arithmetic mean: unbiased, and as wild as the wildest vector.
    #[default]
    Mean,
    /// The geometric median, `argmin_x sum_b |x - x_b|`: half of the vectors may be wild.
    GeometricMedian,
}

impl Average {
    /// Scales vectors `[B,Q]` in place so that their arithmetic mean, which is returned `[Q]`, is their average.
    ///
    /// The geometric median is a weighted mean; each vector is multiplied by B times its weight. What is drawn from the
    /// scaled vectors thus spreads around the average.
    pub(crate) fn centre(self, vectors: &mut [f64], width: usize) -> Vec<f64> {
        if self == Self::GeometricMedian {
            let weights = median_weights(vectors, width);
            let count = weights.len() as f64;
            for (row, weight) in vectors.chunks_exact_mut(width.max(1)).zip(weights) {
                row.iter_mut().for_each(|entry| *entry *= count * weight);
            }
        }
        mean(vectors, width)
    }
}

/// The arithmetic mean `[Q]` of vectors `[B,Q]`.
pub(crate) fn mean(vectors: &[f64], width: usize) -> Vec<f64> {
    let count = (vectors.len() / width.max(1)).max(1) as f64;
    let mut mean = vec![0.0; width];
    for row in vectors.chunks_exact(width.max(1)) {
        mean.iter_mut().zip(row).for_each(|(sum, entry)| *sum += entry / count);
    }
    mean
}

/// Weights `[B]`, sum 1, with which the mean of vectors `[B,Q]` is their geometric median: the point with the least sum of
/// distances to them, which stays near most of them wherever fewer than half lie.
///
/// Weiszfeld's iteration from the mean: weights 1 / distance from the last weighted mean, over and over. Near one of the
/// vectors its weight is bounded, so that the iteration ends there or within about 1e-9 of the spread of the optimum.
fn median_weights(vectors: &[f64], width: usize) -> Vec<f64> {
    let rows = || vectors.chunks_exact(width.max(1));
    let distance = |at: &[f64], row: &[f64]| at.iter().zip(row).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    let mut at = mean(vectors, width);
    let spread = rows().map(|row| distance(&at, row)).fold(0.0, f64::max);
    let mut weights = vec![1.0 / rows().len().max(1) as f64; rows().len()];
    if spread == 0.0 {
        return weights;
    }
    for _ in 0..ROUNDS {
        weights = rows().map(|row| 1.0 / distance(&at, row).max(TOLERANCE * spread)).collect();
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        let mut next = vec![0.0; width];
        rows().zip(&weights).for_each(|(row, &weight)| vector::axpy(weight, row, &mut next));
        let step = distance(&at, &next);
        at = next;
        if step <= TOLERANCE * spread {
            break;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometric_median(vectors: &[f64], width: usize) -> Vec<f64> {
        Average::GeometricMedian.centre(&mut vectors.to_vec(), width)
    }

    fn near(a: &[f64], b: &[f64], tolerance: f64) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance), "{a:?} and {b:?}");
    }

    #[test]
    fn on_a_line_it_is_the_median_and_of_a_square_the_centre() {
        near(&geometric_median(&[0.0, 1.0, 2.0, 3.0, 100.0], 1), &[2.0], 1e-6);
        near(&geometric_median(&[0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 0.0, 2.0], 2), &[1.0, 1.0], 1e-9);
        near(&geometric_median(&[3.0, 4.0], 2), &[3.0, 4.0], 0.0);
        near(&geometric_median(&[3.0, 4.0, 3.0, 4.0], 2), &[3.0, 4.0], 0.0);
    }

    /// The Fermat point of a right isosceles triangle with legs 1: (x, x), x = (3 - sqrt 3) / 6.
    #[test]
    fn of_a_triangle_it_is_the_fermat_point() {
        let x = (3.0 - 3.0_f64.sqrt()) / 6.0;
        near(&geometric_median(&[0.0, 0.0, 1.0, 0.0, 0.0, 1.0], 2), &[x, x], 1e-7);
    }

    /// Where a corner's angle is above 120 degrees the median is that corner.
    #[test]
    fn it_may_be_one_of_the_vectors() {
        near(&geometric_median(&[0.0, 0.0, 10.0, 1.0, -10.0, 1.0], 2), &[0.0, 0.0], 1e-6);
    }

    #[test]
    fn a_wild_vector_moves_the_mean_and_hardly_the_median() {
        let mut vectors: Vec<f64> = (0..9).flat_map(|i| [f64::from(i % 3), f64::from(i / 3)]).collect();
        vectors.extend([1e9, -1e9]);
        let [mean, median] = [Average::Mean, Average::GeometricMedian].map(|of| of.centre(&mut vectors.clone(), 2));
        assert!(mean[0] > 1e7 && (median[0] - 1.0).abs() < 0.5 && (median[1] - 1.0).abs() < 0.5, "{median:?}");
    }
}
