//! What a part of the theory gives: claims with their figures, and a picture.

/// How a measured figure is held against the expected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `|measured - expected| <= tolerance`.
    Equal,
    /// `measured <= expected + tolerance`.
    AtMost,
    /// `measured > expected + tolerance`.
    Above,
}

impl Relation {
    /// Its sign.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::AtMost => "≤",
            Self::Above => ">",
        }
    }
}

/// One claim with its figure.
#[derive(Debug, Clone, PartialEq)]
pub struct TheoryCheck {
    /// What was measured.
    pub name: &'static str,
    /// What the theory says of it.
    pub claim: &'static str,
    /// The figure.
    pub measured: f64,
    /// What it is held against.
    pub expected: f64,
    /// How far it may be off; at least 0.
    pub tolerance: f64,
    /// On which side.
    pub relation: Relation,
    /// Whether the claim holds; never where a figure is not a number.
    pub holds: bool,
}

impl TheoryCheck {
    pub(crate) fn new(
        name: &'static str,
        claim: &'static str,
        measured: f64,
        relation: Relation,
        expected: f64,
        tolerance: f64,
    ) -> Self {
        let holds = match relation {
            Relation::Equal => (measured - expected).abs() <= tolerance,
            Relation::AtMost => measured <= expected + tolerance,
            Relation::Above => measured > expected + tolerance,
        };
        Self { name, claim, measured, expected, tolerance, relation, holds }
    }
}

/// A named line of a curve.
#[derive(Debug, Clone, PartialEq)]
pub struct TheorySeries {
    /// What it shows.
    pub name: &'static str,
    /// Whether it is a reference to hold the others against, not a measurement.
    pub reference: bool,
    /// Abscissae.
    pub x: Vec<f64>,
    /// Ordinates, as many.
    pub y: Vec<f64>,
}

impl TheorySeries {
    pub(crate) fn measured(name: &'static str, x: &[f64], y: Vec<f64>) -> Self {
        Self { name, reference: false, x: x.to_vec(), y }
    }

    /// The line `y[0] (x / x[0])^power`.
    pub(crate) fn power_law(name: &'static str, x: &[f64], start: f64, power: f64) -> Self {
        let y = x.iter().map(|at| start * (at / x[0]).powf(power)).collect();
        Self { name, reference: true, x: x.to_vec(), y }
    }
}

/// What a part shows in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct TheoryCurve {
    /// Title of the abscissa.
    pub x: &'static str,
    /// Title of the ordinate.
    pub y: &'static str,
    /// Whether the abscissa is logarithmic.
    pub log_x: bool,
    /// Whether the ordinate is.
    pub log_y: bool,
    /// The lines.
    pub series: Vec<TheorySeries>,
}

/// A theorem or lemma with its checks and its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct TheoryPart {
    /// Short name, such as `theorem-1`.
    pub id: &'static str,
    /// Title.
    pub title: &'static str,
    /// What it says and on which problem it is measured, in a sentence or two.
    pub statement: &'static str,
    /// Claims.
    pub checks: Vec<TheoryCheck>,
    /// Picture.
    pub curve: TheoryCurve,
}

/// Slope of the least-squares line through `(ln x, ln y)`.
pub(crate) fn log_slope(x: &[f64], y: &[f64]) -> f64 {
    let logs = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<f64>>();
    let (x, y) = (logs(x), logs(y));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (centre_x, centre_y) = (mean(&x), mean(&y));
    let along: f64 = x.iter().zip(&y).map(|(a, b)| (a - centre_x) * (b - centre_y)).sum();
    along / x.iter().map(|a| (a - centre_x).powi(2)).sum::<f64>()
}
