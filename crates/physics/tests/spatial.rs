//! The spatial kind against recorded numbers of libmujoco, closed forms and itself. Parity over tens of thousands of
//! transitions is a gate of `xmrl-envs`.

#[path = "recorded/ant.rs"]
mod ant;

use ant::Recorded;
use xmrl_lanes::{Kernel, Lane, dispatch_f64, dispatch_scalar};
use xmrl_physics::models::{ANT_GYM, ANT_RLLAB};
use xmrl_physics::{Hinge, Mechanism, SolveStats, Spatial};

type Ant = Spatial<9, 14, 25, 13>;
const NQ: usize = 15;
const NV: usize = 14;

/// A world's state and control, and what comes of them.
#[derive(Clone, Debug, PartialEq)]
struct World {
    q: [f64; NQ],
    v: [f64; NV],
    control: [f64; 8],
    /// `qacc` of `forward`.
    qacc: [f64; NV],
    /// Contact forces.
    forces: [f64; 84],
    late: [f64; 3],
    centre: [f64; 6],
}

/// Advances worlds by `substeps`, `calls` times; before that, evaluates their accelerations and forces if `fresh`.
struct Run<'a> {
    ant: &'a Ant,
    worlds: &'a mut [World],
    substeps: usize,
    calls: usize,
    fresh: bool,
}

impl Kernel for Run<'_> {
    type Output = SolveStats;
    #[inline(always)]
    fn run<L: Lane>(self) -> SolveStats {
        let zero = L::splat(0.0);
        let mut w = self.ant.workspace::<L>();
        for block in self.worlds.chunks_mut(L::N) {
            let (mut q, mut v, mut u, mut forces) = ([zero; NQ], [zero; NV], [zero; 8], [zero; 84]);
            for lane in 0..L::N {
                let world = &block[lane.min(block.len() - 1)];
                gather(&mut q, lane, &world.q);
                gather(&mut v, lane, &world.v);
                gather(&mut u, lane, &world.control);
            }
            let mut qacc = [zero; NV];
            if self.fresh {
                qacc = self.ant.forward(&mut w, &q, &v, &u);
                self.ant.contact_forces(&w, &mut forces);
            }
            for _ in 0..self.calls {
                self.ant.advance(&mut w, &mut q, &mut v, &u, self.substeps);
            }
            let late = self.ant.late_root(&w);
            let centre = self.ant.centre(&mut w, &q, &v);
            if !self.fresh {
                self.ant.contact_forces(&w, &mut forces);
            }
            for (lane, world) in block.iter_mut().enumerate() {
                scatter(&q, lane, &mut world.q);
                scatter(&v, lane, &mut world.v);
                scatter(&qacc, lane, &mut world.qacc);
                scatter(&forces, lane, &mut world.forces);
                scatter(&late, lane, &mut world.late);
                scatter(&centre.position, lane, &mut world.centre[..3]);
                scatter(&centre.velocity, lane, &mut world.centre[3..]);
            }
        }
        self.ant.stats(&w)
    }
}

#[inline(always)]
fn gather<L: Lane>(lanes: &mut [L], lane: usize, from: &[f64]) {
    for (x, &value) in lanes.iter_mut().zip(from) {
        x.set(lane, value);
    }
}

#[inline(always)]
fn scatter<L: Lane>(lanes: &[L], lane: usize, to: &mut [f64]) {
    for (x, value) in lanes.iter().zip(to) {
        *value = x.get(lane);
    }
}

/// A world at rest with a configuration.
fn still(q: &[f64]) -> World {
    let q = q.try_into().expect("15 numbers");
    World { q, v: [0.0; NV], control: [0.0; 8], qacc: [0.0; NV], forces: [0.0; 84], late: [0.0; 3], centre: [0.0; 6] }
}

/// Numbers spread over (-1, 1).
fn wave(row: usize, k: usize) -> f64 {
    ((row * 37 + k * 101) as f64 * 0.618).sin()
}

/// A state of the recordings: in the air, feet down, fallen, deep in the floor, in turn; hinges beyond their ranges, some.
fn start(row: usize) -> World {
    let mut world = still(ANT_RLLAB.rest);
    for k in 2..NQ {
        world.q[k] += 0.15 * wave(row, k);
    }
    world.q[2] += [1.0, 0.0, -0.15, -0.3][row % 4];
    for k in 0..4 {
        world.q[3 + k] += 0.5 * wave(row, 20 + k);
    }
    world.v = core::array::from_fn(|k| 2.0 * wave(row + 7, k));
    world.control = core::array::from_fn(|k| wave(row + 3, k));
    world
}

/// The largest difference, relative to the largest number or 1.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    let scale = b.iter().fold(1.0f64, |m, x| m.max(x.abs()));
    a.iter().zip(b).fold(0.0f64, |m, (a, b)| m.max((a - b).abs())) / scale
}

#[test]
fn single_steps_are_those_of_mujoco() {
    for (model, recorded) in [(&ANT_GYM, &ant::GYM), (&ANT_RLLAB, &ant::RLLAB)] {
        let mut worlds: Vec<World> = (0..4).map(start).collect();
        dispatch_f64(Run { ant: model, worlds: &mut worlds, substeps: 1, calls: 1, fresh: true });
        for (world, Recorded { qacc, force, q, v, late, centre }) in worlds.iter().zip(recorded) {
            let mut sum = [0.0; 6];
            for (k, f) in world.forces.iter().enumerate() {
                sum[k % 6] += f;
            }
            for (what, ours, theirs) in [
                ("qacc", &world.qacc[..], &qacc[..]),
                ("forces", &sum[..], &force[..]),
                ("q", &world.q[..], &q[..]),
                ("v", &world.v[..], &v[..]),
                ("late", &world.late[..], &late[..]),
                ("centre", &world.centre[..], &centre[..]),
            ] {
                let error = difference(ours, theirs);
                assert!(error < 5e-14, "{} {what}: {error:e}", model.name);
            }
        }
    }
}

#[test]
fn ants_come_to_rest_where_mujocos_do() {
    for (margin, height) in [(0.02, 0.543_758_992_260_1), (0.01, 0.530_168_722_826_1)] {
        let ant = Ant { margin, ..ANT_GYM };
        let mut worlds = [still(ANT_GYM.rest)];
        dispatch_f64(Run { ant: &ant, worlds: &mut worlds, substeps: 5, calls: 100, fresh: false });
        assert!((worlds[0].q[2] - height).abs() < 1e-9, "margin {margin}: {}", worlds[0].q[2]);
        let up: f64 = worlds[0].forces.iter().skip(5).step_by(6).sum();
        let mass: f64 = ant.bodies.iter().map(|body| body.mass).sum();
        assert!((up / (mass * ant.gravity) - 1.0).abs() < 0.05, "the floor carries {up} N");
    }
}

#[test]
fn the_centre_of_mass_of_a_flying_ant_falls_freely() {
    let mut world = start(0);
    world.q[2] = 10.0;
    // The centre's start, by a call that advances nothing.
    let mut before = [world.clone()];
    dispatch_f64(Run { ant: &ANT_GYM, worlds: &mut before, substeps: 0, calls: 1, fresh: false });
    let mut after = [world];
    let ant = Ant { timestep: 1e-3, ..ANT_GYM };
    dispatch_f64(Run { ant: &ant, worlds: &mut after, substeps: 50, calls: 10, fresh: false });
    let time = 0.5;
    for axis in 0..3 {
        let fall = if axis == 2 { ANT_GYM.gravity } else { 0.0 };
        let (at, velocity) = (before[0].centre[axis], before[0].centre[3 + axis]);
        let expected = at + velocity * time - 0.5 * fall * time * time;
        assert!((after[0].centre[axis] - expected).abs() < 1e-4, "axis {axis}: {} {expected}", after[0].centre[axis]);
        assert!((after[0].centre[3 + axis] - (velocity - fall * time)).abs() < 1e-3);
    }
    assert!(after[0].forces.iter().all(|f| *f == 0.0));
}

#[test]
fn a_free_flight_converges_as_mujocos() {
    // Without limits everything is smooth. The mean of the stages' angular velocities is a second-order rule for turning
    // (rotations do not commute), as in MuJoCo.
    let mut hinges = ANT_GYM.hinges;
    for hinge in &mut hinges {
        *hinge = Hinge { limited: false, ..*hinge };
    }
    let fly = |steps: usize| {
        let ant = Ant { hinges, timestep: 0.32 / steps as f64, ..ANT_GYM };
        let mut world = start(0);
        world.q[2] = 10.0;
        let mut worlds = [world];
        dispatch_f64(Run { ant: &ant, worlds: &mut worlds, substeps: steps, calls: 1, fresh: false });
        worlds[0].q
    };
    let (coarse, middle, fine) = (fly(32), fly(64), fly(128));
    let order = (difference(&coarse, &middle) / difference(&middle, &fine)).log2();
    assert!((1.9..2.1).contains(&order), "order {order}");
}

#[test]
fn a_world_does_not_see_its_neighbours() {
    let count = 61;
    let mut together: Vec<World> = (0..count).map(start).collect();
    let stats = dispatch_f64(Run { ant: &ANT_GYM, worlds: &mut together, substeps: 5, calls: 4, fresh: false });
    assert_eq!(stats.capped, 0);
    let mut alone: Vec<World> = (0..count).map(start).collect();
    dispatch_scalar(Run { ant: &ANT_GYM, worlds: &mut alone, substeps: 5, calls: 4, fresh: false });
    assert_eq!(together, alone);
    let mut reversed: Vec<World> = (0..count).rev().map(start).collect();
    dispatch_f64(Run { ant: &ANT_GYM, worlds: &mut reversed, substeps: 5, calls: 4, fresh: false });
    reversed.reverse();
    assert_eq!(together, reversed);
}

#[test]
fn depth_raising_and_pictures_agree() {
    for row in 0..16 {
        let mut q = start(row).q;
        let depth = ANT_GYM.depth(&q);
        let mut capsules = [0.0; 13 * 7];
        ANT_GYM.segments(&q, &mut capsules);
        let lowest = capsules.chunks(7).fold(f64::INFINITY, |low, c| low.min(c[2].min(c[5]) - c[6]));
        assert!((depth + lowest).abs() < 1e-12);
        ANT_GYM.raise(&mut q, depth);
        assert!(ANT_GYM.depth(&q).abs() < 1e-12);
    }
}
