//! What `xmrl check` asks a batch of worlds beside stepping it: success, where support episodes begin, and mixtures of states.

use napi::bindgen_prelude::{Float64ArraySlice, Uint8ArraySlice};
use napi_derive::napi;
use xmrl_envs::mix::mix;
use xmrl_envs::{Environment, MixCounts, MixRule};

use crate::arrays::fill;
use crate::error::{Result, SeamError};
use crate::options::mix_rule;
use crate::worlds::NativeWorlds;

#[napi]
impl NativeWorlds {
    /// Writes to `into [W]` 1 where a step of a world's episode has been a success so far.
    #[napi]
    pub fn success(&mut self, mut into: Uint8ArraySlice<'_>) -> napi::Result<()> {
        self.with(|worlds| fill("success", &mut into, worlds.success()))
    }

    /// Writes to `into [W, D]` where support episodes of these worlds would begin. No world moves.
    #[napi]
    pub fn support_starts(&mut self, mut into: Float64ArraySlice<'_>) -> napi::Result<()> {
        self.with(|worlds| fill("starts", &mut into, &worlds.support_starts()?))
    }

    /// `lambda [n]` of each state of `first [n, D]` and the rest of that of `second [n, D]`, along `geometry`: `linear` or `geodesic`,
    /// the environment's way where left out. Nothing is repaired. Writes to `into [n, D]` the mixtures, and where a pair cannot be mixed its
    /// first state; to `verdicts [n]` 0: this pair cannot be mixed with each other (another day, say); 1: a world may be in the mixture;
    /// 2: it may not. `ERR_USAGE` where the world's states cannot be mixed.
    #[napi]
    pub fn mixtures(
        &mut self,
        lambda: Float64ArraySlice<'_>,
        first: Float64ArraySlice<'_>,
        second: Float64ArraySlice<'_>,
        mut into: Float64ArraySlice<'_>,
        mut verdicts: Uint8ArraySlice<'_>,
        geometry: Option<String>,
    ) -> napi::Result<()> {
        self.with(|worlds| {
            let rule = mix_rule(worlds.environment(), geometry.as_deref(), Some("none"))?;
            let (mixed, found) = mixtures(worlds.environment(), rule, &lambda, &first, &second)?;
            fill("mixtures", &mut into, &mixed)?;
            fill("verdicts", &mut verdicts, &found)
        })
    }
}

/// Mixtures and verdicts.
fn mixtures(
    environment: &Environment,
    rule: MixRule,
    lambda: &[f64],
    first: &[f64],
    second: &[f64],
) -> Result<(Vec<f64>, Vec<u8>)> {
    let size = environment.spec().state_size;
    for (what, states) in [("first", first), ("second", second)] {
        if states.len() != lambda.len() * size {
            let text = format!("{what}: expected [{}, {size}], got {} numbers", lambda.len(), states.len());
            return Err(SeamError::new("ERR_SHAPE", text));
        }
        environment.check_states(states)?;
    }
    if let Some(wrong) = lambda.iter().find(|x| !(0.0..=1.0).contains(*x)) {
        return Err(SeamError::new("ERR_USAGE", format!("lambda: give numbers from 0 to 1, not {wrong}")));
    }
    let mut states = vec![0.0; first.len()];
    let rows = first.chunks_exact(size).zip(second.chunks_exact(size)).zip(states.chunks_exact_mut(size));
    let verdicts: Vec<u8> = rows
        .zip(lambda)
        .map(|(((a, b), mixed), &lambda)| {
            if environment.mixes_within(a) != environment.mixes_within(b) {
                mixed.copy_from_slice(a);
                return 0;
            }
            let mut counts = MixCounts::default();
            let usable = mix(environment, rule, lambda, [a, b], mixed, &mut counts);
            if usable && counts.infeasible == 0 { 1 } else { 2 }
        })
        .collect();
    Ok((states, verdicts))
}
