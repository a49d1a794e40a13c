"""Dust at the ends of lines: marks in the margin, or which only a long run of lost characters connects with text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.damage.hypotheses import is_han
from pipeline.imaging.grid import blanks_between
from pipeline.imaging.margins import margins_of
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match

_CHANCE, _CHANCE_OF_SURE, _CHANCE_BEHIND_STOP = 1e-3, 3e-4, 0.03
"""Chance of a run of lost characters under which ink behind it is dust: a page has some thirty ends of lines; the same
for what an engine is sure is a mark of Chinese text, and for any other behind a stop, where lines end: where hardly
anything is lost, none is left there."""

_SURE, _CHINESE = 0.95, frozenset("，。、；：")

_LEAST_RUN = 2

_BEYOND, _HIGH = 1.2, 0.6
"""Cells beyond the margin from which marks are dust, and height of ink from which it is none, cells."""

_FEWEST_LINES, _LEAST_HAN, _FEWEST_NUMBERS = 4, 3, 2
"""Lines that tell where the margins are, Han read on each of them, and digits that reach further."""

_FILLING = frozenset("—…")

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


def without_marks_in_margins(
    lines: Sequence[GridLine], matched: Sequence[list[Match]], texts: Sequence[str], pitch: float
) -> list[list[Match]]:
    """Return what was read on the lines of a page without the marks at their ends that stand in its margins.

    Lines of Han tell these, and columns of numbers reach as far as two of them do; one mark may hang over. Dashes that
    fill empty places of a list, and ink as high as a character, are no dust.

    Args:
        lines: measured.
        matched: what was read on each.
        texts: the same as text.
        pitch: of the page, pixels.
    """
    telling = [text if sum(map(is_han, text)) >= _LEAST_HAN else "" for text in texts]
    margins = margins_of(list(lines), telling, pitch) if sum(map(bool, telling)) >= _FEWEST_LINES else None
    if margins is None:
        return list(map(list, matched))
    ends = sorted(match.cell.right for matches in matched for match in matches if _is_number(match))
    right = max([margins[1], *ends[-_FEWEST_NUMBERS:-1][:1]])
    return [_within(row, margins[0], right, line.pitch) for row, line in zip(matched, lines, strict=True)]


def _within(matches: Sequence[Match], left: float, right: float, pitch: float) -> list[Match]:
    """Return what was read on a line without dust that begins or ends it beyond two columns."""
    left, right = left - _BEYOND * pitch, right + (1 + _BEYOND) * pitch
    dust = [_is_dust(match, pitch) for match in matches]
    first = next((at for at, match in enumerate(matches) if not dust[at] or match.cell.left > left), len(matches))
    last = next((at for at in range(len(matches) - 1, -1, -1) if not dust[at] or matches[at].cell.right < right), -1)
    return list(matches[first : last + 1])


def _is_number(match: Match) -> bool:
    read = match.read
    return read is not None and read.text.isascii() and read.text.isalnum() and read.alternatives[0][1] >= _SURE


def _is_dust(match: Match, pitch: float) -> bool:
    low = match.cell.ink.bottom - match.cell.ink.top < _HIGH * pitch
    return match.text not in _FILLING and (low if match.read is None else match.text in _MARKS)


def _is_mark(match: Match) -> bool:
    """Tell whether a match is a mark, or ink that was not read."""
    return match.read is None or match.read.text in _MARKS


def _is_sure(match: Match) -> bool:
    read = match.read
    return read is not None and read.text in _CHINESE and read.alternatives[0][1] >= _SURE
