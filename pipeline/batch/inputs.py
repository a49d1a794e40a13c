"""What a run is given: the files to restore, and a name for the folder of each."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from pipeline.batch import locations
from pipeline.document import PAGE_SUFFIXES
from pipeline.reading import source

SUFFIXES = source.SUFFIXES | PAGE_SUFFIXES
"""File names that are looked for in folders; a file given by itself is read whatever its name."""

_LONGEST_NAME = 200  # bytes; file systems allow 255, and names get a number where they are taken
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\ud800-\udfff]")


def list_inputs(paths: Iterable[str], out: str) -> Iterator[str]:
    """Yield every file of *paths*, folders searched through; OUT itself is no input."""
    for path in map(locations.absolute, paths):
        if locations.is_folder(path):
            yield from locations.walk(path, SUFFIXES, out)
        else:
            yield path


def candidate_names(path: str) -> Iterator[str]:
    """Yield names for the document's output folder, best first: the file's stem, its name, its name with a number.

    No name leads out of the output folder, hides itself or is longer than a file system takes.
    """
    file = PurePosixPath(path)
    yield safe_name(file.stem)
    whole = safe_name(file.name)
    yield whole
    for number in itertools.count(2):
        yield f"{whole}-{number}"


def safe_name(name: str) -> str:
    """Return *name* without what a file system or a shell would take for something else."""
    cleaned = _UNSAFE.sub("_", name)
    cleaned = cleaned.encode("utf-8")[:_LONGEST_NAME].decode("utf-8", "ignore").strip()
    return f"_{cleaned}" if not cleaned or cleaned.startswith(".") else cleaned
