//! The theorems as numbers, across the seam.

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use xmrl_theory::{THEORY_PARTS, theory_part as measure};

use crate::counts::{count, word};
use crate::error::SeamError;
use crate::executor::{guard, submit};

/// One claim with its figure.
#[napi(object)]
pub struct TheoryCheck {
    /// What was measured.
    pub name: String,
    /// What the theory says of it.
    pub claim: String,
    /// The figure.
    pub measured: f64,
    /// What it is held against.
    pub expected: f64,
    /// How far it may be off.
    pub tolerance: f64,
    /// `=`, `≤` or `>`: on which side.
    pub relation: String,
    /// Whether the claim holds.
    pub holds: bool,
}

/// A line of a picture.
#[napi(object)]
pub struct TheorySeries {
    /// What it shows.
    pub name: String,
    /// Whether it is a reference to hold the others against, not a measurement.
    pub reference: bool,
    /// Abscissae.
    pub x: Vec<f64>,
    /// Ordinates.
    pub y: Vec<f64>,
}

/// What a part shows in a picture.
#[napi(object)]
pub struct TheoryCurve {
    /// Title of the abscissa.
    pub x: String,
    /// Title of the ordinate.
    pub y: String,
    /// Whether the abscissa is logarithmic.
    pub log_x: bool,
    /// Whether the ordinate is.
    pub log_y: bool,
    /// The lines.
    pub series: Vec<TheorySeries>,
}

/// A theorem or lemma with its claims and its picture.
#[napi(object)]
pub struct TheoryPart {
    /// Short name.
    pub id: String,
    /// Title.
    pub title: String,
    /// What it says and how it is measured.
    pub statement: String,
    /// Claims.
    pub checks: Vec<TheoryCheck>,
    /// Picture.
    pub curve: TheoryCurve,
}

/// Short names of the parts, in the order of their numbers.
#[napi]
pub fn theory_parts() -> napi::Result<Vec<String>> {
    Ok(guard(|| Ok(THEORY_PARTS.map(str::to_owned).into()))?)
}

/// Measures part number `part`; the figures are a function of `seed` alone.
#[napi(ts_return_type = "Promise<TheoryPart>")]
pub fn measure_theory(env: &Env, part: f64, seed: f64) -> napi::Result<Object<'_>> {
    submit(env, move || {
        let (part, seed) = (count("part", part, u32::MAX)?, word("seed", seed, u32::MAX)?);
        if part >= THEORY_PARTS.len() {
            let text = format!("part {part}: there are {} (from 0)", THEORY_PARTS.len());
            return Err(SeamError::new("ERR_USAGE", text));
        }
        Ok(TheoryPart::from(measure(part, u64::from(seed))?))
    })
}

impl From<xmrl_theory::TheoryPart> for TheoryPart {
    fn from(part: xmrl_theory::TheoryPart) -> Self {
        let xmrl_theory::TheoryCurve { x, y, log_x, log_y, series } = part.curve;
        Self {
            id: part.id.to_owned(),
            title: part.title.to_owned(),
            statement: part.statement.to_owned(),
            checks: part.checks.into_iter().map(TheoryCheck::from).collect(),
            curve: TheoryCurve {
                x: x.to_owned(),
                y: y.to_owned(),
                log_x,
                log_y,
                series: series.into_iter().map(TheorySeries::from).collect(),
            },
        }
    }
}

impl From<xmrl_theory::TheoryCheck> for TheoryCheck {
    fn from(check: xmrl_theory::TheoryCheck) -> Self {
        let xmrl_theory::TheoryCheck { name, claim, measured, expected, tolerance, relation, holds } = check;
        let relation = relation.symbol().to_owned();
        Self { name: name.to_owned(), claim: claim.to_owned(), measured, expected, tolerance, relation, holds }
    }
}

impl From<xmrl_theory::TheorySeries> for TheorySeries {
    fn from(series: xmrl_theory::TheorySeries) -> Self {
        let xmrl_theory::TheorySeries { name, reference, x, y } = series;
        Self { name: name.to_owned(), reference, x, y }
    }
}
