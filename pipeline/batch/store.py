"""The run store: one SQLite file for each output folder, which says what was done with what.

Write-ahead logging lets others read while a run writes. Only the process that holds the folder's lock writes, but for
``buque apply``, which enters people's decisions. A document is entered as done after its files are on the disk, so that
a power loss can only make work be done again.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.batch.inputs import candidate_names
from pipeline.batch.keys import Keys
from pipeline.batch.locations import shown
from pipeline.batch.shapes import files_from, summary_from
from pipeline.batch.tasks import Finished
from pipeline.errors import FileAccessError

if TYPE_CHECKING:
    from pipeline.review.decisions import Decision

SCHEMA_VERSION = "1"
_REMEDY = "Make room, or delete the run store if it is damaged: all is then restored again."
_CHUNK = 500  # rows held in memory at a time
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY, started TEXT, finished TEXT, version TEXT, settings TEXT,
  done INTEGER, unchanged INTEGER, failed INTEGER);
CREATE TABLE IF NOT EXISTS documents (
  id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, name TEXT UNIQUE NOT NULL, seen INTEGER NOT NULL,
  signature TEXT, sha256 TEXT, status TEXT NOT NULL DEFAULT 'new', key TEXT,
  pages INTEGER, characters INTEGER, seconds REAL, attempts INTEGER NOT NULL DEFAULT 0,
  error_kind TEXT, error TEXT, summary TEXT, files TEXT, finished TEXT);
CREATE INDEX IF NOT EXISTS documents_seen ON documents (seen, id);
CREATE INDEX IF NOT EXISTS documents_name ON documents (name COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS stages (
  document INTEGER NOT NULL REFERENCES documents (id), stage TEXT NOT NULL, key TEXT NOT NULL,
  seconds REAL, content BLOB, PRIMARY KEY (document, stage));
CREATE TABLE IF NOT EXISTS pages (
  document INTEGER NOT NULL REFERENCES documents (id), number INTEGER NOT NULL, key TEXT NOT NULL,
  error TEXT, content BLOB, PRIMARY KEY (document, number));
CREATE TABLE IF NOT EXISTS decisions (
  document TEXT NOT NULL, edit TEXT NOT NULL, before TEXT, verdict TEXT NOT NULL, text TEXT, who TEXT NOT NULL,
  at TEXT NOT NULL, PRIMARY KEY (document, edit, who, at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS digests (path TEXT PRIMARY KEY, signature TEXT NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What the store knows of a document; fields as in the table ``documents``."""

    id: int
    path: str
    name: str
    signature: str | None
    sha256: str | None
    status: str
    key: str | None
    error_kind: str | None
    error: str | None
    summary: dict[str, Any]
    files: dict[str, int]


_COLUMNS = "id, path, name, signature, sha256, status, key, error_kind, error, summary, files"


class Store:
    """The run store at *path*; made when it is not there.

    Raises:
        FileAccessError: the file cannot be opened, is no run store or comes from another version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)
        except OSError as error:
            raise FileAccessError(f"{path}: {error.strerror}.", "Choose another --out folder.") from error
        except (sqlite3.Error, UnicodeError) as error:
            raise FileAccessError(f"{path}: {error}.", "Delete it to start anew, or choose another --out.") from error
        self._query("INSERT OR IGNORE INTO meta VALUES ('schema', ?)", (SCHEMA_VERSION,))
        if self._query("SELECT value FROM meta WHERE name = 'schema'") != [(SCHEMA_VERSION,)]:
            self._db.close()
            raise FileAccessError(f"{path}: written by another version.", "Delete it to start anew.")

    def close(self) -> None:
        """Close the file; whatever was recorded stays."""
        self._db.close()

    def _query(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Carry out a statement and return its rows.

        Raises:
            FileAccessError: the disk is full, or the file is damaged.
        """
        try:
            return self._db.execute(statement, values).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            raise FileAccessError(f"{self.path}: {error}.", _REMEDY) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Record all of the block or nothing.

        Raises:
            FileAccessError: the disk is full, or the file is damaged.
        """
        self._query("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # a full disk has rolled back already
                self._query("ROLLBACK")
            raise
        self._query("COMMIT")

    def begin_run(self, started: str, version: str, settings: str) -> int:
        """Enter a run and return its number."""
        with self.transaction():
            [(number,)] = self._query(
                "INSERT INTO runs (started, version, settings) VALUES (?, ?, ?) RETURNING id",
                (started, version, settings),
            )
            if not isinstance(number, int):  # the file's own account of the table is damaged
                raise FileAccessError(f"{self.path}: damaged, runs have no number.", _REMEDY)
        return number

    def end_run(self, run: int, finished: str, done: int, unchanged: int, failed: int) -> None:
        """Enter that a run is over."""
        with self.transaction():
            self._query(
                "UPDATE runs SET finished = ?, done = ?, unchanged = ?, failed = ? WHERE id = ?",
                (finished, done, unchanged, failed, run),
            )

    def enter(self, found: Iterable[str], run: int, occupied: Callable[[str], bool] = lambda name: False) -> int:
        """Enter the documents that this run is to look at. Returns their number.

        A new one gets a name that no other has, on file systems without upper and lower case too, and whose place is
        not *occupied* by files that are not Buque's.
        """
        count = 0
        batch: list[str] = []
        for path in found:
            batch.append(path)
            if len(batch) == _CHUNK:
                count += self._enter(batch, run, occupied)
                batch.clear()
        return count + self._enter(batch, run, occupied)

    def _enter(self, batch: list[str], run: int, occupied: Callable[[str], bool]) -> int:
        count = 0
        with self.transaction():
            for path in batch:
                kept = _kept(path)
                known = self._query("SELECT id, seen FROM documents WHERE path = ?", (kept,))
                if not known:
                    name = next(n for n in candidate_names(path) if not self._taken(n) and not occupied(n))
                    self._query("INSERT INTO documents (path, name, seen) VALUES (?, ?, ?)", (kept, name, run))
                elif known[0][1] == run:
                    continue
                else:
                    self._query("UPDATE documents SET seen = ? WHERE id = ?", (run, known[0][0]))
                count += 1
        return count

    def _taken(self, name: str) -> bool:
        return bool(self._query("SELECT 1 FROM documents WHERE name = ? COLLATE NOCASE", (name,)))

    def documents(self, run: int) -> Iterator[Row]:
        """Yield the documents of a run in the order in which they were first entered."""
        last = 0
        while True:
            rows = self._query(
                f"SELECT {_COLUMNS} FROM documents WHERE seen = ? AND id > ? ORDER BY id LIMIT {_CHUNK}", (run, last)
            )
            if not rows:
                return
            yield from map(self._row, rows)
            last = rows[-1][0]

    def _row(self, values: tuple[Any, ...]) -> Row:
        number, path, name, signature, sha256, status, key, kind, error, summary, files = values
        try:
            contents = summary_from(summary), files_from(files)
            return Row(number, os.fsdecode(path), name, signature, sha256, status, key, kind, error, *contents)
        except (ValueError, TypeError, RecursionError) as broken:
            raise FileAccessError(
                f"{self.path}: damaged ({broken}).", "Delete it: all is then restored again."
            ) from broken

    def hashed(self, document: int, signature: str | None, sha256: str) -> None:
        """Enter the hash of a document's input; without *signature* the file is hashed again next time."""
        with self.transaction():
            self._query(
                "UPDATE documents SET signature = ?, sha256 = ? WHERE id = ?",
                (signature, sha256, document),
            )

    def finish(self, document: int, keys: Keys, finished: Finished, pages: int, now: str) -> None:
        """Enter a document as done, after its files are on the disk, with the results of its stages."""
        with self.transaction():
            for stage, seconds in finished.seconds.items():
                content = finished.restoration if stage == "restore" else None
                self._query(
                    "INSERT OR REPLACE INTO stages VALUES (?, ?, ?, ?, ?)",
                    (document, stage, keys.of(stage), seconds, content),
                )
            self._query(
                "UPDATE documents SET status = 'done', key = ?, seconds = ?, pages = ?, characters = ?, summary = ?, "
                "files = ?, finished = ?, error = NULL, error_kind = NULL, attempts = attempts + 1 WHERE id = ?",
                (
                    keys.write,
                    sum(finished.seconds.values()),
                    pages,
                    finished.summary["characters"],
                    _json(finished.summary),
                    _json(finished.sizes),
                    now,
                    document,
                ),
            )

    def fail(self, document: int, key: str, kind: str, message: str, finished: str) -> None:
        """Enter why a document could not be restored."""
        with self.transaction():
            self._query(
                "UPDATE documents SET status = 'failed', key = ?, error_kind = ?, error = ?, finished = ?, "
                "attempts = attempts + 1 WHERE id = ?",
                (key, kind, shown(message), finished, document),
            )

    def stage(self, document: int, stage: str, key: str) -> bytes | None:
        """Return the kept result of a stage if it was computed under *key*."""
        found = self._query(
            "SELECT content FROM stages WHERE document = ? AND stage = ? AND key = ?", (document, stage, key)
        )
        return found[0][0] if found else None

    def put_page(self, document: int, number: int, key: str, content: bytes | None, error: str | None) -> None:
        """Keep what was read on a page, or why nothing was."""
        with self.transaction():
            self._query(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?)",
                (document, number, key, error and shown(error), content),
            )

    def pages(self, document: int, key: str) -> dict[int, tuple[bytes | None, str | None]]:
        """Return content and error of the pages read under *key*, by number."""
        rows = self._query(
            "SELECT number, content, error FROM pages WHERE document = ? AND key = ? ORDER BY number", (document, key)
        )
        return {number: (content, error) for number, content, error in rows}

    def put_decisions(self, decisions: Iterable[Decision]) -> None:
        """Keep what people decided; a decision that is there already is not entered twice."""
        with self.transaction():
            for one in decisions:
                values = (one.document, one.edit, one.before, one.verdict, one.text, one.who, one.when)
                self._query("INSERT OR IGNORE INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def digest(self, path: str, signature: str) -> str | None:
        """Return the hash of a file that has not changed since it was taken."""
        found = self._query("SELECT sha256 FROM digests WHERE path = ? AND signature = ?", (path, signature))
        return found[0][0] if found else None

    def put_digest(self, path: str, signature: str, sha256: str) -> None:
        """Keep the hash of a file."""
        with self.transaction():
            self._query("INSERT OR REPLACE INTO digests VALUES (?, ?, ?)", (path, signature, sha256))


def _kept(path: str) -> str | bytes:
    """Return a path as SQLite takes it: names that are no UTF-8 as bytes."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)
