//! A card: its context, modules, launches.

use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr;
use std::sync::Arc;

use crate::driver::{Driver, Handle, status};
use crate::error::CudaError;

const RETAIN: &str = "cuDevicePrimaryCtxRetain";
/// Of `cuDeviceGetAttribute`: compute capability, major and minor.
const CAPABILITY: [c_int; 2] = [75, 76];
/// Of `cuModuleLoadDataEx`: where the compiler's words go, and how much room there is.
const LOG: [c_int; 2] = [5, 6];
/// Of `cuLaunchKernel`'s extra arguments: the parameters as bytes, their size, the end.
const PARAMETERS: [usize; 3] = [1, 2, 0];
/// Of `cuFuncGetAttribute`: most threads of a block, bytes of local memory of a thread, registers of a thread.
const ATTRIBUTES: [c_int; 3] = [0, 3, 4];

/// The context of a card, shared with whatever else in the process uses the card. Any thread may use it.
#[derive(Debug)]
pub struct Device {
    driver: &'static Driver,
    ordinal: c_int,
    context: Handle,
    name: String,
    capability: (c_int, c_int),
}

// SAFETY: the driver's functions may be called from any thread; every call first makes the context current on its own.
unsafe impl Send for Device {}
// SAFETY: as above.
unsafe impl Sync for Device {}

impl Device {
    /// The first card that the driver sees.
    ///
    /// # Errors
    /// None, one whose context cannot be made, one older than the kernels.
    pub fn first(driver: &'static Driver) -> Result<Arc<Self>, CudaError> {
        driver.devices()?;
        // SAFETY (of all calls here): room for what is asked for, after cuInit.
        let mut ordinal = 0;
        driver.ok("cuDeviceGet", unsafe { (driver.device_get)(&raw mut ordinal, 0) })?;
        let mut name = [0; 256];
        driver.ok("cuDeviceGetName", unsafe { (driver.device_name)(name.as_mut_ptr(), 255, ordinal) })?;
        // The last byte was not given away and is 0.
        let name = unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned();
        let attribute = |which: c_int| {
            let mut value = 0;
            let code = unsafe { (driver.device_attribute)(&raw mut value, which, ordinal) };
            driver.ok("cuDeviceGetAttribute", code).map(|()| value)
        };
        let capability = (attribute(CAPABILITY[0])?, attribute(CAPABILITY[1])?);
        if capability < (7, 0) {
            let capability = format!("{}.{}", capability.0, capability.1);
            return Err(CudaError::Architecture { device: name, capability, name: driver.name(status::NO_BINARY) });
        }
        let mut context = ptr::null_mut();
        match unsafe { (driver.primary_retain)(&raw mut context, ordinal) } {
            0 => Ok(Arc::new(Self { driver, ordinal, context, name, capability })),
            code @ status::OUT_OF_MEMORY => {
                Err(CudaError::Full { device: name, function: RETAIN, name: driver.name(code) })
            }
            code => Err(driver.failed(RETAIN, code)),
        }
    }

    /// What the card is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its compute capability, `9.0` say.
    #[must_use]
    pub fn capability(&self) -> String {
        format!("{}.{}", self.capability.0, self.capability.1)
    }

    /// The driver with its context current on this thread.
    pub(crate) fn current(&self) -> Result<&'static Driver, CudaError> {
        // SAFETY: a context that is retained until this is dropped.
        let code = unsafe { (self.driver.set_current)(self.context) };
        self.driver.ok("cuCtxSetCurrent", code).map(|()| self.driver)
    }

    /// Leaves this thread without a context, as it was before it asked anything of the card.
    pub(crate) fn leave(&self) {
        // SAFETY: no context is a value of its own.
        unsafe { (self.driver.set_current)(ptr::null_mut()) };
    }

    /// Bytes of its memory: free, and in all.
    ///
    /// # Errors
    /// Of the driver.
    pub fn memory(&self) -> Result<(u64, u64), CudaError> {
        let driver = self.current()?;
        let (mut free, mut all) = (0, 0);
        // SAFETY: room for two numbers.
        driver.ok("cuMemGetInfo", unsafe { (driver.memory_info)(&raw mut free, &raw mut all) })?;
        Ok((free as u64, all as u64))
    }

    /// Compiles PTX for this card.
    ///
    /// # Errors
    /// A driver that is too old for it, a card that is, no memory, and PTX that does not compile, with the compiler's words.
    pub fn module(self: &Arc<Self>, ptx: &str) -> Result<Module, CudaError> {
        let driver = self.current()?;
        let text = CString::new(ptx).unwrap_or_default();
        let mut log = vec![0_u8; 4096];
        let (mut handle, mut options) = (ptr::null_mut(), LOG);
        // The size is handed over as if it were a pointer; the last byte stays 0.
        let mut values: [*mut c_void; 2] = [log.as_mut_ptr().cast(), ptr::without_provenance_mut(log.len() - 1)];
        // SAFETY: a NUL-terminated text, two options with their values, room for a handle and for the log.
        let code = unsafe {
            let (options, values) = (options.as_mut_ptr(), values.as_mut_ptr());
            (driver.module_load)(&raw mut handle, text.as_ptr().cast(), 2, options, values)
        };
        let (device, name) = (self.name.clone(), driver.name(code));
        Err(match code {
            0 => return Ok(Module { device: Arc::clone(self), handle }),
            status::OUT_OF_MEMORY => CudaError::OutOfMemory { device, bytes: ptx.len() as u64, name },
            status::UNSUPPORTED_PTX | status::OLD_DRIVER => {
                CudaError::OldDriver { driver: driver.cuda_version(), name }
            }
            status::NO_BINARY => CudaError::Architecture { device, capability: self.capability(), name },
            status::INVALID_PTX => {
                let said = CStr::from_bytes_until_nul(&log).unwrap_or_default().to_string_lossy();
                CudaError::Compile { device, name, log: said.trim().to_owned() }
            }
            code => driver.failed("cuModuleLoadDataEx", code),
        })
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: retained once by `first`, and nothing that uses it lives on: all of it holds this device.
        unsafe { (self.driver.primary_release)(self.ordinal) };
    }
}

/// Compiled PTX.
#[derive(Debug)]
pub struct Module {
    device: Arc<Device>,
    handle: Handle,
}

// SAFETY: as `Device`.
unsafe impl Send for Module {}
// SAFETY: as `Device`.
unsafe impl Sync for Module {}

impl Module {
    /// A kernel of the module.
    ///
    /// # Errors
    /// One that it does not have.
    pub fn kernel<'a>(&'a self, name: &str) -> Result<Kernel<'a>, CudaError> {
        let driver = self.device.current()?;
        let symbol = CString::new(name).unwrap_or_default();
        let mut handle = ptr::null_mut();
        // SAFETY: a module that is loaded, a NUL-terminated name, room for a handle.
        let code = unsafe { (driver.module_function)(&raw mut handle, self.handle, symbol.as_ptr()) };
        driver.ok("cuModuleGetFunction", code)?;
        Ok(Kernel { module: self, handle, name: name.to_owned() })
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        if let Ok(driver) = self.device.current() {
            // SAFETY: loaded once; no kernel of it lives on.
            unsafe { (driver.module_unload)(self.handle) };
        }
    }
}

/// A kernel of a module.
#[derive(Debug)]
pub struct Kernel<'a> {
    module: &'a Module,
    handle: Handle,
    name: String,
}

impl Kernel<'_> {
    /// Most threads of a block, bytes of local memory a thread, registers a thread.
    ///
    /// # Errors
    /// Of the driver.
    pub fn attributes(&self) -> Result<[u32; 3], CudaError> {
        let driver = self.module.device.current()?;
        let mut found = [0; 3];
        for (value, which) in found.iter_mut().zip(ATTRIBUTES) {
            let mut number: c_int = 0;
            // SAFETY: room for a number, and a kernel whose module is loaded.
            let code = unsafe { (driver.function_attribute)(&raw mut number, which, self.handle) };
            driver.ok("cuFuncGetAttribute", code)?;
            *value = number.max(0).cast_unsigned();
        }
        Ok(found)
    }

    /// Runs `blocks` of `threads` with these bytes of parameters, and waits for the end.
    ///
    /// # Safety
    /// The parameters are those of the kernel, and what their addresses point to is as large as it needs and alive.
    ///
    /// # Errors
    /// [`CudaError::Launch`]; of memory that the threads need and the card does not have, [`CudaError::OutOfMemory`].
    pub unsafe fn launch(&self, blocks: u32, threads: u32, parameters: &[u8]) -> Result<(), CudaError> {
        let device = &self.module.device;
        let driver = device.current()?;
        let mut size = parameters.len();
        let [bytes, length, end] = PARAMETERS.map(ptr::without_provenance_mut::<c_void>);
        let mut extra = [bytes, parameters.as_ptr().cast_mut().cast(), length, (&raw mut size).cast(), end];
        let (none, extra) = (ptr::null_mut(), extra.as_mut_ptr());
        // SAFETY: a loaded kernel, its parameters as bytes (the caller's word), the default stream.
        let mut code =
            unsafe { (driver.launch)(self.handle, blocks, 1, 1, threads, 1, 1, 0, ptr::null_mut(), none, extra) };
        if code == 0 {
            // SAFETY: the context is current.
            code = unsafe { (driver.synchronize)() };
        }
        if code == 0 {
            return Ok(());
        }
        let (name, text, device) = (driver.name(code), driver.text(code), device.name.clone());
        Err(match code {
            status::OUT_OF_MEMORY => CudaError::OutOfMemory { device, bytes: 0, name },
            _ => CudaError::Launch { kernel: self.name.clone(), device, name, text },
        })
    }
}
