//! Rooms: a copy of a model and the data of one world.

use std::slice;

use crate::error::MujocoError;
use crate::guard::guarded;
use crate::layout;
use crate::library::RawData;
use crate::model::{Kind, Model};

/// A copy of a model, whose bodies can be moved, and the data of the world that is in it now.
///
/// States are put in by writing positions, velocities, warm start, mocap and controls; what is read of bodies, geoms and sites is of
/// the last [`forward`](Room::forward), [`kinematics`](Room::kinematics) or [`step`](Room::step).
pub struct Room {
    model: Model,
    pub(crate) data: *mut RawData,
    sizes: Sizes,
}

/// Lengths of the arrays.
#[derive(Clone, Copy)]
struct Sizes {
    nq: usize,
    nv: usize,
    nu: usize,
    nmocap: usize,
    bodies: usize,
    geoms: usize,
    sites: usize,
}

// SAFETY: the structures are this one's alone, and libmujoco keeps nothing of a thread's.
unsafe impl Send for Room {}

impl Room {
    pub(crate) fn new(model: &Model, weld: Option<&[f64; layout::EQ_DATA]>) -> Result<Self, MujocoError> {
        let none = |what: &str| MujocoError::Model {
            file: model.file().to_owned(),
            reason: format!("no memory for its {what}"),
        };
        // SAFETY: a new copy of a model.
        let raw = guarded(|| unsafe { (model.library.copy_model)(std::ptr::null_mut(), model.raw) })?;
        if raw.is_null() {
            return Err(none("copy"));
        }
        let model = model.copied(raw);
        if let Some(weld) = weld {
            // SAFETY: arrays `[neq]` and `[neq, EQ_DATA]` of this copy.
            unsafe {
                for eq in 0..model.equalities() {
                    if *model.array::<i32>(layout::MODEL_EQ_TYPE).add(eq) == layout::EQ_WELD {
                        let data = model.array::<f64>(layout::MODEL_EQ_DATA).add(eq * layout::EQ_DATA);
                        slice::from_raw_parts_mut(data, layout::EQ_DATA).copy_from_slice(weld);
                    }
                }
            }
        }
        // SAFETY: data for this model.
        let data = guarded(|| unsafe { (model.library.make_data)(model.raw) })?;
        if data.is_null() {
            return Err(none("data"));
        }
        let sizes = Sizes {
            nq: model.nq(),
            nv: model.nv(),
            nu: model.nu(),
            nmocap: model.nmocap(),
            bodies: model.count_of(Kind::Body),
            geoms: model.count_of(Kind::Geom),
            sites: model.count_of(Kind::Site),
        };
        Ok(Room { model, data, sizes })
    }

    /// Back to the model's own start; also what is behind a fatal error or a warning.
    pub fn reset(&mut self) -> Result<(), MujocoError> {
        // SAFETY: a model and data of it.
        guarded(|| unsafe { (self.model.library.reset_data)(self.model.raw, self.data) })
    }

    /// `steps` steps of the model's own length.
    pub fn step(&mut self, steps: usize) -> Result<(), MujocoError> {
        // SAFETY: as above.
        guarded(|| (0..steps).for_each(|_| unsafe { (self.model.library.step)(self.model.raw, self.data) }))
    }

    /// Everything that follows from the state, accelerations and the next warm start included.
    pub fn forward(&mut self) -> Result<(), MujocoError> {
        // SAFETY: as above.
        guarded(|| unsafe { (self.model.library.forward)(self.model.raw, self.data) })
    }

    /// Places of bodies, geoms and sites alone; the warm start stays.
    pub fn kinematics(&mut self) -> Result<(), MujocoError> {
        // SAFETY: as above.
        guarded(|| unsafe { (self.model.library.kinematics)(self.model.raw, self.data) })
    }

    /// Whether a position, velocity, acceleration or control was no number since the last [`reset`](Room::reset): libmujoco then goes on
    /// from the model's start.
    #[must_use]
    pub fn warned(&self) -> bool {
        [layout::BAD_QPOS, layout::BAD_QVEL, layout::BAD_QACC, layout::BAD_CTRL].into_iter().any(|kind| {
            let offset = layout::DATA_WARNING + kind * layout::WARNING_SIZE + layout::WARNING_NUMBER;
            // SAFETY: a 32-bit count of the structure.
            unsafe { *self.data.cast::<u8>().add(offset).cast::<i32>() != 0 }
        })
    }

    /// Position `[nq]`.
    #[must_use]
    pub fn qpos(&self) -> &[f64] {
        self.read(layout::DATA_QPOS, 0, self.sizes.nq)
    }

    /// [`qpos`](Room::qpos), to be written.
    pub fn qpos_mut(&mut self) -> &mut [f64] {
        self.write(layout::DATA_QPOS, self.sizes.nq)
    }

    /// Velocity `[nv]`.
    #[must_use]
    pub fn qvel(&self) -> &[f64] {
        self.read(layout::DATA_QVEL, 0, self.sizes.nv)
    }

    /// [`qvel`](Room::qvel), to be written.
    pub fn qvel_mut(&mut self) -> &mut [f64] {
        self.write(layout::DATA_QVEL, self.sizes.nv)
    }

    /// The acceleration that the next solve begins with `[nv]`.
    #[must_use]
    pub fn warm_start(&self) -> &[f64] {
        self.read(layout::DATA_QACC_WARMSTART, 0, self.sizes.nv)
    }

    /// [`warm_start`](Room::warm_start), to be written.
    pub fn warm_start_mut(&mut self) -> &mut [f64] {
        self.write(layout::DATA_QACC_WARMSTART, self.sizes.nv)
    }

    /// Controls `[nu]`, to be written.
    pub fn ctrl_mut(&mut self) -> &mut [f64] {
        self.write(layout::DATA_CTRL, self.sizes.nu)
    }

    /// Where the bodies are that are moved from outside `[nmocap, 3]`.
    #[must_use]
    pub fn mocap_pos(&self) -> &[f64] {
        self.read(layout::DATA_MOCAP_POS, 0, 3 * self.sizes.nmocap)
    }

    /// [`mocap_pos`](Room::mocap_pos), to be written.
    pub fn mocap_pos_mut(&mut self) -> &mut [f64] {
        self.write(layout::DATA_MOCAP_POS, 3 * self.sizes.nmocap)
    }

    /// Their orientations `[nmocap, 4]`, to be written.
    pub fn mocap_quat_mut(&mut self) -> &mut [f64] {
        self.write(layout::DATA_MOCAP_QUAT, 4 * self.sizes.nmocap)
    }

    /// Moves a body of the copy within its parent.
    pub fn place(&mut self, body: usize, position: [f64; 3]) {
        assert!(body < self.sizes.bodies);
        // SAFETY: an array `[nbody, 3]` of this copy.
        unsafe {
            let first = self.model.array::<f64>(layout::MODEL_BODY_POS).add(3 * body);
            slice::from_raw_parts_mut(first, 3).copy_from_slice(&position);
        }
    }

    /// Where a site is within its body, m: of the model.
    #[must_use]
    pub fn site_within(&self, id: usize) -> [f64; 3] {
        assert!(id < self.sizes.sites);
        // SAFETY: an array `[nsite, 3]` of this copy.
        unsafe { *self.model.array::<f64>(layout::MODEL_SITE_POS).add(3 * id).cast() }
    }

    /// Where a body is, m.
    #[must_use]
    pub fn body(&self, id: usize) -> [f64; 3] {
        self.entry(layout::DATA_XPOS, id, self.sizes.bodies)
    }

    /// Its orientation (w, x, y, z).
    #[must_use]
    pub fn body_quat(&self, id: usize) -> [f64; 4] {
        self.entry(layout::DATA_XQUAT, id, self.sizes.bodies)
    }

    /// Where a geom is, m.
    #[must_use]
    pub fn geom(&self, id: usize) -> [f64; 3] {
        self.entry(layout::DATA_GEOM_XPOS, id, self.sizes.geoms)
    }

    /// Its orientation, a matrix row by row.
    #[must_use]
    pub fn geom_mat(&self, id: usize) -> [f64; 9] {
        self.entry(layout::DATA_GEOM_XMAT, id, self.sizes.geoms)
    }

    /// Where a site is, m.
    #[must_use]
    pub fn site(&self, id: usize) -> [f64; 3] {
        self.entry(layout::DATA_SITE_XPOS, id, self.sizes.sites)
    }

    /// Its orientation, a matrix row by row.
    #[must_use]
    pub fn site_mat(&self, id: usize) -> [f64; 9] {
        self.entry(layout::DATA_SITE_XMAT, id, self.sizes.sites)
    }

    fn entry<const N: usize>(&self, offset: usize, id: usize, count: usize) -> [f64; N] {
        assert!(id < count);
        self.read(offset, N * id, N).try_into().expect("N numbers")
    }

    /// `count` numbers from `first` on of the array at `offset`, which has them.
    fn read(&self, offset: usize, first: usize, count: usize) -> &[f64] {
        // SAFETY: a pointer of the structure to an array that the caller knows the length of.
        unsafe {
            let array = *self.data.cast::<u8>().add(offset).cast::<*const f64>();
            slice::from_raw_parts(array.add(first), count)
        }
    }

    fn write(&mut self, offset: usize, count: usize) -> &mut [f64] {
        // SAFETY: as above; the structure is this one's alone.
        unsafe {
            let array = *self.data.cast::<u8>().add(offset).cast::<*mut f64>();
            slice::from_raw_parts_mut(array, count)
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // SAFETY: data that are this one's alone.
        unsafe { (self.model.library.delete_data)(self.data) };
    }
}
