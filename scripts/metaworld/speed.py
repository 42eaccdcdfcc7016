"""ML10's ten training environments as Python steps them, for `npm run bench:metaworld`.

    python scripts/metaworld/speed.py record <file>    # writes tasks [10, 7] and actions [500, 10, 4], doubles, little-endian
    python scripts/metaworld/speed.py replay <file>    # steps them, prints one JSON line: steps, CPU seconds and seconds of `env.step` alone
    python scripts/metaworld/speed.py envpool <file> <threads>    # EnvPool's worlds of the same names under the same actions

Actions are those of the package's scripted policies with noise, so that there is contact. EnvPool has tasks of its own: its worlds grasp
less. Only `envpool` needs EnvPool, and it needs nothing else.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402

STEPS, KINDS, WIDTH = 500, 10, 8
NAMES = (
    "reach push pick-place door-open drawer-close button-press-topdown peg-insert-side window-open sweep basketball"
).split()


def read(file: str) -> tuple[np.ndarray, np.ndarray]:
    """Tasks and actions of a file."""
    numbers = np.fromfile(file, dtype="<f8")
    return numbers[: 7 * KINDS].reshape(KINDS, 7), numbers[7 * KINDS :].reshape(STEPS, KINDS, 4)


def record(file: str) -> None:
    """Each environment's first goal of seed 0 under its scripted policy."""
    import pickle

    import metaworld
    from oracle import begin, policy_of

    benchmark, draw = metaworld.ML10(seed=0), np.random.default_rng(0)
    tasks, actions = np.zeros((KINDS, 7)), np.zeros((STEPS, KINDS, 4))
    for kind, (name, cls) in enumerate(benchmark.train_classes.items()):
        assert name == f"{NAMES[kind]}-v3"
        vector = pickle.loads(next(task for task in benchmark.train_tasks if task.env_name == name).data)["rand_vec"]
        env, policy = cls(), policy_of(NAMES[kind])
        tasks[kind, 0], tasks[kind, 1 : 1 + len(vector)] = kind, vector
        observation = begin(env, NAMES[kind], vector)
        for step in range(STEPS):
            seen = observation.copy()
            seen[-3:] = env._get_pos_goal()
            action = np.asarray(policy.get_action(seen) + draw.normal(0, 0.1, 4), dtype=np.float32)
            actions[step, kind] = action
            observation = env.step(action)[0]
        env.close()
    np.concatenate([tasks.ravel(), actions.ravel()]).astype("<f8").tofile(file)


def said(steps: int, cpu: float, seconds: float) -> None:
    print(json.dumps({"steps": steps, "cpu": cpu, "seconds": seconds}))


def replay(file: str) -> None:
    """The package's own loop; resets are not timed."""
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS
    from oracle import begin

    tasks, actions = read(file)
    cpu = seconds = 0.0
    for kind, name in enumerate(NAMES):
        env = ALL_V3_ENVIRONMENTS[f"{name}-v3"]()
        length = env._random_reset_space.low.size
        begin(env, name, tasks[kind, 1 : 1 + length])
        own = actions[:, kind].astype(np.float32)
        before = time.process_time(), time.perf_counter()
        for action in own:
            env.step(action)
        cpu += time.process_time() - before[0]
        seconds += time.perf_counter() - before[1]
        env.close()
    said(STEPS * KINDS, cpu, seconds)


def envpool(file: str, threads: int) -> None:
    """EnvPool's batched worlds, a few of each name."""
    import envpool as pool

    _, actions = read(file)
    cpu = seconds = 0.0
    for kind, name in enumerate(NAMES):
        words = "".join(word.capitalize() for word in name.split("-"))
        env = pool.make_gymnasium(f"MetaWorld/{words}-v3", num_envs=WIDTH, num_threads=threads, seed=0)
        env.reset()
        own = np.repeat(actions[:, kind, None], WIDTH, axis=1).astype(env.action_space.dtype)
        before = time.process_time(), time.perf_counter()
        for step in range(STEPS):
            env.step(own[step])
        cpu += time.process_time() - before[0]
        seconds += time.perf_counter() - before[1]
    said(STEPS * KINDS * WIDTH, cpu, seconds)


if __name__ == "__main__":
    what, file = sys.argv[1:3]
    {"record": record, "replay": replay, "envpool": lambda path: envpool(path, int(sys.argv[3]))}[what](file)
