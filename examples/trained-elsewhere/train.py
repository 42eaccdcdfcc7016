"""A policy for `point-nav/rare` that XMRL did not train: first-order MAML with REINFORCE and Adam, in numpy alone, half a minute on a core.

    pip install numpy==2.4.6 safetensors==0.8.0
    python examples/trained-elsewhere/train.py policy.safetensors

It saw the goals that are common in that preset, those at x < .1, and not the rare ones. The file has the names that PyTorch gives an
`nn.Sequential(Linear, Tanh, Linear, Tanh, Linear)`, and `log_std`.
"""

import sys

import numpy as np
from safetensors.numpy import save_file

TASKS, EPISODES, STEPS, SIZES = 20, 20, 100, (2, 32, 32, 2)
INNER, OUTER, ITERATIONS, GAMMA = 1.0, 3e-3, 60, 0.95
random = np.random.default_rng(0)


def goals():
    return np.stack([random.uniform(-0.5, 0.1, TASKS), random.uniform(-0.5, 0.5, TASKS)], axis=1)


def mean(params, x):
    """Means [N, R, 2] for observations [N, R, 2], a policy a task, and the inputs of every layer."""
    inputs = []
    for n in range(3):
        inputs.append(x)
        x = x @ params[f"{n}w"] + params[f"{n}b"]
        x = np.tanh(x) if n < 2 else x
    return x, inputs


def play(params, goal):
    """Observations, noise [T, N, E, 2] and rewards [T, N, E] of episodes; a reward is 0 once the goal is reached."""
    place, alive = np.zeros((TASKS, EPISODES, 2)), np.ones((TASKS, EPISODES), bool)
    seen, noises, rewards, lived = [], [], [], []
    for _ in range(STEPS):
        noise = random.normal(size=place.shape)
        action = mean(params, place)[0] + np.exp(params["s"]) * noise
        seen.append(place), noises.append(noise), lived.append(alive)
        place = np.where(alive[..., None], place + 0.1 * np.clip(action, -1, 1), place)
        left = place - goal[:, None]
        rewards.append(np.where(alive, -np.hypot(left[..., 0], left[..., 1]), 0.0))
        alive = alive & ~(np.abs(left) < 0.01).all(-1)
    return [np.stack(each) for each in (seen, noises, rewards, lived)]


def gradient(params, episodes):
    """Of the mean over a task's rows of advantage times log-probability, a task each; the mean return."""
    seen, noises, rewards, lived = episodes
    togo = np.zeros_like(rewards)
    for t in reversed(range(STEPS)):
        togo[t] = rewards[t] + (GAMMA * togo[t + 1] if t + 1 < STEPS else 0.0)
    advantages = togo - togo.mean(axis=2, keepdims=True)
    advantages = np.where(lived, advantages / (advantages.std(axis=(0, 2), keepdims=True) + 1e-8), 0.0)
    rows = lambda each: np.moveaxis(each, 0, 1).reshape(TASKS, STEPS * EPISODES, *each.shape[3:])
    x, noise, weight = rows(seen), rows(noises), rows(advantages)[..., None] / (STEPS * EPISODES)
    _, inputs = mean(params, x)
    # d log N(a; m, s) / dm = noise / std; / d log s = noise² - 1.
    grads = {"s": (weight * (noise**2 - 1)).sum(axis=1, keepdims=True)}
    back = weight * noise / np.exp(params["s"])
    for n in reversed(range(3)):
        grads[f"{n}w"], grads[f"{n}b"] = inputs[n].swapaxes(1, 2) @ back, back.sum(axis=1, keepdims=True)
        back = (back @ params[f"{n}w"].swapaxes(1, 2)) * (1 - inputs[n] ** 2)
    return grads, rewards.sum(axis=0).mean()


def main(file):
    theta = {"s": np.full((1, 1, 2), -0.5)}
    for n, (inputs, outputs) in enumerate(zip(SIZES, SIZES[1:])):
        theta[f"{n}w"], theta[f"{n}b"] = random.normal(size=(1, inputs, outputs)) / np.sqrt(inputs), np.zeros((1, 1, outputs))
    first, second = ({key: np.zeros_like(value) for key, value in theta.items()} for _ in range(2))
    for iteration in range(1, ITERATIONS + 1):
        goal = goals()
        everybody = {key: np.repeat(value, TASKS, axis=0) for key, value in theta.items()}
        step, before = gradient(everybody, play(everybody, goal))
        adapted = {key: value + INNER * step[key] for key, value in everybody.items()}
        outer, after = gradient(adapted, play(adapted, goal))
        for key, value in theta.items():
            slope = outer[key].mean(axis=0, keepdims=True)
            first[key] = 0.9 * first[key] + 0.1 * slope
            second[key] = 0.999 * second[key] + 0.001 * slope**2
            moved = first[key] / (1 - 0.9**iteration) / (np.sqrt(second[key] / (1 - 0.999**iteration)) + 1e-8)
            theta[key] = value + OUTER * moved
        if iteration % 20 == 0:
            print(f"iteration {iteration}: return {before:.2f} before the inner step, {after:.2f} after it", flush=True)
    tensors = {f"{2 * n}.weight": theta[f"{n}w"][0].T for n in range(3)}
    tensors |= {f"{2 * n}.bias": theta[f"{n}b"][0, 0] for n in range(3)}
    save_file({key: np.ascontiguousarray(value, np.float32) for key, value in tensors.items()} | {"log_std": np.float32(theta["s"][0, 0])}, file)


if __name__ == "__main__":
    main(sys.argv[1])
