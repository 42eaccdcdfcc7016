//! The random numbers of `numpy.random.default_rng(seed)`, so that a problem drawn in Python can be drawn here.
//!
//! Seeds are spread by `SeedSequence`, the generator is PCG64 (XSL-RR 128/64), normals come from a ziggurat of 256 layers;
//! constants and order of draws are those of numpy 1.17 and later.

use std::sync::LazyLock;

/// `SeedSequence`: words of entropy.
const POOL: usize = 4;
const INIT_A: u32 = 0x43b0_d7e5;
const MULT_A: u32 = 0x931e_8875;
const INIT_B: u32 = 0x8b51_f9dd;
const MULT_B: u32 = 0x58f3_8ded;
const MIX_LEFT: u32 = 0xca01_f9dd;
const MIX_RIGHT: u32 = 0x4973_f715;

/// PCG64: multiplier of the 128-bit congruential step.
const MULTIPLIER: u128 = (2_549_297_995_355_413_924 << 64) | 4_865_540_595_714_422_341;

/// Where the ziggurat's tail begins, and the area of each of its layers.
const TAIL: f64 = 3.654_152_885_361_009;
const AREA: f64 = 0.004_928_673_233_974_655;

/// `numpy.random.default_rng(seed)`.
#[derive(Debug, Clone)]
pub struct Generator {
    state: u128,
    increment: u128,
}

impl Generator {
    /// The generator of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let [high, low, increment_high, increment_low] = seed_words(seed).map(u128::from);
        let mut generator = Self { state: 0, increment: (((increment_high << 64) | increment_low) << 1) | 1 };
        generator.step();
        generator.state = generator.state.wrapping_add((high << 64) | low);
        generator.step();
        generator
    }

    fn step(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    /// 64 uniform bits.
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the state are what is meant")]
    pub fn bits(&mut self) -> u64 {
        self.step();
        ((self.state >> 64) as u64 ^ self.state as u64).rotate_right((self.state >> 122) as u32)
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One draw of `standard_normal`. Its last bits may differ from numpy's (by 3e-14 of the value at most), whose tables
    /// were rounded in another way.
    pub fn normal(&mut self) -> f64 {
        loop {
            let bits = self.bits();
            let (layer, magnitude) = ((bits & 0xff) as usize, (bits >> 9) & 0x000f_ffff_ffff_ffff);
            let signed = |x: f64| if bits & 0x100 == 0 { x } else { -x };
            let x = signed(magnitude as f64 * TABLES.scale[layer]);
            if magnitude < TABLES.inside[layer] {
                return x;
            }
            if layer == 0 {
                // Marsaglia's tail; its sign is another bit of the same word.
                let beyond = self.beyond_tail();
                return if (magnitude >> 8) & 1 == 0 { beyond } else { -beyond };
            }
            let (above, here) = (TABLES.density[layer - 1], TABLES.density[layer]);
            if (above - here) * self.uniform() + here < (-0.5 * x * x).exp() {
                return x;
            }
        }
    }

    fn beyond_tail(&mut self) -> f64 {
        loop {
            let x = -(-self.uniform()).ln_1p() / TAIL;
            let y = -(-self.uniform()).ln_1p();
            if y + y > x * x {
                return TAIL + x;
            }
        }
    }

    /// `standard_normal(count)`.
    #[must_use]
    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.normal()).collect()
    }
}

/// `SeedSequence(seed).generate_state(4, uint64)`.
#[expect(clippy::cast_possible_truncation, reason = "the halves of the seed are what is meant")]
fn seed_words(seed: u64) -> [u64; 4] {
    let mut constant = INIT_A;
    let mut hash = |value: u32| {
        let value = value ^ constant;
        constant = constant.wrapping_mul(MULT_A);
        let value = value.wrapping_mul(constant);
        value ^ (value >> 16)
    };
    let mut pool: [u32; POOL] = [seed as u32, (seed >> 32) as u32, 0, 0].map(&mut hash);
    for from in 0..POOL {
        for to in (0..POOL).filter(|&to| to != from) {
            let mixed = MIX_LEFT.wrapping_mul(pool[to]).wrapping_sub(MIX_RIGHT.wrapping_mul(hash(pool[from])));
            pool[to] = mixed ^ (mixed >> 16);
        }
    }
    let mut constant = INIT_B;
    let mut word = |index: usize| {
        let value = pool[index % POOL] ^ constant;
        constant = constant.wrapping_mul(MULT_B);
        let value = value.wrapping_mul(constant);
        u64::from(value ^ (value >> 16))
    };
    std::array::from_fn(|index| word(2 * index) | (word(2 * index + 1) << 32))
}

/// The ziggurat: layer i is the rectangle of `[0, x_i]` under the density, the layer 0 the one with the tail.
struct Tables {
    /// A draw of 52 bits below this lies in the layer for certain.
    inside: [u64; 256],
    /// `x_i / 2^52`.
    scale: [f64; 256],
    /// `exp(-x_i^2 / 2)`.
    density: [f64; 256],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let one = (1u64 << 52) as f64;
    let density = |x: f64| (-0.5 * x * x).exp();
    let mut tables = Tables { inside: [0; 256], scale: [0.0; 256], density: [0.0; 256] };
    // The base: as wide as a rectangle of its height with its area (tail included) would be.
    let base = AREA / density(TAIL);
    (tables.inside[0], tables.scale[0], tables.density[0]) = ((TAIL / base * one) as u64, base / one, 1.0);
    (tables.scale[255], tables.density[255]) = (TAIL / one, density(TAIL));
    let mut wider = TAIL;
    for layer in (1..255).rev() {
        let x = (-2.0 * (AREA / wider + density(wider)).ln()).sqrt();
        tables.inside[layer + 1] = (x / wider * one) as u64;
        (tables.scale[layer], tables.density[layer]) = (x / one, density(x));
        wider = x;
    }
    tables
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from numpy 2.4.6.
    #[test]
    fn bits_are_those_of_numpy() {
        let mut generator = Generator::new(0);
        let bits = [generator.bits(), generator.bits(), generator.bits()];
        assert_eq!(bits, [0xa30f_ebcf_d9c2_825f, 0x4510_bdf8_82d9_d721, 0x0a7d_3da9_4ecd_e8b8]);
    }

    #[test]
    fn first_normals_are_those_of_numpy() {
        let recorded = [
            (0, [0.1257302210933933, -0.1321048632913019, 0.6404226504432821, 0.10490011715303971, -0.535669373161111]),
            (
                7,
                [
                    0.0012301533574825742,
                    0.2987455375084699,
                    -0.2741378553622176,
                    -0.8905918387572742,
                    -0.45467078517172255,
                ],
            ),
        ];
        for (seed, values) in recorded {
            let ours = Generator::new(seed).normals(5);
            for (ours, theirs) in ours.iter().zip(values) {
                assert!((ours - theirs).abs() <= 1e-13 * theirs.abs(), "seed {seed}: {ours} {theirs}");
            }
        }
    }

    /// A million draws take every branch: 266 of these lie in the tail.
    #[test]
    fn a_million_normals_are_those_of_numpy() {
        let draws = Generator::new(0).normals(1_000_000);
        let close = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-9 * theirs.abs();
        assert!(close(draws.iter().sum(), 998.570_649_438_621_3));
        assert!(close(draws.iter().map(|x| x * x).sum(), 1_001_345.122_762_817_8));
        assert!(close(draws.iter().fold(0.0, |most: f64, x| most.max(x.abs())), 4.731_957_688_635_529));
        assert!(close(draws[999_999], 0.228_642_199_590_115_86));
        assert_eq!(draws.iter().filter(|x| x.abs() > TAIL).count(), 266);
    }
}
