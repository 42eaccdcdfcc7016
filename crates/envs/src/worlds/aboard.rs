//! The families whose rules can be flown elsewhere, each by its name.

use core::mem::MaybeUninit;

use xmrl_lanes::Lane;
use xmrl_physics::{Mechanism, Zeroed};

use super::ant::table::{AntRules, Workspace as AntWorkspace};
use super::body::runner::{Model, Runner, Workspace};
use super::cheetah::Cheetah;
use super::drone_planar::PlanarRules;
use super::market::Trading;
use super::quadrotor::QuadrotorRules;
use super::walker::Walker;
use crate::crew::{Crew, MOST_NAMES_ABOARD, Tables, zeros};

/// HalfCheetah under rules number `preset`.
#[inline(always)]
pub fn cheetah<L: Lane, C: Crew<L>>(preset: u32, crew: C) {
    runner::<Cheetah, L, C>(preset, crew);
}

/// Walker2d, likewise.
#[inline(always)]
pub fn walker2d<L: Lane, C: Crew<L>>(preset: u32, crew: C) {
    runner::<Walker, L, C>(preset, crew);
}

#[inline(always)]
fn runner<M: Model, L: Lane, C: Crew<L>>(preset: u32, crew: C) {
    let rules = Runner::<M>::new(M::PRESETS[preset as usize]);
    let mut room = MaybeUninit::<Workspace<M, L>>::uninit();
    let scratch = Workspace::<M, L>::zeroed_in(&mut room);
    M::MECHANISM.prepare(scratch);
    crew.fly(&rules, scratch);
}

/// The ant under rules number `preset`.
#[inline(always)]
pub fn ant<L: Lane, C: Crew<L>>(preset: u32, crew: C) {
    let rules = AntRules::PRESETS[preset as usize];
    let mut room = MaybeUninit::<AntWorkspace<L>>::uninit();
    let scratch = AntWorkspace::<L>::zeroed_in(&mut room);
    rules.body.prepare(scratch);
    crew.fly(&rules, scratch);
}

/// The planar drone, which has one set of rules.
#[inline(always)]
pub fn drone_planar<L: Lane, C: Crew<L>>(_preset: u32, crew: C) {
    crew.fly(&PlanarRules, &mut ());
}

/// The quadrotor: bit 0 of `preset` is [`QuadrotorRules::clean`], bit 1 [`QuadrotorRules::loaded`].
#[inline(always)]
pub fn drone_quadrotor<L: Lane, C: Crew<L>>(preset: u32, crew: C) {
    let rules = QuadrotorRules { clean: preset & 1 != 0, loaded: preset & 2 != 0 };
    crew.fly(&rules, &mut ());
}

/// A market of at most [`MOST_NAMES_ABOARD`] names, with its tables.
#[inline(always)]
pub fn stock<L: Lane, C: Crew<L>>(tables: Tables<'_>, crew: C) {
    let mut room = MaybeUninit::<[L; MOST_NAMES_ABOARD]>::uninit();
    let names = tables.names;
    crew.fly(&Trading(tables), &mut zeros(&mut room)[..names]);
}
