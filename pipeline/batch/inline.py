"""A scheduler in this process: for folders that no other process can see (memory://), and for tests. No limits."""

from __future__ import annotations

import traceback
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from pipeline.batch.tasks import Done, Result, Task, carry_out, failure_of


class Inline:
    """Carries tasks out one after the other; see ``Scheduler``."""

    capacity = 1
    cores = 1

    def __init__(self) -> None:
        self._waiting: deque[Task] = deque()
        self._thread = ThreadPoolExecutor(1)

    def lack(self) -> str:
        """Return nothing: its workers are at hand."""
        return ""

    def submit(self, task: Task) -> None:
        """Hand in a task; it is carried out by ``completed``."""
        self._waiting.append(task)

    def completed(self, timeout: float) -> list[tuple[Task, Result]]:
        """Carry out one task."""
        if not self._waiting:
            return []
        task = self._waiting.popleft()
        future = self._thread.submit(carry_out, task)
        error = future.exception()
        if error is None:
            return [(task, Done(future.result()))]
        return [(task, failure_of(error, "".join(traceback.format_exception(error))))]

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self._thread.shutdown()
