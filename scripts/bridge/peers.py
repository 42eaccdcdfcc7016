"""Steps per second of HalfCheetah-v5 without XMRL, in two processes.

usage: python peers.py async <environments> <seconds>    gymnasium's AsyncVectorEnv, a process each
       python peers.py bare <processes> <seconds>        plain loops, one environment a process

Random actions, drawn beforehand; episodes begin anew when they end. Prints a number.
"""

import multiprocessing
import sys
import time

import gymnasium
import numpy as np

ACTIONS = 512


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


def loop(seconds: float, ready, answer) -> None:
    env = gymnasium.make("HalfCheetah-v5")
    actions = np.random.default_rng(0).uniform(-1, 1, (ACTIONS, 6)).astype(np.float32)
    env.reset(seed=0)
    ready.wait()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        steps += ACTIONS
    answer.put(steps / (time.perf_counter() - start))


def bare(count: int, seconds: float) -> float:
    ready, answer = multiprocessing.Barrier(count), multiprocessing.Queue()
    loops = [multiprocessing.Process(target=loop, args=(seconds, ready, answer)) for _ in range(count)]
    for process in loops:
        process.start()
    rates = [answer.get() for _ in loops]
    for process in loops:
        process.join()
    return sum(rates)


if __name__ == "__main__":
    kind, count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    print({"async": vectors, "bare": bare}[kind](count, seconds))
