//! Actions for rows of observations from outside, for whoever steps worlds by hand.

use rayon::prelude::*;
use xmrl_envs::rng::Stream;
use xmrl_lanes::{Kernel, Lane, dispatch_f64};
use xmrl_policy::{LanePolicy, PolicySpec};

use crate::RolloutError;

/// Rows of one work item: some tens of microseconds of a small network. Any number gives the same bits.
const CHUNK: usize = 256;

/// Rows from which on threads are worth waking.
pub const ROWS_WORTH_THREADS: usize = 2 * CHUNK;

/// Actions `[W, A]` of a policy for `observations` `[W, S]`, in double precision: samples on the noise of a stream, the means
/// without one. The noise of row w is that of (task 0, episode w, step 0) of the stream, whatever the other rows are.
/// Not clipped: worlds do that.
///
/// # Errors
/// [`RolloutError::Shape`]; [`RolloutError::Row`] naming the first row whose observation or action is not finite.
pub fn act(
    spec: &PolicySpec,
    policy: &LanePolicy<f64>,
    observations: &[f64],
    noise: Option<Stream>,
    pool: Option<&rayon::ThreadPool>,
) -> Result<Vec<f64>, RolloutError> {
    let (seen, done) = (spec.observation_size, spec.action_size);
    let rows = observations.len() / seen;
    if rows * seen != observations.len() {
        let expected = rows.max(1) * seen;
        return Err(RolloutError::Shape { name: "observations", shape: "[W,S]", expected, got: observations.len() });
    }
    finite("observations", observations, seen)?;
    let mut actions = vec![0.0; rows * done];
    let chunk = |(at, (observations, actions)): (usize, (&[f64], &mut [f64]))| {
        dispatch_f64(Rows { spec, policy, first: at * CHUNK, observations, noise, actions });
    };
    let (all, wide, narrow) = (observations, CHUNK * seen, CHUNK * done);
    match pool {
        Some(pool) => pool.install(|| {
            all.par_chunks(wide).zip(actions.par_chunks_mut(narrow)).enumerate().for_each(chunk);
        }),
        None => all.chunks(wide).zip(actions.chunks_mut(narrow)).enumerate().for_each(chunk),
    }
    finite("actions", &actions, done)?;
    Ok(actions)
}

fn finite(tensor: &'static str, values: &[f64], width: usize) -> Result<(), RolloutError> {
    match values.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(RolloutError::Row { tensor, row: at / width, entry: at % width, value: values[at] }),
        None => Ok(()),
    }
}

/// Consecutive rows, of which the first has number `first`.
struct Rows<'a> {
    spec: &'a PolicySpec,
    policy: &'a LanePolicy<f64>,
    first: usize,
    observations: &'a [f64],
    noise: Option<Stream>,
    actions: &'a mut [f64],
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        let (seen, done) = (self.spec.observation_size, self.spec.action_size);
        let zeros = |count| vec![L::splat(0.0); count];
        let (mut observation, mut action, mut noise) = (zeros(seen), zeros(done), zeros(done));
        let mut scratch = zeros(self.policy.scratch_len());
        let groups = self.observations.chunks(L::N * seen).zip(self.actions.chunks_mut(L::N * done));
        for (group, (observations, actions)) in groups.enumerate() {
            for (lane, row) in observations.chunks_exact(seen).enumerate() {
                observation.iter_mut().zip(row).for_each(|(lanes, &x)| lanes.set(lane, x));
            }
            if let Some(stream) = self.noise {
                stream.normals_lanes(0, (self.first + group * L::N) as u32, 0, &mut noise);
                self.policy.act(&observation, &noise, &mut scratch, &mut action);
            } else {
                self.policy.means(&observation, &mut scratch, &mut action);
            }
            for (lane, row) in actions.chunks_exact_mut(done).enumerate() {
                row.iter_mut().zip(&action).for_each(|(x, lanes)| *x = lanes.get(lane));
            }
        }
    }
}
