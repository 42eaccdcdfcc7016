//! The library: opened, checked, its functions.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::error::MujocoError;
use crate::guard;

/// SHA-256 of the `libmujoco.so.3.3.0` in the x86-64 wheels of mujoco 3.3.0, with which all bits were compared.
pub const LIBRARY_SHA256: &str = "f37b05c836fd6e35ec799f144af65ff0b98eda29c3bbd049981ce8dbc29dd136";

/// What `mj_version` must say: another version has other dynamics, and other structures.
const VERSION: c_int = 330;

/// `mjModel` and `mjData`, of which only addresses are known.
pub(crate) type RawModel = c_void;
pub(crate) type RawData = c_void;
type Handler = extern "C-unwind" fn(*const c_char);

/// The functions that are called, and the library they are in.
pub struct Library {
    file: PathBuf,
    pub(crate) load_xml: unsafe extern "C-unwind" fn(*const c_char, *const c_void, *mut c_char, c_int) -> *mut RawModel,
    pub(crate) delete_model: unsafe extern "C-unwind" fn(*mut RawModel),
    pub(crate) make_data: unsafe extern "C-unwind" fn(*const RawModel) -> *mut RawData,
    pub(crate) delete_data: unsafe extern "C-unwind" fn(*mut RawData),
    pub(crate) reset_data: unsafe extern "C-unwind" fn(*const RawModel, *mut RawData),
    pub(crate) step: unsafe extern "C-unwind" fn(*const RawModel, *mut RawData),
    pub(crate) forward: unsafe extern "C-unwind" fn(*const RawModel, *mut RawData),
    pub(crate) kinematics: unsafe extern "C-unwind" fn(*const RawModel, *mut RawData),
    pub(crate) name2id: unsafe extern "C-unwind" fn(*const RawModel, c_int, *const c_char) -> c_int,
    pub(crate) state_size: unsafe extern "C-unwind" fn(*const RawModel, c_uint) -> c_int,
    pub(crate) get_state: unsafe extern "C-unwind" fn(*const RawModel, *const RawData, *mut f64, c_uint),
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Library").field(&self.file).finish()
    }
}

/// Libraries that are open. They stay so: threads may be inside.
static OPEN: Mutex<Vec<&'static Library>> = Mutex::new(Vec::new());

impl Library {
    /// Opens the library at an absolute path, or gives the one that is open. `sha256` (hex): what the file must have; `None`
    /// takes any file whose version is 3.3.0.
    ///
    /// Errors: a file that cannot be read, is another one, or is no libmujoco 3.3.0.
    pub fn open(file: &Path, sha256: Option<&str>) -> Result<&'static Library, MujocoError> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = open.iter().find(|library| library.file == file) {
            return Ok(library);
        }
        let fail = |reason: String| MujocoError::Open { file: file.display().to_string(), reason };
        if !file.is_absolute() {
            return Err(fail("give an absolute path".to_owned()));
        }
        let bytes = std::fs::read(file).map_err(|error| fail(error.to_string()))?;
        if let Some(expected) = sha256 {
            expect(file, "sha256", &format!("{:x}", Sha256::digest(&bytes)), expected)?;
        }
        let path = CString::new(file.as_os_str().as_encoded_bytes()).map_err(|error| fail(error.to_string()))?;
        let library: &'static Library = Box::leak(Box::new(load(file, &path)?));
        open.push(library);
        Ok(library)
    }

    /// Where it lies.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }
}

fn expect(file: &Path, what: &'static str, found: &str, expected: &str) -> Result<(), MujocoError> {
    if found == expected {
        return Ok(());
    }
    let [found, expected] = [found, expected].map(str::to_owned);
    Err(MujocoError::Other { file: file.display().to_string(), what, found, expected })
}

fn load(file: &Path, path: &CStr) -> Result<Library, MujocoError> {
    // SAFETY: loading runs the library's initialisers, which is what is asked for; its symbols stay its own.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    if handle.is_null() {
        return Err(MujocoError::Open { file: file.display().to_string(), reason: linker_said() });
    }
    let symbol = |name: &CStr| {
        // SAFETY: an open handle and a NUL-terminated name.
        let address = unsafe { libc::dlsym(handle, name.as_ptr()) };
        let reason = || format!("it has no {}", name.to_string_lossy());
        if address.is_null() {
            Err(MujocoError::Open { file: file.display().to_string(), reason: reason() })
        } else {
            Ok(address)
        }
    };
    // SAFETY (all of these): the functions and variables of mujoco.h have these types in version 3.3.0, which is asked first.
    unsafe {
        let version: unsafe extern "C-unwind" fn() -> c_int = function(symbol(c"mj_version")?);
        expect(file, "version", &version().to_string(), &VERSION.to_string())?;
        *symbol(c"mju_user_error")?.cast::<Handler>() = guard::fatal;
        *symbol(c"mju_user_warning")?.cast::<Handler>() = guard::warning;
        Ok(Library {
            file: file.to_owned(),
            load_xml: function(symbol(c"mj_loadXML")?),
            delete_model: function(symbol(c"mj_deleteModel")?),
            make_data: function(symbol(c"mj_makeData")?),
            delete_data: function(symbol(c"mj_deleteData")?),
            reset_data: function(symbol(c"mj_resetData")?),
            step: function(symbol(c"mj_step")?),
            forward: function(symbol(c"mj_forward")?),
            kinematics: function(symbol(c"mj_kinematics")?),
            name2id: function(symbol(c"mj_name2id")?),
            state_size: function(symbol(c"mj_stateSize")?),
            get_state: function(symbol(c"mj_getState")?),
        })
    }
}

/// A function at an address, of the type that the caller names.
unsafe fn function<F: Copy>(address: *mut c_void) -> F {
    const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
    // SAFETY: a pointer and a function pointer are of one size; the caller vouches for the type.
    unsafe { std::mem::transmute_copy::<*mut c_void, F>(&address) }
}

/// What the dynamic linker said of its last failure.
fn linker_said() -> String {
    // SAFETY: after a failure on this thread dlerror returns a NUL-terminated string or null.
    let message = unsafe { libc::dlerror() };
    if message.is_null() {
        return "the dynamic linker gave no reason".to_owned();
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned()
}
