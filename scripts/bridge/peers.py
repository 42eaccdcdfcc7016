"""Steps per second of HalfCheetah-v5 without XMRL, in two processes.

usage: python peers.py async <environments> <seconds>    gymnasium's AsyncVectorEnv, a process each
       python peers.py bare <environments> <seconds>     plain loops in two processes, half of the environments each

Random actions, drawn beforehand; episodes begin anew when they end. Loops step what the bridge steps. Prints a number.
"""

import multiprocessing
import sys
import time

import gymnasium
import numpy as np
from published import plain

ACTIONS = 512
PROCESSES = 2


def vectors(count: int, seconds: float) -> float:
    envs = gymnasium.make_vec("HalfCheetah-v5", num_envs=count, vectorization_mode="async")
    actions = np.random.default_rng(0).uniform(-1, 1, (ACTIONS, count, 6)).astype(np.float32)
    envs.reset(seed=0)
    for action in actions[:50]:
        envs.step(action)
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for action in actions[:32]:
            envs.step(action)
        steps += 32
    took = time.perf_counter() - start
    envs.close()
    return steps * count / took


def loop(count: int, seconds: float, ready, answer) -> None:
    envs = [plain() for _ in range(count)]
    actions = np.random.default_rng(0).uniform(-1, 1, (ACTIONS, count, 6)).astype(np.float32)
    for seed, env in enumerate(envs):
        env.reset(seed=seed)
    ready.wait()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for row in actions:
            for env, action in zip(envs, row):
                _, _, terminated, truncated, _ = env.step(action)
                if terminated or truncated:
                    env.reset()
        steps += ACTIONS * count
    answer.put(steps / (time.perf_counter() - start))


def bare(count: int, seconds: float) -> float:
    ready, answer = multiprocessing.Barrier(PROCESSES), multiprocessing.Queue()
    arguments = (count // PROCESSES, seconds, ready, answer)
    loops = [multiprocessing.Process(target=loop, args=arguments) for _ in range(PROCESSES)]
    for process in loops:
        process.start()
    rates = [answer.get() for _ in loops]
    for process in loops:
        process.join()
    return sum(rates)


if __name__ == "__main__":
    kind, count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    print({"async": vectors, "bare": bare}[kind](count, seconds))
