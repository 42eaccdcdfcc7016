"""What pytorch-maml-rl's `2DNavigation-v0` does: transitions that `crates/envs/tests/point_nav.rs` holds `point-nav/gym` to.

    git clone https://github.com/tristandeleu/pytorch-maml-rl
    python scripts/worlds/point_nav.py pytorch-maml-rl > crates/envs/tests/recorded/point-nav_gym.csv

Runs the file `maml_rl/envs/navigation.py` of that checkout as it is (commit 21d4ba1 and numpy 2.4.6 made the committed file). Its gym
is of 2020; the three names that it imports from there are given here, with that gym's test of an action against its bounds.
Episodes: random actions far beyond the bounds, small ones, and ones that walk to the goal and end there; everything in doubles.
"""

import importlib.util
import sys
import types

import numpy as np


class Box:
    """Bounds, as gym 0.15 tests them: by value, whatever the type of the numbers."""

    def __init__(self, low, high, shape, dtype):
        self.low, self.high = np.full(shape, low, dtype), np.full(shape, high, dtype)

    def contains(self, x):
        return x.shape == self.low.shape and bool(np.all(x >= self.low) and np.all(x <= self.high))


def navigation(checkout: str):
    """The environment's class."""
    gym, utils = types.ModuleType("gym"), types.ModuleType("gym.utils")
    gym.Env, gym.spaces = object, types.SimpleNamespace(Box=Box)
    utils.seeding = types.SimpleNamespace(np_random=lambda seed: (np.random.RandomState(0), 0))
    sys.modules.update({"gym": gym, "gym.utils": utils})
    spec = importlib.util.spec_from_file_location("navigation", f"{checkout}/maml_rl/envs/navigation.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Navigation2DEnv


def main(checkout: str) -> None:
    random = np.random.default_rng(1)
    env = navigation(checkout)()
    print("episode,goal x,goal y,action x,action y,x,y,reward,done")
    for episode in range(12):
        goal = random.uniform(-0.5, 0.5, 2)
        env.reset_task({"goal": goal})
        position = env.reset()
        for _ in range(12):
            way = goal - position
            action = [random.uniform(-0.4, 0.4, 2), 0.05 * random.normal(size=2), way + 0.004 * random.normal(size=2)][episode % 3]
            position, reward, done, _ = env.step(action)
            numbers = [*goal, *action, *position, reward]
            print(",".join([str(episode), *(repr(float(x)) for x in numbers), str(int(done))]))
            if done:
                break


if __name__ == "__main__":
    main(sys.argv[1])
