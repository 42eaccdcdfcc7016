"""Policies as other programs name their tensors, with what numpy makes of them: what `__test__/policies/programs.test.ts` is held to.

    pip install -r scripts/policies/requirements.txt
    python scripts/policies/record.py __test__/policies/recorded

The names are those of the programs' own modules: `ActorCriticPolicy` of Stable-Baselines3 (2.9.0a4, e05d2db: `mlp_extractor.policy_net`,
`action_net`, `log_std`, value networks beside them), `Agent` of CleanRL (`ppo_continuous_action.py`, 016ca33: `actor_mean`,
`actor_logstd` [1, A], `critic`) with Gymnasium's `NormalizeObservation` (`obs_rms`, epsilon 1e-8) and `NormalMLPPolicy` of
pytorch-maml-rl (21d4ba1: `layer1`, `mu`, `sigma`). Files are written by the Python package safetensors; forward passes are numpy's,
in doubles, of the numbers as the file holds them.
"""

import hashlib
import json
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

S, A = 2, 2
random = np.random.default_rng(20)
observations = random.normal(size=(5, S))


def layers(*sizes):
    """Affine layers [out, in] as PyTorch holds them."""
    return [(random.normal(size=(o, i)) / np.sqrt(i), 0.3 * random.normal(size=o)) for i, o in zip(sizes, sizes[1:])]


def named(names, network):
    return {f"{name}.{kind}": tensor for name, layer in zip(names, network) for kind, tensor in zip(("weight", "bias"), layer)}


def forward(network, activation, x):
    *hidden, (weight, bias) = network
    for w, b in hidden:
        x = activation(x @ w.T + b)
    return x @ weight.T + bias


def relu(x):
    return np.maximum(x, 0.0)


def main(out: Path) -> None:
    facts = {"observations": observations.tolist(), "policies": {}}

    def write(name, tensors, network, activation, log_std, dtype=np.float32, before=lambda x: x):
        """A file in a number type, and the means of the network whose numbers were rounded to it."""
        save_file({key: np.ascontiguousarray(np.asarray(value).astype(dtype)) for key, value in tensors.items()}, out / f"{name}.safetensors")
        held = [tuple(np.asarray(t).astype(dtype).astype(np.float64) for t in layer) for layer in network]
        facts["policies"][name] = {
            "activation": "relu" if activation is relu else "tanh",
            "means": forward(held, activation, before(observations)).tolist(),
            "logStd": np.asarray(log_std).astype(dtype).astype(np.float64).ravel().tolist(),
        }

    net, log_std = layers(S, 5, 4, A), 0.4 * random.normal(size=A)
    sequential = {**named(("0", "2", "4"), net), "log_std": log_std}
    for name, dtype in (("sequential", np.float32), ("sequential-f64", np.float64), ("sequential-f16", np.float16), ("sequential-bf16", ml_dtypes.bfloat16)):
        write(name, sequential, net, np.tanh, log_std, dtype)
    turned = {name: tensor.T if name.endswith("weight") else tensor for name, tensor in sequential.items()}
    write("sequential-turned", turned, net, np.tanh, log_std)
    write("sequential-scalar", {**named(("policy.0", "policy.2", "policy.4"), net), "log_std": [-0.7]}, net, relu, [-0.7])
    write("sequential-without", named(("0", "2", "4"), net), net, relu, [])

    square = layers(S, S, A)
    write("square", {**named(("0", "2"), square), "log_std": log_std}, square, np.tanh, log_std)
    bare = [(weight, np.zeros(len(weight))) for weight, _ in square]
    write("square-bare", {"0.weight": square[0][0], "2.weight": square[1][0], "log_std": log_std}, bare, np.tanh, log_std)

    value = {**named(("mlp_extractor.value_net.0", "mlp_extractor.value_net.2"), layers(S, 6, 6)), **named(("value_net",), layers(6, 1))}
    names = ("mlp_extractor.policy_net.0", "mlp_extractor.policy_net.2", "action_net")
    write("stable-baselines3", {"log_std": log_std, **named(names, net), **value}, net, np.tanh, log_std)
    linear = layers(S, A)
    write("stable-baselines3-linear", {"log_std": log_std, **named(("action_net",), linear), **named(("value_net",), layers(S, 1))}, linear, np.tanh, log_std)

    critic = named(("critic.0", "critic.2", "critic.4"), layers(S, 6, 6, 1))
    names = ("actor_mean.0", "actor_mean.2", "actor_mean.4")
    cleanrl = {"actor_logstd": log_std[None], **critic, **named(names, net)}
    write("cleanrl", cleanrl, net, np.tanh, log_std)
    mean, var = np.float32(random.normal(size=S)), np.float32(0.2 + random.random(S))
    rms = {"obs_rms.mean": mean, "obs_rms.var": var}
    write("cleanrl-rms", {**cleanrl, **rms}, net, np.tanh, log_std, before=lambda x: (x - np.float64(mean)) / np.sqrt(np.float64(var) + 1e-8))

    write("pytorch-maml-rl", {"sigma": log_std, **named(("layer1", "layer2", "mu"), net)}, net, relu, log_std)

    # Every finite number of 16 bits, in the order of its bits, as doubles.
    bits = np.arange(2**16, dtype=np.uint16)
    for name, dtype in (("F16", np.float16), ("BF16", ml_dtypes.bfloat16)):
        values = bits.view(dtype).astype(np.float64)
        finite = values[np.isfinite(values)]
        facts[name] = {"count": len(finite), "sha256": hashlib.sha256(finite.astype("<f8").tobytes()).hexdigest()}
    (out / "programs.json").write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
