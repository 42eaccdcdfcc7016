//! The test double of the driver, by its path.

use std::path::PathBuf;
use std::sync::Arc;

use xmrl_cuda::{Device, Driver};

/// The library that this test's build made.
pub(crate) fn library() -> String {
    let mut folder: PathBuf = std::env::current_exe().unwrap();
    folder.pop();
    let file = folder.join("libxmrl_emulated_driver.so");
    assert!(file.is_file(), "{} is not there", file.display());
    file.display().to_string()
}

/// The emulated device.
pub(crate) fn device() -> Arc<Device> {
    let device = Device::first(Driver::open_file(&library()).unwrap()).unwrap();
    assert_eq!(device.name(), xmrl_emulated_driver::NAME);
    device
}
