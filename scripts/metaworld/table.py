"""Writes `crates/envs/src/worlds/metaworld/table.rs`: facts of the 50 environments, as Meta-World itself has them.

    python scripts/metaworld/table.py            # writes the file
    python scripts/metaworld/table.py --check    # writes nothing; exit code 1 if the file would change
"""

from __future__ import annotations

import os
import warnings

warnings.filterwarnings("ignore")

from apart import apart  # noqa: E402
from generated import write_or_check  # noqa: E402
from metaworld.env_dict import ALL_V3_ENVIRONMENTS, ML10_V3, ML45_V3  # noqa: E402

FREE = 0
LINE = 121


def numbers(values) -> str:
    """A Rust array, to the bit."""
    return "[" + ", ".join(repr(float(value)) for value in values) + "]"


def rule(cls) -> str:
    """Which random vectors it draws again."""
    found = apart(cls)
    if found is None:
        return "Apart::Any"
    place, bound = found
    return f"Apart::Halves({bound!r})" if place is None else f"Apart::From({numbers(place)}, {bound!r})"


def entry(name: str, cls) -> str:
    """The environment's line."""
    env = cls()
    box, model = env._random_reset_space, env.model
    free = [int(model.jnt_qposadr[j]) + 3 for j in range(model.njnt) if model.jnt_type[j] == FREE]
    short = name.removesuffix("-v3")
    xml = os.path.basename(env.model_name)
    first = f'name: "{short}", xml: "{xml}", positions: {model.nq}, velocities: {model.nv}, quaternions: &{free}'
    second = f"low: &{numbers(box.low)}, high: &{numbers(box.high)}, apart: {rule(cls)}"
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
    lists += names("ML45_TRAIN", "ML45's environments to train on, in its order.", ML45_V3["train"])
    lists += names("ML45_TEST", "ML45's environments to test on.", ML45_V3["test"])
    rows = "".join(entry(name, cls) for name, cls in ALL_V3_ENVIRONMENTS.items())
    count = len(ALL_V3_ENVIRONMENTS)
    return head + lists + f"/// Every environment.\n#[rustfmt::skip]\npub(super) const TABLE: [Facts; {count}] = [\n{rows}];\n"


if __name__ == "__main__":
    write_or_check(__doc__, ("crates", "envs", "src", "worlds", "metaworld", "table.rs"), text, "Meta-World says")
