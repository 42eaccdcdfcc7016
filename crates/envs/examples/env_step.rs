//! Nanoseconds per environment step of noise and dynamics (`cargo run --release -p xmrl-envs --example env_step`).
#![expect(clippy::print_stdout, reason = "an example reports on the terminal")]

use std::hint::black_box;
use std::time::Instant;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{PlanarRules, Rules};
use xmrl_lanes::{Kernel, Lane, dispatch_f32, dispatch_f64};

/// Two normals per lane for `steps` steps.
struct Noise {
    steps: u32,
}

impl Kernel for Noise {
    type Output = f64;
    #[inline(always)]
    fn run<L: Lane>(self) -> f64 {
        let stream = Stream::new(1, Purpose::QueryNoise, 0);
        let mut out = [L::splat(0.0); 2];
        let mut sum = L::splat(0.0);
        for step in 0..self.steps {
            stream.normals_lanes(black_box(3), 0, step, &mut out);
            sum = sum + out[0] + out[1];
        }
        sum.get(0)
    }
}

/// `steps` steps of the drone with a constant action, observations included.
struct Fly {
    steps: u32,
}

impl Kernel for Fly {
    type Output = f64;
    #[inline(always)]
    fn run<L: Lane>(self) -> f64 {
        let task = [L::splat(black_box(2.0)), L::splat(8.0)];
        let action = [L::splat(black_box(0.1)), L::splat(-0.3)];
        let mut state = [L::splat(5.0), L::splat(5.0), L::splat(0.0), L::splat(0.0)];
        let mut observation = [L::splat(0.0); 4];
        let mut sum = L::splat(0.0);
        for _ in 0..self.steps {
            PlanarRules.observe(&mut (), &state, &[], &mut observation);
            sum = sum + observation[0] + PlanarRules.step(&mut (), &task, &mut state, &mut [], &action).reward;
        }
        sum.get(0)
    }
}

/// Best of seven, in nanoseconds per lane and step.
fn time(lanes: usize, steps: u32, mut f: impl FnMut() -> f64) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..7 {
        let start = Instant::now();
        black_box(f());
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9 / (f64::from(steps) * lanes as f64)
}

fn main() {
    let steps = 100_000;
    let noise = [time(8, steps, || dispatch_f64(Noise { steps })), time(16, steps, || dispatch_f32(Noise { steps }))];
    let fly = [time(8, steps, || dispatch_f64(Fly { steps })), time(16, steps, || dispatch_f32(Fly { steps }))];
    println!("two normals: f64 {:.2} ns, f32 {:.2} ns an env step", noise[0], noise[1]);
    println!("observe and step: f64 {:.2} ns, f32 {:.2} ns an env step", fly[0], fly[1]);
}
