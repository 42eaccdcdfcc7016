"""Environments that others published, as worlds: each needs no more than says what a task is.

`gymnasium:published:pendulum` is of carl-bench, `racetrack` of highway-env, `reach` of metaworld, `cheetah` of gymnasium itself. The
packages are those of requirements.txt; nothing in them is changed.
"""

import gymnasium
import numpy as np
from gymnasium.wrappers import FlattenObservation, TimeLimit


def pendulum():
    """CARL's pendulum: a task is a context, gravity and the pole's length and mass."""
    from carl.envs import CARLPendulum

    class Pendulum(gymnasium.ObservationWrapper):
        def __init__(self, env):
            super().__init__(env)
            # The context is what the policy must find out, so it is not shown.
            self.observation_space = env.observation_space["obs"]

        def observation(self, observation):
            return observation["obs"]

        def sample_tasks(self, count, seed):
            draw = np.random.default_rng(seed).uniform
            return [{"g": draw(5, 15), "l": draw(0.5, 1.5), "m": draw(0.5, 1.5)} for _ in range(count)]

        def set_task(self, task):
            # The context that every reset selects; CARL applies a context when its number changes, so this one is applied here.
            self.env.context_selector.contexts[0].update(task)
            self.env.context.update(task)
            self.env._update_context()

    env = CARLPendulum(obs_context_features=[])
    env.reset(seed=0)
    return TimeLimit(Pendulum(env), 200)


def racetrack():
    """highway-env's racetrack: a task is a part of its configuration, the speed and the price of leaving the lane's centre."""
    import highway_env

    gymnasium.register_envs(highway_env)
    seen = {"type": "Kinematics", "vehicles_count": 2, "features": ["x", "y", "vx", "vy", "cos_h", "sin_h", "lat_off", "ang_off"]}

    class Racetrack(gymnasium.Wrapper):
        def sample_tasks(self, count, seed):
            draw = np.random.default_rng(seed).uniform
            return [{"speed_limit": draw(6, 14), "lane_centering_cost": draw(1, 8)} for _ in range(count)]

        def set_task(self, task):
            self.unwrapped.configure(task)

    env = gymnasium.make("racetrack-v1", config={"observation": seen, "duration": 40})
    return TimeLimit(Racetrack(FlattenObservation(env)), 40)


def reach():
    """Meta-World's ML1 reach: its tasks come from the benchmark, which holds them pickled; a task's numbers are its random vector."""
    import pickle

    import metaworld

    benchmark = metaworld.ML1("reach-v3", seed=42)
    numbers = lambda task: tuple(pickle.loads(task.data)["rand_vec"].tolist())
    train, test = ([(numbers(task), task) for task in tasks] for tasks in (benchmark.train_tasks, benchmark.test_tasks))
    known = dict(train + test)

    class Reach(gymnasium.Wrapper):
        # Half of the benchmark's test tasks are held out to the end.
        tasks = {
            "training": [row for row, _ in train],
            "evaluation": [row for row, _ in test[:25]],
            "heldOut": [row for row, _ in test[25:]],
        }
        task_names = ["hand x", "hand y", "hand z", "goal x", "goal y", "goal z"]

        def set_task(self, task):
            self.unwrapped.set_task(known[tuple(task)])

    return TimeLimit(Reach(benchmark.train_classes["reach-v3"]()), 150)


def cheetah():
    """Gymnasium's HalfCheetah-v5 with a wanted velocity; its states can be set, so episodes can be mixed."""

    class Cheetah(gymnasium.Wrapper):
        wanted = 1.0

        def sample_tasks(self, count, seed):
            return list(np.random.default_rng(seed).uniform(0, 2, count))

        def set_task(self, task):
            self.wanted = task

        def step(self, action):
            seen, _, terminated, truncated, info = self.env.step(action)
            return seen, info["reward_ctrl"] - abs(info["x_velocity"] - self.wanted), terminated, truncated, info

        def get_state(self):
            data = self.unwrapped.data
            return np.concatenate([data.qpos, data.qvel])

        def set_state(self, state):
            positions = self.unwrapped.model.nq
            self.unwrapped.set_state(state[:positions], state[positions:])

    return TimeLimit(Cheetah(gymnasium.make("HalfCheetah-v5").env), 200)


def plain():
    """HalfCheetah-v5 as gymnasium makes it, for measuring speed; its tasks change nothing."""

    class Plain(gymnasium.Wrapper):
        tasks = list(range(8))

        def set_task(self, task):
            pass

    return Plain(gymnasium.make("HalfCheetah-v5"))
