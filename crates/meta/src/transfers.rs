//! What crosses between the host and a device of its own.

/// Copies between the host's memory and a device's, and their bytes; all 0 where derivatives are worked out on the host itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transfers {
    /// Copies to the device.
    pub uploads: u64,
    /// Their bytes.
    pub uploaded: u64,
    /// Copies from the device.
    pub downloads: u64,
    /// Their bytes.
    pub downloaded: u64,
}
