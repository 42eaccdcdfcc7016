//! One evaluation of the augmentation objective: the information that mixed starts carry, and its phi-gradient.
//!
//! M coefficient sets fly the same pairs of visited states with the same action noise; only lambda differs by set. The
//! response of set m is `r_m = sum_j c_mj`, one part an episode: the gradient contribution of episode j. From the M responses
//! come form (i) of the CMI ([`crate::mixture_cmi`]) and its null; from the scores at the mixed states form (ii)
//! ([`crate::mean_gain`]). Either is the objective; its phi-gradient is by the score function or along the path of the draws.

mod ascent;
mod draws;
mod episodes;
mod request;

use xmrl_envs::MixCounts;
use xmrl_envs::rng::Stream;

pub use episodes::{CriticalEpisodes, CriticalRequest, PosteriorOptions};
pub use request::{AugmentOptions, GradientBy, MixedEpisodes, Objective, SetGradients};

use crate::cmi::{cmi_value, information_gain, mixture_cmi, upper_bound};
use crate::error::{Result, XmrlError, check_len};
use crate::mixdist::MixDistribution;
use crate::posterior::{Covariance, Spread};
use draws::{Draws, grouped};

/// Most coefficient sets: noise numbers stay clear of those that preparing draws.
const MOST_SETS: usize = 4096;

/// Most samples of form (ii) as a figure: each costs a product with Sigma.
const MOST_SAMPLES: usize = 64;

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
    /// Environment steps of these episodes.
    pub env_steps: usize,
    /// Episodes that asked for a pair; a pair is that of all sets.
    pub pairs: usize,
    /// Infeasible mixtures of these episodes and what became of them.
    pub mix_counts: MixCounts,
}

/// Evaluates the information of mixed episodes whose coefficients follow `law`.
///
/// Coefficient (m, j) is drawn at (task j, episode m) of `lambdas`. The null compares the first set with one more that shares
/// its coefficients (two are enough: it is exactly 0 for any number); the noise null flies M more. Neither is needed to
/// ascend the objective, so neither is flown unless it is asked for.
///
/// Where pairs are redrawn (see [`CriticalEpisodes`]) a pair depends weakly on the other sets' coefficients, a bias of the
/// order of the share of redrawn pairs.
///
/// # Errors
/// [`XmrlError::Option`] for fewer than two sets or a group that does not divide J; those of the episodes and of `sigma`.
pub fn augment(
    episodes: &mut dyn MixedEpisodes,
    law: &MixDistribution,
    sigma: &mut dyn Covariance,
    options: &AugmentOptions,
    lambdas: &Stream,
) -> Result<Augmentation> {
    let AugmentOptions { sets, group, .. } = *options;
    let (units, width) = (episodes.units(), episodes.parameters());
    if !(2..=MOST_SETS).contains(&sets) {
        let fix = "give 2 to 4096 coefficient sets";
        return Err(XmrlError::Option { key: "augment.sets", got: sets.to_string(), fix });
    }
    if group == 0 || units == 0 || units % group != 0 {
        let got = format!("{group} of {units} episodes");
        return Err(XmrlError::Option { key: "augment.group", got, fix: "give a divisor of the number of episodes" });
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
    let flown = episodes.fly(&lambda, flown_sets, 0)?;
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
            let alone = episodes.fly(shared, 1, 1 + set as u16)?;
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

#[cfg(test)]
mod tests;
