"""Tasks of an environment: their form, and how a row of numbers becomes such a task again."""

import numpy as np


class Refused(Exception):
    """What is wrong with an environment, in words for whoever wrote it."""


class TaskForm:
    """A task's form: how its numbers stand in a row, and how a row becomes such a task again."""

    def __init__(self, examples):
        flat = [self.flatten(task) for task in examples]
        for at, (names, values) in enumerate(flat):
            wrong = [f"{name} is {value}" for name, value in zip(names, values) if not np.isfinite(value)]
            if wrong:
                raise Refused(f"task {at} of {len(flat)} that it gave: {', '.join(wrong[:4])}; the numbers of a task must be finite")
        self.example, (self.names, _) = examples[0], flat[0]
        for names, _ in flat:
            if names != self.names:
                raise Refused(f"its tasks differ in form: one has {self.names}, another {names}")
        whole = [[isinstance(x, (int, np.integer)) for x in values] for _, values in flat]
        self.whole = [all(column) for column in zip(*whole)]
        self.rows = [[float(x) for x in values] for _, values in flat]

    @staticmethod
    def flatten(task):
        parts = task.items() if isinstance(task, dict) else [("task", task)]
        names, values = [], []
        for name, part in parts:
            # tolist keeps whole numbers whole.
            try:
                array = np.asarray(part)
            except ValueError:
                array = np.asarray(None)
            if array.dtype.kind not in "bifu" or array.size == 0:
                text = repr(task)
                raise Refused(
                    "a task must be a number, an array of numbers or a dict of these, not "
                    f"{text if len(text) < 120 else text[:117] + '...'}; give numbers to XMRL and turn them into what set_task "
                    "wants in the factory"
                )
            entries = array.reshape(-1).tolist()
            names += [str(name)] if array.ndim == 0 else [f"{name} {k}" for k in range(len(entries))]
            values += entries
        if not values:
            raise Refused("its tasks have no numbers")
        return names, values

    def build(self, row):
        values = []
        for name, whole, value in zip(self.names, self.whole, row.tolist()):
            if whole and value != int(value):
                raise Refused(f"task {name} is {value}, but sample_tasks gives whole numbers alone")
            values.append(int(value) if whole else value)
        if not isinstance(self.example, dict):
            return self.part(self.example, values)
        task, at = {}, 0
        for key, part in self.example.items():
            size = np.asarray(part).size
            task[key] = self.part(part, values[at : at + size])
            at += size
        return task

    @staticmethod
    def part(like, values):
        array = np.asarray(like)
        if array.ndim == 0:
            return bool(values[0]) if array.dtype.kind == "b" else values[0]
        filled = np.array(values, dtype=array.dtype if array.dtype.kind == "f" else None).reshape(array.shape)
        return filled if isinstance(like, np.ndarray) else filled.tolist()
