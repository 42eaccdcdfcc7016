"""Where parity is measured: states that play, running, mixing and accidents lead to.

Every state is rounded to f32, so that a recording of it is short and exact.
"""

from __future__ import annotations

import mujoco
import numpy as np

from models import compile_model, rest

#: Kinds of states, by their number in recordings.
KINDS = ["play", "run", "linear", "geodesic", "deep", "limit"]
#: Share of each kind.
SHARES = [0.3, 0.25, 0.1, 0.1, 0.125, 0.125]


def rounded(values: np.ndarray) -> np.ndarray:
    """The nearest numbers that f32 can hold."""
    return values.astype(np.float32).astype(np.float64)


class Body:
    """A model with the coordinates that mixing and lowering need."""

    def __init__(self, name: str):
        self.name, self.model = name, compile_model(name)
        self.data = mujoco.MjData(self.model)
        self.free = bool(self.model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE)
        self.height = 2 if self.free else 1
        self.first_angle = 7 if self.free else 2
        self.rest = rest(name, self.model)

    def split(self, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """qpos and qvel of a state."""
        return state[: self.model.nq], state[self.model.nq :]

    def put(self, state: np.ndarray) -> None:
        """Puts the data in `state`, without a warm start."""
        mujoco.mj_resetData(self.model, self.data)
        self.data.qpos[:], self.data.qvel[:] = self.split(state)

    def lowest(self, state: np.ndarray) -> float:
        """Height of the lowest point of the body over the floor, m."""
        self.put(state)
        mujoco.mj_kinematics(self.model, self.data)
        radius, half = self.model.geom_size[1:, 0], self.model.geom_size[1:, 1]
        half = np.where(self.model.geom_type[1:] == mujoco.mjtGeom.mjGEOM_SPHERE, 0.0, half)
        slope = np.abs(self.data.geom_xmat[1:, 8])
        return float((self.data.geom_xpos[1:, 2] - slope * half - radius).min())

    def mixed(self, a: np.ndarray, b: np.ndarray, share: float, geodesic: bool) -> np.ndarray:
        """share a + (1 - share) b; geodesic: shortest arcs of angles and of the orientation."""
        state = share * a + (1.0 - share) * b
        if not geodesic:
            return state
        angles = slice(self.first_angle, self.model.nq)
        apart = np.remainder(a[angles] - b[angles] + np.pi, 2.0 * np.pi) - np.pi
        state[angles] = b[angles] + share * apart
        if self.free:
            p, q = (x[3:7] / np.linalg.norm(x[3:7]) for x in (a, b))
            cosine = p @ q
            p, cosine = (p, cosine) if cosine >= 0.0 else (-p, -cosine)
            arc = np.arccos(min(cosine, 1.0))
            weights = (share, 1.0 - share) if arc < 1e-6 else (np.sin(share * arc), np.sin((1.0 - share) * arc))
            mix = weights[0] * p + weights[1] * q
            state[3:7] = mix / np.linalg.norm(mix)
        return state

    def play(self, rng: np.random.Generator, steps: int, control) -> list[np.ndarray]:
        """States of a run from a noisy rest under `control(step) -> u`."""
        state = np.concatenate([self.rest, np.zeros(self.model.nv)])
        state[: self.model.nq] += rng.uniform(-0.1, 0.1, self.model.nq)
        state[self.model.nq :] += 0.1 * rng.normal(size=self.model.nv)
        self.put(state)
        seen = []
        for step in range(steps):
            self.data.ctrl[:] = np.clip(control(step), -1.0, 1.0)
            mujoco.mj_step(self.model, self.data)
            seen.append(np.concatenate([self.data.qpos, self.data.qvel]))
        return seen


class Gait:
    """A policy that runs: one oscillator a motor, found by the cross-entropy method on the distance along x."""

    CANDIDATES, ELITE, SECONDS = 32, 6, 2.0

    def __init__(self, body: Body, rng: np.random.Generator, iterations: int = 16):
        self.body = body
        self.hold = max(1, round(0.02 / body.model.opt.timestep))
        size = 3 * body.model.nu + 1
        mean, spread, best = np.zeros(size), np.full(size, 0.7), -np.inf
        for _ in range(iterations):
            tried = mean + spread * rng.normal(size=(self.CANDIDATES, size))
            scores = np.array([self.distance(theta) for theta in tried])
            order = np.argsort(-scores)
            if scores[order[0]] > best:
                best, self.theta = scores[order[0]], tried[order[0]]
            elite = tried[order[: self.ELITE]]
            mean, spread = elite.mean(0), elite.std(0) + 0.03
        self.speed = best / self.SECONDS

    def control(self, theta: np.ndarray, time: float) -> np.ndarray:
        """Controls at a time: amplitude sin(omega t + phase) + offset, each squashed."""
        nu = self.body.model.nu
        omega = 2.0 * np.pi * 3.0 * np.exp(0.5 * np.tanh(theta[-1]))
        swing = np.sin(omega * time + np.pi * theta[nu : 2 * nu])
        return np.clip(2.0 * theta[:nu] * swing + 0.3 * theta[2 * nu : 3 * nu], -1.0, 1.0)

    def distance(self, theta: np.ndarray) -> float:
        """Metres along x in `SECONDS`; lying on a side ends it."""
        body = self.body
        body.put(np.concatenate([body.rest, np.zeros(body.model.nv)]))
        data, step = body.data, body.model.opt.timestep
        for tick in range(round(self.SECONDS / step / self.hold)):
            data.ctrl[:] = self.control(theta, tick * self.hold * step)
            mujoco.mj_step(body.model, data, nstep=self.hold)
            if data.xmat[1, 8] < 0.1:
                break
        return float(data.qpos[0])

    def noisy(self, rng: np.random.Generator):
        """The gait from a random phase, with noise on the controls."""
        late, noise = rng.uniform(0.0, 10.0), rng.choice([0.0, 0.1, 0.3])
        step, nu = self.body.model.opt.timestep, self.body.model.nu
        return lambda tick: self.control(self.theta, late + tick * step) + noise * rng.normal(size=nu)


def draw(body: Body, gait: Gait, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` states `[n, D]`, f32 numbers, and their kinds `[n]`, shuffled."""
    counts = [round(count * share) for share in SHARES]
    counts[0] += count - sum(counts)
    # Enough runs that a run gives at most about 40 states; as long as 2 s each.
    length = min(200, round(2.0 / body.model.opt.timestep))
    nu = body.model.nu

    def random_control():
        kind = rng.integers(3)
        if kind == 0:
            return lambda tick: rng.normal(size=nu)
        if kind == 1:
            return lambda tick: rng.uniform(-1.0, 1.0, size=nu)
        held, every = {}, rng.integers(5, 40)
        return lambda tick: held.setdefault(tick // every, rng.uniform(-1.0, 1.0, size=nu))

    def gather(want: int, control) -> list[np.ndarray]:
        found: list[np.ndarray] = []
        while len(found) < want:
            seen = body.play(rng, length, control())
            pick = rng.choice(len(seen), size=min(40, want - len(found)), replace=False)
            found += [seen[i] for i in pick]
        return found

    played = gather(counts[0], random_control)
    run = gather(counts[1], lambda: gait.noisy(rng))
    parents = played + run

    def parent() -> np.ndarray:
        return parents[rng.integers(len(parents))]

    linear = [body.mixed(parent(), parent(), rng.uniform(), False) for _ in range(counts[2])]
    geodesic = [body.mixed(parent(), parent(), rng.uniform(), True) for _ in range(counts[3])]
    deep = []
    for _ in range(counts[4]):
        state = parent().copy()
        state[body.height] -= body.lowest(state) + rng.uniform(0.05, 0.4)
        deep.append(state)
    limit = []
    joints = np.flatnonzero(body.model.jnt_limited)
    for _ in range(counts[5]):
        state = parent().copy()
        for joint in rng.choice(joints, size=rng.integers(1, len(joints) + 1), replace=False):
            side = rng.integers(2)
            out = 2.0 * side - 1.0
            state[body.model.jnt_qposadr[joint]] = body.model.jnt_range[joint, side] + out * rng.uniform(-0.02, 0.3)
            state[body.model.nq + body.model.jnt_dofadr[joint]] = out * rng.uniform(-2.0, 8.0)
        limit.append(state)
    states = rounded(np.array(played + run + linear + geodesic + deep + limit))
    kinds = np.repeat(np.arange(len(KINDS), dtype=np.uint8), counts)
    order = rng.permutation(count)
    return states[order], kinds[order]
