"""One run for each output folder at a time. The kernel gives the lock back however its holder ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import FileAccessError


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold *folder* for this process.

    Raises:
        FileAccessError: another run holds it, or it cannot be written.
    """
    path = folder / "lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise FileAccessError(f"{path}: {error.strerror}.", "Choose another --out folder.") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise FileAccessError(
                f"{folder.parent}: another run (process {holder}) writes here.", "Wait for it or choose another --out."
            ) from error
        except OSError as error:
            raise FileAccessError(f"{path}: {error.strerror}.", "Choose a folder whose disk has locks.") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
