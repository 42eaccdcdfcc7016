"""Writes `crates/mujoco/src/layout.rs`: where fields of libmujoco's structures lie, as the C compiler says of the wheel's headers.

    python scripts/metaworld/layout.py            # writes the file
    python scripts/metaworld/layout.py --check    # writes nothing; exit code 1 if the file would change

Needs mujoco 3.3.0 (requirements.txt) and a C compiler. The structures hold pointers, doubles and 32-bit numbers alone, so that the
offsets are those of every 64-bit machine.
"""

from __future__ import annotations

import os
import subprocess
import tempfile

import mujoco
from generated import write_or_check

MODEL = "nq nv nu nbody njnt ngeom nsite nmocap neq body_pos site_pos jnt_qposadr eq_type eq_data".split()
DATA = (
    "warning ncon nefc qpos qvel qacc_warmstart ctrl mocap_pos mocap_quat xpos xquat xmat geom_xpos geom_xmat site_xpos site_xmat"
    " contact efc_force"
).split()
SIZES = {
    "MODEL_SIZE": "sizeof(mjModel)",
    "EQ_DATA": "mjNEQDATA",
    "WARNING_SIZE": "sizeof(mjWarningStat)",
    "CONTACT_SIZE": "sizeof(mjContact)",
}
CONSTANTS = {
    "CONTACT_GEOM": "offsetof(mjContact, geom)",
    "CONTACT_EFC_ADDRESS": "offsetof(mjContact, efc_address)",
    "WARNING_NUMBER": "offsetof(mjWarningStat, number)",
    "BAD_QPOS": "mjWARN_BADQPOS",
    "BAD_QVEL": "mjWARN_BADQVEL",
    "BAD_QACC": "mjWARN_BADQACC",
    "BAD_CTRL": "mjWARN_BADCTRL",
    "OBJ_BODY": "mjOBJ_BODY",
    "OBJ_JOINT": "mjOBJ_JOINT",
    "OBJ_GEOM": "mjOBJ_GEOM",
    "OBJ_SITE": "mjOBJ_SITE",
    "EQ_WELD": "mjEQ_WELD",
    "STATE_QPOS": "mjSTATE_QPOS",
    "STATE_QVEL": "mjSTATE_QVEL",
}


def values() -> dict[str, int]:
    """Each constant by name."""
    wanted = {f"MODEL_{name.upper()}": f"offsetof(mjModel, {name})" for name in MODEL}
    wanted |= {f"DATA_{name.upper()}": f"offsetof(mjData, {name})" for name in DATA}
    wanted |= SIZES | CONSTANTS
    lines = "".join(f'printf("{name} %ld\\n", (long)({what}));\n' for name, what in wanted.items())
    source = f"#include <stddef.h>\n#include <stdio.h>\n#include <mujoco/mujoco.h>\nint main(void) {{\n{lines}return 0; }}\n"
    with tempfile.TemporaryDirectory() as folder:
        file, program = os.path.join(folder, "layout.c"), os.path.join(folder, "layout")
        with open(file, "w", encoding="utf-8") as out:
            out.write(source)
        include = os.path.join(os.path.dirname(mujoco.__file__), "include")
        subprocess.run(["cc", "-I", include, "-o", program, file], check=True)
        said = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return {name: int(value) for name, value in (line.split() for line in said.splitlines())}


def text() -> str:
    """The file."""
    head = (
        "//! Where fields of `mjModel` and `mjData` lie, bytes from their beginnings, and constants of the headers. Written by\n"
        f"//! `scripts/metaworld/layout.py` from the headers of mujoco {mujoco.__version__}; do not edit.\n\n"
    )
    rows = []
    for name, value in values().items():
        kind = "i32" if name in CONSTANTS and name.startswith(("OBJ", "EQ")) else "u32" if name.startswith("STATE") else "usize"
        rows.append(f"pub(crate) const {name}: {kind} = {value};\n")
    return head + "".join(rows)


if __name__ == "__main__":
    write_or_check(__doc__, ("crates", "mujoco", "src", "layout.rs"), text, "the headers say")
