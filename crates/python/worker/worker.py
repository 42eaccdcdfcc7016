"""The Python half of XMRL's worlds in Python: steps environments for a native process that holds their numbers.

XMRL starts it as `python3 worker.py <socket> <memory> <life> <known> <module:factory> <folder>...`. It needs Python 3.9 and numpy, and
what the environment itself needs.

    socket   number of an inherited socket: one byte asks, one byte answers, as `main` below reads
    memory   number of an inherited file of shared memory: the arrays of `Arrays`, rows of float64
    life     number of an inherited pipe that nobody writes to: it is closed when whoever started this process is gone
    known    what an earlier process has found out of the environment (JSON), `null` in the first
    folder   where modules are looked for first

Standard output and standard error belong to the environment: nothing that it prints can meet the protocol. The process and
what it has started end when the pipe is closed, whatever they are doing then.
"""

import faulthandler
import fcntl
import importlib
import json
import math
import mmap
import os
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback

# Loaded once folders are known and there is somebody to be told that there is no numpy.
np = environment = None

# Of Linux; a name in Python's fcntl from 3.13 on only.
F_SETSIG = 10
# Lines of an exception's own words that are told.
TOLD = 6
# What the environment has printed is kept up to here, bytes.
PRINTED = 1 << 20
# The next request is awaited without going to sleep for so long, seconds: waking up takes longer than a step of many environments.
AWAKE = 1e-4
HERE = os.path.dirname(os.path.abspath(__file__))


class Arrays:
    """What is shared: rows of float64, one array after the other, for `width` environments."""

    def __init__(self, maker, memory, width):
        columns = [
            ("flags", 1),
            ("seeds", 1),
            ("tasks", len(maker.form.names)),
            ("states", maker.state or 0),
            ("observations", maker.size),
            ("actions", maker.actions),
            ("outcomes", 3),
        ]
        self.map = mmap.mmap(memory, 16 + 8 * width * sum(count for _, count in columns))
        # Row and step that are worked on, for whoever must say where this process ended.
        self.place = memoryview(self.map)[:16].cast("d")
        at = 16
        for name, count in columns:
            array = np.frombuffer(self.map, np.float64, width * count, at).reshape(width, count)
            setattr(self, name, array)
            if name == "outcomes":
                # Numbers are put into it one by one, which numpy takes its time for.
                self.results = memoryview(self.map)[at : at + 8 * width * count].cast("d")
            at += 8 * width * count
        self.seen = self.observations.reshape(width, *maker.shape)


class Rows:
    """The environments of this process, a row each, made when they are first needed."""

    def __init__(self, maker, memory, spare):
        self.maker, self.memory, self.arrays, self.steps = maker, memory, None, None
        self.envs = [maker.first] if spare is None else [maker.first, spare]
        self.working = False

    def open(self, width):
        self.arrays = Arrays(self.maker, self.memory, width)
        # None: an episode has never begun here.
        self.steps = [None] * width

    def at(self, row, step):
        """What is worked on."""
        place = self.arrays.place
        place[0], place[1] = row, step
        self.working = True

    def place(self):
        """Row and step that are worked on, where there are any."""
        if not self.working:
            return {}
        row, step = self.arrays.place
        return {"row": int(row), "step": int(step)}

    def begin(self):
        maker, arrays = self.maker, self.arrays
        for row in np.flatnonzero(arrays.flags).tolist():
            self.at(row, 0)
            self.steps[row] = 0
            while len(self.envs) <= row:
                self.envs.append(maker.make())
            env = self.envs[row]
            self.where = maker.set_task_name
            environment.lookup(env, maker.set_task_name)(maker.form.build(arrays.tasks[row]))
            self.where = "reset"
            seen = environment.begun(env, int(arrays.seeds[row, 0]))
            if arrays.flags[row, 0] == 2.0:
                self.where = "set_state"
                seen = maker.set_state(env, arrays.states[row].copy())
            arrays.observations[row] = maker.observed(seen)
            if maker.state is not None:
                self.where = "get_state"
                arrays.states[row] = maker.state_of(env)
        self.where = "reset"
        self.check(arrays.observations, "an observation")
        trim()

    def advance(self, with_states):
        # The loop is what every environment pays beside its own step: names are bound before it, and little is called in it.
        maker, arrays, envs, steps, place = self.maker, self.arrays, self.envs, self.steps, self.arrays.place
        observations, results, shape, array = arrays.seen, arrays.results, maker.shape, np.ndarray
        self.where, self.working = "step", True
        actions = maker.scaled(arrays.actions)
        for row in np.flatnonzero(arrays.flags).tolist():
            steps[row] = step = steps[row] + 1
            place[0], place[1] = row, step
            result = envs[row].step(actions[row])
            if result.__class__ is not tuple or len(result) != 5:
                result = environment.five(result)
            seen, reward, terminated, truncated, info = result
            if seen.__class__ is array and seen.shape == shape:
                observations[row] = seen
            else:
                arrays.observations[row] = maker.observed(seen)
            at = 3 * row
            results[at] = reward if reward.__class__ is float else environment.number("the reward", reward, envs[row])
            results[at + 1] = 1.0 if terminated else 2.0 if truncated else 0.0
            success = environment.success(info)
            results[at + 2] = 1.0 if success is not None and environment.number("success in info", success, envs[row]) > 0.5 else 0.0
        self.check(arrays.observations, "an observation")
        self.check(arrays.outcomes, "a reward")
        if with_states:
            self.save()

    def save(self):
        """Writes the states of the rows that are there."""
        self.where = "get_state"
        for row, step in enumerate(self.steps):
            if step is not None:
                self.at(row, step)
                self.arrays.states[row] = self.maker.state_of(self.envs[row])

    def check(self, array, what):
        """The sum is finite where every number is; only where it is not are they looked at."""
        if math.isfinite(np.add.reduce(array, axis=None)):
            return
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            row, entry = (int(k) for k in bad[0])
            self.at(row, self.steps[row])
            entry = "" if what == "a reward" else f" (entry {entry})"
            raise environment.Refused(f"{what} is {array[tuple(bad[0])]}{entry}; it must be finite")


def trim():
    """Forgets what was printed once there is much of it."""
    try:
        if os.fstat(2).st_size > PRINTED:
            os.ftruncate(2, 0)
    except OSError:
        pass


def end_with_parent(life):
    """Has the kernel end this process's group once nobody holds the other end of the pipe, also where Python itself hangs."""
    fcntl.fcntl(life, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(life, F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    # It may have been closed before anybody asked; and a kernel may know no such signal.
    threading.Thread(target=wait_for_end, args=(life,), daemon=True).start()


def wait_for_end(life):
    poll = select.poll()
    poll.register(life, 0)
    while not any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll()):
        pass
    os.killpg(0, signal.SIGKILL)


def failure(error, where, rows):
    """What went wrong, for people: the words, and the last lines of the environment's own traceback."""
    if isinstance(error, SystemExit if environment is None else environment.Refused):
        text, trace = str(error), []
    else:
        said = "".join(traceback.format_exception_only(type(error), error)).rstrip().split("\n")
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if os.path.dirname(os.path.abspath(frame.filename)) != HERE]
        frames = [frame for frame in frames if "importlib" not in frame.filename]
        trace = [line for line in "".join(traceback.format_list(frames[-3:])).split("\n") if line.strip()]
        if isinstance(error, SyntaxError):
            # Where the text itself is wrong is told before the words, and is the innermost of all places.
            at = next((k for k, line in enumerate(said) if line.startswith(type(error).__name__)), len(said) - 1)
            text, trace = said[at], [*trace, *said[:at]][-TOLD:]
        else:
            text = "\n".join(said[:TOLD])
    return {"where": where, "text": text, "trace": trace, **({} if rows is None else rows.place())}


def main():
    global np, environment
    ours = socket.socket(fileno=int(sys.argv[1]))
    memory, life = int(sys.argv[2]), int(sys.argv[3])
    known, reference, folders = sys.argv[4], sys.argv[5], sys.argv[6:]
    end_with_parent(life)
    # What the environment starts holds none of them.
    for number in (ours.fileno(), memory, life):
        os.set_inheritable(number, False)
    sys.path[0:1] = folders
    sys.path.append(HERE)
    sys.argv[1:] = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    # Where it hangs is asked for by this signal.
    faulthandler.register(signal.SIGUSR1)

    def say(kind, content):
        try:
            payload = json.dumps(content, allow_nan=False).encode()
        except ValueError:
            # The other side reads JSON, which has no word for them; whoever knows which number it is has said so before.
            raise environment.Refused(f"a number of its description or tasks is not finite: {content}"[:400]) from None
        ours.sendall(kind + struct.pack("<I", len(payload)) + payload)

    def hear(count):
        data = b""
        while len(data) < count:
            more = ours.recv(count - len(data))
            if not more:
                os._exit(0)
            data += more
        return data

    asked = select.poll()
    asked.register(ours, select.POLLIN)

    def stay_awake():
        until = time.perf_counter() + AWAKE
        while not asked.poll(0) and time.perf_counter() < until:
            # Whoever makes the request may need this processor.
            os.sched_yield()

    rows, known = None, json.loads(known)
    try:
        try:
            np = importlib.import_module("numpy")
        except ImportError as error:
            raise SystemExit(f"this Python ({sys.executable}) cannot import numpy ({error}): pip install numpy gymnasium") from None
        # Nothing is written into the package's folder.
        kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        environment = importlib.import_module("xmrl_environment")
        sys.dont_write_bytecode = kept
        maker = environment.Maker(reference)
        spare, description = environment.describe(maker) if known is None else (None, known)
        maker.state = description["stateSize"]
        rows = Rows(maker, memory, spare)
        say(b"h", description)
    except BaseException as error:
        say(b"e", failure(error, "open", None))
        return
    while True:
        stay_awake()
        command = hear(1)
        rows.working, rows.where = False, "open"
        try:
            if command == b"S" or command == b"T":
                rows.advance(command == b"T")
            elif command == b"B":
                rows.begin()
            elif command == b"G":
                rows.save()
            elif command == b"O":
                rows.open(struct.unpack("<I", hear(4))[0])
            elif command == b"P":
                wanted = json.loads(hear(struct.unpack("<I", hear(4))[0]))
                rows.where = "sample_tasks"
                say(b"j", maker.pool(rows.envs[0], **wanted))
                continue
            else:
                raise environment.Refused(f"the byte {command!r} asks for nothing: the addon and worker.py are of different versions")
            ours.sendall(b"k")
        except BaseException as error:
            say(b"e", failure(error, rows.where, rows))


main()
