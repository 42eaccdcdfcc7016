//! One evaluation of the augmentation objective: the information that mixed starts carry, and its phi-gradient.
//!
//! M coefficient sets fly the same pairs of visited states with the same action noise; only lambda differs by set. The
//! response of set m is `r_m = sum_j c_mj`, one part a flight: the gradient contribution of flight j. From the M responses
//! come form (i) of the CMI ([`crate::mixture_cmi`]), its null, and the phi-gradient by the score function.

mod flights;

use xmrl_autodiff::vector;
use xmrl_envs::MixCounts;
use xmrl_envs::rng::Stream;

pub use flights::{CriticalFlights, CriticalRequest, PosteriorOptions};

use crate::cmi::{cmi_value, information_gain, mixture_cmi, unit_score_gradient, upper_bound};
use crate::error::{Result, XmrlError, check_len};
use crate::mixdist::MixDistribution;
use crate::posterior::{Covariance, Spread};

/// Most coefficient sets: noise numbers stay clear of those that preparing draws.
const MOST_SETS: usize = 4096;

/// What some sets of mixed flights gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flown {
    /// Gradient contributions `[M,J,P]`; a set's response is their sum.
    pub parts: Vec<f64>,
    /// Scores `d log pi(a|s_bar) / d theta` at the mixed states of the first set, `[J,P]`; may be empty.
    pub scores: Vec<f64>,
    /// Environment steps taken.
    pub env_steps: usize,
    /// Infeasible mixtures and what became of them; a redraw throws away the pair of all sets.
    pub mix_counts: MixCounts,
}

/// Flights from mixed states, however they are flown.
pub trait MixedFlights {
    /// J, flights (and coefficients) of a set.
    fn units(&self) -> usize;

    /// P, the length of a gradient.
    fn parameters(&self) -> usize;

    /// Flies `lambda [M,J]`. Flight j of every set has the same pair of parents and the same action noise, a function of
    /// `noise` and j; another `noise` number gives independent ones.
    ///
    /// # Errors
    /// Whatever the flights meet.
    fn fly(&mut self, lambda: &[f64], sets: usize, noise: u16) -> Result<Flown>;
}

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AugmentOptions {
    /// M, coefficient sets, at least 2. Default 8.
    pub sets: usize,
    /// Flights that share one credit in the phi-gradient (a divisor of J): 1 is the least noisy, larger groups need fewer
    /// products with Sigma (M J / group). Default 1.
    pub group: usize,
    /// Also measure the noise null: M sets with one lambda draw but noise and pairs of their own. Default false.
    pub noise_null: bool,
    /// Also measure form (ii) on the first set's scores (at most 64 of them). Default false.
    pub information_gain: bool,
}

impl Default for AugmentOptions {
    fn default() -> Self {
        Self { sets: 8, group: 1, noise_null: false, information_gain: false }
    }
}

/// One evaluation of the objective. Standard errors: [`crate::mean_error`] over fresh ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Augmentation {
    /// Form (i), nats.
    pub cmi: f64,
    /// Form (i) where all sets share the first one's draw of lambda: 0 if and only if random numbers are common.
    pub null: f64,
    /// The same with independent noise in every set, where asked for: what a CMI without common random numbers would hide.
    pub noise_null: Option<f64>,
    /// Form (ii), nats, where asked for.
    pub information_gain: Option<f64>,
    /// Form (iii), nats: an upper bound, positive even for a fixed lambda.
    pub upper_bound: f64,
    /// Estimate of the derivative of the expected CMI with respect to phi, `[F]`.
    pub gradient: Vec<f64>,
    /// Largest relative residual of a product with Sigma; 0 where nothing is solved for.
    pub residual: f64,
    /// Environment steps of these flights.
    pub env_steps: usize,
    /// Infeasible mixtures of these flights and what became of them.
    pub mix_counts: MixCounts,
}

/// Evaluates the information of mixed flights whose coefficients follow `law`.
///
/// Coefficient (m, j) is drawn at (task j, episode m) of `lambdas`. The null flies two more sets that share the first
/// set's coefficients (two are enough: it is exactly 0 for any number); the noise null flies M more.
///
/// The phi-gradient needs no derivative of the world: [`unit_score_gradient`], with the counterfactual baseline.
/// Where pairs are redrawn (see [`CriticalFlights`]) a pair depends weakly on the other sets' coefficients, a bias of the
/// order of the share of redrawn pairs.
///
/// # Errors
/// [`XmrlError::Option`] for fewer than two sets or a group that does not divide J; those of the flights and of `sigma`.
pub fn augment(
    flights: &mut dyn MixedFlights,
    law: &MixDistribution,
    sigma: &mut dyn Covariance,
    options: &AugmentOptions,
    lambdas: &Stream,
) -> Result<Augmentation> {
    let AugmentOptions { sets, group, .. } = *options;
    let (units, width, phi) = (flights.units(), flights.parameters(), law.phi().len());
    if !(2..=MOST_SETS).contains(&sets) {
        let fix = "give 2 to 4096 coefficient sets";
        return Err(XmrlError::Option { key: "augment.sets", got: sets.to_string(), fix });
    }
    if group == 0 || units == 0 || units % group != 0 {
        let got = format!("{group} of {units} flights");
        return Err(XmrlError::Option { key: "augment.group", got, fix: "give a divisor of the number of flights" });
    }

    let mut scores = vec![0.0; sets * units * phi];
    let lambda: Vec<f64> = (0..sets * units)
        .map(|index| {
            let (set, unit) = ((index / units) as u32, (index % units) as u32);
            let lambda = law.sample(lambdas.uniform(unit, set, 0, 0), lambdas.uniform(unit, set, 0, 1));
            law.log_density_with_gradient(lambda, &mut scores[index * phi..(index + 1) * phi]);
            lambda
        })
        .collect();

    let flown = flights.fly(&lambda, sets, 0)?;
    check_len("parts", "[M,J,P]", flown.parts.len(), sets * units * width)?;
    let responses = grouped(&flown.parts, units, width);
    let spread = Spread::new(&responses, sets, sigma)?;
    let gradient = if phi == 0 {
        Vec::new()
    } else {
        let (parts, scores) = (grouped(&flown.parts, group, width), grouped(&scores, group, phi));
        unit_score_gradient(&spread, &parts, &scores, phi, sigma)?
    };
    let mut out = Augmentation {
        cmi: mixture_cmi(&spread)?.value,
        null: 0.0,
        noise_null: None,
        information_gain: None,
        upper_bound: upper_bound(&responses, sets, sigma)?,
        gradient,
        residual: 0.0,
        env_steps: flown.env_steps,
        mix_counts: flown.mix_counts,
    };
    let count = |more: &Flown, out: &mut Augmentation| {
        out.env_steps += more.env_steps;
        out.mix_counts += more.mix_counts;
    };

    let shared = &lambda[..units];
    let twice = flights.fly(&shared.repeat(2), 2, 0)?;
    count(&twice, &mut out);
    out.null = cmi_value(&grouped(&twice.parts, units, width), 2, sigma)?;
    if options.noise_null {
        let mut noisy = Vec::with_capacity(sets * width);
        for set in 0..sets {
            let alone = flights.fly(shared, 1, 1 + set as u16)?;
            count(&alone, &mut out);
            noisy.extend(grouped(&alone.parts, units, width));
        }
        out.noise_null = Some(cmi_value(&noisy, sets, sigma)?);
    }
    if options.information_gain {
        let samples = (flown.scores.len() / width.max(1)).min(64);
        out.information_gain = Some(information_gain(&flown.scores[..samples * width], samples, sigma)?);
    }
    out.residual = sigma.worst().map_or(0.0, |info| info.residual);
    Ok(out)
}

/// Sums of consecutive groups of `size` rows of `[n,width]`, in order.
fn grouped(rows: &[f64], size: usize, width: usize) -> Vec<f64> {
    let mut out = vec![0.0; rows.len() / size];
    for (index, row) in rows.chunks_exact(width).enumerate() {
        vector::axpy(1.0, row, &mut out[index / size * width..][..width]);
    }
    out
}

#[cfg(test)]
mod tests;
