//! How unusual a day's returns are (Kritzman and Li, "Skulls, financial turbulence, and risk management", 2010).

use super::constants::{FIRST_DAY, SINGULAR, TURBULENCE_WINDOW};

/// Squared Mahalanobis distance of every day's returns from the [`TURBULENCE_WINDOW`] returns before it, `[T]`, from
/// closes `[T, n]` of `width` = n names.
///
/// `(y - mu)' S^-1 (y - mu)`: y the simple returns `[n]` of the day, mu and S (divisor one less than the window) of
/// those before it. 0 before [`FIRST_DAY`]. A name that did not move in the window, or whose returns are a combination
/// of those of the names before it, is left out: it has no variance of its own to be measured in.
pub fn turbulence(closes: &[f64], width: usize) -> Vec<f64> {
    let days = closes.len() / width;
    let of = |day: usize| &closes[day * width..][..width];
    let mut returns = vec![0.0; days * width];
    for day in 1..days {
        for ((r, now), before) in returns[day * width..].iter_mut().zip(of(day)).zip(of(day - 1)) {
            *r = now / before - 1.0;
        }
    }
    let mut room = Room::new(width);
    let rows = |from: usize, to: usize| &returns[from * width..to * width];
    let mut distances = vec![0.0; days];
    for day in FIRST_DAY..days {
        distances[day] = room.distance(rows(day - TURBULENCE_WINDOW, day), rows(day, day + 1));
    }
    distances
}

/// Working memory for one day.
struct Room {
    mean: Vec<f64>,
    centred: Vec<f64>,
    /// The covariance's lower triangle, then its Cholesky factor.
    factor: Vec<f64>,
    /// The day's returns in units of the factor.
    whitened: Vec<f64>,
}

impl Room {
    fn new(width: usize) -> Self {
        let row = || vec![0.0; width];
        Room { mean: row(), centred: row(), factor: vec![0.0; width * width], whitened: row() }
    }

    /// Squared distance of `today` `[n]` from the rows `past` `[window, n]`.
    fn distance(&mut self, past: &[f64], today: &[f64]) -> f64 {
        let width = today.len();
        let window = (past.len() / width) as f64;
        self.mean.fill(0.0);
        for row in past.chunks_exact(width) {
            self.mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        self.mean.iter_mut().for_each(|sum| *sum /= window);
        self.factor.fill(0.0);
        for row in past.chunks_exact(width) {
            self.centre(row);
            for i in 0..width {
                let x = self.centred[i];
                self.factor[i * width..][..=i].iter_mut().zip(&self.centred).for_each(|(sum, y)| *sum += x * y);
            }
        }
        self.factor.iter_mut().for_each(|sum| *sum /= window - 1.0);
        self.centre(today);
        self.whiten(width)
    }

    fn centre(&mut self, row: &[f64]) {
        for ((c, x), m) in self.centred.iter_mut().zip(row).zip(&self.mean) {
            *c = x - m;
        }
    }

    /// Factors the covariance and solves for the centred row, name by name; the squared length of the solution.
    fn whiten(&mut self, width: usize) -> f64 {
        let mut length = 0.0;
        for i in 0..width {
            let (above, rest) = self.factor.split_at_mut(i * width);
            let row = &mut rest[..width];
            let (variance, mut left) = (row[i], row[i]);
            let mut value = self.centred[i];
            for j in 0..i {
                let other = &above[j * width..][..=j];
                // A name that was left out has 0 on its diagonal, and takes no part here either.
                let dot: f64 = row[..j].iter().zip(other).map(|(a, b)| a * b).sum();
                row[j] = if other[j] > 0.0 { (row[j] - dot) / other[j] } else { 0.0 };
                left -= row[j] * row[j];
                value -= row[j] * self.whitened[j];
            }
            let kept = left > SINGULAR * variance;
            row[i] = if kept { left.sqrt() } else { 0.0 };
            self.whitened[i] = if kept { value / row[i] } else { 0.0 };
            length += self.whitened[i] * self.whitened[i];
        }
        length
    }
}
