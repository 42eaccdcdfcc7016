//! Reads what `scripts/physics/oracle.py` writes; the layout stands there.

use std::fs;
use std::path::Path;

/// Little-endian blocks of 8-byte granularity, read front to back.
struct Blocks {
    bytes: Vec<u8>,
    at: usize,
}

impl Blocks {
    fn open(path: &Path, magic: &[u8; 8]) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(&bytes[..8], magic, "{}: not a recording of this version", path.display());
        Blocks { bytes, at: 8 }
    }

    fn take<const W: usize, T>(&mut self, count: usize, read: fn([u8; W]) -> T) -> Vec<T> {
        let raw = &self.bytes[self.at..self.at + W * count];
        self.at = (self.at + W * count).next_multiple_of(8);
        raw.chunks_exact(W).map(|word| read(word.try_into().expect("W bytes"))).collect()
    }

    fn sizes<const C: usize>(&mut self) -> [usize; C] {
        let words = self.take(C, u32::from_le_bytes);
        std::array::from_fn(|i| words[i] as usize)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        self.take(count, |[byte]| byte)
    }

    fn singles(&mut self, count: usize) -> Vec<f64> {
        self.take(count, |word| f64::from(f32::from_le_bytes(word)))
    }

    fn doubles(&mut self, count: usize) -> Vec<f64> {
        self.take(count, f64::from_le_bytes)
    }

    fn end(self) {
        assert_eq!(self.at, self.bytes.len(), "a recording ends with its last block");
    }
}

/// One physics step from each of n states.
pub(crate) struct Steps {
    /// n.
    pub(crate) count: usize,
    /// Where the state comes from (`states.KINDS`) `[n]`.
    pub(crate) kind: Vec<u8>,
    /// qpos, qvel, ctrl `[n, NQ + NV + NU]`.
    pub(crate) input: Vec<f64>,
    /// qpos', qvel' `[n, NQ + NV]`.
    pub(crate) output: Vec<f64>,
    /// NQ, NV, NU.
    pub(crate) sizes: [usize; 3],
}

impl Steps {
    /// Reads `<model>.steps`.
    pub(crate) fn read(folder: &Path, model: &str) -> Self {
        let mut blocks = Blocks::open(&folder.join(format!("{model}.steps")), b"XMRLSTP1");
        let [count, nq, nv, nu] = blocks.sizes();
        let steps = Steps {
            count,
            kind: blocks.bytes(count),
            input: blocks.singles(count * (nq + nv + nu)),
            output: blocks.doubles(count * (nq + nv)),
            sizes: [nq, nv, nu],
        };
        blocks.end();
        steps
    }
}

/// T env steps from each of n starts.
pub(crate) struct Episodes {
    /// n, T, D, A, S, K.
    pub(crate) count: usize,
    pub(crate) length: usize,
    pub(crate) state_size: usize,
    pub(crate) action_size: usize,
    pub(crate) observation_size: usize,
    pub(crate) task_size: usize,
    /// Env steps (1-based) whose observations are kept `[M]`.
    pub(crate) observed: Vec<usize>,
    /// `[n]`.
    pub(crate) kind: Vec<u8>,
    /// `[n, K]`.
    pub(crate) task: Vec<f64>,
    /// `[n, D]`.
    pub(crate) start: Vec<f64>,
    /// `[n, T, A]`.
    pub(crate) action: Vec<f64>,
    /// Observation of the start `[n, S]`.
    pub(crate) first: Vec<f64>,
    /// `[n, T]`.
    pub(crate) reward: Vec<f64>,
    /// `[n, T]`.
    pub(crate) terminated: Vec<u8>,
    /// State at the end `[n, D]`.
    pub(crate) last: Vec<f64>,
    /// `[n, M, S]`.
    pub(crate) observation: Vec<f64>,
    /// Error that the episode may have `[n]`.
    pub(crate) bound: Vec<f64>,
}

impl Episodes {
    /// Reads the episodes of a preset; `None` where there is no recording of it.
    pub(crate) fn read(folder: &Path, preset: &str) -> Option<Self> {
        let path = folder.join(format!("{}.episodes", preset.replace('/', "_")));
        if !path.exists() {
            return None;
        }
        let mut blocks = Blocks::open(&path, b"XMRLFLY1");
        let [n, t, d, a, s, k, m, _] = blocks.sizes();
        let episodes = Episodes {
            count: n,
            length: t,
            state_size: d,
            action_size: a,
            observation_size: s,
            task_size: k,
            observed: blocks.take(m, u32::from_le_bytes).into_iter().map(|step| step as usize).collect(),
            kind: blocks.bytes(n),
            task: blocks.doubles(n * k),
            start: blocks.singles(n * d),
            action: blocks.singles(n * t * a),
            first: blocks.doubles(n * s),
            reward: blocks.doubles(n * t),
            terminated: blocks.bytes(n * t),
            last: blocks.doubles(n * d),
            observation: blocks.doubles(n * m * s),
            bound: blocks.doubles(n),
        };
        blocks.end();
        Some(episodes)
    }
}
