"""Where documents come from and go to: local paths, and any URL that fsspec knows (memory://, s3://, ...)."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import FileAccessError, MissingDependencyError

_URL = re.compile(r"[a-z][a-z0-9+.-]+://")
RESULTS = frozenset({"report.json", "edits.jsonl", "restored.txt"})
"""Files by which a folder is known as a restored document's."""

_REMOTE_MARKS = ("ETag", "etag", "md5Hash", "content_md5", "generation", "mtime", "LastModified", "created")
"""What file systems call the state of a file, surest first."""

SETTLED_SECONDS = 2.0
"""A file changed less than this before it was hashed may change again within the clock's step (git calls it racy)."""


@dataclass(slots=True)
class Aside:
    """What a search through folders left out.

    Attributes:
        worth_a_word: endings of names, in lower case, whose files are counted.
        kinds: how many there are of each.
        links: links to folders.
        unlisted: folders that could not be listed, with the reason.
    """

    worth_a_word: frozenset[str] = frozenset()
    kinds: Counter[str] = field(default_factory=Counter)
    links: int = 0
    unlisted: dict[str, str] = field(default_factory=dict)

    def takes(self, name: str, suffixes: frozenset[str]) -> bool:
        """Say whether a file is one of those that are looked for; count it where it is not but is worth a word."""
        suffix = Path(name).suffix.lower()
        if suffix not in suffixes and suffix in self.worth_a_word:
            self.kinds[suffix] += 1
        return suffix in suffixes


def is_remote(location: str) -> bool:
    """Say whether *location* is a URL."""
    return _URL.match(location) is not None


def in_memory(location: str) -> bool:
    """Say whether *location* can be seen by this process only."""
    return location.startswith("memory://")


def signature(location: str, fresh: bool = False) -> str | None:
    """Return what tells one state of a file from another without reading it, or None where nothing does.

    Local: size, times of change of content and of the entry in nanoseconds, inode. The entry's time cannot be set back
    by tools that copy times. Elsewhere: size and the first of ``_REMOTE_MARKS`` that the file system knows, from the
    last listing unless *fresh*. (fsspec's own ``ukey`` differs between a listing and a single look.)

    Raises:
        FileAccessError: there is no such file, or it is none.
    """
    if is_remote(location):
        files, path = filesystem(location)
        if fresh:
            files.invalidate_cache()
        try:
            found = files.info(path)
        except OSError as error:
            raise FileAccessError(f"{location}: {error}.", "Check the address and its permissions.") from error
        mark = next((str(found[name]) for name in _REMOTE_MARKS if found.get(name)), None)
        return f"remote:{found.get('size')}:{mark}" if mark else None
    try:
        state = Path(location).stat()
    except (OSError, ValueError) as error:
        raise FileAccessError(f"{location}: {_reason(error)}.", "Check the path and its permissions.") from error
    if not stat.S_ISREG(state.st_mode):
        raise FileAccessError(f"{location}: not a regular file.", "Give files or folders; - reads standard input.")
    return f"{state.st_size}:{state.st_mtime_ns}:{state.st_ctime_ns}:{state.st_ino}"


def settled(mark: str | None, now: float | None = None) -> bool:
    """Say whether a file of signature *mark* cannot have changed unseen; a time in the future never settles."""
    if mark is None or mark.startswith("remote:"):
        return mark is not None
    _, modified, changed, _ = (int(part) for part in mark.split(":"))
    return max(modified, changed) / 1e9 < (time.time() if now is None else now) - SETTLED_SECONDS


def digest(location: str) -> str:
    """Return the SHA-256 of a file's bytes, read in pieces.

    Raises:
        FileAccessError: it cannot be read.
    """
    if is_remote(location):
        files, path = filesystem(location)
        try:
            with files.open(path, "rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise FileAccessError(f"{location}: {error}.", "Check the address and its permissions.") from error
    try:
        with Path(location).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileAccessError(f"{location}: {_reason(error)}.", "Check the path and its permissions.") from error


def walk(location: str, suffixes: frozenset[str], leave_out: str, aside: Aside | None = None) -> Iterator[str]:
    """Yield what lies under *location* with one of *suffixes*, folder by folder in order of name.

    Hidden files and folders, the folder *leave_out* (where the results go) and folders of results are passed over; a
    folder's entries are all that is held in memory. Links to folders are not followed: they may lead in circles. A link
    that leads nowhere is yielded as any file: whoever opens it says so. *aside* hears what is left out.
    """
    aside = aside if aside is not None else Aside()
    if is_remote(location):
        yield from _walk_remote(location, suffixes, leave_out, aside)
        return
    kept_out = None if is_remote(leave_out) else _identity(leave_out)
    waiting = [location]  # os.walk of Python 3.11 goes as deep as its stack does
    while waiting:
        folder = waiting.pop()
        if folder != location and kept_out is not None and _identity(folder) == kept_out:
            continue
        try:
            with os.scandir(folder) as found:
                entries = sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            aside.unlisted[folder] = _reason(error)
            continue
        if {entry.name for entry in entries} >= RESULTS:
            continue
        for entry in entries:
            if _leads_to_folder(entry):
                aside.links += entry.is_symlink()
            elif aside.takes(entry.name, suffixes):
                yield entry.path
        waiting += [e.path for e in reversed(entries) if e.is_dir(follow_symlinks=False)]


def _identity(folder: str) -> tuple[int, int] | None:
    """Return what a folder is known by whatever its path, without a look at each folder on the way."""
    try:
        found = Path(folder).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False


def _walk_remote(location: str, suffixes: frozenset[str], leave_out: str, aside: Aside) -> Iterator[str]:
    files, path = filesystem(location)
    protocol = location.split("://")[0]
    files.invalidate_cache()
    for folder, folders, names in files.walk(path):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        out_of_bounds = folder != path and f"{protocol}://{folder.strip('/')}" == leave_out.rstrip("/")
        if out_of_bounds or set(names) >= RESULTS:
            folders[:] = []
            continue
        for name in sorted(name for name in names if not name.startswith(".")):
            if aside.takes(name, suffixes):
                yield join(f"{protocol}://{folder.strip('/')}", name)


def absolute(location: str) -> str:
    """Return *location* as it is known from anywhere, one way for one file; URLs and links stay as they are."""
    if is_remote(location):
        return location
    path = Path(location).absolute()
    if ".." in path.parts:  # behind a link, what comes before it is not where it leads
        path = path.resolve() if path.name == ".." else path.parent.resolve() / path.name
    return str(path)


def shown(location: str) -> str:
    """Return *location* as text that can be printed and stored, whatever bytes its name is made of."""
    return location.encode("utf-8", "backslashreplace").decode("utf-8")


def legible(name: str) -> str:
    """Return a file's name as text: bytes that are no UTF-8 are GB18030, in which Chinese archives are packed."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", "replace")
    return name


def is_folder(location: str) -> bool:
    """Say whether *location* is a folder."""
    if is_remote(location):
        files, path = filesystem(location)
        return bool(files.isdir(path))
    return os.path.isdir(location)  # noqa: PTH112  # pathlib raises where a folder on the way is closed


def is_missing(location: str) -> bool:
    """Say whether nothing is there; what is remote may come with the first file."""
    return not is_remote(location) and not os.path.lexists(location)


def join(location: str, *names: str) -> str:
    """Return the place of *names* within a folder."""
    return "/".join([location.rstrip("/"), *names]) if is_remote(location) else str(Path(location, *names))


@functools.cache
def _fsspec() -> Any:
    try:
        import fsspec
    except ModuleNotFoundError as error:
        raise MissingDependencyError("fsspec is not installed.", "Run pip install 'buque[remote]'.") from error
    return fsspec


def filesystem(location: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URL and the path on it.

    Raises:
        MissingDependencyError: fsspec, or the package it needs for this kind of address, is not installed.
    """
    try:
        files, path = _fsspec().core.url_to_fs(location)
    except ImportError as error:
        raise MissingDependencyError(f"{location}: {error}.", "Install that package.") from error
    except ValueError as error:
        raise FileAccessError(f"{location}: {error}.", "Check the address.") from error
    return files, path


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
