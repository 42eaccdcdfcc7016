//! A model whose bodies' places are a room's own, and whatever else is shared.

use std::sync::Arc;

use crate::layout;
use crate::library::RawModel;
use crate::model::{Kind, Model};

/// The structure of a model, copied, with an array of its own for the one field that is ever written: the others are the shared
/// model's, which are megabytes.
pub(crate) struct OwnModel {
    shared: Arc<Model>,
    structure: Vec<u64>,
    /// `[nbody, 3]`.
    places: Vec<f64>,
    /// The body that stands elsewhere than in the shared model.
    moved: Option<usize>,
}

impl OwnModel {
    pub(crate) fn new(shared: &Arc<Model>) -> Self {
        const WORD: usize = size_of::<u64>();
        const { assert!(layout::MODEL_SIZE.is_multiple_of(WORD) && layout::MODEL_BODY_POS.is_multiple_of(WORD)) };
        let numbers = 3 * shared.count_of(Kind::Body);
        // SAFETY: the structure's own size, of an aligned structure; an array `[nbody, 3]` of the model.
        let (mut structure, mut places) = unsafe {
            let whole = std::slice::from_raw_parts(shared.raw.cast::<u64>(), layout::MODEL_SIZE / WORD);
            let places = std::slice::from_raw_parts(shared.array::<f64>(layout::MODEL_BODY_POS), numbers);
            (whole.to_vec(), places.to_vec())
        };
        structure[layout::MODEL_BODY_POS / WORD] = places.as_mut_ptr() as u64;
        OwnModel { shared: shared.clone(), structure, places, moved: None }
    }

    pub(crate) fn shared(&self) -> &Model {
        &self.shared
    }

    /// What libmujoco takes. It neither writes to it nor keeps it.
    pub(crate) fn raw(&self) -> *const RawModel {
        self.structure.as_ptr().cast()
    }

    /// Moves a body within its parent; one that was moved before goes back. `None`: all stand as in the model.
    pub(crate) fn place(&mut self, moved: Option<(usize, [f64; 3])>) {
        if let Some(before) = self.moved.take() {
            // SAFETY: an array `[nbody, 3]` of the shared model.
            let there: [f64; 3] = unsafe { *self.shared.array::<f64>(layout::MODEL_BODY_POS).add(3 * before).cast() };
            self.places[3 * before..][..3].copy_from_slice(&there);
        }
        if let Some((body, place)) = moved {
            self.places[3 * body..][..3].copy_from_slice(&place);
        }
        self.moved = moved.map(|(body, _)| body);
    }
}
