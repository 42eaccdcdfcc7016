"""Records what Meta-World itself does: starts, observations, rewards, states; and which tasks it draws. Numbers are bits, in hex.

    python scripts/metaworld/oracle.py --out <folder>            # what `npm run gate:metaworld` compares
    python scripts/metaworld/oracle.py --out <folder> --small    # the recording in crates/envs/tests/recorded/metaworld

An episode is a file of lines, each a word and numbers: `random` (the task), `start` (position, velocity, where the hand is led, warm
start), `first` (the first frame), then for every step `act` (4, single precision), `reward` (with the action in double precision),
`own` (with the action as it is), `success`, and, on some steps, `seen` (two frames) and `state`.
"""

from __future__ import annotations

import argparse
import os
import pickle
import re
import struct
import warnings

warnings.filterwarnings("ignore")

import metaworld  # noqa: E402
import numpy as np  # noqa: E402
from metaworld import policies  # noqa: E402
from metaworld.env_dict import ALL_V3_ENVIRONMENTS  # noqa: E402
from metaworld.types import Task  # noqa: E402

SMALL = ("reach", "push", "door-open", "window-open", "peg-insert-side")
HERE = (
    "reach push pick-place door-open drawer-close button-press-topdown peg-insert-side window-open sweep basketball"
    " drawer-open door-close shelf-place sweep-into lever-pull"
).split()
FRAME = 18


def bits(values) -> str:
    """Doubles as 16 digits each."""
    return " ".join(struct.pack(">d", float(value)).hex() for value in np.ravel(values))


def policy_of(name: str):
    """Meta-World's scripted policy of an environment."""
    words = "".join(word.capitalize() for word in name.split("-"))
    found = {"PegInsertSide": "PegInsertionSide"}.get(words, words)
    return getattr(policies, f"Sawyer{found}V3Policy")()


def state(env) -> np.ndarray:
    """All that a step depends on."""
    data = env.data
    return np.concatenate([data.qpos, data.qvel, data.mocap_pos[0], data.qacc_warmstart])


def random_vector(env, near, draw) -> np.ndarray:
    """One that the environment accepts. `near`: the distance of its halves that it wants."""
    low, high = env._random_reset_space.low, env._random_reset_space.high
    while True:
        vector = draw.uniform(low, high)
        if near is None or np.linalg.norm(vector[:2] - (vector[3:5] if near != "hole" else (0.0, 0.84))) >= 0.15:
            return vector


def episode(env, name: str, vector, steps: int, kind: str, draw, every: int, out: str) -> int:
    """Flies and writes one; returns how many steps succeeded."""
    data = {"rand_vec": vector, "env_cls": type(env), "partially_observable": True}
    env.set_task(Task(env_name=f"{name}-v3", data=pickle.dumps(data)))
    observation, _ = env.reset()
    lines = [f"random {bits(vector)}", f"start {bits(state(env))}", f"first {bits(observation[:FRAME])}"]
    policy, succeeded = policy_of(name), 0
    for step in range(steps):
        if kind == "random":
            action = draw.uniform(-1.5, 1.5, 4)
        else:
            seen = observation.copy()
            seen[-3:] = env._get_pos_goal()
            action = policy.get_action(seen) + draw.normal(0, 0.1, 4)
        action = np.asarray(action, dtype=np.float32)
        observation, own, _, _, info = env.step(action)
        reward, _ = env.evaluate_state(observation, action.astype(np.float64))
        succeeded += int(info["success"])
        lines += [f"act {bits(action)}", f"reward {bits(reward)}", f"own {bits(own)}", f"success {bits(info['success'])}"]
        if step % every == every - 1:
            lines += [f"seen {bits(observation[: 2 * FRAME])}", f"state {bits(state(env))}"]
    with open(out, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    return succeeded


def near_of(cls):
    """Whether the environment wants its places apart, and which."""
    import inspect

    source = inspect.getsource(cls.reset_model)
    if not re.search(r"while\s+\(?\s*np\.linalg\.norm", source):
        return None
    return "hole" if cls.__name__ == "SawyerSweepIntoGoalEnvV3" else "halves"


def record(names, out: str, small: bool) -> None:
    """Episodes of environments, the tasks of one flown one after the other in the same environment."""
    for name in names:
        cls = ALL_V3_ENVIRONMENTS[f"{name}-v3"]
        env, draw, near = cls(), np.random.default_rng(len(name)), near_of(cls)
        plan = [("scripted", 60)] if small else [("scripted", 250), ("random", 120), ("scripted", 250), ("random", 60), ("scripted", 100)]
        for number, (kind, steps) in enumerate(plan):
            vector = random_vector(env, near, draw)
            every = 20 if small else 1
            succeeded = episode(env, name, vector, steps, kind, draw, every, os.path.join(out, f"{name}.{number}.episode"))
            print(f"{name}, {kind}: {steps} steps, {succeeded} of them with success", flush=True)
        env.close()


def tasks(out: str, small: bool) -> None:
    """Tasks as Meta-World draws them: lines of seed, list, environment, random vector."""

    def lines(seed: int, which: str, listed) -> list[str]:
        vectors = [(task.env_name.removesuffix("-v3"), pickle.loads(task.data)["rand_vec"]) for task in listed]
        return [f"{seed} {which} {name} {bits(vector)}" for name, vector in vectors]

    written = []
    for seed in (0,) if small else (0, 1, 2**32 - 2):
        benchmark = metaworld.ML10(seed=seed)
        train, test = benchmark.train_tasks, benchmark.test_tasks
        # Of the small recording, the first and the last three of every environment.
        keep = [i for i in range(50) if not small or i < 3 or i >= 47]
        pick = lambda listed: [listed[50 * env + i] for env in range(len(listed) // 50) for i in keep]  # noqa: E731
        written += lines(seed, "ml10-train", pick(train)) + lines(seed, "ml10-test", pick(test))
    for name in ("reach",) if small else HERE:
        for seed in (0,) if small else (0, 3):
            benchmark = metaworld.ML1(f"{name}-v3", seed=seed)
            listed = [benchmark.train_tasks, benchmark.test_tasks]
            shown = [own[:3] + own[-3:] if small else own for own in listed]
            written += lines(seed, "ml1-train", shown[0]) + lines(seed, "ml1-test", shown[1])
    with open(os.path.join(out, "tasks"), "w", encoding="ascii") as file:
        file.write("\n".join(written) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", help="environments, separated by commas")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    names = arguments.only.split(",") if arguments.only else SMALL if arguments.small else HERE
    record(names, arguments.out, arguments.small)
    if not arguments.only:
        tasks(arguments.out, arguments.small)


if __name__ == "__main__":
    main()
