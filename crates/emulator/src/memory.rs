//! Memory of the device: allocations that the host makes, and the windows of generic addresses.

use crate::error::{EmulatorError, Reason};

/// Where generic addresses of local, shared and parameter memory begin; global ones are what they are.
pub(crate) const LOCAL: u64 = 0x0100_0000_0000;
pub(crate) const SHARED: u64 = 0x0200_0000_0000;
pub(crate) const PARAM: u64 = 0x0300_0000_0000;
pub(crate) const FUNCTIONS: u64 = 0x0400_0000_0000;
/// The end of the windows: each is so long.
pub(crate) const WINDOW: u64 = 0x0100_0000_0000;
/// The first address of global memory.
const GLOBAL: u64 = 0x7000_0000_0000;
/// What every allocation is aligned to, as on a card.
const ALIGNMENT: u64 = 256;

/// Global memory. Allocations lie apart, so that reaching beyond one is found out.
#[derive(Debug, Default)]
pub struct Memory {
    /// By address.
    allocations: Vec<(u64, Vec<u8>)>,
    next: u64,
    /// Which was used last.
    last: usize,
}

impl Memory {
    /// None allocated.
    #[must_use]
    pub fn new() -> Self {
        Self { allocations: Vec::new(), next: GLOBAL, last: 0 }
    }

    /// The address of so many bytes, all of them ones in every bit.
    pub fn allocate(&mut self, bytes: usize) -> u64 {
        let address = self.next.max(GLOBAL);
        self.next = (address + bytes as u64 + ALIGNMENT).next_multiple_of(ALIGNMENT);
        self.allocations.push((address, vec![0xFF; bytes]));
        address
    }

    /// Gives an allocation back, by the address that it began with.
    ///
    /// # Errors
    /// [`EmulatorError::Address`] where none begins there.
    pub fn free(&mut self, address: u64) -> Result<(), EmulatorError> {
        let found = self.allocations.binary_search_by_key(&address, |(start, _)| *start);
        let at = found.map_err(|_| EmulatorError::Address { address, bytes: 0 })?;
        self.allocations.remove(at);
        self.last = 0;
        Ok(())
    }

    /// Bytes that are allocated.
    #[must_use]
    pub fn used(&self) -> usize {
        self.allocations.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// Copies from the host.
    ///
    /// # Errors
    /// [`EmulatorError::Address`] where the bytes are not in one allocation.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), EmulatorError> {
        self.slice(address, bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    /// Copies to the host.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), EmulatorError> {
        bytes.copy_from_slice(self.slice(address, bytes.len())?);
        Ok(())
    }

    fn slice(&mut self, address: u64, bytes: usize) -> Result<&mut [u8], EmulatorError> {
        self.at(address, bytes).map_err(|_| EmulatorError::Address { address, bytes })
    }

    /// Bytes of one allocation.
    #[inline]
    pub(crate) fn at(&mut self, address: u64, bytes: usize) -> Result<&mut [u8], Reason> {
        let within = |(start, all): &(u64, Vec<u8>)| {
            address >= *start && (address - start).saturating_add(bytes as u64) <= all.len() as u64
        };
        if !self.allocations.get(self.last).is_some_and(within) {
            let after = self.allocations.partition_point(|(start, _)| *start <= address);
            let found = after.checked_sub(1).filter(|&at| within(&self.allocations[at]));
            self.last = found.ok_or_else(|| format!("{bytes} bytes at {address:#x} are in no allocation"))?;
        }
        let (start, all) = &mut self.allocations[self.last];
        let first = (address - *start) as usize;
        Ok(&mut all[first..first + bytes])
    }
}
