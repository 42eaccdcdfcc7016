//! How far two independent measurements of the same ranking agree: ranks, Spearman's coefficient, overlap of the best.

use crate::error::{Result, XmrlError, check_finite};

/// The 1-based ranks of `values [N]` in ascending order; equal values share the mean of their ranks.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut out = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let ties = order[start..].iter().take_while(|&&at| values[at] == values[order[start]]).count().max(1);
        // Ranks start+1 ..= start+ties, shared.
        let shared = start as f64 + 0.5 * (ties as f64 + 1.0);
        order[start..start + ties].iter().for_each(|&at| out[at] = shared);
        start += ties;
    }
    out
}

/// Spearman's rank correlation of `a [N]` and `b [N]`: Pearson's coefficient of their [`ranks`], in [-1,1].
///
/// 0 where one side has no order to agree with (fewer than two entries, or all equal), so that such a ranking counts as
/// unreliable.
///
/// # Errors
/// [`XmrlError::Shape`] for different lengths, [`XmrlError::NonFinite`] for a NaN or an infinity.
pub fn spearman(a: &[f64], b: &[f64]) -> Result<f64> {
    check_pair(a, b)?;
    let (ranks_a, ranks_b) = (ranks(a), ranks(b));
    // Ranks always sum to N(N+1)/2, ties or not.
    let mean = 0.5 * (a.len() as f64 + 1.0);
    let product = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum() };
    let scale = (product(&ranks_a, &ranks_a) * product(&ranks_b, &ranks_b)).sqrt();
    Ok(if scale > 0.0 { product(&ranks_a, &ranks_b) / scale } else { 0.0 })
}

/// The indices of the `k` largest entries of `values [N]`, largest first; of equal ones the lower index first.
#[must_use]
pub fn top_k(values: &[f64], k: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    order.truncate(k);
    order
}

/// How many of the `k` best of `a [N]` are among the `k` best of `b [N]` (chance: `k² / N`).
///
/// # Errors
/// As [`spearman`].
pub fn top_k_overlap(a: &[f64], b: &[f64], k: usize) -> Result<usize> {
    check_pair(a, b)?;
    let best = top_k(b, k);
    Ok(top_k(a, k).iter().filter(|at| best.contains(at)).count())
}

/// Agreement of one ranking measured on two independent halves of the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SplitHalf {
    /// Spearman's coefficient between the halves.
    pub spearman: f64,
    /// How many of the top `k` the halves share.
    pub overlap: usize,
    /// The size of the top set, at most N.
    pub k: usize,
}

/// Compares scores `[N]` from two independent halves: [`spearman`] and [`top_k_overlap`] at `k`.
///
/// # Errors
/// As [`spearman`].
pub fn split_half(halves: [&[f64]; 2], k: usize) -> Result<SplitHalf> {
    let [a, b] = halves;
    let k = k.min(a.len());
    Ok(SplitHalf { spearman: spearman(a, b)?, overlap: top_k_overlap(a, b, k)?, k })
}

/// The `q`-quantile of `values` (sorted ascending, at least one), linear between order statistics: at position
/// `q (n - 1)`.
pub(crate) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let low = at.floor() as usize;
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (at - low as f64) * (sorted[high] - sorted[low])
}

fn check_pair(a: &[f64], b: &[f64]) -> Result<()> {
    if a.len() != b.len() {
        return Err(XmrlError::Shape { name: "second ranking".into(), shape: "[N]", expected: a.len(), got: b.len() });
    }
    check_finite("first ranking", a)?;
    check_finite("second ranking", b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]), [4.0, 1.0, 4.0, 2.0, 4.0]);
        assert_eq!(ranks(&[]), [0.0; 0]);
    }

    #[test]
    fn spearman_without_ties_is_the_textbook_formula() {
        // 1 - 6 sum d^2 / (N (N^2 - 1)); ranks of a: 1 2 3 4 5, of b: 2 1 4 3 5, so sum d^2 = 4.
        let (a, b) = ([0.1, 0.2, 0.3, 0.4, 0.5], [-5.0, -7.0, 2.0, 1.0, 90.0]);
        assert!((spearman(&a, &b).unwrap() - (1.0 - 24.0 / 120.0)).abs() < 1e-15);
        let monotone: Vec<f64> = a.iter().map(|x: &f64| x.exp()).collect();
        let reversed: Vec<f64> = a.iter().map(|x| -x).collect();
        assert!((spearman(&a, &monotone).unwrap() - 1.0).abs() < 1e-15);
        assert!((spearman(&a, &reversed).unwrap() + 1.0).abs() < 1e-15);
    }

    #[test]
    fn spearman_with_ties_is_pearson_of_ranks() {
        // Ranks 1.5 1.5 3 4 against 1 2 3 4: covariance 4.5, variances 4.5 and 5.
        let value = spearman(&[7.0, 7.0, 8.0, 9.0], &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!((value - 4.5 / (4.5f64 * 5.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn no_order_is_no_agreement() {
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]).unwrap(), 0.0);
        assert_eq!(spearman(&[1.0], &[1.0]).unwrap(), 0.0);
    }

    #[test]
    fn bad_rankings_are_errors() {
        let shape = spearman(&[1.0, 2.0], &[1.0]).unwrap_err().to_string();
        assert!(shape.contains("second ranking") && shape.contains('2'), "{shape}");
        let value = spearman(&[1.0, 2.0], &[1.0, f64::NAN]).unwrap_err().to_string();
        assert!(value.contains("second ranking") && value.contains("NaN"), "{value}");
    }

    #[test]
    fn the_top_breaks_ties_by_index_and_overlaps_by_counting() {
        assert_eq!(top_k(&[1.0, 5.0, 5.0, 3.0], 3), [1, 2, 3]);
        let halves = [&[9.0, 8.0, 1.0, 2.0, 0.0][..], &[9.0, 0.0, 1.0, 8.0, 7.0][..]];
        assert_eq!(top_k_overlap(halves[0], halves[1], 2).unwrap(), 1);
        assert_eq!(split_half(halves, 3).unwrap().overlap, 2);
        assert_eq!(split_half(halves, 50).unwrap(), SplitHalf { k: 5, overlap: 5, ..split_half(halves, 5).unwrap() });
    }

    #[test]
    fn quantiles_interpolate() {
        let sorted = [0.0, 1.0, 4.0];
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&sorted, q)), [0.0, 0.5, 1.0, 2.5, 4.0]);
        assert_eq!(quantile(&[2.0], 0.9), 2.0);
    }
}
