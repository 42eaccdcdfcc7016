//! A test double of `libcuda.so.1`: the driver's functions that `xmrl-cuda` calls, over the PTX interpreter. For tests only.
//!
//! Its device is called `emulated (no card)`. What can go wrong with a card goes wrong here where the environment says so, which is
//! asked at every call: `XMRL_EMULATED_FAULT` is `no-device`, `old-driver`, `mismatch`, `old-card` or `launch`;
//! `XMRL_EMULATED_MEMORY` is how many bytes the device has (a GiB where it says nothing).

mod calls;
mod state;
mod status;

pub use state::NAME;
