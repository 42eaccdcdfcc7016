//! Counter-based random numbers: a draw is a function of what it is for, never of what was drawn before it.
//!
//! Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//! A [`Stream`] fixes (seed, purpose, index); a draw in it is addressed by (task, episode, step, block). Therefore the
//! same numbers come out for any thread count, batch size and order of evaluation.

use xmrl_lanes::{Kernel, Lane, dispatch_scalar};

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Key increments: the golden ratio and sqrt(3) - 1 as 32-bit fractions.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: u32 = 10;

/// Four random words for a counter under a key: ten rounds of Philox4x32.
#[inline]
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    for round in 0..ROUNDS {
        let (high0, low0) = wide_product(c0, MULTIPLIERS[0]);
        let (high1, low1) = wide_product(c2, MULTIPLIERS[1]);
        c0 = high1 ^ c1 ^ round_key(key, round, 0);
        c2 = high0 ^ c3 ^ round_key(key, round, 1);
        (c1, c3) = (low1, low0);
    }
    [c0, c1, c2, c3]
}

#[inline(always)]
fn wide_product(a: u32, b: u32) -> (u32, u32) {
    let product = u64::from(a) * u64::from(b);
    ((product >> 32) as u32, product as u32)
}

#[inline(always)]
fn round_key(key: [u32; 2], round: u32, word: usize) -> u32 {
    key[word].wrapping_add(round.wrapping_mul(WEYL[word]))
}

/// What draws are for. The number is part of the random-number contract: never renumber, only append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Initial policy parameters.
    Init = 1,
    /// Task pools.
    Tasks = 2,
    /// Which tasks an iteration uses.
    MetaBatch = 3,
    /// Start states of support episodes.
    SupportStart = 4,
    /// Action noise of support episodes.
    SupportNoise = 5,
    /// Start states of query episodes.
    QueryStart = 6,
    /// Action noise of query episodes.
    QueryNoise = 7,
    /// Which visited states are mixed.
    MixPair = 8,
    /// Mixing coefficients.
    MixLambda = 9,
    /// Resampling for intervals.
    Bootstrap = 10,
    /// Start states of [`crate::Worlds`].
    WorldReset = 11,
    /// Row subsamples.
    Subsample = 12,
    /// Gaussian sketches of operators.
    Sketch = 13,
    /// Draws of a meta vector from a Gaussian.
    MetaNoise = 14,
    /// Made-up prices.
    Prices = 15,
    /// Action noise of policies that are asked from outside.
    Act = 16,
}

/// The random numbers of one (seed, purpose, index); two words, freely copied.
///
/// Key = first two words of `philox4x32((purpose, index low, index high, 0), seed)`; counter = (block, step, episode, task).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream of a seed for one purpose. `index` tells apart uses of the same purpose: meta-iteration, evaluation, pool.
    pub fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let counter = [purpose as u32, index as u32, (index >> 32) as u32, 0];
        let [k0, k1, ..] = philox4x32(counter, [seed as u32, (seed >> 32) as u32]);
        Stream { key: [k0, k1] }
    }

    /// The stream that has these words ([`key`](Stream::key)).
    #[must_use]
    #[inline(always)]
    pub const fn of_key(key: [u32; 2]) -> Self {
        Stream { key }
    }

    /// The words that tell it from other streams, for whoever draws from it elsewhere.
    #[must_use]
    pub fn key(&self) -> [u32; 2] {
        self.key
    }

    /// Four random words.
    #[inline]
    pub fn block(&self, task: u32, episode: u32, step: u32, block: u32) -> [u32; 4] {
        philox4x32([block, step, episode, task], self.key)
    }

    /// Number `k` of this address: uniform in [0, 1), 53 bits, from words `2(k mod 2)` and the next of block `k/2`.
    pub fn uniform(&self, task: u32, episode: u32, step: u32, k: u32) -> f64 {
        let words = self.block(task, episode, step, k / 2);
        let first = 2 * (k % 2) as usize;
        let bits = u64::from(words[first]) << 32 | u64::from(words[first + 1]);
        (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// An integer below `n` (0 for `n` = 0), from [`uniform`](Stream::uniform) number `k`; its bias is below `n` 2^-53.
    pub fn below(&self, n: usize, task: u32, episode: u32, step: u32, k: u32) -> usize {
        ((self.uniform(task, episode, step, k) * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// Number `k` of this address as a standard normal: Box-Muller on block `k/2`, cosine for even `k`, sine for odd.
    ///
    /// `sqrt(-2 ln u) cos(2 pi v)`, u in (0, 1] from words 0 and 1, v in [0, 1) from words 2 and 3. Largest magnitude
    /// 8.57. Equal to lane `episode` of [`normals_lanes`](Stream::normals_lanes) with `f64` lanes, bit for bit.
    pub fn normal(&self, task: u32, episode: u32, step: u32, k: u32) -> f64 {
        let pair = dispatch_scalar(NormalPair { stream: *self, task, episode, step, block: k / 2 });
        pair[(k % 2) as usize]
    }

    /// Normals number 0, 1, .. `out.len() - 1` for `L::N` consecutive episodes from `first_episode`, one lane each.
    ///
    /// `f32` lanes see the same draws rounded (24 of the 53 bits of each uniform, so at most 5.8 in magnitude).
    #[inline(always)]
    pub fn normals_lanes<L: Lane>(&self, task: u32, first_episode: u32, step: u32, out: &mut [L]) {
        for (block, pair) in out.chunks_mut(2).enumerate() {
            let words = self.words_lanes::<L>(task, first_episode, step, block as u32);
            let (radial, turns) = L::uniforms(&words);
            let radius = (radial.ln() * L::splat(-2.0)).sqrt();
            let (sin, cos) = turns.sin_cos_turns();
            pair[0] = radius * cos;
            if pair.len() == 2 {
                pair[1] = radius * sin;
            }
        }
    }

    /// [`block`](Stream::block) for `L::N` consecutive episodes: `[word][lane]`, entries from `L::N` on unspecified.
    #[inline(always)]
    fn words_lanes<L: Lane>(&self, task: u32, first_episode: u32, step: u32, block: u32) -> [[u32; 16]; 4] {
        let mut c = [[block; 16], [step; 16], [0; 16], [task; 16]];
        for lane in 0..L::N {
            c[2][lane] = first_episode.wrapping_add(lane as u32);
        }
        for round in 0..ROUNDS {
            let (key0, key1) = (round_key(self.key, round, 0), round_key(self.key, round, 1));
            for lane in 0..L::N {
                let (high0, low0) = wide_product(c[0][lane], MULTIPLIERS[0]);
                let (high1, low1) = wide_product(c[2][lane], MULTIPLIERS[1]);
                c[0][lane] = high1 ^ c[1][lane] ^ key0;
                c[2][lane] = high0 ^ c[3][lane] ^ key1;
                (c[1][lane], c[3][lane]) = (low1, low0);
            }
        }
        c
    }
}

/// Both normals of one block, one episode.
struct NormalPair {
    stream: Stream,
    task: u32,
    episode: u32,
    step: u32,
    block: u32,
}

impl Kernel for NormalPair {
    type Output = [f64; 2];
    #[inline(always)]
    fn run<L: Lane>(self) -> [f64; 2] {
        let words = self.stream.block(self.task, self.episode, self.step, self.block).map(|word| [word; 16]);
        let (radial, turns) = L::uniforms(&words);
        let radius = (radial.ln() * L::splat(-2.0)).sqrt();
        let (sin, cos) = turns.sin_cos_turns();
        [(radius * cos).get(0), (radius * sin).get(0)]
    }
}
