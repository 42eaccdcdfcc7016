//! The planar kind against closed forms and against itself; parity with libmujoco is a gate of `xmrl-envs`.

use xmrl_lanes::{Kernel, Lane, dispatch_f64, dispatch_scalar};
use xmrl_physics::{Mechanism, Planar, SolveStats, models::CHEETAH};

const DOFS: usize = 9;

type Cheetah = Planar<7, 9, 16, 8>;

/// Advances rows of (q, v) under controls; `[n, 9]`, `[n, 9]`, `[n, 6]`.
struct Run<'a> {
    model: &'a Cheetah,
    q: &'a mut [f64],
    v: &'a mut [f64],
    control: &'a [f64],
    substeps: usize,
    calls: usize,
}

impl Kernel for Run<'_> {
    type Output = SolveStats;
    #[inline(always)]
    fn run<L: Lane>(self) -> SolveStats {
        let zero = L::splat(0.0);
        let mut w = self.model.workspace::<L>();
        let rows = self.q.len() / DOFS;
        for first in (0..rows).step_by(L::N) {
            let (mut q, mut v, mut u) = ([zero; DOFS], [zero; DOFS], [zero; 6]);
            for lane in 0..L::N {
                let row = (first + lane).min(rows - 1);
                for k in 0..DOFS {
                    q[k].set(lane, self.q[row * DOFS + k]);
                    v[k].set(lane, self.v[row * DOFS + k]);
                }
                for k in 0..6 {
                    u[k].set(lane, self.control[row * 6 + k]);
                }
            }
            for _ in 0..self.calls {
                self.model.advance(&mut w, &mut q, &mut v, &u, self.substeps);
            }
            for lane in 0..L::N.min(rows - first) {
                for k in 0..DOFS {
                    self.q[(first + lane) * DOFS + k] = q[k].get(lane);
                    self.v[(first + lane) * DOFS + k] = v[k].get(lane);
                }
            }
        }
        self.model.stats(&w)
    }
}

/// Rows spread over poses, heights and speeds.
fn rows(count: usize, height: f64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let wave = |row: usize, k: usize| ((row * 37 + k * 101) as f64 * 0.618).sin();
    let q =
        (0..count * DOFS).map(|i| wave(i / DOFS, i % DOFS) * 0.5 + if i % DOFS == 1 { height } else { 0.0 }).collect();
    let v = (0..count * DOFS).map(|i| 2.0 * wave(i / DOFS + 7, i % DOFS)).collect();
    let control = (0..count * 6).map(|i| wave(i / 6 + 3, i % 6)).collect();
    (q, v, control)
}

#[test]
fn the_centre_of_mass_of_a_flying_body_falls_freely() {
    struct Centre<'a>(&'a [f64], &'a [f64]);
    impl Kernel for Centre<'_> {
        type Output = [f64; 4];
        fn run<L: Lane>(self) -> [f64; 4] {
            let lanes = |x: &[f64]| x.iter().map(|&x| L::splat(x)).collect::<Vec<_>>();
            let centre = CHEETAH.centre(&mut CHEETAH.workspace::<L>(), &lanes(self.0), &lanes(self.1));
            [centre.position[0], centre.position[2], centre.velocity[0], centre.velocity[2]].map(|x| x.get(0))
        }
    }
    // Motors on, springs and dampers at work, 20 m above the floor: inner forces do not move the centre.
    let (q, v, control) = rows(1, 20.0);
    let before = dispatch_scalar(Centre(&q, &v));
    let t = 0.5;
    // Errors of velocity and height after half a second in steps of h.
    let errors = |steps: usize| {
        let h = t / steps as f64;
        let model = Cheetah { timestep: h, ..CHEETAH };
        let (mut q, mut v) = (q.clone(), v.clone());
        dispatch_scalar(Run { model: &model, q: &mut q, v: &mut v, control: &control, substeps: 1, calls: steps });
        let after = dispatch_scalar(Centre(&q, &v));
        let fallen = before[1] + before[3] * t - 9.81 * t * (t + h) / 2.0;
        [after[2] - before[2], after[3] - (before[3] - 9.81 * t), after[1] - fallen]
    };
    // Inner forces move the centre only by the error of the integrator, which is of order 1: half the step, half the error.
    let (coarse, fine) = (errors(400), errors(800));
    for (what, (coarse, fine)) in ["vx", "vz", "z"].iter().zip(coarse.iter().zip(fine)) {
        assert!(coarse.abs() < 2e-3 && (fine / coarse - 0.5).abs() < 0.01, "{what}: {coarse:e}, halved {fine:e}");
    }
}

#[test]
fn the_rest_pose_is_mujocos() {
    let (mut q, mut v) = (vec![0.0; DOFS], vec![0.0; DOFS]);
    dispatch_f64(Run { model: &CHEETAH, q: &mut q, v: &mut v, control: &[0.0; 6], substeps: 5, calls: 100 });
    assert!((q[1] - -0.132439).abs() < 1e-6, "root z {}", q[1]);
}

#[test]
fn one_lane_or_eight_one_batch_or_many_the_same_bits() {
    let (q, v, control) = rows(37, 0.0);
    let run = |scalar: bool| {
        let (mut q, mut v) = (q.clone(), v.clone());
        let run = Run { model: &CHEETAH, q: &mut q, v: &mut v, control: &control, substeps: 5, calls: 20 };
        let stats = if scalar { dispatch_scalar(run) } else { dispatch_f64(run) };
        assert_eq!(stats.capped, 0);
        (q, v)
    };
    let together = run(false);
    assert_eq!(together, run(true));
    let (mut q1, mut v1) = (q[DOFS..2 * DOFS].to_vec(), v[DOFS..2 * DOFS].to_vec());
    dispatch_f64(Run { model: &CHEETAH, q: &mut q1, v: &mut v1, control: &control[6..12], substeps: 5, calls: 20 });
    assert_eq!(q1, together.0[DOFS..2 * DOFS], "row 1 alone");
}

#[test]
fn raising_by_the_depth_puts_the_deepest_point_on_the_floor() {
    let (q, _, _) = rows(50, -0.4);
    for q in q.chunks(DOFS) {
        let mut q = q.to_vec();
        let depth = CHEETAH.depth(&q);
        CHEETAH.raise(&mut q, depth);
        assert!(CHEETAH.depth(&q).abs() < 1e-14);
    }
}
