"""Dust behind the end of a line: a mark that only a long run of lost characters would connect with the text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.imaging.grid import blanks_between
from pipeline.recognition.align import Match

_CHANCE = 1e-3
"""Chance of a run of lost characters under which ink behind it is dust: a page has some thirty ends of lines."""

_LEAST_RUN = 2
_MARKS = frozenset("，。、；：！？,.;:!?·'`\"“”‘’_-—~^*|")


def without_far_marks(matches: Sequence[Match], pitch: float, lost_share: float) -> list[Match]:
    """Return what was read on a line without marks at its ends that stand too far off.

    Args:
        matches: the line's ink and readings, left to right.
        pitch: width of its full-width cells, pixels.
        lost_share: share of characters that are blank cells, 0 to 1.
    """
    longest = max(_LEAST_RUN, math.log(_CHANCE) / math.log(max(0.01, min(0.9, lost_share))))
    kept = list(matches)
    for at in range(len(kept) - 1, 0, -1):
        if not all(map(_is_mark, kept[at:])):
            break
        if blanks_between(kept[at - 1].cell, kept[at].cell, pitch) > longest:
            kept = kept[:at]
    for at in range(1, len(kept)):
        if not all(map(_is_mark, kept[:at])):
            break
        if blanks_between(kept[at - 1].cell, kept[at].cell, pitch) > longest:
            return kept[at:]
    return kept


def _is_mark(match: Match) -> bool:
    """Tell whether a match is a mark, or ink that was not read."""
    return match.read is None or match.read.text in _MARKS
