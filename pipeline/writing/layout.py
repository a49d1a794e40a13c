"""Documents as writers see them: pages of lines of pieces, each with a box.

A text has no page image. Its boxes are then synthetic: one page, a line of the text a line of the page, a code point
a square cell of ``CELL`` pixels, ``PITCH`` pixels from line to line, ``MARGIN`` pixels of border. Formats that demand
geometry get these; they keep order and relative width, and claim nothing about paper.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.edits import Edit, carried_out
from pipeline.restoration import Restoration
from pipeline.settings import Settings

CELL = 40
PITCH = 60
MARGIN = 100
# Characters XML 1.0 section 2.2 does not admit, and U+FEFF, which parsers strip.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


_Run = tuple[str, Edit | None, bool, str]
"""Text that stands there, its edit, whether that is carried out, and what the edit takes from this line."""


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
    """

    text: str
    edit: Edit | None
    applied: bool
    box: Box
    before: str = ""

    @property
    def readings(self) -> list[tuple[str, float]]:
        """Readings with probabilities in descending order; what stands in the text comes first."""
        if self.edit is None:
            return [(self.text, 1.0)]
        seen = {self.text}
        first = self.edit.probability if self.applied else max(0.0, 1 - self.edit.probability)
        rest = []
        for text, probability in sorted(
            [(self.edit.after, self.edit.probability), *self.edit.alternatives], key=lambda r: -r[1]
        ):
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


def applied_edits(restoration: Restoration, settings: Settings) -> list[Edit]:
    """Return the edits that the run's ``fill`` carried out."""
    return [edit for edit in restoration.edits if carried_out(edit, settings.fill)]


def lay_out(original: str, edits: Iterable[Edit], applied: Iterable[Edit]) -> tuple[LaidPage, ...]:
    """Return the pages of a text with synthetic boxes (see the module's docstring)."""
    chosen = {(edit.start, edit.end) for edit in applied}
    starts = line_starts(original)
    by_line: dict[int, list[Edit]] = {}
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        by_line.setdefault(bisect.bisect_right(starts, edit.start) - 1, []).append(edit)
    lines = []
    carried: Edit | None = None  # an edit that took in the line end before
    for index, start in enumerate(starts):
        behind = starts[index + 1] if index + 1 < len(starts) else len(original)
        end = start + len(original[start:behind].rstrip("\r\n"))
        runs: list[_Run] = []
        at = start
        continues = carried is not None and (carried.start, carried.end) in chosen
        if carried is not None:
            part = original[start : min(carried.end, end)]
            if part:
                runs.append(("" if continues else part, carried, continues, part))
            at = max(start, carried.end)
        carried = carried if carried is not None and carried.end > end and behind > end else None
        for edit in by_line.get(index, []):
            runs.append((original[at : edit.start], None, False, ""))
            applies = (edit.start, edit.end) in chosen
            before = original[edit.start : min(edit.end, end)]
            runs.append((edit.after if applies else before, edit, applies, before))
            at = edit.end
            if edit.end > end and behind > end:
                carried = edit
        runs.append((original[at:end], None, False, ""))
        line = _place(index, start, end, [run for run in runs if run[0] or run[1]])
        runs_on = carried is not None and (carried.start, carried.end) in chosen
        lines.append(replace(line, joined=carried, continues=continues, runs_on=runs_on))
    width = max(line.box.right for line in lines) + MARGIN
    return (LaidPage(1, width, lines[-1].box.bottom + MARGIN, tuple(lines)),)


def _place(index: int, start: int, end: int, runs: list[_Run]) -> PageLine:
    top, left = MARGIN + index * PITCH, MARGIN
    pieces = []
    for text, edit, applies, before in runs:
        # An open place without a trace is empty; a box still needs an inside.
        width = len(text) * CELL or 1
        pieces.append(Piece(text, edit, applies, Box(left, top, left + width, top + CELL), before))
        left += width
    return PageLine(index + 1, start, end, Box(MARGIN, top, max(left, MARGIN + 1), top + CELL), tuple(pieces))
