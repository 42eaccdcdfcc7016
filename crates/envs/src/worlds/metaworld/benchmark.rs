//! Presets with their models.

use xmrl_mujoco::MujocoError;

use super::facts::Facts;
use super::files::Files;
use super::kinds::rules;
use super::plan::Plan;
use super::stage::Stage;
use crate::error::EnvError;
use crate::spec::EnvSpec;

/// A preset with its models.
pub(super) struct Benchmark {
    pub(super) plan: Plan,
    pub(super) spec: EnvSpec,
    pub(super) stages: Vec<Stage>,
}

impl Benchmark {
    /// Opens the library and loads the models: a tenth of a second each. Error: [`EnvError::NoMetaworld`].
    pub(super) fn new(plan: &Plan) -> Result<Self, EnvError> {
        let stages = Files::here().and_then(|files| {
            let stage = |facts: &&'static Facts| {
                let rules = rules(facts.name).ok_or_else(|| format!("there are no rules of {}", facts.name))?;
                Stage::new(&files, facts, rules)
            };
            plan.kinds.iter().map(stage).collect::<Result<Vec<_>, _>>()
        });
        let stages = stages.map_err(|reason| EnvError::NoMetaworld { preset: plan.preset.clone(), reason })?;
        Ok(Benchmark { spec: plan.spec(), plan: plan.clone(), stages })
    }

    /// The simulator's failure as the preset's.
    pub(super) fn failed(&self, error: &MujocoError) -> EnvError {
        EnvError::Failed { preset: self.spec.preset.clone(), reason: error.to_string() }
    }

    /// Numbers before an environment's own in states and tasks: which it is, where there are several.
    pub(super) fn first(&self) -> usize {
        usize::from(self.plan.several())
    }

    /// Which environment a task or state is of. A number that is none of them is taken for the nearest: it was refused before.
    pub(super) fn kind(&self, numbers: &[f64]) -> usize {
        if self.plan.several() { (numbers[0].max(0.0) as usize).min(self.stages.len() - 1) } else { 0 }
    }

    /// A task's environment and random vector.
    pub(super) fn task_of<'a>(&self, task: &'a [f64]) -> (usize, &'a [f64]) {
        let kind = self.kind(task);
        (kind, &task[self.first()..][..self.stages[kind].facts.low.len()])
    }

    /// The numbers of a state `[D]` that an environment has.
    pub(super) fn own_state<'a>(&self, kind: usize, state: &'a [f64]) -> &'a [f64] {
        &state[self.first()..][..self.stages[kind].facts.state_size()]
    }

    /// Writes the state `[D]` of an environment's own numbers.
    pub(super) fn whole_state(&self, kind: usize, own: &[f64], state: &mut [f64]) {
        state.fill(0.0);
        state[..self.first()].fill(kind as f64);
        state[self.first()..][..own.len()].copy_from_slice(own);
    }

    /// Facts of the environment that a task or state is of.
    pub(super) fn facts(&self, numbers: &[f64]) -> &'static Facts {
        self.stages[self.kind(numbers)].facts
    }

    /// Where a state's quaternions begin.
    pub(super) fn quaternions(&self, state: &[f64]) -> impl Iterator<Item = usize> {
        let first = self.first();
        self.facts(state).quaternions.iter().map(move |at| first + at)
    }

    /// That a state's first number is an environment, where it must be one.
    pub(super) fn check_kind(&self, row: usize, number: f64) -> Result<(), EnvError> {
        let bad = self.plan.several() && (number.fract() != 0.0 || number < 0.0 || number >= self.stages.len() as f64);
        let needed = || format!("an environment, a whole number up to {}", self.stages.len() - 1);
        if bad { Err(EnvError::StateOutside { row, entry: 0, value: number, needed: needed() }) } else { Ok(()) }
    }
}
