"""Pages to running text: □ for a blank cell, the lines of a paragraph joined, and where every character lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from pipeline.document import Box, Line, Page, Place
from pipeline.language.normalise import HOLE_ONE
from pipeline.places import Places
from pipeline.reading.scan import INDENT, End, Scan, without_indent

_STOPS = "。！？；：!?;:"
_RUNS_ON = "，、（《〔“,("
_FULL = 1.5
"""Pitches by which a full line may miss the right margin."""

_SHORT = 3.0
"""Pitches that a line misses the right margin by which ends a paragraph, on pages whose paragraphs are not indented."""

_OTHER_SIZE = 1.1
"""Ratio of pitches of lines in different sizes."""

_INDENT = 2.7
"""Pitches from the margin in which an indented line begins."""

_LEAST_LINES = 4
"""Lines of a page from which its margin is known."""


class _Row(NamedTuple):
    """A line, the number of its page, and where it lies in the scan."""

    line: Line
    page: int
    where: tuple[int, int]


def running_text(pages: Iterable[Page], *, keep_lines: bool = True) -> Scan:
    """Join lines to paragraphs, over page breaks too.

    Args:
        pages: in order.
        keep_lines: keep the lines of the pages; without them, a long document takes much less memory.
    """
    kept: list[Page] = []
    fonts: list[tuple[str, ...]] = []
    pieces: list[str] = []
    places = Places()
    pictures: list[tuple[int, Place]] = []
    crops: list[tuple[int, str]] = []
    before: Line | None = None
    margin = 0
    offers: dict[int, Sequence[tuple[str, float]]] = {}
    ends: list[End] = []
    last: _Row | None = None
    for page in pages:
        kept.append(replace(page, lines=()))
        fonts.append(tuple(sorted({line.font for line in page.lines if line.font})))
        lines = list(_parted(page.lines))
        for number, line in enumerate(lines):
            if number == 0 and before is not None and line.starts_paragraph and not _is_row(line):
                line = without_indent(line) if _goes_on(before, margin) and _may_go_on(before, line, page) else line
                lines[number] = line
            before, margin = line, max(line.box[2] for line in page.lines)
            row = _Row(line, page.number, (len(kept) - 1, number))
            pictures += [(len(places), Place(page.number, box)) for at, box in page.pictures if at == number]
            if last and pieces:
                ends += _end(last, row, len(places))
                if line.starts_paragraph:
                    pieces.append("\n")
                    places.append(None)
            last = row
            if line.picture:
                crops.append((len(places), line.picture))
            for cell in line.cells:
                text = cell.text or HOLE_ONE
                if cell.alternatives and len(text) == 1:
                    offers[len(places)] = cell.alternatives
                pieces.append(text)
                place = Place(page.number, cell.box, cell.under_seal, cell.glyph, cell.font or line.font)
                places.append(place, len(text))
        pictures += [(len(places), Place(page.number, box)) for at, box in page.pictures if at >= len(page.lines)]
        if keep_lines:
            kept[-1] = replace(page, lines=tuple(lines))
    if last and pieces:
        ends += _end(last, None, len(places))
        pieces.append("\n")
        places.append(None)
    text = "".join(pieces)
    return Scan(tuple(kept), text, places, tuple(pictures), (), tuple(crops), offers, tuple(fonts), tuple(ends))


def _end(last: _Row, following: _Row | None, at: int) -> Iterator[End]:
    """Yield the end of a line if white behind it may be lost characters.

    Args:
        last: the line.
        following: the next one; None at the end of the document.
        at: offset of the line's end.
    """
    line, own = last.line, last.line.trail
    lines = (last.where, following.where) if following else (last.where,)
    indent = _places(following, following.line.indent) if following else ()
    if any(not cell.blank for cell in line.cells[len(line.cells) - own :]):  # something was read there after all
        return
    if following is None or following.line.starts_paragraph:
        if not own and (line.ended or indent):
            yield End(at, _places(last, line.white[: line.ended]), True, indent, 0, lines)
    elif line.moved:
        yield End(at, _places(last, line.white[own : own + line.moved]), lines=lines)
    elif indent and line.ended >= INDENT and _begins_blank(following.line):
        yield End(at - own, _places(last, line.white[: line.ended]), False, indent, own + INDENT, lines)


def _begins_blank(line: Line) -> bool:
    """Tell whether nothing was read where an indent may be, as faint characters are."""
    return len(line.cells) > INDENT and all(cell.blank for cell in line.cells[:INDENT])


def _places(row: _Row, boxes: Sequence[Box]) -> tuple[Place, ...]:
    return tuple(Place(row.page, box, font=row.line.font) for box in boxes)


def _parted(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return the lines of a page without indents, with a new paragraph behind each line that ends short.

    That is told only where a third of the column's lines is full.
    """
    if len(lines) < _LEAST_LINES or any(line.starts_paragraph for line in lines[1:]):
        return lines
    found = list(lines)
    for at, (before, line) in enumerate(pairwise(lines), 1):
        left, _, right, _ = before.box
        column = [other for other in lines if other.box[0] < right and other.box[2] > left]
        margin = max(other.box[2] for other in column)
        full = sum(other.box[2] > margin - _FULL * other.pitch for other in column)
        if full > 1 and 3 * full >= len(column) and right < margin - _SHORT * before.pitch:
            found[at] = replace(line.without_white(), starts_paragraph=True)
    return tuple(found)


def _is_row(line: Line) -> bool:
    """Tell whether a line is a row of a table: nothing goes on into it or out of it."""
    return any(cell.text == "\t" for cell in line.cells)


def _goes_on(line: Line, margin: int) -> bool:
    """Tell whether the last line of a page is not the end of its paragraph: it is full and ends without a stop."""
    text = next((cell.text for cell in reversed(line.cells) if cell.text), "")
    if not line.cells or text in _STOPS or _is_row(line):
        return False
    return text in _RUNS_ON or line.box[2] > margin - _FULL * line.pitch


def _may_go_on(before: Line, line: Line, page: Page) -> bool:
    """Tell whether the first line of a page may be running text: an indent wide, in the size of the line before.

    Titles and signatures stand further to the right.
    """
    left = min(other.box[0] for other in page.lines)
    alike = max(before.pitch, line.pitch) < _OTHER_SIZE * min(before.pitch, line.pitch)
    return alike and (len(page.lines) == 1 or line.box[0] - left < _INDENT * line.pitch)
