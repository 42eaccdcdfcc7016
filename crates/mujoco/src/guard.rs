//! Fatal errors of libmujoco as values. Left alone, they end the process.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::error::MujocoError;

/// What libmujoco said before it gave up: it travels through libmujoco's own frames to the call that it was under.
struct Fault(String);

/// Takes the place of libmujoco's handler of fatal errors.
pub(crate) extern "C-unwind" fn fatal(message: *const c_char) {
    // SAFETY: libmujoco hands a NUL-terminated string over.
    let said = unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned();
    // Without the panic hook, which would print.
    resume_unwind(Box::new(Fault(said)));
}

/// Takes the place of libmujoco's handler of warnings, which writes a file; what matters of them is counted in the data.
pub(crate) extern "C-unwind" fn warning(_message: *const c_char) {}

/// Runs a call of libmujoco.
///
/// Errors: [`MujocoError::Fatal`]; then what the call was about to change means nothing any more.
pub(crate) fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, MujocoError> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| match payload.downcast::<Fault>() {
        Ok(fault) => MujocoError::Fatal(fault.0),
        Err(payload) => resume_unwind(payload),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_ours_stays_one() {
        // Without the panic hook, which would print.
        let panicked = catch_unwind(|| guarded(|| -> u8 { resume_unwind(Box::new("ours")) })).unwrap_err();
        assert_eq!(panicked.downcast_ref(), Some(&"ours"));
        assert_eq!(guarded(|| 7), Ok(7));
    }
}
