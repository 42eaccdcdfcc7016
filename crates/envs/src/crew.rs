//! Rules for whoever flies whole episodes elsewhere: a kernel on a device, in which one thread has one world.
//!
//! A family's function ([`aboard`](crate::aboard)) makes the rules of a preset and their working memory where the caller's stack is, and hands both over. All
//! of it is lane code that is compiled with its caller: nothing allocates, nothing is asked of the host.

use core::mem::MaybeUninit;

use xmrl_lanes::Lane;

use crate::rules::Rules;

/// Most names of a market that is flown elsewhere, where a thread has little memory.
pub const MOST_NAMES_ABOARD: usize = 64;

/// Who flies.
pub trait Crew<L: Lane> {
    /// Flies under `rules`, in their working memory.
    fn fly<R: Rules>(self, rules: &R, scratch: &mut R::Scratch<L>);
}

/// What a market's rules look up, days T and names n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tables<'a> {
    /// n.
    pub names: usize,
    /// T.
    pub days: usize,
    /// Closing prices, `[T, n]`.
    pub closes: &'a [f64],
    /// Turbulence of every day, `[T]`.
    pub turbulence: &'a [f64],
    /// What is seen of every day, `[T, 1 + 9 n]`.
    pub features: &'a [f64],
}

/// Where the rules of a world are found: a family of [`aboard`](crate::aboard), and a number in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aboard<'a> {
    /// The name of the function, `cheetah` say.
    pub family: &'static str,
    /// Which rules of the family.
    pub preset: u32,
    /// What the rules look up; markets alone have such.
    pub tables: Option<Tables<'a>>,
}

impl Aboard<'_> {
    /// Rules without tables.
    pub(crate) fn of(family: &'static str, preset: usize) -> Self {
        Aboard { family, preset: preset as u32, tables: None }
    }
}

/// Room for lanes that are written before they are read: zeros where it lies.
#[inline(always)]
pub(crate) fn zeros<L: Lane, const N: usize>(room: &mut MaybeUninit<[L; N]>) -> &mut [L; N] {
    // SAFETY: zeros are a value of lanes (contract of `Lane`), and of arrays of them.
    unsafe {
        room.as_mut_ptr().write_bytes(0, 1);
        room.assume_init_mut()
    }
}
