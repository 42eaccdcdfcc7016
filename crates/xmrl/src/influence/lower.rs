//! Moving the lower level: the weighted meta-objective maximised on fixed rollouts.

use xmrl_autodiff::{CgOptions, DampedOptions, solve_damped, vector};

use crate::error::{Result, XmrlError, check_finite, check_len};

/// `F(theta) = sum_i omega_i J_i(theta)` on fixed rollouts, with its exact derivatives.
pub trait LowerLevel {
    /// `F(theta)`.
    ///
    /// # Errors
    /// The objective's own.
    fn value(&mut self, theta: &[f64]) -> Result<f64>;

    /// Writes `grad F(theta) [Q]`; later [`hvp`](Self::hvp) calls are at this point.
    ///
    /// # Errors
    /// The objective's own.
    fn gradient(&mut self, theta: &[f64], out: &mut [f64]) -> Result<()>;

    /// Writes `(hess F) v [Q]` at the point of the last [`gradient`](Self::gradient).
    ///
    /// # Errors
    /// The objective's own.
    fn hvp(&mut self, v: &[f64], out: &mut [f64]) -> Result<()>;
}

/// How far the lower level is polished.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolishOptions {
    /// Weight of the proximal term.
    pub delta: f64,
    /// Stop where `|grad Phi|` is at most this. Default 1e-6.
    pub tolerance: f64,
    /// Most Newton steps; 0 reports the residual of the start. Default 20.
    pub max_steps: usize,
    /// Most Hessian products of one step. Default 60.
    pub max_products: usize,
    /// Relative residual at which a step's linear solve stops; the lesser of this and `sqrt |grad Phi|`. Default .1.
    pub forcing: f64,
    /// Halvings of a step before it is given up. Default 30.
    pub max_halvings: usize,
}

impl Default for PolishOptions {
    fn default() -> Self {
        Self { delta: 20.0, tolerance: 1e-6, max_steps: 20, max_products: 60, forcing: 0.1, max_halvings: 30 }
    }
}

/// Where the lower level ended, and how. Stopping short of the tolerance is a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Polish {
    /// `theta [Q]`.
    pub theta: Vec<f64>,
    /// `Phi` there.
    pub value: f64,
    /// `Phi` there less `Phi` at the start.
    pub gain: f64,
    /// `|grad Phi|` there.
    pub residual: f64,
    /// Whether the residual met the tolerance.
    pub converged: bool,
    /// Newton steps taken.
    pub steps: usize,
    /// Hessian products made.
    pub products: usize,
    /// Whether `delta I - hess F` was indefinite at any step (that step used a greater damping).
    pub negative_curvature: bool,
    /// `|grad Phi|` at the start and after each step.
    pub history: Vec<f64>,
}

/// Maximises `Phi(theta) = F(theta) - delta/2 |theta - anchor|^2` from `start` by Newton steps with conjugate gradients.
///
/// A step solves `(delta I - hess F) p = grad Phi`, damped further until positive definite so that p always ascends, then
/// halves it until `Phi` gains at least 1e-4 of the slope. Where the gain drowns in the rounding of `Phi`, the step is
/// accepted if it lessens `|grad Phi|` instead, which lets the residual reach rounding too. A step that no halving makes
/// acceptable ends the run.
/// Source: Nocedal and Wright, Numerical Optimization, section 7.1; approximate acceptance as in Hager and Zhang 2005.
///
/// # Errors
/// Wrong shapes, non-finite numbers, options out of range, the objective's own. A trial point whose value is not finite is
/// halved, not an error.
pub fn polish(lower: &mut dyn LowerLevel, start: &[f64], anchor: &[f64], options: &PolishOptions) -> Result<Polish> {
    let q = start.len();
    check_len("anchor", "[Q]", anchor.len(), q)?;
    check_finite("anchor", anchor)?;
    check_finite("start", start)?;
    if !(options.delta.is_finite() && options.delta >= 0.0) {
        let got = options.delta.to_string();
        return Err(XmrlError::Option { key: "explain.delta", got, fix: "give a finite number, at least 0" });
    }
    let delta = options.delta;
    let mut theta = start.to_vec();
    let mut value = objective(lower, &theta, anchor, delta)?;
    check_finite("lower objective", &[value])?;
    let first = value;
    let mut slope = ascent(lower, &theta, anchor, delta)?;
    let mut residual = vector::norm(&slope);
    let mut history = vec![residual];
    let (mut steps, mut products, mut negative_curvature) = (0, 0, false);

    while residual > options.tolerance && steps < options.max_steps {
        let cg = CgOptions {
            max_iterations: options.max_products,
            tolerance: options.forcing.min(residual.sqrt()),
            damping: delta,
        };
        let negated = |u: &[f64], out: &mut [f64]| -> Result<()> {
            lower.hvp(u, out)?;
            vector::scale(-1.0, out);
            Ok(())
        };
        let (direction, info) = solve_damped(negated, &slope, None, DampedOptions { cg, max_restarts: 60 })?;
        products += info.iterations;
        negative_curvature |= info.negative_curvature;
        let rate = vector::dot(&slope, &direction);
        let Some((next, next_value, next_slope)) =
            search(lower, &theta, value, residual, &direction, rate, anchor, options)?
        else {
            // The point may have moved inside `lower` during the search; what is returned has not.
            break;
        };
        theta = next;
        value = next_value;
        slope = next_slope;
        residual = vector::norm(&slope);
        history.push(residual);
        steps += 1;
    }
    let converged = residual <= options.tolerance;
    Ok(Polish { theta, value, gain: value - first, residual, converged, steps, products, negative_curvature, history })
}

type Accepted = (Vec<f64>, f64, Vec<f64>);

fn search(
    lower: &mut dyn LowerLevel,
    theta: &[f64],
    value: f64,
    residual: f64,
    direction: &[f64],
    rate: f64,
    anchor: &[f64],
    options: &PolishOptions,
) -> Result<Option<Accepted>> {
    let rounding = 1e-12 * value.abs().max(f64::MIN_POSITIVE);
    let mut step = 1.0;
    for _ in 0..=options.max_halvings {
        let mut trial = theta.to_vec();
        vector::axpy(step, direction, &mut trial);
        let trial_value = objective(lower, &trial, anchor, options.delta)?;
        let gain = trial_value - value;
        let enough = gain.is_finite() && gain >= 1e-4 * step * rate && gain > rounding;
        if enough || gain.abs() <= rounding {
            let slope = ascent(lower, &trial, anchor, options.delta)?;
            if enough || vector::norm(&slope) < residual {
                return Ok(Some((trial, trial_value, slope)));
            }
        }
        step *= 0.5;
    }
    Ok(None)
}

fn objective(lower: &mut dyn LowerLevel, theta: &[f64], anchor: &[f64], delta: f64) -> Result<f64> {
    let moved = vector::difference(theta, anchor);
    Ok(lower.value(theta)? - 0.5 * delta * vector::dot(&moved, &moved))
}

fn ascent(lower: &mut dyn LowerLevel, theta: &[f64], anchor: &[f64], delta: f64) -> Result<Vec<f64>> {
    let mut slope = vec![0.0; theta.len()];
    lower.gradient(theta, &mut slope)?;
    vector::axpy(-delta, &vector::difference(theta, anchor), &mut slope);
    check_finite("lower gradient", &slope)?;
    Ok(slope)
}
