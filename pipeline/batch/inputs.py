"""What a run is given: the files to restore, and a name for the folder of each."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from pipeline.batch import locations
from pipeline.document import LAID_OUT_SUFFIXES
from pipeline.reading import source

SUFFIXES = source.SUFFIXES | LAID_OUT_SUFFIXES
"""File names that are looked for in folders; a file given by itself is read whatever its name."""

OTHER_DOCUMENTS = frozenset(
    {
        *(".doc", ".wps", ".rtf", ".odt", ".ceb", ".caj", ".epub", ".mht", ".mhtml"),
        *(".xls", ".xlsx", ".et", ".ppt", ".pptx", ".zip", ".rar", ".7z"),
        *(".bmp", ".gif", ".webp", ".jp2", ".djvu", ".heic"),
    }
)
"""Endings of documents that cannot be read: those that lie in a folder are worth a word."""

_LONGEST_NAME = 200  # bytes; file systems allow 255, and names get a number where they are taken
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\ud800-\udfff]")


def list_inputs(paths: Iterable[str], out: str, aside: locations.Aside | None = None) -> Iterator[str]:
    """Yield every file of *paths*, folders searched through; OUT itself is no input. *aside* hears what is left out."""
    for path in map(locations.absolute, paths):
        if locations.is_folder(path):
            yield from locations.walk(path, SUFFIXES, out, aside)
        else:
            yield path


def passed_over(aside: locations.Aside) -> dict[str, int]:
    """Return how many documents of which other kinds were left out, most first, and links to folders."""
    found = dict(aside.kinds.most_common())
    return {**found, "links to folders": aside.links} if aside.links else found


def candidate_names(path: str) -> Iterator[str]:
    """Yield names for the document's output folder, best first: the file's stem, its name, both with its folder's name.

    Then come its name with a part of its path's hash, and with a number. No name leads out of the output folder, hides
    itself or is longer than a file system takes.
    """
    file = PurePosixPath(path)
    whole = safe_name(file.name)
    yield safe_name(file.stem)
    yield whole
    if file.parent.name:
        yield safe_name(f"{file.parent.name}-{file.stem}")
        yield safe_name(f"{file.parent.name}-{file.name}")
    yield f"{whole}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"
    for number in itertools.count(2):
        yield f"{whole}-{number}"


def safe_name(name: str) -> str:
    """Return *name* as text, without what a file system or a shell would take for something else."""
    cleaned = _UNSAFE.sub("_", unicodedata.normalize("NFC", locations.legible(name)))
    cleaned = cleaned.encode("utf-8")[:_LONGEST_NAME].decode("utf-8", "ignore").strip()
    return f"_{cleaned}" if not cleaned or cleaned.startswith(".") else cleaned
