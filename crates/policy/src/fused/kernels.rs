//! The passes of `product` and `elementwise` for one instruction set and nonlinearity, behind checked slices.

use xmrl_lanes::{Detected, Isa, Register};

use super::elementwise::{self, GROUP};
use super::number::{Number, panel};
use super::product::{Product, Start};
use crate::Activation;

/// The left factor: entry `[i, j]` is `data[i * row + j * column]`.
#[derive(Clone, Copy)]
pub(super) struct Left<'a, T> {
    pub(super) data: &'a [T],
    pub(super) row: usize,
    pub(super) column: usize,
}

impl<'a, T> Left<'a, T> {
    /// A row-major matrix with rows of `stride`.
    pub(super) fn rows(data: &'a [T], stride: usize) -> Self {
        Self { data, row: stride, column: 1 }
    }

    /// The transpose of a row-major matrix with rows of `stride`.
    pub(super) fn columns(data: &'a [T], stride: usize) -> Self {
        Self { data, row: 1, column: stride }
    }
}

/// The right factor.
#[derive(Clone, Copy)]
pub(super) enum Right<'a, T> {
    /// A row-major matrix with rows of a stride, padded to [`GROUP`].
    Rows(&'a [T], usize),
    /// Panels of [`Kernels::panel`] columns, each row-major and padded to whole panels: every tile reads it in order.
    Panels(&'a [T]),
}

/// What a product is added to.
#[derive(Clone, Copy)]
pub(super) enum Onto<'a, T> {
    /// Nothing: overwrite.
    Zero,
    /// The destination.
    Sum,
    /// A bias, padded like a row of the destination.
    Bias(&'a [T]),
}

/// The passes for one network: an instruction set and a nonlinearity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernels {
    pub(super) isa: Detected,
    activation: Activation,
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<T: Number>(product: &Product<T>) {
    // SAFETY: the caller vouches for the instruction set and the ranges.
    unsafe { product.run::<T::Avx2>(T::default()) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
unsafe fn avx512<T: Number>(product: &Product<T>) {
    // SAFETY: the caller vouches for the instruction set and the ranges.
    unsafe { product.run::<T::Avx512>(T::default()) }
}

impl Kernels {
    /// The passes for `isa`, lowered to what the CPU has.
    pub(super) fn new(isa: Isa, activation: Activation) -> Self {
        Self { isa: xmrl_lanes::detected().at_most(isa), activation }
    }

    /// Columns of a panel of numbers of type `T`.
    pub(super) fn panel<T: Number>(&self) -> usize {
        panel::<T>(self.isa)
    }

    /// `c[m,n] = onto + a[m,k] b[k,n]`; `c` is row-major with rows of its stride, padded to [`GROUP`].
    pub(super) fn product<T: Number>(
        &self,
        (m, n, k): (usize, usize, usize),
        a: Left<'_, T>,
        b: Right<'_, T>,
        (c, c_row): (&mut [T], usize),
        onto: Onto<'_, T>,
    ) {
        if m == 0 {
            return;
        }
        let (width, panel) = (n.next_multiple_of(GROUP), self.panel::<T>());
        assert!(width <= c_row && (m - 1) * c_row + width <= c.len(), "c");
        let (b, b_row, b_panel) = match b {
            Right::Rows(b, stride) => {
                assert!(k == 0 || (k - 1) * stride + width <= b.len(), "b");
                (b, stride, panel)
            }
            Right::Panels(b) => {
                assert!(n.div_ceil(panel) * k * panel <= b.len(), "b");
                (b, panel, k * panel)
            }
        };
        assert!(k == 0 || (m - 1) * a.row + (k - 1) * a.column < a.data.len(), "a");
        let start = match onto {
            Onto::Zero => Start::Zero,
            Onto::Sum => Start::Sum,
            Onto::Bias(bias) => {
                assert!(width <= bias.len(), "bias");
                Start::Row(bias.as_ptr())
            }
        };
        let (a_row, a_column) = (a.row, a.column);
        let (a, b, c) = (a.data.as_ptr(), b.as_ptr(), c.as_mut_ptr());
        let product = Product { m, n, k, a, a_row, a_column, b, b_row, b_panel, c, c_row, start };
        // SAFETY: `Detected` is what the CPU has; the ranges were checked above; c is an exclusive borrow.
        unsafe {
            match self.isa.isa() {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => avx512(&product),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => avx2(&product),
                _ => product.run::<T::Portable>(T::default()),
            }
        }
    }

    /// `z <- phi(z)`.
    pub(super) fn activate<T: Number>(&self, z: &mut [T]) {
        match self.activation {
            Activation::Tanh => T::tanh(z, self.isa),
            Activation::Relu => elementwise::relu(self.isa, z),
        }
    }

    /// `x <- x phi'(z)`, given `h = phi(z)`.
    pub(super) fn times_slope<T: Number>(&self, x: &mut [T], h: &[T]) {
        debug_assert_eq!(x.len(), h.len());
        match self.activation {
            Activation::Tanh => elementwise::times_tanh_slope(self.isa, x, h),
            Activation::Relu => elementwise::times_relu_slope(self.isa, x, h),
        }
    }

    /// `x <- x phi'(z) + D phi''(z) r`, given `h = phi(z)` and `d = D phi'(z)`.
    pub(super) fn slope_rate<T: Number>(&self, x: &mut [T], h: &[T], d: &[T], r: &[T]) {
        debug_assert!(x.len() == h.len() && x.len() == d.len() && x.len() == r.len());
        match self.activation {
            Activation::Tanh => elementwise::tanh_slope_rate(self.isa, x, h, d, r),
            Activation::Relu => elementwise::times_relu_slope(self.isa, x, h),
        }
    }

    /// `x <- phi'(z) x + phi''(z) p q`, given `h = phi(z)`: the mixed rate of `h`.
    pub(super) fn mixed_rate<T: Number>(&self, x: &mut [T], h: &[T], (p, q): (&[T], &[T])) {
        match self.activation {
            Activation::Tanh => elementwise::tanh_mixed_rate(self.isa, x, h, p, q),
            Activation::Relu => elementwise::times_relu_slope(self.isa, x, h),
        }
    }

    /// The mixed rate of `d = D phi'(z)` from that of `D` in `x`: `deltas` are `d` and its rates along two directions,
    /// `rates` those of `z` and its mixed rate.
    pub(super) fn mixed_slope_rate<T: Number>(&self, x: &mut [T], h: &[T], deltas: [&[T]; 3], rates: [&[T]; 3]) {
        let ([d, d_p, d_q], [p, q, r]) = (deltas, rates);
        match self.activation {
            Activation::Tanh => elementwise::tanh_mixed_slope_rate(self.isa, x, h, d, d_p, d_q, p, q, r),
            Activation::Relu => elementwise::times_relu_slope(self.isa, x, h),
        }
    }

    /// `x <- exp x`; whole groups of [`GROUP`].
    pub(super) fn exp<T: Number>(&self, x: &mut [T]) {
        T::exp(x, self.isa);
    }

    /// `sums <- sums + the rows of x`.
    pub(super) fn column_sums<T: Number>(&self, sums: &mut [T], x: &[T], stride: usize) {
        elementwise::column_sums(self.isa, sums, x, stride);
    }
}

// A padded row is a whole number of registers of every kind: no tile writes past it.
const _: () = {
    const fn whole<T: Number>() -> bool {
        GROUP.is_multiple_of(T::Portable::WIDTH)
            && GROUP.is_multiple_of(T::Avx2::WIDTH)
            && GROUP.is_multiple_of(T::Avx512::WIDTH)
    }
    assert!(whole::<f64>() && whole::<f32>());
};

#[cfg(test)]
mod tests;
