//! What an environment asks of a mechanism of either kind.

use xmrl_lanes::Lane;

use crate::solver::SolveStats;
use crate::zeroed::Zeroed;

/// The centre of mass of the whole tree.
#[derive(Clone, Copy, Debug)]
pub struct Centre<L> {
    /// World position, m (x, y, z).
    pub position: [L; 3],
    /// World velocity, m/s.
    pub velocity: [L; 3],
}

/// A batch of articulated bodies of one model: one lane is one body, lanes never see each other.
///
/// Slices are MuJoCo's `qpos` `[NQ]` and `qvel` `[NV]`, and the controls `[NU]`. Lanes must hold `f64`.
/// Every call is a function of its arguments: the workspace holds room and, between [`advance`](Mechanism::advance) and
/// the reading functions that say so, the last step's results.
pub trait Mechanism: Send + Sync + 'static {
    /// Length of `qpos`.
    const NQ: usize;
    /// Length of `qvel`.
    const NV: usize;
    /// Length of the contact forces, 6 for every body of MuJoCo's model (the world first); 0 where not computed.
    const FORCES: usize;
    /// Room for one block of lanes, tens of kilobytes: plain data, wherever its owner puts it ([`Zeroed::zeroed_in`]).
    type Workspace<L: Lane>: Zeroed + Send;

    /// Makes a workspace ready for this mechanism, whatever it held.
    fn prepare<L: Lane>(&self, w: &mut Self::Workspace<L>);

    /// A workspace in memory of its own, ready.
    #[cfg(feature = "std")]
    fn workspace<L: Lane>(&self) -> std::boxed::Box<Self::Workspace<L>> {
        let mut w = Self::Workspace::<L>::zeroed();
        self.prepare(&mut w);
        w
    }

    /// NU, motors.
    fn controls(&self) -> usize;

    /// The physics step, s.
    fn timestep(&self) -> f64;

    /// Writes the configuration `[NQ]` from which resets start.
    fn rest(&self, q: &mut [f64]);

    /// Advances by `substeps` physics steps under `control` `[NU]`, which must lie in [-1, 1].
    ///
    /// Constraint sets are warm-started inside the call only, so that the result depends on the arguments alone.
    fn advance<L: Lane>(&self, w: &mut Self::Workspace<L>, q: &mut [L], v: &mut [L], control: &[L], substeps: usize);

    /// Where the kinematics of the last [`advance`](Mechanism::advance) stood when it ended: the root's position (x, y, z)
    /// one Euler step or one Runge-Kutta stage before the new state. This is what MuJoCo's `xpos` holds after `mj_step`.
    fn late_root<L: Lane>(&self, w: &Self::Workspace<L>) -> [L; 3];

    /// Centre of mass of all bodies at a state.
    fn centre<L: Lane>(&self, w: &mut Self::Workspace<L>, q: &[L], v: &[L]) -> Centre<L>;

    /// Depth of the deepest point below the floor at `q` `[NQ]`, m; at most 0 where nothing is inside.
    #[cfg(feature = "std")]
    fn depth(&self, q: &[f64]) -> f64;

    /// Raises the root by `by` metres.
    fn raise(&self, q: &mut [f64], by: f64);

    /// Number of capsules in a picture.
    #[cfg(feature = "std")]
    fn segment_count(&self) -> usize;

    /// Writes the capsules of a picture at `q`: (x, y, z) of both ends and the radius, m, `[segments, 7]`.
    #[cfg(feature = "std")]
    fn segments(&self, q: &[f64], out: &mut [f64]);

    /// How the constraint solver has done in this workspace.
    fn stats<L: Lane>(&self, w: &Self::Workspace<L>) -> SolveStats;
}
