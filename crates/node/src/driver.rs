//! What the NVIDIA driver says of itself and of its first device: facts for who chooses a device, never an error.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};

use napi_derive::napi;

use crate::executor::guard;
use crate::library::reason;

/// Names another library than `libcuda.so.1`, by absolute path.
const VARIABLE: &str = "XMRL_LIBCUDA";

/// The driver, as far as it answers.
#[napi(object)]
pub struct CudaDriver {
    /// The library that was looked for.
    pub library: String,
    /// What is wrong and what to do, in a sentence; none where a device has memory left.
    pub problem: Option<String>,
    /// The newest CUDA that the driver is for: 1000 times its major, and ten times its minor number; 0 where it does not say.
    pub cuda: f64,
    /// Devices that this process may see.
    pub devices: f64,
    /// The first device's name; empty where there is none.
    pub device: String,
    /// Bytes of its memory; 0 where it does not say.
    pub memory: f64,
    /// Those that are free.
    pub free: f64,
}

/// Asks the driver (`libcuda.so.1`, or what `XMRL_LIBCUDA` names) and its first device. The library stays open.
#[napi]
pub fn cuda_driver() -> napi::Result<CudaDriver> {
    Ok(guard(|| Ok(ask()))?)
}

fn ask() -> CudaDriver {
    let named = std::env::var(VARIABLE).unwrap_or_default();
    let library = if named.is_empty() { "libcuda.so.1".to_owned() } else { named };
    let mut found = CudaDriver {
        library: library.clone(),
        problem: None,
        cuda: 0.0,
        devices: 0.0,
        device: String::new(),
        memory: 0.0,
        free: 0.0,
    };
    found.problem = examine(&library, &mut found).err();
    found
}

/// Fills in what is found, up to the first thing that is wrong.
fn examine(library: &str, found: &mut CudaDriver) -> Result<(), String> {
    let driver = Driver::open(library)?;
    let mut cuda: c_int = 0;
    // SAFETY: cuDriverGetVersion writes one int, also before cuInit.
    if unsafe { driver.function::<unsafe extern "C" fn(*mut c_int) -> c_int>(c"cuDriverGetVersion")?(&raw mut cuda) }
        == 0
    {
        found.cuda = f64::from(cuda);
    }
    // SAFETY: its flags must be 0; any number of calls is allowed.
    let code = unsafe { driver.function::<unsafe extern "C" fn(c_uint) -> c_int>(c"cuInit")?(0) };
    driver.check("cuInit", code)?;
    let mut count: c_int = 0;
    // SAFETY: it writes one int.
    let code =
        unsafe { driver.function::<unsafe extern "C" fn(*mut c_int) -> c_int>(c"cuDeviceGetCount")?(&raw mut count) };
    driver.check("cuDeviceGetCount", code)?;
    if count < 1 {
        return driver.check("cuDeviceGetCount", NO_DEVICE);
    }
    found.devices = f64::from(count);
    let mut device: c_int = 0;
    // SAFETY: it writes one int; there is a device 0.
    let code = unsafe {
        driver.function::<unsafe extern "C" fn(*mut c_int, c_int) -> c_int>(c"cuDeviceGet")?(&raw mut device, 0)
    };
    driver.check("cuDeviceGet", code)?;
    let mut name: [c_char; 128] = [0; 128];
    // SAFETY: it writes at most as many bytes as it is told, with a NUL; the last one stays 0.
    let code = unsafe {
        driver.function::<unsafe extern "C" fn(*mut c_char, c_int, c_int) -> c_int>(c"cuDeviceGetName")?(
            name.as_mut_ptr(),
            127,
            device,
        )
    };
    driver.check("cuDeviceGetName", code)?;
    // SAFETY: NUL-terminated by its last byte at the latest.
    found.device = unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned();
    driver.memory(device, found)
}

/// `CUDA_ERROR_NO_DEVICE`.
const NO_DEVICE: c_int = 100;

/// An open library; it is never closed, as threads of its own may run.
struct Driver {
    file: String,
    handle: *mut c_void,
}

impl Driver {
    fn open(file: &str) -> Result<Self, String> {
        let name = CString::new(file).map_err(|_| format!("{VARIABLE}={file:?}: a path holds no NUL byte"))?;
        // SAFETY: NUL-terminated and outlives the call; loading runs the initialisers of what is called the driver.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
        if handle.is_null() {
            return Err(format!(
                "no NVIDIA driver: {file} does not open ({}); install the driver, or name its library by {VARIABLE}",
                reason()
            ));
        }
        Ok(Self { file: file.to_owned(), handle })
    }

    /// A function of the library, as the pointer type F.
    fn function<F: Copy>(&self, name: &CStr) -> Result<F, String> {
        // SAFETY: an open handle and a NUL-terminated name.
        let address = unsafe { libc::dlsym(self.handle, name.as_ptr()) };
        if address.is_null() || size_of::<F>() != size_of::<*mut c_void>() {
            let name = name.to_string_lossy();
            return Err(format!("{} has no {name}: it is no NVIDIA driver; install one for CUDA 13", self.file));
        }
        // SAFETY: F is a pointer to a function of cuda.h's type, of a pointer's size.
        Ok(unsafe { std::mem::transmute_copy(&address) })
    }

    /// The driver's own word for a code.
    fn name(&self, code: c_int) -> String {
        let mut text: *const c_char = std::ptr::null();
        let Ok(ask) = self.function::<unsafe extern "C" fn(c_int, *mut *const c_char) -> c_int>(c"cuGetErrorName")
        else {
            return format!("code {code}");
        };
        // SAFETY: it writes a pointer to a static string, or null for a code it does not know.
        if unsafe { ask(code, &raw mut text) } != 0 || text.is_null() {
            return format!("code {code}");
        }
        // SAFETY: as above.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    }

    /// What to do about a call that failed.
    fn check(&self, call: &str, code: c_int) -> Result<(), String> {
        let (file, name) = (&self.file, self.name(code));
        Err(match code {
            0 => return Ok(()),
            NO_DEVICE | 101 => {
                let hidden = std::env::var("CUDA_VISIBLE_DEVICES").ok();
                let why = match hidden.as_deref() {
                    Some("") => "CUDA_VISIBLE_DEVICES is empty, which hides all: unset it, or name one".to_owned(),
                    Some(shown) => {
                        format!("CUDA_VISIBLE_DEVICES={shown} may hide it: unset it, or name one of nvidia-smi's")
                    }
                    None => "see whether nvidia-smi lists one".to_owned(),
                };
                format!("the NVIDIA driver ({file}) sees no device ({call}: {name}); {why}")
            }
            35 | 803 | 804 => format!(
                "the NVIDIA driver ({file}) does not fit its kernel module ({call}: {name}); install one driver whole and restart"
            ),
            2 => format!("the device has no memory left ({call}: {name}); nvidia-smi says what holds it"),
            _ => format!("the NVIDIA driver ({file}) does not start ({call}: {name}); see whether nvidia-smi works"),
        })
    }

    /// Whether the device takes work, by a context of it, and its memory.
    fn memory(&self, device: c_int, found: &mut CudaDriver) -> Result<(), String> {
        let (mut free, mut total, mut context): (usize, usize, *mut c_void) = (0, 0, std::ptr::null_mut());
        // SAFETY: the functions of cuda.h have these types; what they write lies on this stack, and the context that is retained is
        // released, here, by the thread that made it current.
        unsafe {
            let retain: unsafe extern "C" fn(*mut *mut c_void, c_int) -> c_int =
                self.function(c"cuDevicePrimaryCtxRetain")?;
            let release: unsafe extern "C" fn(c_int) -> c_int = self.function(c"cuDevicePrimaryCtxRelease_v2")?;
            let push: unsafe extern "C" fn(*mut c_void) -> c_int = self.function(c"cuCtxPushCurrent_v2")?;
            let pop: unsafe extern "C" fn(*mut *mut c_void) -> c_int = self.function(c"cuCtxPopCurrent_v2")?;
            let info: unsafe extern "C" fn(*mut usize, *mut usize) -> c_int = self.function(c"cuMemGetInfo_v2")?;
            self.check("cuDevicePrimaryCtxRetain", retain(&raw mut context, device))?;
            let mut code = push(context);
            if code == 0 {
                code = info(&raw mut free, &raw mut total);
                pop(&raw mut context);
            }
            release(device);
            self.check("cuMemGetInfo", code)?;
        }
        (found.memory, found.free) = (total as f64, free as f64);
        // What libtorch needs before it holds a row: its context and its libraries' workspaces.
        if free < 512 << 20 {
            let mib = |bytes: usize| bytes >> 20;
            return Err(format!(
                "{} has {} MiB free of {}, and libtorch needs 512 to start; nvidia-smi says what holds them",
                found.device,
                mib(free),
                mib(total)
            ));
        }
        Ok(())
    }
}
