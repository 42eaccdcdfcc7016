//! The minimiser against its optimality condition in dense algebra: the problem is strictly convex, so that a vanishing
//! gradient is the minimum, whatever way led there.

use xmrl_lanes::{Kernel, Lane, PortableF64x1, PortableF64x8, dispatch_f64};

use std::prelude::v1::*;
use std::vec;

use super::*;
use crate::tree::Tree;
use crate::zeroed::Zeroed;

const V: usize = 9;
const P: usize = 6;
/// Two legs of three on a root of three.
const TREE: Tree<V, 3> = Tree::new([0, 0, 1, 2, 0, 4, 5]);

/// SplitMix64, uniform in [-1, 1].
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// A random problem of one lane: everything the solver reads.
#[derive(Clone)]
struct Case<const R: usize> {
    mass: [[f64; V]; V],
    force: [f64; V],
    dofs: Vec<usize>,
    jacobian: Vec<[[f64; V]; R]>,
    bias: Vec<[f64; R]>,
    weight: Vec<f64>,
    friction: f64,
    limit: [(f64, f64, f64); V],
}

impl<const R: usize> Case<R> {
    fn random(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut mass = [[0.0; V]; V];
        for i in 0..V {
            // Diagonally dominant on the tree, hence positive definite.
            for &j in TREE.chain(i) {
                mass[i][j as usize] = if i == j as usize { 6.0 + dice.roll() } else { 0.5 * dice.roll() };
            }
        }
        let dofs: Vec<usize> = (0..P).map(|p| [2, 3, 5, 6, 8, 8][p]).collect();
        let mut jacobian = vec![[[0.0; V]; R]; P];
        for (rows, &dof) in jacobian.iter_mut().zip(&dofs) {
            for row in rows {
                TREE.chain(dof).iter().for_each(|&j| row[j as usize] = dice.roll());
            }
        }
        Self {
            mass,
            force: std::array::from_fn(|_| 40.0 * dice.roll()),
            bias: (0..P).map(|_| std::array::from_fn(|_| 30.0 * dice.roll())).collect(),
            weight: (0..P).map(|p| if p % 3 == 2 { 0.0 } else { 10.0f64.powf(2.0 * dice.roll() + 1.0) }).collect(),
            friction: 0.7,
            limit: std::array::from_fn(|i| {
                (if i % 2 == 0 { 1.0 } else { -1.0 }, 20.0 * dice.roll(), if i > 4 { 5.0 } else { 0.0 })
            }),
            dofs,
            jacobian,
        }
    }

    /// Puts the case into `lane` of a workspace.
    fn write<L: Lane>(&self, lane: usize, w: &mut Room<L, R>) {
        for i in 0..V {
            for j in 0..V {
                w.mass[i][j].set(lane, self.mass[i][j]);
            }
            w.force[i].set(lane, self.force[i]);
            w.limits.any[i] |= self.limit[i].2 > 0.0;
            w.limits.sign[i].set(lane, self.limit[i].0);
            w.limits.bias[i].set(lane, self.limit[i].1);
            w.limits.weight[i].set(lane, self.limit[i].2);
        }
        w.contacts.count = P;
        for p in 0..P {
            (w.contacts.point[p], w.contacts.dof[p]) = (p, self.dofs[p]);
            w.contacts.friction[p] = L::splat(self.friction);
            w.contacts.weight[p].set(lane, self.weight[p]);
            for axis in 0..R {
                w.contacts.bias[p][axis].set(lane, self.bias[p][axis]);
                for j in 0..V {
                    w.contacts.jacobian[p][axis][j].set(lane, self.jacobian[p][axis][j]);
                }
            }
        }
    }

    /// The gradient M a - f + Σ D r ∇r of the cost, row by row as the definition has it.
    fn gradient(&self, a: &[f64]) -> Vec<f64> {
        let full = |i: usize, j: usize| if j <= i { self.mass[i][j] } else { self.mass[j][i] };
        let mut gradient: Vec<f64> =
            (0..V).map(|i| (0..V).map(|j| full(i, j) * a[j]).sum::<f64>() - self.force[i]).collect();
        let mut add = |row: &dyn Fn(usize) -> f64, constant: f64, weight: f64| {
            let value = (0..V).map(|j| row(j) * a[j]).sum::<f64>() + constant;
            if value < 0.0 {
                (0..V).for_each(|j| gradient[j] += weight * value * row(j));
            }
        };
        for p in 0..P {
            let (j, c) = (&self.jacobian[p], &self.bias[p]);
            for side in [1.0, -1.0] {
                for tangent in 1..3 {
                    // In the plane the second tangent is still.
                    let slope = |dof: usize| if tangent < R { side * self.friction * j[tangent][dof] } else { 0.0 };
                    let shift = if tangent < R { side * self.friction * c[tangent] } else { 0.0 };
                    add(&|dof| j[0][dof] + slope(dof), c[0] + shift, self.weight[p]);
                }
            }
        }
        for (dof, (sign, bias, weight)) in self.limit.into_iter().enumerate() {
            add(&|j| if j == dof { sign } else { 0.0 }, bias, weight);
        }
        gradient
    }
}

struct Room<L, const R: usize> {
    mass: Matrix<L, V>,
    hessian: Matrix<L, V>,
    force: [L; V],
    contacts: Contacts<L, V, P, R>,
    limits: Limits<L, V>,
    stats: SolveStats,
}

// SAFETY: as the workspaces of `planar` and `spatial`.
unsafe impl<L: Lane, const R: usize> Zeroed for Room<L, R> {}

impl<L: Lane, const R: usize> Room<L, R> {
    fn new(cases: &[Case<R>]) -> Box<Self> {
        let mut room = Self::zeroed();
        (0..L::N).for_each(|lane| cases[lane % cases.len()].write(lane, &mut room));
        room
    }

    fn solve(&mut self, warm: Warm) -> [L; V] {
        let Self { mass, hessian, force, contacts, limits, stats } = self;
        Problem { tree: &TREE, mass, force, contacts, limits, hessian, stats }.solve(warm)
    }
}

/// One lane at a time, cold and warm: accelerations `[V]` of both.
fn alone<const R: usize>(case: &Case<R>) -> ([f64; V], [f64; V], SolveStats) {
    let mut room = Room::<PortableF64x1, R>::new(std::slice::from_ref(case));
    let cold = room.solve(Warm::Cold).map(|a| a.get(0));
    let warm = room.solve(Warm::Last).map(|a| a.get(0));
    (cold, warm, room.stats)
}

fn optimal<const R: usize>() {
    let mut kinks = 0;
    for seed in 0..400 {
        let case = Case::<R>::random(seed);
        let (cold, warm, stats) = alone(&case);
        let scale = case.force.iter().fold(1.0f64, |most, f| most.max(f.abs()));
        for (dof, g) in case.gradient(&cold).into_iter().enumerate() {
            assert!(g.abs() < 1e-11 * scale, "seed {seed}: gradient {g:e} at dof {dof}");
        }
        // The set of the last solve is the solution's: one step, and the same point to rounding.
        for (a, b) in cold.iter().zip(&warm) {
            assert!((a - b).abs() < 1e-11 * scale, "seed {seed}: {a} cold, {b} warm");
        }
        assert_eq!(stats.capped, 0);
        kinks += u64::from(stats.iterations > 2);
    }
    assert!(kinks > 50, "only {kinks} problems needed more than the first guess");
}

#[test]
fn the_gradient_vanishes_at_the_solution() {
    optimal::<2>();
    optimal::<3>();
}

#[test]
fn a_lane_does_not_see_its_neighbours() {
    let cases: Vec<Case<3>> = (0..8).map(Case::random).collect();
    let mut room = Room::<PortableF64x8, 3>::new(&cases);
    let together = room.solve(Warm::Cold);
    for (lane, case) in cases.iter().enumerate() {
        let (single, _, _) = alone(case);
        assert_eq!(together.map(|a| a.get(lane)), single, "lane {lane}");
    }
}

#[test]
fn forces_are_what_moves_the_body() {
    /// M a - f of each lane's solution, and Jᵀ force plus the limits' push.
    struct Balance;
    impl Kernel for Balance {
        type Output = ();
        #[inline(always)]
        fn run<L: Lane>(self) {
            let cases: Vec<Case<3>> = (20..28).map(Case::random).collect();
            let mut room = Room::<L, 3>::new(&cases);
            let a = room.solve(Warm::Cold);
            for (lane, case) in cases.iter().enumerate().take(L::N) {
                let a: Vec<f64> = a.iter().map(|a| a.get(lane)).collect();
                let mut free =
                    Case { weight: vec![0.0; P], limit: [(1.0, 0.0, 0.0); V], ..Case::<3>::random(20 + lane as u64) };
                free.bias = case.bias.clone();
                let pushed = free.gradient(&a);
                for dof in 0..V {
                    let mut push = 0.0;
                    for p in 0..P {
                        for axis in 0..3 {
                            push +=
                                room.contacts.jacobian[p][axis][dof].get(lane) * room.contacts.force[p][axis].get(lane);
                        }
                    }
                    let (sign, bias, weight) = case.limit[dof];
                    push -= weight * sign * (sign * a[dof] + bias).min(0.0);
                    assert!((pushed[dof] - push).abs() < 1e-9, "lane {lane} dof {dof}: {} and {push}", pushed[dof]);
                }
            }
        }
    }
    dispatch_f64(Balance);
}

/// A row that is 0 at the solution and was assumed active, beside a lane that needs more steps: the first lane is done with
/// its first step and must stay as it is alone.
#[test]
fn a_row_that_is_nothing_keeps_its_lane_still() {
    let mut still = Case::<3>::random(3);
    still.weight = vec![0.0; P];
    still.limit = [(1.0, 0.0, 0.0); V];
    let mut free = Room::<PortableF64x1, 3>::new(std::slice::from_ref(&still));
    let a = free.solve(Warm::Cold).map(|a| a.get(0));
    // The limit of dof 8 pushes with nothing at the free acceleration, and would push at none.
    let sign = if a[8] > 0.0 { 1.0 } else { -1.0 };
    still.limit[8] = (sign, -sign * a[8], 50.0);
    let restless =
        (0..200).map(Case::<3>::random).find(|case| alone(case).2.iterations > 4).expect("some problem takes steps");
    let cases: Vec<Case<3>> = (0..8).map(|lane| if lane == 0 { restless.clone() } else { still.clone() }).collect();
    let together = Room::<PortableF64x8, 3>::new(&cases).solve(Warm::Cold);
    let mut room = Room::<PortableF64x1, 3>::new(std::slice::from_ref(&still));
    let single = room.solve(Warm::Cold).map(|a| a.get(0));
    assert_eq!(room.stats.iterations, 1, "the lane is done at once");
    assert_eq!(together.map(|a| a.get(5)), single);
}
