"""Pages to running text: □ for a blank cell, the lines of a paragraph joined, and where every character lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from pipeline.document import Line, Page, Place
from pipeline.language.normalise import HOLE_ONE
from pipeline.places import Places
from pipeline.reading.scan import End, Scan, without_indent

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

_INDENTED = 2
"""Cells by which a paragraph's first line is indented."""


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
        kept.append(page if keep_lines else replace(page, lines=()))
        fonts.append(tuple(sorted({line.font for line in page.lines if line.font})))
        for number, line in enumerate(_parted(page.lines)):
            if number == 0 and before is not None and line.starts_paragraph and not _is_row(line):
                line = without_indent(line) if _goes_on(before, margin) and _may_go_on(before, line, page) else line
            before, margin = line, max(line.box[2] for line in page.lines)
            row = _Row(line, page.number, (len(kept) - 1, number))
            pictures += [(len(places), Place(page.number, box)) for at, box in page.pictures if at == number]
            if pieces and line.starts_paragraph:
                ends += _end(last, len(places), closes=True, before=row)
                pieces.append("\n")
                places.append(None)
            else:
                ends += _end(last, len(places), closes=False)
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
    if pieces:
        ends += _end(last, len(places), closes=True)
        pieces.append("\n")
        places.append(None)
    text = "".join(pieces)
    return Scan(tuple(kept), text, places, tuple(pictures), (), tuple(crops), offers, tuple(fonts), tuple(ends))


def _end(last: _Row | None, at: int, *, closes: bool, before: _Row | None = None) -> Iterator[End]:
    """Yield the end of a line if white behind it may be lost characters.

    Args:
        last: the line; None before the first.
        at: offset of its end.
        closes: a paragraph ends there.
        before: the line that begins the next one.
    """
    if last is None:
        return
    indent = _blanks(before, -_INDENTED) if before and before.line.indented else ()
    white = _blanks(last, last.line.ended if closes else last.line.moved)
    if white or indent:
        yield End(at, white, closes, indent, (last.where, *((before.where,) if before else ())))


def _blanks(row: _Row, count: int) -> tuple[Place, ...]:
    """Return the places of white cells behind a line, or of -count before it."""
    left, top, right, bottom = row.line.box
    first = right if count > 0 else max(0, left + round(count * row.line.pitch))
    edges = [first + round(k * row.line.pitch) for k in range(abs(count) + 1)]
    boxes = ((start, top, stop, bottom) for start, stop in pairwise(edges))
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
            found[at] = replace(line, starts_paragraph=True)
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
