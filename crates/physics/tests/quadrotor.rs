//! The quadrotor against closed forms, conserved quantities and its own step halved.

use xmrl_lanes::{Kernel, Lane, PortableF64x1, dispatch_f64, dispatch_scalar};
use xmrl_physics::quadrotor::{
    Airframe, Attitude, CRAZYFLIE, Conditions, GRAVITY, Hold, Pilot, SIZE, Velocity, rotation, straighten,
};

type One = PortableF64x1;
type State = [f64; SIZE];

/// No air.
const VACUUM: Airframe = Airframe { drag: [0.0; 3], ..CRAZYFLIE };
/// Drag that is the same along every axis, so that turning does not change it.
const ROUND: Airframe = Airframe { drag: [6e-3; 3], ..CRAZYFLIE };

fn lanes<const N: usize>(x: [f64; N]) -> [One; N] {
    x.map(One::splat)
}

fn conditions(wind: [f64; 3], load: f64) -> Conditions<One> {
    Conditions { wind: lanes(wind), load: One::splat(load) }
}

/// The state after `steps` steps of `time`.
fn fly(
    frame: &Airframe,
    pilot: &impl Pilot<One>,
    at: &Conditions<One>,
    from: &State,
    steps: usize,
    time: f64,
) -> State {
    let mut state = lanes(*from);
    for _ in 0..steps {
        frame.step(pilot, at, &mut state, time);
    }
    state.map(|x| x.get(0))
}

/// Level, at rest at the origin, rotors at `share` of their hover thrust.
fn level(share: f64) -> State {
    let mut state = [0.0; SIZE];
    state[6] = 1.0;
    state[13..].fill(share * CRAZYFLIE.hover());
    state
}

/// A unit quaternion about an axis that is no symmetry of anything.
fn tilted(mut state: State) -> State {
    state[6..10].copy_from_slice(&[0.8, 0.3, -0.4, 0.2]);
    let mut unit = lanes(state);
    straighten(&mut unit);
    unit.map(|x| x.get(0))
}

fn turn(state: &State) -> [[f64; 3]; 3] {
    rotation(&lanes(*state)).map(|row| row.map(|x| x.get(0)))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Energy, J, and angular momentum about the centre of mass in the world's axes, kg m²/s.
fn conserved(frame: &Airframe, state: &State) -> (f64, [f64; 3]) {
    let (velocity, spin, r) = (&state[3..6], &state[10..13], turn(state));
    let momentum: Vec<f64> = (0..3).map(|k| frame.inertia[k] * spin[k]).collect();
    let energy =
        0.5 * frame.mass * dot(velocity, velocity) + frame.mass * GRAVITY * state[2] + 0.5 * dot(&momentum, spin);
    (energy, r.map(|row| dot(&row, &momentum)))
}

#[test]
fn without_torque_and_drag_energy_and_angular_momentum_stay() {
    // No two moments of inertia alike, and a tumble of two turns a second.
    let frame = Airframe { inertia: [1.1e-5, 1.6e-5, 2.3e-5], ..VACUUM };
    let mut from = tilted(level(0.0));
    from[..6].copy_from_slice(&[1.0, -2.0, 30.0, 3.0, -1.0, 4.0]);
    from[10..13].copy_from_slice(&[9.0, -7.0, 5.0]);
    let (energy, momentum) = conserved(&frame, &from);
    let pilot = Hold(lanes([0.0; 4]));
    let drift = |time: f64| {
        let end = fly(&frame, &pilot, &Conditions::calm(), &from, (2.0 / time).round() as usize, time);
        let (e, m) = conserved(&frame, &end);
        let spin_energy = 0.5 * (0..3).map(|k| frame.inertia[k] * from[10 + k] * from[10 + k]).sum::<f64>();
        ((e - energy).abs() / spin_energy, largest_difference(&m, &momentum) / dot(&momentum, &momentum).sqrt())
    };
    let (e, m) = drift(0.01);
    assert!(e < 1e-5 && m < 1e-5, "{e} {m}");
    let (e, m) = drift(0.0005);
    assert!(e < 1e-9 && m < 1e-9, "{e} {m}");
}

#[test]
fn a_symmetric_top_precesses_at_its_rate() {
    // With two equal moments the spin across the axis turns at (J₃ - J₁) / J₁ ω₃ in the body.
    let mut from = level(0.0);
    from[10..13].copy_from_slice(&[3.0, 0.0, 8.0]);
    let [j1, _, j3] = VACUUM.inertia;
    let (seconds, rate) = (1.5, (j3 - j1) / j1 * 8.0);
    let end = fly(&VACUUM, &Hold(lanes([0.0; 4])), &Conditions::calm(), &from, 300, seconds / 300.0);
    let expected = [3.0 * (rate * seconds).cos(), 3.0 * (rate * seconds).sin(), 8.0];
    assert!(largest_difference(&end[10..13], &expected) < 1e-7, "{:?} {expected:?}", &end[10..13]);
}

#[test]
fn free_fall_is_a_parabola_in_vacuum_and_an_exponential_in_air() {
    let pilot = Hold(lanes([0.0; 4]));
    let mut from = tilted(level(0.0));
    from[..6].copy_from_slice(&[0.0, 0.0, 100.0, 2.0, -1.0, 3.0]);
    let end = fly(&VACUUM, &pilot, &Conditions::calm(), &from, 300, 0.01);
    let expected = [6.0, -3.0, 100.0 + 9.0 - 4.5 * GRAVITY, 2.0, -1.0, 3.0 - 3.0 * GRAVITY];
    assert!(largest_difference(&end[..6], &expected) < 1e-11, "{end:?}");
    // Level, so that drag along the vertical is the third coefficient: v = (v₀ + v∞) exp(-k t/m) - v∞.
    let (rate, terminal) = (6.25e-3 / 0.027, 0.027 * GRAVITY / 6.25e-3);
    let mut from = level(0.0);
    from[5] = 3.0;
    for seconds in [1.0f64, 10.0, 100.0] {
        let end = fly(&CRAZYFLIE, &pilot, &Conditions::calm(), &from, (100.0 * seconds) as usize, 0.01);
        let expected = (3.0 + terminal) * (-rate * seconds).exp() - terminal;
        assert!((end[5] - expected).abs() < 1e-8, "{seconds} s: {} {expected}", end[5]);
    }
    let end = fly(&CRAZYFLIE, &pilot, &Conditions::calm(), &from, 20_000, 0.01);
    assert!((end[5] + terminal).abs() < 1e-9, "terminal velocity {terminal}");
}

#[test]
fn four_quarters_of_the_weight_hover_and_full_thrust_climbs_at_the_excess() {
    let calm = Conditions::calm();
    let hover = lanes([0.25 * 0.027 * GRAVITY; 4]);
    let end = fly(&CRAZYFLIE, &Hold(hover), &calm, &level(1.0), 1000, 0.01);
    assert!(largest_difference(&end, &level(1.0)) < 1e-11, "{end:?}");
    // Full thrust from full thrust: 2.25 g up, 1 g down.
    let full = level(2.25);
    let end = fly(&VACUUM, &Hold(lanes([VACUUM.most(); 4])), &calm, &full, 100, 0.01);
    assert!((end[5] - 1.25 * GRAVITY).abs() < 1e-11, "{}", end[5]);
    // The velocity controller asked to stand comes to the same thrusts from a tilt and a drift.
    let mut from = tilted(level(0.6));
    from[3..6].copy_from_slice(&[1.0, -0.5, 0.3]);
    let end = fly(&CRAZYFLIE, &Velocity(lanes([0.0; 3])), &calm, &from, 3000, 0.01);
    let rest = [[0.0; 3].as_slice(), &[1.0, 0.0, 0.0, 0.0], &[0.0; 3], &[0.25 * 0.027 * GRAVITY; 4]].concat();
    assert!(largest_difference(&end[3..], &rest) < 1e-9, "{end:?}");
}

#[test]
fn rotors_lag_exponentially_and_turn_by_their_levers() {
    let base = CRAZYFLIE.hover();
    // Back left up and front right down: roll and pitch by the same moment arm, no yaw; then the two diagonals apart.
    let (d, b) = (0.01, 0.0397 * core::f64::consts::FRAC_1_SQRT_2);
    for (change, torque) in [
        ([-d, 0.0, d, 0.0], [2.0 * b * d, 2.0 * b * d, 0.0]),
        ([0.0, -d, 0.0, d], [2.0 * b * d, -2.0 * b * d, 0.0]),
        ([-d, d, -d, d], [0.0, 0.0, 4.0 * 0.005_964_552 * d]),
    ] {
        let command = change.map(|c| base + c);
        let time = 1e-3;
        let end = fly(&VACUUM, &Hold(lanes(command)), &Conditions::calm(), &level(1.0), 20, time);
        let decay = (-0.02f64 / 0.03).exp();
        for rotor in 0..4 {
            assert!((end[13 + rotor] - (base + change[rotor] * (1.0 - decay))).abs() < 1e-9 * base);
        }
        // ω(t) = τ/J (t - T (1 - exp(-t/T))); gyroscopic terms vanish while only one or two equal moments turn.
        let spun = 0.02 - 0.03 * (1.0 - decay);
        for axis in 0..3 {
            assert!((end[10 + axis] - torque[axis] / CRAZYFLIE.inertia[axis] * spun).abs() < 1e-6, "{end:?}");
        }
    }
}

/// Solution at `t` of T θ‴ + θ″ + D θ′ + P θ = P from rest, where the cubic has one real root and a pair: by its roots.
fn third_order(t: f64, [lag, p, d]: [f64; 3]) -> f64 {
    let cubic = |s: f64| ((lag * s + 1.0) * s + d) * s + p;
    let (mut low, mut high) = (-1.0 / lag, 0.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if cubic(middle) < 0.0 { low = middle } else { high = middle }
    }
    let real = low;
    // The pair: sum and product from the coefficients.
    let (half_sum, product) = (0.5 * (-1.0 / lag - real), -p / lag / real);
    let frequency = (product - half_sum * half_sum).sqrt();
    // θ = 1 + a e^{rt} + e^{ht} (b cos wt + c sin wt), with θ(0) = θ'(0) = θ″(0) = 0.
    let (r, h, w) = (real, half_sum, frequency);
    let a = -(h * h + w * w) / ((r - h) * (r - h) + w * w);
    let b = -1.0 - a;
    let c = -(a * r + b * h) / w;
    1.0 + a * (r * t).exp() + (h * t).exp() * (b * (w * t).cos() + c * (w * t).sin())
}

#[test]
fn small_tilts_follow_the_linear_third_order_system() {
    let small = 1e-4;
    let [p, d] = CRAZYFLIE.gains.tilt;
    for (force, axis) in [([0.0, -small * GRAVITY, GRAVITY], 0), ([small * GRAVITY, 0.0, GRAVITY], 1)] {
        for t in [0.05, 0.1, 0.2, 0.4] {
            let end =
                fly(&VACUUM, &Attitude(lanes(force)), &Conditions::calm(), &level(1.0), (t / 1e-3) as usize, 1e-3);
            let expected = small * third_order(t, [0.03, p, d]);
            let tilt = 2.0 * end[7 + axis];
            assert!((tilt - expected).abs() < 1e-4 * small, "{t} s: {tilt} {expected}");
        }
    }
    // The heading obeys the same equation with its own gains; yaw 1e-4 returns to 0.
    let [p, d] = CRAZYFLIE.gains.heading;
    let mut from = level(1.0);
    (from[6], from[9]) = ((0.5 * small).cos(), (0.5 * small).sin());
    for t in [0.1, 0.3, 0.8] {
        let end = fly(&VACUUM, &Velocity(lanes([0.0; 3])), &Conditions::calm(), &from, (t / 1e-3) as usize, 1e-3);
        let expected = small * (1.0 - third_order(t, [0.03, p, d]));
        assert!((2.0 * end[9] - expected).abs() < 1e-4 * small, "{t} s: {} {expected}", 2.0 * end[9]);
    }
}

#[test]
fn commanded_velocities_are_reached_less_what_drag_wind_and_load_take() {
    let (k, m, c) = (6e-3, 0.027, CRAZYFLIE.gains.velocity);
    for (wanted, wind, load) in [
        ([1.0, 0.0, 0.0], [0.0; 3], 1.0),
        ([-1.2, 0.8, 0.5], [0.0; 3], 1.0),
        ([0.0, 0.0, 0.0], [3.0, -1.0, 0.0], 1.0),
        ([0.5, 1.0, -0.4], [-1.0, 2.0, 0.0], 1.1),
        ([0.0, 0.0, 0.0], [0.0; 3], 0.9),
    ] {
        let end = fly(&ROUND, &Velocity(lanes(wanted)), &conditions(wind, load), &level(1.0), 1500, 0.01);
        for axis in 0..3 {
            let lift = if axis == 2 { (1.0 - load) * m * GRAVITY } else { 0.0 };
            let expected = (c * m * wanted[axis] + k * wind[axis] + lift) / (c * m + k);
            assert!((end[3 + axis] - expected).abs() < 1e-9, "{wanted:?} {wind:?} {load}: {:?}", &end[3..6]);
        }
    }
    // A metre a second is nearly there within the second, and hardly overshot.
    let after = |seconds: f64| {
        fly(
            &CRAZYFLIE,
            &Velocity(lanes([1.0, 0.0, 0.0])),
            &Conditions::calm(),
            &level(1.0),
            (100.0 * seconds) as usize,
            0.01,
        )[3]
    };
    assert!(after(1.0) > 0.85, "{}", after(1.0));
    let most = (1..40).map(|t| after(0.1 * f64::from(t))).fold(0.0, f64::max);
    assert!(most < 1.05, "{most}");
}

#[test]
fn halving_the_step_divides_the_error_by_sixteen() {
    // Turning, climbing and drifting in wind at once, with no bound met.
    let mut from = tilted(level(1.1));
    from[6..10].copy_from_slice(&[0.995, 0.06, -0.05, 0.06]);
    let mut unit = lanes(from);
    straighten(&mut unit);
    let mut from = unit.map(|x| x.get(0));
    from[3..6].copy_from_slice(&[0.3, -0.2, 0.1]);
    from[10..13].copy_from_slice(&[0.5, -0.4, 0.3]);
    let (pilot, air) = (Velocity(lanes([1.0, -0.6, 0.4])), conditions([1.0, 0.5, 0.0], 1.05));
    let end = |steps: usize| fly(&CRAZYFLIE, &pilot, &air, &from, steps, 0.8 / steps as f64);
    let exact = end(5120);
    let errors = [80, 160, 320].map(|steps| largest_difference(&end(steps), &exact));
    for pair in errors.windows(2) {
        let ratio = pair[0] / pair[1];
        assert!((12.0..22.0).contains(&ratio), "{errors:?}");
    }
    // At the step that worlds take.
    assert!(errors[0] < 1e-4, "{errors:?}");
}

#[test]
fn quaternions_stay_unit_and_states_finite_under_any_command() {
    let mut state = lanes(tilted(level(1.0)));
    state[10..13].copy_from_slice(&lanes([40.0, -30.0, 20.0]));
    for k in 0..5000 {
        let wanted = [1e6 * f64::from(k).sin(), 1e6 * f64::from(k).cos(), 1e6 * f64::from(3 * k).sin()];
        CRAZYFLIE.step(&Velocity(lanes(wanted)), &Conditions::calm(), &mut state, 0.01);
        let x = state.map(|x| x.get(0));
        assert!((dot(&x[6..10], &x[6..10]) - 1.0).abs() < 1e-14);
        assert!(x[13..].iter().all(|f| (0.0..=CRAZYFLIE.most()).contains(f)), "{x:?}");
        assert!(x.iter().all(|x| x.is_finite()));
    }
}

/// Ten steps of consecutive states under one velocity, in any lanes.
struct Run<'a>(&'a mut [State]);

impl Kernel for Run<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lane>(self) {
        for block in self.0.chunks_mut(L::N) {
            let mut state = [L::splat(0.0); SIZE];
            for lane in 0..L::N {
                for k in 0..SIZE {
                    state[k].set(lane, block[lane.min(block.len() - 1)][k]);
                }
            }
            let pilot = Velocity([L::splat(1.0), L::splat(-0.5), L::splat(0.2)]);
            for _ in 0..10 {
                CRAZYFLIE.step(&pilot, &Conditions::calm(), &mut state, 0.01);
            }
            for (lane, out) in block.iter_mut().enumerate() {
                for k in 0..SIZE {
                    out[k] = state[k].get(lane);
                }
            }
        }
    }
}

#[test]
fn lanes_and_scalars_give_the_same_bits() {
    let mut states: Vec<State> = (0..21)
        .map(|i| {
            let mut state = tilted(level(0.8 + 0.02 * f64::from(i)));
            state[3..6].copy_from_slice(&[0.1 * f64::from(i), -0.05 * f64::from(i), 0.3]);
            state[10..13].copy_from_slice(&[0.2 * f64::from(i), 1.0, -0.1 * f64::from(i)]);
            state
        })
        .collect();
    let mut alone = states.clone();
    dispatch_f64(Run(&mut states));
    for state in &mut alone {
        dispatch_scalar(Run(core::slice::from_mut(state)));
    }
    assert_eq!(states, alone);
}
