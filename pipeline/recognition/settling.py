"""What was read settled: marks by the shapes that a page knows, dirt that was read as dots turned into blank cells."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Shape, shape_of
from pipeline.imaging.marks import GridLine
from pipeline.imaging.places import CLOSING
from pipeline.recognition.align import DOTS, MARKS, OVERLAP, Match, ends_item_number, may_be_alone
from pipeline.recognition.engine import FROM_SHAPE, Seen, read_as

_KNOWN, _AGREED = 4, 0.75
"""A page knows a mark by its shape from that many readings, of which that share agrees."""

_VOTE, _NEAR_VOTE = 3, 1
"""Votes of a reading for its own shape and for those one class away."""

_STRAIGHT = frozenset("\"'")
"""Quotes of a typewriter: alone among ``DOTS`` they are printed between Han, in pairs, two strokes above the middle."""

_LEAST_STRAIGHT, _LOW_STRAIGHT, _WIDE_STRAIGHT, _ALIKE = 2, 0.15, 0.5, 0.1
"""A page has them if so many are alike; their least height, greatest width, and by how much they may differ, ems. On 12
scans without any, no speck was read as one."""

_MOST_STRAIGHT = 100
"""Quotes of a page that others are held against: more tell nothing new."""

_COMMA = 0.18
"""Least height of a comma, pitches: of six in two worn pages 0.22 to 0.28."""

_BOTH_SIDES = frozenset("·'`^\"")
_ITEM_DIGITS, _BEFORE_ITEMS = 2, frozenset("，。、；：,;:)）”")
"""Signs that no letter or digit has on one side only; digits of an item's number, and what may stand before it."""

_BESIDE = 0.9
"""White between a dot and the letter it stands beside at most, pitches: a blank cell leaves more."""

_SURE = 0.75
"""Probability from which the engine's reading of a mark stands against what its shape says; not measured."""


def _shape(cell: Placed, line: GridLine, em: float) -> Shape:
    ink = cell.ink
    sunk = ((ink.top + ink.bottom) / 2 - line.middle) / em
    return shape_of(cell.width / line.pitch, (ink.bottom - ink.top) / em, sunk, ink.lean)


class MarkShapes:
    """What a page's marks look like: by shape, how often each was read."""

    def __init__(self, lines: Sequence[GridLine], matched: Sequence[Sequence[Match]], em: float) -> None:
        self._em = em
        self._read: dict[Shape, Counter[str]] = defaultdict(Counter)
        self._straight: list[tuple[float, float]] = []
        for line, matches in zip(lines, matched, strict=True):
            for match in matches:
                if match.read and match.read.text in MARKS and match.cell.kind not in ("full", "merged"):
                    self._read[_shape(match.cell, line, em)][match.read.text] += 1
                if match.read and match.read.text in _STRAIGHT and match.cell.ink.bottom < line.middle:
                    self._straight.append(self._extent(match.cell, line))
        del self._straight[_MOST_STRAIGHT:]

    def known(self, cell: Placed, line: GridLine, unsure: bool = False) -> str | None:
        """Return the mark that ink of this shape is on this page, or None; *unsure* takes the likeliest."""
        if cell.kind in ("full", "merged"):
            return None
        width, height, middle, leaning = _shape(cell, line, self._em)
        votes: Counter[str] = Counter()
        for w, h, m in product((-1, 0, 1), repeat=3):
            weight = _VOTE if not w and not h and not m else _NEAR_VOTE
            for mark, count in self._read.get((width + w, height + h, middle + m, leaning), Counter()).items():
                votes[mark] += weight * count
        if not votes:
            return None
        mark, most = votes.most_common(1)[0]
        known = most >= _KNOWN * _VOTE and most >= _AGREED * votes.total() and mark not in DOTS
        return mark if known or (unsure and mark not in DOTS) else None

    def is_straight(self, match: Match, line: GridLine) -> bool:
        """Tell whether ink is a straight quote: two others as high, above the line's middle, were read as quotes.

        What was not read at all needs more of them.
        """
        if match.extra or not (match.read is None or match.read.text in _STRAIGHT):
            return False
        own = self._extent(match.cell, line)
        if own[1] <= _LOW_STRAIGHT or match.cell.width >= _WIDE_STRAIGHT * self._em:
            return False
        alike = sum(all(abs(a - b) < _ALIKE for a, b in zip(own, other, strict=True)) for other in self._straight)
        return alike >= (_LEAST_STRAIGHT if match.read else 2 * _LEAST_STRAIGHT)

    def _extent(self, cell: Placed, line: GridLine) -> tuple[float, float]:
        """Return where ink ends below the line's middle, and its height, ems."""
        return (cell.ink.bottom - line.middle) / self._em, (cell.ink.bottom - cell.ink.top) / self._em


def settle(matches: Sequence[Match], line: GridLine, shapes: MarkShapes, whole: bool) -> list[Match]:
    """Read the marks that were not read by their shape, and turn dirt that was read as dots into blank cells.

    On a *whole* page, where nothing is missing, ink in a cell of its own is a mark rather than dirt in a blank cell.
    """
    result: list[Match] = []
    texts = [match.text for match in matches]
    for at, match in enumerate(matches):
        read = match.read
        dirt = False
        if shapes.is_straight(match, line):
            sure = read.alternatives[0][1] if read else FROM_SHAPE
            result.append(replace(match, read=Seen('"', 0.0, (('"', sure),))))
            continue
        kept = ends_item_number(texts, at)
        kept |= read is not None and read.text == "," and is_comma(match.cell, line)
        if read is not None and read.text in DOTS and not (kept or _is_western(matches, at, line.pitch)):
            read = None
            dirt = match.extra or at in (0, len(matches) - 1)
        if dirt and match.extra:
            continue
        if not dirt and not match.extra and (read is None or (read.text in MARKS and read.alternatives[0][1] < _SURE)):
            known = shapes.known(match.cell, line, whole and read is None)
            if whole and read is None and known in CLOSING and not result:
                continue  # nothing is missing before it: dirt
            if known is not None:
                read = Seen(known, 0.0, read_as(known, read.alternatives if read else ()))
        before = result[-1].read if result else None
        if match.extra and read and before and read.text == before.text and read.text in MARKS:
            continue  # one bracket, seen twice
        if read is None and not _may_be_blank(match.cell, matches, at, line.pitch):
            continue
        result.append(replace(match, read=read))
    # What is blank at the ends is told by the margins, not by dirt.
    while result and result[-1].read is None:
        result.pop()
    while result and result[0].read is None:
        result.pop(0)
    return result


def _is_western(matches: Sequence[Match], at: int, pitch: float) -> bool:
    """Tell whether a dot or the like stands beside letters or digits as it is printed there.

    On one side only a point does that ends the number of an item, 1.加强; what is paler than a point needs both.
    """
    beside = [_letter(matches, at, step, pitch) for step in (-1, 1)]
    own = matches[at].read
    if all(beside) or matches[at].extra or not any(beside) or own is None:
        return all(beside)
    if own.text in _BOTH_SIDES:
        return False
    if own.text != ".":
        return True
    run = next((n for n in range(1, _ITEM_DIGITS + 2) if not _letter(matches, at - n + 1, -1, math.inf)), 0)
    begins = at < run or matches[at - run].text in _BEFORE_ITEMS
    return run > 1 and begins and at + 1 < len(matches)


def _letter(matches: Sequence[Match], at: int, step: int, pitch: float) -> str:
    """Return the letter, digit or percent sign beside a match, no blank cell between; nothing for none."""
    own = matches[at]
    beside = at + step
    while 0 <= beside < len(matches) and matches[beside].extra and matches[beside].text == own.text:
        beside += step  # one dot, seen twice
    if not 0 <= beside < len(matches):
        return ""
    ink, other = own.cell.ink, matches[beside].cell.ink
    near = max(ink.left - other.right, other.left - ink.right) < _BESIDE * pitch
    text = matches[beside].text
    return text if near and text.isascii() and (text.isalnum() or text == "%") else ""


def is_comma(cell: Placed, line: GridLine) -> bool:
    """Tell whether low ink is as high as a comma, which specks are not."""
    return cell.ink.bottom - cell.ink.top > _COMMA * line.pitch and cell.ink.top > line.middle


def _may_be_blank(cell: Placed, matches: Sequence[Match], at: int, pitch: float) -> bool:
    """Tell whether an unread cell is dirt, or unreadable, in a cell of its own: no piece of its neighbour."""
    if not may_be_alone(cell, pitch):
        return False
    before = matches[at - 1].cell if at else None
    behind = matches[at + 1].cell if at + 1 < len(matches) else None
    room = OVERLAP * pitch
    return (before is None or cell.left >= before.right - room) and (behind is None or cell.right <= behind.left + room)
