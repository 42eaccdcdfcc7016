//! Rooms: a model and the data of one world.

use std::slice;
use std::sync::Arc;

use crate::error::MujocoError;
use crate::guard::guarded;
use crate::layout;
use crate::library::{Library, RawData};
use crate::model::{Kind, Model};
use crate::own::OwnModel;

/// A model that is shared, whose bodies can be moved here, and the data of the world that is in it now.
///
/// States are put in by writing positions, velocities, warm start, mocap and controls; what is read of bodies, geoms and sites is of
/// the last [`forward`](Room::forward), [`kinematics`](Room::kinematics) or [`step`](Room::step).
pub struct Room {
    own: OwnModel,
    data: *mut RawData,
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

// SAFETY: what is written to is this one's alone, and libmujoco keeps nothing of a thread's.
unsafe impl Send for Room {}

impl Room {
    /// A room with the model, its data as `mj_resetData` leaves them.
    ///
    /// Errors: no memory; a library whose structures lie otherwise than the headers of 3.3.0 say.
    pub fn new(model: &Arc<Model>) -> Result<Self, MujocoError> {
        let own = OwnModel::new(model);
        // SAFETY: data for this model.
        let data = guarded(|| unsafe { (model.library.make_data)(own.raw()) })?;
        if data.is_null() {
            let reason = "no memory for its data".to_owned();
            return Err(MujocoError::Model { file: model.file().to_owned(), reason });
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
        let mut room = Room { own, data, sizes };
        room.check_layout()?;
        room.reset()?;
        Ok(room)
    }

    /// That fields lie where they are looked for: libmujoco's own functions agree with what is read at the offsets.
    fn check_layout(&mut self) -> Result<(), MujocoError> {
        let Sizes { nq, nv, .. } = self.sizes;
        let library = self.own.shared().library;
        let fail = |what: &str| {
            let reason = format!("{} keeps {what} elsewhere than the headers of 3.3.0 say", library.file().display());
            MujocoError::Model { file: self.own.shared().file().to_owned(), reason }
        };
        // SAFETY: state signatures of the headers.
        let size = |signature| guarded(|| unsafe { (library.state_size)(self.own.raw(), signature) as usize });
        if size(layout::STATE_QPOS)? != nq || size(layout::STATE_QVEL)? != nv {
            return Err(fail("its counts"));
        }
        let data = fail("its data");
        self.forward()?;
        let mut position = vec![0.0; nq];
        // SAFETY: room for `nq` numbers, which is what the signature asks for.
        guarded(|| unsafe {
            (library.get_state)(self.own.raw(), self.data, position.as_mut_ptr(), layout::STATE_QPOS);
        })?;
        // The world's body stands in the origin, whatever the model.
        let origin = self.body(0) == [0.0; 3] && self.body_quat(0) == [1.0, 0.0, 0.0, 0.0];
        if position == self.qpos() && origin { Ok(()) } else { Err(data) }
    }

    /// Back to the model's own start; also what is behind a fatal error or a warning.
    pub fn reset(&mut self) -> Result<(), MujocoError> {
        // SAFETY: a model and data of it.
        guarded(|| unsafe { (self.library().reset_data)(self.own.raw(), self.data) })
    }

    /// `steps` steps of the model's own length.
    pub fn step(&mut self, steps: usize) -> Result<(), MujocoError> {
        // SAFETY: as above.
        guarded(|| (0..steps).for_each(|_| unsafe { (self.library().step)(self.own.raw(), self.data) }))
    }

    /// Everything that follows from the state, accelerations and the next warm start included.
    pub fn forward(&mut self) -> Result<(), MujocoError> {
        // SAFETY: as above.
        guarded(|| unsafe { (self.library().forward)(self.own.raw(), self.data) })
    }

    /// Places of bodies, geoms and sites alone; the warm start stays.
    pub fn kinematics(&mut self) -> Result<(), MujocoError> {
        // SAFETY: as above.
        guarded(|| unsafe { (self.library().kinematics)(self.own.raw(), self.data) })
    }

    /// Whether a position, velocity, acceleration or control was no number since the last [`reset`](Room::reset): libmujoco then goes on
    /// from the model's start.
    #[must_use]
    pub fn warned(&self) -> bool {
        [layout::BAD_QPOS, layout::BAD_QVEL, layout::BAD_QACC, layout::BAD_CTRL]
            .into_iter()
            .any(|kind| self.number(layout::DATA_WARNING + kind * layout::WARNING_SIZE + layout::WARNING_NUMBER) != 0)
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

    /// Moves a body within its parent, here alone; the one that was moved before goes back to where the model has it. `None`: all are there.
    pub fn place(&mut self, moved: Option<(usize, [f64; 3])>) {
        assert!(moved.is_none_or(|(body, _)| body < self.sizes.bodies));
        self.own.place(moved);
    }

    /// Where a site is within its body, m: of the model.
    #[must_use]
    pub fn site_within(&self, id: usize) -> [f64; 3] {
        assert!(id < self.sizes.sites);
        // SAFETY: an array `[nsite, 3]` of the model.
        unsafe { *self.own.shared().array::<f64>(layout::MODEL_SITE_POS).add(3 * id).cast() }
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

    /// Its orientation, a matrix row by row.
    #[must_use]
    pub fn body_mat(&self, id: usize) -> [f64; 9] {
        self.entry(layout::DATA_XMAT, id, self.sizes.bodies)
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

    fn library(&self) -> &'static Library {
        self.own.shared().library
    }

    /// A 32-bit number of the data's structure.
    pub(crate) fn number(&self, offset: usize) -> i32 {
        // SAFETY: the layout's offsets of such numbers are all that is asked for.
        unsafe { *self.data.cast::<u8>().add(offset).cast() }
    }

    /// The pointer at an offset of the data's structure.
    pub(crate) fn pointer<T>(&self, offset: usize) -> *const T {
        // SAFETY: as above, of pointers.
        unsafe { *self.data.cast::<u8>().add(offset).cast() }
    }

    fn entry<const N: usize>(&self, offset: usize, id: usize, count: usize) -> [f64; N] {
        assert!(id < count);
        self.read(offset, N * id, N).try_into().expect("N numbers")
    }

    /// `count` numbers from `first` on of the array at `offset`, which has them.
    fn read(&self, offset: usize, first: usize, count: usize) -> &[f64] {
        // SAFETY: a pointer of the structure to an array that the caller knows the length of.
        unsafe { slice::from_raw_parts(self.pointer::<f64>(offset).add(first), count) }
    }

    fn write(&mut self, offset: usize, count: usize) -> &mut [f64] {
        // SAFETY: as above; the structure is this one's alone.
        unsafe { slice::from_raw_parts_mut(self.pointer::<f64>(offset).cast_mut(), count) }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // SAFETY: data that are this one's alone.
        unsafe { (self.library().delete_data)(self.data) };
    }
}

#[cfg(test)]
mod tests;
