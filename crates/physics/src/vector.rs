//! Vectors and matrices of three, lane by lane. Matrices are row by row.

use xmrl_lanes::Lane;

pub(crate) type Vector<L> = [L; 3];
pub(crate) type Rotation<L> = [[L; 3]; 3];

#[inline(always)]
pub(crate) fn zero<L: Lane>() -> Vector<L> {
    [L::splat(0.0); 3]
}

#[inline(always)]
pub(crate) fn splat<L: Lane>(x: &[f64; 3]) -> Vector<L> {
    [L::splat(x[0]), L::splat(x[1]), L::splat(x[2])]
}

#[inline(always)]
pub(crate) fn add<L: Lane>(a: &Vector<L>, b: &Vector<L>) -> Vector<L> {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

#[inline(always)]
pub(crate) fn sub<L: Lane>(a: &Vector<L>, b: &Vector<L>) -> Vector<L> {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

#[inline(always)]
pub(crate) fn scale<L: Lane>(s: L, a: &Vector<L>) -> Vector<L> {
    [s * a[0], s * a[1], s * a[2]]
}

/// `s a + b`.
#[inline(always)]
pub(crate) fn scale_add<L: Lane>(s: L, a: &Vector<L>, b: &Vector<L>) -> Vector<L> {
    [s.mul_add(a[0], b[0]), s.mul_add(a[1], b[1]), s.mul_add(a[2], b[2])]
}

#[inline(always)]
pub(crate) fn dot<L: Lane>(a: &Vector<L>, b: &Vector<L>) -> L {
    a[0].mul_add(b[0], a[1].mul_add(b[1], a[2] * b[2]))
}

#[inline(always)]
pub(crate) fn cross<L: Lane>(a: &Vector<L>, b: &Vector<L>) -> Vector<L> {
    [a[1].mul_add(b[2], -(a[2] * b[1])), a[2].mul_add(b[0], -(a[0] * b[2])), a[0].mul_add(b[1], -(a[1] * b[0]))]
}

/// `a × b + c`.
#[inline(always)]
pub(crate) fn cross_add<L: Lane>(a: &Vector<L>, b: &Vector<L>, c: &Vector<L>) -> Vector<L> {
    [
        a[1].mul_add(b[2], (-a[2]).mul_add(b[1], c[0])),
        a[2].mul_add(b[0], (-a[0]).mul_add(b[2], c[1])),
        a[0].mul_add(b[1], (-a[1]).mul_add(b[0], c[2])),
    ]
}

/// `r x` for a constant x.
#[inline(always)]
pub(crate) fn turn<L: Lane>(r: &Rotation<L>, x: &[f64; 3]) -> Vector<L> {
    let x = splat(x);
    [dot(&r[0], &x), dot(&r[1], &x), dot(&r[2], &x)]
}

/// `r x + c` for a constant x.
#[inline(always)]
pub(crate) fn turn_add<L: Lane>(r: &Rotation<L>, x: &[f64; 3], c: &Vector<L>) -> Vector<L> {
    let [x, y, z] = splat::<L>(x);
    let mut moved = *c;
    for i in 0..3 {
        moved[i] = r[i][0].mul_add(x, r[i][1].mul_add(y, r[i][2].mul_add(z, c[i])));
    }
    moved
}

#[inline(always)]
pub(crate) fn product<L: Lane>(a: &Rotation<L>, b: &Rotation<L>) -> Rotation<L> {
    let mut c = *a;
    for i in 0..3 {
        for j in 0..3 {
            c[i][j] = a[i][0].mul_add(b[0][j], a[i][1].mul_add(b[1][j], a[i][2] * b[2][j]));
        }
    }
    c
}

/// A symmetric matrix (xx, yy, zz, xy, xz, yz) times a vector.
#[inline(always)]
pub(crate) fn symmetric<L: Lane>(m: &[L; 6], x: &Vector<L>) -> Vector<L> {
    [
        m[0].mul_add(x[0], m[3].mul_add(x[1], m[4] * x[2])),
        m[3].mul_add(x[0], m[1].mul_add(x[1], m[5] * x[2])),
        m[4].mul_add(x[0], m[5].mul_add(x[1], m[2] * x[2])),
    ]
}

/// `r m rᵀ` for a constant symmetric matrix.
#[inline(always)]
pub(crate) fn turned<L: Lane>(r: &Rotation<L>, m: &[f64; 6]) -> [L; 6] {
    let [xx, yy, zz, xy, xz, yz] = *m;
    let mut half = *r;
    for i in 0..3 {
        half[i] = [turn_row(&r[i], [xx, xy, xz]), turn_row(&r[i], [xy, yy, yz]), turn_row(&r[i], [xz, yz, zz])];
    }
    [
        dot(&half[0], &r[0]),
        dot(&half[1], &r[1]),
        dot(&half[2], &r[2]),
        dot(&half[0], &r[1]),
        dot(&half[0], &r[2]),
        dot(&half[1], &r[2]),
    ]
}

#[inline(always)]
fn turn_row<L: Lane>(row: &Vector<L>, x: [f64; 3]) -> L {
    dot(row, &splat(&x))
}

/// The rotation of a unit quaternion (w, x, y, z).
#[inline(always)]
pub(crate) fn rotation<L: Lane>(q: &[L; 4]) -> Rotation<L> {
    let (one, two) = (L::splat(1.0), L::splat(2.0));
    let [w, x, y, z] = *q;
    let (x2, y2, z2) = (two * x, two * y, two * z);
    let (wx, wy, wz) = (w * x2, w * y2, w * z2);
    let (xx, xy, xz) = (x * x2, x * y2, x * z2);
    let (yy, yz, zz) = (y * y2, y * z2, z * z2);
    [[one - (yy + zz), xy - wz, xz + wy], [xy + wz, one - (xx + zz), yz - wx], [xz - wy, yz + wx, one - (xx + yy)]]
}

/// `q / |q|`.
#[inline(always)]
pub(crate) fn normalised<L: Lane>(q: &[L; 4]) -> [L; 4] {
    let square = q[0].mul_add(q[0], q[1].mul_add(q[1], q[2].mul_add(q[2], q[3] * q[3])));
    let norm = square.sqrt();
    // A quaternion of no length stands for no rotation, as in MuJoCo.
    let (one, zero, least) = (L::splat(1.0), L::splat(0.0), L::splat(1e-15));
    let inverse = one / norm;
    [
        L::select_lt(norm, least, one, q[0] * inverse),
        L::select_lt(norm, least, zero, q[1] * inverse),
        L::select_lt(norm, least, zero, q[2] * inverse),
        L::select_lt(norm, least, zero, q[3] * inverse),
    ]
}

/// The quaternion product `a b`.
#[inline(always)]
pub(crate) fn quaternion_product<L: Lane>(a: &[L; 4], b: &[L; 4]) -> [L; 4] {
    [
        a[0].mul_add(b[0], -(a[1].mul_add(b[1], a[2].mul_add(b[2], a[3] * b[3])))),
        a[0].mul_add(b[1], a[1].mul_add(b[0], a[2].mul_add(b[3], -(a[3] * b[2])))),
        a[0].mul_add(b[2], a[2].mul_add(b[0], a[3].mul_add(b[1], -(a[1] * b[3])))),
        a[0].mul_add(b[3], a[3].mul_add(b[0], a[1].mul_add(b[2], -(a[2] * b[1])))),
    ]
}

/// `R x`.
#[inline(always)]
pub(crate) fn into_world<L: Lane>(rotation: &Rotation<L>, x: &Vector<L>) -> Vector<L> {
    [dot(&rotation[0], x), dot(&rotation[1], x), dot(&rotation[2], x)]
}

/// `Rᵀ x`.
#[inline(always)]
pub(crate) fn into_body<L: Lane>(r: &Rotation<L>, x: &Vector<L>) -> Vector<L> {
    let mut turned = *x;
    for axis in 0..3 {
        turned[axis] = r[0][axis].mul_add(x[0], r[1][axis].mul_add(x[1], r[2][axis] * x[2]));
    }
    turned
}
