"""Reads what a run left on the disk, with nothing but Python: which tasks were served badly, why, and what became of them.

    python3 examples/read_records.py [run directory] [seed]
"""

import json
import sys
from pathlib import Path

run = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/drone-planar")
manifest = json.loads((run / "manifest.json").read_text())
seed = int(sys.argv[2]) if len(sys.argv) > 2 else manifest["seeds"][0]
# Runs of one seed lay flat once.
folder = run / f"seed-{seed}" if (run / f"seed-{seed}").is_dir() else run

results = {path.stem: json.loads(path.read_text()) for path in (folder / "results").glob("*.json")}
metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
print(f"{manifest['preset']}, seed {seed}: {manifest['status']}; {len(metrics)} lines of metrics, records {', '.join(sorted(results))}")

curve = [line for line in metrics if line["stage"] == "train"]
if curve:
    last = curve[-1]
    print(f"training: {last['iteration']} iterations, {last['envSteps']} steps, return after adaptation {last['returnAfter']:.2f}")


def scores(arm, pool="evaluation"):
    """One number a task: success where there is success, else return, on the stream that no task was chosen by."""
    stream = results[f"evaluation-{arm}"]["pools"][pool]["streams"][-1]
    return stream.get("success", stream["returns"])


arms = ["theta_0", *sorted(name.removeprefix("arm-") for name in results if name.startswith("arm-"))]
tasks, poor = results["tasks"], results["poor"]["evaluation"]
print(f"\n{'poor task':28}" + "".join(f"{arm:>12}" for arm in arms))
for task in poor:
    values = ", ".join(f"{value:.1f}" for value in tasks["pools"]["evaluation"]["values"][task])
    print(f"{f'{task}: ({values})':28}" + "".join(f"{scores(arm)[task]:12.2f}" for arm in arms))

explanation = results["explanation"]
print("\ncritical training tasks, with their weights:")
for task in explanation["critical"]:
    values = ", ".join(f"{value:.1f}" for value in tasks["pools"]["training"]["values"][task])
    print(f"  {task}: ({values}) {explanation['omega'][task]:.3f}")
