//! One episode of one world: what rollouts of the CPU do for lanes, done for one.

use core::marker::PhantomData;
use core::slice;

use xmrl_envs::Rules;
use xmrl_envs::aboard::Crew;
use xmrl_envs::rng::Stream;
use xmrl_lanes::{Float, Lane};
use xmrl_policy::{Activation, PackedPolicy};

use crate::Arguments;

/// Most units of a hidden layer: a thread keeps two layers' activations.
pub const MOST_UNITS: usize = 256;

/// Episode `world` of a launch, to be flown under rules whose arrays have at most these sizes. The policy computes in lanes `P`, its
/// weights are stored as `N`, which is `P`'s number.
pub(crate) struct Episode<'a, P, N, const S: usize, const A: usize, const D: usize, const K: usize, const M: usize> {
    arguments: &'a Arguments,
    world: usize,
    numbers: PhantomData<(P, N)>,
}

impl<'a, P: Lane, N: Float, const S: usize, const A: usize, const D: usize, const K: usize, const M: usize>
    Episode<'a, P, N, S, A, D, K, M>
{
    /// # Safety
    /// The addresses of `arguments` are what they say, `world` is below its W, and no other thread flies the same one.
    #[inline(always)]
    pub(crate) unsafe fn new(arguments: &'a Arguments, world: usize) -> Self {
        Episode { arguments, world, numbers: PhantomData }
    }

    /// The policy of a task.
    #[inline(always)]
    fn policy(&self, task: usize) -> PackedPolicy<'a, N> {
        let a = self.arguments;
        let of = if a.flags & Arguments::ONE_POLICY == 0 { task } else { 0 };
        let (each, actions, layers) = (a.weights_each as usize, a.action as usize, a.layers as usize);
        // SAFETY: arrays of these sizes (contract of `new`).
        let (sizes, weights, deviations, peak) = unsafe {
            (
                slice::from_raw_parts(a.layer_sizes, layers + 1),
                slice::from_raw_parts(a.weights.cast::<N>().add(of * each), each),
                slice::from_raw_parts(a.deviations.cast::<N>().add(of * actions), actions),
                *a.peaks.add(of),
            )
        };
        let mut width = 0;
        for &units in &sizes[1..layers] {
            width = if units as usize > width { units as usize } else { width };
        }
        let activation = if a.flags & Arguments::RELU == 0 { Activation::Tanh } else { Activation::Relu };
        PackedPolicy { activation, sizes, weights, deviations, peak, width }
    }

    /// Writes `x` to entry `at` of `[.., W]`, in lanes' own numbers.
    #[inline(always)]
    fn write(&self, to: *mut u8, at: usize, x: P) {
        let mut number = P::Number::default();
        x.write(slice::from_mut(&mut number));
        self.put(to.cast(), at, number);
    }

    /// Writes entry `at` of `[.., W]`.
    #[inline(always)]
    fn put<T>(&self, to: *mut T, at: usize, x: T) {
        // SAFETY: an array of that many rows of W numbers, of which this thread alone writes its column (contract of `new`).
        unsafe { *to.add(at * self.arguments.worlds as usize + self.world) = x }
    }
}

/// What is noted of an episode: sums, and marks that are 0 while all was finite.
struct Notes<P> {
    ret: P,
    length: u32,
    ends: u32,
    observation: P,
    action: P,
    reward: P,
}

impl<P: Lane, N: Float, const S: usize, const A: usize, const D: usize, const K: usize, const M: usize>
    Episode<'_, P, N, S, A, D, K, M>
{
    /// Records a step's row.
    #[inline(always)]
    fn row(&self, step: usize, observation: &[P], action: &[P], log_prob: P, reward: P) {
        let a = self.arguments;
        for (at, &x) in observation.iter().enumerate() {
            self.write(a.observations, step * observation.len() + at, x);
        }
        for (at, &x) in action.iter().enumerate() {
            self.write(a.actions, step * action.len() + at, x);
        }
        self.write(a.log_probs, step, log_prob);
        self.write(a.rewards, step, reward);
    }

    /// Writes what was noted.
    #[inline(always)]
    fn finish(&self, notes: &Notes<P>, broken: bool, capped: u64) {
        let a = self.arguments;
        let mut ends = notes.ends;
        let marks = [
            (broken, Arguments::BROKEN_STATE),
            (notes.observation.get(0) != 0.0, Arguments::BROKEN_OBSERVATION),
            (notes.action.get(0) != 0.0, Arguments::BROKEN_ACTION),
            (notes.reward.get(0) != 0.0, Arguments::BROKEN_REWARD),
        ];
        for (met, flag) in marks {
            ends |= if met { flag } else { 0 };
        }
        self.write(a.returns, 0, notes.ret);
        self.put(a.lengths, 0, notes.length);
        self.put(a.ends, 0, ends);
        self.put(a.capped_solves, 0, capped as u32);
    }
}

/// The first lane, in other lanes: rounded to nearest where they are narrower.
#[inline(always)]
fn carried<F: Lane, T: Lane>(x: F) -> T {
    T::splat(x.get(0))
}

impl<P: Lane, W: Lane, N: Float, const S: usize, const A: usize, const D: usize, const K: usize, const M: usize> Crew<W>
    for Episode<'_, P, N, S, A, D, K, M>
{
    #[inline(always)]
    fn fly<R: Rules>(self, rules: &R, scratch: &mut R::Scratch<W>) {
        let a = self.arguments;
        let worlds = a.worlds as usize;
        let (task_index, episode) = (self.world / a.episodes as usize, self.world % a.episodes as usize);
        let (zero, one) = (P::splat(0.0), P::splat(1.0));
        let (nothing, once) = (W::splat(0.0), W::splat(1.0));

        let (mut state, mut memory, mut task) = ([nothing; D], [nothing; M], [nothing; K]);
        let (state, memory) = (&mut state[..a.state as usize], &mut memory[..a.memory as usize]);
        let task = &mut task[..a.task as usize];
        // SAFETY: arrays of these sizes (contract of `new`).
        let task_id = unsafe {
            for (at, x) in task.iter_mut().enumerate() {
                *x = W::splat(*a.tasks.add(task_index * a.task as usize + at));
            }
            for (at, x) in state.iter_mut().enumerate() {
                *x = W::splat(*a.starts.add(at * worlds + self.world));
            }
            *a.task_ids.add(task_index)
        };
        rules.begin(scratch, state, memory);

        let policy = self.policy(task_index);
        let noise_stream = Stream::of_key(a.noise_key);
        let (mut seen, mut observation) = ([nothing; S], [zero; S]);
        let (mut noise, mut action, mut order) = ([zero; A], [zero; A], [nothing; A]);
        let mut hidden = [zero; 2 * MOST_UNITS];
        let (seen, observation) = (&mut seen[..a.observation as usize], &mut observation[..a.observation as usize]);
        let size = a.action as usize;
        let (noise, action, order) = (&mut noise[..size], &mut action[..size], &mut order[..size]);

        let mut notes = Notes { ret: zero, length: 0, ends: 0, observation: zero, action: zero, reward: zero };
        let mut broken = nothing;
        for step in 0..a.horizon {
            rules.observe(scratch, state, memory, seen);
            for (to, &from) in observation.iter_mut().zip(&*seen) {
                *to = carried(from);
            }
            if a.flags & Arguments::DETERMINISTIC == 0 {
                noise_stream.normals_lanes(task_id, a.first_episode.wrapping_add(episode as u32), step, noise);
            }
            let log_prob = policy.act(observation, noise, &mut hidden, action);
            if a.flags & Arguments::STATES != 0 {
                for (at, x) in state.iter().enumerate() {
                    self.put(a.states, step as usize * state.len() + at, x.get(0));
                }
            }
            for (to, &from) in order.iter_mut().zip(&*action) {
                *to = carried(from);
            }
            let outcome = rules.step(scratch, task, state, memory, order);
            let (reward, terminated): (P, P) = (carried(outcome.reward), carried(outcome.terminated));
            let success: P = carried(outcome.success);
            if let Some(largest) = R::LARGEST {
                for &x in &*state {
                    // x * 0 is NaN for an x that is not finite.
                    broken = W::select_lt(W::splat(largest), x.abs(), once, x.mul_add(nothing, broken));
                }
            }
            if a.flags & Arguments::ROWS != 0 {
                self.row(step as usize, observation, action, log_prob, reward);
            }
            for &x in &*observation {
                notes.observation = x.mul_add(zero, notes.observation);
            }
            for &x in &*action {
                notes.action = x.mul_add(zero, notes.action);
            }
            notes.reward = reward.mul_add(zero, notes.reward);
            notes.ret = notes.ret + reward;
            notes.length += 1;
            if P::any_lt(P::splat(0.5), success) {
                notes.ends |= Arguments::SUCCESS;
            }
            if P::any_lt(P::splat(0.5), terminated) {
                // A flag above 1 is a time limit's.
                notes.ends |= if P::any_lt(one + P::splat(0.5), terminated) { 0 } else { Arguments::TERMINATED };
                break;
            }
        }
        self.finish(&notes, broken.get(0) != 0.0, rules.capped_solves::<W>(scratch));
    }
}
