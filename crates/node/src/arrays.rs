//! Arrays that TypeScript made and a call writes into.
//!
//! Of an array over memory of ours, Node gives the memory back in a turn of its event loop. A script that steps worlds in a loop takes no
//! turn, so all that it was ever given would stay. Memory that JavaScript made is its own, and may be used again by the next call.

use std::ops::Range;

use napi::bindgen_prelude::{Float64ArraySlice, Uint8ArraySlice};

use crate::error::{Result, SeamError};

/// An array of one call, which is read or written.
pub(crate) trait Array {
    /// Where it lies.
    fn bytes(&self) -> Range<*const u8>;
}

/// An array that a call writes to.
pub(crate) trait Written: Array {
    /// What it holds.
    type Number: Copy;

    /// Its numbers.
    ///
    /// # Safety
    /// No other array of the call shares memory with it ([`apart`]), and JavaScript neither reads nor moves it meanwhile.
    unsafe fn numbers(&mut self) -> &mut [Self::Number];
}

macro_rules! array {
    ($slice:ident, $number:ty) => {
        impl Array for $slice<'_> {
            fn bytes(&self) -> Range<*const u8> {
                let Range { start, end } = self.as_ptr_range();
                start.cast()..end.cast()
            }
        }

        impl Written for $slice<'_> {
            type Number = $number;

            unsafe fn numbers(&mut self) -> &mut [$number] {
                // SAFETY: by the caller's word.
                unsafe { self.as_mut() }
            }
        }
    };
}
array!(Float64ArraySlice, f64);
array!(Uint8ArraySlice, u8);

/// That the arrays of a call, by name, share no memory.
///
/// # Errors
/// `ERR_USAGE` with the names of two that do.
pub(crate) fn apart(arrays: &[(&str, &dyn Array)]) -> Result<()> {
    for (at, (name, array)) in arrays.iter().enumerate() {
        let bytes = array.bytes();
        let shares = |other: &Range<*const u8>| bytes.start < other.end && other.start < bytes.end && !bytes.is_empty();
        if let Some((other, _)) = arrays[..at].iter().find(|(_, other)| shares(&other.bytes())) {
            return Err(SeamError::new("ERR_USAGE", format!("{other} and {name} share memory: give two arrays")));
        }
    }
    Ok(())
}

/// Copies numbers into an array of the caller's.
///
/// # Errors
/// `ERR_SHAPE` where the array has another length.
pub(crate) fn fill<A: Written>(name: &str, array: &mut A, numbers: &[A::Number]) -> Result<()> {
    // SAFETY: the one array that is written; nothing of JavaScript's runs until the end.
    let array = unsafe { array.numbers() };
    if array.len() != numbers.len() {
        let text = format!("{name}: expected {} numbers, got {}", numbers.len(), array.len());
        return Err(SeamError::new("ERR_SHAPE", text));
    }
    array.copy_from_slice(numbers);
    Ok(())
}
