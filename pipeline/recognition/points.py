"""Points and commas inside of numbers: between two digits half a cell apart stands no mark of Chinese text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match
from pipeline.recognition.engine import Seen
from pipeline.recognition.settling import is_comma

_ROOM = 0.2, 0.8
"""White between the ink of two digits that a point stands in, pitches; a mark of Chinese text takes a whole cell."""

_TAKEN_FOR_IT = frozenset(".,:，。、；：;“”‘’'`·")
"""What a point or a comma is read as."""

_GROUP = 3
"""Digits behind a comma."""

_SURE = 0.9
"""Probability given to a point or comma by where it stands; not measured."""


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
            if not match.extra and taken and low and in_number(matches, at, line.pitch):
                own[at] = replace(match, read=_as_point(matches, at, is_comma(match.cell, line)))
        result.append(own)
    return result


def _as_point(matches: Sequence[Match], at: int, tall: bool) -> Seen:
    """Return a point, or a comma: ink as *tall* as one before just three digits."""
    read = matches[at].read
    if read is not None and (read.text == "." or (read.text == "," and read.alternatives[0][1] >= _SURE)):
        return read
    digits = list(map(_is_digit, matches[at + 1 : at + 2 + _GROUP]))
    text = "," if tall and digits[:_GROUP] == [True] * _GROUP and not any(digits[_GROUP:]) else "."
    others = read.alternatives if read is not None else ()
    rest = tuple((other, p * (1 - _SURE)) for other, p in others if other != text)
    return Seen(text, read.centre if read is not None else matches[at].cell.centre, ((text, _SURE), *rest))


def _is_digit(match: Match) -> bool:
    return match.read is not None and match.read.text.isascii() and match.read.text.isdigit()
