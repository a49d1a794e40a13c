"""Which documents of a run are due: looked up by the state of their file, its hash and the keys of their stages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from pipeline.batch import locations
from pipeline.batch.keys import STAGES, Keys, basis
from pipeline.batch.publish import complete
from pipeline.batch.store import Row, Store
from pipeline.batch.tasks import Failed, FailureKind, Job, PagesRead
from pipeline.errors import BuqueError, FileAccessError
from pipeline.settings import Settings

CHARACTERS_A_PAGE = 1500
BYTES_A_CHARACTER = 3
_UNKNOWN_SIZE = 10.0  # pages

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
class Document:
    """A document on its way through a run.

    Attributes:
        row: what the store knows of it.
        job: what workers are told.
        keys: keys of its stages.
        pages: pages that are read one by one; 0 when it is read as a whole.
        together: how many of them are read together, in portions.
        unread: how many portions are still to come.
        tries: failures so far, by kind.
        told: pages of which people heard that they failed.
        dropped: it failed or is begun anew; what is still under way for it is ignored.
    """

    row: Row
    job: Job
    keys: Keys
    pages: int = 0
    together: int = 1
    unread: int = 0
    tries: dict[str, int] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    dropped: bool = False

    @property
    def suffix(self) -> str:
        """The ending of its name, in lower case."""
        return Path(self.row.path).suffix.lower()

    @property
    def portions_key(self) -> str:
        """The key of portions, which are told by their first page; pages that are read alone have that of reading."""
        return f"{self.keys.read} in portions"

    @property
    def size(self) -> float:
        """Its pages, and one more for what is done with all of them; of a text not yet read, about."""
        if self.pages:
            return self.pages + 1
        try:
            size = Path(self.row.path).stat().st_size
        except OSError:  # it is a URL, or was taken away
            return _UNKNOWN_SIZE
        return 1 + size / BYTES_A_CHARACTER / CHARACTERS_A_PAGE


class Outcomes(Protocol):
    """Hears of documents for which nothing has to be done."""

    def unchanged(self, row: Row) -> None:
        """Its results are there."""

    def failed(self, row: Row, key: str, failure: Failed) -> None:
        """It cannot be read, now or as an earlier run found."""


class Planner:
    """Finds what is due in the run *number* of a store."""

    def __init__(self, batch: Batch, store: Store, number: int, outcomes: Outcomes) -> None:
        self._batch = batch
        self._store = store
        self._number = number
        self._outcomes = outcomes
        self._basis = basis(batch.settings, batch.formats, self._digest)
        self._last_look: dict[str, str | None] | None = None
        self.redone = STAGES[STAGES.index(batch.from_stage) :] if batch.from_stage else STAGES if batch.force else ()
        """Stages whose kept results are not used."""

    def due(self) -> Iterator[Document]:
        """Yield the documents that have to be done; the outcomes hear of the others."""
        for row in self._store.documents(self._number):
            try:
                if self._still_written(row):
                    continue
                document = self.prepare(row)
            except BuqueError as error:
                if self._last_look is None:
                    self._outcomes.failed(row, "", Failed("access", str(error)))
                continue
            if self.redone or document.row.key != document.keys.write or not self._settled(document):
                yield document

    def prepare(self, row: Row) -> Document:
        """Return a document with the hash of its input as it is now; unchanged files are not read.

        Raises:
            FileAccessError: it cannot be read.
        """
        mark = locations.signature(row.path)
        if row.sha256 is None or mark is None or mark != row.signature:
            sha256 = locations.digest(row.path)
            trusted = mark if locations.settled(mark) else None
            self._store.hashed(row.id, trusted, sha256)
            row = replace(row, signature=trusted, sha256=sha256)
        assert row.sha256 is not None
        keys = self._basis.keys(row.sha256, PurePosixPath(row.path).suffix, row.name)
        batch = self._batch
        files = tuple(row.files)
        job = Job(row.path, row.sha256, mark, batch.out, row.name, batch.settings, batch.formats, files)
        return Document(row, job, keys)

    def pages_read(self, document: Document) -> PagesRead | None:
        """Return what was read page by page; None where the document is read as a whole."""
        found = self._store.pages(document.row.id, document.keys.read)
        found |= self._store.pages(document.row.id, document.portions_key)
        if not found:
            return None
        contents = tuple(content for _, (content, _) in sorted(found.items()) if content is not None)
        return PagesRead(contents, tuple((n, error) for n, (_, error) in found.items() if error is not None))

    def watch(self) -> None:
        """From now on take only files that did not change between two looks, and try no failure again."""
        self._last_look = self._last_look or {}

    def _settled(self, document: Document) -> bool:
        """Say whether the last run, under the same keys, left nothing to do."""
        row = document.row
        # A damaged store may have lost the summary: what was done is done again.
        if row.status == "done" and row.summary and complete(self._batch.out, row.name, row.files):
            if self._last_look is None:
                self._outcomes.unchanged(row)
            return True
        if row.status != "failed":
            return False
        if self._last_look is not None:
            return True
        if kind := FINAL.get(row.error_kind):
            self._outcomes.failed(row, document.keys.write, Failed(kind, row.error or ""))
            return True
        return False

    def _still_written(self, row: Row) -> bool:
        """Say whether a file that is new or changed was otherwise at the last look, or not there."""
        if self._last_look is None:
            return False
        try:
            mark = locations.signature(row.path)
        except FileAccessError:
            return True  # it was taken away
        if (row.status != "new" and mark == row.signature) or self._last_look.get(row.path, "") == mark:
            self._last_look.pop(row.path, None)
            return False
        self._last_look[row.path] = mark
        return True

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


def reports(summary: dict[str, Any]) -> int:
    """Return the number of edits in a document's summary that somebody should look at: faint suggestions are not."""
    edits = summary["edits"]
    return int(sum(edits["by_status"].get(status, 0) for status in ("suggested", "open")) - edits.get("faint", 0))
