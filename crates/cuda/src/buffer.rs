//! Memory of a card.

use std::sync::Arc;

use crate::device::Device;
use crate::driver::status;
use crate::error::CudaError;

/// Numbers whose bytes may go to a card and come back: any bits are one.
///
/// # Safety
/// No padding, no bits that are not allowed.
pub unsafe trait Plain: Copy {}
// SAFETY: numbers.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for f32 {}
// SAFETY: as above.
unsafe impl Plain for f64 {}

/// Memory of a card, given back when this is dropped.
#[derive(Debug)]
pub struct Buffer {
    device: Arc<Device>,
    address: u64,
    bytes: usize,
}

impl Buffer {
    /// Memory for so many bytes; what is in it is left open.
    ///
    /// # Errors
    /// [`CudaError::OutOfMemory`] where the card has not as many.
    pub fn room(device: &Arc<Device>, bytes: usize) -> Result<Self, CudaError> {
        let driver = device.current()?;
        let mut address = 0;
        // SAFETY: room for an address; a size of 0 would be refused.
        match unsafe { (driver.allocate)(&raw mut address, bytes.max(1)) } {
            0 => Ok(Self { device: Arc::clone(device), address, bytes }),
            code @ status::OUT_OF_MEMORY => {
                let device = device.name().to_owned();
                Err(CudaError::OutOfMemory { device, bytes: bytes as u64, name: driver.name(code) })
            }
            code => Err(driver.failed("cuMemAlloc", code)),
        }
    }

    /// Memory that holds these numbers.
    ///
    /// # Errors
    /// Of the allocation and the copy.
    pub fn of<T: Plain>(device: &Arc<Device>, numbers: &[T]) -> Result<Self, CudaError> {
        let buffer = Self::room(device, size_of_val(numbers))?;
        buffer.write(numbers)?;
        Ok(buffer)
    }

    /// Where it lies on the card.
    #[must_use]
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Copies numbers to its beginning.
    ///
    /// # Errors
    /// More of them than it holds; of the driver.
    pub fn write<T: Plain>(&self, numbers: &[T]) -> Result<(), CudaError> {
        let bytes = self.fits(size_of_val(numbers))?;
        if bytes == 0 {
            return Ok(());
        }
        let driver = self.device.current()?;
        // SAFETY: so many bytes are there on both sides.
        driver.ok("cuMemcpyHtoD", unsafe { (driver.to_device)(self.address, numbers.as_ptr().cast(), bytes) })
    }

    /// Copies its beginning to numbers.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn read<T: Plain>(&self, numbers: &mut [T]) -> Result<(), CudaError> {
        let bytes = self.fits(size_of_val(numbers))?;
        if bytes == 0 {
            return Ok(());
        }
        let driver = self.device.current()?;
        // SAFETY: so many bytes are there on both sides, and any bits are numbers (contract of `Plain`).
        driver.ok("cuMemcpyDtoH", unsafe { (driver.to_host)(numbers.as_mut_ptr().cast(), self.address, bytes) })
    }

    fn fits(&self, got: usize) -> Result<usize, CudaError> {
        if got <= self.bytes { Ok(got) } else { Err(CudaError::Copy { got, there: self.bytes }) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Ok(driver) = self.device.current() {
            // SAFETY: allocated once, and nothing that runs uses it: launches are waited for.
            unsafe { (driver.free)(self.address) };
        }
    }
}
