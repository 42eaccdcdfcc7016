//! The meta-objective on libtorch: the exact reference of the fused kernels, third derivatives, and the GPU.

use tch::{Device, Kind, Tensor};
use xmrl_meta::{
    Ascent, MetaError, MetaHessian, MetaProblem, MetaSpec, Posterior, Stage, Subsample, TaskData, Transfers, Value,
    check_finite, check_len,
};

use crate::border::Border;
use crate::chunk::{Chunk, partition};
use crate::climb::Climb;
use crate::error::Result;
use crate::objective::Objective;
use crate::over::Over;
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
    pub(crate) objective: Objective,
    pub(crate) chunks: Vec<Chunk>,
    tasks: usize,
    pub(crate) workers: TorchWorkers,
    /// What the trust-region step that is asked for moves.
    pub(crate) over: Over,
    /// The trust-region step that is under way.
    pub(crate) climb: Option<Climb>,
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
        let objective = Objective { spec, border: Border::new(options.kind, options.device) };
        let rows = if options.device == Device::Cpu { options.chunk_rows } else { usize::MAX };
        let mut runs = partition(tasks, rows);
        let anchor = objective.border.upload(anchor, &[anchor.len() as i64])?;
        let chunks =
            workers.each(&mut runs, &anchor, |run, anchor| Chunk::new(&objective, tasks, run.clone(), anchor, rest))?;
        Ok(Self { objective, chunks, tasks: tasks.len(), workers: workers.clone(), over: Over::Meta, climb: None })
    }

    /// Frees the graphs of [`curvature`](MetaProblem::curvature); its next call records them again.
    pub fn drop_curvature(&mut self) {
        self.chunks.iter_mut().for_each(Chunk::drop_curvature);
    }

    /// A vector `[Q]` on the device, in float64 as on the host: numbers of the problem's own type are made of it there.
    pub(crate) fn vector(&self, values: &[f64]) -> Result<Tensor> {
        self.objective.border.upload_as(values, &[values.len() as i64], Kind::Double)
    }

    fn gradients_of(&mut self, meta: &[f64], keep: bool) -> Result<Vec<f64>> {
        self.objective.spec.check_meta(Stage::Gradient, meta)?;
        let (meta, objective) = (self.vector(meta)?, &self.objective);
        let parts = self.workers.each(&mut self.chunks, &meta, |chunk, meta| {
            let (_, gradient) = chunk.gradients(objective, meta, keep)?;
            objective.border.download(&gradient)
        })?;
        Ok(parts.concat())
    }

    /// The value at `meta [Q]`.
    pub(crate) fn value_at(&mut self, meta: &Tensor) -> Result<Value> {
        let objective = &self.objective;
        let parts = self.workers.each(&mut self.chunks, meta, |chunk, meta| chunk.value(objective, meta))?;
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / self.tasks as f64;
        Ok(Value {
            kl_adapted: mean(&mut parts.iter().flat_map(|part| part.kl_adapted.iter().copied())),
            kl_unadapted: mean(&mut parts.iter().flat_map(|part| part.kl_unadapted.iter().copied())),
            surrogates: parts.into_iter().flat_map(|part| part.surrogates).collect(),
        })
    }

    /// The curvature times `v [Q]`, a mean over tasks, `[Q]` in float64 on the device; not checked. `rows` as in
    /// [`coarse_curvature`](MetaProblem::coarse_curvature).
    pub(crate) fn curvature_at(&mut self, rows: Option<usize>, v: &Tensor, weight: f64) -> Result<Tensor> {
        let (objective, tasks) = (&self.objective, self.tasks as f64);
        let parts = self.workers.each(&mut self.chunks, v, |chunk, v| {
            let product = chunk.curvature(objective, rows, v, weight)?;
            Ok(product.f_sum_dim_intlist([0i64].as_slice(), false, Kind::Double)?)
        })?;
        Ok(added(&parts)?.f_div_scalar(tasks)?)
    }

    /// An error that names the first task whose part of the curvature times `v [Q]` is not finite, where one is not.
    pub(crate) fn blame(&mut self, rows: Option<usize>, v: &Tensor, weight: f64) -> Result<()> {
        let objective = &self.objective;
        self.workers.each(&mut self.chunks, v, |chunk, v| {
            let product = chunk.curvature(objective, rows, v, weight)?;
            chunk.read(objective, Stage::Curvature, "curvature product", &product).map(|_| ())
        })?;
        Ok(())
    }

    fn curvature_of(&mut self, rows: Option<usize>, v: &[f64], weight: f64, out: &mut [f64]) -> Result<()> {
        let parameters = self.parameters();
        check_len("v", "[Q]", v.len(), parameters)?;
        check_len("out", "[Q]", out.len(), parameters)?;
        check_finite(Stage::Curvature, None, "v", v)?;
        let v = self.vector(v)?;
        let product = self.curvature_at(rows, &v, weight)?;
        out.copy_from_slice(&self.objective.border.download(&product)?);
        if out.iter().any(|entry| !entry.is_finite()) {
            self.blame(rows, &v, weight)?;
        }
        Ok(check_finite(Stage::Curvature, None, "curvature product", out)?)
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
        let (meta, objective) = (self.vector(meta)?, &self.objective);
        Ok(self.workers.each(&mut self.chunks, &meta, |chunk, meta| chunk.adapt(objective, meta))?.concat())
    }

    fn value(&mut self, meta: &[f64]) -> xmrl_meta::Result<Value> {
        self.objective.spec.check_meta(Stage::LineSearch, meta)?;
        let meta = self.vector(meta)?;
        Ok(self.value_at(&meta)?)
    }

    fn gradients(&mut self, meta: &[f64]) -> xmrl_meta::Result<Vec<f64>> {
        Ok(self.gradients_of(meta, false)?)
    }

    fn curvature(&mut self, v: &[f64], unadapted_weight: f64, out: &mut [f64]) -> xmrl_meta::Result<()> {
        Ok(self.curvature_of(None, v, unadapted_weight, out)?)
    }

    fn coarse_curvature(
        &mut self,
        rows: usize,
        v: &[f64],
        unadapted_weight: f64,
        out: &mut [f64],
    ) -> xmrl_meta::Result<()> {
        Ok(self.curvature_of(Some(rows), v, unadapted_weight, out)?)
    }

    fn ascent(&mut self) -> xmrl_meta::Result<Option<&mut dyn Ascent>> {
        (self.over, self.climb) = (Over::Meta, None);
        Ok(Some(self))
    }

    fn gaussian_ascent(&mut self, posterior: &Posterior, noise: &[f64]) -> xmrl_meta::Result<Option<&mut dyn Ascent>> {
        posterior.validate(self.parameters())?;
        check_len("noise", "[Q]", noise.len(), self.parameters())?;
        (self.over, self.climb) = (Over::gaussian(&self.objective.border, posterior, noise)?, None);
        Ok(Some(self))
    }

    fn transfers(&self) -> Transfers {
        self.objective.border.transfers()
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
        let (v, objective) = (self.vector(v)?, &self.objective);
        let parts = self.workers.each(&mut self.chunks, &v, |chunk, v| {
            let read = |products| chunk.read(objective, Stage::Curvature, "Hessian-vector product", &products);
            chunk.products(objective, v)?.map(read).transpose()
        })?;
        let parts: Option<Vec<Vec<f64>>> = parts.into_iter().collect();
        parts.map(|parts| parts.concat()).ok_or_else(nothing_kept)
    }

    /// Of the products only their sum crosses.
    fn hvp(&mut self, weights: &[f64], v: &[f64]) -> xmrl_meta::Result<Vec<f64>> {
        check_len("weights", "[N]", weights.len(), self.tasks())?;
        check_finite(Stage::Curvature, None, "weights", weights)?;
        check_len("v", "[Q]", v.len(), self.parameters())?;
        check_finite(Stage::Curvature, None, "v", v)?;
        // One tensor for the workers; they cut their own out of it.
        let both = self.vector(&[v, weights].concat())?;
        let (objective, size) = (&self.objective, v.len() as i64);
        let parts = self.workers.each(&mut self.chunks, &both, |chunk, both| {
            let Some(products) = chunk.products(objective, &both.f_narrow(0, 0, size)?)? else { return Ok(None) };
            Ok(Some(chunk.weighted(&products, &both.f_narrow(0, size, both.numel() as i64 - size)?)?))
        })?;
        let parts: Vec<Tensor> = parts.into_iter().collect::<Option<_>>().ok_or_else(nothing_kept)?;
        let sum = self.objective.border.download(&added(&parts)?)?;
        if sum.iter().any(|entry| !entry.is_finite()) {
            // Names the first task whose product is not.
            self.hvps(v)?;
        }
        check_finite(Stage::Curvature, None, "Hessian-vector product", &sum)?;
        Ok(sum)
    }
}

/// The sum of the chunks' parts, in their order.
pub(crate) fn added(parts: &[Tensor]) -> Result<Tensor> {
    Ok(Tensor::f_stack(parts, 0)?.f_sum_dim_intlist([0i64].as_slice(), false, None)?)
}

/// What a product asks for before [`keep`](MetaHessian::keep).
fn nothing_kept() -> MetaError {
    MetaError::Option { key: "hvp", got: "nothing kept".to_owned(), fix: "call keep at the meta vector first" }
}
