"""Han that the grid gave half a cell, as pale or broken print makes them look: what is read as Han has a whole one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.damage.hypotheses import is_han
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match

_OPENING = frozenset("（(〔[《〈“‘【")
_ROOM = 0.12
"""Pitches by which ink may stand out of its cell."""

_OFF = 0.25
"""Pitches by which white between a cell and its neighbours may miss whole cells."""

_NARROWEST = 0.78
"""White of a blank cell at least, pitches, on a page that lost nothing."""

_RIM = 0.04
"""White at the right of a Han in its cell, pitches."""

_TOO_NARROW = 1.35
_BESIDE, _TALL = 0.08, 0.5
"""Cells from the end of a Han's ink to that of the next one, under which there is hardly room for half a cell between
them; from a piece of a Han to the rest of it, closer than digits are printed; height of a piece at least, no ·."""

_PAIR = 1.15, 1.75
"""Width of the ink of an opening bracket and a Han together, pitches."""


def with_whole_cells(lines: Sequence[GridLine], matched: Sequence[list[Match]]) -> list[list[Match]]:
    """Return what was read on lines, every Han in a whole cell where its neighbours leave room for it.

    Half a cell too little at the end of a line, or beside a gap, makes one lost character too many or too few.
    """
    return [_whole(_joined(matches, line.pitch), line.pitch) for line, matches in zip(lines, matched, strict=True)]


def without_pieces(matches: Sequence[Match], pitch: float) -> list[Match]:
    """Return what was read on a line, unread pieces of Han joined with what they are of: 亻 before 言.

    Where a stroke of the next character stands below or above the end of a Han, the grid takes both for one, and what
    is left for a character of its own, though there is no room for one.
    """
    result: list[Match] = []
    for match in matches:
        piece = result[-1] if result else None
        before = result[-2] if len(result) > 1 else None
        if (
            piece is not None
            and before is not None
            and piece.read is None
            and is_han(match.text)
            and is_han(before.text)
            and not (before.extra or piece.extra or match.extra)
            and match.cell.ink.right - before.cell.ink.right < _TOO_NARROW * pitch
            and match.cell.ink.left - piece.cell.ink.right < _BESIDE * pitch
            and piece.cell.ink.bottom - piece.cell.ink.top > _TALL * pitch
        ):
            result.pop()
            left = max(before.cell.right, min(piece.cell.left, match.cell.left))
            cell = replace(match.cell, left=left, ink=_together(piece.cell.ink, match.cell.ink))
            match = replace(match, cell=cell)
        result.append(match)
    return result


def _together(a: Run, b: Run) -> Run:
    """Return the ink of two pieces of a character."""
    top, bottom = min(a.top, b.top), max(a.bottom, b.bottom)
    return Run(min(a.left, b.left), max(a.right, b.right), top, bottom, a.area + b.area, b.lean)


def without_narrow_blanks(matches: Sequence[Match], pitch: float) -> list[Match]:
    """Return what was read on a line of a page that lost nothing, without white much narrower than a cell.

    Where a Han touches the mark behind it, or a quote has half a cell, the grid leaves such white. Behind % a mark that
    was not found may stand in it.
    """
    result = list(matches)
    for at in range(1, len(result)):
        before, behind = result[at - 1], result[at].cell
        narrow = 0 < behind.left - before.cell.right < _NARROWEST * pitch
        if narrow and behind is not before.cell and before.read is not None and not before.read.text.isascii():
            widened = replace(before.cell, right=behind.left)
            result[:at] = [replace(one, cell=widened) if one.cell is before.cell else one for one in result[:at]]
    return result


def _joined(matches: Sequence[Match], pitch: float) -> list[Match]:
    """Join half a Han with an unread half before it that fits into the same cell."""
    result: list[Match] = []
    for match in matches:
        before = result[-1] if result else None
        if (
            before is not None
            and before.read is None
            and before.cell.kind == match.cell.kind == "half"
            and not (before.extra or match.extra)
            and match.read is not None
            and is_han(match.read.text)
            and match.cell.ink.right - before.cell.ink.left <= pitch
        ):
            ink = _together(result.pop().cell.ink, match.cell.ink)
            match = replace(match, cell=replace(match.cell, ink=ink))
        result.append(match)
    return result


def _whole(matches: Sequence[Match], pitch: float) -> list[Match]:
    result = list(matches)
    for at, match in enumerate(matches):
        shared = match.extra or (at + 1 < len(matches) and matches[at + 1].cell is match.cell)
        if shared or match.cell.kind != "half" or match.read is None or not is_han(match.read.text):
            continue
        before = result[at - 1] if at else None
        behind = matches[at + 1].cell if at + 1 < len(matches) else None
        if before is not None and not before.extra and _is_bracket_and_han(before, match, pitch):
            # The grid gave the bracket the Han's left half.
            right = match.cell.ink.right + _RIM * pitch
            edge = min(before.cell.ink.right, right - pitch)
            ink = before.cell.ink
            bracket = Placed("opening", right - 2 * pitch, right - pitch, ink._replace(right=max(ink.left, edge)))
            result[at - 1] = replace(before, cell=bracket)
            result[at] = replace(match, cell=replace(match.cell, kind="full", left=right - pitch, right=right))
            continue
        cell = _placed(match.cell, before.cell if before else None, behind, pitch)
        if cell is not None:
            result[at] = replace(match, cell=cell)
    return result


def _is_bracket_and_han(before: Match, match: Match, pitch: float) -> bool:
    opening = before.read is not None and before.read.text in _OPENING and before.cell.kind == "full"
    return opening and _PAIR[0] * pitch < match.cell.ink.right - before.cell.ink.left < _PAIR[1] * pitch


def _placed(cell: Placed, before: Placed | None, behind: Placed | None, pitch: float) -> Placed | None:
    """Return a whole cell for the ink of half a one, on the grid of what is behind or before it; None without room."""
    lefts = []
    if behind is not None:
        lefts.append(behind.left - pitch * (1 + _cells(behind.left - cell.ink.right, pitch)))
    if before is not None:
        lefts.append(before.right + pitch * _cells(cell.ink.left - before.right, pitch))
    for left in lefts:
        whites = []
        if before is not None:
            whites.append((left - before.right) / pitch)
        if behind is not None:
            whites.append((behind.left - left) / pitch - 1)
        on_grid = all(white > -_OFF and abs(white - round(white)) < _OFF for white in whites)
        if on_grid and _holds(left, cell.ink, pitch):
            return replace(cell, kind="full", left=left, right=left + pitch)
    return None


def _cells(white: float, pitch: float) -> int:
    """Return the whole cells in so much white, pixels."""
    return max(0, int(white / pitch + _ROOM))


def _holds(left: float, ink: Run, pitch: float) -> bool:
    return ink.left >= left - _ROOM * pitch and ink.right <= left + (1 + _ROOM) * pitch
