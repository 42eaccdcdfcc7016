//! Test data that is the same everywhere.

/// SplitMix64; not the product's generator, on purpose. Source: Steele, Lea and Flood 2014.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream that depends on the seed alone.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard normal (Box-Muller, one of the pair).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// `n` standard normals.
    pub fn normals(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.normal()).collect()
    }

    /// A random symmetric `[n, n]` matrix with exactly these eigenvalues, row-major: `Q diag Q'`, `Q` from Householder steps.
    pub fn symmetric(&mut self, eigenvalues: &[f64]) -> Vec<f64> {
        let n = eigenvalues.len();
        let mut a = vec![0.0; n * n];
        for (j, value) in eigenvalues.iter().enumerate() {
            a[j * n + j] = *value;
        }
        for _ in 0..n {
            let u = self.normals(n);
            let length: f64 = u.iter().map(|x| x * x).sum();
            // A <- H A H with H = I - 2 u u' / u'u, applied to rows and then to columns.
            for pass in 0..2 {
                for i in 0..n {
                    let at = |k: usize| if pass == 0 { i * n + k } else { k * n + i };
                    let inner: f64 = (0..n).map(|k| a[at(k)] * u[k]).sum();
                    for k in 0..n {
                        a[at(k)] -= 2.0 * inner / length * u[k];
                    }
                }
            }
        }
        for i in 0..n {
            for j in 0..i {
                a[i * n + j] = a[j * n + i];
            }
        }
        a
    }
}
