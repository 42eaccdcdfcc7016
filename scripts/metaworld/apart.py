"""Which random vectors an environment of Meta-World draws again; its source says so in the condition of a loop."""

from __future__ import annotations

import inspect
import re

import numpy as np


def apart(cls) -> tuple[list[float] | None, float] | None:
    """The least distance in the plane, and from where: a place, or `None` for that of the vector's halves from each other. Nothing where
    any vector will do."""
    source = inspect.getsource(cls.reset_model)
    found = re.search(r"while\s+\(?\s*np\.linalg\.norm\((.*?)\)\s*<\s*([\d.]+)", source, re.S)
    if found is None:
        return None
    # sweep-into compares with its goal, which is always the same; whoever assigns the target from the vector compares the halves.
    fixed = "self._target_pos" in found.group(1) and not re.search(r"self\._target_pos = .*goal_pos", source)
    if not fixed:
        return None, float(found.group(2))
    goal = re.search(r"self\.goal = np\.array\(\[([^\]]*)\]\)", inspect.getsource(cls)).group(1).split(",")
    return [float(x) for x in goal[:2]], float(found.group(2))


def accepted(env, draw) -> np.ndarray:
    """A random vector of `draw` that the environment does not draw again."""
    low, high = env._random_reset_space.low, env._random_reset_space.high
    rule = apart(type(env))
    while True:
        vector = draw.uniform(low, high)
        if rule is None or np.linalg.norm(vector[:2] - (vector[3:5] if rule[0] is None else rule[0])) >= rule[1]:
            return vector
