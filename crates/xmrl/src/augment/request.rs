//! What an evaluation is asked: episodes from mixed states, the objective and its gradient, how many of each.

use std::str::FromStr;

use xmrl_envs::MixCounts;

use crate::error::{Result, XmrlError};

/// What some sets of mixed episodes gave.
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

/// Episodes from mixed states, however they are flown.
pub trait MixedEpisodes {
    /// J, episodes (and coefficients) of a set.
    fn units(&self) -> usize;

    /// P, the length of a gradient.
    fn parameters(&self) -> usize;

    /// Flies `lambda [M,J]`. Episode j of every set has the same pair of parents and the same action noise, a function of
    /// `noise` and j; another `noise` number gives independent ones.
    ///
    /// # Errors
    /// Whatever the episodes meet.
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
    /// Along the path of the draws: slopes in lambda are central differences of episodes under common random numbers, two
    /// more episodes for each. Less noisy; for worlds in which an episode is a smooth function of its start.
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
    /// Episodes that share one credit in the score-function gradient of form (i) (a divisor of J): 1 is the least noisy,
    /// larger groups need fewer products with Sigma (M J / group). Default 1.
    pub group: usize,
    /// S, samples of each set where form (ii) is the objective, spread evenly over the J episodes (all of them where fewer);
    /// M S products with Sigma. Default 16.
    pub samples: usize,
    /// Also measure the null: one more set, with the first one's draw of lambda. Default false.
    pub null: bool,
    /// Also measure the noise null: M sets with one lambda draw but noise and pairs of their own. Default false.
    pub noise_null: bool,
    /// Also measure form (ii) on the first set's scores, at most 64 of them, spread evenly over its episodes. Default false.
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
