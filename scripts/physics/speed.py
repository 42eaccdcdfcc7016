"""Environment steps per second of libmujoco's own batched rollout (`mujoco.rollout`), pinned to as many CPUs as threads.

usage: python speed.py <model> <frame_skip> <threads> [seconds]

Random actions, uniform in [-1, 1]; trajectories of 200 env steps from noisy resets. Neither observations nor rewards are
made. Prints one JSON line.
"""

import json
import os
import sys
import time

import mujoco
import mujoco.rollout
import numpy as np

from models import compile_model, rest

HORIZON = 200
BATCH = 32


def main() -> None:
    name, skip, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 2.0
    os.sched_setaffinity(0, set(range(threads)))
    model = compile_model(name)
    rng = np.random.default_rng(0)
    full = mujoco.mjtState.mjSTATE_FULLPHYSICS
    data = [mujoco.MjData(model) for _ in range(threads)]
    starts = np.empty((BATCH, mujoco.mj_stateSize(model, full)))
    for start in starts:
        mujoco.mj_resetData(model, data[0])
        data[0].qpos[:] = rest(name, model) + rng.uniform(-0.1, 0.1, model.nq)
        data[0].qvel[:] = 0.1 * rng.standard_normal(model.nv)
        mujoco.mj_getState(model, data[0], start, full)
    actions = rng.uniform(-1, 1, (BATCH, HORIZON, model.nu))
    scale = np.abs(model.actuator_ctrlrange[:, 1])
    control = np.repeat(actions * scale, skip, axis=1)
    steps, spent = 0, 0.0
    with mujoco.rollout.Rollout(nthread=threads if threads > 1 else 0) as rollout:
        rollout.rollout(model, data, starts, control[:, : skip * 20])
        while spent < seconds:
            begun = time.perf_counter()
            rollout.rollout(model, data, starts, control)
            spent += time.perf_counter() - begun
            steps += BATCH * HORIZON
    row = {"peer": f"mujoco.rollout {mujoco.__version__}", "model": name, "frameSkip": skip, "threads": threads}
    print(json.dumps({**row, "envStepsPerSecond": round(steps / spent)}))


main()
