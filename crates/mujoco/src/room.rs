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
mod tests {
    use std::path::Path;

    use super::*;
    use crate::library::Library;

    /// Where `npx xmrl data metaworld` puts libmujoco; tests of it say so where it is not there.
    fn library() -> Option<&'static Library> {
        let folder = std::env::var("XMRL_DATA_DIR")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../.data").into());
        let file = Path::new(&folder).join("metaworld-3.1.1/libmujoco.so.3.3.0");
        let file = file.canonicalize().ok()?;
        Some(Library::open(&file, Some(crate::LIBRARY_SHA256)).unwrap())
    }

    fn pendulum(name: &str) -> std::path::PathBuf {
        let file = std::env::temp_dir().join(format!("xmrl-{}-{name}.xml", std::process::id()));
        let xml = r#"<mujoco><option integrator="Euler" timestep="0.001"/><worldbody><body name="bob" pos="0 0 1">
            <joint name="pivot" type="hinge" axis="0 1 0"/><geom name="ball" size=".01" pos="0 0 -.5" mass="2"/>
            </body></worldbody></mujoco>"#;
        std::fs::write(&file, xml).unwrap();
        file
    }

    #[test]
    fn a_pendulum_swings_with_the_period_of_its_length() {
        let Some(library) = library() else { return };
        let file = pendulum("swing");
        let model = Arc::new(Model::load(library, &file, None).unwrap());
        std::fs::remove_file(&file).unwrap();
        let (ball, pivot) = (model.id(Kind::Geom, "ball").unwrap(), model.id(Kind::Joint, "pivot").unwrap());
        assert_eq!((model.nq(), model.nv(), model.position_of(pivot)), (1, 1, 0));
        let missing = model.id(Kind::Body, "cat").unwrap_err().to_string();
        assert!(missing.ends_with("it has no Body cat"), "{missing}");
        let mut room = Room::new(&model).unwrap();
        room.qpos_mut()[0] = 0.01;
        room.forward().unwrap();
        assert!((room.geom(ball)[2] - (1.0 - 0.5 * 0.01f64.cos())).abs() < 1e-15);
        // Half a period of a small swing; the ball has a moment of inertia of its own.
        let length = 0.5 + 0.4 * 0.01f64.powi(2) / 0.5;
        let half = std::f64::consts::PI * (length / 9.81f64).sqrt();
        room.step((half / 0.001).round() as usize).unwrap();
        assert!((room.qpos()[0] + 0.01).abs() < 1e-5, "{}", room.qpos()[0]);
    }

    #[test]
    fn what_lies_on_the_floor_presses_with_its_weight_and_moves_in_one_room_alone() {
        let Some(library) = library() else { return };
        let file = std::env::temp_dir().join(format!("xmrl-{}-ball.xml", std::process::id()));
        let xml = r#"<mujoco><option cone="elliptic"/><worldbody><body name="table" pos="0 0 0"><geom name="top" type="box" size="1 1 .1"/></body>
            <body name="ball" pos="0 0 .2"><freejoint/><geom name="skin" size=".1" mass="2"/></body></worldbody></mujoco>"#;
        std::fs::write(&file, xml).unwrap();
        let model = Arc::new(Model::load(library, &file, None).unwrap());
        std::fs::remove_file(&file).unwrap();
        let geom = |name| model.id(Kind::Geom, name).unwrap();
        let (top, skin, table) = (geom("top"), geom("skin"), model.id(Kind::Body, "table").unwrap());
        let [mut room, mut other] = [0, 1].map(|_| Room::new(&model).unwrap());
        room.step(2000).unwrap();
        room.forward().unwrap();
        let weight = 2.0 * 9.81;
        for pressed in [room.pressing(top, skin), room.pressing(skin, top)] {
            assert!((pressed - weight).abs() < 1e-3 * weight, "{pressed}");
        }
        assert_eq!(room.pressing(top, top), 0.0);
        // Without the table below it the ball falls, here alone.
        room.place(Some((table, [0.0, 0.0, -3.0])));
        room.forward().unwrap();
        other.forward().unwrap();
        assert_eq!((room.body(table)[2], other.body(table)[2], room.pressing(top, skin)), (-3.0, 0.0, 0.0));
        room.place(None);
        room.forward().unwrap();
        assert_eq!((room.body(table), room.pressing(top, skin) > 0.0), ([0.0; 3], true));
    }

    #[test]
    fn fatal_errors_are_values_and_the_room_goes_on_after_a_reset() {
        let Some(library) = library() else { return };
        let file = pendulum("fatal");
        let model = Arc::new(Model::load(library, &file, None).unwrap());
        std::fs::remove_file(&file).unwrap();
        // From inside libmujoco: no such part of a state.
        let fatal = guarded(|| unsafe { (library.state_size)(model.raw, 1 << 31) }).unwrap_err();
        assert!(matches!(&fatal, MujocoError::Fatal(said) if said.contains("mj_stateSize")), "{fatal}");
        let mut room = Room::new(&model).unwrap();
        room.qpos_mut()[0] = f64::NAN;
        room.step(1).unwrap();
        assert!(room.warned());
        room.reset().unwrap();
        room.step(1).unwrap();
        assert!(!room.warned() && room.qpos() == [0.0]);
        let broken = std::env::temp_dir().join(format!("xmrl-{}-broken.xml", std::process::id()));
        std::fs::write(&broken, "<mujoco><worldbody><body><geom size='0'/></body></worldbody></mujoco>").unwrap();
        let error = Model::load(library, &broken, None).err().unwrap().to_string();
        std::fs::remove_file(&broken).unwrap();
        assert!(error.contains("broken.xml: ") && error.contains("size"), "{error}");
    }

    #[test]
    fn another_file_is_refused() {
        let open = |path: &str, sha: Option<&str>| Library::open(Path::new(path), sha).unwrap_err().to_string();
        assert!(open("libmujoco.so", None).contains("give an absolute path"));
        assert!(open("/nowhere/libmujoco.so", None).contains("/nowhere/libmujoco.so does not open"));
        let own = std::env::current_exe().unwrap();
        let own = own.to_str().unwrap();
        let other = open(own, Some(crate::LIBRARY_SHA256));
        assert!(other.contains("its sha256 is") && other.ends_with(crate::LIBRARY_SHA256), "{other}");
        assert!(open(own, None).contains("does not open"));
    }
}
