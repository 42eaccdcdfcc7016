//! Shared by the test binaries: a deterministic number source, specs, and a scalar reference policy.
#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "each test binary uses a part")]

use xmrl_policy::{Activation, Fused, Number, PolicySpec, Rows};

/// SplitMix64 with a Box-Muller normal: independent of the product's generator.
pub struct Draws(pub u64);

impl Draws {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    pub fn normals(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.normal()).collect()
    }
}

pub fn spec(sizes: &[usize], activation: Activation) -> PolicySpec {
    let (first, rest) = sizes.split_first().expect("at least two sizes");
    let (last, hidden) = rest.split_last().expect("at least two sizes");
    PolicySpec {
        observation_size: *first,
        action_size: *last,
        hidden: hidden.to_vec(),
        activation,
        log_std_init: -0.3,
        log_std_min: -1.0,
    }
}

/// Parameters like those of a policy in training: weights `N(0, 1/in)`, biases `N(0, .01)`, log-std around -0.3.
pub fn parameters(spec: &PolicySpec, draws: &mut Draws) -> Vec<f64> {
    let mut params = vec![0.0; spec.parameters()];
    for layer in spec.layers() {
        let scale = 1.0 / (layer.inputs as f64).sqrt();
        params[layer.weight].fill_with(|| scale * draws.normal());
        params[layer.bias].fill_with(|| 0.1 * draws.normal());
    }
    params[spec.log_std()].fill_with(|| -0.3 + 0.2 * draws.normal());
    params
}

/// The mean of one observation by plain loops.
pub fn reference_mean(spec: &PolicySpec, params: &[f64], observation: &[f64]) -> Vec<f64> {
    let layers = spec.layers();
    let mut h = observation.to_vec();
    for (index, layer) in layers.iter().enumerate() {
        let mut next = params[layer.bias.clone()].to_vec();
        for (o, y) in next.iter_mut().enumerate() {
            *y += (0..layer.inputs).map(|i| h[i] * params[layer.weight.start + i * layer.outputs + o]).sum::<f64>();
            if index + 1 < layers.len() {
                *y = match spec.activation {
                    Activation::Tanh => y.tanh(),
                    Activation::Relu => y.max(0.0),
                };
            }
        }
        h = next;
    }
    h
}

/// The log-probability of one action by plain loops.
pub fn reference_log_prob(spec: &PolicySpec, params: &[f64], observation: &[f64], action: &[f64]) -> f64 {
    let mean = reference_mean(spec, params, observation);
    let log_std = params[spec.log_std()].iter().map(|s| s.max(spec.log_std_min));
    let term = |(a, (m, s)): (f64, (f64, f64))| {
        let density = (-0.5 * ((a - m) / s.exp()).powi(2)).exp() / (s.exp() * std::f64::consts::TAU.sqrt());
        density.ln()
    };
    action.iter().copied().zip(mean.into_iter().zip(log_std)).map(term).sum()
}

/// `|a - b| / max(|b|)` over all entries.
pub fn relative(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let scale = b.iter().fold(f64::MIN_POSITIVE, |m, x| m.max(x.abs()));
    let largest = |m: f64, (x, y): (&f64, &f64)| {
        if (x - y).is_nan() { f64::INFINITY } else { m.max((x - y).abs()) }
    };
    a.iter().zip(b).fold(0.0, largest) / scale
}

/// The rows of one task, with stored log-probabilities of a policy near `theta`.
pub struct Data<T = f64> {
    pub observations: Vec<T>,
    pub actions: Vec<T>,
    pub log_probs: Vec<T>,
    pub coefficients: Vec<T>,
}

impl<T: Number> Data<T> {
    pub fn rows(&self) -> Rows<'_, T> {
        Rows {
            observations: &self.observations,
            actions: &self.actions,
            log_probs: &self.log_probs,
            coefficients: &self.coefficients,
        }
    }

    pub fn rounded<U: Number>(&self) -> Data<U> {
        let round = |values: &[T]| values.iter().map(|&x| U::round(x.into())).collect();
        Data {
            observations: round(&self.observations),
            actions: round(&self.actions),
            log_probs: round(&self.log_probs),
            coefficients: round(&self.coefficients),
        }
    }
}

impl Data {
    /// Actions around the means of `theta`; `spread` is the standard deviation of `log pi - log b`.
    pub fn new(spec: &PolicySpec, theta: &[f64], rows: usize, spread: f64, draws: &mut Draws) -> Self {
        let observations = draws.normals(rows * spec.observation_size);
        let (mut actions, mut log_probs) = (Vec::new(), Vec::new());
        for observation in observations.chunks_exact(spec.observation_size) {
            let mean = reference_mean(spec, theta, observation);
            let action: Vec<f64> = mean.iter().map(|m| m + 0.8 * draws.normal()).collect();
            log_probs.push(reference_log_prob(spec, theta, observation, &action) + spread * draws.normal());
            actions.extend(action);
        }
        Self { observations, actions, log_probs, coefficients: draws.normals(rows) }
    }
}

/// Specs with 1 to 3 hidden layers (and none), odd and even sizes, both nonlinearities.
pub fn specs() -> Vec<PolicySpec> {
    let mut specs = Vec::new();
    for activation in [Activation::Tanh, Activation::Relu] {
        for sizes in [&[3, 5, 7, 2][..], &[4, 32, 32, 2], &[20, 64, 64, 6], &[5, 9, 3], &[2, 17, 8, 11, 1], &[3, 2]] {
            specs.push(spec(sizes, activation));
        }
    }
    specs
}

/// Every case of the gate: parameters as drawn and with a log-std below its bound, mild and wild ratios, block edges.
pub fn cases(mut visit: impl FnMut(&PolicySpec, &Fused, &[f64], &Data, &mut Draws)) {
    for (index, spec) in specs().iter().enumerate() {
        let mut draws = Draws(100 + index as u64);
        let fused = Fused::new(spec).unwrap();
        for (rows, spread, floored) in [(1, 0.1, false), (48, 0.1, true), (130, 3.0, false), (131, 3.0, true)] {
            let mut theta = parameters(spec, &mut draws);
            if floored {
                theta[spec.log_std().start] = spec.log_std_min - 0.7;
            }
            let data = Data::new(spec, &theta, rows, spread, &mut draws);
            visit(spec, &fused, &theta, &data, &mut draws);
        }
    }
}
