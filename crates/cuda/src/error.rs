//! What can be wrong with the driver, the card or a launch.

/// A failure of the driver or a card: what was looked for, what was found, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CudaError {
    /// The library does not open.
    #[error(
        "no NVIDIA driver: {file} does not open ({reason}); install the driver, or name its library by XMRL_LIBCUDA"
    )]
    NoDriver {
        /// What was looked for.
        file: String,
        /// What the dynamic linker said.
        reason: String,
    },
    /// A library that lacks a function.
    #[error("{file} has no {function}: it is no NVIDIA driver, or one before CUDA 11; install a newer one")]
    Missing {
        /// The library.
        file: String,
        /// What was looked for in it.
        function: String,
    },
    /// A driver that sees no card.
    #[error("the NVIDIA driver ({file}) sees no device ({function}: {name}); {}", hidden())]
    NoDevice {
        /// The driver's library.
        file: String,
        /// The driver's function.
        function: &'static str,
        /// What it said.
        name: String,
    },
    /// A driver beside a kernel module of another version.
    #[error("the NVIDIA driver ({file}) does not fit its kernel module ({name}); install one driver whole and restart")]
    Mismatch {
        /// The driver's library.
        file: String,
        /// What it said.
        name: String,
    },
    /// A driver that does not start for another reason.
    #[error("the NVIDIA driver ({file}) does not start (cuInit: {name}); see whether nvidia-smi works")]
    Start {
        /// The driver's library.
        file: String,
        /// What it said.
        name: String,
    },
    /// A card on which no context can be made.
    #[error("{device} has no memory left ({function}: {name}); nvidia-smi says what holds it")]
    Full {
        /// The card.
        device: String,
        /// The driver's function.
        function: &'static str,
        /// What it said.
        name: String,
    },
    /// A driver that is older than the kernels' language.
    #[error(
        "the NVIDIA driver (for CUDA {driver}) is too old for the kernels ({name}): install a driver for CUDA 11 or later"
    )]
    OldDriver {
        /// CUDA version of the driver.
        driver: String,
        /// What it said.
        name: String,
    },
    /// Memory that the card does not have.
    #[error("{device} has no {} MiB left ({name}): fly fewer episodes at once, or end what else uses the card", bytes.div_ceil(1 << 20))]
    OutOfMemory {
        /// The card.
        device: String,
        /// What was asked for.
        bytes: u64,
        /// What the driver said.
        name: String,
    },
    /// A card that cannot run the kernels.
    #[error(
        "{device} (compute capability {capability}) cannot run the kernels, which need 7.0 or later ({name}); fly on the CPU (device cpu)"
    )]
    Architecture {
        /// The card.
        device: String,
        /// Its compute capability.
        capability: String,
        /// What the driver said.
        name: String,
    },
    /// A kernel that did not run to its end. What the process has on this card is lost with it.
    #[error(
        "kernel {kernel} failed on {device} ({name}, {text}): the card is unusable to this process; start it again, and report this"
    )]
    Launch {
        /// The kernel.
        kernel: String,
        /// The card.
        device: String,
        /// The driver's name of the failure.
        name: String,
        /// Its words.
        text: String,
    },
    /// PTX that the driver's compiler refuses.
    #[error("the kernels do not compile on {device} ({name}): {log}")]
    Compile {
        /// The card.
        device: String,
        /// What the driver said.
        name: String,
        /// What its compiler said.
        log: String,
    },
    /// Any other failure of a call.
    #[error("{function}: {name} ({text})")]
    Call {
        /// The driver's function.
        function: &'static str,
        /// The driver's name of the failure.
        name: String,
        /// Its words.
        text: String,
    },
    /// A preset whose episodes no kernel flies.
    #[error("{preset} has no kernels: it flies on the CPU")]
    NoKernels {
        /// The preset.
        preset: String,
    },
    /// A copy that does not fit the memory that it goes to or comes from.
    #[error("{got} bytes copied to or from a buffer of {there}")]
    Copy {
        /// Bytes of the copy.
        got: usize,
        /// Bytes of the buffer.
        there: usize,
    },
}

/// What may hide devices from this process.
fn hidden() -> String {
    match std::env::var("CUDA_VISIBLE_DEVICES").as_deref() {
        Ok("") => "CUDA_VISIBLE_DEVICES is empty, which hides all: unset it, or name one".to_owned(),
        Ok(shown) => format!("CUDA_VISIBLE_DEVICES={shown} may hide it: unset it, or name one of nvidia-smi's"),
        Err(_) => "see whether nvidia-smi lists one".to_owned(),
    }
}
