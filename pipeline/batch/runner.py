"""A run: has done what is due, page by page and document by document, and records what came of it."""

from __future__ import annotations

import datetime
import json
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from pipeline.batch import locations
from pipeline.batch.inputs import OTHER_DOCUMENTS, list_inputs, passed_over
from pipeline.batch.planning import CHARACTERS_A_PAGE, Batch, Document, Planner, reports
from pipeline.batch.publish import occupied
from pipeline.batch.reporting import Reporter, Totals
from pipeline.batch.store import Row, Store
from pipeline.batch.tasks import Failed, Finished, Result, Scheduler, Task
from pipeline.document import PAGE_SUFFIXES
from pipeline.errors import BuqueError, FileAccessError

ATTEMPTS = {"crash": 2, "changed": 4}
"""Tries of a task by how it failed: a worker may die for another's sake. All other failures are final in a run."""

_SINGLE_PAGES = frozenset({".png", ".jpg", ".jpeg"})
_WORK = "pipeline.batch.work"


@dataclass(frozen=True, slots=True)
class _Step:
    """What is to be done next for a document: count its pages, read some, or restore it.

    Pages are those from ``number`` to ``last``; a page image has no ``last``.
    """

    document: Document
    kind: Literal["count", "page", "restore"]
    number: int = 0
    last: int | None = None


class Run:
    """A run over a batch. ``carry_out`` restores what is due now, ``watch`` goes on with what comes.

    Raises (both):
        FileAccessError: the output folder or the store cannot be written; what is done stays done.
        MissingDependencyError: a model is missing.
    """

    def __init__(self, batch: Batch, store: Store, scheduler: Scheduler, reporter: Reporter) -> None:
        from pipeline import __version__

        self._batch = batch
        self._store = store
        self._scheduler = scheduler
        self._reporter = reporter
        self._totals = Totals()
        self._under_way: dict[int, _Step] = {}
        self._ready: deque[_Step] = deque()
        self._tasks = 0
        chosen = json.dumps({"settings": str(batch.settings), "formats": batch.formats})
        self._number = store.begin_run(_now(), __version__, chosen)
        self._planner = Planner(batch, store, self._number, self)

    def carry_out(self) -> Totals:
        """Restore what is new or changed; return what was done."""
        totals = self._totals
        aside = self._look()
        totals.documents += len(aside.unlisted)
        totals.passed_over = passed_over(aside)
        self._reporter.started(totals.documents)
        for folder, reason in aside.unlisted.items():
            self._not_listed(folder, reason)
        self._work_off()
        self._store.end_run(self._number, _now(), totals.done, totals.unchanged, totals.failed)
        self._reporter.finished(totals)
        return totals

    def watch(self, seconds: float) -> None:
        """Look for new or changed files every so many *seconds*, until interrupted.

        Folders are listed: the notices of the kernel do not come from network shares, which is where scanners put their
        files. A file that has changed since the last look is still being written and waits. What was done or has failed
        is not reported again; nor is a folder that cannot be listed while that lasts.
        """
        self._planner.watch()
        self._reporter.started(None)
        told: dict[str, str] = {}
        while True:
            unlisted = self._look().unlisted
            unlisted |= {path: "is not there" for path in self._batch.inputs if locations.is_missing(path)}
            for folder in unlisted.keys() - told.keys():
                self._not_listed(folder, unlisted[folder])
            told = unlisted
            self._work_off()
            self._planner.redone = ()
            time.sleep(seconds)

    def _look(self) -> locations.Aside:
        """Enter the documents that are there now; return what was left out."""
        aside = locations.Aside(OTHER_DOCUMENTS)
        found = list_inputs(self._batch.inputs, self._batch.out, aside)
        self._totals.documents += self._store.enter(found, self._number, partial(occupied, self._batch.out))
        return aside

    def _not_listed(self, folder: str, reason: str) -> None:
        failure = Failed("access", f"{reason}. Check the folder and its permissions.")
        self._count_failed(locations.shown(folder), failure)

    def _work_off(self) -> None:
        waiting = self._planner.due()
        more = True
        while True:
            while len(self._under_way) < self._scheduler.capacity and (more or self._ready):
                if not self._ready:
                    more = self._open_next(waiting)
                if self._ready:
                    self._submit(self._ready.popleft())
            if not self._under_way:
                return
            for task, result in self._scheduler.completed(0.5):
                self._record(self._under_way.pop(task.id), result)
            if lack := self._scheduler.lack():
                self._reporter.waiting(lack)
            self._reporter.tick(self._totals, len(self._under_way))

    def _open_next(self, waiting: Iterator[Document]) -> bool:
        """Make the first step of the next document ready; False when there is none."""
        document = next(waiting, None)
        if document is not None:
            self._begin(document)
        return document is not None

    def _begin(self, document: Document) -> None:
        if document.suffix not in PAGE_SUFFIXES or self._kept(document) is not None:
            self._ready.append(_Step(document, "restore"))
        elif document.suffix in _SINGLE_PAGES:
            self._pages_known(document, 1, 1)
        else:
            self._ready.append(_Step(document, "count"))

    def _pages_known(self, document: Document, pages: int, together: int) -> None:
        """Make the pages ready that have not been read yet, or the document where it is read as a whole."""
        document.pages, document.together = pages, together
        known: set[int] = set()
        if "read" not in self._planner.redone:
            known = set(self._store.pages(document.row.id, document.keys.read))
            firsts = self._store.pages(document.row.id, document.portions_key) if together > 1 else ()
            known.update(number for first in firsts for number in range(first, first + together))
        for first in range(1, pages + 1, together):
            own = range(first, min(first + together, pages + 1))
            unread = [number for number in own if number not in known]
            if together > 1 and len(unread) == len(own):
                self._ready_to_read(document, own[0], own[-1])
            else:
                for number in unread:
                    self._ready_to_read(document, number, number if together > 1 else None)
        if not document.unread:
            self._ready.append(_Step(document, "restore"))

    def _ready_to_read(self, document: Document, first: int, last: int | None) -> None:
        document.unread += 1
        self._ready.append(_Step(document, "page", first, last))

    def _kept(self, document: Document) -> bytes | None:
        if "restore" in self._planner.redone:
            return None
        return self._store.stage(document.row.id, "restore", document.keys.restore)

    def _submit(self, step: _Step) -> None:
        document = step.document
        self._tasks += 1
        seconds = self._batch.page_seconds
        arguments: tuple[Any, ...]
        if step.kind == "count":
            call, arguments = "count_pages", (document.job,)
        elif step.kind == "page" and step.last is None:
            call, arguments = "read_page", (document.job, step.number)
        elif step.kind == "page":
            assert step.last is not None
            call, arguments = "read_portion", (document.job, step.number, step.last)
            seconds *= step.last - step.number + 1
        else:
            kept = self._kept(document)
            pages = self._planner.pages_read(document) if document.suffix in PAGE_SUFFIXES else None
            job = replace(document.job, settings=replace(document.job.settings, jobs=self._threads()))
            call, arguments = "restore_document", (job, kept, pages)
            seconds *= document.size
        task = Task(self._tasks, f"{_WORK}:{call}", arguments, seconds)
        self._under_way[task.id] = step
        self._scheduler.submit(task)

    def _threads(self) -> int:
        """Return the threads for a document: all cores are shared by those that are left."""
        totals, cores = self._totals, self._scheduler.cores
        left = totals.documents - totals.done - totals.unchanged - totals.failed
        return max(1, cores // max(1, min(cores, left)))

    def _record(self, step: _Step, result: Result) -> None:
        if step.document.dropped:
            return
        if isinstance(result, Failed):
            self._failed_step(step, result)
        elif step.kind == "count":
            self._pages_known(step.document, *result.value)
        elif step.kind == "page":
            self._page_read(step, result.value, None)
        else:
            self._finish(step.document, result.value)

    def _failed_step(self, step: _Step, failure: Failed) -> None:
        document = step.document
        if failure.kind == "output":
            raise FileAccessError(failure.message)
        tries = document.tries[failure.kind] = document.tries.get(failure.kind, 0) + 1
        if failure.kind == "changed":
            self._changed(document, failure, tries)
        elif tries < ATTEMPTS.get(failure.kind, 1):
            self._ready.append(step)
        elif step.last is not None and step.last > step.number and failure.kind != "missing":
            # One of the pages may have ended the worker: each is read alone.
            document.tries.clear()
            document.unread -= 1
            for number in range(step.number, step.last + 1):
                self._ready_to_read(document, number, number)
        elif step.kind == "page" and document.pages > 1 and failure.kind != "missing":
            document.tries.clear()
            document.told.add(step.number)
            self._reporter.failed(document.row.name, failure, step.number)
            self._page_read(step, None, failure.message)
        else:
            self._give_up(document, failure)

    def _changed(self, document: Document, failure: Failed, tries: int) -> None:
        """Begin anew with the input as it is now, unless it never keeps still."""
        self._drop(document)
        if tries >= ATTEMPTS["changed"]:
            self.failed(document.row, document.keys.write, failure)
            return
        try:
            fresh = self._planner.prepare(replace(document.row, signature=None))
        except BuqueError as error:
            self.failed(document.row, document.keys.write, Failed("access", str(error)))
            return
        fresh.tries = document.tries
        self._begin(fresh)

    def _give_up(self, document: Document, failure: Failed) -> None:
        self._drop(document)
        self.failed(document.row, document.keys.write, failure)

    def _drop(self, document: Document) -> None:
        document.dropped = True
        self._ready = deque(step for step in self._ready if step.document is not document)

    def _page_read(self, step: _Step, content: bytes | None, error: str | None) -> None:
        document = step.document
        alone = step.last is None or step.last == step.number
        key = document.keys.read if alone else document.portions_key
        self._store.put_page(document.row.id, step.number, key, content, error)
        document.unread -= 1
        if document.unread == 0:
            self._ready.append(_Step(document, "restore"))

    def _finish(self, document: Document, finished: Finished) -> None:
        row, keys, totals = document.row, document.keys, self._totals
        pages = document.pages or max(1, round(finished.summary["characters"] / CHARACTERS_A_PAGE))
        self._store.finish(row.id, keys, finished, pages, _now())
        for page in finished.summary.get("pages_failed", ()):
            if page["page"] not in document.told:
                self._reporter.failed(row.name, Failed("unreadable", page["error"]), page["page"])
        totals.done += 1
        totals.pages += pages
        totals.pages_failed += len(finished.summary.get("pages_failed", ()))
        totals.to_review += reports(finished.summary)
        self._reporter.done(row.name, finished.summary, unchanged=False)

    def unchanged(self, row: Row) -> None:
        """Count a document that an earlier run has restored."""
        self._totals.unchanged += 1
        self._totals.pages_failed += len(row.summary.get("pages_failed", ()))
        self._totals.to_review += reports(row.summary)
        self._reporter.done(row.name, row.summary, unchanged=True)

    def failed(self, row: Row, key: str, failure: Failed) -> None:
        """Record that a document could not be restored."""
        self._store.fail(row.id, key, failure.kind, failure.message, _now())
        self._count_failed(row.name, failure)

    def _count_failed(self, name: str, failure: Failed) -> None:
        self._totals.failed += 1
        self._totals.first_failure = self._totals.first_failure or failure.kind
        self._reporter.failed(name, failure)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
