"""Records what libmujoco does, for `crates/envs/tests/parity/main.rs`.

    python scripts/physics/oracle.py --states 2000 --episodes 100 --observe 1,20 --out crates/envs/tests/recorded
    python scripts/physics/oracle.py --preset ant-vel/maml --states 45000 --episodes 2000 --observe all --out <folder>

Physics at the models' own settings (Newton, tolerance 1e-8). Little endian; a block is padded with zeros to 8 bytes.

`<model>.steps`, one physics step from every state, warm start zero:
    magic b"XMRLSTP1"; u32 n, NQ, NV, NU
    u8  kind [n]                    number in states.KINDS
    f32 input [n, NQ + NV + NU]     qpos, qvel, ctrl in [-1, 1] (f32 numbers; use them as f64)
    f64 output [n, NQ + NV]         qpos', qvel'

`<preset, / as _>.episodes`, T env steps from every start; a world that is over keeps its state, rewards 0 and its flag:
    magic b"XMRLFLY1"; u32 n, T, D, A, S, K, M, 0; u32 observed [M]   env steps (1-based) whose observations are kept
    u8  kind [n]                    number in states.KINDS, 6 = the preset's own reset law
    f64 task [n, K]
    f32 start [n, D], f32 action [n, T, A]
    f64 first observation [n, S]    after set_state
    f64 reward [n, T]; u8 terminated [n, T]; f64 last state [n, D]; f64 observation [n, M, S]
    f64 bound [n]                   error that the episode may have: 1e-10, or what libmujoco itself is uncertain by, the larger of
                                    20 times its own change after any of three nudges of the start (every entry by about
                                    1e-15 of itself) and twice its own change with solver tolerance 0 (at 1e-8 it rarely
                                    stops one iteration early)

`facts.json`: versions, rest poses, reference returns.

Errors are measured as max over entries of |ours - theirs| / max(1, |theirs|).
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
from multiprocessing import Pool

import gymnasium
import mujoco
import numpy as np

from models import FILES, compile_model
from presets import PRESETS, World
from states import KINDS, Body, Gait, draw, rounded

EPISODE = 20
#: Kind of a start drawn by the preset's own law.
RESET = len(KINDS)


def block(values: np.ndarray, kind: str) -> bytes:
    """An array as bytes, padded to 8."""
    raw = np.ascontiguousarray(values).astype(kind).tobytes()
    return raw + bytes(-len(raw) % 8)


def scaled(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The error that gates bound."""
    return float((np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))).max())


def controls(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Controls in [-1, 1], a third of them at the bounds."""
    return rounded(np.clip(rng.normal(size=shape), -1.0, 1.0))


def generator(seed: int, name: str) -> np.random.Generator:
    """A stream of its own for every model and preset."""
    return np.random.default_rng([seed, *name.encode()])


def record_steps(name: str, count: int, seed: int, out: str) -> str:
    """Writes `<model>.steps`."""
    body, rng = Body(name), generator(seed, name)
    gait = Gait(body, rng)
    model, data = body.model, body.data
    kept: list[tuple[int, np.ndarray, np.ndarray]] = []
    lost = 0
    while len(kept) < count:
        states, kinds = draw(body, gait, rng, count - len(kept))
        for state, kind, control in zip(states, kinds, controls(rng, (len(states), model.nu))):
            body.put(state)
            data.ctrl[:] = control
            mujoco.mj_step(model, data)
            # MuJoCo resets a simulation that it calls unstable: nothing to compare.
            if any(warning.number for warning in data.warning):
                lost += 1
                continue
            kept.append((kind, np.concatenate([state, control]), np.concatenate([data.qpos, data.qvel])))
    kinds, inputs, outputs = (np.array(column) for column in zip(*kept))
    header = b"XMRLSTP1" + struct.pack("<4I", count, model.nq, model.nv, model.nu)
    with open(os.path.join(out, f"{name}.steps"), "wb") as file:
        file.write(header + block(kinds, "u1") + block(inputs, "<f4") + block(outputs, "<f8"))
    return f"{name}: {count} steps, {lost} unstable left out, gait {gait.speed:.2f} m/s"


class Episode:
    """T env steps from a start."""

    def __init__(self, world: World, start: np.ndarray, task: np.ndarray, actions: np.ndarray):
        self.first = world.set_state(start)
        self.rewards, self.terminated, self.observations = [], [], []
        done, seen = False, self.first
        for action in actions:
            reward = 0.0
            if not done:
                seen, reward, done = world.step(task, action)
            self.rewards.append(reward)
            self.terminated.append(done)
            self.observations.append(seen)
        self.last = world.state()
        self.stable = not any(warning.number for warning in world.data.warning)

    def error(self, truth: "Episode") -> float:
        """The worst error of anything recorded."""
        return max(
            scaled(np.array(getattr(self, field)), np.array(getattr(truth, field)))
            for field in ("first", "rewards", "observations", "last")
        )


def record_episodes(name: str, count: int, seed: int, observe: str, out: str) -> str:
    """Writes `<preset>.episodes`."""
    preset = PRESETS[name]
    world, body, rng = World(preset), Body(preset.model), generator(seed, name)
    gait = Gait(body, rng)
    observed = list(range(1, EPISODE + 1)) if observe == "all" else [int(step) for step in observe.split(",")]
    nu = world.model.nu
    tolerance = world.model.opt.tolerance
    nudge = generator(seed + 2, name)
    # A third from the preset's own resets, the others from everywhere.
    own = count // 3
    states, kinds = draw(body, gait, rng, 2 * count)
    columns: list[list] = [[] for _ in range(10)]
    spare = iter(zip(states, kinds))
    while len(columns[0]) < count:
        if len(columns[0]) < own:
            start, kind = rounded(world.start(rng)), RESET
        else:
            start, kind = next(spare)
        task = world.task(rng)
        actions = rounded(preset.action_scale * rng.normal(size=(EPISODE, nu)))
        episode = Episode(world, start, task, actions)
        nudges = [start * (1.0 + 1e-15 * nudge.normal(size=len(start))) for _ in range(3)]
        again = [Episode(world, nudged, task, actions) for nudged in nudges]
        world.model.opt.tolerance = 0.0
        exact = Episode(world, start, task, actions)
        world.model.opt.tolerance = tolerance
        if not episode.stable or any(not x.stable or x.terminated != episode.terminated for x in [*again, exact]):
            continue
        bound = max(1e-10, 20.0 * max(x.error(episode) for x in again), 2.0 * exact.error(episode))
        observations = [episode.observations[step - 1] for step in observed]
        row = [kind, task, start, actions, episode.first, episode.rewards, episode.terminated, episode.last, observations]
        for column, value in zip(columns, [*row, bound]):
            column.append(value)
    blocks = ["u1", "<f8", "<f4", "<f4", "<f8", "<f8", "u1", "<f8", "<f8", "<f8"]
    sizes = (count, EPISODE, len(columns[2][0]), nu, len(columns[4][0]), len(columns[1][0]), len(observed), 0)
    header = b"XMRLFLY1" + struct.pack("<8I", *sizes) + block(np.array(observed), "<u4")
    with open(os.path.join(out, name.replace("/", "_") + ".episodes"), "wb") as file:
        file.write(header + b"".join(block(np.array(column), kind) for column, kind in zip(columns, blocks)))
    loose = int((np.array(columns[-1]) > 1e-10).sum())
    return f"{name}: {count} episodes, libmujoco itself uncertain beyond 1e-10 in {loose}, most {max(columns[-1]):.1e}"


def rest_pose(name: str) -> list[float]:
    """qpos after 5 s without control from the reference configuration."""
    model = compile_model(name)
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, nstep=round(5.0 / model.opt.timestep))
    return data.qpos.tolist()


def returns(name: str, episodes: int, seed: int) -> dict:
    """Mean return of doing nothing and of N(0, 1) actions, and its standard error. Tasks take turns: 40 evenly spaced ones
    where the task is a velocity, both directions, else drawn; the error is that of the noise within tasks."""
    preset = PRESETS[name]
    world, rng = World(preset), generator(seed + 1, name)
    turns = {"velocity": 40, "direction": 2, "goal": 1}[preset.aim]
    result = {}
    for policy in ("nothing", "random"):
        totals = np.zeros(episodes)
        for episode in range(episodes):
            turn = episode % turns
            task = world.task(rng)
            if preset.aim == "velocity":
                low, high = preset.task
                task = np.array([low + (high - low) * (turn + 0.5) / turns])
            elif preset.aim == "direction":
                task = np.array([1.0 - 2.0 * turn])
            world.set_state(world.start(rng))
            for _ in range(preset.horizon):
                action = np.zeros(world.model.nu) if policy == "nothing" else rng.normal(size=world.model.nu)
                _, reward, done = world.step(task, action)
                totals[episode] += reward
                if done:
                    break
        within = np.mean([totals[turn::turns].var(ddof=1) for turn in range(turns)])
        result[policy] = {"mean": totals.mean(), "error": np.sqrt(within / episodes), "episodes": episodes}
    return result


def job(arguments: tuple) -> tuple[str, object]:
    """One piece of work, in a process of its own."""
    kind, name, *rest_of_it = arguments
    work = {"steps": record_steps, "episodes": record_episodes, "returns": returns}[kind]
    return f"{kind} {name}", work(name, *rest_of_it)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", action="append", choices=list(PRESETS), help="only these presets and their models")
    parser.add_argument("--states", type=int, default=2000, help="one-step transitions a model")
    parser.add_argument("--episodes", type=int, default=100, help="episodes of 20 env steps a preset")
    parser.add_argument("--returns", type=int, default=400, help="episodes (a multiple of 40, at least 80) a preset and policy for the reference returns")
    parser.add_argument("--observe", default="1,20", help="env steps whose observations are kept, or all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True, help="folder")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    presets = options.preset or list(PRESETS)
    models = [name for name in FILES if any(PRESETS[preset].model == name for preset in presets)]
    jobs = [("steps", name, options.states, options.seed, options.out) for name in models]
    jobs += [("episodes", name, options.episodes, options.seed, options.observe, options.out) for name in presets]
    jobs += [("returns", name, options.returns, options.seed) for name in presets]
    facts = {
        "mujoco": mujoco.__version__,
        "gymnasium": gymnasium.__version__,
        "seed": options.seed,
        "kinds": [*KINDS, "reset"],
        "rest": {name: rest_pose(name) for name in models},
        "returns": {},
    }
    with Pool(min(os.cpu_count() or 1, len(jobs))) as pool:
        for what, result in pool.imap(job, jobs):
            if what.startswith("returns "):
                facts["returns"][what.removeprefix("returns ")] = result
            else:
                print(f"{what.split()[0]} {result}", flush=True)
    with open(os.path.join(options.out, "facts.json"), "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)
        file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
