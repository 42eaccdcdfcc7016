//! A workspace is plain data: wherever it lies and whatever it held, `prepare` makes it the same. Runs under Miri, too.

use std::mem::MaybeUninit;

use xmrl_lanes::{Lane, PortableF64x1};
use xmrl_physics::models::{ANT_RLLAB, CHEETAH};
use xmrl_physics::{Mechanism, SolveStats, Zeroed};

type One = PortableF64x1;

/// Bits of a step from rest, a little above the floor, and how the solver did.
fn step<M: Mechanism>(body: &M, w: &mut M::Workspace<One>) -> (Vec<u64>, SolveStats) {
    let mut rest = vec![0.0; M::NQ];
    body.rest(&mut rest);
    let lanes = |x: &[f64]| x.iter().map(|&x| One::splat(x)).collect::<Vec<_>>();
    let (mut q, mut v) = (lanes(&rest), lanes(&vec![-0.1; M::NV]));
    let control = lanes(&vec![0.5; body.controls()]);
    body.advance(w, &mut q, &mut v, &control, 1);
    (q.iter().chain(&v).map(|x| x.get(0).to_bits()).collect(), body.stats(w))
}

fn check<M: Mechanism>(body: &M) {
    let mut boxed = body.workspace::<One>();
    let fresh = step(body, &mut boxed);
    assert!(fresh.1.solves > 0);

    // Somebody else's memory.
    let mut room = Box::new_uninit();
    let room: &mut MaybeUninit<M::Workspace<One>> = &mut room;
    let w = Zeroed::zeroed_in(room);
    body.prepare(w);
    assert_eq!(step(body, w), fresh);

    // A used one is as good as new.
    assert_ne!(step(body, w).1, fresh.1, "counts go on");
    body.prepare(w);
    assert_eq!(step(body, w), fresh);
}

#[test]
fn a_prepared_workspace_is_the_same_wherever_it_lies_and_whatever_it_held() {
    check(&CHEETAH);
    check(&ANT_RLLAB);
}
