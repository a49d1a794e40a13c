"""Tasks on a cluster of dask.distributed (https://distributed.dask.org).

The cluster keeps workers alive, tries the tasks of a lost worker again elsewhere and limits their memory. What it does
not do is end a task that hangs: its worker is restarted then. A task that was carried out twice has written the same
bytes twice, so duplicates do no harm. Every worker needs Buque with its models, and must see the same input and output.
"""

from __future__ import annotations

import asyncio
import math
import queue
import socket
import struct
import time
from typing import Any
from urllib.parse import urlsplit

from pipeline.batch.tasks import Done, Failed, Result, Task, carry_out, failure_of
from pipeline.errors import BuqueError, MissingDependencyError

ANSWER_SECONDS = 5.0
"""For the machine to take a connection: a wrong address shall be told at once."""

CONNECT_SECONDS = 10
"""For the scheduler there to speak as one."""

ALONE_SECONDS = 5.0
"""Without workers before that is told: they may be starting, or starting again."""

_NO_SCHEDULER = (OSError, ValueError, TypeError, KeyError, AttributeError, MemoryError, struct.error)
"""What distributed makes of an answer that is none of its own; MemoryError: it takes eight bytes of it for a length."""

TASKS_A_THREAD = 2
"""Tasks handed in for each thread of the cluster, so that none waits for this process."""


def _answering(address: str) -> tuple[str, int]:
    """Return host and port of a scheduler's address at which something answers.

    Raises:
        BuqueError: it is no address, or nothing does.
    """
    named = f"--scheduler dask://{address}"
    try:
        found = urlsplit(f"//{address}")
        host, port = found.hostname, found.port
    except ValueError:  # a port that is no number from 0 to 65,535, half an IPv6 address
        host = port = None
    if not host or not port or found.netloc != address or "@" in address:
        raise BuqueError(f"{named}: no address of a scheduler.", "Give dask://host:port, such as dask://10.0.0.1:8786.")
    try:
        socket.create_connection((host, port), ANSWER_SECONDS).close()
    except OSError as error:
        reason = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        hint = f"Start one there with `dask scheduler --port {port}`, or check host, port and firewall."
        raise BuqueError(f"{named}: no scheduler can be reached ({reason}).", hint) from error
    return host, port


async def _greet(address: str) -> None:
    """Shake hands as workers of dask do; Client itself waits without end for what does not answer."""
    from distributed.comm import core

    connect: Any = core.connect  # it has no types
    (await asyncio.wait_for(connect(address, timeout=CONNECT_SECONDS), CONNECT_SECONDS)).abort()


class Dask:
    """A scheduler over the workers of the cluster at ``host:port``; see ``Scheduler``.

    Raises:
        MissingDependencyError: dask.distributed is not installed.
        BuqueError: the cluster does not answer.
    """

    def __init__(self, address: str) -> None:
        host, port = _answering(address)
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise MissingDependencyError("dask.distributed is not installed.", "pip install 'buque[dask]'.") from error
        try:
            asyncio.run(_greet(f"tcp://{address}"))
            self._client = Client(f"tcp://{address}", timeout=CONNECT_SECONDS, set_as_default=False)
        except _NO_SCHEDULER as error:
            hint = f"Give the address that `dask scheduler` prints; another program may listen on {host}:{port}."
            raise BuqueError(f"--scheduler dask://{address}: what answers is no dask scheduler.", hint) from error
        self._address = address
        self._alone_since, self._told = math.inf, False
        self._ended: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._tasks: dict[int, tuple[Task, Any]] = {}
        self._begun: dict[int, float] = {}
        self._overdue: set[int] = set()

    @property
    def cores(self) -> int:
        """Threads of all workers."""
        return max(1, int(sum(self._client.nthreads().values())))

    @property
    def capacity(self) -> int:
        """Follows the cluster as workers come and go."""
        return TASKS_A_THREAD * self.cores

    def lack(self) -> str:
        """Return that there are no workers: a run would wait for them for ever and say nothing."""
        now = time.monotonic()
        if self._client.nthreads():
            self._alone_since, self._told = math.inf, False
            return ""
        self._alone_since = min(self._alone_since, now)
        if self._told or now - self._alone_since < ALONE_SECONDS:
            return ""
        self._told = True
        return f"The cluster has no workers; start some with `dask worker {self._address}`. Waiting for them."

    def submit(self, task: Task) -> None:
        """Hand in a task."""
        future = self._client.submit(carry_out, task, pure=False)
        self._tasks[task.id] = task, future
        future.add_done_callback(lambda done, id=task.id: self._ended.put((id, done)))

    def completed(self, timeout: float) -> list[tuple[Task, Result]]:
        """Wait up to *timeout* seconds; return the tasks that ended."""
        found: list[tuple[Task, Result]] = []
        wait = timeout
        while True:
            try:
                id, future = self._ended.get(timeout=wait) if wait else self._ended.get_nowait()
            except queue.Empty:
                break
            wait = 0.0
            if id in self._tasks:
                task, _ = self._tasks.pop(id)
                self._begun.pop(id, None)
                found.append((task, self._result(task, future)))
        if not found:
            self._end_overdue()
        return found

    def _result(self, task: Task, future: Any) -> Result:
        from distributed import CancelledError, KilledWorker

        if task.id in self._overdue:
            return Failed("time", f"took longer than {task.seconds:.0f} s.")
        if future.status == "finished":
            return Done(future.result())
        if future.status == "cancelled":
            return Failed("crash", "the cluster gave the task up.")
        error = future.exception()
        if isinstance(error, KilledWorker | CancelledError):
            return Failed("crash", "every worker that took the task died.")
        return failure_of(error)

    def _end_overdue(self) -> None:
        """Restart workers whose task is over its time; what else they had is done elsewhere."""
        now = time.monotonic()
        by_key = {future.key: id for id, (_, future) in self._tasks.items()}
        for worker, keys in self._client.processing().items():
            for key in keys:
                id = by_key.get(key)
                if id is None:
                    continue
                # A task counts from when it is first seen on a worker; it may wait there for one other.
                begun = self._begun.setdefault(id, now)
                task, future = self._tasks[id]
                if now - begun > TASKS_A_THREAD * task.seconds:
                    self._overdue.add(id)
                    future.cancel(force=True)
                    self._client.restart_workers([worker], raise_for_error=False)

    def close(self) -> None:
        """Cancel what is under way and leave the cluster."""
        self._client.cancel([future for _, future in self._tasks.values()], force=True)
        self._client.close()
