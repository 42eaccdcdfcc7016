//! Which lanes a world computes in, and how its caller's numbers reach them and come back.

use xmrl_lanes::Lane;

/// Room for the lanes of any caller.
const MOST_LANES: usize = 16;

/// The lanes of a world, given those of its caller: the same, or double-precision ones.
///
/// Arrays `[width]` of the caller's lanes correspond to `[parts, width]` of the world's, parts in lane order.
pub trait Numbers: Send + Sync + 'static {
    /// The world's lanes where the caller computes in `L`.
    type Of<L: Lane>: Lane;

    /// Blocks of the world's lanes that hold the caller's.
    fn parts<L: Lane>() -> usize {
        L::N / Self::Of::<L>::N
    }

    /// Writes the caller's `from` `[width]` to the world's `to` `[parts, width]`.
    fn enter<L: Lane>(from: &[L], to: &mut [Self::Of<L>]);

    /// Writes the world's `from` `[parts, width]` to the caller's `to` `[width]`.
    fn leave<L: Lane>(from: &[Self::Of<L>], to: &mut [L]);
}

/// The world computes in its caller's lanes.
pub struct Callers;

impl Numbers for Callers {
    type Of<L: Lane> = L;

    #[inline(always)]
    fn enter<L: Lane>(from: &[L], to: &mut [L]) {
        to.copy_from_slice(from);
    }

    #[inline(always)]
    fn leave<L: Lane>(from: &[L], to: &mut [L]) {
        to.copy_from_slice(from);
    }
}

/// The world computes in double precision, whatever its caller does.
pub struct Doubles;

impl Numbers for Doubles {
    type Of<L: Lane> = L::Double;

    #[inline(always)]
    fn enter<L: Lane>(from: &[L], to: &mut [L::Double]) {
        let mut buffer = [0.0; MOST_LANES];
        for k in 0..from.len() {
            from[k].store(&mut buffer);
            for part in 0..Self::parts::<L>() {
                to[part * from.len() + k] = L::Double::load(&buffer[part * L::Double::N..]);
            }
        }
    }

    #[inline(always)]
    fn leave<L: Lane>(from: &[L::Double], to: &mut [L]) {
        let (mut buffer, width) = ([0.0; MOST_LANES], to.len());
        for k in 0..width {
            for part in 0..Self::parts::<L>() {
                from[part * width + k].store(&mut buffer[part * L::Double::N..]);
            }
            to[k] = L::load(&buffer);
        }
    }
}
