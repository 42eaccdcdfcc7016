//! Explanation by influence on a real environment: two independent halves of episodes, exact meta-gradients on all their
//! rows, exact meta-Hessian products on a row subsample, and what the two say together.

mod curvature;

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_meta::{
    Context, DataOptions, DataRequest, Draws, Engine, FusedProblem, Inner, MetaData, MetaProblem, PreparedRows,
    TaskData, UniformLaw, Usage, meta_data, task_gradients,
};

use crate::error::{Result, XmrlError};
use crate::groups::{cosines, near_duplicates};
use crate::influence::{
    Blocks, Influence, InfluenceOptions, IntervalOptions, Intervals, MetaGradients, explain_gradient, explain_implicit,
    influence_intervals,
};
use crate::reliability::{SplitHalf, split_half};
use crate::robust::{Average, mean};

pub use curvature::LowerCurvature;
pub(crate) use curvature::Operator;

/// Blocks of query episodes of a half that is one batch; with both halves the bootstrap draws from twice as many.
const BLOCKS: usize = 4;

/// Most batches of a half: their numbers fill a part of a draw's index.
const MOST_BATCHES: usize = 1 << 16;

/// How to explain by influence.
#[derive(Debug, Clone)]
pub struct ExplainOptions {
    /// The solver's settings; `None` takes plain inner products (the solver `gradient`).
    pub implicit: Option<InfluenceOptions>,
    /// What stands for the lower level's curvature in the solve.
    pub curvature: LowerCurvature,
    /// Tasks whose meta-gradients have at least this cosine are near-duplicates; `None` groups nothing.
    pub group_cosine: Option<f64>,
    /// Episodes of one batch, and the rows a task of Hessian products (`curvature_rows`).
    pub data: DataOptions,
    /// Batches of each half, every one with an adaptation of its own. Hessian products are those of the first.
    pub batches: usize,
    /// How the meta-gradients of a half's batches become one (of a single batch: those of its blocks of query episodes).
    pub average: Average,
    /// Streams of the two halves.
    pub streams: [u64; 2],
    /// Seed of every draw.
    pub seed: u64,
    /// Size of the top set whose overlap is reported.
    pub top: usize,
    /// Where and in which number type Hessian products are computed.
    pub engine: Engine,
}

/// Scores of the training tasks from pooled halves, with all that is needed to judge them.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The pooled solution.
    pub pooled: Influence,
    /// Scores `[N]` of each half alone.
    pub halves: [Vec<f64>; 2],
    /// Agreement of the halves.
    pub reliability: SplitHalf,
    /// Bootstrap over blocks of query episodes.
    pub intervals: Intervals,
    /// `[N]` group of every task, groups numbered by their first member; empty where grouping is off.
    pub groups: Vec<usize>,
    /// Env steps taken.
    pub env_steps: usize,
}

/// One half: the data of its first batch, meta-gradients by block, and the poor tasks' gradient.
struct Half {
    train: Vec<TaskData>,
    /// Its inner steps.
    inner: Inner,
    /// B, blocks of every task: its batches, or [`BLOCKS`] of query episodes where there is one.
    count: usize,
    /// `[N,B,Q]`, whose mean over B is `gradients`.
    blocks: Vec<f64>,
    /// `[N,Q]`.
    gradients: Vec<f64>,
    /// `[Q]`.
    poor: Vec<f64>,
    env_steps: usize,
}

/// Scores training tasks `[N,K]` by their influence on the poor tasks `[B,K]` at `meta [Q]`, with equal task weights.
///
/// Meta-gradients are exact on all rows (they are the bottleneck); Hessian products are exact on `data.curvature_rows` of
/// each task, at the policies adapted on all rows, in the calculus that `options` names. Source: method section 2; departure: one score at theta_0 instead of alternating rounds.
///
/// # Errors
/// Bad tasks or options, numbers that are not finite, a failing libtorch.
pub fn explain_influence(
    context: Context<'_>,
    meta: &[f64],
    train: &[f64],
    poor: &[f64],
    options: &ExplainOptions,
) -> Result<Explanation> {
    let tasks = train.len() / context.env.spec().task_size.max(1);
    let weights = vec![1.0 / tasks.max(1) as f64; tasks];
    let halves = [
        collect_half(context, meta, train, poor, options, options.streams[0])?,
        collect_half(context, meta, train, poor, options, options.streams[1])?,
    ];
    let average = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| 0.5 * (a + b)).collect() };
    let train_gradients = average(&halves[0].gradients, &halves[1].gradients);
    let poor_gradient = average(&halves[0].poor, &halves[1].poor);
    let at = |train, poor| MetaGradients { theta: meta, anchor: meta, weights: &weights, train, poor };

    let (pooled, parts) = match &options.implicit {
        None => {
            let delta = 1.0;
            let parts = [
                explain_gradient(&at(&halves[0].gradients, &halves[0].poor), delta)?,
                explain_gradient(&at(&halves[1].gradients, &halves[1].poor), delta)?,
            ];
            (explain_gradient(&at(&train_gradients, &poor_gradient), delta)?, parts)
        }
        Some(implicit) => {
            let operator = |half: &Half| {
                Operator::new(context, meta, &half.train, &half.inner, options.curvature, &options.engine)
            };
            let (mut first, mut second) = (operator(&halves[0])?, operator(&halves[1])?);
            let alone = InfluenceOptions { lanczos_steps: 0, ..*implicit };
            let a = explain_implicit(
                &at(&halves[0].gradients, &halves[0].poor),
                |v, out| first.product(&weights, v, out),
                None,
                &alone,
            )?;
            let b = explain_implicit(
                &at(&halves[1].gradients, &halves[1].poor),
                |v, out| second.product(&weights, v, out),
                None,
                &alone,
            )?;
            let warm = average(&a.v, &b.v);
            let mut other = vec![0.0; meta.len()];
            let mut both = |v: &[f64], out: &mut [f64]| -> Result<()> {
                first.product(&weights, v, out)?;
                second.product(&weights, v, &mut other)?;
                out.iter_mut().zip(&other).for_each(|(out, y)| *out = 0.5 * (*out + y));
                Ok(())
            };
            let pooled = explain_implicit(&at(&train_gradients, &poor_gradient), &mut both, Some(&warm), implicit)?;
            (pooled, [a, b])
        }
    };
    let reliability = split_half([&parts[0].scores, &parts[1].scores], options.top)?;
    let blocks = interleave(&halves, meta.len());
    let stream = Stream::new(options.seed, Purpose::Bootstrap, options.streams[0]);
    let interval = IntervalOptions { top: options.top, ..IntervalOptions::default() };
    let intervals = influence_intervals(
        Blocks { count: 2 * halves[0].count, gradients: &blocks },
        &pooled.v,
        &interval,
        |resample, draw| stream.uniform(draw, resample, 0, 0),
    )?;
    let env_steps = halves.iter().map(|half| half.env_steps).sum();
    let [a, b] = parts;
    let groups = match options.group_cosine {
        None => Vec::new(),
        Some(least) => near_duplicates(&cosines(&train_gradients, meta.len()), tasks, least)?,
    };
    Ok(Explanation { pooled, halves: [a.scores, b.scores], reliability, intervals, groups, env_steps })
}

/// Flies one half and differentiates it.
fn collect_half(
    context: Context<'_>,
    meta: &[f64],
    train: &[f64],
    poor: &[f64],
    options: &ExplainOptions,
    stream: u64,
) -> Result<Half> {
    let size = context.env.spec().task_size.max(1);
    if train.is_empty() || poor.is_empty() {
        let got = format!("{} training and {} poor tasks", train.len() / size, poor.len() / size);
        return Err(XmrlError::Option { key: "explain", got, fix: "give at least one of both" });
    }
    if options.batches == 1 && options.data.query_episodes < BLOCKS {
        let got = options.data.query_episodes.to_string();
        let fix = "give at least 4, one for each bootstrap block, or several batches";
        return Err(XmrlError::Option { key: "explain.queryEpisodes", got, fix });
    }
    if !(1..=MOST_BATCHES).contains(&options.batches) {
        let got = options.batches.to_string();
        return Err(XmrlError::Option { key: "explain.batches", got, fix: "give 1 to 65536" });
    }
    let count = u32::try_from(train.len() / size).unwrap_or(u32::MAX);
    // The poor tasks' draws follow the training tasks', so no two tasks share any.
    let ids: Vec<u32> = (0..count + u32::try_from(poor.len() / size).unwrap_or(u32::MAX)).collect();
    let (own, after) = ids.split_at(count as usize);
    let (tasks, parameters) = (own.len(), meta.len());
    let blocks_of_batch = if options.batches == 1 { BLOCKS } else { 1 };
    let blocks = options.batches * blocks_of_batch;
    let mut half = Half {
        train: Vec::new(),
        inner: Inner { adapted: Vec::new(), gradients: Vec::new(), means: Vec::new() },
        count: blocks,
        blocks: vec![0.0; tasks * blocks * parameters],
        gradients: Vec::new(),
        poor: Vec::new(),
        env_steps: 0,
    };
    let mut aims = Vec::with_capacity(options.batches * parameters);
    for batch in 0..options.batches {
        let part = u16::try_from(batch).unwrap_or(u16::MAX);
        let request = DataRequest {
            context,
            meta,
            tasks: train,
            task_ids: own,
            mixed_episodes: &[],
            law: &UniformLaw,
            options: &options.data,
            draws: Draws::new(options.seed, Usage::Explain, stream).part(part),
        };
        let flown: MetaData = meta_data(&request)?;
        let aim = task_gradients(&DataRequest { tasks: poor, task_ids: after, ..request })?;
        aims.extend(mean(&aim.gradients, parameters));
        half.env_steps += flown.support_steps + flown.query_steps + aim.env_steps;
        for block in 0..blocks_of_batch {
            let gradients = block_gradients(context, meta, &flown, (block, blocks_of_batch))?;
            let at_block = batch * blocks_of_batch + block;
            for (task, gradient) in gradients.chunks_exact(parameters).enumerate() {
                let at = (task * blocks + at_block) * parameters;
                half.blocks[at..at + parameters].copy_from_slice(gradient);
            }
        }
        if batch == 0 {
            half.train = flown.data;
            half.inner = flown.inner;
        }
    }
    half.poor = options.average.centre(&mut aims, parameters);
    let of_task = half.blocks.chunks_exact_mut(blocks * parameters);
    half.gradients = of_task.flat_map(|of| options.average.centre(of, parameters)).collect();
    Ok(half)
}

/// Meta-gradients `[N,Q]` on every `count`-th query episode from `block` on; on all of them where `count` is 1.
fn block_gradients(
    context: Context<'_>,
    meta: &[f64],
    flown: &MetaData,
    (block, count): (usize, usize),
) -> Result<Vec<f64>> {
    let part: Vec<TaskData> = flown
        .data
        .iter()
        .map(|task| TaskData { support: task.support.clone(), query: episodes_of(&task.query, block, count) })
        .collect();
    Ok(FusedProblem::with_inner(context.spec, &part, meta, flown.inner.clone(), context.pool)?.gradients(meta)?)
}

/// Every `count`-th episode from `block` on, its coefficients scaled so that the mean of the blocks is the whole.
fn episodes_of(rows: &PreparedRows, block: usize, count: usize) -> PreparedRows {
    let episodes = rows.episodes.len().saturating_sub(1);
    let scale = count as f64;
    let mut out = PreparedRows { episodes: vec![0], ..PreparedRows::default() };
    let (observation, action) = (rows.observations.len() / rows.rows().max(1), rows.actions.len() / rows.rows().max(1));
    for episode in (block..episodes).step_by(count) {
        let span = rows.episodes[episode]..rows.episodes[episode + 1];
        out.observations.extend(&rows.observations[span.start * observation..span.end * observation]);
        out.actions.extend(&rows.actions[span.start * action..span.end * action]);
        out.log_probs.extend(&rows.log_probs[span.clone()]);
        out.coefficients.extend(rows.coefficients[span].iter().map(|c| scale * c));
        out.episodes.push(out.log_probs.len());
    }
    out.curvature = vec![0];
    out
}

/// `[N,2B,Q]` from the halves' `[N,B,Q]`.
fn interleave(halves: &[Half; 2], size: usize) -> Vec<f64> {
    let width = halves[0].count * size;
    halves[0]
        .blocks
        .chunks_exact(width)
        .zip(halves[1].blocks.chunks_exact(width))
        .flat_map(|(a, b)| a.iter().chain(b))
        .copied()
        .collect()
}
