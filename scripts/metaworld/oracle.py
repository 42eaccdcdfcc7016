"""Records what Meta-World itself does: starts, observations, rewards, states; and which tasks it draws. Numbers are bits, in hex.

    python scripts/metaworld/oracle.py --out <folder>            # what `npm run gate:metaworld` compares
    python scripts/metaworld/oracle.py --out <folder> --small    # the recording in crates/envs/tests/recorded/metaworld

A file of lines for each environment, each a word and numbers: `random` (an episode begins: its task), `start` (position, velocity, where
the hand is led, warm start), `first` (the first frame), `goal` (where things are to go), then for every step `step` (the action, 4 in
single precision; the reward with the action in double precision; the reward with it as it is; 1 for a success or 0) and, on some steps,
`seen` (two frames) and `state`.
"""

from __future__ import annotations

import argparse
import os
import pickle
import struct
import warnings

warnings.filterwarnings("ignore")

import metaworld  # noqa: E402
import numpy as np  # noqa: E402
from apart import accepted  # noqa: E402
from metaworld import policies  # noqa: E402
from metaworld.env_dict import ALL_V3_ENVIRONMENTS  # noqa: E402
from metaworld.types import Task  # noqa: E402

HERE = [name.removesuffix("-v3") for name in ALL_V3_ENVIRONMENTS]
FRAME = 18
# Episodes of the gate, by environment: 44,000 steps in all. Scripted ones with little noise succeed, wild ones with much go astray where
# neither they nor random ones come.
PLAN = [("scripted", 250), ("random", 120), ("scripted", 250), ("random", 60), ("scripted", 100), ("wild", 100)]
NOISE = {"scripted": 0.1, "wild": 0.8}
# Of the small recording: as few steps as reach success, of some tries, and random ones.
TRIES, LONGEST, AFTER, RANDOM_STEPS = 4, 400, 3, 20


def bits(values) -> str:
    """Doubles as 16 digits each."""
    return " ".join(struct.pack(">d", float(value)).hex() for value in np.ravel(values))


def single(values) -> str:
    """Numbers in single precision as 8 digits each."""
    return " ".join(struct.pack(">f", value).hex() for value in values)


def policy_of(name: str):
    """Meta-World's scripted policy of an environment."""
    words = "".join(word.capitalize() for word in name.split("-"))
    found = {"PegInsertSide": "PegInsertionSide"}.get(words, words)
    return getattr(policies, f"Sawyer{found}V3Policy")()


def state(env) -> np.ndarray:
    """All that a step depends on."""
    data = env.data
    return np.concatenate([data.qpos, data.qvel, data.mocap_pos[0], data.qacc_warmstart])


def begin(env, name: str, vector) -> np.ndarray:
    """Begins an episode of the task with this random vector; the first observation."""
    data = {"rand_vec": vector, "env_cls": type(env), "partially_observable": True}
    env.set_task(Task(env_name=f"{name}-v3", data=pickle.dumps(data)))
    return env.reset()[0]


def episode(env, name: str, vector, kind: str, steps: int, draw, every: int, until: int | None = None) -> tuple[list[str], int]:
    """Flies one; its lines, and how many of its steps succeeded. `every`: how often what is seen and the state are written.
    `until`: it ends this many steps after the first success."""
    observation = begin(env, name, vector)
    lines = [f"random {bits(vector)}", f"start {bits(state(env))}", f"first {bits(observation[:FRAME])}", f"goal {bits(env._target_pos)}"]
    policy, succeeded, first = policy_of(name), 0, None
    for step in range(steps):
        if kind == "random":
            action = draw.uniform(-1.5, 1.5, 4)
        else:
            seen = observation.copy()
            seen[-3:] = env._get_pos_goal()
            action = policy.get_action(seen) + draw.normal(0, NOISE[kind], 4)
        action = np.asarray(action, dtype=np.float32)
        observation, own, _, _, info = env.step(action)
        reward, _ = env.evaluate_state(observation, action.astype(np.float64))
        succeeded += int(info["success"])
        lines.append(f"step {single(action)} {bits(reward)} {bits(own)} {int(info['success'])}")
        first = step if first is None and info["success"] else first
        last = step == steps - 1 or (until is not None and first is not None and step == first + until)
        if last or step % every == every - 1:
            lines += [f"seen {bits(observation[: 2 * FRAME])}", f"state {bits(state(env))}"]
        if last:
            break
    return lines, succeeded


def small_of(env, name: str, draw) -> tuple[list[str], int]:
    """The shortest of some scripted episodes that reach success, and a short one of random actions."""
    found = [episode(env, name, accepted(env, draw), "scripted", LONGEST, draw, LONGEST, AFTER) for _ in range(TRIES)]
    reached = [one for one in found if one[1] > 0]
    if not reached:
        raise SystemExit(f"{name}: none of {TRIES} scripted episodes reached success")
    lines, succeeded = min(reached, key=lambda one: len(one[0]))
    return lines + episode(env, name, accepted(env, draw), "random", RANDOM_STEPS, draw, RANDOM_STEPS)[0], succeeded


def record(names, out: str, small: bool) -> None:
    """Episodes of environments, the tasks of one flown one after the other in the same environment."""
    for name in names:
        env, draw = ALL_V3_ENVIRONMENTS[f"{name}-v3"](), np.random.default_rng(len(name))
        if small:
            lines, succeeded = small_of(env, name, draw)
        else:
            flown = [episode(env, name, accepted(env, draw), kind, steps, draw, 1) for kind, steps in PLAN]
            lines, succeeded = [line for own, _ in flown for line in own], sum(count for _, count in flown)
        with open(os.path.join(out, f"{name}.episodes"), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        steps = sum(line.startswith("step") for line in lines)
        print(f"{name}: {steps} steps, {succeeded} of them with success", flush=True)
        env.close()


def tasks(out: str, small: bool) -> None:
    """Tasks as Meta-World draws them: lines of seed, list, environment, number among its goals, random vector."""
    # Of the small recording, the first and the last of every environment.
    keep = (0, 49) if small else range(50)

    def lines(seed: int, which: str, listed) -> list[str]:
        named = [(task.env_name.removesuffix("-v3"), pickle.loads(task.data)["rand_vec"]) for task in listed]
        kept = [(name, i, named[50 * env + i][1]) for env in range(len(named) // 50) for name in [named[50 * env][0]] for i in keep]
        return [f"{seed} {which} {name} {i} {bits(vector)}" for name, i, vector in kept]

    written = []
    for seed in (0,) if small else (0, 1, 2**32 - 2):
        for title, cls in {"ml10": metaworld.ML10, "ml45": metaworld.ML45}.items():
            benchmark = cls(seed=seed)
            written += lines(seed, f"{title}-train", benchmark.train_tasks) + lines(seed, f"{title}-test", benchmark.test_tasks)
    for name in ("reach", "bin-picking", "stick-push") if small else HERE:
        for seed in (0,) if small else (0, 3):
            benchmark = metaworld.ML1(f"{name}-v3", seed=seed)
            written += lines(seed, "ml1-train", benchmark.train_tasks) + lines(seed, "ml1-test", benchmark.test_tasks)
    with open(os.path.join(out, "tasks"), "w", encoding="ascii") as file:
        file.write("\n".join(written) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", help="environments, separated by commas; no tasks then")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    record(arguments.only.split(",") if arguments.only else HERE, arguments.out, arguments.small)
    if not arguments.only:
        tasks(arguments.out, arguments.small)


if __name__ == "__main__":
    main()
