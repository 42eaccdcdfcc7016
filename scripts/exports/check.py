"""Whether other programs read what XMRL exports; `npm run check:exports` makes the files and calls this.

    check.py <folder>            policies/<preset>/*, events/<step>/seed-<n>/<arm>/*, run/ and the Python of the documents
    check.py --record <folder>   runs onnxruntime on <folder>/<name>.onnx and writes <name>.outputs.json; writes some events by
                                 TensorBoard's own writer

Ends with a line `all exports are read`, or with what was not and exit code 1.
"""

import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

ROOT = Path(__file__).resolve().parents[2]
# float32 differs by the rounding of its sums, up to some hundred terms of the size of an observation.
BOUNDS = {"mixed": 1e-6, "float64": 1e-9, "float32": 2e-5}
TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64}
failures = []


def expect(holds, what):
    if not holds:
        failures.append(what)


def session(path):
    """A checked model, on the CPU, with the type of its numbers."""
    onnx.checker.check_model(onnx.load(path), full_check=True)
    made = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return made, TYPES[made.get_inputs()[0].type]


def means(tensors, activation, observation):
    """The network by numpy, from tensors named and turned as PyTorch does."""
    count = sum(name.endswith(".weight") for name in tensors)
    x = observation.astype(np.float64)
    for layer in range(count):
        x = x @ tensors[f"layers.{layer}.weight"].T + tensors[f"layers.{layer}.bias"]
        if layer < count - 1:
            x = np.tanh(x) if activation == "tanh" else np.maximum(x, 0)
    return x


def check_policy(folder):
    """Largest errors of one preset's exports."""
    tensors, rows = load_file(folder / "policy.safetensors"), load_file(folder / "rows.safetensors")
    layout = json.loads((folder / "policy.layout.json").read_text())
    observation, action = rows["observation"], rows["action"]
    errors = {"safetensors": np.abs(means(tensors, layout["activation"], observation) - action).max()}
    expect(errors["safetensors"] < 1e-9, f"{folder.name}: numpy's means are not our actions")
    expect(np.abs(action).max() > 0.1, f"{folder.name}: actions are all but 0")
    for dtype, bound in BOUNDS.items():
        model, numbers = session(folder / f"{dtype}.onnx")
        given = observation.astype(numbers)
        for batch in (len(given), 1):
            mean, log_std = model.run(["mean", "log_std"], {"observation": given[:batch]})
            # Of an observation that was rounded, the truth is the network's output there; of float64, our own actions.
            truth = action[:batch] if numbers == np.float64 else means(tensors, layout["activation"], given[:batch])
            error = (np.abs(mean - truth) / np.maximum(1, np.abs(truth))).max()
            errors[dtype] = max(error, errors.get(dtype, 0))
            expect(mean.shape == truth.shape and error < bound, f"{folder.name}: {dtype}: {error:.1e}, not below {bound:.0e}")
            expect(mean.dtype == numbers, f"{folder.name}: {dtype} gives {mean.dtype}")
            expect(np.allclose(log_std, tensors["log_std"], rtol=1e-6), f"{folder.name}: {dtype}: log_std")
    return errors


def scalars(line, step):
    """Tags, step and values that a line of metrics.jsonl has to become, written down from docs/foreign.md."""
    stage, _, arm = line["stage"].partition("-")
    places = [str(line["pool"])] if "pool" in line else []
    places += [f"{key}-{line[key]}" for key in ("stream", "adaptationSteps", "half") if key in line]
    apart = {"stage", "iteration", "envSteps", "critical", "pool", "stream", "adaptationSteps", "half"}

    def flat(tag, value):
        if isinstance(value, (bool, int, float)):
            yield tag, float(value)
        elif isinstance(value, (list, dict)):
            for key, inner in enumerate(value) if isinstance(value, list) else value.items():
                yield from flat(f"{tag}/{key}", inner)

    found = [each for key, value in line.items() if key not in apart for each in flat("/".join([stage, *places, key]), value)]
    return arm or "theta_0", line.get(step, line.get("iteration", line.get("envSteps"))), found


def check_events(folder, run, step):
    """Number of values that TensorBoard's reader gave as metrics.jsonl has them."""
    from tensorboard.backend.event_processing import event_accumulator

    count = 0
    for seed in sorted(run.glob("seed-*")):
        wanted = {}
        for text in (seed / "metrics.jsonl").read_text().splitlines():
            arm, at, found = scalars(json.loads(text), step)
            for tag, value in found:
                wanted.setdefault(arm, {}).setdefault(tag, []).append((at, np.float32(value)))
        got = {}
        for arm in sorted((folder / seed.name).iterdir()):
            reader = event_accumulator.EventAccumulator(str(arm), size_guidance={event_accumulator.SCALARS: 0})
            reader.Reload()
            events = {tag: reader.Scalars(tag) for tag in reader.Tags()["scalars"]}
            got[arm.name] = {tag: [(each.step, np.float32(each.value)) for each in some] for tag, some in events.items()}
            times = [each.wall_time for some in events.values() for each in some]
            expect(min(times) > 1e9 and all(
                before.wall_time <= after.wall_time for some in events.values() for before, after in zip(some, some[1:])
            ), f"{seed.name}/{arm.name}: wall times go back")
        expect(got == wanted, f"{seed.name}: events by {step} are not metrics.jsonl")
        count += sum(len(values) for tags in got.values() for values in tags.values())
    return count


def check_documents(folder):
    """Runs the Python of the documents on the small run and a policy of ours; returns how many blocks ran."""
    count = 0
    replaced = {"runs/drone-planar": str(folder / "run"), "train-200": "train-12"}
    for page in ("records.md", "foreign.md"):
        names = {}
        for block in re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.M | re.S):
            if "import torch" in block and not has_torch():
                continue
            for old, new in replaced.items():
                block = block.replace(old, new)
            exec(compile(block, page, "exec"), names)
            count += 1
        if page == "records.md":
            expect(len(names["metrics"]) > 0 and len(names["table"]) > 0, "docs/records.md loads nothing")
        else:
            # The page's own network and its ONNX model, at the same observations.
            truth = means(names["tensors"], names["layout"]["activation"], np.zeros((3, 4)))
            expect(np.allclose(names["mean"], truth, atol=1e-6), "docs/foreign.md: its blocks differ")
    return count


def has_torch():
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def record(folder):
    """What onnxruntime makes of the small policies of the tests, at observations that a float32 holds."""
    for path in sorted(folder.glob("*.onnx")):
        model, numbers = session(path)
        size = model.get_inputs()[0].shape[1]
        observation = (np.arange(5 * size).reshape(5, size) % 11 - 5) / 4
        mean, log_std = model.run(["mean", "log_std"], {"observation": observation.astype(numbers)})
        found = {
            "onnxruntime": onnxruntime.__version__,
            "observation": observation.tolist(),
            "mean": mean.tolist(),
            "log_std": log_std.tolist(),
        }
        path.with_suffix(".outputs.json").write_text(json.dumps(found) + "\n")


def record_events(folder):
    """Some events as TensorBoard's own messages and writer have them, beside what they say."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    said = [
        {"wallTime": 1.7e9 + at / 8, "step": step, "scalars": {"retrain/returnAfter": value, "größe/0": -value / 3}}
        for at, (step, value) in enumerate([(1, 0.1), (300, -2.5e-30), (2**31, 1e30), (2**45 + 1, 7.0)])
    ]
    with open(folder / "events.tfevents", "wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(wall_time=said[0]["wallTime"], file_version="brain.Event:2").SerializeToString())
        for event in said:
            values = [Summary.Value(tag=tag, simple_value=value) for tag, value in event["scalars"].items()]
            made = Event(wall_time=event["wallTime"], step=event["step"], summary=Summary(value=values))
            writer.write(made.SerializeToString())
        writer.flush()
    (folder / "events.json").write_text(json.dumps(said, ensure_ascii=False) + "\n")


def check(folder):
    worst = {}
    for policy in sorted((folder / "policies").iterdir()):
        if policy.is_dir():
            for name, error in check_policy(policy).items():
                worst[name] = max(error, worst.get(name, 0))
    print("largest error over presets: " + ", ".join(f"{name} {error:.1e}" for name, error in worst.items()))
    counts = [check_events(folder / "events" / step, folder / "run", step) for step in ("envSteps", "iteration")]
    print(f"values that TensorBoard reads: {counts[0]} by environment steps, {counts[1]} by iterations")
    print(f"blocks of the documents that ran: {check_documents(folder)}")
    if not has_torch():
        print("PyTorch is not there: its module in docs/foreign.md was not run")
    for each in failures:
        print(each, file=sys.stderr)
    if failures:
        sys.exit(1)
    print("all exports are read")


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if sys.argv[1] == "--record":
    record(Path(sys.argv[2]))
    record_events(Path(sys.argv[2]))
else:
    check(Path(sys.argv[1]))
