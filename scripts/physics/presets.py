"""Every preset of a body over libmujoco: what `crates/envs` is compared with.

The reset law, reward, termination, observation and task law of each preset are those of the sources named in `docs/environments.md`;
`u = clip(action / scale, -1, 1)` is what every reward and every motor sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from models import compile_model, rest


@dataclass(frozen=True)
class Preset:
    """One preset; the fields are what differs."""

    name: str
    model: str
    #: Physics steps of an env step.
    skip: int
    #: Episode length T, env steps.
    horizon: int
    #: "velocity", "direction" or "goal".
    aim: str
    #: "maml": everything read after a forward pass at the new state; "gym": what mj_step leaves behind; "state": state only.
    reading: str
    #: Bounds of the task's entries, or "disc" (radius 3) or "sign".
    task: tuple[float, float] | str
    #: Cost of sum u^2.
    effort: float
    #: Reward of every step, and of a healthy step.
    constant: float = 0.0
    alive: float = 0.0
    #: Cost of sum clip(cfrc, -1, 1)^2.
    contact: float = 0.0
    action_scale: float = 1.0
    #: Healthy root height and angle; None: never terminates. Closed for the ant, open for the walker.
    height: tuple[float, float] | None = None
    angle: tuple[float, float] | None = None
    velocity_clip: float | None = None
    #: Reset noise of qpos and qvel: ("normal" | "uniform", size).
    noise: tuple[tuple[str, float], tuple[str, float]] = (("uniform", 0.1), ("normal", 0.1))


RLLAB_NOISE = (("normal", 0.01), ("normal", 0.1))
RLLAB_ANT = dict(
    model="ant-rllab", skip=1, horizon=200, reading="maml", effort=0.005, contact=5e-4, height=(0.2, 1.0), noise=RLLAB_NOISE
)

PRESETS = {
    preset.name: preset
    for preset in [
        Preset("cheetah-vel/maml", "cheetah", 1, 200, "velocity", "maml", (0.0, 2.0), 0.05, noise=RLLAB_NOISE),
        Preset("cheetah-vel/gym", "cheetah", 5, 200, "velocity", "gym", (0.0, 2.0), 0.05),
        Preset("cheetah-vel/promp", "cheetah", 5, 100, "velocity", "state", (0.0, 3.0), 0.05, action_scale=10.0),
        Preset("cheetah-dir/gym", "cheetah", 5, 200, "direction", "gym", "sign", 0.05),
        Preset("ant-vel/maml", aim="velocity", task=(0.0, 3.0), constant=1.05, **RLLAB_ANT),
        Preset("ant-goal/promp", "ant-gym", 5, 200, "goal", "gym", "disc", 0.1, contact=5e-4),
        Preset("ant-goal/maml", aim="goal", task=(-3.0, 3.0), constant=4.05, **RLLAB_ANT),
        Preset("ant-dir/maml", aim="direction", task="sign", constant=0.05, **RLLAB_ANT),
        Preset(
            "walker2d-vel/gym", "walker2d", 4, 200, "velocity", "state", (0.0, 2.0), 0.001,
            alive=1.0, height=(0.8, 2.0), angle=(-1.0, 1.0), velocity_clip=10.0, noise=(("uniform", 0.005), ("uniform", 0.005)),
        ),
    ]
}  # fmt: skip


class World:
    """One world of a preset. `step` returns (observation [S], reward, terminated)."""

    def __init__(self, preset: Preset):
        self.preset = preset
        self.model = compile_model(preset.model)
        self.data = mujoco.MjData(self.model)
        self.rest = rest(preset.model, self.model)
        self.ant = preset.model.startswith("ant")

    # -- starting -----------------------------------------------------------------------------------------------------

    def start(self, rng: np.random.Generator) -> np.ndarray:
        """A state `[D]` of the reset law."""
        draw = {"normal": rng.normal, "uniform": lambda scale, size: rng.uniform(-scale, scale, size)}
        (kind_q, q), (kind_v, v) = self.preset.noise
        noise = [draw[kind_q](scale=q, size=self.model.nq), draw[kind_v](scale=v, size=self.model.nv)]
        return np.concatenate([self.rest + noise[0], noise[1]])

    def task(self, rng: np.random.Generator) -> np.ndarray:
        """A task `[K]` of the preset's law."""
        law = self.preset.task
        if law == "sign":
            return np.array([1.0 if rng.uniform() < 0.5 else -1.0])
        if law == "disc":
            radius, angle = 3.0 * np.sqrt(rng.uniform()), 2.0 * np.pi * rng.uniform()
            return radius * np.array([np.cos(angle), np.sin(angle)])
        return rng.uniform(*law, size=2 if self.preset.aim == "goal" else 1)

    def set_state(self, state: np.ndarray) -> np.ndarray:
        """Puts the world in `state` `[D]` at rest under no control; returns the observation."""
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[:], self.data.qvel[:] = np.split(state, [self.model.nq])
        mujoco.mj_forward(self.model, self.data)
        mujoco.mj_rnePostConstraint(self.model, self.data)
        return self.observe()

    def state(self) -> np.ndarray:
        """The state `[D]`."""
        return np.concatenate([self.data.qpos, self.data.qvel])

    # -- stepping -----------------------------------------------------------------------------------------------------

    def observe(self) -> np.ndarray:
        """The observation `[S]` from what the data holds."""
        data, preset = self.data, self.preset
        q, v = data.qpos, data.qvel
        if preset.velocity_clip is not None:
            v = np.clip(v, -preset.velocity_clip, preset.velocity_clip)
        if not self.ant:
            place = {"maml": data.subtree_com[1], "gym": data.xpos[1], "state": []}[preset.reading]
            return np.concatenate([q[1:], v, place])
        forces = np.clip(data.cfrc_ext, -1.0, 1.0).ravel()
        rest_of_it = [data.xmat[1], data.subtree_com[1]] if preset.reading == "maml" else []
        return np.concatenate([q, v, forces, *rest_of_it])

    def step(self, task: np.ndarray, action: np.ndarray) -> tuple[np.ndarray, float, bool]:
        """One env step."""
        model, data, preset = self.model, self.data, self.preset
        u = np.clip(action / preset.action_scale, -1.0, 1.0)
        before = data.qpos[0]
        data.ctrl[:] = u
        mujoco.mj_step(model, data, nstep=preset.skip)
        if preset.reading == "maml":
            mujoco.mj_forward(model, data)
            mujoco.mj_subtreeVel(model, data)
            velocity, place = data.subtree_linvel[1, 0], data.subtree_com[1, :2]
        else:
            velocity, place = (data.qpos[0] - before) / (preset.skip * model.opt.timestep), data.xpos[1, :2]
        mujoco.mj_rnePostConstraint(model, data)
        healthy = self.healthy()
        reward = {
            "velocity": lambda: -abs(velocity - task[0]),
            "direction": lambda: task[0] * velocity,
            "goal": lambda: -np.abs(place - task).sum(),
        }[preset.aim]()
        reward += preset.constant + preset.alive * healthy - preset.effort * np.square(u).sum()
        if preset.contact:
            reward -= preset.contact * np.square(np.clip(data.cfrc_ext, -1.0, 1.0)).sum()
        return self.observe(), float(reward), not healthy

    def healthy(self) -> bool:
        """Whether the episode goes on."""
        preset, q = self.preset, self.data.qpos
        if preset.height is None:
            return True
        if not (np.isfinite(q).all() and np.isfinite(self.data.qvel).all()):
            return False
        low, high = preset.height
        if self.ant:
            return bool(low <= q[2] <= high)
        return bool(low < q[1] < high and preset.angle[0] < q[2] < preset.angle[1])
