"""What an environment is found to be: its spaces, its tasks, how it is stepped, what an episode of it shows."""

import importlib
import inspect
import os
import random
import sys
import time

import numpy as np
from xmrl_source import packages, source_of, version
from xmrl_tasks import Refused, TaskForm

# Episodes' steps that are tried before a world is described.
TRIED = 32
# Where this half of the bridge lies.
HERE = os.path.dirname(os.path.abspath(__file__))


def layers(env):
    """The environment and, outermost first, what its wrappers hold."""
    found = []
    while env is not None and all(env is not other for other in found):
        found.append(env)
        env = env.__dict__.get("env") if hasattr(env, "__dict__") else getattr(env, "env", None)
    return found


def lookup(env, name):
    """An attribute of the environment or of one that it wraps; None where there is none."""
    for layer in layers(env):
        value = getattr(layer, name, None)
        if value is not None:
            return value
    return None


class Maker:
    """What the factory makes, and what every environment of it has in common."""

    def __init__(self, reference):
        module, _, name = reference.partition(":")
        self.module = importlib.import_module(module)
        self.factory = self.module
        for part in name.split("."):
            self.factory = getattr(self.factory, part, None)
            if self.factory is None:
                raise Refused(f"module {module} ({getattr(self.module, '__file__', 'built in')}) has no {name}")
        if not callable(self.factory):
            raise Refused(f"{reference} is no function but {type(self.factory).__name__}")
        env = self.make()
        self.first = env
        self.shape, self.size, *self.seen, kind = self.box(env, "observation_space")
        if kind.kind == "f":
            # A number of another precision is rounded to a bound of this one.
            self.seen = [np.nextafter(bound.astype(kind), end).astype(np.float64) for bound, end in zip(self.seen, (-np.inf, np.inf))]
        shape, self.actions, low, high, dtype = self.box(env, "action_space")
        self.action_shape, self.action_dtype = shape, dtype
        bounded = np.isfinite(low) & np.isfinite(high)
        self.middle = np.where(bounded, (low + high) / 2, 0.0)
        self.half = np.where(bounded, (high - low) / 2, 1.0)
        self.least = np.where(bounded, -1.0, -np.inf)
        self.most = np.where(bounded, 1.0, np.inf)
        self.set_task_name = next((name for name in ("set_task", "reset_task") if callable(lookup(env, name))), None)
        if self.set_task_name is None:
            raise Refused("it has no set_task(task) (reset_task is accepted): XMRL tells an environment its task by it")
        self.listed = lookup(env, "tasks") if not callable(lookup(env, "sample_tasks")) else None
        self.form = TaskForm(self.examples(env))
        self.horizon = self.find_horizon(env)
        self.state, self.notes = None, []

    def make(self):
        env = self.factory()
        if not (callable(getattr(env, "reset", None)) and callable(getattr(env, "step", None))):
            raise Refused(f"the factory returned {type(env).__name__}, which is no environment: it has no reset and step")
        return env

    @staticmethod
    def box(env, name):
        space = getattr(env, name, None)
        low, high, shape = (getattr(space, key, None) for key in ("low", "high", "shape"))
        if low is None or high is None or shape is None:
            wrap = "; wrap it in gymnasium.wrappers.FlattenObservation" if name == "observation_space" else ""
            raise Refused(f"its {name} is {space}, and must be a Box of numbers{wrap}")
        dtype = np.dtype(getattr(space, "dtype", np.float64))
        if name == "action_space" and dtype.kind != "f":
            raise Refused(f"its {name} is a Box of {dtype}; actions are drawn from a Gaussian and must be floats")
        size = int(np.prod(shape))
        if size == 0:
            raise Refused(f"its {name} has the shape {shape}, which holds no number")
        flat = [np.broadcast_to(np.asarray(bound, dtype=np.float64), shape).reshape(-1) for bound in (low, high)]
        if np.isnan(flat).any():
            entry = int(np.flatnonzero(np.isnan(flat).any(axis=0))[0])
            raise Refused(f"its {name} has NaN among its bounds, entry {entry}; write np.inf where there is none")
        return tuple(shape), size, flat[0], flat[1], dtype

    @staticmethod
    def find_horizon(env):
        limits = [lookup(env, "horizon"), *(getattr(layer, "_max_episode_steps", None) for layer in layers(env))]
        limits.append(getattr(getattr(env, "spec", None), "max_episode_steps", None))
        steps = [int(k) for k in limits if isinstance(k, (int, np.integer)) and not isinstance(k, bool) and k > 0]
        if steps:
            return min(steps)
        raise Refused(
            "nothing says how long its episodes may be: wrap it in gymnasium.wrappers.TimeLimit, or give it an attribute horizon"
        )

    def examples(self, env):
        if self.listed is not None:
            pools = self.listed.values() if isinstance(self.listed, dict) else [self.listed]
            tasks = [task for pool in pools for task in pool]
            if not tasks:
                raise Refused("its list tasks is empty")
            return tasks
        if not callable(lookup(env, "sample_tasks")):
            raise Refused("it has neither sample_tasks(n) nor a list tasks: XMRL draws its training tasks from one of them")
        return self.sample(env, "training", 8, 0)

    def sample(self, env, pool, count, seed):
        """`count` tasks as the environment gives them."""
        draw = lookup(env, "sample_tasks")
        try:
            known = set(inspect.signature(draw).parameters)
        except (TypeError, ValueError):
            known = set()
        asked = {key: value for key, value in (("seed", seed), ("pool", pool)) if key in known}
        if "seed" not in asked:
            # It draws from its own generator, numpy's or Python's: each begins where the seed says.
            random.seed(seed)
            np.random.seed(seed & 0xFFFFFFFF)
            env.reset(seed=seed & 0x7FFFFFFF)
        tasks = list(draw(count, **asked))
        if len(tasks) != count:
            raise Refused(f"sample_tasks({count}) returned {len(tasks)} tasks")
        return tasks

    def pool(self, env, pool, count, seed, order):
        """Rows of a pool of tasks; `seed` is the pool's own, `order` is that of the list which all pools cut."""
        if self.listed is None:
            tasks = self.sample(env, pool, count, seed)
        elif isinstance(self.listed, dict):
            tasks = self.listed.get(pool, self.listed.get({"heldOut": "held_out"}.get(pool, pool)))
            if tasks is None:
                raise Refused(f"its dict tasks has no pool {pool!r}: it has {', '.join(map(repr, self.listed))}")
            tasks = self.permuted(tasks, seed)
        else:
            # Half of the list is for training, a quarter each for the other pools, so that no task is in two.
            tasks, total = self.permuted(self.listed, order), len(self.listed)
            cuts = {"training": (0, total // 2), "evaluation": (total // 2, total * 3 // 4), "heldOut": (total * 3 // 4, total)}
            tasks = tasks[slice(*cuts[pool])]
        if len(tasks) < count:
            raise Refused(
                f"its list tasks has {len(tasks)} tasks for the pool {pool} (half of the list is for training, a quarter each for "
                f"evaluation and held-out), and {count} are asked for: ask for fewer, or give the pools' rows in the specification"
            )
        form = TaskForm(tasks[:count])
        if form.names != self.form.names:
            raise Refused(f"its tasks changed their form from {self.form.names} to {form.names}")
        return form.rows

    @staticmethod
    def permuted(tasks, seed):
        tasks = list(tasks)
        return [tasks[k] for k in np.random.Generator(np.random.PCG64(seed)).permutation(len(tasks))]

    def observed(self, observation):
        """What was seen, as an array of the space's shape."""
        seen = observation if type(observation) is np.ndarray else np.asarray(observation)
        if seen.shape != self.shape:
            raise Refused(f"an observation has the shape {seen.shape}, but observation_space says {self.shape}")
        return seen.reshape(-1)

    def scaled(self, actions):
        """Actions of the policy as the space has them: [-1, 1] spans its bounds, entries without bounds stay as they are."""
        moved = np.minimum(np.maximum(actions, self.least), self.most)
        moved *= self.half
        moved += self.middle
        return moved.astype(self.action_dtype).reshape(-1, *self.action_shape)

    def set_state(self, env, state):
        """Puts the environment in a state; returns what is seen there."""
        seen = lookup(env, "set_state")(state)
        if seen is not None:
            return self.observed(seen)
        chain = layers(env)
        at = next((k for k, layer in enumerate(chain) if callable(getattr(type(layer), "_get_obs", None))), None)
        if at is None:
            raise Refused("its set_state returns no observation, and it has no _get_obs()")
        seen = chain[at]._get_obs()
        for layer in reversed(chain[:at]):
            if callable(getattr(type(layer), "observation", None)):
                seen = layer.observation(seen)
        return self.observed(seen)

    def state_of(self, env):
        state = np.asarray(lookup(env, "get_state")(), dtype=np.float64).reshape(-1)
        if self.state is not None and state.size != self.state:
            raise Refused(f"get_state() gave {state.size} numbers, and {self.state} before")
        if not np.isfinite(state).all():
            raise Refused(f"get_state() gave a number that is not finite, entry {int(np.flatnonzero(~np.isfinite(state))[0])}")
        return state


def five(result):
    """What a step returned, where that is Gymnasium's five values."""
    if not isinstance(result, tuple) or len(result) != 5:
        raise Refused(
            f"step returned {len(result) if isinstance(result, tuple) else type(result).__name__} values; Gymnasium's five are "
            "(observation, reward, terminated, truncated, info)"
        )
    return result


def success(info):
    """What a step says of success; None where it says nothing."""
    if not isinstance(info, dict):
        return None
    said = info.get("success")
    return info.get("is_success") if said is None else said


def number(what, value, env):
    """What a step gave as one number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        text, shape = repr(value), getattr(value, "shape", None)
        text = text if len(text) < 60 else text[:57] + "..."
        found = type(value).__name__ if shape is None else f"an array of the shape {shape}"
        cure = ": take it out of its array by .item()" if getattr(value, "size", None) == 1 else ""
        code = getattr(getattr(type(layers(env)[-1]), "step", None), "__code__", None)
        place = "" if code is None else f'\n  File "{code.co_filename}", line {code.co_firstlineno}, in step'
        raise Refused(f"{what} is {text} ({found}); it must be one number{cure}{place}") from None


def begun(env, seed):
    result = env.reset(seed=seed)
    if not isinstance(result, tuple) or len(result) != 2:
        raise Refused("reset(seed=) must return Gymnasium's two values (observation, info)")
    return result[0]


def says_chance(env):
    """Whether its author says that a seed does not settle an episode: by an attribute of XMRL's, or where Gymnasium registers it."""
    return lookup(env, "deterministic") is False or bool(getattr(getattr(env, "spec", None), "nondeterministic", False))


def tried(maker):
    """Plays an episode three times, the last in a new environment: what a description cannot know otherwise."""
    steps, generator = min(TRIED, maker.horizon), np.random.Generator(np.random.PCG64(1))
    actions = maker.scaled(generator.uniform(-1, 1, (steps, maker.actions)))
    task = np.array(maker.form.rows[0])
    runs, succeeds, again = [], False, maker.make()
    for env in (maker.first, maker.first, again):
        lookup(env, maker.set_task_name)(maker.form.build(task))
        seen, took = [maker.observed(begun(env, 7)).copy()], 0.0
        for action in actions:
            start = time.perf_counter()
            observation, reward, terminated, truncated, info = five(env.step(action.copy()))
            took += time.perf_counter() - start
            said = success(info)
            succeeds = succeeds or (said is not None and number("success in info", said, env) is not None)
            seen.append(np.append(maker.observed(observation), [number("the reward", reward, env), bool(terminated), bool(truncated)]))
            if terminated or truncated:
                break
        runs.append((np.concatenate(seen), took / (len(seen) - 1)))
    same = [np.array_equal(runs[0][0], other, equal_nan=True) for other, _ in runs[1:]]
    chance = None
    if not same[0]:
        chance = "the same seed and the same actions gave two different episodes"
    elif not same[1]:
        chance = "the same seed and the same actions gave another episode in a second environment of the factory"
    # What its author says is no finding.
    declared = says_chance(again)
    if declared:
        maker.notes.append("the environment says that it is not deterministic")
    elif chance is not None:
        maker.notes.append(chance)
    settable = callable(lookup(again, "get_state")) and callable(lookup(again, "set_state"))
    if settable:
        try:
            begun(again, 7)
            state = maker.state_of(again)
            maker.set_state(again, state.copy())
            maker.state = int(state.size)
        except Exception as error:
            maker.notes.append(f"get_state and set_state are not used: {type(error).__name__}: {error}")
    return again, not declared and chance is None, None if declared else chance, succeeds, runs[1][1]


def kinds_of(said, names):
    """The kinds of task that `task_kinds` tells: a dict of the `parameter` that is a kind's number (0, 1, ...), the kinds' `names` and, where
    not all of a task's numbers count in each, their `sizes`. None where it is not there."""
    if said is None:
        return None
    if not isinstance(said, dict) or not {"parameter", "names"} <= set(said) <= {"parameter", "names", "sizes"}:
        raise Refused(f"task_kinds must be a dict of parameter and names (and sizes), it is {said!r}")
    parameter, kinds, sizes = said["parameter"], list(said["names"]), said.get("sizes")
    if parameter not in names:
        raise Refused(f"task_kinds speaks of {parameter!r}, its tasks have {', '.join(map(repr, names))}")
    if not all(isinstance(kind, str) for kind in kinds):
        raise Refused(f"the names of task_kinds must be texts, they are {kinds!r}")
    return {"parameter": parameter, "names": kinds, "sizes": None if sizes is None else [int(size) for size in sizes]}


def finite(bounds):
    """Bounds as JSON has them: the greatest number in place of infinity."""
    most = np.finfo(np.float64).max
    return np.clip(np.asarray(bounds, dtype=np.float64).reshape(-1), -most, most).tolist()


def describe(maker):
    again, deterministic, chance, succeeds, seconds = tried(maker)
    space = lookup(maker.first, "task_space")
    low, high = (getattr(space, key, None) for key in ("low", "high"))
    bounds = [None if bound is None else finite(bound) for bound in (low, high)]
    if any(bound is not None and np.isnan(bound).any() for bound in bounds):
        raise Refused("its task_space has NaN among its bounds; write np.inf where there is none")
    names = lookup(maker.first, "task_names")
    if names is not None and len(names) != len(maker.form.names):
        raise Refused(f"task_names has {len(names)} names, its tasks have {len(maker.form.names)} numbers")
    names = maker.form.names if names is None else [str(name) for name in names]
    score = lookup(maker.first, "score")
    spec = getattr(maker.first, "spec", None)
    description = {
        "observationSize": maker.size,
        "actionSize": maker.actions,
        "observationLow": finite(maker.seen[0]),
        "observationHigh": finite(maker.seen[1]),
        "stateSize": maker.state,
        "mixes": maker.state is not None and lookup(maker.first, "mixes") is not False,
        "horizon": maker.horizon,
        "law": "sample_tasks" if maker.listed is None else "tasks",
        "taskNames": names,
        "kinds": kinds_of(lookup(maker.first, "task_kinds"), names),
        "taskLow": bounds[0],
        "taskHigh": bounds[1],
        "defaultTask": maker.form.rows[0],
        "scoredBy": score if score in ("success", "return") else "success" if succeeds else "return",
        "deterministic": deterministic,
        "chance": chance,
        "stepSeconds": seconds,
        "environment": getattr(spec, "id", None) or type(layers(maker.first)[-1]).__name__,
        "source": source_of(maker.module),
        "versions": {"python": sys.version.split()[0], "numpy": version("numpy"), "gymnasium": version("gymnasium")},
        "packages": packages(),
        "notes": maker.notes,
    }
    return again, description
