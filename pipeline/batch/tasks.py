"""Tasks and what comes of them: the same for every scheduler."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pipeline.errors import BuqueError, FileAccessError, MissingDependencyError, UnreadableInputError
from pipeline.settings import Settings

FailureKind = Literal[
    "unreadable", "missing", "access", "output", "error", "internal", "crash", "time", "memory", "changed"
]
"""Why a task failed.

``output`` is a folder that cannot be written, which ends the run; ``error`` is any other error with a remedy;
``internal`` one that should not happen.
"""


@dataclass(frozen=True, slots=True)
class Task:
    """A call to be made in a worker.

    Attributes:
        id: its number in the run.
        call: a function as ``module:name``, so that any process can find it and this one need not load it.
        arguments: what it is called with.
        seconds: longest time it may take, by a clock that nobody sets.
    """

    id: int
    call: str
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


@dataclass(frozen=True, slots=True)
class Job:
    """A document to restore.

    Attributes:
        input: path or URL.
        sha256: of its content.
        signature: state of the input when it was hashed; any other state is another document.
        out: the run's output folder, path or URL.
        name: name of the document's folder in it.
        settings: the run's settings.
        formats: further files to write.
        files: names of the files that an earlier run wrote.
    """

    input: str
    sha256: str
    signature: str | None
    out: str
    name: str
    settings: Settings
    formats: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """A document whose files are on the disk.

    Attributes:
        summary: the content of report.json, with its timing.
        sizes: bytes of the files written, by name.
        seconds: time of each stage that was carried out.
        restoration: the result of the stage ``restore`` to keep, None where it was given.
    """

    summary: dict[str, Any]
    sizes: dict[str, int]
    seconds: dict[str, float]
    restoration: bytes | None


@dataclass(frozen=True, slots=True)
class PagesRead:
    """The pages of a document that were read one by one, and what failed: number and error."""

    contents: tuple[bytes, ...]
    failures: tuple[tuple[int, str], ...]


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

    @property
    def cores(self) -> int:
        """Cores that tasks share; where there are fewer tasks than cores, each may use several."""

    def lack(self) -> str:
        """Return what must be done before any task is carried out, a sentence, each time once; empty: nothing new."""

    def submit(self, task: Task) -> None:
        """Hand in a task."""

    def completed(self, timeout: float) -> list[tuple[Task, Result]]:
        """Wait up to *timeout* seconds for tasks to end; return those that did."""

    def close(self) -> None:
        """End all workers, whatever they are doing."""


def carry_out(task: Task) -> Any:
    """Make the task's call in this process."""
    return pkgutil.resolve_name(task.call)(*task.arguments)


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
