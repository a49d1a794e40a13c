"""Witnesses of a reading: terms of the vocabulary, the same words elsewhere in the document or in its sisters."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.damage.hypotheses import is_han
from pipeline.errors import FileAccessError, UnreadableInputError
from pipeline.infill.readings import Reading
from pipeline.language.normalise import fold
from pipeline.reading.source import SUFFIXES, read_source
from pipeline.reading.states import FileState, file_state
from pipeline.vocabulary.terms import Vocabulary

REFERENCE_WEIGHT = 1.0
"""Occurrences that each occurrence in a reference counts for."""

KEY = 6
"""Characters of a passage by which it is looked up."""

MOST_PARALLELS = 64

WINDOW = 3
"""Characters on either side that a parallel must share with the reading."""


class Passages:
    """A text in which passages are looked up at a cost that does not grow with it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places: dict[str, list[int]] = {}
        for at in range(len(text) - KEY + 1):
            places = self._places.setdefault(text[at : at + KEY], [])
            if len(places) < MOST_PARALLELS:
                places.append(at)

    def find(self, passage: str) -> int | None:
        """Return an offset of *passage*, ``KEY`` characters or more, or None.

        Of beginnings that stand in more than ``MOST_PARALLELS`` places the first ones are looked at.
        """
        places = self._places.get(passage[:KEY], [])
        return next((at for at in places if self._text.startswith(passage, at)), None)


@dataclass(frozen=True, slots=True)
class Reference:
    """A sister document: its name, its folded lines without white space, and their offsets in the joined text."""

    name: str
    lines: tuple[str, ...]
    passages: Passages
    starts: tuple[int, ...]

    def line_of(self, passage: str) -> int | None:
        """Return the number (from 1) of a line in which *passage* stands, or None."""
        at = self.passages.find(passage)
        return None if at is None else bisect.bisect_right(self.starts, at)


def folded(text: str) -> str:
    """Return *text* in model form, without white space."""
    return "".join(fold(char) for char in text if not char.isspace())


def read_references(folder: Path | None) -> tuple[Reference, ...]:
    """Read the text files of a folder of sister documents; files that are no text are passed over.

    What is read is kept for the next document of a run, until a file of the folder changes.

    Raises:
        FileAccessError: the folder is not there, or a file in it cannot be read.
    """
    if folder is None:
        return ()
    if not folder.is_dir():
        raise FileAccessError(f"{folder}: no such folder.", "Give --references a folder of text files.")
    return _read(
        tuple(file_state(p) for p in sorted(folder.rglob("*")) if p.suffix.lower() in SUFFIXES and p.is_file())
    )


@functools.lru_cache(maxsize=2)
def _read(files: tuple[FileState, ...]) -> tuple[Reference, ...]:
    found = []
    for file in files:
        try:
            text = read_source(file.read(), str(file.path)).text
        except UnreadableInputError:
            continue
        lines = tuple(folded(line) for line in text.splitlines())
        starts, at = [], 0
        for line in lines:
            starts.append(at)
            at += len(line) + 1
        found.append(Reference(file.path.name, lines, Passages("\n".join(lines)), tuple(starts)))
    return tuple(found)


def read_text(text: str, readings: Sequence[Reading]) -> tuple[str, dict[int, tuple[int, int]]]:
    """Return the folded text with all readings put in, and where each stands, by the reading's ``id``."""
    pieces: list[str] = []
    spans: dict[int, tuple[int, int]] = {}
    size = at = 0
    for reading in sorted(readings, key=lambda r: (r.hole.start, r.hole.end)):
        before = folded(text[at : reading.hole.start])
        size += len(before)
        pieces += [before, reading.text]
        spans[id(reading)] = (size, size + len(reading.text))
        size += len(reading.text)
        at = reading.hole.end
    return "".join([*pieces, folded(text[at:])]), spans


class Witnesses:
    """Looks up what speaks for each reading, once the whole document has been read."""

    def __init__(
        self, text: str, readings: Sequence[Reading], vocabulary: Vocabulary, references: Sequence[Reference]
    ) -> None:
        self._vocabulary = vocabulary
        self._references = references
        self._original = Passages(folded(text))
        self._read, self._spans = read_text(text, readings)

    def of(self, reading: Reading) -> list[str]:
        """Return evidence strings: ``vocabulary:category:term``, ``document:passage``, ``reference:file:line``."""
        start, end = self._spans[id(reading)]
        evidence = []
        lower = max(0, start - 2 * WINDOW)
        window = self._read[lower : end + 2 * WINDOW]
        for left, right, term in self._vocabulary.words(window):
            if left + lower < end and right + lower > start and len(term.text) > end - start:
                evidence.append(f"vocabulary:{term.category}:{term.text}")
        passage = self._read[max(0, start - WINDOW) : end + WINDOW]
        if len(passage) >= KEY and sum(map(is_han, passage)) >= end - start + WINDOW:
            if self._original.find(passage) is not None:
                evidence.append(f"document:{passage}")
            for reference in self._references:
                line = reference.line_of(passage)
                if line is not None:
                    evidence.append(f"reference:{reference.name}:{line}")
        return evidence
