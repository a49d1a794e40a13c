"""Which documents are held out of training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

HELD_OUT = 10
"""One document of so many is held out, of the sources that are folders."""


def documents(folders: Sequence[Path]) -> list[tuple[Path, bool]]:
    """Return the documents of a source's folders, in order, and whether each is held out."""
    files = [file for folder in folders for file in sorted(folder.rglob("*.txt"))]
    return [(file, number % HELD_OUT == HELD_OUT - 1) for number, file in enumerate(files)]
