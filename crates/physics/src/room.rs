//! Arrays of lanes to start with.

/// `[x; N]` in a function of its own: written out in place, the compiler makes code for every entry of a workspace, which
/// then is most of what it compiles.
#[inline(never)]
pub(crate) fn filled<T: Copy, const N: usize>(x: T) -> [T; N] {
    [x; N]
}
