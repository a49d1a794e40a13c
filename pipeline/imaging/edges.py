"""Blank cells at the ends of lines, and which lines begin a paragraph."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pipeline.imaging.marks import GridLine

_INDENT = 2
"""Cells that a paragraph's first line is indented by."""

_TRAIL_SLACK = 0.30
"""Pitches by which a full line may miss the right margin: 避头尾 and justification."""

_STOPS = "。！？：；!?:;"
_RUNS_ON = "，、,（《〔“"
_OPENING = frozenset("（《〔〈“‘【([「『")
"""A bracket that would end a line is moved to the next: such a line has a white cell where nothing is lost."""

# Natural log of the odds that a line is the last of its paragraph though it shows no stop: it may be a heading when it
# begins a paragraph itself, hardly otherwise.
_HEADING = math.log(0.3 / 0.7)
_NO_HEADING = math.log(0.02 / 0.98)

_FULL_HEADING = -2.5
"""Added when the line before is full to the margin: headings are short."""


def _margin(edges: list[float], pitch: float, *, rightmost: bool) -> float:
    """Return the outermost edge that at least two lines, and 8 %, share within a fifth of a pitch."""
    for edge in sorted(edges, reverse=rightmost):
        near = [other for other in edges if abs(other - edge) < 0.2 * pitch]
        if len(near) >= max(2.0, 0.08 * len(edges)):
            return float(np.median(near))
    return (max if rightmost else min)(edges)


def text_block(lines: list[GridLine], pitch: float) -> tuple[float, float] | None:
    """Return the left and right margin of the text, from wide characters only; None without any."""
    ends = [(w[0].left, w[-1].right) for line in lines if (w := line.wide())]
    if not ends:
        return None
    left = _margin([a for a, _ in ends], pitch, rightmost=False)
    return left, _margin([b for _, b in ends], pitch, rightmost=True)


def measure_edges(lines: list[GridLine], texts: Sequence[str], pitch: float, lost_share: float) -> None:
    """Set ``lead``, ``trail`` and ``starts_paragraph`` of every line.

    A white start of two cells is an indent or two lost characters. The odds weigh how often so many neighbours are
    lost together against how the line before ended.

    Args:
        lines: with placed ink, top to bottom.
        texts: what was read on each line.
        pitch: of the page, pixels.
        lost_share: share of characters that are blank cells, 0 to 1, as counted inside the lines.
    """
    block = text_block(lines, pitch)
    if block is None:
        return
    surprise = math.log(1 / max(0.01, min(0.9, lost_share)))
    trails = [max(0, math.floor((block[1] - n.cells[-1].right) / n.pitch + _TRAIL_SLACK)) for n in lines]
    for at, line in enumerate(lines):
        lead = max(0, round((line.cells[0].left - block[0]) / line.pitch))
        line.starts_paragraph = lead >= _INDENT and (
            at == 0 or _ended(lines[at - 1], texts[at - 1], trails[at - 1], surprise) + _INDENT * surprise > 0
        )
        # A centred title or a signature at the right is white by layout.
        by_layout = line.starts_paragraph and lead > 2 * _INDENT
        line.lead = 0 if by_layout else lead - _INDENT if line.starts_paragraph else lead
    for at, line in enumerate(lines):
        if at + 1 == len(lines):
            closed = bool(texts[at]) and texts[at][-1] in _STOPS
        else:
            closed = lines[at + 1].starts_paragraph
            if texts[at + 1][:1] in _OPENING and lines[at + 1].lead == 0:
                trails[at] = max(0, trails[at] - 1)
        line.trail = 0 if closed else trails[at]


def _ended(before: GridLine, text: str, trail: int, surprise: float) -> float:
    """Return the natural log of the odds that the line *before* was its paragraph's last.

    Args:
        before: the line.
        text: what was read on it.
        trail: white cells at its end.
        surprise: -ln P(a character is lost).
    """
    ending = text[-1:]
    if ending and ending in _STOPS:
        return trail * surprise
    if ending and ending in _RUNS_ON:
        return -math.inf
    heading = _HEADING if before.starts_paragraph else _NO_HEADING
    return heading + trail * surprise + (_FULL_HEADING if trail == 0 else 0.0)
