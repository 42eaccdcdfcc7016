//! Episodes of the families that have kernels, and the kernels themselves where this is compiled for a device.

use core::slice;

use xmrl_envs::aboard::{self, MOST_NAMES_ABOARD, Tables};
use xmrl_lanes::{Float, Lane};

use crate::Arguments;
use crate::episode::Episode;

const NAMES: usize = MOST_NAMES_ABOARD;

/// A function a family, whose arrays have at most the given sizes S, A, D, K, M.
macro_rules! family {
    ($($(#[$doc:meta])* $name:ident[$s:expr, $a:expr, $d:expr, $k:expr, $m:expr] $of:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// Flies episode `world` of the launch: the policy in lanes `P` with weights `N` (`P`'s number), the world in lanes `W`.
        ///
        /// # Safety
        /// The addresses of `arguments` are what they say, sizes those of a preset of the family, `world` is below W, and no other
        /// thread flies the same one.
        #[inline(always)]
        pub unsafe fn $name<P: Lane, N: Float, W: Lane>(arguments: &Arguments, world: usize) {
            // SAFETY: the caller vouches for all of it.
            let of = unsafe { $of(arguments) };
            aboard::$name::<W, _>(of, unsafe { Episode::<P, N, { $s }, { $a }, { $d }, $k, $m>::new(arguments, world) });
        }
    )*};
}
family! {
    /// The planar drone; its worlds compute in single precision, too.
    drone_planar[4, 2, 4, 2, 0] preset;
    /// The quadrotor.
    drone_quadrotor[13, 3, 20, 4, 1] preset;
    /// HalfCheetah.
    cheetah[20, 6, 18, 1, 3] preset;
    /// Walker2d.
    walker2d[17, 6, 18, 1, 0] preset;
    /// The ant.
    ant[125, 8, 29, 2, 87] preset;
    /// A market of at most [`MOST_NAMES_ABOARD`] names.
    stock[2 + 10 * NAMES, NAMES, NAMES + 2, 2, 0] tables;
}

/// The number of the rules.
#[inline(always)]
unsafe fn preset(arguments: &Arguments) -> u32 {
    arguments.preset
}

/// The market's tables.
///
/// # Safety
/// The arguments' addresses are what they say.
#[inline(always)]
unsafe fn tables(arguments: &Arguments) -> Tables<'_> {
    let (names, days) = (arguments.action as usize, arguments.days as usize);
    // SAFETY: arrays of these sizes, by the caller's word.
    unsafe {
        Tables {
            names,
            days,
            closes: slice::from_raw_parts(arguments.closes, days * names),
            turbulence: slice::from_raw_parts(arguments.turbulence, days),
            features: slice::from_raw_parts(arguments.features, days * (1 + 9 * names)),
        }
    }
}
