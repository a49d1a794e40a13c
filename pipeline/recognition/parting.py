"""Merged ink parted: a mark that touches what stands beside it gets a cell of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from pipeline.imaging.grid import GroupKind, Placed
from pipeline.recognition.align import MARKS, Match, is_western

_OPENING_MARKS = frozenset("（(〔[《〈“‘【")
_INK_RIM = 0.04
"""White at the outer side of a half-width character, pitches."""

_NARROW = 0.05, 0.62
"""Width of a mark's ink that has merged with a character, pitches."""


def part_merged(matches: Sequence[Match], pitch: float) -> list[Match]:
    """Part cells that hold a mark and what it touches, such as a bracket and a digit, or a Han and a quote.

    《2 fills the width of one cell, but takes one and a half; taken for one, they would stand half a cell off the grid.
    办” has ink for one and a quarter, but takes two.
    """
    result: list[Match] = []
    for _, group in groupby(matches, lambda match: id(match.cell)):
        sharing = list(group)
        cell = sharing[0].cell
        texts = [match.read.text for match in sharing if match.read]
        whole = len(texts) == len(sharing) > 1
        parts: list[Placed] = []
        if whole and len(sharing) == 2 and cell.kind == "full":
            parts = _bracket_and_digit(texts, cell, pitch)
        elif whole and cell.kind == "merged":
            parts = _han_and_mark(texts, cell, pitch)
        if parts:
            result += [Match(part, match.read) for part, match in zip(parts, sharing, strict=True)]
        else:
            result += sharing
    return result


def _bracket_and_digit(texts: Sequence[str], cell: Placed, pitch: float) -> list[Placed]:
    """Return the cells of a bracket and a digit in the room of one; none for anything else."""
    halves = [is_western(text) for text in texts]
    if halves == [False, True] and texts[0] in _OPENING_MARKS:
        right = cell.ink.right + _INK_RIM * pitch
        return _parts(cell, ("opening", "half"), (right - 1.5 * pitch, right - 0.5 * pitch, right))
    if halves == [True, False] and texts[1] in MARKS - _OPENING_MARKS:
        left = cell.ink.left - _INK_RIM * pitch
        return _parts(cell, ("half", "closing"), (left, left + 0.5 * pitch, left + 1.5 * pitch))
    return []


def _han_and_mark(texts: Sequence[str], cell: Placed, pitch: float) -> list[Placed]:
    """Return the cells of characters and a narrow mark before or behind them, merged; none for anything else."""
    marks = [text in MARKS for text in texts]
    wide = len(texts) - 1
    if any(map(is_western, texts)) or not _NARROW[0] < cell.width / pitch - wide < _NARROW[1]:
        return []
    full: list[GroupKind] = ["full"] * wide
    if marks == [False] * wide + [True]:
        left = cell.ink.left - _INK_RIM * pitch
        return _parts(cell, [*full, "closing"], [left + k * pitch for k in range(wide + 2)])
    if marks == [True] + [False] * wide:
        right = cell.ink.right + _INK_RIM * pitch
        return _parts(cell, ["opening", *full], [right - k * pitch for k in range(wide + 1, -1, -1)])
    return []


def _parts(cell: Placed, kinds: Sequence[GroupKind], bounds: Sequence[float]) -> list[Placed]:
    ink = cell.ink
    return [
        Placed(kind, left, right, ink._replace(left=max(left, ink.left), right=min(right, ink.right)))
        for kind, (left, right) in zip(kinds, pairwise(bounds), strict=True)
    ]
