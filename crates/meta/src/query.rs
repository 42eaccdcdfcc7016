//! The query phase of a collection: episodes of the query law, then episodes from states between two that those visited.

use xmrl_envs::rng::Purpose;
use xmrl_policy::Number;
use xmrl_rollout::{Record, TaskBatch};

use crate::error::{MetaError, Result, Stage, check_len};
use crate::mixing::{MixStreams, MixedStart, mixed_starts};
use crate::request::{DataRequest, Phase};

/// Query episodes of one task.
#[derive(Default)]
pub(crate) struct QueryEpisodes<T> {
    pub(crate) plain: TaskBatch<T>,
    pub(crate) mixed: TaskBatch<T>,
    pub(crate) starts: Vec<MixedStart>,
}

/// Flies the query phase: first the episodes of the query law, then those from states between two that they visited.
pub(crate) fn fly_query<T: Number>(
    request: &DataRequest<'_>,
    mixed_episodes: &[usize],
    adapted: &[f64],
) -> Result<Vec<QueryEpisodes<T>>> {
    let DataRequest { context, options, .. } = *request;
    let world = context.env.spec();
    let rule = options.mixing.unwrap_or(world.mixing);
    let mut flown: Vec<QueryEpisodes<T>> = mixed_episodes.iter().map(|_| QueryEpisodes::default()).collect();
    let mut sizes = mixed_episodes.to_vec();
    sizes.sort_unstable();
    sizes.dedup();
    // One rollout per distinct number of mixed episodes (one or two of them in practice).
    for mixed in sizes {
        let members: Vec<usize> = (0..mixed_episodes.len()).filter(|&i| mixed_episodes[i] == mixed).collect();
        let tasks = gather(request.tasks, world.task_size, &members);
        let task_ids: Vec<u32> = members.iter().map(|&i| request.task_ids[i]).collect();
        let params = gather(adapted, context.spec.policy_parameters(), &members);
        let plain_episodes = options.query_episodes - mixed;
        let mut phase = Phase {
            stage: Stage::Query,
            tasks: &tasks,
            task_ids: &task_ids,
            params: &params,
            episodes: plain_episodes,
            first_episode: 0,
            states: None,
            most_steps: usize::MAX,
            draws: request.draws,
            precision: options.precision,
            record: if mixed > 0 { Record::LearningAndStates } else { Record::Learning },
        };
        let plain: Vec<TaskBatch<T>> = context.fly(&phase)?;
        let mut states = Vec::new();
        if mixed > 0 {
            let streams = MixStreams {
                pairs: request.draws.stream(Purpose::MixPair),
                lambdas: request.draws.stream(Purpose::MixLambda),
            };
            let first = u32::try_from(plain_episodes).unwrap_or(u32::MAX);
            for (batch, (&task, &id)) in plain.iter().zip(members.iter().zip(&task_ids)) {
                let episodes = (id, first, mixed);
                let starts =
                    mixed_starts(context.env, rule, &batch.states, episodes, request.law, &streams, &mut states);
                flown[task].starts = starts.map_err(|source| MetaError::Mixing { task, source })?;
            }
            phase.episodes = mixed;
            phase.first_episode = first;
            phase.states = Some(&states);
            phase.most_steps = options.mixed_horizon.unwrap_or(usize::MAX);
            phase.record = Record::Learning;
            for (&task, batch) in members.iter().zip(context.fly(&phase)?) {
                flown[task].mixed = batch;
            }
        }
        for (&task, batch) in members.iter().zip(plain) {
            flown[task].plain = batch;
        }
    }
    Ok(flown)
}

/// `[N]` numbers of mixed episodes; at least one episode of the query law must remain to mix from.
pub(crate) fn mixed_counts(given: &[usize], tasks: usize, episodes: usize) -> Result<Vec<usize>> {
    if given.is_empty() {
        return Ok(vec![0; tasks]);
    }
    check_len("mixedEpisodes", "[N]", given.len(), tasks)?;
    match given.iter().find(|&&mixed| mixed >= episodes) {
        None => Ok(given.to_vec()),
        Some(mixed) => Err(MetaError::Option {
            key: "mixedEpisodes",
            got: format!("{mixed} of {episodes} query episodes"),
            fix: "leave at least one episode whose states can be mixed",
        }),
    }
}

/// Rows `members` of `from [N,width]`.
fn gather(from: &[f64], width: usize, members: &[usize]) -> Vec<f64> {
    members.iter().flat_map(|&i| &from[i * width..(i + 1) * width]).copied().collect()
}
