//! Meta-World's tasks: numpy's generator, and the order in which random vectors are drawn from it.

use super::facts::Facts;

/// The generator MT19937 as `numpy.random.seed` starts it (`init_genrand`).
struct Mersenne {
    state: [u32; N],
    next: usize,
}

const N: usize = 624;
const M: usize = 397;

impl Mersenne {
    fn new(seed: u32) -> Self {
        let mut state = [seed; N];
        for i in 1..N {
            let before = state[i - 1];
            state[i] = (before ^ (before >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Mersenne { state, next: N }
    }

    fn word(&mut self) -> u32 {
        if self.next == N {
            for i in 0..N {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
                let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ twist;
            }
            self.next = 0;
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// Uniform in [0, 1), 53 bits.
    fn uniform(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }
}

/// Random vectors of an environment that Meta-World draws before the next's turn.
const GOALS: usize = 50;

/// `count` tasks of environments that take turns: the random vector of each. Those of the first 50 turns are Meta-World's own of
/// this seed, of which it knows no more; then it would begin with the first environment again.
///
/// Every reset draws two vectors that satisfy the environment, and the second is the task's. A seed of more than 32 bits, which
/// numpy refuses, is folded.
pub(super) fn draw(environments: &[&Facts], seed: u64, count: usize) -> Vec<Vec<f64>> {
    let mut generator = Mersenne::new((seed ^ (seed >> 32)) as u32);
    let kinds = environments.len();
    let turns = count.div_ceil(kinds).next_multiple_of(GOALS);
    let mut drawn: Vec<Vec<Vec<f64>>> = vec![Vec::with_capacity(turns); kinds];
    for _ in 0..turns / GOALS {
        for (facts, own) in environments.iter().zip(&mut drawn) {
            for _ in 0..GOALS {
                accepted(facts, &mut generator);
                own.push(accepted(facts, &mut generator));
            }
        }
    }
    (0..count).map(|i| std::mem::take(&mut drawn[i % kinds][i / kinds])).collect()
}

fn accepted(facts: &Facts, generator: &mut Mersenne) -> Vec<f64> {
    loop {
        let bounds = facts.low.iter().zip(facts.high);
        let random: Vec<f64> = bounds.map(|(low, high)| low + (high - low) * generator.uniform()).collect();
        if facts.too_near(&random).is_none() {
            return random;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.random.RandomState(seed)`: the first words (`randint(0, 2**32, dtype=uint32)` gives them) and doubles.
    #[test]
    fn the_generator_is_numpys() {
        let mut words = Mersenne::new(5489);
        // The reference implementation's own first word and its 10,000th, which the C++ standard holds its mt19937 to.
        assert_eq!(words.word(), 3_499_211_612);
        assert_eq!((1..10_000).map(|_| words.word()).last(), Some(4_123_659_995));
        let mut doubles = Mersenne::new(0);
        assert_eq!([doubles.uniform(), doubles.uniform()], [0.548_813_503_927_324_7, 0.715_189_366_372_419_5]);
    }
}
