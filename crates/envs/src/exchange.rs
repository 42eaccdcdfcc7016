//! Rows of worlds as blocks want them: structures of arrays.

/// Worlds that are copied together, so that both sides stay in the cache.
const TOGETHER: usize = 8;

/// What crosses between a batch and one of its blocks; contents mean nothing between calls.
#[derive(Default)]
pub(crate) struct Exchange {
    /// `[W]`.
    pub(crate) flags: Vec<f64>,
    /// Tasks, actions or observations `[n, W]`.
    pub(crate) numbers: Vec<f64>,
    /// `[D, W]`.
    pub(crate) states: Vec<f64>,
    /// `[3, W]`.
    pub(crate) outcomes: Vec<f64>,
}

/// Rows `[count, n]` to columns `[n, width]`; columns beyond `count` repeat the last row.
pub(crate) fn to_columns(rows: &[f64], count: usize, width: usize, columns: &mut Vec<f64>) {
    let size = rows.len() / count;
    columns.resize(size * width, 0.0);
    for first in (0..width).step_by(TOGETHER) {
        for k in 0..size {
            for w in first..(first + TOGETHER).min(width) {
                columns[k * width + w] = rows[w.min(count - 1) * size + k];
            }
        }
    }
}

/// Columns `[n, width]` to rows `[count, n]`.
pub(crate) fn to_rows(columns: &[f64], width: usize, count: usize, rows: &mut [f64]) {
    let size = rows.len() / count;
    for (group, rows) in rows.chunks_mut(TOGETHER * size).enumerate() {
        for k in 0..size {
            let from = &columns[k * width + group * TOGETHER..];
            for (row, &x) in rows.chunks_exact_mut(size).zip(from) {
                row[k] = x;
            }
        }
    }
}
