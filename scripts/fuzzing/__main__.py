"""Tries every reader with damaged files until the time is up, in worker processes with limits of time and memory.

What counts as found: an error that is not a ``BuqueError``, a crash, a hang, memory over the limit, a file opened for
writing outside the worker's folder, a network connection, a process started. Each finding is kept as a file in
``build/fuzz`` (or ``--keep``) and can be tried again: ``--reader png --case 1234``.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.batch.pool import ProcessPool
from pipeline.batch.tasks import Done, Failed, Task
from pipeline.errors import BuqueError
from scripts.fuzzing.mutation import LARGEST, mutated
from scripts.fuzzing.readers import READERS

CASES = 40
"""Cases of a task; of one that dies, each is tried again alone."""

KEEPING_FORM = 0.8
"""Share of files that are damaged with their form kept, where a reader has such damage."""

SECONDS = 60.0
ALONE_SECONDS = 20.0
MEMORY = 3 << 30
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_watching = [""]


class Trespass(AssertionError):
    """A reader did what no reader may."""


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what readers have no business with (https://docs.python.org/3/library/audit_events.html)."""
    folder = _watching[0]
    if not folder:
        return
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.fork"):
        raise Trespass(f"{event} {arguments}")
    if event == "open" and isinstance(arguments[0], str) and arguments[2] & _WRITING:
        path = os.path.realpath(arguments[0])
        if not path.startswith((folder, "/dev/null")):
            raise Trespass(f"opens {path} for writing")
    if event in ("os.remove", "os.rename", "os.rmdir", "shutil.rmtree"):
        path = os.path.realpath(arguments[0])
        if not path.startswith(folder):
            raise Trespass(f"{event} {path}")


def case(name: str, number: int) -> bytes:
    """Return the file of a case: the same in every process."""
    generator = random.Random(f"{name} {number}")
    seeds = _seeds(READERS[name].seeds)
    data, kept = generator.choice(seeds), READERS[name].damage
    if kept and generator.random() < KEEPING_FORM:
        for _ in range(generator.choice((1, 1, 2, 3))):
            data = generator.choice(kept)(data, generator)
        if generator.random() < KEEPING_FORM:
            return data[:LARGEST]
    return mutated(data, generator.choice(seeds), generator)


@functools.cache
def _seeds(made: Callable[[], list[bytes]]) -> list[bytes]:
    return made()


def attempt(name: str, first: int, count: int) -> list[tuple[int, str]]:
    """Try cases in this process; return number and error of those that met an unexpected one."""
    reader = READERS[name]
    found: list[tuple[int, str]] = []
    if not hasattr(sys, "_buque_audited"):
        sys.addaudithook(_watch)
        sys._buque_audited = True  # type: ignore[attr-defined]
    READERS["report"].seeds()  # the seeds are written outside: before anybody watches
    _seeds(reader.seeds)
    for number in range(first, first + count):
        data = case(name, number)
        with tempfile.TemporaryDirectory(prefix="buque-fuzz-") as folder:
            path = Path(folder) / f"case{reader.suffix}"
            path.write_bytes(data)
            _watching[0] = os.path.realpath(folder)
            try:
                reader.call(path)
            except BuqueError:
                pass  # said what is wrong with the file: what a reader is to do
            except (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError) as error:
                found.append((number, _line(error)))
            except (TypeError, ValueError, MemoryError, ImportError, SyntaxError) as error:
                found.append((number, _line(error)))
            finally:
                _watching[0] = ""
    return found


def _line(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {place}: {str(error)[:120]}"


def run(names: list[str], seconds: float, jobs: int, start: int, keep: Path) -> int:
    """Try until the time is up; print figures and return the number of findings."""
    pool = ProcessPool(jobs, MEMORY)
    began = time.monotonic()
    tried: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    numbers = dict.fromkeys(names, start)
    ids = itertools.count()
    running: set[int] = set()
    rounds = itertools.cycle(names)

    def hand_in(name: str, first: int, count: int) -> None:
        task = Task(next(ids), "scripts.fuzzing.__main__:attempt", (name, first, count), ALONE_SECONDS + SECONDS)
        if count == 1:
            task = Task(task.id, task.call, task.arguments, ALONE_SECONDS)
        running.add(task.id)
        pool.submit(task)

    def note(name: str, number: int, what: str) -> None:
        kind = f"{name}: {what}"
        findings[kind] += 1
        if findings[kind] == 1:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{name}-{number}{READERS[name].suffix}").write_bytes(case(name, number))
            print(f"case {number} of {kind}", flush=True)

    try:
        while running or time.monotonic() - began < seconds:
            while len(running) < pool.capacity and time.monotonic() - began < seconds:
                name = next(rounds)
                count = max(1, CASES // READERS[name].cost)
                hand_in(name, numbers[name], count)
                numbers[name] += count
            for task, result in pool.completed(1.0):
                running.discard(task.id)
                name, first, count = task.arguments
                if isinstance(result, Done):
                    tried[name] += count
                    for number, what in result.value:
                        note(name, number, what)
                elif isinstance(result, Failed) and count > 1:
                    for number in range(first, first + count):
                        hand_in(name, number, 1)
                elif isinstance(result, Failed):
                    tried[name] += 1
                    note(name, first, f"{result.kind}: {result.message}")
    finally:
        pool.close()
    minutes = (time.monotonic() - began) / 60
    for name in names:
        print(f"{name}: {tried[name]} files")
    print(f"{sum(tried.values())} files in {minutes:.1f} minutes, {len(findings)} kinds of findings")
    return len(findings)


def main() -> None:
    """Fuzz."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--reader", choices=sorted(READERS), action="append")
    parser.add_argument("--case", type=int, help="try one case here and let its error through")
    parser.add_argument("--start", type=int, default=0, help="number of the first case")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    given = parser.parse_args()
    names = given.reader or list(READERS)
    if given.case is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"case{READERS[names[0]].suffix}"
            path.write_bytes(case(names[0], given.case))
            READERS[names[0]].call(path)
        return
    sys.exit(1 if run(names, given.seconds, given.jobs, given.start, given.keep) else 0)


if __name__ == "__main__":
    main()
