"""A run: looks every document up in the store, has done what is new or changed, and records what came of it."""

from __future__ import annotations

import datetime
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from pipeline.batch import locations
from pipeline.batch.inputs import list_inputs
from pipeline.batch.keys import STAGES, Basis, Keys, basis
from pipeline.batch.publish import complete
from pipeline.batch.store import Row, Store
from pipeline.batch.tasks import Done, Failed, FailureKind, Finished, Job, Result, Scheduler, Task
from pipeline.errors import BuqueError, FileAccessError
from pipeline.settings import Settings

CHARACTERS_A_PAGE = 1500
BYTES_A_CHARACTER = 3
ATTEMPTS = {"crash": 2, "changed": 4}
"""Tries of a task by how it failed; all other failures are final in a run."""

FINAL: dict[str | None, FailureKind] = {"unreadable": "unreadable", "error": "error"}
"""Failures that another run of the same code on the same input would only repeat."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a run is to do.

    Attributes:
        inputs: files and folders, paths or URLs.
        out: the output folder, path or URL.
        settings: settings of the restoration; ``jobs`` is the number of cores.
        formats: further files to write.
        force: do everything again.
        from_stage: do this stage (pipeline/batch/keys.py) and those behind it again.
        page_seconds: longest time for a page; a document may take as long as its pages.
    """

    inputs: tuple[str, ...]
    out: str
    settings: Settings
    formats: tuple[str, ...] = ()
    force: bool = False
    from_stage: str | None = None
    page_seconds: float = 180.0


@dataclass(slots=True)
class Totals:
    """What a run did; ``first_failure`` is the kind of the first failure."""

    documents: int = 0
    done: int = 0
    unchanged: int = 0
    failed: int = 0
    pages: int = 0
    to_review: int = 0
    first_failure: str = ""


class Reporter(Protocol):
    """Hears how a run gets on."""

    def started(self, documents: int) -> None:
        """The inputs have been listed."""

    def done(self, name: str, summary: dict[str, Any], unchanged: bool) -> None:
        """A document is finished, or was already."""

    def failed(self, name: str, failure: Failed) -> None:
        """A document could not be restored."""

    def tick(self, totals: Totals, under_way: int) -> None:
        """Time passes."""

    def finished(self, totals: Totals) -> None:
        """The run is over."""


@dataclass(slots=True)
class _Document:
    row: Row
    job: Job
    keys: Keys
    tries: dict[str, int] = field(default_factory=dict)


def run(batch: Batch, store: Store, scheduler: Scheduler, reporter: Reporter) -> Totals:
    """Restore what is new or changed; returns what was done.

    Raises:
        FileAccessError: the output folder or the store cannot be written; what is done stays done.
        MissingDependencyError: a model is missing.
    """
    return _Run(batch, store, scheduler, reporter).carry_out()


class _Run:
    def __init__(self, batch: Batch, store: Store, scheduler: Scheduler, reporter: Reporter) -> None:
        self._batch = batch
        self._store = store
        self._scheduler = scheduler
        self._reporter = reporter
        self._basis: Basis = basis(batch.settings, batch.formats, self._digest)
        self._totals = Totals()
        self._under_way: dict[int, _Document] = {}
        self._again: deque[_Document] = deque()
        self._tasks = 0
        self._redone = STAGES[STAGES.index(batch.from_stage) :] if batch.from_stage else STAGES if batch.force else ()

    def carry_out(self) -> Totals:
        from pipeline import __version__

        chosen = json.dumps({"settings": str(self._batch.settings), "formats": self._batch.formats})
        number = self._store.begin_run(_now(), __version__, chosen)
        self._totals.documents = self._store.enter(list_inputs(self._batch.inputs, self._batch.out), number)
        self._reporter.started(self._totals.documents)
        waiting = self._due(number)
        exhausted = False
        while True:
            while not exhausted and len(self._under_way) < self._scheduler.capacity:
                document = self._again.popleft() if self._again else next(waiting, None)
                if document is None:
                    exhausted = True
                else:
                    self._submit(document)
            if not self._under_way:
                break
            for task, result in self._scheduler.completed(0.5):
                self._record(self._under_way.pop(task.id), result)
                exhausted = exhausted and not self._again
            self._reporter.tick(self._totals, len(self._under_way))
        totals = self._totals
        self._store.end_run(number, _now(), totals.done, totals.unchanged, totals.failed)
        self._reporter.finished(totals)
        return totals

    def _due(self, number: int) -> Iterator[_Document]:
        """Yield the documents that have to be done; the others are counted as they are passed."""
        for row in self._store.documents(number):
            try:
                row = self._hashed(row)
            except BuqueError as error:
                self._fail(row, "", Failed("access", str(error)))
                continue
            assert row.sha256 is not None
            keys = self._basis.keys(row.sha256, PurePosixPath(row.path).suffix, row.name)
            if not self._redone and row.key == keys.write:
                if row.status == "done" and complete(self._batch.out, row.name, row.files):
                    self._unchanged(row)
                    continue
                if row.status == "failed" and row.error_kind in FINAL:
                    self._fail(row, keys.write, Failed(FINAL[row.error_kind], row.error or ""))
                    continue
            job = Job(
                row.path,
                row.signature or _signature(row.path),
                self._batch.out,
                row.name,
                self._batch.settings,
                self._batch.formats,
                tuple(row.files),
            )
            yield _Document(row, job, keys)

    def _hashed(self, row: Row) -> Row:
        """Return *row* with the hash of its input as it is now; unchanged files are not read."""
        mark = locations.signature(row.path)
        if row.sha256 is not None and mark is not None and mark == row.signature:
            return row
        sha256 = locations.digest(row.path)
        trusted = mark if locations.settled(mark) else None
        self._store.hashed(row.id, trusted, sha256)
        return replace(row, signature=trusted, sha256=sha256)

    def _digest(self, path: str) -> str:
        """Return the hash of a file of the program, its models or lists, kept while the file is unchanged."""
        mark = locations.signature(path)
        if mark is None or not locations.settled(mark):
            return locations.digest(path)
        known = self._store.digest(path, mark)
        if known is None:
            known = locations.digest(path)
            self._store.put_digest(path, mark, known)
        return known

    def _submit(self, document: _Document) -> None:
        kept = None
        if "restore" not in self._redone:
            kept = self._store.stage(document.row.id, "restore", document.keys.restore)
        self._tasks += 1
        size = len(kept) if kept else _size(document.row.path)
        pages = max(1.0, size / BYTES_A_CHARACTER / CHARACTERS_A_PAGE)
        totals = self._totals
        left = totals.documents - totals.done - totals.unchanged - totals.failed
        threads = max(1, self._scheduler.cores // max(1, min(self._scheduler.cores, left)))
        job = replace(document.job, settings=replace(document.job.settings, jobs=threads))
        task = Task(self._tasks, "pipeline.batch.work:restore_document", (job, kept), self._batch.page_seconds * pages)
        self._under_way[task.id] = document
        self._scheduler.submit(task)

    def _record(self, document: _Document, result: Result) -> None:
        if isinstance(result, Done):
            self._finish(document, result.value)
            return
        if result.kind == "output":
            raise FileAccessError(result.message)
        tries = document.tries[result.kind] = document.tries.get(result.kind, 0) + 1
        if tries < ATTEMPTS.get(result.kind, 1):
            if result.kind == "changed":
                try:
                    row = self._hashed(replace(document.row, signature=None))
                except BuqueError as error:
                    self._fail(document.row, "", Failed("access", str(error)))
                    return
                assert row.sha256 is not None
                document.row = row
                document.keys = self._basis.keys(row.sha256, PurePosixPath(row.path).suffix, row.name)
                document.job = replace(document.job, signature=row.signature or _signature(row.path))
            self._again.append(document)
            return
        self._fail(document.row, document.keys.write, result)

    def _finish(self, document: _Document, finished: Finished) -> None:
        row, keys = document.row, document.keys
        if finished.restoration is not None:
            self._store.put_stage(
                row.id, "restore", keys.restore, finished.seconds.get("restore", 0.0), finished.restoration
            )
        self._store.put_stage(row.id, "write", keys.write, finished.seconds["write"], None)
        pages = max(1, round(finished.summary["characters"] / CHARACTERS_A_PAGE))
        seconds = sum(finished.seconds.values())
        self._store.finish(row.id, keys.write, seconds, pages, finished.summary, finished.sizes, _now())
        self._totals.done += 1
        self._totals.pages += pages
        self._totals.to_review += _to_review(finished.summary)
        self._reporter.done(row.name, finished.summary, unchanged=False)

    def _unchanged(self, row: Row) -> None:
        self._totals.unchanged += 1
        self._totals.to_review += _to_review(row.summary)
        self._reporter.done(row.name, row.summary, unchanged=True)

    def _fail(self, row: Row, key: str, failure: Failed) -> None:
        self._store.fail(row.id, key, failure.kind, failure.message, _now())
        self._totals.failed += 1
        self._totals.first_failure = self._totals.first_failure or failure.kind
        self._reporter.failed(row.name, failure)


def _to_review(summary: dict[str, Any]) -> int:
    by_status = summary["edits"]["by_status"]
    return int(sum(by_status.get(status, 0) for status in ("suggested", "open")))


def _signature(path: str) -> str | None:
    return locations.signature(path)


def _size(path: str) -> int:
    return 0 if locations.is_remote(path) else Path(path).stat().st_size


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
