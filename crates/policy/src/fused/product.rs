//! The dense product `C = [C or bias] + A B` on small blocks: everything the network needs is an instance of it.

use xmrl_lanes::Register;

use super::number::ABREAST;

/// What a product starts from.
#[derive(Clone, Copy)]
pub(super) enum Start<T> {
    Zero,
    /// What `C` holds.
    Sum,
    /// The same row (a bias) in every row.
    Row(*const T),
}

/// `C[m,n] = start + sum_k A[m,k] B[k,n]`; `A` has any two strides, `C` unit stride along `n`, `B` lies in panels of as many
/// columns as a tile has, unit stride within a row of the panel.
///
/// Each entry of `C` is one chain of multiply-adds in the order of `k`: its bits depend neither on the tile it falls in
/// nor on the width of the registers.
pub(super) struct Product<T> {
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) k: usize,
    pub(super) a: *const T,
    pub(super) a_row: usize,
    pub(super) a_column: usize,
    pub(super) b: *const T,
    /// From one row of a panel to the next, from one panel to the next.
    pub(super) b_row: usize,
    pub(super) b_panel: usize,
    pub(super) c: *mut T,
    pub(super) c_row: usize,
    pub(super) start: Start<T>,
}

/// Rows of a tile of two registers and of one: as many accumulators as 16 registers hold next to their operands.
const TALL: usize = 6;
const TALL_NARROW: usize = 8;

impl<T: Copy> Product<T> {
    /// # Safety
    /// The CPU has `R`'s instruction set; `a` covers `[m,k]` under its strides, rows of `b`, `c` and a start row are
    /// readable (and `c` writable) up to `n` rounded up to whole registers; `c` overlaps none of the others.
    #[inline(always)]
    pub(super) unsafe fn run<R: Register<Float = T>>(&self, zero: T) {
        let registers = self.n.div_ceil(R::WIDTH);
        let mut column = 0;
        // SAFETY: tiles cover [m, registers] once; the caller vouches for that whole range.
        unsafe {
            while column < registers {
                let (at, panel) = (column * R::WIDTH, column / ABREAST * self.b_panel);
                if registers - column >= ABREAST {
                    let mut row = 0;
                    for height in heights(self.m, TALL) {
                        match height {
                            1 => self.tile::<R, 1, 2>(row, at, panel, zero),
                            2 => self.tile::<R, 2, 2>(row, at, panel, zero),
                            3 => self.tile::<R, 3, 2>(row, at, panel, zero),
                            4 => self.tile::<R, 4, 2>(row, at, panel, zero),
                            5 => self.tile::<R, 5, 2>(row, at, panel, zero),
                            _ => self.tile::<R, 6, 2>(row, at, panel, zero),
                        }
                        row += height;
                    }
                    column += ABREAST;
                } else {
                    let mut row = 0;
                    for height in heights(self.m, TALL_NARROW) {
                        match height {
                            1 => self.tile::<R, 1, 1>(row, at, panel, zero),
                            2 => self.tile::<R, 2, 1>(row, at, panel, zero),
                            3 => self.tile::<R, 3, 1>(row, at, panel, zero),
                            4 => self.tile::<R, 4, 1>(row, at, panel, zero),
                            5 => self.tile::<R, 5, 1>(row, at, panel, zero),
                            6 => self.tile::<R, 6, 1>(row, at, panel, zero),
                            7 => self.tile::<R, 7, 1>(row, at, panel, zero),
                            _ => self.tile::<R, 8, 1>(row, at, panel, zero),
                        }
                        row += height;
                    }
                    column += 1;
                }
            }
        }
    }

    /// Rows `row..row + M`, columns `at..at + N * WIDTH`.
    #[inline(always)]
    unsafe fn tile<R: Register<Float = T>, const M: usize, const N: usize>(
        &self,
        row: usize,
        at: usize,
        panel: usize,
        zero: T,
    ) {
        // SAFETY: run's caller vouches for every address of the tile.
        unsafe {
            let mut sums = [[R::splat(zero); N]; M];
            match self.start {
                Start::Zero => {}
                Start::Sum => {
                    for i in 0..M {
                        for j in 0..N {
                            sums[i][j] = R::load(self.c.add((row + i) * self.c_row + at + j * R::WIDTH));
                        }
                    }
                }
                Start::Row(bias) => {
                    for j in 0..N {
                        let value = R::load(bias.add(at + j * R::WIDTH));
                        for i in 0..M {
                            sums[i][j] = value;
                        }
                    }
                }
            }
            let (a_row, a_column, b_row) = (self.a_row, self.a_column, self.b_row);
            // Wrapping: where k is 0 the factors are empty and these lie outside them, never read.
            let mut a = self.a.wrapping_add(row * a_row);
            let mut b = self.b.wrapping_add(panel);
            for _ in 0..self.k {
                let mut right = [R::splat(zero); N];
                for j in 0..N {
                    right[j] = R::load(b.add(j * R::WIDTH));
                }
                for i in 0..M {
                    let left = R::splat(*a.add(i * a_row));
                    for j in 0..N {
                        sums[i][j] = left.mul_add(right[j], sums[i][j]);
                    }
                }
                a = a.wrapping_add(a_column);
                b = b.wrapping_add(b_row);
            }
            for i in 0..M {
                for j in 0..N {
                    sums[i][j].store(self.c.add((row + i) * self.c_row + at + j * R::WIDTH));
                }
            }
        }
    }
}

/// `total` cut into the fewest parts of at most `tallest`, as even as possible: a short last tile would wait on latency.
#[inline(always)]
fn heights(total: usize, tallest: usize) -> impl Iterator<Item = usize> {
    let parts = total.div_ceil(tallest).max(1);
    let (least, longer) = (total / parts, total % parts);
    (0..parts).map(move |part| least + usize::from(part < longer)).filter(|&height| height > 0)
}
