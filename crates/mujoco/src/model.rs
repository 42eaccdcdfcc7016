//! Models: an XML file, compiled.

use std::ffi::{CStr, CString, c_char};
use std::path::Path;

use crate::error::MujocoError;
use crate::guard::guarded;
use crate::layout;
use crate::library::{Library, RawModel};
use crate::room::Room;

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

/// A compiled model. It never changes; whoever moves bodies does so in a [`Room`].
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
    /// Compiles an XML file.
    ///
    /// Errors: what libmujoco says of the file; a library whose structures lie otherwise than the headers of 3.3.0 say.
    pub fn load(library: &'static Library, file: &Path) -> Result<Self, MujocoError> {
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
        model.check_layout()?;
        Ok(model)
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

    /// A room with a copy of the model, its data as `mj_resetData` leaves them. Every weld's data are set to `weld` where it is given.
    pub fn room(&self, weld: Option<&[f64; layout::EQ_DATA]>) -> Result<Room, MujocoError> {
        Room::new(self, weld)
    }

    /// The same file's model in a structure of its own.
    pub(crate) fn copied(&self, raw: *mut RawModel) -> Self {
        Model { library: self.library, raw, file: self.file.clone() }
    }

    /// Equality constraints.
    pub(crate) fn equalities(&self) -> usize {
        self.count(layout::MODEL_NEQ)
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

    /// That fields lie where they are looked for: libmujoco's own functions agree with what is read at the offsets.
    fn check_layout(&self) -> Result<(), MujocoError> {
        let fail = |what: &str| {
            let reason =
                format!("{} keeps {what} elsewhere than the headers of 3.3.0 say", self.library.file().display());
            MujocoError::Model { file: self.file.clone(), reason }
        };
        // SAFETY: state signatures of the headers.
        let size = |signature| guarded(|| unsafe { (self.library.state_size)(self.raw, signature) as usize });
        if size(layout::STATE_QPOS)? != self.nq() || size(layout::STATE_QVEL)? != self.nv() {
            return Err(fail("its counts"));
        }
        let mut room = self.room(None)?;
        room.forward()?;
        let mut position = vec![0.0; self.nq()];
        // SAFETY: room for `nq` numbers, which is what the signature asks for.
        guarded(|| unsafe {
            (self.library.get_state)(self.raw, room.data, position.as_mut_ptr(), layout::STATE_QPOS);
        })?;
        // The world's body stands in the origin, whatever the model.
        let origin = room.body(0) == [0.0; 3] && room.body_quat(0) == [1.0, 0.0, 0.0, 0.0];
        if position != room.qpos() || !origin {
            return Err(fail("its data"));
        }
        Ok(())
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: it is this one's alone; rooms have copies.
        unsafe { (self.library.delete_model)(self.raw) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let model = Model::load(library, &file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let (ball, pivot) = (model.id(Kind::Geom, "ball").unwrap(), model.id(Kind::Joint, "pivot").unwrap());
        assert_eq!((model.nq(), model.nv(), model.position_of(pivot)), (1, 1, 0));
        let missing = model.id(Kind::Body, "cat").unwrap_err().to_string();
        assert!(missing.ends_with("it has no Body cat"), "{missing}");
        let mut room = model.room(None).unwrap();
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
    fn fatal_errors_are_values_and_the_room_goes_on_after_a_reset() {
        let Some(library) = library() else { return };
        let file = pendulum("fatal");
        let model = Model::load(library, &file).unwrap();
        std::fs::remove_file(&file).unwrap();
        // From inside libmujoco: no such part of a state.
        let fatal = guarded(|| unsafe { (library.state_size)(model.raw, 1 << 31) }).unwrap_err();
        assert!(matches!(&fatal, MujocoError::Fatal(said) if said.contains("mj_stateSize")), "{fatal}");
        let mut room = model.room(None).unwrap();
        room.qpos_mut()[0] = f64::NAN;
        room.step(1).unwrap();
        assert!(room.warned());
        room.reset().unwrap();
        room.step(1).unwrap();
        assert!(!room.warned() && room.qpos() == [0.0]);
        let broken = std::env::temp_dir().join(format!("xmrl-{}-broken.xml", std::process::id()));
        std::fs::write(&broken, "<mujoco><worldbody><body><geom size='0'/></body></worldbody></mujoco>").unwrap();
        let error = Model::load(library, &broken).err().unwrap().to_string();
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
