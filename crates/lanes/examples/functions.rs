//! Nanoseconds per lane value of the elementary functions (`cargo run --release -p xmrl-lanes --example functions`).
#![expect(clippy::print_stdout, reason = "an example reports on the terminal")]

use std::hint::black_box;
use std::time::Instant;

use xmrl_lanes::{Kernel, Lane, dispatch_f32, dispatch_f64, isa};

#[derive(Clone, Copy)]
enum Function {
    Tanh,
    Exp,
    Ln,
    SinCos,
    MulAdd,
}

/// Applies one function to 64 lane blocks, `rounds` times; returns a checksum.
struct Bench {
    function: Function,
    rounds: usize,
}

impl Kernel for Bench {
    type Output = f64;
    #[inline(always)]
    fn run<L: Lane>(self) -> f64 {
        let mut blocks = [L::splat(0.0); 64];
        for (b, block) in blocks.iter_mut().enumerate() {
            for lane in 0..L::N {
                block.set(lane, 0.01 + 0.9 * (b * L::N + lane) as f64 / (64 * L::N) as f64);
            }
        }
        let mut sum = [L::splat(0.0); 64];
        for _ in 0..self.rounds {
            let blocks = black_box(&blocks);
            for (total, &x) in sum.iter_mut().zip(blocks) {
                let y = match self.function {
                    Function::Tanh => x.tanh(),
                    Function::Exp => x.exp(),
                    Function::Ln => x.ln(),
                    Function::SinCos => {
                        let (s, c) = x.sin_cos_turns();
                        s + c
                    }
                    Function::MulAdd => x.mul_add(x, x),
                };
                *total = *total + y;
            }
        }
        sum.iter().map(|s| s.get(0)).sum()
    }
}

fn main() {
    println!("{:?}", isa());
    let rounds = 4000;
    for (name, function) in [
        ("tanh", Function::Tanh),
        ("exp", Function::Exp),
        ("ln", Function::Ln),
        ("sin_cos", Function::SinCos),
        ("mul_add", Function::MulAdd),
    ] {
        let time = |f: &dyn Fn(Bench) -> f64| {
            let mut best = f64::INFINITY;
            for _ in 0..7 {
                let start = Instant::now();
                black_box(f(Bench { function, rounds }));
                best = best.min(start.elapsed().as_secs_f64());
            }
            best * 1e9 / (rounds * 64) as f64
        };
        println!(
            "{name:8} f64 {:6.3} ns, f32 {:6.3} ns a value",
            time(&|b| dispatch_f64(b)) / 8.0,
            time(&|b| dispatch_f32(b)) / 16.0
        );
    }
}
