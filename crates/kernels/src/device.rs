//! The kernels, in a build for a device (`--cfg xmrl_device`, see `scripts/cuda/kernels.py`).

use xmrl_lanes::{FusedF32x1, FusedF64x1};

use crate::{Arguments, families};

unsafe extern "C" {
    /// Block × threads of a block + thread; the build gives it a body of the device's own.
    safe fn xmrl_thread() -> u64;
}

macro_rules! kernel {
    ($($name:ident $family:ident [$policy:ty, $number:ty, $world:ty];)*) => {$(
        /// See [`Arguments`].
        #[unsafe(no_mangle)]
        pub extern "C" fn $name(arguments: Arguments) {
            let thread = xmrl_thread();
            if thread < u64::from(arguments.worlds) {
                // SAFETY: a thread below W, whose number no other has; the launch vouches for the rest.
                unsafe { families::$family::<$policy, $number, $world>(&arguments, thread as usize) }
            }
        }
    )*};
}
kernel! {
    fly_drone_planar_f64 drone_planar [FusedF64x1, f64, FusedF64x1];
    fly_drone_planar_f32 drone_planar [FusedF32x1, f32, FusedF32x1];
    fly_drone_quadrotor_f64 drone_quadrotor [FusedF64x1, f64, FusedF64x1];
    fly_drone_quadrotor_f32 drone_quadrotor [FusedF32x1, f32, FusedF64x1];
    fly_cheetah_f64 cheetah [FusedF64x1, f64, FusedF64x1];
    fly_cheetah_f32 cheetah [FusedF32x1, f32, FusedF64x1];
    fly_walker2d_f64 walker2d [FusedF64x1, f64, FusedF64x1];
    fly_walker2d_f32 walker2d [FusedF32x1, f32, FusedF64x1];
    fly_ant_f64 ant [FusedF64x1, f64, FusedF64x1];
    fly_ant_f32 ant [FusedF32x1, f32, FusedF64x1];
    fly_stock_f64 stock [FusedF64x1, f64, FusedF64x1];
    fly_stock_f32 stock [FusedF32x1, f32, FusedF64x1];
}
