//! P_phi(lambda): the law of the mixing coefficient in `s_bar = lambda s + (1 - lambda) s'`.
//!
//! The two states are exchangeable, so only the symmetric part of a law matters. Every family is a symmetrised base law:
//! density `(p(l) + p(1-l)) / 2`, sampled as the base quantile of one uniform, mirrored or not by a second one.
//!
//! Where the quantile has no closed form (Beta, mixture) the distribution function is inverted and draws are differentiated
//! implicitly: `F_phi(l) = u` gives `dl/dphi = -(dF/dphi) / p(l)`. Source: Figurnov, Mohamed and Mnih, "Implicit
//! reparameterization gradients", NeurIPS 2018.

mod beta;
mod kumaraswamy;
mod logs;
mod mixture;
pub(crate) mod normal;
mod special;

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use xmrl_envs::rng::Stream;
use xmrl_meta::LambdaLaw;

use crate::error::{Result, XmrlError, check_finite};
use beta::Beta;
use logs::Logs;
use mixture::Mixture;

/// Draws are kept this far from 0 and 1, where log-densities may be infinite.
const EDGE: f64 = 1e-12;

/// The longest phi.
const MOST: usize = mixture::PARAMETERS;

/// A family of mixing laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MixFamily {
    /// U(0,1), no parameter: the fixed-mixup baseline.
    Uniform,
    /// Kumaraswamy(a, b) symmetrised, phi = (ln a, ln b); `a = b = 1` is U(0,1).
    Kumaraswamy,
    /// `logit l ~ N(mu, sigma²)` symmetrised, so an even mixture of modes at ±mu, phi = (mu, ln sigma).
    LogitNormal,
    /// Beta(a, b) symmetrised, phi = (ln a, ln b); `a = b = 1` is U(0,1), `a = b` the law of plain mixup. The exchange of a
    /// and b changes nothing, so from the start the expected gradient stays on `a = b`.
    Beta,
    /// Three Kumaraswamys symmetrised, phi = (eta_1, eta_2, ln a_1, ln b_1, .. ln a_3, ln b_3) with weights
    /// softmax(eta_1, eta_2, 0). Its start is U(0,1) exactly and has three different components (1, 3), (3, 1), (2, 2).
    Mixture,
}

impl MixFamily {
    /// Every family, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Uniform, Self::Kumaraswamy, Self::LogitNormal, Self::Beta, Self::Mixture];

    /// The name in specs and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Kumaraswamy => "kumaraswamy",
            Self::LogitNormal => "logit-normal",
            Self::Beta => "beta",
            Self::Mixture => "mixture",
        }
    }

    /// How many parameters phi has.
    #[must_use]
    pub const fn parameters(self) -> usize {
        self.bounds().len()
    }

    /// The box that phi is kept in: `a`, `b` and `sigma` between about 1/20 and 20 (sigma to 7.4), `|mu| <= 6`, weights of a
    /// mixture within a factor of 55 of its last one's. Outside it the laws are point masses to rounding.
    #[must_use]
    pub const fn bounds(self) -> &'static [(f64, f64)] {
        match self {
            Self::Uniform => &[],
            Self::Kumaraswamy | Self::Beta => &[(-3.0, 3.0), (-3.0, 3.0)],
            Self::LogitNormal => &[(-6.0, 6.0), (-3.0, 2.0)],
            Self::Mixture => &mixture::BOUNDS,
        }
    }
}

impl fmt::Display for MixFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MixFamily {
    type Err = XmrlError;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name).ok_or_else(|| {
            let nearest = Self::ALL.into_iter().min_by_key(|family| edit_distance(name, family.name()));
            XmrlError::UnknownFamily { given: name.to_owned(), nearest: nearest.unwrap_or(Self::Uniform).name() }
        })
    }
}

/// A mixing law: a family with its parameters phi.
#[derive(Debug, Clone, PartialEq)]
pub struct MixDistribution {
    family: MixFamily,
    phi: Vec<f64>,
}

impl MixDistribution {
    /// The start of learning: U(0,1), or for the logit-normal `mu = 1/2, sigma² = pi²/3 - 1/4`, whose logit has the variance
    /// of U(0,1)'s and which is .014 nats from it (`mu = 0` is a stationary point of every symmetric objective).
    #[must_use]
    pub fn start(family: MixFamily) -> Self {
        let phi = match family {
            MixFamily::Uniform => vec![],
            MixFamily::Kumaraswamy | MixFamily::Beta => vec![0.0, 0.0],
            MixFamily::LogitNormal => vec![0.5, 0.5 * (PI * PI / 3.0 - 0.25).ln()],
            MixFamily::Mixture => mixture::start(),
        };
        Self { family, phi }
    }

    /// The law of `family` with parameters `phi`.
    ///
    /// # Errors
    /// [`XmrlError::Shape`], [`XmrlError::NonFinite`], or [`XmrlError::Option`] outside [`MixFamily::bounds`].
    pub fn new(family: MixFamily, phi: &[f64]) -> Result<Self> {
        if phi.len() != family.parameters() {
            let expected = family.parameters();
            return Err(XmrlError::Shape { name: format!("phi of {family}"), shape: "[F]", expected, got: phi.len() });
        }
        check_finite("phi", phi)?;
        for (value, (low, high)) in phi.iter().zip(family.bounds()) {
            if !(*low..=*high).contains(value) {
                let got = format!("{value} for {family}, outside [{low}, {high}]");
                return Err(XmrlError::Option { key: "augment.phi", got, fix: "stay inside the family's box" });
            }
        }
        Ok(Self { family, phi: phi.to_vec() })
    }

    /// The family.
    #[must_use]
    pub fn family(&self) -> MixFamily {
        self.family
    }

    /// The parameters phi `[F]`.
    #[must_use]
    pub fn phi(&self) -> &[f64] {
        &self.phi
    }

    /// The law after the ascent step `phi + rate * gradient`, clamped to [`MixFamily::bounds`].
    ///
    /// # Errors
    /// [`XmrlError::Shape`], [`XmrlError::NonFinite`].
    pub fn ascended(&self, gradient: &[f64], rate: f64) -> Result<Self> {
        let step = |((phi, slope), (low, high)): ((&f64, &f64), &(f64, f64))| (phi + rate * slope).clamp(*low, *high);
        check_finite("rate", &[rate])?;
        if gradient.len() != self.phi.len() {
            let (expected, got) = (self.phi.len(), gradient.len());
            return Err(XmrlError::Shape { name: "phi gradient".into(), shape: "[F]", expected, got });
        }
        check_finite("phi gradient", gradient)?;
        let phi = self.phi.iter().zip(gradient).zip(self.family.bounds()).map(step).collect();
        Ok(Self { family: self.family, phi })
    }

    /// One draw of lambda from two uniforms in [0,1): the base quantile at `u`, mirrored to `1 - l` where `flip >= 1/2`
    /// (U(0,1) itself is never mirrored).
    #[must_use]
    pub fn sample(&self, u: f64, flip: f64) -> f64 {
        self.sample_with_gradient(u, flip, &mut [0.0; MOST][..self.phi.len()])
    }

    /// [`sample`](Self::sample), writing the pathwise derivative `d lambda / d phi [F]` at fixed uniforms into `slope`.
    ///
    /// The flip does not depend on phi, so the derivative is ± that of the base quantile; 0 where the draw is clamped to
    /// `[1e-12, 1 - 1e-12]`.
    pub fn sample_with_gradient(&self, u: f64, flip: f64, slope: &mut [f64]) -> f64 {
        debug_assert_eq!(slope.len(), self.phi.len());
        let u = u.clamp(f64::EPSILON * 0.25, 1.0 - f64::EPSILON * 0.5);
        let base = match self.family {
            MixFamily::Uniform => u,
            MixFamily::Kumaraswamy => kumaraswamy::quantile(&self.phi, u, slope),
            MixFamily::LogitNormal => {
                let noise = self.phi[1].exp() * normal::quantile(u);
                let l = 1.0 / (1.0 + (-(self.phi[0] + noise)).exp());
                slope[0] = l * (1.0 - l);
                slope[1] = l * (1.0 - l) * noise;
                l
            }
            MixFamily::Beta => Beta::new(&self.phi).quantile(u, slope),
            MixFamily::Mixture => Mixture::new(&self.phi).quantile(u, slope),
        };
        // U(0,1) is symmetric as it is, and draws what a plain uniform draws.
        let mirrored = flip >= 0.5 && self.family != MixFamily::Uniform;
        if mirrored {
            slope.iter_mut().for_each(|entry| *entry = -*entry);
        }
        let lambda = if mirrored { 1.0 - base } else { base };
        let clamped = lambda.clamp(EDGE, 1.0 - EDGE);
        if clamped != lambda {
            slope.fill(0.0);
        }
        clamped
    }

    /// The density of lambda on (0,1).
    #[must_use]
    pub fn density(&self, lambda: f64) -> f64 {
        self.log_density(lambda).exp()
    }

    /// `log P_phi(lambda) = log((p(l) + p(1-l)) / 2)`; minus infinity outside (0,1).
    #[must_use]
    pub fn log_density(&self, lambda: f64) -> f64 {
        self.log_density_with_gradient(lambda, &mut [0.0; MOST][..self.phi.len()])
    }

    /// [`log_density`](Self::log_density), writing `d log P / d phi [F]` at fixed lambda into `score`.
    pub fn log_density_with_gradient(&self, lambda: f64, score: &mut [f64]) -> f64 {
        debug_assert_eq!(score.len(), self.phi.len());
        score.fill(0.0);
        if !(lambda > 0.0 && lambda < 1.0) {
            return f64::NEG_INFINITY;
        }
        let (at, mut direct_score, mut mirror_score) = (Logs::at(lambda), [0.0; MOST], [0.0; MOST]);
        let direct = self.base(at, &mut direct_score[..score.len()]);
        let mirror = self.base(at.mirrored(), &mut mirror_score[..score.len()]);
        let top = direct.max(mirror);
        let ratio = (direct.min(mirror) - top).exp();
        let share = if direct >= mirror { 1.0 / (1.0 + ratio) } else { ratio / (1.0 + ratio) };
        for (index, entry) in score.iter_mut().enumerate() {
            *entry = share * direct_score[index] + (1.0 - share) * mirror_score[index];
        }
        top + (0.5 * (1.0 + ratio)).ln()
    }

    /// Log-density of the base law, writing its derivatives with respect to phi.
    fn base(&self, at: Logs, score: &mut [f64]) -> f64 {
        match self.family {
            MixFamily::Uniform => 0.0,
            MixFamily::Kumaraswamy => kumaraswamy::log_density(&self.phi, at, score),
            MixFamily::LogitNormal => {
                let sigma = self.phi[1].exp();
                let z = (at.l - at.rest - self.phi[0]) / sigma;
                (score[0], score[1]) = (z / sigma, z * z - 1.0);
                -0.5 * z * z - self.phi[1] - 0.5 * (2.0 * PI).ln() - at.l - at.rest
            }
            MixFamily::Beta => Beta::new(&self.phi).log_density(at, score),
            MixFamily::Mixture => Mixture::new(&self.phi).log_density(at, score),
        }
    }
}

impl LambdaLaw for MixDistribution {
    /// The quantile at uniform 0 of step 0, mirrored by uniform 1; U(0,1) draws what [`xmrl_meta::UniformLaw`] draws.
    fn sample(&self, stream: &Stream, task: u32, episode: u32) -> f64 {
        MixDistribution::sample(self, stream.uniform(task, episode, 0, 0), stream.uniform(task, episode, 0, 1))
    }
}

/// Insertions, deletions and substitutions that turn `a` into `b`.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
