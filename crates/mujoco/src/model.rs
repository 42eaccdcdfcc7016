//! Models: an XML file, compiled.

use std::ffi::{CStr, CString, c_char};
use std::path::Path;
use std::slice;

use crate::error::MujocoError;
use crate::guard::guarded;
use crate::layout;
use crate::library::{Library, RawModel};

/// Kinds of things that have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A body.
    Body,
    /// A joint.
    Joint,
    /// A geom.
    Geom,
    /// A site.
    Site,
}

/// A compiled model. It never changes; whoever moves bodies does so in a [`Room`](crate::Room), and all rooms share it.
pub struct Model {
    pub(crate) library: &'static Library,
    pub(crate) raw: *mut RawModel,
    file: String,
}

// SAFETY: nothing writes to the structure, and libmujoco's functions take it as constant.
unsafe impl Send for Model {}
// SAFETY: as above.
unsafe impl Sync for Model {}

/// Letters of libmujoco's own account of what is wrong with a file.
const ACCOUNT: usize = 1000;

impl Model {
    /// Compiles an XML file. Every weld's data are set to `weld` where it is given.
    ///
    /// Error: what libmujoco says of the file.
    pub fn load(
        library: &'static Library,
        file: &Path,
        weld: Option<&[f64; layout::EQ_DATA]>,
    ) -> Result<Self, MujocoError> {
        let name = file.display().to_string();
        let fail = |reason: String| MujocoError::Model { file: name.clone(), reason };
        let path = CString::new(file.as_os_str().as_encoded_bytes()).map_err(|error| fail(error.to_string()))?;
        let mut said = [0 as c_char; ACCOUNT];
        // SAFETY: NUL-terminated path, no virtual files, a buffer with its size.
        let raw = guarded(|| unsafe {
            (library.load_xml)(path.as_ptr(), std::ptr::null(), said.as_mut_ptr(), ACCOUNT as i32)
        })?;
        if raw.is_null() {
            // SAFETY: libmujoco ends what it writes with NUL; the buffer began as zeros.
            let said = unsafe { CStr::from_ptr(said.as_ptr()) }.to_string_lossy().into_owned();
            return Err(fail(said.lines().next().unwrap_or("it does not compile").to_owned()));
        }
        let model = Model { library, raw, file: name };
        if let Some(weld) = weld {
            model.set_welds(weld);
        }
        Ok(model)
    }

    /// Sets the data of every weld, before anybody else has the model.
    fn set_welds(&self, weld: &[f64; layout::EQ_DATA]) {
        // SAFETY: arrays `[neq]` and `[neq, EQ_DATA]` of this model, which nobody else has yet.
        unsafe {
            for eq in 0..self.count(layout::MODEL_NEQ) {
                if *self.array::<i32>(layout::MODEL_EQ_TYPE).add(eq) == layout::EQ_WELD {
                    let data = self.array::<f64>(layout::MODEL_EQ_DATA).add(eq * layout::EQ_DATA);
                    slice::from_raw_parts_mut(data, layout::EQ_DATA).copy_from_slice(weld);
                }
            }
        }
    }

    /// The file it was compiled from.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Numbers of a position `[nq]`.
    #[must_use]
    pub fn nq(&self) -> usize {
        self.count(layout::MODEL_NQ)
    }

    /// Numbers of a velocity `[nv]`.
    #[must_use]
    pub fn nv(&self) -> usize {
        self.count(layout::MODEL_NV)
    }

    /// Actuators.
    #[must_use]
    pub fn nu(&self) -> usize {
        self.count(layout::MODEL_NU)
    }

    /// Bodies that are moved from outside.
    #[must_use]
    pub fn nmocap(&self) -> usize {
        self.count(layout::MODEL_NMOCAP)
    }

    /// How many there are of a kind.
    #[must_use]
    pub fn count_of(&self, kind: Kind) -> usize {
        self.count(match kind {
            Kind::Body => layout::MODEL_NBODY,
            Kind::Joint => layout::MODEL_NJNT,
            Kind::Geom => layout::MODEL_NGEOM,
            Kind::Site => layout::MODEL_NSITE,
        })
    }

    /// The number of what has this name. Error: nothing of the kind has it.
    pub fn id(&self, kind: Kind, name: &str) -> Result<usize, MujocoError> {
        let fail = || MujocoError::Model { file: self.file.clone(), reason: format!("it has no {kind:?} {name}") };
        let word = CString::new(name).map_err(|_| fail())?;
        let number = match kind {
            Kind::Body => layout::OBJ_BODY,
            Kind::Joint => layout::OBJ_JOINT,
            Kind::Geom => layout::OBJ_GEOM,
            Kind::Site => layout::OBJ_SITE,
        };
        // SAFETY: a model and a NUL-terminated name.
        let id = guarded(|| unsafe { (self.library.name2id)(self.raw, number, word.as_ptr()) })?;
        usize::try_from(id).map_err(|_| fail())
    }

    /// Where a joint's first number stands in a position.
    #[must_use]
    pub fn position_of(&self, joint: usize) -> usize {
        assert!(joint < self.count_of(Kind::Joint));
        // SAFETY: an array `[njnt]` of 32-bit numbers.
        unsafe { *self.array::<i32>(layout::MODEL_JNT_QPOSADR).add(joint) as usize }
    }

    fn count(&self, offset: usize) -> usize {
        // SAFETY: a 32-bit count of the structure.
        unsafe { *self.raw.cast::<u8>().add(offset).cast::<i32>() as usize }
    }

    /// The array that the pointer at `offset` shows to.
    pub(crate) unsafe fn array<T>(&self, offset: usize) -> *mut T {
        // SAFETY: the caller names a pointer of the structure.
        unsafe { *self.raw.cast::<u8>().add(offset).cast::<*mut T>() }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: rooms keep the model that they share, so that this was the last that had it.
        unsafe { (self.library.delete_model)(self.raw) };
    }
}
