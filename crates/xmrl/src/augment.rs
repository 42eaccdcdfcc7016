//! One evaluation of the augmentation objective: the information that mixed starts carry, and its phi-gradient.
//!
//! M coefficient sets fly the same pairs of visited states with the same action noise; only lambda differs by set. The
//! response of set m is `r_m = sum_j c_mj`, one part a flight: the gradient contribution of flight j. From the M responses
//! come form (i) of the CMI ([`crate::mixture_cmi`]) and its null; from the scores at the mixed states form (ii)
//! ([`crate::mean_gain`]). Either is the objective; its phi-gradient is by the score function or along the path of the draws.

mod ascent;
mod flights;

use std::str::FromStr;

use xmrl_autodiff::vector;
use xmrl_envs::MixCounts;
use xmrl_envs::rng::Stream;

pub use flights::{CriticalFlights, CriticalRequest, PosteriorOptions};

use crate::cmi::{cmi_value, information_gain, mixture_cmi, upper_bound};
use crate::error::{Result, XmrlError, check_len};
use crate::mixdist::MixDistribution;
use crate::posterior::{Covariance, Spread};

/// Most coefficient sets: noise numbers stay clear of those that preparing draws.
const MOST_SETS: usize = 4096;

/// Most samples of form (ii) as a figure: each costs a product with Sigma.
const MOST_SAMPLES: usize = 64;

/// What some sets of mixed flights gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SetGradients {
    /// Gradient contributions `[M,J,P]`; a set's response is their sum.
    pub parts: Vec<f64>,
    /// Scores `d log pi(a|s_bar) / d theta` at the mixed states, `[M,J,P]`; may be empty where form (ii) is not asked for.
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
    fn fly(&mut self, lambda: &[f64], sets: usize, noise: u16) -> Result<SetGradients>;
}

/// What phi ascends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// Form (i), the information of the mixture of posteriors.
    Mixture,
    /// Form (ii), the information gain of the scores at mixed states.
    InformationGain,
}

/// How its phi-gradient is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GradientBy {
    /// The score function with counterfactual baselines: needs no derivative of the world, unbiased.
    Score,
    /// Along the path of the draws: slopes in lambda are central differences of flights under common random numbers, two
    /// more flights for each. Less noisy; for worlds in which a flight is a smooth function of its start.
    Pathwise,
}

macro_rules! named {
    ($type:ident, $key:literal, $($name:literal => $variant:ident),+) => {
        impl FromStr for $type {
            type Err = XmrlError;

            fn from_str(name: &str) -> Result<Self> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(XmrlError::Option { key: $key, got: name.to_owned(), fix: concat!("give one of" $(, " ", $name)+) }),
                }
            }
        }
    };
}

named!(Objective, "augment.objective", "mixture" => Mixture, "information-gain" => InformationGain);
named!(GradientBy, "augment.gradient", "score" => Score, "pathwise" => Pathwise);

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AugmentOptions {
    /// M, coefficient sets, at least 2. Default 8.
    pub sets: usize,
    /// What phi ascends. Default form (i).
    pub objective: Objective,
    /// How its gradient is estimated. Default by the score function.
    pub gradient: GradientBy,
    /// Flights that share one credit in the score-function gradient of form (i) (a divisor of J): 1 is the least noisy,
    /// larger groups need fewer products with Sigma (M J / group). Default 1.
    pub group: usize,
    /// S, samples of each set where form (ii) is the objective, spread evenly over the J flights (all of them where fewer);
    /// M S products with Sigma. Default 16.
    pub samples: usize,
    /// Also measure the null: one more set, with the first one's draw of lambda. Default false.
    pub null: bool,
    /// Also measure the noise null: M sets with one lambda draw but noise and pairs of their own. Default false.
    pub noise_null: bool,
    /// Also measure form (ii) on the first set's scores, at most 64 of them, spread evenly over its flights. Default false.
    pub information_gain: bool,
}

impl Default for AugmentOptions {
    fn default() -> Self {
        Self {
            sets: 8,
            objective: Objective::Mixture,
            gradient: GradientBy::Score,
            group: 1,
            samples: 16,
            null: false,
            noise_null: false,
            information_gain: false,
        }
    }
}

/// One evaluation of the objective. Standard errors: [`crate::mean_error`] over fresh ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Augmentation {
    /// The objective, nats: form (i), or the mean over sets of form (ii).
    pub value: f64,
    /// Form (i), nats.
    pub cmi: f64,
    /// Form (i) of two sets that share the first one's draw of lambda, where asked for: 0 if and only if random numbers are
    /// common.
    pub null: Option<f64>,
    /// The same with independent noise in every set, where asked for: what a CMI without common random numbers would hide.
    pub noise_null: Option<f64>,
    /// Form (ii), nats, where asked for.
    pub information_gain: Option<f64>,
    /// Form (iii), nats: an upper bound, positive even for a fixed lambda.
    pub upper_bound: f64,
    /// Estimate of the derivative of the expected objective with respect to phi, `[F]`.
    pub gradient: Vec<f64>,
    /// Largest relative residual of a product with Sigma; 0 where nothing is solved for.
    pub residual: f64,
    /// Environment steps of these flights.
    pub env_steps: usize,
    /// Flights that asked for a pair; a pair is that of all sets.
    pub pairs: usize,
    /// Infeasible mixtures of these flights and what became of them.
    pub mix_counts: MixCounts,
}

/// Evaluates the information of mixed flights whose coefficients follow `law`.
///
/// Coefficient (m, j) is drawn at (task j, episode m) of `lambdas`. The null compares the first set with one more that shares
/// its coefficients (two are enough: it is exactly 0 for any number); the noise null flies M more. Neither is needed to
/// ascend the objective, so neither is flown unless it is asked for.
///
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
    let (units, width) = (flights.units(), flights.parameters());
    if !(2..=MOST_SETS).contains(&sets) {
        let fix = "give 2 to 4096 coefficient sets";
        return Err(XmrlError::Option { key: "augment.sets", got: sets.to_string(), fix });
    }
    if group == 0 || units == 0 || units % group != 0 {
        let got = format!("{group} of {units} flights");
        return Err(XmrlError::Option { key: "augment.group", got, fix: "give a divisor of the number of flights" });
    }

    let draws = Draws::of(law, sets, units, lambdas);
    // Perturbed coefficients fly in the same call, so that a redrawn pair is redrawn for all of them.
    let (mut flown_sets, mut lambda) = match options.gradient {
        GradientBy::Pathwise if draws.phi > 0 => (3 * sets, ascent::perturbed(&draws.lambda)),
        _ => (sets, draws.lambda.clone()),
    };
    let shared = &draws.lambda[..units];
    if options.null {
        // In the same call for the same reason: the first set's pairs answer to all coefficients.
        lambda.extend_from_slice(shared);
        flown_sets += 1;
    }
    let flown = flights.fly(&lambda, flown_sets, 0)?;
    check_len("parts", "[M,J,P]", flown.parts.len(), flown_sets * units * width)?;
    let responses = grouped(&flown.parts[..sets * units * width], units, width);
    let spread = Spread::new(&responses, sets, sigma)?;
    let cmi = mixture_cmi(&spread)?;
    let (value, gradient) = ascent::objective(&cmi, &spread, &flown, &draws, sigma, options)?;
    let mut out = Augmentation {
        value,
        cmi: cmi.value,
        null: None,
        noise_null: None,
        information_gain: None,
        upper_bound: upper_bound(&responses, sets, sigma)?,
        gradient,
        residual: 0.0,
        env_steps: flown.env_steps,
        pairs: units,
        mix_counts: flown.mix_counts,
    };
    let count = |more: &SetGradients, out: &mut Augmentation| {
        out.env_steps += more.env_steps;
        out.pairs += units;
        out.mix_counts += more.mix_counts;
    };

    if options.null {
        let again = grouped(&flown.parts[(flown_sets - 1) * units * width..], units, width);
        out.null = Some(cmi_value(&[&responses[..width], &again].concat(), 2, sigma)?);
    }
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
        check_len("scores", "[M,J,P]", flown.scores.len(), flown.parts.len())?;
        let samples = units.min(MOST_SAMPLES);
        let scores = ascent::evenly(&flown.scores, width, [1, units, samples]);
        out.information_gain = Some(information_gain(&scores, samples, sigma)?);
    }
    out.residual = sigma.worst().map_or(0.0, |info| info.residual);
    Ok(out)
}

/// The coefficients of M sets of J flights, with both derivatives of each.
struct Draws {
    /// F.
    phi: usize,
    /// `[M,J]`.
    lambda: Vec<f64>,
    /// `d log P / d phi` at the coefficients, `[M,J,F]`.
    scores: Vec<f64>,
    /// `d lambda / d phi` at fixed uniforms, `[M,J,F]`.
    slopes: Vec<f64>,
}

impl Draws {
    fn of(law: &MixDistribution, sets: usize, units: usize, lambdas: &Stream) -> Self {
        let (phi, count) = (law.phi().len(), sets * units);
        let (mut scores, mut slopes) = (vec![0.0; count * phi], vec![0.0; count * phi]);
        let draw = |index: usize| {
            let (set, unit) = ((index / units) as u32, (index % units) as u32);
            let at = index * phi..(index + 1) * phi;
            let uniforms = [0, 1].map(|k| lambdas.uniform(unit, set, 0, k));
            let lambda = law.sample_with_gradient(uniforms[0], uniforms[1], &mut slopes[at.clone()]);
            law.log_density_with_gradient(lambda, &mut scores[at]);
            lambda
        };
        let lambda = (0..count).map(draw).collect();
        Self { phi, lambda, scores, slopes }
    }
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
