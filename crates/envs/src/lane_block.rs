//! Blocks of worlds whose rules are lane code.

use std::any::Any;
use std::sync::Arc;

use xmrl_lanes::{Kernel, Lane, LaneKernel, dispatch_f32, dispatch_f64};

use crate::block::Block;
use crate::error::EnvError;
use crate::rules::Rules;
use crate::scratch::{Scratch, Shelf};
use crate::spec::Sizes;

/// Rules that the host can run: it makes their working memory.
pub trait Hosted: Rules + 'static {
    /// Fresh working memory.
    fn scratch<L: Lane>(&self) -> Box<Self::Scratch<L>>;
}

/// Bytes of working memory up to which every block keeps its own: a loan costs more.
const OWN: usize = 1 << 12;

/// Worlds in lanes `L`, as many lane values as the width holds; each is a part.
///
/// Parts are stepped one after the other in the same working memory. What a block computes is compiled once for each rules and
/// instruction set; a call is one jump.
pub struct LaneBlock<R: Hosted, L: Lane> {
    rules: R,
    sizes: Sizes,
    scratch: Scratch<Working<R, L>>,
    /// `[parts, K]`, `[parts, D]`, `[parts, M]`.
    tasks: Vec<L>,
    states: Vec<L>,
    memory: Vec<L>,
    /// 0 while every state so far was one that a world can go on from, else 1 or NaN; `[parts]`.
    broken: Vec<L>,
    capped: u64,
}

/// Working memory for one part, on loan for a call: the blocks of a batch share what is large, so that it stays in the caches.
struct Working<R: Hosted, L: Lane> {
    scratch: Box<R::Scratch<L>>,
    /// `[D]`, `[M]` after the step, `[S]`, `[A]`.
    next_state: Vec<L>,
    next_memory: Vec<L>,
    observation: Vec<L>,
    action: Vec<L>,
}

impl<R: Hosted, L: Lane> Working<R, L> {
    fn new(rules: &R, sizes: Sizes) -> Self {
        let zeros = |count| vec![L::splat(0.0); count];
        Self {
            scratch: rules.scratch(),
            next_state: zeros(sizes.state),
            next_memory: zeros(sizes.memory),
            observation: zeros(sizes.observation),
            action: zeros(sizes.action),
        }
    }

    fn bytes(&self) -> usize {
        let lanes = [&self.next_state, &self.next_memory, &self.observation, &self.action].map(Vec::len);
        size_of_val(&*self.scratch) + lanes.iter().sum::<usize>() * size_of::<L>()
    }
}

/// Blocks in double precision under `rules`, of widths that are multiples of 8, for the instruction set in use. They share
/// working memory that is large.
pub fn double_blocks<R: Hosted>(rules: &R, sizes: Sizes, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
    cast(dispatch_f64(Make { rules, sizes, widths }))
}

/// [`double_blocks`] in single precision, of widths that are multiples of 16.
pub fn single_blocks<R: Hosted>(rules: &R, sizes: Sizes, widths: &[usize]) -> Vec<Box<dyn Block<f32>>> {
    cast(dispatch_f32(Make { rules, sizes, widths }))
}

/// What a dispatcher made: its lanes are of the number type it is named after.
fn cast<T: 'static>(made: Box<dyn Any>) -> Vec<Box<dyn Block<T>>> {
    *made.downcast().expect("the dispatcher's lanes are of its number type")
}

struct Make<'a, R> {
    rules: &'a R,
    sizes: Sizes,
    widths: &'a [usize],
}

impl<R: Hosted> Kernel for Make<'_, R> {
    type Output = Box<dyn Any>;

    #[inline(always)]
    fn run<L: Lane>(self) -> Box<dyn Any> {
        let Self { rules, sizes, widths } = self;
        let shares = widths.len() > 1 && Working::<R, L>::new(rules, sizes).bytes() > OWN;
        let shelf = shares.then(Arc::<Shelf<Working<R, L>>>::default);
        let block = |&width: &usize| -> Box<dyn Block<L::Number>> {
            let scratch = shelf.as_ref().map_or(Scratch::Own(None), |shelf| Scratch::Shared(shelf.clone()));
            Box::new(LaneBlock::<R, L>::new(rules.clone(), sizes, width, scratch))
        };
        Box::new(widths.iter().map(block).collect::<Vec<_>>())
    }
}

impl<R: Hosted, L: Lane> LaneBlock<R, L> {
    fn new(rules: R, sizes: Sizes, width: usize, scratch: Scratch<Working<R, L>>) -> Self {
        assert!(width.is_multiple_of(L::N), "{width} worlds are no multiple of {} lanes", L::N);
        let zeros = |count| vec![L::splat(0.0); count];
        let parts = width / L::N;
        Self {
            rules,
            sizes,
            scratch,
            tasks: zeros(parts * sizes.task),
            states: zeros(parts * sizes.state),
            memory: zeros(parts * sizes.memory),
            broken: zeros(parts),
            capped: 0,
        }
    }

    /// `work` on the block with working memory, in a function of its own with the lanes' instructions.
    #[inline(always)]
    fn outlined<K: Work<R, L>>(&mut self, work: K) {
        let mut working = self.scratch.take(|| Box::new(Working::new(&self.rules, self.sizes)));
        L::outlined(With { block: self, working: &mut working, work });
        self.scratch.give_back(working);
    }
}

impl<R: Hosted, L: Lane> Block<L::Number> for LaneBlock<R, L> {
    fn width(&self) -> usize {
        self.broken.len() * L::N
    }

    fn begin(&mut self, fresh: &[L::Number], tasks: &[f64], states: &[f64]) -> Result<(), EnvError> {
        self.outlined(Begin { fresh, tasks, states });
        Ok(())
    }

    fn observe(&mut self, observations: &mut [L::Number]) -> Result<(), EnvError> {
        self.outlined(Observe { observations });
        Ok(())
    }

    fn step(&mut self, alive: &[L::Number], actions: &[L::Number], outcomes: &mut [L::Number]) -> Result<(), EnvError> {
        self.outlined(Step { alive, actions, outcomes });
        Ok(())
    }

    fn states(&mut self, states: &mut [f64]) -> Result<(), EnvError> {
        L::outlined(States { block: self, states });
        Ok(())
    }

    fn observe_rows(&mut self, count: usize, rows: &mut [f64]) -> Result<(), EnvError> {
        self.outlined(ObserveRows { count, rows });
        Ok(())
    }

    fn state_rows(&mut self, count: usize, rows: &mut [f64]) -> Result<(), EnvError> {
        L::outlined(StateRows { block: self, count, rows });
        Ok(())
    }

    fn broken(&self, world: usize) -> bool {
        self.broken[world / L::N].get(world % L::N) != 0.0
    }

    fn capped_solves(&self) -> u64 {
        self.capped
    }
}

/// A computation on a block that needs working memory. `run` is `#[inline(always)]`.
trait Work<R: Hosted, L: Lane> {
    fn run(self, block: &mut LaneBlock<R, L>, working: &mut Working<R, L>);
}

/// [`Work`] with what it needs.
struct With<'a, R: Hosted, L: Lane, K> {
    block: &'a mut LaneBlock<R, L>,
    working: &'a mut Working<R, L>,
    work: K,
}

impl<R: Hosted, L: Lane, K: Work<R, L>> LaneKernel<L> for With<'_, R, L, K> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.work.run(self.block, self.working);
    }
}

/// [`Block::begin`].
struct Begin<'a, T> {
    fresh: &'a [T],
    tasks: &'a [f64],
    states: &'a [f64],
}

impl<R: Hosted, L: Lane> Work<R, L> for Begin<'_, L::Number> {
    #[inline(always)]
    fn run(self, block: &mut LaneBlock<R, L>, working: &mut Working<R, L>) {
        let (Sizes { task: k, state: d, memory: m, .. }, width) = (block.sizes, block.width());
        let (zero, half) = (L::splat(0.0), L::splat(0.5));
        for part in 0..block.broken.len() {
            let first = part * L::N;
            let fresh = L::read(&self.fresh[first..]);
            if !any(fresh) {
                continue;
            }
            let task = &mut block.tasks[part * k..][..k];
            for (at, task) in task.iter_mut().enumerate() {
                *task = L::select_lt(half, fresh, L::load(&self.tasks[at * width + first..]), *task);
            }
            let state = &mut block.states[part * d..][..d];
            for (at, state) in state.iter_mut().enumerate() {
                *state = L::select_lt(half, fresh, L::load(&self.states[at * width + first..]), *state);
            }
            block.broken[part] = L::select_lt(half, fresh, zero, block.broken[part]);
            let memory = &mut block.memory[part * m..][..m];
            working.next_memory.copy_from_slice(memory);
            block.rules.begin(&mut *working.scratch, state, &mut working.next_memory);
            proceed(fresh, &working.next_memory, memory);
        }
    }
}

/// [`Block::observe`].
struct Observe<'a, T> {
    observations: &'a mut [T],
}

impl<R: Hosted, L: Lane> Work<R, L> for Observe<'_, L::Number> {
    #[inline(always)]
    fn run(self, block: &mut LaneBlock<R, L>, working: &mut Working<R, L>) {
        let (Sizes { state: d, memory: m, .. }, width) = (block.sizes, block.width());
        for part in 0..block.broken.len() {
            let (state, memory) = (&block.states[part * d..][..d], &block.memory[part * m..][..m]);
            block.rules.observe(&mut *working.scratch, state, memory, &mut working.observation);
            for (at, &seen) in working.observation.iter().enumerate() {
                seen.write(&mut self.observations[at * width + part * L::N..]);
            }
        }
    }
}

/// [`Block::observe_rows`].
struct ObserveRows<'a> {
    count: usize,
    rows: &'a mut [f64],
}

impl<R: Hosted, L: Lane> Work<R, L> for ObserveRows<'_> {
    #[inline(always)]
    fn run(self, block: &mut LaneBlock<R, L>, working: &mut Working<R, L>) {
        let Sizes { observation: s, state: d, memory: m, .. } = block.sizes;
        for part in 0..self.count.div_ceil(L::N) {
            let (state, memory) = (&block.states[part * d..][..d], &block.memory[part * m..][..m]);
            block.rules.observe(&mut *working.scratch, state, memory, &mut working.observation);
            to_rows(&working.observation, part, self.count, &mut self.rows[part * L::N * s..]);
        }
    }
}

/// [`Block::step`].
struct Step<'a, T> {
    alive: &'a [T],
    actions: &'a [T],
    outcomes: &'a mut [T],
}

impl<R: Hosted, L: Lane> Work<R, L> for Step<'_, L::Number> {
    #[inline(always)]
    fn run(self, block: &mut LaneBlock<R, L>, working: &mut Working<R, L>) {
        let (Sizes { task: k, state: d, memory: m, .. }, width) = (block.sizes, block.width());
        let before = block.rules.capped_solves::<L>(&working.scratch);
        for part in 0..block.broken.len() {
            let first = part * L::N;
            let alive = L::read(&self.alive[first..]);
            if !any(alive) {
                continue;
            }
            for (at, action) in working.action.iter_mut().enumerate() {
                *action = L::read(&self.actions[at * width + first..]);
            }
            let (state, memory) = (&mut block.states[part * d..][..d], &mut block.memory[part * m..][..m]);
            let Working { scratch, next_state, next_memory, action, .. } = &mut *working;
            next_state.copy_from_slice(state);
            next_memory.copy_from_slice(memory);
            let task = &block.tasks[part * k..][..k];
            let outcome = block.rules.step(&mut **scratch, task, next_state, next_memory, action);
            outcome.reward.write(&mut self.outcomes[first..]);
            outcome.terminated.write(&mut self.outcomes[width + first..]);
            outcome.success.write(&mut self.outcomes[2 * width + first..]);
            proceed(alive, next_state, state);
            proceed(alive, next_memory, memory);
            if let Some(largest) = R::LARGEST {
                let (zero, one, largest) = (L::splat(0.0), L::splat(1.0), L::splat(largest));
                let mut broken = block.broken[part];
                for &x in &*state {
                    // x * 0 is NaN for an x that is not finite.
                    broken = L::select_lt(largest, x.abs(), one, x.mul_add(zero, broken));
                }
                block.broken[part] = broken;
            }
        }
        block.capped += block.rules.capped_solves::<L>(&working.scratch) - before;
    }
}

/// [`Block::states`].
struct States<'a, R: Hosted, L: Lane> {
    block: &'a LaneBlock<R, L>,
    states: &'a mut [f64],
}

impl<R: Hosted, L: Lane> LaneKernel<L> for States<'_, R, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (size, width) = (self.block.sizes.state, self.block.width());
        for part in 0..self.block.broken.len() {
            for (at, &x) in self.block.states[part * size..][..size].iter().enumerate() {
                x.store(&mut self.states[at * width + part * L::N..]);
            }
        }
    }
}

/// [`Block::state_rows`].
struct StateRows<'a, R: Hosted, L: Lane> {
    block: &'a LaneBlock<R, L>,
    count: usize,
    rows: &'a mut [f64],
}

impl<R: Hosted, L: Lane> LaneKernel<L> for StateRows<'_, R, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let size = self.block.sizes.state;
        for part in 0..self.count.div_ceil(L::N) {
            let state = &self.block.states[part * size..][..size];
            to_rows(state, part, self.count, &mut self.rows[part * L::N * size..]);
        }
    }
}

/// The lanes of a part that are among the first `count` worlds as rows. Rows outside: a world with hundreds of numbers is
/// written from one end to the other.
#[inline(always)]
fn to_rows<L: Lane>(lanes: &[L], part: usize, count: usize, rows: &mut [f64]) {
    let worlds = L::N.min(count - part * L::N);
    for (lane, row) in rows.chunks_exact_mut(lanes.len()).take(worlds).enumerate() {
        for (x, of) in row.iter_mut().zip(lanes) {
            *x = of.get(lane);
        }
    }
}

/// Goes on to `next` in the lanes where `alive` is 1.
#[inline(always)]
fn proceed<L: Lane>(alive: L, next: &[L], numbers: &mut [L]) {
    for (x, &next) in numbers.iter_mut().zip(next) {
        *x = L::select_lt(L::splat(0.5), alive, next, *x);
    }
}

/// Whether a flag is set in at least one lane.
#[inline(always)]
fn any<L: Lane>(flag: L) -> bool {
    L::any_lt(L::splat(0.5), flag)
}
