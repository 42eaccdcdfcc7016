//! Matrices with the sparsity of a kinematic tree.
//!
//! Entry (i, j) of a mass matrix, and of the Hessian of a constraint problem whose contacts are with the floor only, is
//! zero unless one degree of freedom is an ancestor of the other. Factorising from the leaves keeps it that way.
//!
//! The root's degrees of freedom come first and are ancestors of all: loops over them have a constant length, which the
//! compiler unrolls. Only the few hinges between the root and a body are listed.

use xmrl_lanes::Lane;

/// The ancestors of every degree of freedom: the first `ROOT` ones, and a path of hinges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree<const V: usize, const ROOT: usize> {
    chain: [[u8; V]; V],
    len: [u8; V],
}

impl<const V: usize, const ROOT: usize> Tree<V, ROOT> {
    /// The tree in which the first `ROOT` degrees of freedom form a chain and dof `ROOT - 1 + b` hangs on dof
    /// `ROOT - 1 + parents[b]`.
    pub(crate) const fn new<const B: usize>(parents: [usize; B]) -> Self {
        assert!(B + ROOT - 1 == V, "one dof a body beside the root's");
        let (mut chain, mut len) = ([[0; V]; V], [0; V]);
        let mut dof = 0;
        while dof < V {
            if dof > 0 {
                let parent = if dof < ROOT { dof - 1 } else { ROOT - 1 + parents[dof + 1 - ROOT] };
                assert!(parent < dof, "parents stand before children");
                chain[dof] = chain[parent];
                len[dof] = len[parent];
            }
            chain[dof][len[dof] as usize] = dof as u8;
            len[dof] += 1;
            dof += 1;
        }
        Self { chain, len }
    }

    /// `dof` and its ancestors, ascending; `dof` is the last.
    #[inline(always)]
    pub(crate) fn chain(&self, dof: usize) -> &[u8] {
        &self.chain[dof][..self.len[dof] as usize]
    }

    /// The hinges from the root to `dof`, ascending; `dof` is the last. None for one of the root's.
    #[inline(always)]
    pub(crate) fn path(&self, dof: usize) -> &[u8] {
        if dof < ROOT { &[] } else { &self.chain[dof][ROOT..self.len[dof] as usize] }
    }

    /// The hinges from the root to `dof`, `dof` itself left out.
    #[inline(always)]
    fn above(&self, dof: usize) -> &[u8] {
        let path = self.path(dof);
        &path[..path.len() - 1]
    }
}

/// A symmetric matrix `[V, V]` with the tree's sparsity; only entries (i, j) with j in `chain(i)` exist.
pub(crate) type Matrix<L, const V: usize> = [[L; V]; V];

/// Copies the entries that exist.
#[inline(always)]
pub(crate) fn copy<L: Lane, const V: usize, const ROOT: usize>(
    tree: &Tree<V, ROOT>,
    from: &Matrix<L, V>,
    to: &mut Matrix<L, V>,
) {
    for i in 0..ROOT {
        for j in 0..=i {
            to[i][j] = from[i][j];
        }
    }
    for i in ROOT..V {
        for j in 0..ROOT {
            to[i][j] = from[i][j];
        }
        for &j in tree.path(i) {
            to[i][j as usize] = from[i][j as usize];
        }
    }
}

/// `m x` for a symmetric matrix.
#[inline(always)]
pub(crate) fn product<L: Lane, const V: usize, const ROOT: usize>(
    tree: &Tree<V, ROOT>,
    m: &Matrix<L, V>,
    x: &[L; V],
) -> [L; V] {
    let mut y = [L::splat(0.0); V];
    for i in 0..V {
        let mut sum = m[i][i] * x[i];
        for j in 0..i.min(ROOT) {
            sum = m[i][j].mul_add(x[j], sum);
            y[j] = m[i][j].mul_add(x[i], y[j]);
        }
        if i >= ROOT {
            for &j in tree.above(i) {
                let j = j as usize;
                sum = m[i][j].mul_add(x[j], sum);
                y[j] = m[i][j].mul_add(x[i], y[j]);
            }
        }
        y[i] = y[i] + sum;
    }
    y
}

/// Factorises `m = Uᵀ D⁻¹ U` in place, leaves first: row k of `U` is what is left of row k when it is eliminated, and 1/D
/// stands on the diagonal instead of D. `m` must be positive definite.
#[inline(always)]
pub(crate) fn factor<L: Lane, const V: usize, const ROOT: usize>(tree: &Tree<V, ROOT>, m: &mut Matrix<L, V>) {
    let one = L::splat(1.0);
    for k in (ROOT..V).rev() {
        let (above, below) = m.split_at_mut(k);
        let row = &mut below[0];
        let inverse = one / row[k];
        row[k] = inverse;
        let path = tree.above(k);
        for (position, &i) in path.iter().enumerate() {
            let i = i as usize;
            let less = -(row[i] * inverse);
            let target = &mut above[i];
            for j in 0..ROOT {
                target[j] = less.mul_add(row[j], target[j]);
            }
            for &j in &path[..=position] {
                target[j as usize] = less.mul_add(row[j as usize], target[j as usize]);
            }
        }
    }
    let (root, hinges) = m.split_at_mut(ROOT);
    less_hinges::<L, V, ROOT, 0>(root, hinges);
    less_hinges::<L, V, ROOT, 1>(root, hinges);
    less_hinges::<L, V, ROOT, 2>(root, hinges);
    less_hinges::<L, V, ROOT, 3>(root, hinges);
    less_hinges::<L, V, ROOT, 4>(root, hinges);
    less_hinges::<L, V, ROOT, 5>(root, hinges);
    for k in (0..ROOT).rev() {
        let (above, below) = root.split_at_mut(k);
        let row = &mut below[0];
        let inverse = one / row[k];
        row[k] = inverse;
        for i in 0..k {
            let less = -(row[i] * inverse);
            for j in 0..=i {
                above[i][j] = less.mul_add(row[j], above[i][j]);
            }
        }
    }
}

/// Eliminates all hinges from the root's row `I`. One row at a time, so that its sums stay in registers.
#[inline(always)]
fn less_hinges<L: Lane, const V: usize, const ROOT: usize, const I: usize>(root: &mut [[L; V]], hinges: &[[L; V]]) {
    if I >= ROOT {
        return;
    }
    let mut sums = [L::splat(0.0); 6];
    sums[..=I].copy_from_slice(&root[I][..=I]);
    for (offset, row) in hinges.iter().enumerate() {
        let less = -(row[I] * row[ROOT + offset]);
        for j in 0..=I {
            sums[j] = less.mul_add(row[j], sums[j]);
        }
    }
    root[I][..=I].copy_from_slice(&sums[..=I]);
}

/// Solves with a factor: `x ← m⁻¹ x`.
#[inline(always)]
pub(crate) fn solve<L: Lane, const V: usize, const ROOT: usize>(
    tree: &Tree<V, ROOT>,
    factor: &Matrix<L, V>,
    x: &mut [L; V],
) {
    for k in (ROOT..V).rev() {
        x[k] = x[k] * factor[k][k];
        let less = -x[k];
        for j in 0..ROOT {
            x[j] = factor[k][j].mul_add(less, x[j]);
        }
        for &j in tree.above(k) {
            x[j as usize] = factor[k][j as usize].mul_add(less, x[j as usize]);
        }
    }
    for k in (0..ROOT).rev() {
        x[k] = x[k] * factor[k][k];
        let less = -x[k];
        for j in 0..k {
            x[j] = factor[k][j].mul_add(less, x[j]);
        }
    }
    for k in 1..ROOT {
        let mut sum = factor[k][0] * x[0];
        for j in 1..k {
            sum = factor[k][j].mul_add(x[j], sum);
        }
        x[k] = (-factor[k][k]).mul_add(sum, x[k]);
    }
    for k in ROOT..V {
        let mut sum = factor[k][0] * x[0];
        for j in 1..ROOT {
            sum = factor[k][j].mul_add(x[j], sum);
        }
        for &j in tree.above(k) {
            sum = factor[k][j as usize].mul_add(x[j as usize], sum);
        }
        x[k] = (-factor[k][k]).mul_add(sum, x[k]);
    }
}
