"""Documents as writers see them: pages of lines of pieces, each with a box.

A text has no page image. Its boxes are then synthetic: one page, a line of the text a line of the page, a code point
a square cell of ``CELL`` pixels, ``PITCH`` pixels from line to line, ``MARGIN`` pixels of border. Formats that demand
geometry get these; they keep order and relative width, and claim nothing about paper. Where characters lie on pages is
the matter of ``printed.py``.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from pipeline.edits import Edit, carried_out
from pipeline.restoration import Restoration
from pipeline.settings import Settings

CELL = 40
PITCH = 60
MARGIN = 100
# Characters XML 1.0 section 2.2 does not admit, and U+FEFF, which parsers strip.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def splits(edit: Edit, reading: str) -> bool:
    """Tell whether a reading can be shared out between printed lines: a character for each one of the original."""
    return len(reading) == len(edit.before) and not {"\n", "\r"} & set(edit.before)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a line before it has a box: the text that stands there, and the offsets it covers in the original.

    ``edit``, ``applied`` and ``before`` as in ``Piece``.
    """

    text: str
    start: int
    end: int
    edit: Edit | None = None
    applied: bool = False
    before: str = ""

    @property
    def offset(self) -> int:
        """Where ``before`` begins in the edit's own."""
        return self.start - self.edit.start if self.edit else 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A line before it is laid out; fields as in ``PageLine``."""

    start: int
    end: int
    runs: tuple[Run, ...]
    joined: Edit | None
    continues: bool
    runs_on: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the page, from the top left corner; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.bottom - self.top

    @property
    def points(self) -> str:
        """The four corners as PAGE writes them: ``x,y x,y x,y x,y``."""
        return f"{self.left},{self.top} {self.right},{self.top} {self.right},{self.bottom} {self.left},{self.bottom}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a line: untouched text, or an edit.

    Attributes:
        text: what stands in the restored text.
        edit: the edit, or None for untouched text.
        applied: the edit was carried out; otherwise ``text`` is what came in.
        box: where it stands on the page.
        before: what of the edit's ``before`` lies on this line; an edit may take in line ends.
        offset: where that begins in the edit's ``before``.
    """

    text: str
    edit: Edit | None
    applied: bool
    box: Box
    before: str = ""
    offset: int = 0

    @property
    def readings(self) -> list[tuple[str, float]]:
        """Readings with probabilities in descending order; what stands in the text comes first.

        Of an edit that runs over the end of a printed line, the parts that fall on this one.
        """
        if self.edit is None:
            return [(self.text, 1.0)]
        part = slice(self.offset, self.offset + len(self.before))
        seen = {self.text}
        first = self.edit.probability if self.applied else max(0.0, 1 - self.edit.probability)
        rest = []
        for text, probability in sorted(
            [(self.edit.after, self.edit.probability), *self.edit.alternatives], key=lambda r: -r[1]
        ):
            if splits(self.edit, text):
                text = text[part]
            if text not in seen:
                seen.add(text)
                rest.append((text, probability))
        return [(self.text, first), *rest]


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of the original.

    Attributes:
        number: from 1.
        start: its offset in the original.
        end: the offset behind it, without its line end.
        box: where it stands on the page.
        pieces: its text and edits, left to right.
        joined: the edit that takes its line end out, or None.
        continues: a carried out edit joins it to the line before.
        runs_on: a carried out edit takes its line end out.
    """

    number: int
    start: int
    end: int
    box: Box
    pieces: tuple[Piece, ...]
    joined: Edit | None = None
    continues: bool = False
    runs_on: bool = False

    @property
    def text(self) -> str:
        """The restored line."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class LaidPage:
    """A page of ``width`` by ``height`` pixels."""

    number: int
    width: int
    height: int
    lines: tuple[PageLine, ...]


def xml_text(text: str) -> str:
    """Put U+FFFD for every character XML cannot hold (control characters, lone surrogates)."""
    return _NOT_XML.sub("\ufffd", text)


def line_starts(text: str) -> list[int]:
    """Return the offset of every line (ended by LF, CRLF or CR)."""
    return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]


class Position(TypedDict):
    """Where an edit begins and ends: line from 1, code points of the original line from 0."""

    line: int
    start: int
    end: int


def line_at(starts: Sequence[int], offset: int) -> int:
    """Return the index of the line that *offset* lies on; *starts* as of ``line_starts``."""
    return bisect.bisect_right(starts, offset) - 1


def position(edit: Edit, starts: Sequence[int]) -> Position:
    """Return the position of an edit as rows of edits.jsonl, CSV and JSON give it."""
    line = line_at(starts, edit.start)
    return {"line": line + 1, "start": edit.start - starts[line], "end": edit.end - starts[line]}


def by_line(edits: Iterable[Edit], starts: Sequence[int]) -> dict[int, list[Edit]]:
    """Return the edits that begin on each line, by its index, in order."""
    lines: dict[int, list[Edit]] = {}
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        lines.setdefault(line_at(starts, edit.start), []).append(edit)
    return lines


def applied_edits(restoration: Restoration, settings: Settings) -> list[Edit]:
    """Return the edits that the run's ``fill`` carried out."""
    return [edit for edit in restoration.edits if carried_out(edit, settings.fill)]


def stretches(
    original: str, edits: Iterable[Edit], applied: Iterable[Edit], starts: Sequence[int]
) -> Iterator[Stretch]:
    """Yield what stands between each of *starts* and the next, without line ends.

    *starts* are the offsets of the lines, those of the text or of the paper; a line end of the text is always one.
    """
    chosen = {(edit.start, edit.end) for edit in applied}
    edits_of = by_line(edits, starts)
    carried: Edit | None = None  # an edit that took in the line end before
    unbroken = False  # the line before ended on paper only
    for index, start in enumerate(starts):
        behind = starts[index + 1] if index + 1 < len(starts) else len(original)
        end = start + len(original[start:behind].rstrip("\r\n"))
        runs: list[Run] = []
        at = start
        continues = carried is not None and (carried.start, carried.end) in chosen
        if carried is not None:
            to = min(carried.end, end)
            part = original[start:to]
            if part:
                text = _share(carried, start, to) if continues else part
                runs.append(Run(text, start, to, carried, continues, part))
            at = max(start, carried.end)
        carried = carried if carried is not None and carried.end > end else None
        for edit in edits_of.get(index, []):
            runs.append(Run(original[at : edit.start], at, edit.start))
            applies = (edit.start, edit.end) in chosen
            to = min(edit.end, end)
            before = original[edit.start : to]
            text = _share(edit, edit.start, to) if applies else before
            runs.append(Run(text, edit.start, to, edit, applies, before))
            at = edit.end
            if edit.end > end:
                carried = edit
        runs.append(Run(original[at:end], at, end))
        joins = carried is not None and (carried.start, carried.end) in chosen
        open_end = behind == end and index + 1 < len(starts)
        kept = tuple(run for run in runs if run.text or run.edit)
        yield Stretch(start, end, kept, None if open_end else carried, continues or unbroken, runs_on=joins or open_end)
        unbroken = open_end


def _share(edit: Edit, start: int, end: int) -> str:
    """Return what of an edit's reading stands for the original's *start* to *end*.

    That is all of it on the first line, unless it can be told character by character.
    """
    if splits(edit, edit.after):
        return edit.after[start - edit.start : end - edit.start]
    return edit.after if start == edit.start else ""


def lay_out(original: str, edits: Iterable[Edit], applied: Iterable[Edit]) -> tuple[LaidPage, ...]:
    """Return the pages of a text with synthetic boxes (see the module's docstring)."""
    lines = [
        _place(index, stretch)
        for index, stretch in enumerate(stretches(original, edits, applied, line_starts(original)))
    ]
    width = max(line.box.right for line in lines) + MARGIN
    return (LaidPage(1, width, lines[-1].box.bottom + MARGIN, tuple(lines)),)


def _place(index: int, stretch: Stretch) -> PageLine:
    top, left = MARGIN + index * PITCH, MARGIN
    pieces = []
    for run in stretch.runs:
        # An open place without a trace is empty; a box still needs an inside.
        width = len(run.text) * CELL or 1
        pieces.append(
            Piece(run.text, run.edit, run.applied, Box(left, top, left + width, top + CELL), run.before, run.offset)
        )
        left += width
    return line_of(stretch, index + 1, Box(MARGIN, top, max(left, MARGIN + 1), top + CELL), pieces)


def line_of(stretch: Stretch, number: int, box: Box, pieces: Iterable[Piece]) -> PageLine:
    """Return a stretch as a line that has its boxes."""
    return PageLine(
        number, stretch.start, stretch.end, box, tuple(pieces), stretch.joined, stretch.continues, stretch.runs_on
    )
