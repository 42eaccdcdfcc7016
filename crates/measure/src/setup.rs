//! Policies to time, and the process they are timed in.

use xmrl_envs::EnvSpec;
use xmrl_policy::{Activation, PolicySpec};

/// A policy for an environment, with the log-stds of the recipes.
#[must_use]
pub fn policy_for(env: &EnvSpec, hidden: &[usize], activation: Activation) -> PolicySpec {
    PolicySpec {
        observation_size: env.observation_size,
        action_size: env.action_size,
        hidden: hidden.to_vec(),
        activation,
        log_std_init: -0.3,
        log_std_min: -2.3,
    }
}

/// Sets the allocator's thresholds as the addon does when it is loaded: blocks up to 1 GiB come from the heap, and the
/// heap is not trimmed below that, so that no figure is that of mapping memory anew in every call.
pub fn keep_memory() {
    const GIB: libc::c_int = 1 << 30;
    // SAFETY: mallopt only sets parameters of the allocator; a refused value changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, GIB);
        libc::mallopt(libc::M_TRIM_THRESHOLD, GIB);
    }
}
