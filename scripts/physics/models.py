"""The models of the bodies: gymnasium's XML files compiled by MuJoCo, and rllab's ant as a change of gymnasium's.

Python >= 3.11 with numpy, mujoco and gymnasium (`requirements.txt`). Used by `constants.py` and `oracle.py`.
"""

from __future__ import annotations

import os

import gymnasium
import mujoco
import numpy as np

ASSETS = os.path.join(os.path.dirname(gymnasium.__file__), "envs", "mujoco", "assets")

#: Model name -> gymnasium's file. `walker2d_v5.xml` is the walker of gymnasium's Walker2d-v5 (feet with friction 1.9).
FILES = {
    "cheetah": "half_cheetah.xml",
    "walker2d": "walker2d_v5.xml",
    "ant-gym": "ant.xml",
    "ant-rllab": "ant.xml",
}


def compile_model(name: str) -> mujoco.MjModel:
    """Compiles one of `FILES`. `ant-rllab` is rllab's `vendor/mujoco_models/ant.xml`, whose differences from gymnasium's are
    the physics step (.02 s) and the softness of every geom (solref .02 1, solimp .8 .8 .01). Its motors take torques in
    [-150, 150] N m with gear 1; gear 150 and controls in [-1, 1] give the same torques, so gymnasium's are kept."""
    model = mujoco.MjModel.from_xml_path(os.path.join(ASSETS, FILES[name]))
    if name == "ant-rllab":
        model.opt.timestep = 0.02
        model.geom_solref[:] = [0.02, 1.0]
        model.geom_solimp[:, :3] = [0.8, 0.8, 0.01]
    return model


def rest(name: str, model: mujoco.MjModel) -> np.ndarray:
    """The configuration `[nq]` that a reset starts from. rllab reads the custom field `init_qpos` (ant: .55 m high, knees
    bent), gym and gymnasium take the model's own reference configuration."""
    if name == "ant-rllab":
        field = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_NUMERIC, "init_qpos")
        start = model.numeric_adr[field]
        return model.numeric_data[start : start + model.numeric_size[field]].copy()
    return model.qpos0.copy()
