//! Threads that run: one after another, those of a block in lockstep between barriers.

use crate::arithmetic;
use crate::code::{Launch, Loaded};
use crate::convert::convert;
use crate::error::{EmulatorError, Reason};
use crate::memory::{FUNCTIONS, LOCAL, Memory, PARAM, SHARED, WINDOW};
use crate::operation::{Address, Call, NONE, Operation, Special};
use crate::syntax::Space;
use crate::thread::Thread;

/// How deep calls may go.
const DEEPEST: usize = 1000;

/// A launch while it runs.
pub(crate) struct Grid<'a> {
    pub(crate) program: &'a Loaded,
    pub(crate) memory: &'a mut Memory,
    pub(crate) shared: Vec<u8>,
    pub(crate) launch: &'a Launch<'a>,
    pub(crate) entry: usize,
    pub(crate) executed: u64,
}

/// Why a thread does not go on.
enum Pause {
    Ended,
    Barrier,
}

impl Grid<'_> {
    pub(crate) fn run(mut self) -> Result<u64, EmulatorError> {
        let mut fresh = Thread::default();
        for block in places(self.launch.blocks) {
            self.shared.fill(0xFF);
            let mut waiting = Vec::new();
            for index in places(self.launch.threads) {
                fresh.begin(index, self.entry, &self.program.codes[self.entry], self.launch.parameters);
                if let Pause::Barrier = self.go_on(&mut fresh, block)? {
                    waiting.push(std::mem::take(&mut fresh));
                }
            }
            while !waiting.is_empty() {
                let mut still = Vec::new();
                for mut thread in waiting {
                    if let Pause::Barrier = self.go_on(&mut thread, block)? {
                        still.push(thread);
                    }
                }
                waiting = still;
            }
        }
        Ok(self.executed)
    }

    /// Runs a thread until it ends or meets a barrier.
    fn go_on(&mut self, thread: &mut Thread, block: [u32; 3]) -> Result<Pause, EmulatorError> {
        self.steps(thread, block).map_err(|reason| {
            let frame = thread.frames.last();
            let line = frame.map_or(0, |frame| self.program.codes[frame.function].lines[frame.at.saturating_sub(1)]);
            EmulatorError::Thread { thread: thread.index, block, line, reason, text: self.program.line(line) }
        })
    }

    fn steps(&mut self, thread: &mut Thread, block: [u32; 3]) -> Result<Pause, Reason> {
        let program = self.program;
        let mut left = self.launch.most_instructions;
        // Once round this loop for every change of frame.
        loop {
            let depth = thread.frames.len();
            let frame = &mut thread.frames[depth - 1];
            let (base, parameters, locals) = (frame.registers, frame.parameters, frame.locals);
            let code = &program.codes[frame.function];
            let mut at = frame.at;
            loop {
                let Some(instruction) = code.instructions.get(at) else {
                    return Err("the function ends without a return".to_owned());
                };
                at += 1;
                if left == 0 {
                    thread.frames[depth - 1].at = at;
                    return Err(format!("more than {} instructions", self.launch.most_instructions));
                }
                left -= 1;
                self.executed += 1;
                let r = &mut thread.registers[base..];
                let get = |r: &[u64], slot: u32| r[slot as usize];
                if instruction.guard != NONE && (get(r, instruction.guard) != 0) == instruction.negated {
                    continue;
                }
                match &instruction.operation {
                    &Operation::Unary { f, d, a } => r[d as usize] = f(get(r, a)),
                    &Operation::Binary { f, d, a, b } => r[d as usize] = f(get(r, a), get(r, b)),
                    &Operation::Ternary { f, d, a, b, c } => r[d as usize] = f(get(r, a), get(r, b), get(r, c)),
                    &Operation::Quaternary { f, d, a, b, c, e } => {
                        r[d as usize] = f(get(r, a), get(r, b), get(r, c), get(r, e));
                    }
                    &Operation::Move { d, a } => r[d as usize] = get(r, a),
                    &Operation::Select { d, a, b, c } => r[d as usize] = get(r, if get(r, c) != 0 { a } else { b }),
                    &Operation::Compare { f, join, d, q, a, b, c, negated } => {
                        let (found, with) = (f(get(r, a), get(r, b)), get(r, c) ^ u64::from(negated));
                        r[d as usize] = join(found, with);
                        if q != NONE {
                            r[q as usize] = join(found ^ 1, with);
                        }
                    }
                    &Operation::Carry { subtract, bits, takes, leaves, d, a, b } => {
                        let carried = takes && thread.carry;
                        let (value, carry) = arithmetic::carried(subtract, bits, get(r, a), get(r, b), carried);
                        r[d as usize] = value;
                        if leaves {
                            thread.carry = carry;
                        }
                    }
                    &Operation::Convert { from, to, rounding, saturate, d, a, mask } => {
                        r[d as usize] = convert(get(r, a), from, to, rounding, saturate) & mask;
                    }
                    &Operation::Pack { d, parts, count, bits } => {
                        r[d as usize] = (0..count).fold(0, |all, k| all | get(r, parts[k as usize]) << (k * bits));
                    }
                    &Operation::Unpack { a, parts, count, bits } => {
                        let value = get(r, a);
                        for k in (0..count).filter(|&k| parts[k as usize] != NONE) {
                            r[parts[k as usize] as usize] = (value >> (k * bits)) & (u64::MAX >> (64 - bits));
                        }
                    }
                    &Operation::Special { d, which } => {
                        r[d as usize] = u64::from(match which {
                            Special::Thread(axis) => thread.index[axis],
                            Special::Threads(axis) => self.launch.threads[axis],
                            Special::Block(axis) => block[axis],
                            Special::Blocks(axis) => self.launch.blocks[axis],
                        });
                    }
                    &Operation::FrameAddress { d, space, offset } => {
                        let start = if space == Space::Local { locals } else { parameters };
                        r[d as usize] = start as u64 + u64::from(offset);
                    }
                    &Operation::Window { d, a, space, generic } => {
                        let start = window(space);
                        let value = get(r, a);
                        r[d as usize] = if generic { value.wrapping_add(start) } else { value.wrapping_sub(start) };
                    }
                    &Operation::Load { address, bytes, signed, d, mask } => {
                        let start = if address.space == Space::Local { locals } else { parameters };
                        let base = if address.base == NONE { start as u64 } else { get(r, address.base) };
                        thread.frames[depth - 1].at = at;
                        let place = self.place(&mut thread.local, &mut thread.parameters, address, base, bytes)?;
                        let mut value = [0; 8];
                        value[..bytes as usize].copy_from_slice(place);
                        let mut value = u64::from_le_bytes(value);
                        if signed {
                            let unused = 64 - 8 * bytes;
                            value = ((value << unused).cast_signed() >> unused).cast_unsigned();
                        }
                        r[d as usize] = value & mask;
                    }
                    &Operation::Store { address, bytes, a } => {
                        let start = if address.space == Space::Local { locals } else { parameters };
                        let base = if address.base == NONE { start as u64 } else { get(r, address.base) };
                        let value = get(r, a).to_le_bytes();
                        thread.frames[depth - 1].at = at;
                        let place = self.place(&mut thread.local, &mut thread.parameters, address, base, bytes)?;
                        place.copy_from_slice(&value[..bytes as usize]);
                    }
                    &Operation::Branch { to } => at = to as usize,
                    Operation::BranchIndex { index, to } => {
                        thread.frames[depth - 1].at = at;
                        let index = get(r, *index) as usize;
                        at = *to.get(index).ok_or_else(|| format!("branch {index} of {}", to.len()))? as usize;
                    }
                    Operation::Call { function, call } => {
                        thread.frames[depth - 1].at = at;
                        self.call(thread, *function as usize, call)?;
                        break;
                    }
                    Operation::CallIndirect { slot, call } => {
                        thread.frames[depth - 1].at = at;
                        let address = get(r, *slot);
                        let function = address.checked_sub(FUNCTIONS).map(|at| at as usize);
                        let function = function.filter(|&at| program.codes.get(at).is_some_and(|code| !code.kernel));
                        self.call(thread, function.ok_or_else(|| format!("no function lies at {address:#x}"))?, call)?;
                        break;
                    }
                    Operation::Return => {
                        if !thread.leave() {
                            return Ok(Pause::Ended);
                        }
                        break;
                    }
                    Operation::Exit => return Ok(Pause::Ended),
                    Operation::Trap => {
                        thread.frames[depth - 1].at = at;
                        return Err("the thread trapped".to_owned());
                    }
                    Operation::Barrier => {
                        thread.frames[depth - 1].at = at;
                        return Ok(Pause::Barrier);
                    }
                    Operation::Nothing => {}
                }
            }
        }
    }

    fn call(&self, thread: &mut Thread, function: usize, call: &Call) -> Result<(), Reason> {
        let code = &self.program.codes[function];
        if thread.frames.len() >= DEEPEST {
            return Err(format!("more than {DEEPEST} calls inside one another"));
        }
        if call.arguments.len() != code.parameters.len() || call.results.len() != code.results.len() {
            return Err(format!("{} takes or gives something else", code.name));
        }
        let caller = thread.frames.last().map_or(0, |frame| frame.parameters);
        let pairs = code.results.iter().zip(&call.results);
        let results = pairs.map(|(from, to)| (from.offset, to.0, from.bytes.min(to.1))).collect();
        thread.enter(function, code, results);
        let start = thread.frames.last().map_or(0, |frame| frame.parameters);
        for (to, &(from, bytes)) in code.parameters.iter().zip(&call.arguments) {
            let from = caller + from as usize;
            let bytes = bytes.min(to.bytes) as usize;
            thread.parameters.copy_within(from..from + bytes, start + to.offset as usize);
        }
        Ok(())
    }

    /// The bytes at an address.
    #[inline]
    fn place<'m>(
        &'m mut self,
        local: &'m mut [u8],
        parameters: &'m mut [u8],
        address: Address,
        base: u64,
        bytes: u32,
    ) -> Result<&'m mut [u8], Reason> {
        let at = base.wrapping_add_signed(address.offset);
        if at.wrapping_sub(address.before) & address.mask != 0 {
            return Err(format!("the address {at:#x} is not aligned to {} bytes", address.mask + 1));
        }
        let (space, at) = match address.space {
            Space::Generic => match at {
                LOCAL..SHARED => (Space::Local, at - LOCAL),
                SHARED..PARAM => (Space::Shared, at - SHARED),
                PARAM..FUNCTIONS => (Space::Param, at - PARAM),
                _ => (Space::Global, at),
            },
            space => (space, at),
        };
        let bytes = bytes as usize;
        let (name, memory) = match space {
            Space::Local => ("local", local),
            Space::Shared => ("shared", &mut self.shared[..]),
            Space::Param => ("parameter", parameters),
            Space::Global | Space::Generic => return self.memory.at(at, bytes),
        };
        let all = memory.len();
        let first = usize::try_from(at.min(WINDOW)).map_err(|error| error.to_string())?;
        memory
            .get_mut(first..first + bytes)
            .ok_or_else(|| format!("{bytes} bytes at {at:#x} of {all} bytes of {name} memory"))
    }
}

/// Where the generic addresses of a space begin.
fn window(space: Space) -> u64 {
    match space {
        Space::Local => LOCAL,
        Space::Shared => SHARED,
        Space::Param => PARAM,
        Space::Global | Space::Generic => 0,
    }
}

/// Every index, x fastest.
fn places([x, y, z]: [u32; 3]) -> impl Iterator<Item = [u32; 3]> {
    (0..z).flat_map(move |k| (0..y).flat_map(move |j| (0..x).map(move |i| [i, j, k])))
}
