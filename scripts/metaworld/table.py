"""Writes `crates/envs/src/worlds/metaworld/table.rs`: facts of the 50 environments, as Meta-World itself has them.

    python scripts/metaworld/table.py            # writes the file
    python scripts/metaworld/table.py --check    # writes nothing; exit code 1 if the file would change
"""

from __future__ import annotations

import argparse
import inspect
import os
import re
import sys
import warnings

warnings.filterwarnings("ignore")

from metaworld.env_dict import ALL_V3_ENVIRONMENTS, ML10_V3  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE = os.path.join(ROOT, "crates", "envs", "src", "worlds", "metaworld", "table.rs")
FREE = 0
LINE = 121


def numbers(values) -> str:
    """A Rust array, to the bit."""
    return "[" + ", ".join(repr(float(value)) for value in values) + "]"


def apart(cls) -> str:
    """How far apart the two halves of a random vector must be in the plane; the source says it in the condition of a loop."""
    source = inspect.getsource(cls.reset_model)
    found = re.search(r"while\s+\(?\s*np\.linalg\.norm\((.*?)\)\s*<\s*([\d.]+)", source, re.S)
    if found is None:
        return "Apart::Any"
    # sweep-into compares with its goal, which is always the same; whoever assigns the target from the vector compares the halves.
    fixed = "self._target_pos" in found.group(1) and not re.search(r"self\._target_pos = .*goal_pos", source)
    bound = float(found.group(2))
    if fixed:
        goal = re.search(r"self\.goal = np\.array\(\[([^\]]*)\]\)", inspect.getsource(cls)).group(1).split(",")
        return f"Apart::From({numbers(goal[:2])}, {bound!r})"
    return f"Apart::Halves({bound!r})"


def entry(name: str, cls) -> str:
    """The environment's line."""
    env = cls()
    box, model = env._random_reset_space, env.model
    free = [int(model.jnt_qposadr[j]) + 3 for j in range(model.njnt) if model.jnt_type[j] == FREE]
    short = name.removesuffix("-v3")
    xml = os.path.basename(env.model_name)
    first = f'name: "{short}", xml: "{xml}", positions: {model.nq}, velocities: {model.nv}, quaternions: &{free}'
    second = f"low: &{numbers(box.low)}, high: &{numbers(box.high)}, apart: {apart(cls)}"
    hand = {"low": env.mocap_low, "high": env.mocap_high, "start": env.hand_init_pos}
    third = ", ".join(f"hand_{what}: {numbers(values)}" for what, values in hand.items())
    env.close()
    return f"    Facts {{ {first},\n        {second},\n        {third} }},\n"


def names(title: str, doc: str, of) -> str:
    """A list of names."""
    words = [f'"{name.removesuffix("-v3")}"' for name in of]
    # As rustfmt breaks lines.
    one = f"pub(super) const {title}: &[&str] = &[{', '.join(words)}];\n"
    several = f"pub(super) const {title}: &[&str] = &[\n" + "".join(f"    {word},\n" for word in words) + "];\n"
    return f"/// {doc}\n{one if len(one) <= LINE else several}\n"


def text() -> str:
    """The file."""
    head = (
        "//! The environments of Meta-World 3.1.1: models, sizes, boxes. Written by `scripts/metaworld/table.py`; do not edit.\n\n"
        "use super::facts::{Apart, Facts};\n\n"
    )
    lists = names("ML10_TRAIN", "ML10's environments to train on, in its order.", ML10_V3["train"])
    lists += names("ML10_TEST", "ML10's environments to test on.", ML10_V3["test"])
    rows = "".join(entry(name, cls) for name, cls in ALL_V3_ENVIRONMENTS.items())
    count = len(ALL_V3_ENVIRONMENTS)
    return head + lists + f"/// Every environment.\n#[rustfmt::skip]\npub(super) const TABLE: [Facts; {count}] = [\n{rows}];\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    written = text()
    if arguments.check:
        with open(FILE, encoding="utf-8") as file:
            sys.exit(0 if file.read() == written else f"{FILE} is not what Meta-World says")
    with open(FILE, "w", encoding="utf-8") as file:
        file.write(written)


if __name__ == "__main__":
    main()
