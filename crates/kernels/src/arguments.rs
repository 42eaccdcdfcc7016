//! What a kernel is launched with.

/// The one parameter of every kernel, by value (`.param`, [`Arguments::BYTES`] bytes, aligned to 8).
///
/// A launch flies W = `worlds` episodes, `episodes` (E) of each of N = W / E tasks: thread w = block × threads a block + thread flies
/// episode w mod E of task w / E, and threads from W on do nothing. Any grid and block size gives the same bits; threads never meet.
///
/// Addresses are the device's (the host's, where the host runs the kernel's Rust). Numbers of type `number` are `f64` in kernels
/// whose name ends in `_f64`, `f32` in those that end in `_f32`. Arrays with W last are written and read by neighbouring threads at
/// neighbouring places. Every address must be aligned to its numbers; one that the flags make unused may be null.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Arguments {
    /// W, threads that fly.
    pub worlds: u32,
    /// E, episodes of each task.
    pub episodes: u32,
    /// Number of the first episode in the noise stream.
    pub first_episode: u32,
    /// T, the most steps of an episode.
    pub horizon: u32,
    /// Which rules of the family: `Aboard::preset` of the world.
    pub preset: u32,
    /// [`Arguments::DETERMINISTIC`] and its like, added up.
    pub flags: u32,
    /// S, entries of an observation.
    pub observation: u32,
    /// A, entries of an action.
    pub action: u32,
    /// D, entries of a state.
    pub state: u32,
    /// K, entries of a task.
    pub task: u32,
    /// M, entries of a world's memory (`EnvSpec::sizes`).
    pub memory: u32,
    /// Affine maps of the policy: hidden layers and one.
    pub layers: u32,
    /// P', packed weights and biases of one policy (`LanePolicy::packed`).
    pub weights_each: u32,
    /// Days of a market's tables; 0 elsewhere.
    pub days: u32,
    /// Words of the noise stream (`Stream::key`).
    pub noise_key: [u32; 2],

    /// Task values, `[N, K]`.
    pub tasks: *const f64,
    /// Numbers of the tasks in the noise stream, `[N]`.
    pub task_ids: *const u32,
    /// Start states, `[D, W]`.
    pub starts: *const f64,
    /// Sizes of the policy's layers: S, the hidden ones, A; `[layers + 1]`.
    pub layer_sizes: *const u32,
    /// Packed weights, `number` `[N, P']`, or `[P']` with [`Arguments::ONE_POLICY`].
    pub weights: *const u8,
    /// Standard deviations, `number` `[N, A]` or `[A]`.
    pub deviations: *const u8,
    /// Log-densities at the mean, `[N]` or `[1]`.
    pub peaks: *const f64,
    /// A market's closes, `[days, n]`; null elsewhere.
    pub closes: *const f64,
    /// A market's features, `[days, 1 + 9 n]`; null elsewhere.
    pub features: *const f64,
    /// A market's turbulence, `[days]`; null elsewhere.
    pub turbulence: *const f64,

    /// What the policy saw, `number` `[T, S, W]`; with [`Arguments::ROWS`], as the next three.
    pub observations: *mut u8,
    /// What it sampled, `number` `[T, A, W]`.
    pub actions: *mut u8,
    /// Log-densities of the samples, `number` `[T, W]`.
    pub log_probs: *mut u8,
    /// Rewards, `number` `[T, W]`.
    pub rewards: *mut u8,
    /// States before the steps, `[T, D, W]`; with [`Arguments::STATES`].
    pub states: *mut f64,
    /// Sums of rewards, `number` `[W]`.
    pub returns: *mut u8,
    /// Steps of the episodes, `[W]`. Rows from there on are not written.
    pub lengths: *mut u32,
    /// How the episodes went: [`Arguments::TERMINATED`] and its like, added up; `[W]`.
    pub ends: *mut u32,
    /// Constraint solves that met the bound on their iterations, of each world for itself, `[W]`.
    pub capped_solves: *mut u32,
}

// SAFETY: addresses that only kernels follow, under the contract of their launch.
unsafe impl Send for Arguments {}
// SAFETY: as above.
unsafe impl Sync for Arguments {}

impl Arguments {
    /// Its size.
    pub const BYTES: usize = size_of::<Self>();

    /// Of `flags`: the mean action is taken.
    pub const DETERMINISTIC: u32 = 1;
    /// Of `flags`: `observations`, `actions`, `log_probs` and `rewards` are written.
    pub const ROWS: u32 = 2;
    /// Of `flags`: `states` is written.
    pub const STATES: u32 = 4;
    /// Of `flags`: all tasks have one policy.
    pub const ONE_POLICY: u32 = 8;
    /// Of `flags`: the hidden layers are rectified, not tanh.
    pub const RELU: u32 = 16;

    /// Of `ends`: the world ended the episode.
    pub const TERMINATED: u32 = 1;
    /// Of `ends`: a step was a success.
    pub const SUCCESS: u32 = 2;
    /// Of `ends`: a state was met that no world can go on from. Of this and the next three, an error names the first.
    pub const BROKEN_STATE: u32 = 4;
    /// Of `ends`: an observation was not finite.
    pub const BROKEN_OBSERVATION: u32 = 8;
    /// Of `ends`: an action was not finite.
    pub const BROKEN_ACTION: u32 = 16;
    /// Of `ends`: a reward was not finite.
    pub const BROKEN_REWARD: u32 = 32;
}
