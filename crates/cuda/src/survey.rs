//! What the driver says of itself and of its first card: facts for who chooses a device.

use crate::device::Device;
use crate::driver::Driver;
use crate::error::CudaError;

/// The driver and its first card, as far as they answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The library that was looked for.
    pub library: String,
    /// The newest CUDA that the driver is for: 1000 times its major, and ten times its minor number; 0 where it does not say.
    pub cuda: u32,
    /// Cards that this process may see.
    pub devices: u32,
    /// The first card's name; empty where there is none that takes work.
    pub device: String,
    /// Bytes of its memory; 0 where it does not say.
    pub memory: u64,
    /// Those that are free.
    pub free: u64,
    /// The first thing that is wrong; after it nothing was asked.
    pub problem: Option<CudaError>,
}

impl Survey {
    /// Asks the driver (`libcuda.so.1`, or what [`DRIVER_VARIABLE`](crate::DRIVER_VARIABLE) names) and its first card, on which a context
    /// is made and given back. The library stays open.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let mut found = Self { library: Driver::library(), ..Self::default() };
        found.problem = found.ask().err();
        found
    }

    fn ask(&mut self) -> Result<(), CudaError> {
        let driver = Driver::found(&self.library)?;
        self.cuda = driver.cuda().unwrap_or(0);
        driver.start()?;
        self.devices = driver.devices()?;
        let device = Device::first(driver)?;
        device.name().clone_into(&mut self.device);
        let memory = device.memory();
        device.leave();
        (self.free, self.memory) = memory?;
        Ok(())
    }
}
