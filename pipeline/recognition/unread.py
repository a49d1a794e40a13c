"""What is left unread: the dot behind an item's number, taken for dust; 〇 in years; brackets with nothing between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.loading import Image
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import DOTS, Match, ends_item_number
from pipeline.recognition.engine import by_shape

_LONGEST = 2
"""Digits of an item's number."""

_REACH = 0.6
"""Pitches behind the digit in which its dot stands."""

_ROOM_OF_DOT = 0.35
"""White between a number and what stands behind its dot, pitches."""

_SIZES = 0.06, 0.25
_ROUND = 1.8
_ROWS = 0.12, 0.5
"""Size of a dot, the most that it is longer than wide, and how far below the line's middle it lies, pitches."""

_DOT = "."

_ZERO, _NUMERALS = "〇", frozenset("一二三四五六七八九〇")
_RINGS = frozenset("〇○O")
_NARROW, _TALL, _LEANS = 0.45, 0.6, 0.12
"""Greatest width and least height of a bracket, pitches, and how far its middle lies from its ends."""

_NUMBERED = 3
_BRACKETS = frozenset("（）()")
_BLANK = 0.7
"""Characters of a number in brackets at most, the brackets, and white that a lost one leaves between them, pitches."""

_SQUARE = 1.3
_MOST_INKED = 0.45
"""Most that a ring is higher than wide, or the reverse; most of its box that is inked. Its middle third is white."""


def with_item_dots(lines: Sequence[GridLine], matched: Sequence[list[Match]], dirt: Image) -> list[list[Match]]:
    """Return what was read on lines, with the dots behind the numbers of items that were put off as specks.

    Args:
        lines: measured.
        matched: what was read on each.
        dirt: 1 where specks were taken out, shape (height, width).
    """
    return [_with_dots(line, matches, dirt) for line, matches in zip(lines, matched, strict=True)]


def _with_dots(line: GridLine, matches: Sequence[Match], dirt: Image) -> list[Match]:
    own: list[Match] = []
    for match in matches:
        if own and match.text and not match.text.isascii() and _may_lack_dot(own, match, line.pitch):
            dot = _dot_behind(line, own[-1], match, dirt)
            if dot is not None:
                own[-1:] = _with_dot(own[-1], dot, line.pitch)
        own.append(match)
    return own


def _may_lack_dot(before: Sequence[Match], behind: Match, pitch: float) -> bool:
    """Tell whether the number of an item may end between what stands *before* and *behind*.

    Within a line, where other numbers stand too, the dot must have left room.
    """
    if not before[-1].text.isdigit():
        return False
    texts = [match.text for match in before]
    if "".join(texts).isdigit():
        return len(texts) <= _LONGEST
    room = behind.cell.ink.left - before[-1].cell.ink.right > _ROOM_OF_DOT * pitch
    return room and ends_item_number([*texts, _DOT], len(texts))


def _with_dot(digit: Match, dot: Run, pitch: float) -> list[Match]:
    """Return a digit and the dot behind it, half a cell each; the digit, alone, may have been taken for a mark."""
    middle = digit.cell.centre + pitch / 4
    cell = replace(digit.cell, kind="half", left=middle - pitch / 2, right=middle)
    behind = Placed("half", middle, middle + pitch / 2, dot)
    return [replace(digit, cell=cell), Match(behind, by_shape(_DOT, behind.centre))]


def _dot_behind(line: GridLine, digit: Match, behind: Match, dirt: Image) -> Run | None:
    """Return the only speck between a digit and what is behind it if it is a dot by its size and row."""
    start = int(digit.cell.ink.right) + 1
    end = int(min(behind.cell.ink.left, start + _REACH * line.pitch))
    dots = dots_in(line, start, end, dirt)[0]
    return dots[0] if len(dots) == 1 else None


def dots_in(line: GridLine, start: int, end: int, ink: Image) -> tuple[list[Run], int]:
    """Return what is a dot by its size and row among the ink between two columns of a line, and how much else is there.

    Specks smaller than any dot do not count.
    """
    strip = ink[max(0, line.top) : line.bottom, start:end]
    if strip.size == 0 or not strip.any():
        return [], 0
    _, _, stats, centres = cv2.connectedComponentsWithStats(np.ascontiguousarray(strip), connectivity=8)
    dots, others = [], 0
    for (left, top, width, height, area), (_, row) in zip(stats[1:], centres[1:], strict=True):
        below = (max(0, line.top) + row - line.middle) / line.pitch
        size = max(width, height) / line.pitch
        round_ = max(width, height) <= _ROUND * min(width, height)
        if _SIZES[0] <= size <= _SIZES[1] and round_ and _ROWS[0] <= below <= _ROWS[1]:
            x, y = start + int(left), max(0, line.top) + int(top)
            dots.append(Run(x, x + int(width), y, y + int(height), float(area), 0.0))
        else:
            others += size >= _SIZES[0]
    return dots, others


def with_fellows(lines: Sequence[GridLine], matched: Sequence[list[Match]]) -> list[list[Match]]:
    """Return what was read on lines, ink at their beginning that closing brackets ask for as opening ones.

    At the beginning of a line dust or a pale stroke makes an engine read a bracket as a dot, which then is dirt. It
    must lean as an opening bracket does, with a character or a blank cell behind it: 1）is no （）.
    """
    result = []
    for line, matches in zip(lines, matched, strict=True):
        own = list(matches)
        texts = [match.text for match in matches[: _NUMBERED + 2]]
        closing = next((at for at, text in enumerate(texts) if at and text in _BRACKETS), 0)
        if closing and texts[closing] in "）)" and (texts[0] == "" or texts[0] in DOTS):
            white = own[1].cell.ink.left - own[0].cell.ink.right
            if _bracket(own[0], line) == "（" and (closing > 1 or white > _BLANK * line.pitch):
                own[0] = replace(own[0], read=by_shape("（", own[0].cell.centre))
        result.append(own)
    return result


def with_zeros(lines: Sequence[GridLine], matched: Sequence[list[Match]], ink: Image) -> list[list[Match]]:
    """Return what was read on lines, unread rings beside Chinese numerals as 〇, brackets read as a ring as brackets.

    Args:
        lines: measured.
        matched: what was read on each.
        ink: 1 where the page is inked, shape (height, width).
    """
    result = []
    for line, matches in zip(lines, matched, strict=True):
        own = list(matches)
        for at, match in enumerate(matches):
            bracket = _bracket(match, line)
            ring = match.read is not None and match.read.text in _RINGS
            if bracket and (ring or (match.read is None and _beside_ring(matches, at, line))):
                own[at] = replace(match, read=by_shape(bracket, match.cell.centre))
                continue
            beside = {other.read.text for other in matches[max(0, at - 1) : at + 2] if other.read}
            if match.read is None and beside & _NUMERALS and _is_ring(match, line, ink):
                own[at] = replace(match, read=by_shape(_ZERO, match.cell.centre))
        result.append(own)
    return result


def _bracket(match: Match, line: GridLine) -> str:
    """Return the bracket that ink is by its size and lean; nothing for other ink."""
    run = match.cell.ink
    narrow = run.right - run.left < _NARROW * line.pitch and run.bottom - run.top > _TALL * line.pitch
    return ("（" if run.lean < 0 else "）") if narrow and abs(run.lean) > _LEANS else ""


def _beside_ring(matches: Sequence[Match], at: int, line: GridLine) -> bool:
    """Tell whether a bracket's fellow was read as a ring: with nothing between, the two look like one."""
    return any(
        0 <= k < len(matches)
        and (read := matches[k].read) is not None
        and read.text in _RINGS
        and _bracket(matches[k], line) not in ("", _bracket(matches[at], line))
        for k in (at - 1, at + 1)
    )


def _is_ring(match: Match, line: GridLine, ink: Image) -> bool:
    run = match.cell.ink
    part = ink[int(run.top) : int(run.bottom), int(run.left) : int(run.right)]
    height, width = part.shape
    if min(height, width) < line.pitch / 3 or max(height, width) > _SQUARE * min(height, width):
        return False
    middle = part[height // 3 : -(height // 3), width // 3 : -(width // 3)]
    sides = (part[: height // 3], part[-(height // 3) :], part[:, : width // 3], part[:, -(width // 3) :])
    return part.mean() < _MOST_INKED and not middle.any() and all(side.any() for side in sides)
