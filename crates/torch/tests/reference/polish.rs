//! The lower level solved for a test that differentiates through it.

use xmrl_autodiff::{AutodiffError, CgOptions, DampedOptions, solve_damped, vector};

/// `F(theta) = sum_i omega_i J_i(theta)` with its exact derivatives.
pub(crate) trait LowerLevel {
    fn value(&mut self, theta: &[f64]) -> f64;

    /// `grad F(theta)`; later [`hvp`](Self::hvp) calls are at this point.
    fn gradient(&mut self, theta: &[f64]) -> Vec<f64>;

    /// Writes `(hess F) v` at the point of the last [`gradient`](Self::gradient).
    fn hvp(&mut self, v: &[f64], out: &mut [f64]);
}

#[derive(Clone, Copy)]
pub(crate) struct PolishOptions {
    /// Weight of the proximal term.
    pub(crate) delta: f64,
    /// Stop where `|grad Phi|` is at most this.
    pub(crate) tolerance: f64,
    /// Most Newton steps.
    pub(crate) max_steps: usize,
}

pub(crate) struct Polish {
    pub(crate) theta: Vec<f64>,
    /// `Phi` there less `Phi` at the start.
    pub(crate) gain: f64,
    /// `|grad Phi|` there.
    pub(crate) residual: f64,
    pub(crate) converged: bool,
    /// `|grad Phi|` at the start and after each step.
    pub(crate) history: Vec<f64>,
}

/// Maximises `Phi(theta) = F(theta) - delta/2 |theta - anchor|^2` from `start` by Newton steps with conjugate gradients.
///
/// A step solves `(delta I - hess F) p = grad Phi`, damped further until positive definite so that p always ascends, then
/// halves it until `Phi` gains at least 1e-4 of the slope. Where the gain drowns in the rounding of `Phi`, the step is
/// accepted if it lessens `|grad Phi|` instead, which lets the residual reach rounding too.
/// Source: Nocedal and Wright, Numerical Optimization, section 7.1; approximate acceptance as in Hager and Zhang 2005.
pub(crate) fn polish(lower: &mut dyn LowerLevel, start: &[f64], anchor: &[f64], options: PolishOptions) -> Polish {
    let delta = options.delta;
    let mut theta = start.to_vec();
    let mut value = objective(lower, &theta, anchor, delta);
    let first = value;
    let mut slope = ascent(lower, &theta, anchor, delta);
    let mut history = vec![vector::norm(&slope)];
    for _ in 0..options.max_steps {
        let residual = vector::norm(&slope);
        if residual <= options.tolerance {
            break;
        }
        let cg = CgOptions { max_iterations: 60, tolerance: residual.sqrt().min(0.1), damping: delta };
        let negated = |u: &[f64], out: &mut [f64]| -> Result<(), AutodiffError> {
            lower.hvp(u, out);
            vector::scale(-1.0, out);
            Ok(())
        };
        let (direction, _) = solve_damped(negated, &slope, None, DampedOptions { cg, max_restarts: 60 }).unwrap();
        let rate = vector::dot(&slope, &direction);
        let rounding = 1e-12 * value.abs();
        let mut step = 1.0;
        let accepted = (0..=30).find_map(|_| {
            let mut trial = theta.clone();
            vector::axpy(step, &direction, &mut trial);
            let trial_value = objective(lower, &trial, anchor, delta);
            let gain = trial_value - value;
            let enough = gain >= 1e-4 * step * rate && gain > rounding;
            step *= 0.5;
            if !enough && gain.abs() > rounding {
                return None;
            }
            let trial_slope = ascent(lower, &trial, anchor, delta);
            (enough || vector::norm(&trial_slope) < residual).then_some((trial, trial_value, trial_slope))
        });
        let Some(next) = accepted else { break };
        (theta, value, slope) = next;
        history.push(vector::norm(&slope));
    }
    let residual = vector::norm(&slope);
    Polish { theta, gain: value - first, residual, converged: residual <= options.tolerance, history }
}

fn objective(lower: &mut dyn LowerLevel, theta: &[f64], anchor: &[f64], delta: f64) -> f64 {
    let moved = vector::difference(theta, anchor);
    lower.value(theta) - 0.5 * delta * vector::dot(&moved, &moved)
}

fn ascent(lower: &mut dyn LowerLevel, theta: &[f64], anchor: &[f64], delta: f64) -> Vec<f64> {
    let mut slope = lower.gradient(theta);
    vector::axpy(-delta, &vector::difference(theta, anchor), &mut slope);
    slope
}
