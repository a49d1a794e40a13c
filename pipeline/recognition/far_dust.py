"""Dust at the ends of lines: marks in the margin, or which only a long run of lost characters connects with text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.imaging.grid import blanks_between
from pipeline.recognition.align import Match

_CHANCE, _CHANCE_OF_SURE, _CHANCE_BEHIND_STOP = 1e-3, 3e-4, 0.03
"""Chance of a run of lost characters under which ink behind it is dust: a page has some thirty ends of lines; the same
for what an engine is sure is a mark of Chinese text, and for any other behind a stop, where lines end: where hardly
anything is lost, none is left there."""

_SURE, _CHINESE = 0.95, frozenset("，。、；：")

_LEAST_RUN = 2

_BEYOND = 1.2
"""Cells beyond the margin from which marks are dust."""

_MARKS = frozenset("，。、；：！？,.;:!?·'`\"“”‘’_-—~^*|…")
_STOPS = frozenset("。！？")


def without_far_marks(matches: Sequence[Match], pitch: float, lost_share: float) -> list[Match]:
    """Return what was read on a line without marks at its ends that stand too far off.

    Args:
        matches: the line's ink and readings, left to right.
        pitch: width of its full-width cells, pixels.
        lost_share: share of characters that are blank cells, 0 to 1.
    """
    share = math.log(max(0.01, min(0.9, lost_share)))
    kept = list(matches)

    def longest(marks: Sequence[Match], before: str = "") -> float:
        if any(map(_is_sure, marks)):
            return max(_LEAST_RUN, math.log(_CHANCE_OF_SURE) / share)
        most = max(_LEAST_RUN, math.log(_CHANCE) / share)
        return min(most, math.log(_CHANCE_BEHIND_STOP) / share) if before in _STOPS else most

    for at in range(len(kept) - 1, 0, -1):
        if not all(map(_is_mark, kept[at:])):
            break
        if blanks_between(kept[at - 1].cell, kept[at].cell, pitch) > longest(kept[at:], kept[at - 1].text):
            kept = kept[:at]
    for at in range(1, len(kept)):
        if not all(map(_is_mark, kept[:at])):
            break
        if blanks_between(kept[at - 1].cell, kept[at].cell, pitch) > longest(kept[:at]):
            return kept[at:]
    return kept


def without_marks_in_margins(matches: Sequence[Match], margins: tuple[float, float], pitch: float) -> list[Match]:
    """Return what was read on a line without marks at its ends that stand in the margin of the page.

    Args:
        matches: the line's ink and readings, left to right.
        margins: columns of the left and right margin, pixels; one mark may hang over it.
        pitch: width of its full-width cells, pixels.
    """
    left, right = margins[0] - _BEYOND * pitch, margins[1] + (1 + _BEYOND) * pitch
    first = next((at for at, match in enumerate(matches) if not _is_mark(match) or match.cell.left > left), None)
    if first is None:
        return []
    last = next(
        at for at in range(len(matches), first, -1) if not _is_mark(m := matches[at - 1]) or m.cell.right < right
    )
    return list(matches[first:last])


def _is_mark(match: Match) -> bool:
    """Tell whether a match is a mark, or ink that was not read."""
    return match.read is None or match.read.text in _MARKS


def _is_sure(match: Match) -> bool:
    read = match.read
    return read is not None and read.text in _CHINESE and read.alternatives[0][1] >= _SURE
