//! Inner products of adaptation directions, so that halves, pools and resamples all cost N², not N·P.

use super::metric::{Lengths, Metric};

/// Squared norms below this share of the largest one are rounding: such a row has no direction and stays zero.
const NO_DIRECTION: f64 = 1e-14;

/// Which data one solve uses: what stands for the direction of every task, and how often each poor task counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selection {
    /// `[N+B]` weight of half 0 (half 1 has the rest), training tasks first.
    pub(super) first_half: Vec<f64>,
    /// `[N+B]` a task, and how often the difference of its halves is added; `(_, 0)` adds nothing.
    pub(super) noise: Vec<(usize, f64)>,
    /// `[B]` how often each poor task counts.
    pub(super) counts: Vec<f64>,
}

impl Selection {
    /// Every task once, with weight `first_half` on half 0: 1/2 pools the halves, 1 and 0 are the halves themselves.
    pub(super) fn all(tasks: usize, poor: usize, first_half: f64) -> Self {
        let count = tasks + poor;
        Self { first_half: vec![first_half; count], noise: vec![(0, 0.0); count], counts: vec![1.0; poor] }
    }

    /// The rows of both halves (numbered as in [`HalfGram`]) that a task's direction is the sum of, with their weights.
    fn parts(&self, task: usize) -> Vec<(usize, f64)> {
        let (count, first, (other, share)) = (self.first_half.len(), self.first_half[task], self.noise[task]);
        let own = [(task, first), (task + count, 1.0 - first)];
        let borrowed = [(other, share), (other + count, -share)];
        own.into_iter().chain(borrowed).filter(|(_, weight)| *weight != 0.0).collect()
    }
}

/// The programme of one selection: centred, scaled rows u_i, and the poor mean m.
pub(super) struct Programme {
    /// `<u_i, u_j>` `[N,N]`.
    pub(super) gram: Vec<f64>,
    /// `<u_i, m>` `[N]`.
    pub(super) linear: Vec<f64>,
    /// `|m|²`.
    pub(super) target: f64,
}

impl Programme {
    /// `1 / |u_i|` `[N]`, 0 of a row that has no direction.
    fn inverse_lengths(&self) -> Vec<f64> {
        let count = self.linear.len();
        let squares = (0..count).map(|i| self.gram[i * count + i]);
        let largest = squares.clone().fold(0.0, f64::max);
        squares.map(|square| if square > NO_DIRECTION * largest { square.sqrt().recip() } else { 0.0 }).collect()
    }

    /// `<u_i, u_j> / |u_i||u_j|` `[N,N]`, 0 beside a row that has no direction.
    pub(super) fn cosines(&self) -> Vec<f64> {
        let (count, inverse) = (self.linear.len(), self.inverse_lengths());
        (0..count * count).map(|k| self.gram[k] * inverse[k / count] * inverse[k % count]).collect()
    }

    /// `<u_i, m> / |u_i||m|` `[N]`; 0 of a row that has no direction, and where the poor mean vanishes.
    pub(super) fn similarity(&self) -> Vec<f64> {
        let norm = self.target.sqrt();
        let cosine = |(product, inverse): (&f64, f64)| {
            if norm > 1e-12 { (product * inverse / norm).clamp(-1.0, 1.0) } else { 0.0 }
        };
        self.linear.iter().zip(self.inverse_lengths()).map(cosine).collect()
    }
}

/// Inner products of all rows of both pools and halves, `[2(N+B), 2(N+B)]`: half 0 of the training tasks and of the poor
/// ones, then half 1 of both.
pub(super) struct HalfGram {
    tasks: usize,
    poor: usize,
    products: Vec<f64>,
    /// What all rows are multiplied by; `None`: each by its own.
    common: Option<f64>,
}

impl HalfGram {
    /// From directions `[N,P]` and `[B,P]` of two halves, in a metric. All rows are first shifted by the pooled training
    /// mean, which changes no centred quantity and keeps the later centring free of cancellation.
    pub(super) fn new(
        train: [&[f64]; 2],
        poor: [&[f64]; 2],
        width: usize,
        metric: Metric<'_>,
        lengths: Lengths,
    ) -> Self {
        let tasks = train[0].len() / width;
        let mut rows = shifted(train, poor, width);
        let images = match metric {
            Metric::Raw => None,
            Metric::Layers(sizes) => {
                even_out(&mut rows, sizes, tasks);
                None
            }
            Metric::Images { train, poor } => Some(shifted(train, poor, width)),
        };
        let images = images.as_ref().unwrap_or(&rows);
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let mut products = vec![0.0; rows.len() * rows.len()];
        for i in 0..rows.len() {
            for j in 0..=i {
                // Of a symmetric operator's products only rounding differs.
                let product = 0.5 * (dot(&rows[i], &images[j]) + dot(&rows[j], &images[i]));
                products[i * rows.len() + j] = product;
                products[j * rows.len() + i] = product;
            }
        }
        let mut gram = Self { tasks, poor: poor[0].len() / width, products, common: None };
        if lengths == Lengths::Kept {
            gram.common = Some(gram.common_scale());
        }
        gram
    }

    /// The inverse of the root mean square length of the centred training rows, halves pooled; 0 where they have none.
    fn common_scale(&self) -> f64 {
        let count = self.tasks + self.poor;
        let centred = self.centred(&Selection::all(self.tasks, self.poor, 0.5));
        let square = |i: usize| centred[i * count + i];
        let mean = (0..self.tasks).map(square).sum::<f64>() / self.tasks as f64;
        let largest = (0..count).map(square).fold(0.0, f64::max);
        if mean > NO_DIRECTION * largest { mean.sqrt().recip() } else { 0.0 }
    }

    /// Inner products `[N+B,N+B]` of the selected rows less the mean of the selected training rows.
    fn centred(&self, selection: &Selection) -> Vec<f64> {
        let (tasks, count) = (self.tasks, self.tasks + self.poor);
        let side = 2 * count;
        let parts: Vec<Vec<(usize, f64)>> = (0..count).map(|task| selection.parts(task)).collect();
        let mixed = |i: usize, j: usize| -> f64 {
            let pairs = parts[i].iter().flat_map(|a| parts[j].iter().map(move |b| (a, b)));
            pairs.map(|((row, w), (column, v))| w * v * self.products[row * side + column]).sum()
        };
        let raw: Vec<f64> = (0..count * count).map(|k| mixed(k / count, k % count)).collect();

        // <x_i - c, x_j - c> = x_ij - c_i - c_j + c_c with c the training mean.
        let with_mean: Vec<f64> =
            raw.chunks_exact(count).map(|row| row[..tasks].iter().sum::<f64>() / tasks as f64).collect();
        let mean_norm = with_mean[..tasks].iter().sum::<f64>() / tasks as f64;
        let centred = |i: usize, j: usize| raw[i * count + j] - with_mean[i] - with_mean[j] + mean_norm;
        (0..count * count).map(|k| centred(k / count, k % count)).collect()
    }

    /// Centres the selected rows on the mean of the selected training rows, scales them, and averages the poor ones.
    pub(super) fn programme(&self, selection: &Selection) -> Programme {
        let (tasks, count) = (self.tasks, self.tasks + self.poor);
        let centred = self.centred(selection);
        let square = |i: usize| centred[i * count + i];
        let largest = (0..count).map(square).fold(0.0, f64::max);
        let own = |i: usize| if square(i) > NO_DIRECTION * largest { square(i).sqrt().recip() } else { 0.0 };
        let scale: Vec<f64> = (0..count).map(|i| self.common.unwrap_or_else(|| own(i))).collect();
        let product = |i: usize, j: usize| centred[i * count + j] * scale[i] * scale[j];

        let total: f64 = selection.counts.iter().sum();
        let towards_poor = |i: usize| -> f64 {
            selection.counts.iter().enumerate().map(|(p, times)| times / total * product(i, tasks + p)).sum()
        };
        let weighted = |p: usize| selection.counts[p] / total * towards_poor(tasks + p);
        Programme {
            gram: (0..tasks * tasks).map(|k| product(k / tasks, k % tasks)).collect(),
            linear: (0..tasks).map(towards_poor).collect(),
            target: (0..self.poor).map(weighted).sum::<f64>().max(0.0),
        }
    }
}

/// Half 0 of the training and poor rows, then half 1 of both, less the mean of all training rows.
fn shifted(train: [&[f64]; 2], poor: [&[f64]; 2], width: usize) -> Vec<Vec<f64>> {
    let tasks = train[0].len() / width;
    let mut shift = vec![0.0; width];
    for row in train.iter().flat_map(|half| half.chunks_exact(width)) {
        shift.iter_mut().zip(row).for_each(|(sum, entry)| *sum += entry);
    }
    shift.iter_mut().for_each(|sum| *sum /= 2.0 * tasks as f64);
    [train[0], poor[0], train[1], poor[1]]
        .iter()
        .flat_map(|pool| pool.chunks_exact(width))
        .map(|row| row.iter().zip(&shift).map(|(entry, mean)| entry - mean).collect())
        .collect()
}

/// Divides every group of entries by the root mean square length that it has in the training rows of both halves; a group
/// that no training task moves becomes 0.
fn even_out(rows: &mut [Vec<f64>], sizes: &[usize], tasks: usize) {
    let half = rows.len() / 2;
    let mut start = 0;
    for &size in sizes {
        let span = start..start + size;
        let training = (0..rows.len()).filter(|row| row % half < tasks);
        let squares: f64 = training.map(|row| rows[row][span.clone()].iter().map(|x| x * x).sum::<f64>()).sum();
        let scale = if squares > 0.0 { (squares / (2 * tasks) as f64).sqrt().recip() } else { 0.0 };
        rows.iter_mut().for_each(|row| row[span.clone()].iter_mut().for_each(|x| *x *= scale));
        start += size;
    }
}
