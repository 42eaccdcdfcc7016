"""Writes `crates/physics/src/models/{cheetah,walker2d,ant}.rs` from the models as MuJoCo compiles them.

    python scripts/physics/constants.py            # writes the files and prints the constants
    python scripts/physics/constants.py --check    # writes nothing; exit code 1 if a file would change

A body of our models is everything that moves as one: welded children are fused into their parent by exact sums. What
contact softness needs (`body_invweight0`) and where contact forces are booked (`cfrc_ext`) stays with MuJoCo's own body.
Body frames are moved to the hinge where MuJoCo's frame is elsewhere (planar kind only).
"""

from __future__ import annotations

import argparse
import os
import sys

import gymnasium
import mujoco
import numpy as np

from models import compile_model, rest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "crates", "physics", "src", "models")
SPHERE, CAPSULE = mujoco.mjtGeom.mjGEOM_SPHERE, mujoco.mjtGeom.mjGEOM_CAPSULE
HINGE, FREE = mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_FREE


# -- reading ----------------------------------------------------------------------------------------------------------


def matrix(quaternion) -> np.ndarray:
    """Rotation matrix [3, 3] of a quaternion (w, x, y, z)."""
    result = np.zeros(9)
    mujoco.mju_quat2Mat(result, np.asarray(quaternion, dtype=float))
    return result.reshape(3, 3)


def without_dust(values: np.ndarray, below: float = 1e-15) -> np.ndarray:
    """Sets what is zero but for rounding (|v| < below) to zero: MuJoCo turns capsules by quaternions, which leaves 1e-16."""
    return np.where(np.abs(values) < below, 0.0, values)


class Part:
    """A MuJoCo body inside the moving body it is welded to: `at` and `turn` take its frame to the moving body's frame."""

    def __init__(self, source: int, moving: int, at: np.ndarray, turn: np.ndarray):
        self.source, self.moving, self.at, self.turn = source, moving, at, turn


def parts(model: mujoco.MjModel) -> list[Part]:
    """One part per MuJoCo body except the world, in MuJoCo's order. A body with joints starts a moving body."""
    found: dict[int, Part] = {}
    moving = 0
    for body in range(1, model.nbody):
        if model.body_jntnum[body] > 0:
            found[body] = Part(body, moving, np.zeros(3), np.eye(3))
            moving += 1
        else:
            parent = found[model.body_parentid[body]]
            at = parent.at + parent.turn @ model.body_pos[body]
            found[body] = Part(body, parent.moving, at, parent.turn @ matrix(model.body_quat[body]))
    return list(found.values())


def fused(model: mujoco.MjModel, members: list[Part]) -> tuple[float, np.ndarray, np.ndarray]:
    """Mass, centre of mass [3] and inertia [3, 3] about it of welded parts, in the moving body's frame."""
    masses = [model.body_mass[part.source] for part in members]
    centres = [part.at + part.turn @ model.body_ipos[part.source] for part in members]
    mass = sum(masses)
    com = sum(m * c for m, c in zip(masses, centres)) / mass if len(members) > 1 else centres[0]
    inertia = np.zeros((3, 3))
    for part, m, centre in zip(members, masses, centres):
        turn = part.turn @ matrix(model.body_iquat[part.source])
        arm = centre - com
        inertia += turn @ np.diag(model.body_inertia[part.source]) @ turn.T
        inertia += m * (arm @ arm * np.eye(3) - np.outer(arm, arm))
    return mass, without_dust(com), without_dust(0.5 * (inertia + inertia.T), 1e-14 * inertia.max())


def single_hinge(model: mujoco.MjModel, body: int) -> int:
    """The body's only joint, which is a hinge."""
    joint = model.body_jntadr[body]
    assert model.body_jntnum[body] == 1 and model.jnt_type[joint] == HINGE, "one hinge a body"
    return joint


def hinge(model: mujoco.MjModel, joint: int) -> str:
    """A `Hinge`."""
    dof = model.jnt_dofadr[joint]
    gear = sum((model.actuator_gear[a, 0] for a in range(model.nu) if model.actuator_trnid[a, 0] == joint), 0.0)
    assert model.dof_frictionloss[dof] == 0.0
    limited = bool(model.jnt_limited[joint])
    low, high = model.jnt_range[joint] if limited else (0.0, 0.0)
    return record(
        "Hinge",
        stiffness=model.jnt_stiffness[joint],
        reference=model.qpos_spring[model.jnt_qposadr[joint]],
        damping=model.dof_damping[dof],
        armature=model.dof_armature[dof],
        gear=gear,
        low=low,
        high=high,
        limited=limited,
        margin=model.jnt_margin[joint],
        inv_weight=model.dof_invweight0[dof],
    )


def impedance(solref, solimp) -> str:
    """A `Softness`; MuJoCo clamps the impedances to [1e-4, .9999] at run time, so they are clamped here."""
    assert solref[0] > 0.0 and solimp[3] == 0.5 and solimp[4] == 2.0
    return record(
        "Softness",
        time_constant=solref[0],
        damping_ratio=solref[1],
        d_min=min(max(solimp[0], 1e-4), 0.9999),
        d_max=min(max(solimp[1], 1e-4), 0.9999),
        width=solimp[2],
    )


def touching(model: mujoco.MjModel) -> tuple[str, float, dict[int, float]]:
    """Softness, margin and each geom's friction of contacts with the floor, as MuJoCo mixes them for real contacts."""
    data = mujoco.MjData(model)
    data.qpos[:] = model.qpos0
    data.qpos[2 if model.jnt_type[0] == FREE else 1] -= 10.0
    mujoco.mj_forward(model, data)
    contacts = [data.contact[i] for i in range(data.ncon)]
    assert {c.geom2 for c in contacts} == set(range(1, model.ngeom)), "every geom touches the floor here"
    softness = {impedance(c.solref, c.solimp) for c in contacts}
    margins = {c.includemargin for c in contacts}
    assert len(softness) == 1 and len(margins) == 1 and all(c.dim == 3 and c.geom1 == 0 for c in contacts)
    friction = {c.geom2: c.friction[0] for c in contacts}
    assert all(c.friction[0] == c.friction[1] for c in contacts)
    return softness.pop(), float(margins.pop()), friction


def limit(model: mujoco.MjModel) -> str:
    """Softness of the joint limits."""
    joints = [j for j in range(model.njnt) if model.jnt_limited[j]]
    softness = {impedance(model.jnt_solref[j], model.jnt_solimp[j]) for j in joints}
    assert len(softness) == 1
    return softness.pop()


def ends(model: mujoco.MjModel, part: Part, geom: int) -> tuple[np.ndarray, np.ndarray | None, float]:
    """Centre and half-axis vector (None for a ball) of a geom in the moving body's frame, and its radius."""
    centre = part.at + part.turn @ model.geom_pos[geom]
    radius, half = model.geom_size[geom, :2]
    if model.geom_type[geom] == SPHERE:
        return centre, None, radius
    assert model.geom_type[geom] == CAPSULE
    axis = part.turn @ matrix(model.geom_quat[geom])[:, 2]
    return centre, without_dust(axis * half), radius


def shapes(model: mujoco.MjModel, friction: dict[int, float], frames: list[np.ndarray], keep: list[int]):
    """`Point`s and `Segment`s in MuJoCo's order of contacts: geoms ascending, of a capsule first the end on +axis.
    `frames[b]` is where our frame of body b stands in MuJoCo's, `keep` the coordinates of the kind."""
    points, segments = [], []
    for part in parts(model):
        for geom in range(model.body_geomadr[part.source], model.body_geomadr[part.source] + model.body_geomnum[part.source]):
            centre, half, radius = ends(model, part, geom)
            centre = centre - frames[part.moving]
            sides = [centre] if half is None else [without_dust(centre + half), without_dust(centre - half)]
            axis = np.zeros(3) if half is None else half / np.linalg.norm(half)
            for at in sides:
                points.append(
                    record(
                        "Point",
                        body=part.moving,
                        at=at[keep],
                        axis=axis[keep],
                        radius=radius,
                        friction=friction[geom],
                        inv_weight=model.body_invweight0[part.source, 0],
                        source_body=part.source,
                    )
                )
            segments.append(record("Segment", body=part.moving, **{"from": sides[-1][keep], "to": sides[0][keep]}, radius=radius))
    return points, segments


# -- writing ----------------------------------------------------------------------------------------------------------


def number(value) -> str:
    """A Rust literal that reads back as the same bits."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, np.ndarray)):
        return "[" + ", ".join(number(v) for v in value) + "]"
    value = float(value) + 0.0  # no negative zero
    assert np.isfinite(value)
    return repr(value)


def record(name: str, **fields) -> str:
    """A Rust struct literal on one line."""
    return f"{name} {{ " + ", ".join(f"{key}: {number(value)}" for key, value in fields.items()) + " }"


def rows(name: str, items: list[str]) -> str:
    """A field that is an array, an element a line."""
    return f"    {name}: [\n" + "".join(f"        {item},\n" for item in items) + "    ],\n"


def common(model: mujoco.MjModel, softness: str, margin: float) -> str:
    """The fields at the end of both kinds."""
    assert model.opt.gravity[0] == model.opt.gravity[1] == 0.0
    return (
        f"    contact: {softness},\n    limit: {limit(model)},\n    margin: {number(margin)},\n"
        f"    timestep: {number(model.opt.timestep)},\n    gravity: {number(-model.opt.gravity[2])},\n"
    )


def planar(const: str, doc: str, model: mujoco.MjModel) -> str:
    """A `Planar` constant: root slides along x and z and turns about y, everything else hangs on hinges about ±y."""
    keep = [0, 2]
    members = parts(model)
    assert all(part.moving == part.source - 1 for part in members), "nothing is welded"
    root = [model.jnt_axis[j].tolist() for j in range(3)]
    assert root == [[1, 0, 0], [0, 0, 1], [0, 1, 0]] and not model.jnt_limited[:3].any() and not model.dof_damping[:3].any()
    # Our body frame stands on the hinge; MuJoCo's may not.
    frames = [model.jnt_pos[2].copy()]
    bodies, hinges = [], [hinge(model, 2)]
    for part in members:
        body = part.source
        assert np.allclose(model.body_quat[body], [1, 0, 0, 0], atol=0)
        if part.moving > 0:
            joint = single_hinge(model, body)
            assert abs(model.jnt_axis[joint, 1]) == 1.0
            frames.append(model.jnt_pos[joint].copy())
            hinges.append(hinge(model, joint))
        mass, com, inertia = fused(model, [part])
        parent = 0 if part.moving == 0 else model.body_parentid[body] - 1
        anchor = np.zeros(3) if part.moving == 0 else model.body_pos[body] + frames[-1] - frames[parent]
        sign = 1.0 if part.moving == 0 else model.jnt_axis[single_hinge(model, body), 1]
        bodies.append(
            record(
                "PlanarBody",
                parent=parent,
                anchor=anchor[keep],
                sign=sign,
                mass=mass,
                com=(com - frames[-1])[keep],
                inertia=inertia[1, 1],
            )
        )
    driven = [int(j) - 2 for j in model.actuator_trnid[:, 0]]
    assert driven == list(range(1, len(bodies))), "one motor a hinge, in order"
    assert (model.actuator_ctrlrange == [-1.0, 1.0]).all()
    softness, margin, friction = touching(model)
    points, segments = shapes(model, friction, frames, keep)
    origin = (model.body_pos[1] + frames[0])[keep] - model.qpos0[:2]
    integrator = {mujoco.mjtIntegrator.mjINT_EULER: "Euler", mujoco.mjtIntegrator.mjINT_RK4: "RungeKutta"}[model.opt.integrator]
    sizes = f"{len(bodies)}, {model.nv}, {len(points)}, {len(segments)}"
    return (
        f"/// {doc}\n#[rustfmt::skip]\npub const {const}: Planar<{sizes}> = Planar {{\n"
        f'    name: "{const.lower()}",\n'
        + rows("bodies", bodies)
        + rows("hinges", hinges)
        + rows("points", points)
        + rows("segments", segments)
        + f"    origin: {number(origin)},\n"
        + f"    integrator: Integrator::{integrator},\n"
        + common(model, softness, margin)
        + "};\n"
    )


def spatial(const: str, name: str, doc: str, model: mujoco.MjModel) -> str:
    """A `Spatial` constant: a free root, everything else hangs on one hinge or is welded."""
    members = parts(model)
    count = 1 + max(part.moving for part in members)
    assert model.jnt_type[0] == FREE and not model.jnt_pos[0].any()
    bodies, hinges = [], ["Hinge::FREE"]
    own = {part.source: part.moving for part in members}
    for moving in range(count):
        welded = [part for part in members if part.moving == moving]
        head = welded[0]
        mass, com, inertia = fused(model, welded)
        fields = {
            "parent": 0,
            "anchor": np.zeros(3),
            "offset": np.zeros(3),
            "axis": np.zeros(3),
            "orientation": np.array([1.0, 0.0, 0.0, 0.0]),
        }
        if moving > 0:
            joint = single_hinge(model, head.source)
            parent = next(part for part in members if part.source == model.body_parentid[head.source])
            assert (parent.turn == np.eye(3)).all(), "welded parts are not turned"
            at = parent.at + model.body_pos[head.source]
            fields = {
                "parent": own[parent.source],
                "anchor": at + matrix(model.body_quat[head.source]) @ model.jnt_pos[joint],
                "offset": -model.jnt_pos[joint],
                "axis": model.jnt_axis[joint],
                "orientation": model.body_quat[head.source],
            }
            hinges.append(hinge(model, joint))
        xx, yy, zz, xy, xz, yz = inertia[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
        bodies.append(record("SpatialBody", **fields, mass=mass, com=com, inertia=[xx, yy, zz, xy, xz, yz]))
    motors = [own[int(model.jnt_bodyid[j])] for j in model.actuator_trnid[:, 0]]
    assert (model.actuator_ctrlrange == [-1.0, 1.0]).all() and sorted(motors) == list(range(1, count))
    softness, margin, friction = touching(model)
    points, segments = shapes(model, friction, [np.zeros(3)] * count, [0, 1, 2])
    sizes = f"{len(bodies)}, {model.nv}, {len(points)}, {len(segments)}"
    return (
        f"/// {doc}\n#[rustfmt::skip]\npub const {const}: Spatial<{sizes}> = Spatial {{\n"
        f'    name: "{name}",\n'
        + rows("bodies", bodies)
        + rows("hinges", hinges)
        + f"    motors: {number(motors + [0] * (count - len(motors)))},\n"
        + rows("points", points)
        + rows("segments", segments)
        + f"    source_bodies: {model.nbody},\n"
        + f"    rest: &{number(rest(name, model))},\n"
        + common(model, softness, margin)
        + "};\n"
    )


def changed(base: str, const: str, name: str, doc: str, text: str, other: str) -> str:
    """A constant that is `base` with other values in some single-line fields; the rest is asserted to be the same."""
    strip = lambda s: s.split("{\n", 1)[1].splitlines()  # noqa: E731
    before, after = strip(text), strip(other)
    assert len(before) == len(after)
    lines = [new for old, new in zip(before, after) if old != new]
    assert all(line.startswith("    ") and not line.startswith("     ") for line in lines), lines
    kind = text.split(f"pub const {base}: ", 1)[1].split(" = ", 1)[0]
    body = "".join(f"{line}\n" for line in lines)
    return f"/// {doc}\n#[rustfmt::skip]\npub const {const}: {kind} = Spatial {{\n{body}    ..{base}\n}};\n"


def header(files: str, types: str, approximate: bool) -> str:
    """The head of a generated file."""
    text = (
        f"//! Generated by scripts/physics/constants.py from {files} (mujoco {mujoco.__version__},\n"
        f"//! gymnasium {gymnasium.__version__}). Do not edit. Units stand at the types.\n\n"
    )
    if approximate:
        text += '#![expect(clippy::approx_constant, reason = "read from a compiled model")]\n\n'
    return text + f"use crate::model::{{{types}}};\n\n"


def files() -> dict[str, str]:
    """File name -> content."""
    planar_types = "Hinge, Integrator, Planar, PlanarBody, Point, Segment, Softness"
    spatial_types = "Hinge, Point, Segment, Softness, Spatial, SpatialBody"
    cheetah = planar("CHEETAH", "HalfCheetah of gym and rllab (the same file in both).", compile_model("cheetah"))
    walker = planar("WALKER2D", "Walker2d-v5 of gymnasium.", compile_model("walker2d"))
    ant = spatial("ANT_GYM", "ant-gym", "Ant of gym and gymnasium.", compile_model("ant-gym"))
    rllab = spatial("ANT_RLLAB", "ant-rllab", "", compile_model("ant-rllab"))
    doc = "Ant of rllab: gymnasium's with another physics step, softer contacts and a reset with bent knees."
    ants = ant + "\n" + changed("ANT_GYM", "ANT_RLLAB", "ant-rllab", doc, ant, rllab)
    return {
        "cheetah.rs": header("half_cheetah.xml", planar_types, False) + cheetah,
        "walker2d.rs": header("walker2d_v5.xml", planar_types, True) + walker,
        "ant.rs": header("ant.xml", spatial_types, False) + ants,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a file would change")
    check = parser.parse_args().check
    stale = 0
    for name, text in files().items():
        path = os.path.join(FOLDER, name)
        old = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        if not check:
            os.makedirs(FOLDER, exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            print(text)
        elif old != text:
            stale += 1
            print(f"{os.path.relpath(path, ROOT)} is not what this MuJoCo gives")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
