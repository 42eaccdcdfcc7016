//! How far sample correlations are drawn towards a common one: Ledoit and Wolf, "Honey, I shrunk the sample covariance
//! matrix" (Journal of Portfolio Management 30, 2004), appendix B, of returns in standard units z `[T, n]`, so that no
//! name counts more than another for moving more.
//!
//! C = z'z / T, m the mean of its entries off the diagonal, F the matrix of 1 and m. The intensity that minimises
//! `E |a F + (1 - a) C - truth|²` is, for many days, `(p - r) / (c T)`, with
//!
//! | | |
//! | --- | --- |
//! | `p` | sum over i, j of the variance of `z_i z_j`: `mean_t (z_ti z_tj - C_ij)²` |
//! | `r` | the same for i = j, and `m/2 (v_ii,ij + v_jj,ij)` off the diagonal: `v_ii,ij = mean_t (z_ti² - 1)(z_ti z_tj - C_ij)` |
//! | `c` | sum over i, j of `(m - C_ij)²` |
//!
//! The sums over pairs are products of sums over names, so that all of it costs T n + n² operations.

/// What the intensity is made of. Names that did not move have z = 0 and are not counted in `names`.
#[derive(Debug, Default)]
pub(super) struct Moments {
    /// n, of the names that moved.
    names: f64,
    /// Sum over days of (sum over names of z²)².
    pairs: f64,
    /// Sum over days and names of z⁴.
    fourth: f64,
    /// Sum over days of (sum over names of z³)(sum over names of z).
    third: f64,
    /// Sum of the correlations below the diagonal, and of their squares.
    sum: f64,
    squares: f64,
}

impl Moments {
    /// None yet, of so many names that moved.
    pub(super) fn of(names: usize) -> Self {
        Moments { names: names as f64, ..Moments::default() }
    }

    /// Counts a day's returns `[n]` in standard units.
    pub(super) fn day(&mut self, z: &[f64]) {
        let [mut first, mut second, mut third, mut fourth] = [0.0; 4];
        for &z in z {
            let square = z * z;
            first += z;
            second += square;
            third += square * z;
            fourth += square * square;
        }
        self.pairs += second * second;
        self.fourth += fourth;
        self.third += third * first;
    }

    /// Counts a row of correlations left of the diagonal.
    pub(super) fn take(&mut self, row: &[f64]) {
        for r in row {
            self.sum += r;
            self.squares += r * r;
        }
    }
}

/// The intensity in [0, 1], and the common correlation; 0 where all correlations are equal, as those of two names are.
pub(super) fn intensity(moments: &Moments, window: f64) -> (f64, f64) {
    let &Moments { names, pairs, fourth, third, sum, squares } = moments;
    let others = names * (names - 1.0);
    if others <= 0.0 {
        return (0.0, 0.0);
    }
    let common = 2.0 * sum / others;
    let spread = 2.0 * squares - others * common * common;
    // Below this the difference of two equal sums is rounding.
    if spread <= 1e-12 * others {
        return (0.0, common);
    }
    let p = pairs / window - (names + 2.0 * squares);
    let r = fourth / window - names + common * ((third - fourth) / window - 2.0 * sum);
    (((p - r) / (spread * window)).clamp(0.0, 1.0), common)
}
