"""Marks that a wide percent sign covers: it fills a cell where it has room for half of one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.loading import Image
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import MARKS, Match
from pipeline.recognition.engine import Seen

_SIGNS = frozenset("%％")
_RING = (("。", 0.6),)
_COMMA, _SEMICOLON = (("，", 0.4), ("；", 0.2)), (("；", 0.4), ("，", 0.2))
"""What shows below the sign as wide as a ring, and what as a tail; as sure as what no engine read, only its shape."""

_NEARER = 0.03
"""Cells by which a tail's end must be nearer to those of the page's semicolons than to its commas'."""

_RING_WIDE = 0.215
"""Columns of a ring there, cells; tails were found to have up to 0.21, rings 0.23 and more."""

_BEHIND = 0.45, 0.8
"""Cells between the sign's ink and the cell behind it: what is left of the mark's cell."""

_LEFT_OVER = 0.63
"""The same where nothing stands behind that shows it."""

_COLUMNS = 0.6
"""Cells before the end of the ink in which the mark lies."""

_LOWER = 0.04, 0.3
"""By how much a mark reaches lower than the numbers before it, cells; a percent sign stands on their line."""

_LOWEST = 0.7
"""Cells below the middle of a line to which its marks reach; the next line may begin there."""

_LEAST_WIDE = 0.08
"""Inked columns of the mark there, cells: specks are narrower."""


def with_covered_marks(lines: Sequence[GridLine], matched: Sequence[list[Match]], ink: Image) -> list[list[Match]]:
    """Return what was read on lines, with the marks that show below a percent sign and that no engine read.

    Args:
        lines: measured.
        matched: what was read on each.
        ink: 1 where the page is inked, shape (height, width).
    """
    result = []
    ends = {mark: _lowest(lines, matched, mark) for mark in "，；"}
    for line, matches in zip(lines, matched, strict=True):
        own: list[Match] = []
        for at, match in enumerate(matches):
            own.append(match)
            behind = matches[at + 1] if at + 1 < len(matches) else None
            digit = matches[at - 1] if at and matches[at - 1].text.isdigit() else None
            if match.text in _SIGNS and digit and (mark := _mark_below(line, digit, match, behind, ink)):
                end = behind.cell.left if behind else match.cell.ink.right + _LEFT_OVER * line.pitch
                placed = Placed("low", end - line.pitch, end, mark)
                own[-1] = replace(match, cell=replace(match.cell, right=placed.left))
                read: tuple[tuple[str, float], ...] = _RING
                if mark.right - mark.left <= _RING_WIDE * line.pitch:
                    off = {sign: abs(_below(line, mark) - end) for sign, end in ends.items()}
                    read = _SEMICOLON if off["；"] < off["，"] - _NEARER else _COMMA
                own.append(Match(placed, Seen(read[0][0], placed.centre, read)))
        result.append(own)
    return result


def _below(line: GridLine, mark: Run) -> float:
    """Return how far a mark reaches below the middle of its line, cells."""
    return (mark.bottom - line.middle) / line.pitch


def _lowest(lines: Sequence[GridLine], matched: Sequence[list[Match]], mark: str) -> float:
    """Return how far the marks of a kind reach below the middle of their lines on this page; infinity without any."""
    ends = [
        _below(line, match.cell.ink)
        for line, matches in zip(lines, matched, strict=True)
        for match in matches
        if match.text == mark and not match.extra
    ]
    return float(np.median(ends)) if ends else math.inf


def _mark_below(line: GridLine, digit: Match, sign: Match, behind: Match | None, ink: Image) -> Run | None:
    """Return the ink of a mark below and behind a percent sign, None where none shows."""
    pitch, end = line.pitch, round(sign.cell.ink.right)
    if behind is not None and (
        behind.text in MARKS or not _BEHIND[0] <= (behind.cell.left - end) / pitch <= _BEHIND[1]
    ):
        return None
    start = round(end - _COLUMNS * pitch)
    top, low = round(line.middle), round(line.middle + _LOWEST * pitch)
    first, last = round(digit.cell.ink.left), round(min(digit.cell.ink.right, start))
    numbers = np.flatnonzero(ink[top:low, first:last].any(axis=1))
    inked = np.flatnonzero(ink[top:low, start:end].any(axis=1))
    if not len(numbers) or not len(inked):
        return None
    lower = (inked[-1] - numbers[-1]) / pitch
    columns = np.flatnonzero(ink[top + int(numbers[-1]) + 1 : low, start:end].any(axis=0))
    if not _LOWER[0] <= lower <= _LOWER[1] or len(columns) < _LEAST_WIDE * pitch:
        return None
    x, y = start + int(columns[0]), top + int(numbers[-1])
    return Run(x, start + int(columns[-1]) + 1, y, top + int(inked[-1]) + 1, float(len(columns)), 0.0)
