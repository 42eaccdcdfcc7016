//! Where a state's numbers beyond the vehicle's lie, and how its numbers mix.

use crate::worlds::body::Coordinates;

/// Where the state's wind (x, y) begins.
pub(super) const WIND: usize = 17;
/// The mass as a share of the airframe's.
pub(super) const LOAD: usize = 19;
/// Its quaternion.
pub(super) const COORDINATES: Coordinates = Coordinates { quaternion: Some(6), first_angle: 0, angles_end: 0 };
