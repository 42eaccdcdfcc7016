//! The trust-region step on a toy problem whose constrained optimum is known in closed form.

use xmrl_meta::{MetaError, MetaProblem, Result, Stage, TrpoOptions, Value, trpo_step};

/// `J_i(m) = <g_i, m> - bend/2 |m|^2`; KL of the adapted policies `1/2 m^T diag(c) m`, of the unadapted one `1/2 m^T diag(c0) m`;
/// anchor 0.
struct Toy {
    g: Vec<Vec<f64>>,
    c: Vec<f64>,
    c0: Vec<f64>,
    bend: f64,
    /// What the line search sees in place of the surrogate, and where it stops being finite.
    surrogate_sign: f64,
    finite_within: f64,
}

impl Toy {
    fn new() -> Self {
        Self {
            g: vec![vec![1.0, -2.0, 0.5, 3.0], vec![0.0, 1.0, 1.5, -1.0]],
            c: vec![2.0, 0.5, 1.0, 4.0],
            c0: vec![1.0, 3.0, 0.2, 0.7],
            bend: 0.0,
            surrogate_sign: 1.0,
            finite_within: f64::INFINITY,
        }
    }

    fn total_curvature(&self, weight: f64) -> Vec<f64> {
        self.c.iter().zip(&self.c0).map(|(c, c0)| c + weight * c0).collect()
    }
}

fn quadratic(c: &[f64], m: &[f64]) -> f64 {
    0.5 * c.iter().zip(m).map(|(c, m)| c * m * m).sum::<f64>()
}

impl MetaProblem for Toy {
    fn parameters(&self) -> usize {
        4
    }
    fn tasks(&self) -> usize {
        self.g.len()
    }
    fn adapt(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
        Ok(meta.repeat(self.tasks()))
    }
    fn value(&mut self, meta: &[f64]) -> Result<Value> {
        let norm = meta.iter().map(|m| m * m).sum::<f64>().sqrt();
        if norm > self.finite_within {
            return Err(MetaError::NonFinite {
                stage: Stage::Adapt,
                task: Some(0),
                tensor: "policy",
                index: 0,
                value: f64::NAN,
            });
        }
        let linear = |g: &Vec<f64>| g.iter().zip(meta).map(|(g, m)| g * m).sum::<f64>();
        Ok(Value {
            surrogates: self
                .g
                .iter()
                .map(|g| self.surrogate_sign * linear(g) - 0.5 * self.bend * norm * norm)
                .collect(),
            kl_adapted: quadratic(&self.c, meta),
            kl_unadapted: quadratic(&self.c0, meta),
        })
    }
    fn gradients(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
        Ok(self.g.iter().flat_map(|g| g.iter().zip(meta).map(|(g, m)| g - self.bend * m).collect::<Vec<_>>()).collect())
    }
    fn curvature(&mut self, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> Result<()> {
        for ((out, c), v) in out.iter_mut().zip(self.total_curvature(unadapted_weight)).zip(v) {
            *out = c * v;
        }
        Ok(())
    }
}

fn exact() -> TrpoOptions {
    TrpoOptions { damping: 0.0, ..TrpoOptions::default() }
}

/// `x* = sqrt(2 delta / g^T C^-1 g) C^-1 g`, the maximiser of a linear function on an ellipsoid.
fn optimum(toy: &Toy, weights: &[f64], options: &TrpoOptions) -> Vec<f64> {
    let c = toy.total_curvature(options.unadapted_weight);
    let g: Vec<f64> = (0..4).map(|j| toy.g.iter().zip(weights).map(|(g, w)| w * g[j]).sum()).collect();
    let norm: f64 = g.iter().zip(&c).map(|(g, c)| g * g / c).sum();
    g.iter().zip(&c).map(|(g, c)| g / c * (2.0 * options.delta / norm).sqrt()).collect()
}

#[test]
fn a_linear_surrogate_is_maximised_on_the_ellipsoid() {
    for (weights, unadapted_weight) in [([0.5, 0.5], 0.5), ([0.9, 0.1], 0.0), ([0.0, 1.0], 2.0)] {
        let mut toy = Toy::new();
        let options = TrpoOptions { unadapted_weight, ..exact() };
        let outcome = trpo_step(&mut toy, &[0.0; 4], Some(&weights), &options).unwrap();
        assert!(outcome.accepted);
        // The optimum lies on the boundary, so rounding decides whether it or the next candidate is inside.
        assert!(outcome.backtracks <= 1);
        let shrink = 0.8_f64.powi(outcome.backtracks as i32);
        for (ours, exact) in outcome.meta.iter().zip(optimum(&toy, &weights, &options)) {
            assert!((ours - shrink * exact).abs() < 1e-12, "{ours} {exact}");
        }
        // What it gained is weighted as its gradient is.
        let surrogates = toy.value(&outcome.meta).unwrap().surrogates;
        let gained: f64 = weights.iter().zip(surrogates).map(|(w, s)| w * s).sum();
        assert!((outcome.surrogate_after - gained).abs() < 1e-15, "{} {gained}", outcome.surrogate_after);
    }
}

#[test]
fn the_default_weights_are_uniform() {
    let with = trpo_step(&mut Toy::new(), &[0.0; 4], Some(&[0.5, 0.5]), &exact()).unwrap();
    let without = trpo_step(&mut Toy::new(), &[0.0; 4], None, &exact()).unwrap();
    assert_eq!(with.meta, without.meta);
}

#[test]
fn the_trust_region_counts_both_policies() {
    for delta in [1e-4, 1e-2, 1.0] {
        let options = TrpoOptions { delta, ..exact() };
        let outcome = trpo_step(&mut Toy::new(), &[0.0; 4], None, &options).unwrap();
        let total = outcome.kl + 0.5 * outcome.kl_unadapted;
        assert!(total <= delta && total >= 0.6 * delta, "{total} {delta}");
        assert!(outcome.kl_unadapted > 0.0);
        let toy = Toy::new();
        assert_eq!(outcome.kl, quadratic(&toy.c, &outcome.meta));
        assert_eq!(outcome.kl_unadapted, quadratic(&toy.c0, &outcome.meta));
    }
}

/// A model of curvature that is too small by 100: the exact KL still decides.
#[test]
fn an_overlong_direction_is_cut_by_the_exact_kl() {
    struct Optimist(Toy);
    impl MetaProblem for Optimist {
        fn parameters(&self) -> usize {
            4
        }
        fn tasks(&self) -> usize {
            2
        }
        fn adapt(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
            self.0.adapt(meta)
        }
        fn value(&mut self, meta: &[f64]) -> Result<Value> {
            self.0.value(meta)
        }
        fn gradients(&mut self, meta: &[f64]) -> Result<Vec<f64>> {
            self.0.gradients(meta)
        }
        fn curvature(&mut self, v: &[f64], weight: f64, out: &mut [f64]) -> Result<()> {
            self.0.curvature(v, weight, out)?;
            out.iter_mut().for_each(|x| *x *= 0.01);
            Ok(())
        }
    }
    let outcome = trpo_step(&mut Optimist(Toy::new()), &[0.0; 4], None, &exact()).unwrap();
    // Ten times too long: .8^k <= .1 first holds at k = 11.
    assert_eq!((outcome.accepted, outcome.backtracks), (true, 11));
    assert!(outcome.kl + 0.5 * outcome.kl_unadapted <= 0.01);
}

#[test]
fn a_refused_step_leaves_the_meta_vector_alone() {
    let start = [0.01, -0.02, 0.03, 1.0 / 3.0];
    // The anchor is 0, so the KL of the start is far outside a tiny region: no candidate can be accepted.
    let outcome = trpo_step(&mut Toy::new(), &start, None, &TrpoOptions { delta: 1e-9, ..exact() }).unwrap();
    assert_eq!((outcome.accepted, outcome.backtracks), (false, 15));
    assert!(outcome.meta.iter().zip(&start).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert_eq!(outcome.surrogate_after, outcome.surrogate_before);
    // A surrogate that falls along its own gradient is refused inside the region as well.
    let mut liar = Toy { surrogate_sign: -1.0, ..Toy::new() };
    let outcome = trpo_step(&mut liar, &[0.0; 4], None, &exact()).unwrap();
    assert_eq!((outcome.accepted, outcome.meta), (false, vec![0.0; 4]));
    assert_eq!((outcome.kl, outcome.kl_unadapted), (0.0, 0.0));
}

#[test]
fn no_gradient_no_step() {
    let mut flat = Toy { g: vec![vec![0.0; 4]; 2], ..Toy::new() };
    let outcome = trpo_step(&mut flat, &[0.0; 4], None, &exact()).unwrap();
    assert_eq!((outcome.accepted, outcome.backtracks, outcome.gradient_norm), (false, 0, 0.0));
}

#[test]
fn candidates_that_are_not_finite_are_stepped_back_from() {
    let free = trpo_step(&mut Toy::new(), &[0.0; 4], None, &exact()).unwrap();
    let length = free.meta.iter().map(|m| m * m).sum::<f64>().sqrt();
    let mut walled = Toy { finite_within: 0.5 * length, ..Toy::new() };
    let outcome = trpo_step(&mut walled, &[0.0; 4], None, &exact()).unwrap();
    assert!(outcome.accepted && outcome.backtracks >= 3);
    // Not finite at the start is an error, not a refusal.
    let mut nowhere = Toy { finite_within: -1.0, ..Toy::new() };
    assert!(matches!(trpo_step(&mut nowhere, &[0.0; 4], None, &exact()), Err(MetaError::NonFinite { .. })));
}

#[test]
fn bad_options_and_shapes_are_named() {
    let refuse = |options: TrpoOptions| trpo_step(&mut Toy::new(), &[0.0; 4], None, &options).unwrap_err().to_string();
    assert!(refuse(TrpoOptions { delta: 0.0, ..exact() }).contains("trpo.delta is 0"));
    assert!(refuse(TrpoOptions { backtrack: 1.0, ..exact() }).contains("trpo.backtrack is 1"));
    assert!(refuse(TrpoOptions { damping: f64::NAN, ..exact() }).contains("trpo.damping is NaN"));
    let short = trpo_step(&mut Toy::new(), &[0.0; 3], None, &exact()).unwrap_err().to_string();
    assert!(short.contains("meta has 3 entries") && short.contains("[Q] = 4"), "{short}");
    let weights = trpo_step(&mut Toy::new(), &[0.0; 4], Some(&[1.0]), &exact()).unwrap_err().to_string();
    assert!(weights.contains("weights has 1 entries"), "{weights}");
}
