"""The left and right margin of the lines of a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.imaging.marks import GridLine

INDENT = 2
"""Cells that a paragraph's first line is indented by."""

TRAIL_SLACK = 0.35
"""Pitches by which a full line may miss the right margin: 避头尾, half-width characters and justification."""

LEAST_CELLS = 8
"""Characters of a line that tells something of the page's margins."""

_LEAST_FULL = 2
"""Lines at either margin from which the middle between them is known."""

_OFFICIAL = 28
"""Characters of a full line by GB/T 9704-2012, 5.2.4."""

_LEAST_CENTRED, _MOST_HIDDEN = 2.5, 3
"""Cells about a line that may be centred; most cells that no full line shows."""

_LEAST_WIDE = 3
"""Wide characters of a line that is none of dirt."""

_FEW_FULL = 3
"""Lines that end at one edge by chance."""


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
    # On a page of short paragraphs a single line may show what the others are indented from.
    furthest = min((w[0].left for line in lines if len(w := line.wide()) >= _LEAST_WIDE), default=left)
    if abs(left - furthest - INDENT * pitch) < 0.2 * pitch:
        left = furthest
    return left, _margin([b for _, b in ends], pitch, rightmost=True)


def margins_of(lines: list[GridLine], texts: Sequence[str], pitch: float) -> tuple[float, float] | None:
    """Return the left and right margin of lines that were read, pixels; None without wide characters."""
    block = text_block(lines, pitch)
    if block is None:
        return None
    right = _right_margin(lines, texts, block[1], pitch)
    return block[0], right + pitch * _hidden_cells(lines, block[0], right, pitch)


def _hidden_cells(lines: Sequence[GridLine], left: float, right: float, pitch: float) -> int:
    """Return the cells by which the right margin lies further out than any line shows.

    Where few lines seem full, all of them may have lost their last characters; centred lines then show where the middle
    is: half as many, off it by the same number of cells.
    """
    full = sum(abs(line.cells[-1].right - right) < TRAIL_SLACK * pitch for line in lines)
    off = [
        ((line.cells[0].left - left) - (right - line.cells[-1].right)) / pitch
        for line in lines
        if min(line.cells[0].left - left, right - line.cells[-1].right) > _LEAST_CENTRED * pitch
    ]
    for count in range(1, _MOST_HIDDEN + 1):
        alike = sum(abs(each - count) < TRAIL_SLACK / 2 for each in off)
        if alike >= max(_LEAST_FULL, full / 2) and 2 * alike > len(off):
            return count
    return 0


def _right_margin(lines: Sequence[GridLine], texts: Sequence[str], shared: float, pitch: float) -> float:
    """Return the right margin: the edge that lines share, or where few do that of the line that reaches furthest."""
    wide = [(w[-1].right, text) for line, text in zip(lines, texts, strict=True) if (w := line.wide())]
    if sum(abs(right - shared) < TRAIL_SLACK * pitch for right, _ in wide) > _FEW_FULL:
        return shared
    return max([shared, *(right for right, text in wide if len(text) >= LEAST_CELLS)])


def are_sure(white: Sequence[tuple[float, float]], columns: float) -> bool:
    """Tell whether lines that reach both margins show where these are; fewer do where 28 characters fill a line."""
    official = abs(columns - _OFFICIAL) < TRAIL_SLACK
    full = [sum(abs(pair[side]) < TRAIL_SLACK for pair in white) for side in (0, 1)]
    return full[0] >= 1 if official else min(full) >= _LEAST_FULL
