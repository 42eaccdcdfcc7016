//! Where episodes fly: on a card where one is asked for and there, else on the learner's threads.

use xmrl_cuda::CudaFlights;
use xmrl_rollout::Flights;

use crate::error::{Result, SeamError};

/// Who flies, and a word about it.
pub(crate) struct Rollouts {
    flights: Option<CudaFlights>,
    word: String,
}

impl Rollouts {
    /// On this processor.
    pub(crate) fn here() -> Self {
        Self { flights: None, word: "cpu".to_owned() }
    }

    /// On the first card. Where the learner is on a card anyway and this one is `wished`, not asked for, whatever is missing leaves
    /// roll-outs to the processor, and is the word about it.
    ///
    /// # Errors
    /// `ERR_DEVICE` with what is missing, where the card is asked for.
    pub(crate) fn on_card(wished: bool) -> Result<Self> {
        match CudaFlights::open() {
            Ok(flights) => Ok(Self { word: flights.name().to_owned(), flights: Some(flights) }),
            Err(error) if wished => Ok(Self { flights: None, word: format!("cpu: {error}") }),
            Err(error) => Err(SeamError::new("ERR_DEVICE", format!("learner.rollouts cuda: {error}"))),
        }
    }

    /// For whoever asks for episodes.
    pub(crate) fn flights(&self) -> Option<&dyn Flights> {
        self.flights.as_ref().map(|flights| flights as &dyn Flights)
    }

    /// `cpu`, the card's name, or `cpu: ` and why no card flies.
    pub(crate) fn word(&self) -> &str {
        &self.word
    }
}
