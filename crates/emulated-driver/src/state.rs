//! What the double knows: the device's memory, its modules, whether a launch has failed.

use std::collections::HashMap;
use std::ffi::CString;
use std::sync::{Mutex, MutexGuard, PoisonError};

use xmrl_emulator::{Launch, Memory, Program};

use crate::status::{self, Status};

/// What the device is called.
pub const NAME: &str = "emulated (no card)";

/// Most instructions of a thread, so that a kernel that does not end is a launch that fails.
const MOST_INSTRUCTIONS: u64 = 1 << 36;

/// Bytes of memory where the environment says nothing.
const USUAL_MEMORY: usize = 1 << 30;

/// The driver, once it is initialised.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) initialised: bool,
    pub(crate) retained: u32,
    memory: Memory,
    /// By handle, which is never used again.
    modules: HashMap<usize, Program>,
    /// Module and name, by handle.
    functions: HashMap<usize, (usize, String)>,
    handles: usize,
    /// A failure that every later call reports, as a card's does.
    pub(crate) failed: Option<Status>,
    /// Bytes that modules hold, which no allocation of the host's is charged with.
    held: usize,
    words: Option<CString>,
    /// Launches that nobody has waited for yet.
    queued: Vec<Queued>,
}

/// A launch as it was asked for.
struct Queued {
    module: usize,
    kernel: String,
    blocks: [u32; 3],
    threads: [u32; 3],
    shared: u32,
    parameters: Vec<u8>,
}

static STATE: Mutex<Option<State>> = Mutex::new(None);

/// The state, whatever a panic left of it.
pub(crate) fn with<T>(work: impl FnOnce(&mut State) -> T) -> T {
    let mut guard: MutexGuard<'_, Option<State>> = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    work(guard.get_or_insert_default())
}

/// Whether the environment asks for this fault.
pub(crate) fn fault(name: &str) -> bool {
    std::env::var("XMRL_EMULATED_FAULT").is_ok_and(|asked| asked == name)
}

/// Bytes that the device has.
pub(crate) fn memory_size() -> usize {
    std::env::var("XMRL_EMULATED_MEMORY").ok().and_then(|asked| asked.parse().ok()).unwrap_or(USUAL_MEMORY)
}

impl State {
    fn handle(&mut self) -> usize {
        self.handles += 1;
        // Not 0, and no small number that somebody may take for a status.
        0x1000 + 16 * self.handles
    }

    /// Bytes that the host has allocated.
    pub(crate) fn used(&self) -> usize {
        self.memory.used() - self.held
    }

    pub(crate) fn allocate(&mut self, bytes: usize) -> Result<u64, Status> {
        if bytes == 0 {
            return Err(status::INVALID_VALUE);
        }
        if self.used().saturating_add(bytes) > memory_size() {
            return Err(status::OUT_OF_MEMORY);
        }
        Ok(self.memory.allocate(bytes))
    }

    pub(crate) fn free(&mut self, address: u64) -> Result<(), Status> {
        self.settle()?;
        self.memory.free(address).map_err(|_| status::INVALID_VALUE)
    }

    pub(crate) fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Status> {
        self.settle()?;
        self.memory.write(address, bytes).map_err(|_| status::INVALID_VALUE)
    }

    pub(crate) fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), Status> {
        self.settle()?;
        self.memory.read(address, bytes).map_err(|_| status::INVALID_VALUE)
    }

    /// A module's handle, or what the interpreter says of its text.
    pub(crate) fn load(&mut self, text: &str) -> Result<usize, String> {
        let before = self.memory.used();
        let program = Program::load(text, &mut self.memory).map_err(|error| error.to_string())?;
        self.held += self.memory.used() - before;
        let handle = self.handle();
        self.modules.insert(handle, program);
        Ok(handle)
    }

    pub(crate) fn unload(&mut self, module: usize) -> Result<(), Status> {
        self.settle()?;
        let program = self.modules.remove(&module).ok_or(status::INVALID_HANDLE)?;
        for (address, bytes) in program.variables() {
            if self.memory.free(address).is_ok() {
                self.held -= bytes as usize;
            }
        }
        self.functions.retain(|_, (of, _)| *of != module);
        Ok(())
    }

    pub(crate) fn function(&mut self, module: usize, name: &str) -> Result<usize, Status> {
        let program = self.modules.get(&module).ok_or(status::INVALID_HANDLE)?;
        if !program.kernels().any(|kernel| kernel == name) {
            return Err(status::NOT_FOUND);
        }
        let handle = self.handle();
        self.functions.insert(handle, (module, name.to_owned()));
        Ok(handle)
    }

    /// Bytes of local memory of a kernel's thread.
    pub(crate) fn local_bytes(&self, function: usize) -> Result<usize, Status> {
        let (module, name) = self.functions.get(&function).ok_or(status::INVALID_HANDLE)?;
        self.modules[module].local_bytes(name).ok_or(status::NOT_FOUND)
    }

    /// Takes a launch; like a card's, it runs when somebody waits for it ([`settle`](State::settle)), and fails there.
    pub(crate) fn launch(
        &mut self,
        function: usize,
        blocks: [u32; 3],
        threads: [u32; 3],
        shared: u32,
        parameters: &[u8],
    ) -> Result<(), Status> {
        let (module, kernel) = self.functions.get(&function).ok_or(status::INVALID_HANDLE)?;
        let within = threads.iter().map(|&count| u64::from(count)).product::<u64>() <= 1024;
        if !within || blocks.contains(&0) || threads.contains(&0) {
            return Err(status::INVALID_VALUE);
        }
        let (module, kernel, parameters) = (*module, kernel.clone(), parameters.to_vec());
        self.queued.push(Queued { module, kernel, blocks, threads, shared, parameters });
        Ok(())
    }

    /// Runs what was launched to its end, as whatever waits for a card does: a synchronisation, a copy, memory or a module given back.
    pub(crate) fn settle(&mut self) -> Result<(), Status> {
        for Queued { module, kernel, blocks, threads, shared, parameters } in std::mem::take(&mut self.queued) {
            let program = &self.modules[&module];
            let (kernel, parameters, most_instructions) = (&kernel, &parameters, MOST_INSTRUCTIONS);
            let launch = Launch { kernel, blocks, threads, shared, parameters, most_instructions };
            let done = program.launch(&mut self.memory, &launch).map_err(|error| error.to_string());
            let asked = fault("launch").then(|| "as XMRL_EMULATED_FAULT asks".to_owned());
            if let Some(words) = done.err().or(asked) {
                self.words = CString::new(words).ok();
                self.failed = Some(status::LAUNCH_FAILED);
                return Err(status::LAUNCH_FAILED);
            }
        }
        Ok(())
    }

    /// What the interpreter said of the launch that failed.
    pub(crate) fn words(&self) -> Option<&CString> {
        self.words.as_ref()
    }
}
