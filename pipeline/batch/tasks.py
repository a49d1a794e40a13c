"""Tasks and what comes of them: the same for every scheduler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pipeline.errors import BuqueError, FileAccessError, MissingDependencyError, UnreadableInputError

FailureKind = Literal["unreadable", "missing", "access", "output", "error", "internal", "crash", "time", "memory", "changed"]
"""Why a task failed; ``output`` is a folder that cannot be written, which ends the run, ``error`` is any other error with a remedy, ``internal`` one that should not happen."""


@dataclass(frozen=True, slots=True)
class Task:
    """A call to be made in a worker.

    Attributes:
        id: its number in the run.
        call: a function of a module, so that any process can find it.
        arguments: what it is called with.
        seconds: longest time it may take, by a clock that nobody sets.
    """

    id: int
    call: Callable[..., Any]
    arguments: tuple[Any, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """The task's result."""

    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The task failed: kind, one line for people, and the traceback where there is one."""

    kind: FailureKind
    message: str
    trace: str = ""


Result = Done | Failed


class InputChangedError(BuqueError):
    """The input is no longer what was hashed."""

    exit_code = 5


class OutputError(FileAccessError):
    """The output folder cannot be written: full, read-only or gone. No document can be finished then."""


class Scheduler(Protocol):
    """Carries tasks out, in any order, each exactly once as far as its caller can see."""

    @property
    def capacity(self) -> int:
        """Tasks that can usefully be under way at a time."""

    def submit(self, task: Task) -> None:
        """Hand in a task."""

    def completed(self, timeout: float) -> list[tuple[Task, Result]]:
        """Wait up to *timeout* seconds for tasks to end; return those that did."""

    def close(self) -> None:
        """End all workers, whatever they are doing."""


_KINDS: tuple[tuple[type[BuqueError], FailureKind], ...] = (
    (UnreadableInputError, "unreadable"),
    (MissingDependencyError, "missing"),
    (InputChangedError, "changed"),
    (OutputError, "output"),
    (FileAccessError, "access"),
    (BuqueError, "error"),
)


def failure_of(error: BaseException, trace: str = "") -> Failed:
    """Say what an error that ended a task was."""
    message = " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return Failed("memory", "more memory was needed than allowed.", trace)
    for known, kind in _KINDS:
        if isinstance(error, known):
            return Failed(kind, message)
    return Failed("internal", f"internal error: {type(error).__name__}: {message[:500]}", trace)
