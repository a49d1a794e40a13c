"""Points and commas inside of numbers: between two digits half a cell apart stands no mark of Chinese text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match
from pipeline.recognition.engine import Seen, by_shape
from pipeline.recognition.settling import is_comma

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
            dirt = match.read is None and (_is_speck(match, line.pitch) or _in_year(matches, at))
            if not match.extra and taken and low and not dirt and in_number(matches, at, line.pitch):
                own[at] = replace(match, read=_as_point(matches, at, is_comma(match.cell, line)))
        result.append(own)
    return result


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


def _in_year(matches: Sequence[Match], at: int) -> bool:
    """Tell whether the digits on both sides of a match make up a year: 2018 and dirt, not 20.18."""
    start = next((k + 1 for k in range(at - 1, -1, -1) if not _is_digit(matches[k])), 0)
    end = next((k for k in range(at + 1, len(matches)) if not _is_digit(matches[k])), len(matches))
    digits = "".join(match.read.text for match in (*matches[start:at], *matches[at + 1 : end]) if match.read)
    read = matches[end].read if end < len(matches) else None
    return len(digits) == _YEAR_DIGITS and digits.startswith(_YEARS) and not (read and read.text in _NO_YEAR)


def _is_digit(match: Match) -> bool:
    return match.read is not None and match.read.text.isascii() and match.read.text.isdigit()
