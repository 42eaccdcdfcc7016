//! The objective of one evaluation and its phi-gradient: two forms, each by two routes.

use xmrl_autodiff::vector;

use super::draws::{Draws, grouped};
use super::request::{AugmentOptions, GradientBy, Objective, SetGradients};
use crate::cmi::{Cmi, mean_gain, pathwise_gradient, unit_score_gradient};
use crate::error::{Result, check_len};
use crate::posterior::{Covariance, Spread};

/// Half the distance in lambda over which episodes are differenced: far above the rounding of single-precision episodes, small
/// against the width of any law, and wide enough that an episode's jumps (see [`slopes`]) do not drown its slope.
const STEP: f64 = 0.02;

/// The coefficients, all of them moved up, all of them moved down: `[3M,J]`, kept in [0,1].
pub(super) fn perturbed(lambda: &[f64]) -> Vec<f64> {
    let moved = |by: f64| lambda.iter().map(move |l| (l + by).clamp(0.0, 1.0));
    lambda.iter().copied().chain(moved(STEP)).chain(moved(-STEP)).collect()
}

/// `d row / d lambda` from rows `[3M,J,width]` of [`perturbed`] coefficients: `[M,J,width]`.
///
/// Episode j depends on its own coefficient alone, so one difference holds all slopes of a set. Where an episode jumps (it
/// reaches its goal, or touches an obstacle, only on one side) the difference carries the jump over its width: what is
/// estimated is the slope of the expectation smoothed over 2 STEP, and jumps are its noise.
pub(super) fn slopes(rows: &[f64], lambda: &[f64], width: usize) -> Vec<f64> {
    let size = lambda.len() * width;
    let [up, down] = [1, 2].map(|part| &rows[part * size..(part + 1) * size]);
    let mut out = vector::difference(up, down);
    for (row, l) in out.chunks_exact_mut(width.max(1)).zip(lambda) {
        let distance = (l + STEP).min(1.0) - (l - STEP).max(0.0);
        vector::scale(1.0 / distance, row);
    }
    out
}

/// `samples` of the `units` rows `[width]` of each of the first `sets` sets, spread evenly over the units (which are
/// task-major, so over the tasks): `[sets, samples, width]`.
pub(super) fn evenly(rows: &[f64], width: usize, [sets, units, samples]: [usize; 3]) -> Vec<f64> {
    let row = |index: usize| index / samples * units + index % samples * units / samples;
    (0..sets * samples).flat_map(|index| rows[row(index) * width..][..width].iter().copied()).collect()
}

/// Value and phi-gradient `[F]` of the objective asked for.
pub(super) fn objective(
    cmi: &Cmi,
    spread: &Spread,
    flown: &SetGradients,
    draws: &Draws,
    sigma: &mut dyn Covariance,
    options: &AugmentOptions,
) -> Result<(f64, Vec<f64>)> {
    match options.objective {
        Objective::Mixture => Ok((cmi.value, mixture_gradient(cmi, spread, flown, draws, sigma, options)?)),
        Objective::InformationGain => gain(spread, flown, draws, sigma, options),
    }
}

fn mixture_gradient(
    cmi: &Cmi,
    spread: &Spread,
    flown: &SetGradients,
    draws: &Draws,
    sigma: &mut dyn Covariance,
    options: &AugmentOptions,
) -> Result<Vec<f64>> {
    let (phi, width) = (draws.phi, spread.parameters);
    match options.gradient {
        _ if phi == 0 => Ok(Vec::new()),
        GradientBy::Score => {
            let (parts, scores) = (
                grouped(&flown.parts[..draws.lambda.len() * width], options.group, width),
                grouped(&draws.scores, options.group, phi),
            );
            unit_score_gradient(spread, &parts, &scores, phi, sigma)
        }
        GradientBy::Pathwise => {
            let slopes = slopes(&flown.parts, &draws.lambda, width);
            pathwise_gradient(cmi, &slopes, &draws.slopes, spread.sets, phi)
        }
    }
}

fn gain(
    spread: &Spread,
    flown: &SetGradients,
    draws: &Draws,
    sigma: &mut dyn Covariance,
    options: &AugmentOptions,
) -> Result<(f64, Vec<f64>)> {
    let (sets, width, phi) = (spread.sets, spread.parameters, draws.phi);
    let units = draws.lambda.len() / sets;
    check_len("scores", "[M,J,P]", flown.scores.len(), flown.parts.len())?;
    let samples = options.samples.clamp(1, units);
    let pick = |rows: &[f64], width: usize| evenly(rows, width, [sets, units, samples]);
    let scores = pick(&flown.scores, width);
    let gain = mean_gain(&scores, sets, samples, sigma)?;
    let gradient = match options.gradient {
        _ if phi == 0 => Vec::new(),
        GradientBy::Score => gain.score_gradient(&scores, &pick(&draws.scores, phi), phi)?,
        GradientBy::Pathwise => {
            let slopes = slopes(&flown.scores, &draws.lambda, width);
            gain.pathwise_gradient(&pick(&slopes, width), &pick(&draws.slopes, phi), phi)?
        }
    };
    Ok((gain.value, gradient))
}
