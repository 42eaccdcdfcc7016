//! How unusual a day's returns are (Kritzman and Li, "Skulls, financial turbulence, and risk management", 2010), measured by a
//! shrunk covariance (`shrinkage.rs`), so that it means the same for any number of names.

use super::constants::{FIRST_DAY, SINGULAR, TURBULENCE_BLOCK, TURBULENCE_WINDOW};
use super::shrinkage::{Moments, intensity};

/// Squared Mahalanobis distance of every day's returns from the [`TURBULENCE_WINDOW`] returns before it, `[T]`, from
/// closes `[T, n]` of `width` = n names.
///
/// `w' R^-1 w`: w the simple returns `[n]` of the day less their mean over its Tw = 252 days, in units of their standard
/// deviation there (divisor Tw - 1), R the shrunk correlations of those days,
/// `R = (1 - a) C + a ((1 - m) I + m 11')`: C the sample's correlations, m the mean of those off the diagonal, a in
/// [0, 1] the intensity of Ledoit and Wolf ("Honey, I shrunk the sample covariance matrix", 2004), see `shrinkage.rs`.
/// 0 before [`FIRST_DAY`]. A name that did not move in the window is left out: it has no variance to be measured in. So
/// is one whose returns are a combination of those of the names before it, where nothing is shrunk.
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
        let past = rows(day - TURBULENCE_WINDOW, day);
        if (day - FIRST_DAY).is_multiple_of(TURBULENCE_BLOCK) {
            room.begin(past);
        } else {
            room.advance(rows(day - TURBULENCE_WINDOW - 1, day - TURBULENCE_WINDOW), rows(day - 1, day));
        }
        distances[day] = room.distance(past, rows(day, day + 1));
    }
    distances
}

/// What is kept from one day to the next, and working memory.
struct Room {
    /// The returns that products are taken about: the means of the window that the block began with.
    about: Vec<f64>,
    /// Sums over the window of products of returns about those, lower triangle. They move along with it; a block begins
    /// them anew, so that the rounding of what has left does not stay.
    products: Vec<f64>,
    /// Of the window: means, and 1 / standard deviation (divisor Tw); 0 for a name that did not move.
    mean: Vec<f64>,
    scale: Vec<f64>,
    /// A row of returns about `about`, or in standard units.
    row: Vec<f64>,
    /// The correlations' lower triangle, then the Cholesky factor of the shrunk ones.
    factor: Vec<f64>,
    /// The day's returns in units of the factor.
    whitened: Vec<f64>,
}

impl Room {
    fn new(width: usize) -> Self {
        let row = || vec![0.0; width];
        let square = || vec![0.0; width * width];
        Room {
            about: row(),
            products: square(),
            mean: row(),
            scale: row(),
            row: row(),
            factor: square(),
            whitened: row(),
        }
    }

    /// Takes the products of the rows `past` `[window, n]` anew.
    fn begin(&mut self, past: &[f64]) {
        means(past, &mut self.about);
        self.products.fill(0.0);
        for row in past.chunks_exact(self.about.len()) {
            self.add(row, 1.0);
        }
    }

    /// Moves the products by a day.
    fn advance(&mut self, left: &[f64], come: &[f64]) {
        self.add(come, 1.0);
        self.add(left, -1.0);
    }

    fn add(&mut self, returns: &[f64], sign: f64) {
        let width = returns.len();
        for ((c, x), m) in self.row.iter_mut().zip(returns).zip(&self.about) {
            *c = x - m;
        }
        for i in 0..width {
            let x = sign * self.row[i];
            self.products[i * width..][..=i].iter_mut().zip(&self.row).for_each(|(sum, y)| *sum += x * y);
        }
    }

    /// Squared distance of `today` `[n]` from the rows `past` `[window, n]`, whose products are there.
    fn distance(&mut self, past: &[f64], today: &[f64]) -> f64 {
        let width = today.len();
        let window = (past.len() / width) as f64;
        means(past, &mut self.mean);
        self.scales(past, window);
        let mut moments = self.moments(past);
        for i in 0..width {
            let shift = window * (self.mean[i] - self.about[i]);
            let (row, products) = (&mut self.factor[i * width..][..=i], &self.products[i * width..][..=i]);
            let by = self.scale[i] / window;
            for (j, (r, sum)) in row.iter_mut().zip(products).enumerate() {
                *r = (sum - shift * (self.mean[j] - self.about[j])) * by * self.scale[j];
            }
            row[i] = 1.0;
            moments.take(&row[..i]);
        }
        let (shrunk, common) = intensity(&moments, window);
        self.shrink(shrunk, common);
        let unbiased = ((window - 1.0) / window).sqrt();
        for (((w, x), m), s) in self.row.iter_mut().zip(today).zip(&self.mean).zip(&self.scale) {
            *w = (x - m) * s * unbiased;
        }
        self.whiten()
    }

    fn scales(&mut self, past: &[f64], window: f64) {
        let width = self.mean.len();
        let (squares, moved) = (&mut self.row, &mut self.scale);
        squares.fill(0.0);
        moved.fill(0.0);
        for row in past.chunks_exact(width) {
            for (((square, sum), x), m) in squares.iter_mut().zip(moved.iter_mut()).zip(row).zip(&self.mean) {
                *square += x * x;
                *sum += (x - m) * (x - m);
            }
        }
        for (square, sum) in squares.iter().zip(moved) {
            *sum = if *sum > SINGULAR * square { (window / *sum).sqrt() } else { 0.0 };
        }
    }

    /// Moments of the rows in standard units, all but those of the correlations.
    fn moments(&mut self, past: &[f64]) -> Moments {
        let mut moments = Moments::of(self.scale.iter().filter(|s| **s > 0.0).count());
        for row in past.chunks_exact(self.mean.len()) {
            for (((z, x), m), s) in self.row.iter_mut().zip(row).zip(&self.mean).zip(&self.scale) {
                *z = (x - m) * s;
            }
            moments.day(&self.row);
        }
        moments
    }

    /// The correlations' mixture with the common one; that of a name that did not move is 0 with all others.
    fn shrink(&mut self, shrunk: f64, common: f64) {
        let width = self.mean.len();
        for i in (0..width).filter(|i| self.scale[*i] > 0.0) {
            let row = &mut self.factor[i * width..][..i];
            for (r, s) in row.iter_mut().zip(&self.scale) {
                if *s > 0.0 {
                    *r = (1.0 - shrunk) * *r + shrunk * common;
                }
            }
        }
    }

    /// Factors the correlations and solves for the day's row, name by name; the squared length of the solution.
    fn whiten(&mut self) -> f64 {
        let width = self.mean.len();
        let mut length = 0.0;
        for first in (0..width).step_by(ROWS) {
            let (above, rest) = self.factor.split_at_mut(first * width);
            let block = &mut rest[..ROWS.min(width - first) * width];
            if block.len() == ROWS * width {
                below(above, block, width, first);
            } else {
                block.chunks_exact_mut(width).for_each(|row| complete(above, row, 0, first));
            }
            for i in first..first + block.len() / width {
                let (done, rest) = block.split_at_mut((i - first) * width);
                let row = &mut rest[..width];
                complete(done, row, first, i);
                let left = row[i] - dot(&row[..i], &row[..i]);
                let value = self.row[i] - dot(&row[..i], &self.whitened[..i]);
                let kept = left > SINGULAR;
                row[i] = if kept { left.sqrt() } else { 0.0 };
                self.whitened[i] = if kept { value / row[i] } else { 0.0 };
                length += self.whitened[i] * self.whitened[i];
            }
        }
        length
    }
}

/// Rows that are factored side by side, so that those above them are read once for all of them.
const ROWS: usize = 4;

/// The entries `from..to` of a row of the factor, given the rows `from..to` themselves.
fn complete(rows: &[f64], row: &mut [f64], from: usize, to: usize) {
    let width = row.len();
    for j in from..to {
        let other = &rows[(j - from) * width..][..=j];
        row[j] = quotient(row[j], dot(&row[..j], &other[..j]), other[j]);
    }
}

/// The entries `0..to` of [`ROWS`] rows, as [`complete`] has them.
fn below(above: &[f64], block: &mut [f64], width: usize, to: usize) {
    for j in 0..to {
        let other = &above[j * width..][..=j];
        let rows: [&[f64]; ROWS] = core::array::from_fn(|k| &block[k * width..][..j]);
        let dots = dots(rows, &other[..j]);
        for (k, dot) in dots.into_iter().enumerate() {
            let entry = &mut block[k * width + j];
            *entry = quotient(*entry, dot, other[j]);
        }
    }
}

/// An entry of the factor. A name that was left out has 0 on its diagonal, and takes no part here either.
fn quotient(entry: f64, dot: f64, diagonal: f64) -> f64 {
    if diagonal > 0.0 { (entry - dot) / diagonal } else { 0.0 }
}

/// Means of the columns of `rows` `[window, n]`.
fn means(rows: &[f64], mean: &mut [f64]) {
    let window = (rows.len() / mean.len()) as f64;
    mean.fill(0.0);
    for row in rows.chunks_exact(mean.len()) {
        mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
    mean.iter_mut().for_each(|sum| *sum /= window);
}

/// Sums that run side by side, in an order that no machine changes.
const SIDE: usize = 4;

/// The inner product of two rows of equal length.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    dots([a], b)[0]
}

/// The inner products of some rows with another of equal length; each is summed as if it were alone.
#[inline(always)]
fn dots<const N: usize>(rows: [&[f64]; N], b: &[f64]) -> [f64; N] {
    let mut sums = [[0.0; SIDE]; N];
    let whole = b.len() / SIDE * SIDE;
    for at in (0..whole).step_by(SIDE) {
        let b: &[f64; SIDE] = b[at..at + SIDE].try_into().expect("SIDE entries");
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let a: &[f64; SIDE] = row[at..at + SIDE].try_into().expect("SIDE entries");
            for k in 0..SIDE {
                sums[k] += a[k] * b[k];
            }
        }
    }
    core::array::from_fn(|n| {
        let rest: f64 = rows[n][whole..].iter().zip(&b[whole..]).map(|(x, y)| x * y).sum();
        sums[n].iter().sum::<f64>() + rest
    })
}
