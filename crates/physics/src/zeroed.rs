//! Rooms that are made where they lie: a workspace is tens of kilobytes, too much to pass through a stack.

use core::mem::MaybeUninit;

/// Plain data of which zeros are a value.
///
/// # Safety
/// A value whose bytes are all 0 must be valid: numbers, flags, arrays and lanes ([`Lane`](xmrl_lanes::Lane)) only.
pub unsafe trait Zeroed: Sized {
    /// Writes zeros to `room`, in place.
    fn zeroed_in(room: &mut MaybeUninit<Self>) -> &mut Self {
        // SAFETY: `room` is one of Self, for which zeros are a value (contract of this trait).
        unsafe {
            room.as_mut_ptr().write_bytes(0, 1);
            room.assume_init_mut()
        }
    }

    /// Zeros in memory of their own.
    #[cfg(feature = "std")]
    fn zeroed() -> std::boxed::Box<Self> {
        // SAFETY: zeros are a value (contract of this trait).
        unsafe { std::boxed::Box::new_zeroed().assume_init() }
    }

    /// Sets everything to zero.
    fn clear(&mut self) {
        // SAFETY: zeros are a value (contract of this trait).
        unsafe { core::ptr::from_mut(self).write_bytes(0, 1) }
    }
}
