//! What a thread holds: its registers, its memory, where it is.

use crate::code::Code;
use crate::operation::Copy3;

/// A call that has not returned.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) function: usize,
    /// The next instruction.
    pub(crate) at: usize,
    pub(crate) registers: usize,
    pub(crate) parameters: usize,
    pub(crate) locals: usize,
    /// What goes back to the caller's parameters.
    pub(crate) results: Vec<Copy3>,
}

/// A thread.
#[derive(Debug, Default)]
pub(crate) struct Thread {
    pub(crate) index: [u32; 3],
    pub(crate) frames: Vec<Frame>,
    pub(crate) registers: Vec<u64>,
    pub(crate) parameters: Vec<u8>,
    pub(crate) local: Vec<u8>,
    pub(crate) carry: bool,
}

impl Thread {
    /// Begins a kernel, whatever was there before.
    pub(crate) fn begin(&mut self, index: [u32; 3], function: usize, code: &Code, parameters: &[u8]) {
        self.index = index;
        self.frames.clear();
        self.registers.clear();
        self.parameters.clear();
        self.local.clear();
        self.enter(function, code, Vec::new());
        self.parameters[..parameters.len()].copy_from_slice(parameters);
    }

    /// A frame for a function. What it has not written to holds ones in every bit.
    pub(crate) fn enter(&mut self, function: usize, code: &Code, results: Vec<Copy3>) {
        // Starts are aligned as anything inside may need it.
        let parameters = self.parameters.len().next_multiple_of(16);
        let locals = self.local.len().next_multiple_of(16);
        self.frames.push(Frame { function, at: 0, registers: self.registers.len(), parameters, locals, results });
        self.registers.extend_from_slice(&code.template);
        self.parameters.resize(parameters + code.parameter_bytes as usize, 0xFF);
        self.local.resize(locals + code.local_bytes as usize, 0xFF);
    }

    /// Ends the innermost frame, hands its results over; false where it was the kernel's own.
    pub(crate) fn leave(&mut self) -> bool {
        let Some(frame) = self.frames.pop() else {
            return false;
        };
        self.registers.truncate(frame.registers);
        self.local.truncate(frame.locals);
        if let Some(caller) = self.frames.last() {
            for &(from, to, bytes) in &frame.results {
                let (from, to) = (frame.parameters + from as usize, caller.parameters + to as usize);
                self.parameters.copy_within(from..from + bytes as usize, to);
            }
        }
        self.parameters.truncate(frame.parameters);
        !self.frames.is_empty()
    }
}
