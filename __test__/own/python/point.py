"""A point that is pushed towards a goal, with Gymnasium's interface and without gymnasium: what tests ask the bridge about."""

import os
import subprocess
import sys
import time

import numpy as np


class Box:
    def __init__(self, low, high, shape, dtype=np.float64):
        self.low, self.high = np.full(shape, low, dtype), np.full(shape, high, dtype)
        self.shape, self.dtype = shape, np.dtype(dtype)


class Point:
    """State: place and velocity. Action: acceleration in [-2, 2]. It arrives within .05 of the goal."""

    horizon = 40
    observation_space = Box(-np.inf, np.inf, (4,))
    action_space = Box(-2, 2, (2,), np.float32)

    def __init__(self):
        self.goal = np.zeros(2)

    def sample_tasks(self, count):
        return list(np.random.uniform(-1, 1, (count, 2)))

    def set_task(self, task):
        self.goal = np.asarray(task, dtype=np.float64)

    def reset(self, seed=None, options=None):
        self.random = np.random.default_rng(seed)
        self.state = np.concatenate([self.random.normal(0, 0.1, 2), np.zeros(2)])
        return self.observation(), {}

    def observation(self):
        return self.state.copy()

    def step(self, action):
        assert action.dtype == np.float32 and action.shape == (2,)
        place, speed = self.state[:2], self.state[2:]
        speed = speed + 0.1 * action.astype(np.float64)
        place = place + 0.1 * speed
        self.state = np.concatenate([place, speed])
        distance = float(np.hypot(*(place - self.goal)))
        arrived = distance < 0.05
        return self.observation(), -distance, arrived, False, {"success": arrived}


class Settable(Point):
    def get_state(self):
        return self.state.copy()

    def set_state(self, state):
        self.state = state.copy()
        return self.observation()


class Limit:
    """A wrapper as gymnasium's: attributes of the inner environment are not its own."""

    def __init__(self, env, steps):
        self.env, self._max_episode_steps = env, steps
        self.observation_space, self.action_space = env.observation_space, env.action_space

    def reset(self, seed=None, options=None):
        self.taken = 0
        return self.env.reset(seed=seed)

    def step(self, action):
        seen, reward, terminated, _, info = self.env.step(action)
        self.taken += 1
        return seen, reward, terminated, self.taken >= self._max_episode_steps, info


def make_env():
    return Point()


def settable():
    return Settable()


def limited():
    return Limit(Settable(), 7)


def cut():
    """An environment that ends episodes by a limit of its own, before its horizon, and succeeds in their third step."""

    class Cut(Point):
        def reset(self, seed=None, options=None):
            self.taken = 0
            return super().reset(seed)

        def step(self, action):
            self.taken += 1
            seen, reward, *_ = super().step(action)
            return seen, reward, False, self.taken >= 5, {"is_success": self.taken == 3}

    return Cut()


class Contexts(Point):
    """Tasks are dicts: a number, a whole number, which is that of a kind, and an array."""

    seen = []
    task_kinds = {"parameter": "kind", "names": ["near", "middle", "far"]}

    def sample_tasks(self, count, seed):
        random = np.random.default_rng(seed)
        return [{"gain": float(random.uniform(1, 2)), "kind": int(random.integers(3)), "goal": random.uniform(-1, 1, 2)} for _ in range(count)]

    def set_task(self, task):
        assert type(task["gain"]) is float and type(task["kind"]) is int and task["goal"].shape == (2,)
        self.goal = task["goal"] * task["gain"] + task["kind"]


def contexts():
    return Contexts()


def strange_kinds():
    env = Contexts()
    env.task_kinds = {"parameter": "sort", "names": ["near"]}
    return env


class Listed(Point):
    tasks = [[k / 10, -k / 10] for k in range(12)]
    sample_tasks = None

    def reset_task(self, task):
        self.goal = np.asarray(task)

    set_task = None


def listed():
    return Listed()


def random_steps():
    """A world that draws from the machine's own noise."""

    class Noisy(Point):
        def step(self, action):
            self.state = self.state + np.frombuffer(os.urandom(32), np.uint8).reshape(4, 8).mean(axis=1) / 255
            return super().step(action)

    return Noisy()


def noisy_reset():
    """A world whose steps draw from the generator that reset seeds."""

    class Seeded(Settable):
        def step(self, action):
            self.state = self.state + self.random.normal(0, 0.01, 4)
            return super().step(action)

    return Seeded()


def counting():
    """Shows which step of an episode it is. Its rules end an episode in the step that its goal names; after it none may be taken."""

    class Counting(Point):
        def reset(self, seed=None, options=None):
            self.steps, self.over = 0, False
            return super().reset(seed)

        def observation(self):
            return np.array([self.steps, 0.0, 0.0, 0.0])

        def step(self, action):
            if self.over:
                raise RuntimeError("a step after the end")
            self.steps += 1
            self.over = self.steps == int(self.goal[0])
            return self.observation(), 1.0, self.over, False, {}

    return Counting()


def veiled():
    """Shows places and no speeds."""

    class Veiled(Settable):
        def observation(self):
            return np.concatenate([self.state[:2], np.zeros(2)])

    return Veiled()


def dawdling():
    """A step takes a while."""

    class Dawdling(Settable):
        def step(self, action):
            time.sleep(0.01)
            return super().step(action)

    return Dawdling()


def heavy():
    """Takes 1.2 s to be made; a reset hangs where the goal is right of 1."""

    class Heavy(Settable):
        def reset(self, seed=None, options=None):
            if self.goal[0] > 1:
                time.sleep(600)
            return super().reset(seed)

    time.sleep(1.2)
    return Heavy()


def family():
    """Starts a process that nobody waits for; shows its own number and that one's."""

    class Family(Point):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])

        def observation(self):
            return np.array([os.getpid(), self.child.pid, 0.0, 0.0])

    return Family()


def failing(kind, when=5):
    """An environment that goes wrong in its step `when` of an episode, where its goal is right of 1: so opened it is sound."""

    class Failing(Settable):
        def reset(self, seed=None, options=None):
            self.steps = 0
            if kind == "reset" and self.goal[0] > 1:
                raise RuntimeError("no start to be had")
            return super().reset(seed)

        def set_task(self, task):
            if kind == "set_task" and task[0] > 1:
                raise ValueError("no such goal")
            super().set_task(task)

        def step(self, action):
            self.steps += 1
            seen, reward, terminated, truncated, info = super().step(action)
            if self.goal[0] > 1 and self.steps == when:
                if kind == "raise":
                    raise ValueError("the point fell off")
                if kind == "exit":
                    os._exit(3)
                if kind == "sys.exit":
                    sys.exit("enough")
                if kind == "abort":
                    os.abort()
                if kind == "hang":
                    time.sleep(600)
                if kind == "nan":
                    seen[2] = np.nan
                if kind == "nan reward":
                    reward = np.nan
                if kind == "shape":
                    seen = seen[:3]
                if kind == "four":
                    return seen, reward, terminated, info
            return seen, reward, terminated, truncated, info

    return Failing()


def printing():
    """Prints wherever it can, to every file that might be the protocol's."""

    class Printing(Settable):
        def step(self, action):
            print("a step" * 100)
            os.write(1, b"k" * 5000)
            os.write(2, b"e" * 5000)
            return super().step(action)

    return Printing()


def breeding():
    """Starts a process that nobody waits for, and notes its number where a test finds it."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(os.environ["XMRL_TEST_NOTED"], "a") as file:
        file.write(f"{os.getpid()}\n{child.pid}\n")
    return Settable()


for _kind in ("raise", "exit", "sys.exit", "abort", "hang", "nan", "nan reward", "shape", "four", "reset", "set_task"):
    globals()["fails_" + _kind.replace(" ", "_").replace(".", "_")] = lambda kind=_kind: failing(kind)


def raises():
    raise KeyError("no model file")


def no_environment():
    return 7


def discrete():
    env = Point()
    env.action_space = type("Discrete", (), {"n": 3, "shape": ()})()
    return env


def endless():
    env = Point()
    env.horizon = None
    return env


def no_tasks():
    env = Point()
    env.sample_tasks = None
    return env


def odd_tasks():
    env = Point()
    env.sample_tasks = lambda count: ["left"] * count
    return env


def no_set_task():
    env = Point()
    env.set_task = None
    return env


def slow():
    time.sleep(600)
