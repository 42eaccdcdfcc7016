//! Opens shared libraries by absolute path, before the build of this addon that needs them is loaded.
//!
//! A machine may carry another libtorch on its library path. A plain `require` of the torch build would bind to that one and
//! end the process; once the right `libtorch_cpu.so` is open, the dynamic linker resolves the addon's `NEEDED` entry to it by
//! name, and a mismatch is an error that JavaScript can catch.

use std::ffi::{CStr, CString};
use std::path::Path;

use napi_derive::napi;

use crate::error::{Result, SeamError};
use crate::executor::guard;

/// Opens the shared library at `path` with `RTLD_NOW | RTLD_GLOBAL` and keeps it open for the life of the process.
///
/// Errors: `ERR_LIBRARY` when `path` is not absolute, does not exist, or the dynamic linker refuses it (its own message names
/// the missing symbol or library).
#[napi]
pub fn open_library(path: String) -> napi::Result<()> {
    Ok(guard(|| open(&path))?)
}

fn open(path: &str) -> Result<()> {
    let fail = |what: String| Err(SeamError::new("ERR_LIBRARY", what));
    if !Path::new(path).is_absolute() {
        return fail(format!("{path}: give an absolute path"));
    }
    let Ok(name) = CString::new(path) else {
        return fail(format!("{path:?}: a path holds no NUL byte"));
    };
    // SAFETY: `name` is NUL-terminated and outlives the call; loading runs the library's initialisers, which is what the
    // caller asks for.
    let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
    if !handle.is_null() {
        return Ok(());
    }
    fail(reason())
}

/// Why the last `dlopen` of this thread failed.
pub(crate) fn reason() -> String {
    // SAFETY: after a failed dlopen on this thread dlerror returns a NUL-terminated string or null.
    unsafe {
        let message = libc::dlerror();
        if message.is_null() {
            "the dynamic linker gave no reason".to_owned()
        } else {
            CStr::from_ptr(message).to_string_lossy().into_owned()
        }
    }
}
