"""Dots inside of addresses, taken for dust: www.example.cn has a letter or digit half a cell away on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pipeline.imaging.grid import Placed, blanks_between
from pipeline.imaging.groups import Run
from pipeline.imaging.loading import Image
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match, is_western
from pipeline.recognition.engine import by_shape
from pipeline.recognition.unread import dots_in

_ROOM = 0.22, 1.0
"""White between two letters that a dot stands in, pitches; estimates. A space is as wide, but has no dot."""


def with_address_dots(lines: Sequence[GridLine], matched: Sequence[list[Match]], ink: Image) -> list[list[Match]]:
    """Return what was read on lines, with the dots between letters that were put off as specks.

    Args:
        lines: measured.
        matched: what was read on each.
        ink: 1 where the page is inked, specks too, shape (height, width).
    """
    return [_with_dots(line, matches, ink) for line, matches in zip(lines, matched, strict=True)]


def _with_dots(line: GridLine, matches: Sequence[Match], ink: Image) -> list[Match]:
    result = list(matches[:1])
    for before, behind in pairwise(matches):
        dot = _dot_between(line, before, behind, ink)
        if dot is not None:
            centre = (dot.left + dot.right) / 2
            cell = Placed("half", before.cell.right, max(before.cell.right + 1.0, behind.cell.left), dot)
            result.append(Match(cell, by_shape(".", centre)))
        result.append(behind)
    return result


def _dot_between(line: GridLine, before: Match, behind: Match, ink: Image) -> Run | None:
    """Return the only ink between two letters, or a letter and a digit, if it is a dot and they leave room for one."""
    texts = before.text, behind.text
    if not all(map(is_western, texts)) or all(map(str.isdigit, texts)) or before.cell is behind.cell:
        return None
    if blanks_between(before.cell, behind.cell, line.pitch):
        return None
    left, right = before.cell.ink.right, behind.cell.ink.left
    if not _ROOM[0] * line.pitch < right - left < _ROOM[1] * line.pitch:
        return None
    dots, others = dots_in(line, int(left), int(right), ink)
    return dots[0] if len(dots) == 1 and not others else None
