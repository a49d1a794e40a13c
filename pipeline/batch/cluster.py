"""Tasks on a cluster of dask.distributed (https://distributed.dask.org).

The cluster keeps workers alive, tries the tasks of a lost worker again elsewhere and limits their memory. What it does
not do is end a task that hangs: its worker is restarted then. A task that was carried out twice has written the same
bytes twice, so duplicates do no harm. Every worker needs Buque with its models, and must see the same input and output.
"""

from __future__ import annotations

import queue
import time
from typing import Any

from pipeline.batch.tasks import Done, Failed, Result, Task, carry_out, failure_of
from pipeline.errors import BuqueError, MissingDependencyError

CONNECT_SECONDS = 20
TASKS_A_THREAD = 2
"""Tasks handed in for each thread of the cluster, so that none waits for this process."""


class Dask:
    """A scheduler over the workers of the cluster at ``host:port``; see ``Scheduler``.

    Raises:
        MissingDependencyError: dask.distributed is not installed.
        BuqueError: the cluster does not answer.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise MissingDependencyError("dask.distributed is not installed.", "pip install 'buque[dask]'.") from error
        try:
            self._client = Client(f"tcp://{address}", timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BuqueError(f"dask://{address}: {error}.", "Check that the scheduler runs there.") from error
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
