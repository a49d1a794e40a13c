"""Points and commas inside of numbers: between two digits half a cell apart stands no mark of Chinese text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.document import Line
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.loading import Image
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match
from pipeline.recognition.engine import FROM_SHAPE, Seen, by_shape
from pipeline.recognition.settling import is_comma
from pipeline.recognition.unread import dots_in

_ROOM = 0.2, 0.8
"""White between the ink of two digits that a point stands in, pitches; a mark of Chinese text takes a whole cell."""

_TAKEN_FOR_IT = frozenset(".,:，。、；：;“”‘’'`·")
"""What a point or a comma is read as."""

_GROUP = 3
"""Digits behind a comma."""

_SURE = 0.9
"""Probability given to ink read as a mark, as a point or comma by where it stands; not measured."""

_LEAST = 0.06
"""Least width and height of ink that no engine read, pitches: as of the dots in unread.py. Smaller is dirt."""

_DROPPED, _IN_YEAR = (0.3, 0.85), 0.46
"""White between two digits in which a point has no cell of its own, and the least of it inside of what looks like a
year, pitches: the digits of a year stand side by side, with 0.44 of white at most where one is a thin 1."""

_TALL = 0.35
"""Height from which ink is a digit's, pitches."""

_YEARS, _YEAR_DIGITS = ("19", "20"), 4
_NO_YEAR = frozenset("万亿%％")
"""How years begin; what stands behind numbers that look like one and are none."""


def in_number(matches: Sequence[Match], at: int, pitch: float) -> bool:
    """Tell whether a match stands between two digits that are half a cell apart."""
    if not 0 < at < len(matches) - 1:
        return False
    before, behind = matches[at - 1], matches[at + 1]
    white = behind.cell.ink.left - before.cell.ink.right
    return _is_digit(before) and _is_digit(behind) and _ROOM[0] * pitch < white < _ROOM[1] * pitch


def with_points(lines: Sequence[GridLine], matched: Sequence[list[Match]]) -> list[list[Match]]:
    """Return what was read on lines, the marks inside of numbers as points and commas."""
    result = []
    for line, matches in zip(lines, matched, strict=True):
        own = list(matches)
        for at, match in enumerate(matches):
            taken = match.read is None or match.read.text in _TAKEN_FOR_IT
            low = match.cell.ink.top > line.middle
            if match.extra or not taken or not low or not in_number(matches, at, line.pitch):
                continue
            white = (matches[at + 1].cell.ink.left - matches[at - 1].cell.ink.right) / line.pitch
            if match.read is not None or not (_is_speck(match, line.pitch) or _in_year(matches, at, white)):
                own[at] = replace(match, read=_as_point(matches, at, is_comma(match.cell, line)))
        result.append(own)
    return result


def with_dropped_points(lines: Sequence[GridLine], matched: Sequence[list[Match]], ink: Image) -> list[list[Match]]:
    """Return what was read on lines, with points between digits that were taken for dust or for a piece of one.

    The digits must leave the room of a point, and nothing but one dot stand in it. No engine has read it: its
    probability is that of a shape.

    Args:
        lines: measured.
        matched: what was read on each.
        ink: 1 where the page is inked, dust too, shape (height, width).
    """
    return [_with_dropped(line, matches, ink) for line, matches in zip(lines, matched, strict=True)]


def _with_dropped(line: GridLine, matches: list[Match], ink: Image) -> list[Match]:
    result = matches[:1]
    for at, match in enumerate(matches[1:], 1):
        before, behind = result[-1], match
        if _is_digit(before) and _is_digit(behind) and before.cell is not behind.cell:
            left, right = _digits_of(line, before)[-1].right, _digits_of(line, behind)[0].left
            if _DROPPED[0] * line.pitch < right - left < _DROPPED[1] * line.pitch:
                dots, others = dots_in(line, int(left), int(right), ink)
                year = _in_year([*matches[:at], before, *matches[at:]], at, (right - left) / line.pitch)
                if len(dots) == 1 and not others and not year:
                    point, behind = _placed(dots[0], before, behind, line.pitch)
                    result.append(point)
        result.append(behind)
    return result


def _digits_of(line: GridLine, match: Match) -> list[Run]:
    """Return what of a digit's ink is as tall as digits, the ink itself where nothing is."""
    ink = match.cell.ink
    inside = [run for run in line.runs if ink.left <= run.left and run.right <= ink.right]
    return [run for run in inside if run.bottom - run.top > _TALL * line.pitch] or [ink]


def _placed(dot: Run, before: Match, behind: Match, pitch: float) -> tuple[Match, Match]:
    """Return a point and the digit behind it; it shares the cell of a digit that its ink was taken for."""
    centre = (dot.left + dot.right) / 2
    read = by_shape(".", centre)
    if centre < before.cell.ink.right:
        return Match(before.cell, read, extra=True), behind
    if centre > behind.cell.ink.left:
        return Match(behind.cell, read), replace(behind, extra=True)
    return Match(Placed("half", centre - pitch / 4, centre + pitch / 4, dot), read), behind


def doubtful_points(lines: Sequence[Line]) -> list[str]:
    """Return the numbers of a page with points that no engine read."""
    found = []
    for line in lines:
        texts = [cell.text for cell in line.cells]
        for at, cell in enumerate(line.cells):
            if cell.text != "." or cell.alternatives != ((".", FROM_SHAPE),):
                continue
            start = next((k + 1 for k in range(at - 1, -1, -1) if not _in_numbers(texts[k])), 0)
            end = next((k for k in range(at + 1, len(texts)) if not _in_numbers(texts[k])), len(texts))
            if start < at < end - 1:
                found.append("".join(texts[start:end]))
    return list(dict.fromkeys(found))


def _in_numbers(text: str) -> bool:
    return text.isascii() and (text.isdigit() or text in (".", ","))


def _as_point(matches: Sequence[Match], at: int, tall: bool) -> Seen:
    """Return a point, or a comma: ink as *tall* as one before just three digits.

    What no engine read has not the probability that would do without a look at it.
    """
    read = matches[at].read
    if read is not None and (read.text == "." or (read.text == "," and read.alternatives[0][1] >= _SURE)):
        return read
    digits = list(map(_is_digit, matches[at + 1 : at + 2 + _GROUP]))
    text = "," if tall and digits[:_GROUP] == [True] * _GROUP and not any(digits[_GROUP:]) else "."
    if read is None:
        return by_shape(text, matches[at].cell.centre)
    rest = tuple((other, p * (1 - _SURE)) for other, p in read.alternatives if other != text)
    return Seen(text, read.centre, ((text, _SURE), *rest))


def _is_speck(match: Match, pitch: float) -> bool:
    ink = match.cell.ink
    return min(ink.right - ink.left, ink.bottom - ink.top) < _LEAST * pitch


def _in_year(matches: Sequence[Match], at: int, white: float) -> bool:
    """Tell whether the digits on both sides of a match make up a year: 2018 and dirt, not 20.18.

    Between them are so many pitches of *white*, the ink of the match included.
    """
    start = next((k + 1 for k in range(at - 1, -1, -1) if not _is_digit(matches[k])), 0)
    end = next((k for k in range(at + 1, len(matches)) if not _is_digit(matches[k])), len(matches))
    digits = "".join(match.read.text for match in (*matches[start:at], *matches[at + 1 : end]) if match.read)
    read = matches[end].read if end < len(matches) else None
    if len(digits) != _YEAR_DIGITS or not digits.startswith(_YEARS) or (read and read.text in _NO_YEAR):
        return False
    return white < _IN_YEAR or bool(read and read.text == "年")


def _is_digit(match: Match) -> bool:
    return match.read is not None and match.read.text.isascii() and match.read.text.isdigit()
