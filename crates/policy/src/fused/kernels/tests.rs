//! Products against sums written out, on buffers exactly as long as their checks ask for, so that Miri
//! (`node scripts/reliability/miri.mjs`) sees every access past an end.

use super::*;

fn value(i: usize) -> f64 {
    ((i * 2_654_435_761) % 1000) as f64 / 500.0 - 1.0
}

/// Miri interprets: fewer sizes do there, an empty, an odd and a full tile of each kind among them.
const SIZES: ([usize; 3], &[usize], &[usize]) =
    if cfg!(miri) { ([0, 7, 9], &[1, 17], &[0, 2]) } else { ([0, 7, 13], &[1, 2, 3, 17, 33], &[0, 1, 3]) };

#[derive(Clone, Copy, Debug)]
struct Case {
    sizes: (usize, usize, usize),
    transposed: bool,
    panels: bool,
    onto: usize,
}

/// `B [k, width]` as panels.
fn in_panels<T: Number>(b: &[T], (n, k): (usize, usize), panel: usize) -> Vec<T> {
    let width = n.next_multiple_of(GROUP);
    let mut out = vec![T::default(); n.div_ceil(panel) * k * panel];
    for (row, column) in (0..k).flat_map(|row| (0..width).map(move |column| (row, column))) {
        if let Some(to) = out.get_mut((column / panel * k + row) * panel + column % panel) {
            *to = b[row * width + column];
        }
    }
    out
}

fn check<T: Number>(case: Case, round: fn(f64) -> T, read: fn(T) -> f64, tolerance: f64) {
    let Case { sizes: (m, n, k), transposed, panels, onto } = case;
    let kernels = Kernels::new(Isa::Portable, Activation::Tanh);
    let width = n.next_multiple_of(GROUP);
    let numbers = |count: usize, from: usize| -> Vec<T> { (0..count).map(|i| round(value(i + from))).collect() };
    let (a, b, bias, before) = (numbers(m * k, 0), numbers(k * width, 7), numbers(width, 11), numbers(m * width, 3));
    let packed = in_panels(&b, (n, k), kernels.panel::<T>());
    let mut c = before.clone();
    let left = if transposed { Left::columns(&a, m) } else { Left::rows(&a, k) };
    let right = if panels { Right::Panels(&packed) } else { Right::Rows(&b, width) };
    let start = [Onto::Zero, Onto::Sum, Onto::Bias(&bias)][onto];
    kernels.product((m, n, k), left, right, (&mut c, width), start);
    for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
        let from = [0.0, read(before[i * width + j]), read(bias[j])][onto];
        let entry = |l: usize| read(a[if transposed { l * m + i } else { i * k + l }]) * read(b[l * width + j]);
        let expected = (0..k).map(entry).fold(from, |sum, term| sum + term);
        assert!((read(c[i * width + j]) - expected).abs() < tolerance, "{case:?} [{i}, {j}]");
    }
}

#[test]
fn products_are_the_sums_they_say_also_over_no_rows() {
    let (heights, widths, depths) = SIZES;
    for (m, &n, &k) in
        heights.into_iter().flat_map(|m| widths.iter().flat_map(move |n| depths.iter().map(move |k| (m, n, k))))
    {
        for (transposed, panels, onto) in (0..12).map(|i| (i % 2 == 0, i / 2 % 2 == 0, i / 4)) {
            let case = Case { sizes: (m, n, k), transposed, panels, onto };
            check::<f64>(case, |x| x, |x| x, 1e-12);
            check::<f32>(case, |x| x as f32, f64::from, 1e-5);
        }
    }
}

#[test]
fn passes_stay_inside_their_rows() {
    for activation in [Activation::Tanh, Activation::Relu] {
        let kernels = Kernels::new(Isa::Portable, activation);
        for groups in 1..4 {
            let z: Vec<f64> = (0..groups * GROUP).map(value).collect();
            let mut h = z.clone();
            kernels.activate(&mut h);
            let mut x = z.clone();
            kernels.times_slope(&mut x, &h);
            kernels.slope_rate(&mut x, &h, &z, &z);
            kernels.mixed_rate(&mut x, &h, (&z, &z));
            kernels.mixed_slope_rate(&mut x, &h, [&z, &z, &z], [&z, &z, &z]);
            kernels.exp(&mut x);
            let mut sums = vec![0.0; GROUP];
            kernels.column_sums(&mut sums, &z, GROUP);
            let expected = z.chunks(GROUP).map(|row| row[1]).sum::<f64>();
            assert!((sums[1] - expected).abs() < 1e-12 && x.iter().all(|entry| entry.is_finite()));
        }
    }
}
