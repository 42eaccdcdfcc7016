//! Parity with libmujoco, from what `scripts/physics/oracle.py` recorded.
//!
//! `XMRL_PARITY` names another folder of recordings (the full gate, `npm run gate:physics`); its report is written there as
//! `report.json`, before anything is judged. Errors are max over entries of |ours - theirs| / max(1, |theirs|).

mod recording;

use std::path::PathBuf;
use std::{env, fs};

use recording::{Episodes, Steps};
use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{EnvSpec, Pool, View, Worlds, environment, environments};
use xmrl_lanes::{Kernel, Lane, dispatch_f64};
use xmrl_physics::models::{ANT_GYM, ANT_RLLAB, CHEETAH, WALKER2D};
use xmrl_physics::{Mechanism, Spatial};

/// Bounds of one physics step: median, 99.9 % and worst.
const STEP_BOUNDS: [f64; 3] = [1e-13, 1e-10, 1e-4];
/// Bound of an episode of 20 env steps, and of what a set state shows. A recording widens it where libmujoco itself is less
/// certain than that.
const FLIGHT_BOUND: f64 = 1e-10;
/// No recording may widen it further than this.
const WIDEST_BOUND: f64 = 5e-3;
/// Fewest transitions that a recording of a model or a preset must hold.
const FEWEST: usize = 2000;

/// Share of a preset's episodes whose bound a recording may widen. Five physics steps an env step carry a cheetah through a
/// hundred contacts in 20, and most episodes meet one that rounding decides.
fn most_loose(preset: &str) -> f64 {
    match preset {
        "cheetah-vel/gym" | "cheetah-vel/promp" | "cheetah-dir/gym" => 0.75,
        _ => 0.1,
    }
}

fn folder() -> (PathBuf, bool) {
    match env::var_os("XMRL_PARITY") {
        Some(folder) => (folder.into(), true),
        None => (PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recorded"), false),
    }
}

fn error(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let scaled = |(a, b): (&f64, &f64)| (a - b).abs() / b.abs().max(1.0);
    // NaN counts as the worst error there is.
    ours.iter().zip(theirs).map(scaled).fold(0.0, |worst, e| {
        if e <= worst {
            worst
        } else if e.is_nan() {
            f64::INFINITY
        } else {
            e
        }
    })
}

/// Entry of a sorted list below which `share` of it lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// Advances rows (qpos, qvel) `[n, NQ + NV]` under `[n, NU]` by `substeps` physics steps.
struct Advance<'a, M> {
    mechanism: &'a M,
    state: &'a mut [f64],
    control: &'a [f64],
    controls: usize,
    substeps: usize,
}

impl<M: Mechanism> Kernel for Advance<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        let (size, controls) = (M::NQ + M::NV, self.controls);
        let rows = self.state.len() / size;
        let mut workspace = self.mechanism.workspace::<L>();
        for first in (0..rows).step_by(L::N) {
            let row = |lane: usize| (first + lane).min(rows - 1);
            let mut state = vec![L::splat(0.0); size];
            let mut control = vec![L::splat(0.0); controls];
            for lane in 0..L::N {
                for k in 0..size {
                    state[k].set(lane, self.state[row(lane) * size + k]);
                }
                for k in 0..controls {
                    control[k].set(lane, self.control[row(lane) * controls + k]);
                }
            }
            let (q, v) = state.split_at_mut(M::NQ);
            self.mechanism.advance(&mut workspace, q, v, &control, self.substeps);
            for lane in 0..L::N.min(rows - first) {
                for k in 0..size {
                    self.state[(first + lane) * size + k] = state[k].get(lane);
                }
            }
        }
    }
}

/// One line of the report and the gates it breaks.
struct Verdict {
    json: String,
    broken: Vec<String>,
}

/// One physics step of a model from every recorded state.
fn steps<M: Mechanism>(name: &str, mechanism: &M) -> Verdict {
    let recorded = Steps::read(&folder().0, name);
    let [nq, nv, nu] = recorded.sizes;
    assert_eq!([nq, nv, nu], [M::NQ, M::NV, mechanism.controls()]);
    assert!(recorded.count >= FEWEST, "{name}: {} steps", recorded.count);
    let size = nq + nv;
    let rows = || recorded.input.chunks_exact(size + nu);
    let mut state: Vec<f64> = rows().flat_map(|row| row[..size].to_vec()).collect();
    let control: Vec<f64> = rows().flat_map(|row| row[size..].to_vec()).collect();
    dispatch_f64(Advance { mechanism, state: &mut state, control: &control, controls: nu, substeps: 1 });
    let pairs = state.chunks_exact(size).zip(recorded.output.chunks_exact(size));
    let errors: Vec<f64> = pairs.map(|(ours, theirs)| error(ours, theirs)).collect();
    let mut worst = [0.0_f64; 6];
    for (&kind, &e) in recorded.kind.iter().zip(&errors) {
        worst[kind as usize] = worst[kind as usize].max(e);
    }
    let mut sorted = errors;
    sorted.sort_by(f64::total_cmp);
    let found = [quantile(&sorted, 0.5), quantile(&sorted, 0.999), quantile(&sorted, 1.0)];
    let names = ["p50", "p99.9", "max"];
    let broken = (0..3).filter(|&i| found[i] > STEP_BOUNDS[i]);
    Verdict {
        broken: broken
            .map(|i| format!("{name}: one step, {} {:e} > {:e}", names[i], found[i], STEP_BOUNDS[i]))
            .collect(),
        json: format!(
            r#"{{"model":"{name}","count":{},"p50":{:e},"p999":{:e},"max":{:e},"worst":[{}]}}"#,
            recorded.count,
            found[0],
            found[1],
            found[2],
            worst.map(|e| format!("{e:e}")).join(",")
        ),
    }
}

/// Episodes of a preset.
fn episodes(preset: &str) -> Option<Verdict> {
    let recorded = Episodes::read(&folder().0, preset)?;
    let (n, length, a, s) = (recorded.count, recorded.length, recorded.action_size, recorded.observation_size);
    assert!(n * length >= FEWEST, "{preset}: {n} episodes of {length} steps");
    let environment = environment(preset).unwrap();
    let spec = environment.spec();
    assert_eq!(
        [spec.state_size, spec.action_size, spec.observation_size, spec.task_size],
        [recorded.state_size, a, s, recorded.task_size]
    );
    let mut worlds = Worlds::new(preset, &recorded.task, 1, 1, 0).unwrap();
    worlds.set_state(&recorded.start).unwrap();
    let first: Vec<f64> =
        (0..n).map(|i| error(&worlds.observations()[i * s..][..s], &recorded.first[i * s..][..s])).collect();
    let (mut reward, mut seen, mut ends) = (vec![0.0_f64; n], vec![0.0_f64; n], 0);
    for t in 0..length {
        let actions: Vec<f64> = (0..n).flat_map(|i| recorded.action[(i * length + t) * a..][..a].to_vec()).collect();
        let result = worlds.step(&actions).unwrap();
        let kept = recorded.observed.iter().position(|&step| step == t + 1);
        for i in 0..n {
            let at = i * length + t;
            reward[i] = reward[i].max(error(&result.rewards[i..=i], &recorded.reward[at..=at]));
            ends += usize::from(result.terminated[i] != recorded.terminated[at]);
            if let Some(m) = kept {
                let theirs = &recorded.observation[(i * recorded.observed.len() + m) * s..][..s];
                seen[i] = seen[i].max(error(&result.observations[i * s..][..s], theirs));
            }
        }
    }
    let d = recorded.state_size;
    let last: Vec<f64> = (0..n).map(|i| error(&worlds.state()[i * d..][..d], &recorded.last[i * d..][..d])).collect();
    let total: Vec<f64> = (0..n).map(|i| first[i].max(last[i]).max(reward[i]).max(seen[i])).collect();
    let over: Vec<usize> = (0..n).filter(|&i| total[i] > recorded.bound[i]).collect();
    let loose = (0..n).filter(|&i| recorded.bound[i] > FLIGHT_BOUND).count();
    let mut broken: Vec<String> = Vec::new();
    // The bounds are estimates from a few nudges: one episode in two hundred may miss its own, none tenfold.
    let far = over.iter().any(|&i| total[i] > 10.0 * recorded.bound[i]);
    if let Some(&i) = over.first().filter(|_| far || over.len() > n.div_ceil(200)) {
        broken.push(format!(
            "{preset}: {} of {n} episodes miss; episode {i} (kind {}) by {:e} at the start, {:e} in state, {:e} in reward, {:e} in observation (bound {:e})",
            over.len(), recorded.kind[i], first[i], last[i], reward[i], seen[i], recorded.bound[i]
        ));
    }
    let widest = recorded.bound.iter().copied().fold(0.0, f64::max);
    if widest > WIDEST_BOUND || loose as f64 > most_loose(preset) * n as f64 {
        broken.push(format!("{preset}: {loose} of {n} episodes are recorded with wider bounds, the widest {widest:e}"));
    }
    if ends > 0 {
        broken.push(format!("{preset}: {ends} differences in termination"));
    }
    let summary = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        format!(
            r#"{{"p50":{:e},"p99":{:e},"max":{:e}}}"#,
            quantile(&sorted, 0.5),
            quantile(&sorted, 0.99),
            quantile(&sorted, 1.0)
        )
    };
    let within = total.iter().filter(|&&e| e <= FLIGHT_BOUND).count();
    let strict: Vec<f64> = (0..n).filter(|&i| recorded.bound[i] <= FLIGHT_BOUND).map(|i| total[i]).collect();
    let json = format!(
        r#"{{"preset":"{preset}","count":{n},"steps":{},"first":{},"state":{},"reward":{},"observation":{},"strict":{},"loose":{loose},"within":{within},"over":{},"ends":{ends}}}"#,
        n * length,
        summary(&first),
        summary(&last),
        summary(&reward),
        summary(&seen),
        if strict.is_empty() { "null".into() } else { summary(&strict) },
        over.len()
    );
    Some(Verdict { json, broken })
}

/// qpos after 5 s without control from rest configuration `q`.
fn settled<M: Mechanism>(mechanism: &M, q: &[f64]) -> Vec<f64> {
    let mut state = q.to_vec();
    state.resize(M::NQ + M::NV, 0.0);
    let nu = mechanism.controls();
    let substeps = (5.0 / mechanism.timestep()).round() as usize;
    dispatch_f64(Advance { mechanism, state: &mut state, control: &vec![0.0; nu], controls: nu, substeps });
    state.truncate(M::NQ);
    state
}

/// The configurations in which all hinges are straight, as MuJoCo's models have them.
fn rest_poses() -> Vec<(&'static str, Vec<f64>)> {
    let straight = ANT_GYM.rest;
    let old = Spatial { margin: 0.01, ..ANT_GYM };
    let mut walker = vec![0.0; 9];
    walker[1] = 1.25;
    vec![
        ("cheetah", settled(&CHEETAH, &[0.0; 9])),
        ("walker2d", settled(&WALKER2D, &walker)),
        ("ant-gym", settled(&ANT_GYM, straight)),
        ("ant-rllab", settled(&ANT_RLLAB, straight)),
        ("ant-gym, margin .01", settled(&old, straight)),
    ]
}

/// Mean return of `episodes` episodes with actions `scale` × N(0, 1), and its standard error from the noise within tasks.
/// Tasks take turns as the oracle's do: 40 evenly spaced velocities, both directions, else drawn.
fn returns(preset: &str, episodes: usize, scale: f64) -> [f64; 2] {
    let environment = environment(preset).unwrap();
    let spec = environment.spec();
    let (low, high) = (spec.task_low[0], spec.task_high[0]);
    let (turns, tasks): (usize, Vec<f64>) = match preset.split('/').next().unwrap().rsplit('-').next().unwrap() {
        "vel" => (40, (0..episodes).map(|i| low + (high - low) * ((i % 40) as f64 + 0.5) / 40.0).collect()),
        "dir" => (2, (0..episodes).map(|i| 1.0 - 2.0 * (i % 2) as f64).collect()),
        _ => (1, environment.tasks(Pool::Evaluation, 1, episodes).values),
    };
    let mut worlds = Worlds::new(preset, &tasks, 1, 5, 0).unwrap();
    let noise = Stream::new(6, Purpose::QueryNoise, 0);
    let mut totals = vec![0.0; episodes];
    for t in 0..spec.horizon as u32 {
        let draw = |i: usize| scale * noise.normal(0, (i / spec.action_size) as u32, t, (i % spec.action_size) as u32);
        let actions: Vec<f64> =
            (0..episodes * spec.action_size).map(|i| if scale == 0.0 { 0.0 } else { draw(i) }).collect();
        let result = worlds.step(&actions).unwrap();
        totals.iter_mut().zip(result.rewards).for_each(|(total, reward)| *total += reward);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let within = (0..turns).map(|turn| {
        let group: Vec<f64> = totals.iter().skip(turn).step_by(turns).copied().collect();
        let centre = mean(&group);
        group.iter().map(|total| (total - centre).powi(2)).sum::<f64>() / (group.len() - 1) as f64
    });
    [mean(&totals), (within.sum::<f64>() / turns as f64 / episodes as f64).sqrt()]
}

#[test]
fn one_physics_step_and_episodes_are_those_of_libmujoco() {
    let models = vec![
        steps("cheetah", &CHEETAH),
        steps("walker2d", &WALKER2D),
        steps("ant-gym", &ANT_GYM),
        steps("ant-rllab", &ANT_RLLAB),
    ];
    let presets: Vec<_> = environments().iter().filter_map(|spec| episodes(&spec.preset)).collect();
    assert_eq!(presets.len(), 9, "every preset of a body has recorded episodes");
    let (folder, full) = folder();
    if full {
        let lines = |verdicts: &[Verdict]| verdicts.iter().map(|v| v.json.clone()).collect::<Vec<_>>().join(",\n");
        let rests: Vec<_> = rest_poses().iter().map(|(name, q)| format!(r#""{name}":{q:?}"#)).collect();
        let totals: Vec<_> = environments()
            .iter()
            .filter(|spec| matches!(spec.view, View::Side | View::Above) && !spec.needs_files)
            .map(|EnvSpec { preset, .. }| {
                let ([a, b], [c, d]) = (returns(preset, 400, 0.0), returns(preset, 400, 1.0));
                format!(r#""{preset}":{{"nothing":{{"mean":{a},"error":{b}}},"random":{{"mean":{c},"error":{d}}}}}"#)
            })
            .collect();
        let (a, b, c, d) = (lines(&models), lines(&presets), rests.join(",\n"), totals.join(",\n"));
        let report = format!("{{\"models\":[{a}],\n\"presets\":[{b}],\n\"rest\":{{{c}}},\n\"returns\":{{{d}}}}}\n");
        fs::write(folder.join("report.json"), report).unwrap();
    }
    let broken: Vec<_> = models.into_iter().chain(presets).flat_map(|verdict| verdict.broken).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn bodies_come_to_rest_where_they_do_in_libmujoco() {
    let poses = rest_poses();
    let height = |name: &str, entry: usize| poses.iter().find(|(pose, _)| *pose == name).unwrap().1[entry];
    assert!((height("cheetah", 1) + 0.132_439).abs() < 1e-6, "{}", height("cheetah", 1));
    assert!((height("ant-gym", 2) - 0.543_759).abs() < 1e-6, "{}", height("ant-gym", 2));
    assert!((height("ant-rllab", 2) - 0.550_795).abs() < 1e-6, "{}", height("ant-rllab", 2));
    assert!((height("ant-gym, margin .01", 2) - 0.530_169).abs() < 1e-6, "{}", height("ant-gym, margin .01", 2));
}
