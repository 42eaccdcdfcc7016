//! The passes of `product` and `elementwise`, instantiated per instruction set, behind checked slices.

use xmrl_lanes::{Isa, Kernel, PortableF64x8, dispatch_f64};

use super::elementwise::{self, Exp, LANES, Tanh};
use super::product::{Product, Start};
use super::simd::Portable;
use crate::Activation;

/// The left factor: entry `[i, j]` is `data[i * row + j * column]`.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    pub(super) data: &'a [f64],
    pub(super) row: usize,
    pub(super) column: usize,
}

impl<'a> Left<'a> {
    /// A row-major matrix with rows of `stride`.
    pub(super) fn rows(data: &'a [f64], stride: usize) -> Self {
        Self { data, row: stride, column: 1 }
    }

    /// The transpose of a row-major matrix with rows of `stride`.
    pub(super) fn columns(data: &'a [f64], stride: usize) -> Self {
        Self { data, row: 1, column: stride }
    }
}

/// What a product is added to.
#[derive(Clone, Copy)]
pub(super) enum Onto<'a> {
    /// Nothing: overwrite.
    Zero,
    /// The destination.
    Sum,
    /// A bias, padded like a row of the destination.
    Bias(&'a [f64]),
}

type SlopeRate = unsafe fn(&mut [f64], &[f64], &[f64], &[f64]);

/// One instruction set's passes. A function may only be called where the CPU has the instruction set.
struct Table {
    product: unsafe fn(&Product),
    relu: unsafe fn(&mut [f64]),
    times_tanh_slope: unsafe fn(&mut [f64], &[f64]),
    times_relu_slope: unsafe fn(&mut [f64], &[f64]),
    tanh_slope_rate: SlopeRate,
    column_sums: unsafe fn(&mut [f64], &[f64], usize),
}

macro_rules! table {
    ($name:ident, $register:ty, $fma:expr $(, $feature:literal)?) => {
        mod $name {
            use super::{Product, elementwise};
            $(#[target_feature(enable = $feature)])?
            unsafe fn product(product: &Product) {
                // SAFETY: the caller vouches for the instruction set and the ranges.
                unsafe { product.run::<$register>() }
            }
            $(#[target_feature(enable = $feature)])?
            fn relu(z: &mut [f64]) {
                elementwise::relu(z);
            }
            $(#[target_feature(enable = $feature)])?
            fn times_tanh_slope(x: &mut [f64], h: &[f64]) {
                elementwise::times_tanh_slope::<$fma>(x, h);
            }
            $(#[target_feature(enable = $feature)])?
            fn times_relu_slope(x: &mut [f64], h: &[f64]) {
                elementwise::times_relu_slope(x, h);
            }
            $(#[target_feature(enable = $feature)])?
            fn tanh_slope_rate(x: &mut [f64], h: &[f64], d: &[f64], r: &[f64]) {
                elementwise::tanh_slope_rate::<$fma>(x, h, d, r);
            }
            $(#[target_feature(enable = $feature)])?
            fn column_sums(sums: &mut [f64], x: &[f64], stride: usize) {
                elementwise::column_sums(sums, x, stride);
            }
            pub(super) static TABLE: super::Table = super::Table {
                product,
                relu,
                times_tanh_slope,
                times_relu_slope,
                tanh_slope_rate,
                column_sums,
            };
        }
    };
}

table!(portable, super::Portable, false);
#[cfg(target_arch = "x86_64")]
table!(avx2, core::arch::x86_64::__m256d, true, "avx2,fma");
#[cfg(target_arch = "x86_64")]
table!(avx512, core::arch::x86_64::__m512d, true, "avx512f,avx512dq,avx2,fma");

/// The passes for one network: an instruction set and a nonlinearity.
#[derive(Clone, Copy)]
pub(super) struct Kernels {
    table: &'static Table,
    activation: Activation,
    portable: bool,
}

impl Kernels {
    /// The passes for `isa`, lowered to what the CPU has.
    pub(super) fn new(isa: Isa, activation: Activation) -> Self {
        let isa = isa.min(xmrl_lanes::isa());
        let table = match isa {
            Isa::Portable => &portable::TABLE,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => &avx2::TABLE,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => &avx512::TABLE,
            #[cfg(not(target_arch = "x86_64"))]
            _ => &portable::TABLE,
        };
        Self { table, activation, portable: isa == Isa::Portable }
    }

    /// `c[m,n] = onto + a[m,k] b[k,n]`; `b` and `c` are row-major with rows of their strides, padded to [`LANES`].
    pub(super) fn product(
        &self,
        (m, n, k): (usize, usize, usize),
        a: Left<'_>,
        (b, b_row): (&[f64], usize),
        (c, c_row): (&mut [f64], usize),
        onto: Onto<'_>,
    ) {
        if m == 0 {
            return;
        }
        let width = n.next_multiple_of(LANES);
        assert!(width <= c_row && (m - 1) * c_row + width <= c.len(), "c");
        if k > 0 {
            assert!((m - 1) * a.row + (k - 1) * a.column < a.data.len(), "a");
            assert!((k - 1) * b_row + width <= b.len(), "b");
        }
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
        // SAFETY: `new` chose what the CPU has; the ranges were checked above; c is an exclusive borrow.
        unsafe { (self.table.product)(&Product { m, n, k, a, a_row, a_column, b, b_row, c, c_row, start }) }
    }

    /// `z <- phi(z)`.
    pub(super) fn activate(&self, z: &mut [f64]) {
        match self.activation {
            Activation::Tanh => self.elementary(Tanh(z)),
            // SAFETY: `new` chose what the CPU has.
            Activation::Relu => unsafe { (self.table.relu)(z) },
        }
    }

    /// `x <- x phi'(z)`, given `h = phi(z)`.
    pub(super) fn times_slope(&self, x: &mut [f64], h: &[f64]) {
        debug_assert_eq!(x.len(), h.len());
        // SAFETY: `new` chose what the CPU has.
        unsafe {
            match self.activation {
                Activation::Tanh => (self.table.times_tanh_slope)(x, h),
                Activation::Relu => (self.table.times_relu_slope)(x, h),
            }
        }
    }

    /// `x <- x phi'(z) + D phi''(z) r`, given `h = phi(z)` and `d = D phi'(z)`.
    pub(super) fn slope_rate(&self, x: &mut [f64], h: &[f64], d: &[f64], r: &[f64]) {
        debug_assert!(x.len() == h.len() && x.len() == d.len() && x.len() == r.len());
        // SAFETY: `new` chose what the CPU has.
        unsafe {
            match self.activation {
                Activation::Tanh => (self.table.tanh_slope_rate)(x, h, d, r),
                Activation::Relu => (self.table.times_relu_slope)(x, h),
            }
        }
    }

    /// `x <- exp x`; whole groups of [`LANES`].
    pub(super) fn exp(&self, x: &mut [f64]) {
        debug_assert_eq!(x.len() % LANES, 0);
        self.elementary(Exp(x));
    }

    /// The elementary functions are the lanes': the bits of the rollouts.
    fn elementary<K: Kernel<Output = ()>>(&self, kernel: K) {
        if self.portable { kernel.run::<PortableF64x8>() } else { dispatch_f64(kernel) }
    }

    /// `sums <- sums + the rows of x`.
    pub(super) fn column_sums(&self, sums: &mut [f64], x: &[f64], stride: usize) {
        // SAFETY: `new` chose what the CPU has.
        unsafe { (self.table.column_sums)(sums, x, stride) }
    }
}
