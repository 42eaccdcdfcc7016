//! A world of the caller's own: a point robot in the plane, once as lane rules and once as a plain wide block, registered and
//! rolled_out like any other. Alone in its process, so that no other test's registry changes.

use xmrl_envs::rng::{Purpose, Stream};
use xmrl_envs::{
    Abilities, Block, EnvError, EnvSpec, Environment, Hosted, Outcome, Pool, Rules, Sizes, Start, Tasks, World, Worlds,
    double_blocks, environment, environments, register, rounded_blocks, single_blocks,
};
use xmrl_lanes::Lane;
use xmrl_policy::{Activation, PolicySpec, initial_parameters};
use xmrl_rollout::{Precision, Record, Request, RolloutError, Starts, TaskBatch, collect};

const SIZES: Sizes = Sizes { observation: 2, action: 2, state: 2, task: 2, memory: 1 };

/// A point (x, y) m that moves by its action, at most .1 m along each axis, towards a goal that it does not see. Reward: minus the
/// squared distance; within .1 m it has arrived. It sees its place, x with the other sign once it has been right of 0.
#[derive(Clone, Copy)]
struct PointRules;

impl Rules for PointRules {
    const LARGEST: Option<f64> = Some(1e3);
    type Scratch<L: Lane> = ();

    #[inline(always)]
    fn begin<L: Lane>(&self, _scratch: &mut (), _state: &[L], memory: &mut [L]) {
        memory[0] = L::splat(1.0);
    }

    #[inline(always)]
    fn observe<L: Lane>(&self, _scratch: &mut (), state: &[L], memory: &[L], observation: &mut [L]) {
        observation[0] = state[0] * memory[0];
        observation[1] = state[1];
    }

    #[inline(always)]
    fn step<L: Lane>(
        &self,
        _scratch: &mut (),
        task: &[L],
        state: &mut [L],
        memory: &mut [L],
        action: &[L],
    ) -> Outcome<L> {
        let (zero, one) = (L::splat(0.0), L::splat(1.0));
        let mut square = zero;
        for axis in 0..2 {
            state[axis] = state[axis] + action[axis].max(-one).min(one) * L::splat(0.1);
            let d = state[axis] - task[axis];
            square = square + d * d;
        }
        memory[0] = L::select_lt(zero, state[0], -one, memory[0]);
        let arrived = L::select_lt(square, L::splat(0.01), one, zero);
        Outcome { reward: -square, terminated: arrived, success: arrived }
    }
}

impl Hosted for PointRules {
    fn scratch<L: Lane>(&self) -> Box<()> {
        Box::new(())
    }
}

/// The same worlds as rows of numbers, as a world in another process or library would hold them.
struct Rows {
    preset: String,
    /// Goal, place, sign of the sight of x, and whether it was ever begun; a row each.
    rows: Vec<([f64; 2], [f64; 2], f64, bool)>,
    /// Steps after which it fails.
    lasts: usize,
}

impl Block<f64> for Rows {
    fn width(&self) -> usize {
        self.rows.len()
    }

    fn begin(&mut self, fresh: &[f64], tasks: &[f64], states: &[f64]) -> Result<(), EnvError> {
        let width = self.width();
        for (w, row) in self.rows.iter_mut().enumerate().filter(|(w, _)| fresh[*w] != 0.0) {
            *row = ([tasks[w], tasks[width + w]], [states[w], states[width + w]], 1.0, true);
        }
        Ok(())
    }

    fn observe(&mut self, observations: &mut [f64]) -> Result<(), EnvError> {
        let width = self.width();
        for (w, (_, place, sign, _)) in self.rows.iter().enumerate() {
            (observations[w], observations[width + w]) = (place[0] * sign, place[1]);
        }
        Ok(())
    }

    fn step(&mut self, alive: &[f64], actions: &[f64], outcomes: &mut [f64]) -> Result<(), EnvError> {
        let fail = || EnvError::Failed { preset: self.preset.clone(), reason: "the pipe is closed".to_owned() };
        self.lasts = self.lasts.checked_sub(1).ok_or_else(fail)?;
        let width = self.width();
        for (w, (goal, place, sign, begun)) in self.rows.iter_mut().enumerate().filter(|(w, _)| alive[*w] != 0.0) {
            assert!(*begun, "world {w} is stepped and was never begun");
            let mut square = 0.0;
            for axis in 0..2 {
                place[axis] += actions[axis * width + w].clamp(-1.0, 1.0) * 0.1;
                square += (place[axis] - goal[axis]).powi(2);
            }
            *sign = if place[0] > 0.0 { -1.0 } else { *sign };
            let arrived = f64::from(u8::from(square < 0.01));
            for (k, x) in [-square, arrived, arrived].into_iter().enumerate() {
                outcomes[k * width + w] = x;
            }
        }
        Ok(())
    }

    fn states(&mut self, states: &mut [f64]) -> Result<(), EnvError> {
        let width = self.width();
        for (w, (_, place, ..)) in self.rows.iter().enumerate() {
            (states[w], states[width + w]) = (place[0], place[1]);
        }
        Ok(())
    }

    fn broken(&self, _world: usize) -> bool {
        false
    }
}

/// The preset: in lanes, or as rows that last so many steps.
struct Point {
    spec: EnvSpec,
    rows: Option<usize>,
    abilities: Abilities,
}

impl Point {
    fn new(preset: &str, rows: Option<usize>, abilities: Abilities) -> Self {
        let spec = EnvSpec::of(preset, SIZES)
            .described("A point in the plane, for a test.")
            .horizons(30, 12)
            .tasks(&[("goal x (m)", -1.0, 1.0, 0.5), ("goal y (m)", -1.0, 1.0, 0.5)]);
        Point { spec, rows, abilities }
    }
}

impl World for Point {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn abilities(&self) -> Abilities {
        self.abilities
    }

    fn tasks(&self, pool: Pool, seed: u64, count: usize) -> Tasks {
        let stream = Stream::new(seed, Purpose::Tasks, 40 + pool as u64);
        let values = (0..2 * count as u32).map(|i| 2.0 * stream.uniform(i / 2, 0, 0, i % 2) - 1.0).collect();
        Tasks { values, rare: None }
    }

    fn start(&self, _which: Start, _task: &[f64], stream: &Stream, task_id: u32, episode: u32, state: &mut [f64]) {
        for (k, x) in state.iter_mut().enumerate() {
            *x = 0.4 * stream.uniform(task_id, episode, 0, k as u32) - 0.2;
        }
    }

    fn blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f64>>> {
        let Some(lasts) = self.rows else { return double_blocks(&PointRules, SIZES, widths) };
        let rows = |&width: &usize| Rows {
            preset: self.spec.preset.clone(),
            rows: vec![([0.0; 2], [0.0; 2], 1.0, false); width],
            lasts,
        };
        widths.iter().map(|width| Box::new(rows(width)) as Box<dyn Block<f64>>).collect()
    }

    fn single_blocks(&self, widths: &[usize]) -> Vec<Box<dyn Block<f32>>> {
        match self.rows {
            None => single_blocks(&PointRules, SIZES, widths),
            Some(_) => rounded_blocks(self.blocks(widths)),
        }
    }
}

/// Episodes of a fresh policy.
fn rolled_out(env: &Environment, precision: Precision, starts: Starts<'_>) -> Result<Vec<TaskBatch>, RolloutError> {
    let policy = PolicySpec {
        observation_size: 2,
        action_size: 2,
        hidden: vec![8],
        activation: Activation::Tanh,
        log_std_init: -0.3,
        log_std_min: -2.3,
    };
    let (init, mut drawn) = (Stream::new(7, Purpose::Init, 0), 0..);
    let request = Request {
        env,
        policy: &policy,
        tasks: &env.tasks(Pool::Training, 3, 3).values,
        task_ids: &[3, 14, 15],
        params: &initial_parameters(&policy, || init.normal(0, 0, drawn.next().unwrap(), 0)),
        episodes: 37,
        first_episode: 5,
        horizon: env.spec().horizon,
        starts,
        start_stream: Stream::new(11, Purpose::QueryStart, 4),
        noise_stream: Stream::new(11, Purpose::QueryNoise, 4),
        precision,
        deterministic: false,
        record: Record::LearningAndStates,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    collect(&request, &pool)
}

fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance));
}

#[test]
fn a_world_of_the_callers_is_one_like_any_other() {
    let known = environments().len();
    register(Point::new("point/lanes", None, Abilities::default())).unwrap();
    // Narrower than the episodes, and no multiple of any lanes.
    let wide = Abilities { preferred_width: Some(20), ..Abilities::default() };
    register(Point::new("point/rows", Some(usize::MAX), wide)).unwrap();
    let one_way = Abilities { set_state: false, mixes: false, ..wide };
    register(Point::new("point/failing", Some(17), one_way)).unwrap();
    assert_eq!(environments().len(), known + 3);

    let again = register(Point::new("point/rows", None, wide)).unwrap_err();
    assert_eq!(
        again.to_string(),
        "the environment preset point/rows exists already; register the world under another name"
    );
    let mut nameless = Point::new("point/other", None, wide);
    nameless.spec.task_low.pop();
    let fault = register(nameless).unwrap_err().to_string();
    assert_eq!(fault, "point/other: task_low has 1 entries; task_size asks for 2");
    assert!(environment("point/raws").unwrap_err().to_string().contains("did you mean `point/rows`"));

    let [lanes, rows, failing] =
        ["lanes", "rows", "failing"].map(|name| environment(&format!("point/{name}")).unwrap());
    let law = Starts::Law(Start::Query);
    for (precision, tolerance) in [(Precision::F64, 1e-9), (Precision::F32, 1e-3)] {
        let (ours, theirs) = (rolled_out(&lanes, precision, law).unwrap(), rolled_out(&rows, precision, law).unwrap());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours.episodes.len(), 37);
            assert_eq!(ours.steps, theirs.steps);
            close(&ours.states, &theirs.states, tolerance);
            close(&ours.rewards, &theirs.rewards, tolerance);
            close(&ours.observations, &theirs.observations, tolerance);
            let ends = |batch: &TaskBatch| batch.episodes.iter().map(|e| (e.len, e.success)).collect::<Vec<_>>();
            assert_eq!(ends(ours), ends(theirs));
        }
        let arrived = ours.iter().flat_map(|batch| &batch.episodes).filter(|episode| episode.success).count();
        assert!((5..100).contains(&arrived), "{arrived}");
    }
    failures_are_told(&lanes, &failing);
    batches_step_alike(&lanes, &rows);
}

fn failures_are_told(lanes: &Environment, failing: &Environment) {
    let closed = "point/failing: the pipe is closed";
    let error = rolled_out(failing, Precision::F64, Starts::Law(Start::Query)).unwrap_err();
    assert_eq!(error.to_string(), closed);
    let given = vec![0.1; 3 * 37 * 2];
    assert!(rolled_out(lanes, Precision::F64, Starts::States(&given)).is_ok());
    let error = rolled_out(failing, Precision::F64, Starts::States(&given)).unwrap_err().to_string();
    assert_eq!(error, "point/failing: its episodes cannot begin in a given state; use its own starts");
    assert_eq!(
        failing.spec().mixing.check(failing).unwrap_err().to_string(),
        "point/failing: its states cannot be mixed; choose another environment, or an arm that mixes none"
    );
    let mut worlds = Worlds::of(failing.clone(), &[0.5, 0.5], 3, 1, 1).unwrap();
    let action = [0.0; 6];
    assert!((0..17).all(|_| worlds.step(&action).is_ok()));
    for _ in 0..2 {
        assert_eq!(worlds.step(&action).unwrap_err().to_string(), closed, "and it stays so");
        worlds.reset();
    }
}

fn batches_step_alike(lanes: &Environment, rows: &Environment) {
    let tasks = lanes.tasks(Pool::Evaluation, 1, 5).values;
    let mut both = [lanes, rows].map(|env| Worlds::of(env.clone(), &tasks, 9, 4, 2).unwrap());
    let stream = Stream::new(77, Purpose::QueryNoise, 0);
    for step in 0..50 {
        let actions: Vec<f64> = (0..90).map(|i| 3.0 * stream.uniform(0, 0, step, i) - 1.5).collect();
        let [a, b] = both.each_mut().map(|worlds| worlds.step(&actions).unwrap());
        close(a.observations, b.observations, 1e-12);
        close(a.rewards, b.rewards, 1e-12);
        assert_eq!((a.terminated, a.truncated), (b.terminated, b.truncated));
        let ended = both.each_mut().map(|worlds| if step % 3 == 0 { worlds.reset_ended() } else { 0 });
        assert_eq!(ended[0], ended[1]);
        let [a, b] = both.each_ref().map(Worlds::observations);
        close(a, b, 1e-12);
    }
}
