//! One physics step.

use xmrl_lanes::Lane;

use super::pilot::Pilot;
use super::vehicle::{Airframe, Conditions, SIZE, straighten};

impl Airframe {
    /// Advances a state `[17]` by `time`, s, in one classic Runge-Kutta step; its quaternion must be unit and is unit after it.
    #[inline(always)]
    pub fn step<L: Lane, P: Pilot<L>>(&self, pilot: &P, conditions: &Conditions<L>, state: &mut [L; SIZE], time: f64) {
        let (one, two) = (L::splat(1.0), L::splat(2.0));
        // Stage k starts from the state moved by `reach[k]` along stage k - 1's rate.
        let reach = [0.0, 0.5 * time, 0.5 * time, time];
        let (mut rate, mut sum) = ([L::splat(0.0); SIZE], [L::splat(0.0); SIZE]);
        for stage in 0..4 {
            let mut at = *state;
            let (reach, weight) = (L::splat(reach[stage]), if stage == 0 || stage == 3 { one } else { two });
            for k in 0..SIZE {
                at[k] = reach.mul_add(rate[k], state[k]);
            }
            rate = self.rate(pilot, conditions, &at);
            for k in 0..SIZE {
                sum[k] = weight.mul_add(rate[k], sum[k]);
            }
        }
        let sixth = L::splat(time / 6.0);
        for k in 0..SIZE {
            state[k] = sixth.mul_add(sum[k], state[k]);
        }
        straighten(state);
    }
}
