//! The meta-objective on libtorch: the exact reference of the fused kernels, third derivatives, and the GPU.

use tch::{Device, Kind};
use xmrl_meta::{
    MetaError, MetaHessian, MetaProblem, MetaSpec, Stage, Subsample, TaskData, Value, check_finite, check_len,
};

use crate::chunk::{Chunk, partition};
use crate::error::Result;
use crate::objective::Objective;
use crate::workers::TorchWorkers;

/// Where and how a [`TorchProblem`] computes.
#[derive(Debug, Clone, PartialEq)]
pub struct TorchOptions {
    /// `Kind::Double` (default) or `Kind::Float`; host numbers stay f64 either way.
    pub kind: Kind,
    /// Default `Device::Cpu`. On any other device all tasks are one chunk.
    pub device: Device,
    /// Padded rows (support and query) of a chunk of tasks on the CPU, so that its activations stay in cache. Results
    /// agree between sizes to rounding, and between numbers of workers exactly. Default 8000.
    pub chunk_rows: usize,
}

impl Default for TorchOptions {
    fn default() -> Self {
        Self { kind: Kind::Double, device: Device::Cpu, chunk_rows: 8000 }
    }
}

/// [`MetaProblem`] on libtorch, with exact meta-Hessian products besides.
///
/// Tasks are padded to the longest of their chunk (a padding row contributes exactly 0) and batched; chunks are worked on
/// by [`TorchWorkers`] and their results put together in task order.
#[derive(Debug)]
pub struct TorchProblem {
    objective: Objective,
    anchor: Vec<f64>,
    chunks: Vec<Chunk>,
    tasks: usize,
    workers: TorchWorkers,
}

impl TorchProblem {
    /// The problem of `tasks` around `anchor [Q]`, the meta vector that collected them.
    ///
    /// # Errors
    /// A bad spec or option, rows of the wrong shape or not finite (named with their task), and what libtorch refuses (an
    /// absent device, memory).
    pub fn new(
        spec: MetaSpec,
        tasks: &[TaskData],
        anchor: &[f64],
        options: &TorchOptions,
        workers: &TorchWorkers,
    ) -> Result<Self> {
        Self::around(spec, tasks, anchor, None, options, workers)
    }

    /// The problem of a row subsample around `anchor [Q]`, the meta vector that collected its rows; see [`Subsample`].
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn subsampled(
        spec: MetaSpec,
        sample: &Subsample,
        anchor: &[f64],
        options: &TorchOptions,
        workers: &TorchWorkers,
    ) -> Result<Self> {
        let rest = [sample.inner_rest.as_slice(), sample.outer_rest.as_slice()];
        for (name, rest) in ["inner rest", "outer rest"].into_iter().zip(rest) {
            check_len(name, "[N,P]", rest.len(), sample.data.len() * spec.policy_parameters())?;
        }
        Self::around(spec, &sample.data, anchor, Some(rest), options, workers)
    }

    fn around(
        spec: MetaSpec,
        tasks: &[TaskData],
        anchor: &[f64],
        rest: Option<[&[f64]; 2]>,
        options: &TorchOptions,
        workers: &TorchWorkers,
    ) -> Result<Self> {
        spec.validate()?;
        spec.check_meta(Stage::Prepare, anchor)?;
        if !matches!(options.kind, Kind::Double | Kind::Float) {
            let got = format!("{:?}", options.kind);
            return Err(MetaError::Option { key: "dtype", got, fix: "give Double or Float" }.into());
        }
        if tasks.is_empty() {
            return Err(MetaError::Option { key: "tasks", got: "none".to_owned(), fix: "give at least one" }.into());
        }
        for (index, task) in tasks.iter().enumerate() {
            task.support.check(Stage::Prepare, index, &spec.policy)?;
            task.query.check(Stage::Prepare, index, &spec.policy)?;
        }
        let objective = Objective { spec, kind: options.kind, device: options.device };
        let rows = if options.device == Device::Cpu { options.chunk_rows } else { usize::MAX };
        let mut runs = partition(tasks, rows);
        let chunks = workers.each(&mut runs, |run| Chunk::new(&objective, tasks, run.clone(), anchor, rest))?;
        Ok(Self { objective, anchor: anchor.to_vec(), chunks, tasks: tasks.len(), workers: workers.clone() })
    }

    /// Frees the graphs of [`curvature`](MetaProblem::curvature); its next call records them again.
    pub fn drop_curvature(&mut self) {
        self.chunks.iter_mut().for_each(Chunk::drop_curvature);
    }

    fn gradients_of(&mut self, meta: &[f64], keep: bool) -> Result<Vec<f64>> {
        self.objective.spec.check_meta(Stage::Gradient, meta)?;
        let objective = &self.objective;
        let parts = self.workers.each(&mut self.chunks, |chunk| chunk.gradients(objective, meta, keep))?;
        Ok(parts.concat())
    }
}

impl MetaProblem for TorchProblem {
    fn parameters(&self) -> usize {
        self.objective.spec.parameters()
    }

    fn tasks(&self) -> usize {
        self.tasks
    }

    fn adapt(&mut self, meta: &[f64]) -> xmrl_meta::Result<Vec<f64>> {
        self.objective.spec.check_meta(Stage::Adapt, meta)?;
        let objective = &self.objective;
        Ok(self.workers.each(&mut self.chunks, |chunk| chunk.adapt(objective, meta))?.concat())
    }

    fn value(&mut self, meta: &[f64]) -> xmrl_meta::Result<Value> {
        self.objective.spec.check_meta(Stage::LineSearch, meta)?;
        let objective = &self.objective;
        let parts = self.workers.each(&mut self.chunks, |chunk| chunk.value(objective, meta))?;
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / self.tasks as f64;
        Ok(Value {
            kl_adapted: mean(&mut parts.iter().flat_map(|part| part.kl_adapted.iter().copied())),
            kl_unadapted: mean(&mut parts.iter().flat_map(|part| part.kl_unadapted.iter().copied())),
            surrogates: parts.into_iter().flat_map(|part| part.surrogates).collect(),
        })
    }

    fn gradients(&mut self, meta: &[f64]) -> xmrl_meta::Result<Vec<f64>> {
        Ok(self.gradients_of(meta, false)?)
    }

    fn curvature(&mut self, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> xmrl_meta::Result<()> {
        let parameters = self.parameters();
        check_len("v", "[Q]", v.len(), parameters)?;
        check_len("out", "[Q]", out.len(), parameters)?;
        check_finite(Stage::Curvature, None, "v", v)?;
        let (objective, anchor) = (&self.objective, &self.anchor);
        let parts =
            self.workers.each(&mut self.chunks, |chunk| chunk.curvature(objective, anchor, v, unadapted_weight))?;
        out.fill(0.0);
        for product in parts.iter().flat_map(|part| part.chunks(parameters)) {
            out.iter_mut().zip(product).for_each(|(sum, value)| *sum += value);
        }
        out.iter_mut().for_each(|sum| *sum /= self.tasks as f64);
        Ok(())
    }
}

impl MetaHessian for TorchProblem {
    fn keep(&mut self, meta: &[f64]) -> xmrl_meta::Result<Vec<f64>> {
        Ok(self.gradients_of(meta, true)?)
    }

    fn drop_kept(&mut self) {
        self.chunks.iter_mut().for_each(Chunk::drop_kept);
    }

    fn hvps(&mut self, v: &[f64]) -> xmrl_meta::Result<Vec<f64>> {
        check_len("v", "[Q]", v.len(), self.parameters())?;
        check_finite(Stage::Curvature, None, "v", v)?;
        let objective = &self.objective;
        let parts = self.workers.each(&mut self.chunks, |chunk| chunk.products(objective, v))?;
        let parts: Option<Vec<Vec<f64>>> = parts.into_iter().collect();
        let fix = "call keep at the meta vector first";
        parts.map(|parts| parts.concat()).ok_or(MetaError::Option { key: "hvp", got: "nothing kept".to_owned(), fix })
    }
}
