//! Known answers of Philox, addressing of streams, lanes against scalars, moments.

use xmrl_envs::rng::{Purpose, Stream, philox4x32};
use xmrl_lanes::{Kernel, Lane, dispatch_f32, dispatch_f64};

#[test]
fn philox_gives_the_known_answers_of_random123() {
    let ones = u32::MAX;
    for (counter, key, words) in [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([ones; 4], [ones; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ] {
        assert_eq!(philox4x32(counter, key), words);
    }
}

#[test]
fn a_stream_is_keyed_by_seed_purpose_and_index_and_addressed_by_the_counter() {
    let (seed, index) = (0x0123_4567_89ab_cdef, 0x1_0000_0002);
    let [k0, k1, ..] = philox4x32([Purpose::MetaBatch as u32, 2, 1, 0], [0x89ab_cdef, 0x0123_4567]);
    let stream = Stream::new(seed, Purpose::MetaBatch, index);
    let words = philox4x32([7, 6, 5, 4], [k0, k1]);
    assert_eq!(stream.block(4, 5, 6, 7), words);
    for half in 0..2 {
        let bits = u64::from(words[2 * half]) << 32 | u64::from(words[2 * half + 1]);
        let uniform = (bits >> 11) as f64 / 2f64.powi(53);
        assert_eq!(stream.uniform(4, 5, 6, 14 + half as u32), uniform);
    }
    let others = [
        Stream::new(seed + 1, Purpose::MetaBatch, index),
        Stream::new(seed, Purpose::Tasks, index),
        Stream::new(seed, Purpose::MetaBatch, 2),
    ];
    assert!(others.iter().all(|other| other.block(4, 5, 6, 7) != words));
}

#[test]
fn a_normal_is_the_box_muller_transform_of_its_uniforms() {
    let stream = Stream::new(3, Purpose::QueryNoise, 0);
    for episode in 0..2000 {
        let (u, v) = (stream.uniform(1, episode, 2, 0), stream.uniform(1, episode, 2, 1));
        let radius = (-2.0 * (u + 2f64.powi(-53)).ln()).sqrt();
        let angle = core::f64::consts::TAU * v;
        assert!((stream.normal(1, episode, 2, 0) - radius * angle.cos()).abs() < 4e-15);
        assert!((stream.normal(1, episode, 2, 1) - radius * angle.sin()).abs() < 4e-15);
    }
}

/// Normals of 3 dimensions for `count` episodes from `first`, `[episode][dimension]`.
struct Normals {
    stream: Stream,
    first: u32,
    count: usize,
}

impl Kernel for Normals {
    type Output = Vec<[f64; 3]>;
    #[inline(always)]
    fn run<L: Lane>(self) -> Vec<[f64; 3]> {
        let mut out = vec![[0.0; 3]; self.count];
        for (block, rows) in out.chunks_mut(L::N).enumerate() {
            let mut lanes = [L::splat(0.0); 3];
            self.stream.normals_lanes(9, self.first + (block * L::N) as u32, 4, &mut lanes);
            for (lane, row) in rows.iter_mut().enumerate() {
                for k in 0..3 {
                    row[k] = lanes[k].get(lane);
                }
            }
        }
        out
    }
}

#[test]
fn lanes_draw_the_scalar_normals_bit_for_bit_and_f32_lanes_the_same_to_rounding() {
    let stream = Stream::new(11, Purpose::SupportNoise, 5);
    let (first, count) = (u32::MAX - 2000, 2000);
    let wide = dispatch_f64(Normals { stream, first, count });
    let narrow = dispatch_f32(Normals { stream, first, count });
    for (e, row) in wide.iter().enumerate() {
        for (k, x) in row.iter().enumerate() {
            assert_eq!(x.to_bits(), stream.normal(9, first + e as u32, 4, k as u32).to_bits());
            assert!((narrow[e][k] - x).abs() < 1e-4, "episode {e}: {} is not {x}", narrow[e][k]);
        }
    }
}

#[test]
fn normals_have_the_moments_of_the_standard_normal() {
    let rows = dispatch_f64(Normals { stream: Stream::new(5, Purpose::QueryNoise, 1), first: 0, count: 200_000 });
    let moment = |power: i32, k: usize| rows.iter().map(|row| row[k].powi(power)).sum::<f64>() / rows.len() as f64;
    // Five standard errors of each sample moment: sqrt(Var x^p / n).
    for k in 0..3 {
        for (power, mean, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let bound = 5.0 * f64::sqrt(variance / rows.len() as f64);
            assert!((moment(power, k) - mean).abs() < bound, "moment {power} of dimension {k}");
        }
    }
    let product = rows.iter().map(|row| row[0] * row[1]).sum::<f64>() / rows.len() as f64;
    assert!(product.abs() < 5.0 / (rows.len() as f64).sqrt());
}

#[test]
fn integers_below_n_are_even_and_in_range() {
    let stream = Stream::new(1, Purpose::MetaBatch, 0);
    let mut counts = [0usize; 7];
    for k in 0..70_000 {
        counts[stream.below(7, 0, 0, 0, k)] += 1;
    }
    // Five standard deviations of a binomial count.
    assert!(counts.iter().all(|c| c.abs_diff(10_000) < 5 * 93), "{counts:?}");
    assert_eq!(stream.below(0, 0, 0, 0, 0), 0);
}
