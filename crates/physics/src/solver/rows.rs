//! The rows of the constraint problem: what they are, which are active, and what active ones add to the Hessian.

use xmrl_lanes::Lane;

use crate::tree::Matrix;
use crate::zeroed::Zeroed;

/// A row's value (m/s² or rad/s²) that counts as 0, at least; and as a share of its constants, whose rounding it shows.
const NOTHING: f64 = 1e-12;
const NOTHING_OF: f64 = 1e-14;

/// The points that touch in at least one lane, and their rows. `P` candidates, `R` = 2 (plane) or 3 (space) axes.
pub(crate) struct Contacts<L, const V: usize, const P: usize, const R: usize> {
    /// How many of the entries below are in use.
    pub(crate) count: usize,
    /// The candidate's index.
    pub(crate) point: [usize; P],
    /// The point's last degree of freedom; its Jacobian lives on that one's chain.
    pub(crate) dof: [usize; P],
    /// Sliding friction.
    pub(crate) friction: [L; P],
    /// Rows normal, t1 (, t2); only entries on the chain are meaningful.
    pub(crate) jacobian: [[[L; V]; R]; P],
    /// c of u = J a + c.
    pub(crate) bias: [[L; R]; P],
    /// D of each row, 0 in lanes that do not touch.
    pub(crate) weight: [L; P],
    /// Result: the force in the contact frame, N.
    pub(crate) force: [[L; R]; P],
    /// u at the current point and at the Newton point.
    pub(super) at: [[L; R]; P],
    pub(super) full: [[L; R]; P],
    /// D of the rows that are active, else 0: `+t1, -t1, +t2, -t2`.
    pub(super) active: [[L; 4]; P],
    /// `active` of the last solve, by candidate; [`UNKNOWN`] in lanes that did not touch.
    pub(super) last: [[L; 4]; P],
    /// Whether the candidate is in the list of the last solve.
    pub(super) touched: [bool; P],
}

/// At most one limit of every hinge acts: row s a + c with weight D (0 in lanes where none does).
pub(crate) struct Limits<L, const V: usize> {
    /// Which degrees of freedom have an acting limit in at least one lane.
    pub(crate) any: [bool; V],
    /// +1 at the lower end, -1 at the upper one; of meaning where one acts.
    pub(crate) sign: [L; V],
    /// c.
    pub(crate) bias: [L; V],
    /// D.
    pub(crate) weight: [L; V],
    pub(super) at: [L; V],
    pub(super) full: [L; V],
    pub(super) active: [L; V],
    /// `active` of the last solve, [`UNKNOWN`] where there was no row.
    pub(super) last: [L; V],
}

// SAFETY: lanes, indices and flags.
unsafe impl<L: Lane, const V: usize, const P: usize, const R: usize> Zeroed for Contacts<L, V, P, R> {}

// SAFETY: lanes and flags.
unsafe impl<L: Lane, const V: usize> Zeroed for Limits<L, V> {}

/// The rows' values `+t1, -t1, +t2, -t2` from u of the contact frame.
#[inline(always)]
pub(super) fn rows<L: Lane, const R: usize>(u: &[L; R], friction: L) -> [L; 4] {
    let first = friction * u[1];
    let (a, b) = (u[0] + first, u[0] - first);
    if R == 2 {
        [a, b, u[0], u[0]]
    } else {
        let second = friction * u[R - 1];
        [a, b, u[0] + second, u[0] - second]
    }
}

/// `weight` where the row is negative, else 0.
#[inline(always)]
pub(super) fn active_rows<L: Lane>(rows: &[L; 4], weight: L) -> [L; 4] {
    let zero = L::splat(0.0);
    [
        L::select_lt(rows[0], zero, weight, zero),
        L::select_lt(rows[1], zero, weight, zero),
        L::select_lt(rows[2], zero, weight, zero),
        L::select_lt(rows[3], zero, weight, zero),
    ]
}

/// The activity of a row that did not exist in the last solve.
pub(super) const UNKNOWN: f64 = -1.0;

/// `weight` where a row was active in the last solve, 0 where it was not, `otherwise` where it did not exist.
#[inline(always)]
pub(super) fn recalled<L: Lane>(last: L, weight: L, otherwise: L) -> L {
    let zero = L::splat(0.0);
    L::select_lt(last, zero, otherwise, L::select_lt(zero, last, weight, zero))
}

/// What counts as 0 in a row whose constants have the magnitude `scale`.
#[inline(always)]
pub(super) fn nothing<L: Lane>(scale: L) -> L {
    L::splat(NOTHING).max(scale * L::splat(NOTHING_OF))
}

/// The magnitude of a pyramid's constants.
#[inline(always)]
pub(super) fn magnitude<L: Lane, const R: usize>(bias: &[L; R], friction: L) -> L {
    let mut sum = bias[0].abs();
    for axis in 1..R {
        sum = friction.mul_add(bias[axis].abs(), sum);
    }
    sum
}

/// The activity of a row of value `r`: `weight` below 0, 0 above, and what was assumed where the row is 0 to rounding.
/// Such a row pushes with nothing either way; taken by its sign it could flicker for ever.
#[inline(always)]
pub(super) fn activity<L: Lane>(r: L, weight: L, assumed: L, nothing: L) -> L {
    let zero = L::splat(0.0);
    L::select_lt(nothing, r.abs(), L::select_lt(r, zero, weight, zero), assumed)
}

/// `Jᵀ A J` and `Jᵀ A c` of one point: adds the first to `h` and takes the second from `g`.
#[inline(always)]
pub(super) fn add_contact<L: Lane, const V: usize, const R: usize, const ROOT: usize>(
    path: &[u8],
    j: &[[L; V]; R],
    c: &[L; R],
    active: &[L; 4],
    friction: L,
    h: &mut Matrix<L, V>,
    g: &mut [L; V],
) {
    let square = friction * friction;
    let nn = (active[0] + active[1]) + (active[2] + active[3]);
    let (n1, a11) = (friction * (active[0] - active[1]), square * (active[0] + active[1]));
    let (n2, a22) = (friction * (active[2] - active[3]), square * (active[2] + active[3]));
    let a = Pyramid { nn, n1, n2, a11, a22 };
    let force = a.times(c);
    for i in 0..ROOT {
        let pull = a.times(&column(j, i));
        for k in 0..=i {
            h[i][k] = dot_add(&pull, &column(j, k), h[i][k]);
        }
        g[i] = g[i] - dot(&force, &column(j, i));
    }
    for (position, &i) in path.iter().enumerate() {
        let i = i as usize;
        let pull = a.times(&column(j, i));
        for k in 0..ROOT {
            h[i][k] = dot_add(&pull, &column(j, k), h[i][k]);
        }
        for &k in &path[..=position] {
            let k = k as usize;
            h[i][k] = dot_add(&pull, &column(j, k), h[i][k]);
        }
        g[i] = g[i] - dot(&force, &column(j, i));
    }
}

/// The symmetric matrix of a point's active rows in the contact frame; `12` is zero.
pub(super) struct Pyramid<L> {
    nn: L,
    n1: L,
    n2: L,
    a11: L,
    a22: L,
}

impl<L: Lane> Pyramid<L> {
    #[inline(always)]
    pub(super) fn times<const R: usize>(&self, x: &[L; R]) -> [L; R] {
        let mut y = *x;
        let normal = self.nn.mul_add(x[0], self.n1 * x[1]);
        y[0] = if R == 2 { normal } else { self.n2.mul_add(x[R - 1], normal) };
        y[1] = self.n1.mul_add(x[0], self.a11 * x[1]);
        if R == 3 {
            y[R - 1] = self.n2.mul_add(x[0], self.a22 * x[R - 1]);
        }
        y
    }
}

/// Column `i` of a contact Jacobian.
#[inline(always)]
pub(super) fn column<L: Lane, const V: usize, const R: usize>(j: &[[L; V]; R], i: usize) -> [L; R] {
    let mut column = [j[0][i]; R];
    for axis in 1..R {
        column[axis] = j[axis][i];
    }
    column
}

#[inline(always)]
pub(super) fn dot<L: Lane, const R: usize>(a: &[L; R], b: &[L; R]) -> L {
    let mut sum = a[0] * b[0];
    for axis in 1..R {
        sum = a[axis].mul_add(b[axis], sum);
    }
    sum
}

/// `a · b + c`.
#[inline(always)]
pub(super) fn dot_add<L: Lane, const R: usize>(a: &[L; R], b: &[L; R], c: L) -> L {
    let mut sum = c;
    for axis in 0..R {
        sum = a[axis].mul_add(b[axis], sum);
    }
    sum
}
