//! The driver's functions, by the names and types of cuda.h. Pointers are trusted as the driver trusts them.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::slice;

use crate::state::{self, NAME, State, fault};
use crate::status::{self, Status};

/// Versions that it is for: CUDA 12.4, or 10.2 where it is to be old.
const VERSIONS: [c_int; 2] = [12_040, 10_020];

/// Work that needs an initialised driver which no launch has broken.
fn ready(work: impl FnOnce(&mut State) -> Result<(), Status>) -> Status {
    state::with(|state| match (state.initialised, state.failed) {
        (false, _) => status::NOT_INITIALIZED,
        (true, Some(failed)) => failed,
        (true, None) => work(state).err().unwrap_or(status::SUCCESS),
    })
}

/// The same, where a context must be there.
fn in_context(work: impl FnOnce(&mut State) -> Result<(), Status>) -> Status {
    ready(|state| if state.retained == 0 { Err(status::INVALID_CONTEXT) } else { work(state) })
}

/// Writes where the caller has made room; nowhere is an error.
unsafe fn put<T>(to: *mut T, value: T) -> Result<(), Status> {
    if to.is_null() {
        return Err(status::INVALID_VALUE);
    }
    // SAFETY: the caller's word.
    unsafe { to.write(value) };
    Ok(())
}

macro_rules! driver {
    ($($name:ident($($argument:ident: $type:ty),*) $body:block)*) => {$(
        #[allow(non_snake_case, reason = "the driver's names")]
        #[allow(clippy::allow_attributes, reason = "not every argument is looked at")]
        #[allow(clippy::missing_safety_doc, reason = "as cuda.h has it")]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) -> Status $body
    )*};
}

driver! {
    cuInit(flags: c_uint) {
        match flags {
            0 if fault("no-device") => status::NO_DEVICE,
            0 if fault("mismatch") => status::MISMATCH,
            0 => state::with(|state| { state.initialised = true; status::SUCCESS }),
            _ => status::INVALID_VALUE,
        }
    }

    cuDriverGetVersion(version: *mut c_int) {
        let found = VERSIONS[usize::from(fault("old-driver"))];
        // SAFETY (here and below): as the driver's contract says.
        unsafe { put(version, found) }.err().unwrap_or(status::SUCCESS)
    }

    cuDeviceGetCount(count: *mut c_int) { ready(|_| unsafe { put(count, 1) }) }

    cuDeviceGet(device: *mut c_int, ordinal: c_int) {
        ready(|_| if ordinal == 0 { unsafe { put(device, 0) } } else { Err(status::INVALID_DEVICE) })
    }

    cuDeviceGetName(name: *mut c_char, room: c_int, device: c_int) {
        ready(|_| {
            if device != 0 || room < 1 || name.is_null() {
                return Err(status::INVALID_VALUE);
            }
            let length = NAME.len().min(room.cast_unsigned() as usize - 1);
            unsafe {
                name.copy_from_nonoverlapping(NAME.as_ptr().cast(), length);
                name.add(length).write(0);
            }
            Ok(())
        })
    }

    cuDeviceGetAttribute(value: *mut c_int, attribute: c_int, device: c_int) {
        let capability = if fault("old-card") { [6, 1] } else { [9, 0] };
        ready(|_| match (attribute, device) {
            (75 | 76, 0) => unsafe { put(value, capability[attribute as usize - 75]) },
            _ => Err(status::INVALID_VALUE),
        })
    }

    cuDevicePrimaryCtxRetain(context: *mut *mut c_void, device: c_int) {
        ready(|state| {
            if device != 0 {
                return Err(status::INVALID_DEVICE);
            }
            unsafe { put(context, std::ptr::without_provenance_mut(0x1000)) }?;
            state.retained += 1;
            Ok(())
        })
    }

    cuDevicePrimaryCtxRelease_v2(device: c_int) {
        ready(|state| {
            state.retained = state.retained.checked_sub(1).filter(|_| device == 0).ok_or(status::INVALID_CONTEXT)?;
            Ok(())
        })
    }

    cuCtxSetCurrent(context: *mut c_void) {
        in_context(|_| if context.addr() == 0x1000 { Ok(()) } else { Err(status::INVALID_CONTEXT) })
    }

    cuCtxSynchronize() { in_context(State::settle) }

    cuMemGetInfo_v2(free: *mut usize, total: *mut usize) {
        in_context(|state| unsafe {
            put(total, state::memory_size())?;
            put(free, state::memory_size().saturating_sub(state.used()))
        })
    }

    cuModuleLoadDataEx(
        module: *mut *mut c_void, image: *const c_void, count: c_uint, options: *mut c_int, values: *mut *mut c_void
    ) {
        if fault("old-driver") {
            return status::UNSUPPORTED_PTX;
        }
        in_context(|state| {
            let text = unsafe { CStr::from_ptr(image.cast()) }.to_str().map_err(|_| status::INVALID_PTX)?;
            match state.load(text) {
                Ok(handle) => unsafe { put(module, std::ptr::without_provenance_mut(handle)) },
                Err(words) => {
                    unsafe { log(&words, count, options, values) };
                    Err(status::INVALID_PTX)
                }
            }
        })
    }

    cuModuleUnload(module: *mut c_void) { in_context(|state| state.unload(module.addr())) }

    cuModuleGetFunction(function: *mut *mut c_void, module: *mut c_void, name: *const c_char) {
        in_context(|state| {
            let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
            let handle = state.function(module.addr(), &name)?;
            unsafe { put(function, std::ptr::without_provenance_mut(handle)) }
        })
    }

    cuFuncGetAttribute(value: *mut c_int, attribute: c_int, function: *mut c_void) {
        in_context(|state| {
            let local = state.local_bytes(function.addr())? as c_int;
            match attribute {
                0 => unsafe { put(value, 1024) },
                3 => unsafe { put(value, local) },
                4 => unsafe { put(value, 0) },
                _ => Err(status::INVALID_VALUE),
            }
        })
    }

    cuMemAlloc_v2(address: *mut u64, bytes: usize) {
        in_context(|state| {
            let found = state.allocate(bytes)?;
            unsafe { put(address, found) }
        })
    }

    cuMemFree_v2(address: u64) { in_context(|state| state.free(address)) }

    cuMemcpyHtoD_v2(to: u64, from: *const c_void, bytes: usize) {
        in_context(|state| state.write(to, unsafe { slice::from_raw_parts(from.cast(), bytes) }))
    }

    cuMemcpyDtoH_v2(to: *mut c_void, from: u64, bytes: usize) {
        in_context(|state| state.read(from, unsafe { slice::from_raw_parts_mut(to.cast(), bytes) }))
    }

    cuLaunchKernel(
        function: *mut c_void, bx: c_uint, by: c_uint, bz: c_uint, tx: c_uint, ty: c_uint, tz: c_uint, shared: c_uint,
        _stream: *mut c_void, _parameters: *mut *mut c_void, extra: *mut *mut c_void
    ) {
        in_context(|state| {
            let parameters = unsafe { parameters(extra) }?;
            state.launch(function.addr(), [bx, by, bz], [tx, ty, tz], shared, parameters)
        })
    }

    cuGetErrorName(code: Status, text: *mut *const c_char) {
        match status::described(code) {
            Some((name, _)) => unsafe { put(text, name.as_ptr()) }.err().unwrap_or(status::SUCCESS),
            None => status::INVALID_VALUE,
        }
    }

    cuGetErrorString(code: Status, text: *mut *const c_char) {
        let said = state::with(|state| state.words().filter(|_| code == status::LAUNCH_FAILED).map(|words| words.as_ptr()));
        match said.or(status::described(code).map(|(_, words)| words.as_ptr())) {
            Some(words) => unsafe { put(text, words) }.err().unwrap_or(status::SUCCESS),
            None => status::INVALID_VALUE,
        }
    }
}

/// Writes the compiler's words where the options ask for them.
unsafe fn log(words: &str, count: c_uint, options: *mut c_int, values: *mut *mut c_void) {
    let option = |wanted: c_int| {
        (0..count as usize).find_map(|at| unsafe { (*options.add(at) == wanted).then(|| *values.add(at)) })
    };
    if let (Some(to), Some(room)) = (option(5), option(6)) {
        let length = words.len().min(room.addr().saturating_sub(1));
        unsafe {
            to.cast::<u8>().copy_from_nonoverlapping(words.as_ptr(), length);
            to.cast::<u8>().add(length).write(0);
        }
    }
}

/// The bytes that the extra arguments of a launch name.
unsafe fn parameters<'a>(mut extra: *mut *mut c_void) -> Result<&'a [u8], Status> {
    if extra.is_null() {
        return Err(status::INVALID_VALUE);
    }
    let (mut bytes, mut size) = (std::ptr::null(), 0);
    unsafe {
        while !(*extra).is_null() {
            match (*extra).addr() {
                1 => bytes = (*extra.add(1)).cast::<u8>().cast_const(),
                2 => size = *(*extra.add(1)).cast::<usize>(),
                _ => return Err(status::INVALID_VALUE),
            }
            extra = extra.add(2);
        }
        if bytes.is_null() { Err(status::INVALID_VALUE) } else { Ok(slice::from_raw_parts(bytes, size)) }
    }
}
