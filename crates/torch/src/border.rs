//! Where tensors lie, and the only way to them and back: every copy is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tch::{Device, Kind, Tensor};
use xmrl_meta::Transfers;

use crate::error::Result;
use crate::params::{to_tensor, to_vec};

/// The device and number type of a problem, and what it has copied. A clone counts into the same figures.
#[derive(Debug, Clone)]
pub(crate) struct Border {
    pub kind: Kind,
    pub device: Device,
    counts: Arc<[AtomicU64; 4]>,
}

impl Border {
    pub(crate) fn new(kind: Kind, device: Device) -> Self {
        Self { kind, device, counts: Arc::default() }
    }

    /// `values` as a tensor of `shape` in the problem's numbers.
    pub(crate) fn upload(&self, values: &[f64], shape: &[i64]) -> Result<Tensor> {
        self.upload_as(values, shape, self.kind)
    }

    /// `values` as a tensor of `shape` in numbers of `kind`.
    pub(crate) fn upload_as(&self, values: &[f64], shape: &[i64], kind: Kind) -> Result<Tensor> {
        self.count(0, values.len() * kind.elt_size_in_bytes());
        to_tensor(values, shape, kind, self.device)
    }

    /// The numbers of a tensor, row-major.
    pub(crate) fn download(&self, tensor: &Tensor) -> Result<Vec<f64>> {
        self.count(2, tensor.numel() * tensor.kind().elt_size_in_bytes());
        to_vec(tensor)
    }

    /// One more copy, at `first` its number and behind it its bytes.
    fn count(&self, first: usize, bytes: usize) {
        self.counts[first].fetch_add(1, Relaxed);
        self.counts[first + 1].fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn transfers(&self) -> Transfers {
        let [uploads, uploaded, downloads, downloaded] = [0, 1, 2, 3].map(|at| self.counts[at].load(Relaxed));
        Transfers { uploads, uploaded, downloads, downloaded }
    }
}
