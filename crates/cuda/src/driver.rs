//! The driver's library: opened, its functions.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::sync::{Mutex, PoisonError};

use crate::error::CudaError;

/// The environment variable that names another library than `libcuda.so.1`: an absolute path.
pub const DRIVER_VARIABLE: &str = "XMRL_LIBCUDA";

/// Status of a call; 0 is success.
pub(crate) type Status = c_int;
/// A device's address.
pub(crate) type Address = u64;
/// Context, module, function: pointers of which only the address is known.
pub(crate) type Handle = *mut c_void;

/// Statuses that are told apart.
pub(crate) mod status {
    use super::Status;

    pub(crate) const OUT_OF_MEMORY: Status = 2;
    pub(crate) const NO_DEVICE: Status = 100;
    pub(crate) const INVALID_DEVICE: Status = 101;
    pub(crate) const NO_BINARY: Status = 209;
    pub(crate) const INVALID_PTX: Status = 218;
    pub(crate) const UNSUPPORTED_PTX: Status = 222;
    pub(crate) const OLD_DRIVER: Status = 35;
    pub(crate) const MISMATCH: Status = 803;
    pub(crate) const UNSUPPORTED_CARD: Status = 804;
}

macro_rules! functions {
    ($($field:ident: $symbol:literal ($($argument:ty),*);)*) => {
        /// The functions that are called, and the library that they are in. It is opened once and never closed.
        pub struct Driver {
            file: String,
            $(pub(crate) $field: unsafe extern "C" fn($($argument),*) -> Status,)*
        }

        impl Driver {
            fn load(file: &str, handle: *mut c_void) -> Result<Self, CudaError> {
                let symbol = |name: &'static CStr| {
                    // SAFETY: an open handle and a NUL-terminated name.
                    let address = unsafe { libc::dlsym(handle, name.as_ptr()) };
                    let function = || name.to_string_lossy().into_owned();
                    if address.is_null() {
                        Err(CudaError::Missing { file: file.to_owned(), function: function() })
                    } else {
                        Ok(address)
                    }
                };
                // SAFETY: the functions of cuda.h have these types since CUDA 11.
                unsafe {
                    Ok(Self { file: file.to_owned(), $($field: function(symbol($symbol)?),)* })
                }
            }
        }
    };
}
functions! {
    init: c"cuInit" (c_uint);
    version: c"cuDriverGetVersion" (*mut c_int);
    device_count: c"cuDeviceGetCount" (*mut c_int);
    device_get: c"cuDeviceGet" (*mut c_int, c_int);
    device_name: c"cuDeviceGetName" (*mut c_char, c_int, c_int);
    device_attribute: c"cuDeviceGetAttribute" (*mut c_int, c_int, c_int);
    primary_retain: c"cuDevicePrimaryCtxRetain" (*mut Handle, c_int);
    primary_release: c"cuDevicePrimaryCtxRelease_v2" (c_int);
    set_current: c"cuCtxSetCurrent" (Handle);
    synchronize: c"cuCtxSynchronize" ();
    memory_info: c"cuMemGetInfo_v2" (*mut usize, *mut usize);
    module_load: c"cuModuleLoadDataEx" (*mut Handle, *const c_void, c_uint, *mut c_int, *mut *mut c_void);
    module_unload: c"cuModuleUnload" (Handle);
    module_function: c"cuModuleGetFunction" (*mut Handle, Handle, *const c_char);
    function_attribute: c"cuFuncGetAttribute" (*mut c_int, c_int, Handle);
    allocate: c"cuMemAlloc_v2" (*mut Address, usize);
    free: c"cuMemFree_v2" (Address);
    to_device: c"cuMemcpyHtoD_v2" (Address, *const c_void, usize);
    to_host: c"cuMemcpyDtoH_v2" (*mut c_void, Address, usize);
    launch: c"cuLaunchKernel" (
        Handle, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, c_uint, Handle, *mut *mut c_void, *mut *mut c_void
    );
    error_name: c"cuGetErrorName" (Status, *mut *const c_char);
    error_text: c"cuGetErrorString" (Status, *mut *const c_char);
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Driver").field(&self.file).finish()
    }
}

/// Libraries that are open. They stay so: threads may be inside.
static OPEN: Mutex<Vec<&'static Driver>> = Mutex::new(Vec::new());

impl Driver {
    /// Opens `libcuda.so.1`, or the library that [`DRIVER_VARIABLE`] names, and initialises it; or gives the one that is open.
    ///
    /// # Errors
    /// No library, one that is no driver, one that sees no device or does not fit its kernel module.
    pub fn open() -> Result<&'static Self, CudaError> {
        Self::open_file(&Self::library())
    }

    /// The library that [`open`](Self::open) looks for.
    #[must_use]
    pub fn library() -> String {
        let asked = std::env::var(DRIVER_VARIABLE).unwrap_or_default();
        if asked.is_empty() { "libcuda.so.1".to_owned() } else { asked }
    }

    /// The same with the library's name or absolute path.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_file(file: &str) -> Result<&'static Self, CudaError> {
        let driver = Self::found(file)?;
        driver.start()?;
        Ok(driver)
    }

    /// The library, not initialised.
    pub(crate) fn found(file: &str) -> Result<&'static Self, CudaError> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(driver) = open.iter().find(|driver| driver.file == file) {
            return Ok(driver);
        }
        let handle = open_library(file)?;
        let driver: &'static Self = Box::leak(Box::new(Self::load(file, handle)?));
        open.push(driver);
        Ok(driver)
    }

    /// Initialises it; any number of times.
    pub(crate) fn start(&self) -> Result<(), CudaError> {
        // SAFETY: the flags must be 0; any number of calls is allowed.
        let code = unsafe { (self.init)(0) };
        let (file, name) = (self.file.clone(), self.name(code));
        Err(match code {
            0 => return Ok(()),
            status::NO_DEVICE | status::INVALID_DEVICE => self.no_device("cuInit", code),
            status::OLD_DRIVER | status::MISMATCH | status::UNSUPPORTED_CARD => CudaError::Mismatch { file, name },
            _ => CudaError::Start { file, name },
        })
    }

    /// Where it was opened from: a path, or the name that the dynamic linker found.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The newest CUDA that the driver is for: 1000 times its major, and ten times its minor number; `None` where it does not say.
    #[must_use]
    pub fn cuda(&self) -> Option<u32> {
        let mut version: c_int = 0;
        // SAFETY: room for a number, which may be asked before cuInit.
        let code = unsafe { (self.version)(&raw mut version) };
        (code == 0).then_some(version.max(0).cast_unsigned())
    }

    /// [`cuda`](Self::cuda) as it is written, `12.4` say; `unknown` where it does not say.
    #[must_use]
    pub fn cuda_version(&self) -> String {
        self.cuda().map_or("unknown".to_owned(), |version| format!("{}.{}", version / 1000, version % 1000 / 10))
    }

    /// Cards that this process may see. Error: none, or the driver's.
    pub(crate) fn devices(&self) -> Result<u32, CudaError> {
        let mut count: c_int = 0;
        // SAFETY: room for a number, after cuInit.
        let code = unsafe { (self.device_count)(&raw mut count) };
        match code {
            0 if count > 0 => Ok(count.cast_unsigned()),
            0 => Err(self.no_device("cuDeviceGetCount", status::NO_DEVICE)),
            status::NO_DEVICE | status::INVALID_DEVICE => Err(self.no_device("cuDeviceGetCount", code)),
            code => Err(self.failed("cuDeviceGetCount", code)),
        }
    }

    fn no_device(&self, function: &'static str, code: Status) -> CudaError {
        CudaError::NoDevice { file: self.file.clone(), function, name: self.name(code) }
    }

    /// A status as a value.
    pub(crate) fn ok(&self, function: &'static str, code: Status) -> Result<(), CudaError> {
        if code == 0 { Ok(()) } else { Err(self.failed(function, code)) }
    }

    pub(crate) fn failed(&self, function: &'static str, code: Status) -> CudaError {
        CudaError::Call { function, name: self.name(code), text: self.text(code) }
    }

    /// The driver's name of a failure, `CUDA_ERROR_OUT_OF_MEMORY` say.
    pub(crate) fn name(&self, code: Status) -> String {
        self.said(self.error_name, code)
    }

    /// The driver's words about a failure.
    pub(crate) fn text(&self, code: Status) -> String {
        self.said(self.error_text, code)
    }

    fn said(&self, ask: unsafe extern "C" fn(Status, *mut *const c_char) -> Status, code: Status) -> String {
        let mut text = std::ptr::null();
        // SAFETY: room for a pointer to a string that the driver keeps.
        let known = unsafe { ask(code, &raw mut text) } == 0 && !text.is_null();
        // SAFETY: as above.
        if known { unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned() } else { format!("status {code}") }
    }
}

fn open_library(file: &str) -> Result<*mut c_void, CudaError> {
    let fail = |reason: String| CudaError::NoDriver { file: file.to_owned(), reason };
    let path = CString::new(file).map_err(|error| fail(error.to_string()))?;
    // SAFETY: loading runs the library's initialisers, which is what is asked for; its symbols stay its own.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    if !handle.is_null() {
        return Ok(handle);
    }
    // SAFETY: after a failure on this thread dlerror returns a NUL-terminated string or null.
    let message = unsafe { libc::dlerror() };
    if message.is_null() {
        return Err(fail("the dynamic linker gave no reason".to_owned()));
    }
    // SAFETY: as above.
    Err(fail(unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned()))
}

/// A function at an address, of the type that the caller names.
unsafe fn function<F: Copy>(address: *mut c_void) -> F {
    const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
    // SAFETY: a pointer and a function pointer are of one size; the caller vouches for the type.
    unsafe { std::mem::transmute_copy::<*mut c_void, F>(&address) }
}
