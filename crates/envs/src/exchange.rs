//! Rows of worlds as blocks want them: structures of arrays.

use xmrl_lanes::{Kernel, Lane, dispatch_f64};

/// Worlds that are copied together, as tiles of as many entries: both sides stay in the cache and in registers.
const TOGETHER: usize = 8;

/// What crosses between a batch and one of its blocks; contents mean nothing between calls.
#[derive(Default)]
pub(crate) struct Exchange {
    /// `[W]`.
    pub(crate) flags: Vec<f64>,
    /// Tasks or actions `[n, W]`.
    pub(crate) numbers: Vec<f64>,
    /// `[D, W]`.
    pub(crate) states: Vec<f64>,
    /// `[3, W]`.
    pub(crate) outcomes: Vec<f64>,
}

/// Rows `[count, n]` to columns `[n, width]`; columns beyond `count` repeat the last row.
pub(crate) fn to_columns(rows: &[f64], count: usize, width: usize, columns: &mut Vec<f64>) {
    columns.resize(rows.len() / count * width, 0.0);
    dispatch_f64(ToColumns { rows, count, width, columns });
}

struct ToColumns<'a> {
    rows: &'a [f64],
    count: usize,
    width: usize,
    columns: &'a mut [f64],
}

impl Kernel for ToColumns<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        let Self { rows, count, width, columns } = self;
        let size = rows.len() / count;
        for first in (0..width).step_by(TOGETHER) {
            if first + TOGETHER > count {
                for k in 0..size {
                    for w in first..(first + TOGETHER).min(width) {
                        columns[k * width + w] = rows[w.min(count - 1) * size + k];
                    }
                }
                continue;
            }
            let rows = &rows[first * size..][..TOGETHER * size];
            for k in (0..size).step_by(TOGETHER) {
                match size - k {
                    1 => rows_to_columns::<1>(rows, size, k, &mut columns[k * width + first..], width),
                    2 => rows_to_columns::<2>(rows, size, k, &mut columns[k * width + first..], width),
                    3 => rows_to_columns::<3>(rows, size, k, &mut columns[k * width + first..], width),
                    4 => rows_to_columns::<4>(rows, size, k, &mut columns[k * width + first..], width),
                    5 => rows_to_columns::<5>(rows, size, k, &mut columns[k * width + first..], width),
                    6 => rows_to_columns::<6>(rows, size, k, &mut columns[k * width + first..], width),
                    7 => rows_to_columns::<7>(rows, size, k, &mut columns[k * width + first..], width),
                    _ => rows_to_columns::<8>(rows, size, k, &mut columns[k * width + first..], width),
                }
            }
        }
    }
}

/// Entries `k..k + K` of [`TOGETHER`] rows of `size` to as many columns.
#[inline(always)]
fn rows_to_columns<const K: usize>(rows: &[f64], size: usize, k: usize, columns: &mut [f64], width: usize) {
    let mut tile = [[0.0; TOGETHER]; K];
    for w in 0..TOGETHER {
        let row = &rows[w * size + k..][..K];
        for (column, &x) in tile.iter_mut().zip(row) {
            column[w] = x;
        }
    }
    for (k, column) in tile.iter().enumerate() {
        columns[k * width..][..TOGETHER].copy_from_slice(column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        for (count, size) in [(1, 1), (8, 4), (13, 9), (24, 17), (31, 202)] {
            let width = usize::next_multiple_of(count, TOGETHER);
            let rows: Vec<f64> = (0..count * size).map(|x| x as f64).collect();
            let mut columns = Vec::new();
            to_columns(&rows, count, width, &mut columns);
            for w in 0..width {
                let row = w.min(count - 1);
                assert!((0..size).all(|k| columns[k * width + w] == rows[row * size + k]), "{count} {size} {w}");
            }
        }
    }
}
