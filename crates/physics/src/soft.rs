//! Softness to numbers: impedance, reference acceleration and weight of a row.

use xmrl_lanes::Lane;

use crate::model::Softness;

/// MuJoCo's smallest and largest impedance.
const IMPEDANCE: (f64, f64) = (1e-4, 0.9999);

/// A [`Softness`] prepared for a timestep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spring {
    d_min: f64,
    d_range: f64,
    per_width: f64,
    /// Stiffness K = 1/(d_max² tc² dr²), 1/s².
    stiffness: f64,
    /// Damping B = 2/(d_max tc), 1/s.
    pub(crate) damping: f64,
}

impl Spring {
    #[inline]
    pub(crate) const fn new(soft: &Softness, timestep: f64) -> Self {
        let d_min = soft.d_min.clamp(IMPEDANCE.0, IMPEDANCE.1);
        let d_max = soft.d_max.clamp(IMPEDANCE.0, IMPEDANCE.1);
        let time = if soft.time_constant > 2.0 * timestep { soft.time_constant } else { 2.0 * timestep };
        Self {
            d_min,
            d_range: d_max - d_min,
            per_width: 1.0 / soft.width,
            stiffness: 1.0 / (d_max * d_max * time * time * soft.damping_ratio * soft.damping_ratio),
            damping: 2.0 / (d_max * time),
        }
    }

    /// Impedance d at `depth` (pos - margin, negative inside) and the row's constant `K d depth`.
    #[inline(always)]
    pub(crate) fn at<L: Lane>(&self, depth: L) -> (L, L) {
        let (one, two) = (L::splat(1.0), L::splat(2.0));
        let x = (depth.abs() * L::splat(self.per_width)).min(one);
        let rest = one - x;
        let rising = two * x * x;
        let y = L::select_lt(L::splat(0.5), x, one - two * rest * rest, rising);
        let impedance = y.mul_add(L::splat(self.d_range), L::splat(self.d_min));
        (impedance, L::splat(self.stiffness) * impedance * depth)
    }
}

/// The weight D = 1/R of a limit row: R = (1 - d)/d · inv_weight.
#[inline(always)]
pub(crate) fn limit_weight<L: Lane>(impedance: L, inv_weight: f64) -> L {
    impedance / ((L::splat(1.0) - impedance) * L::splat(inv_weight))
}

/// The weight D of each pyramid row: R = 2 mu² (1 - d)/d · inv_weight (1 + mu²).
#[inline(always)]
pub(crate) fn pyramid_weight<L: Lane>(impedance: L, inv_weight: f64, friction: f64) -> L {
    let square = friction * friction;
    impedance / ((L::splat(1.0) - impedance) * L::splat(2.0 * square * inv_weight * (1.0 + square)))
}
