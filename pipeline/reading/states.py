"""Files that are read once and kept in memory until they change: the user's terms, sister documents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FileAccessError


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it is now: the key under which caches keep what was read of it."""

    path: Path
    size: int
    changed: int

    def read(self) -> bytes:
        """Return the file's content.

        Raises:
            FileAccessError: it cannot be read.
        """
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise FileAccessError(f"{self.path}: {error.strerror}.", "Check the path and its permissions.") from error


def file_state(path: Path) -> FileState:
    """Return the state of a file: size in bytes and time of the last change in nanoseconds.

    Raises:
        FileAccessError: it is not there.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise FileAccessError(f"{path}: {error.strerror}.", "Check the path and its permissions.") from error
    return FileState(path, state.st_size, state.st_mtime_ns)
