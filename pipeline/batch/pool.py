"""Worker processes on this machine, each with limits of time and memory.

A worker that crashes or hangs is replaced and costs the one task it had. Each worker has a pipe of its own, so that
none can block another; and as the workers are forked from a server that has loaded the code and mapped the models,
they share both. (Pebble's pool, the nearest in a library, measures its limits on the wall clock: a clock that is set
forward ends every task. That of concurrent.futures breaks as a whole when one worker dies.)
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess

from pipeline.batch.tasks import Done, Failed, Result, Task, carry_out, failure_of

TASKS_PER_WORKER = 500
"""A worker is then replaced: what leaks in any library stays bounded."""

PRELOADED = ["pipeline.batch.work", "pipeline.cli"]
_GRACE_SECONDS = 2.0

Pipe = connection.Connection


@dataclass(slots=True)
class _Worker:
    process: ForkServerProcess | SpawnProcess
    pipe: Pipe
    task: Task | None = None
    deadline: float = 0.0
    left: int = TASKS_PER_WORKER


class ProcessPool:
    """A scheduler over *workers* processes; see ``Scheduler``."""

    def __init__(self, workers: int, memory: int = 0) -> None:
        """Prepare the pool; processes start when there is work for them.

        Args:
            workers: processes.
            memory: bytes of private memory a process may write to; 0 sets no limit.
        """
        self._size = workers
        self._memory = memory
        self._context: ForkServerContext | SpawnContext
        if "forkserver" in multiprocessing.get_all_start_methods():
            self._context = multiprocessing.get_context("forkserver")
            self._context.set_forkserver_preload(PRELOADED)
        else:
            self._context = multiprocessing.get_context("spawn")
        self._waiting: deque[Task] = deque()
        self._workers: list[_Worker] = []

    @property
    def capacity(self) -> int:
        """One task a worker, and one that waits, so that none is ever idle."""
        return 2 * self._size

    @property
    def cores(self) -> int:
        """A core a worker."""
        return self._size

    def lack(self) -> str:
        """Return nothing: its workers are at hand."""
        return ""

    def submit(self, task: Task) -> None:
        """Hand in a task; it begins at once if a worker is free."""
        self._waiting.append(task)
        self._assign()

    def _assign(self) -> None:
        for worker in [w for w in self._workers if w.task is None]:
            if self._waiting:
                self._give(worker)
        while self._waiting and len(self._workers) < self._size:
            self._workers.append(self._start())
            self._give(self._workers[-1])

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs, self._memory), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker) -> None:
        worker.task = self._waiting.popleft()
        worker.deadline = time.monotonic() + worker.task.seconds
        worker.left -= 1
        # One that died while idle is found by completed(), and its task is handed in again.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            worker.pipe.send(worker.task)

    def completed(self, timeout: float) -> list[tuple[Task, Result]]:
        """Wait up to *timeout* seconds; return the tasks that ended: done, failed, crashed or over their time."""
        busy = [worker for worker in self._workers if worker.task is not None]
        if not busy:
            return []
        nearest = min(worker.deadline for worker in busy)
        wait = max(0.0, min(timeout, nearest - time.monotonic()))
        ready = set(connection.wait([w.pipe for w in busy], wait))
        ended: list[tuple[Task, Result]] = []
        for worker in busy:
            task = worker.task
            assert task is not None
            if worker.pipe in ready:
                ended.append((task, self._receive(worker)))
            elif time.monotonic() >= worker.deadline:
                self._end(worker)
                ended.append((task, Failed("time", f"took longer than {task.seconds:.0f} s.")))
        self._assign()
        return ended

    def _receive(self, worker: _Worker) -> Result:
        try:
            result = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join(_GRACE_SECONDS)
            code = worker.process.exitcode
            self._end(worker)
            return Failed("crash", f"the worker died ({_status(code)}).")
        worker.task = None
        if worker.left <= 0:
            self._end(worker)
        return result if isinstance(result, Done | Failed) else Failed("crash", "the worker answered nonsense.")

    def _end(self, worker: _Worker) -> None:
        worker.process.kill()
        worker.process.join()
        worker.process.close()
        worker.pipe.close()
        self._workers.remove(worker)

    def close(self) -> None:
        """End all workers."""
        self._waiting.clear()
        for worker in list(self._workers):
            self._end(worker)


def _status(code: int | None) -> str:
    if code is None:
        return "no exit status"
    if code >= 0:
        return f"exit status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def serve(pipe: Pipe, memory: int) -> None:
    """Carry out tasks until the pipe closes; the worker's main.

    Tasks run in a thread, so that this one notices when the run dies, even while a task is under way: a worker that
    outlives its run could write into the folder of the next.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt reaches the run, which ends its workers
    _limit_memory(memory)
    woken, wake = multiprocessing.Pipe(duplex=False)
    with ThreadPoolExecutor(1) as thread:
        while True:
            try:
                task = pipe.recv()
            except (EOFError, OSError):
                os._exit(0)
            future = thread.submit(carry_out, task)
            future.add_done_callback(lambda _: wake.send_bytes(b"."))
            if pipe in connection.wait([pipe, woken]):
                os._exit(0)  # nothing is sent while a task runs: the run is gone
            woken.recv_bytes()
            error = future.exception()
            if error is None:
                result: Result = Done(future.result())
            else:
                result = failure_of(error, "".join(traceback.format_exception(error)))
            del future, task, error
            try:
                pipe.send(result)
            except OSError:
                os._exit(0)


def _limit_memory(memory: int) -> None:
    if not memory or sys.platform != "linux":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
