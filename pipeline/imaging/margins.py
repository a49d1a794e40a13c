"""The left and right margin of the lines of a page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pipeline.imaging.marks import GridLine
from pipeline.language.normalise import HOLE_ONE

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

_LEAST_LONG = 4
"""Lines from which the number of cells is told."""

_LEAST_SHARE = 0.01
"""Share of lost characters reckoned with."""

_STOPS = "。！？；：!?;:"
_HANGING = frozenset("，。、；：！？）》〕〉”’】")
"""Marks that stand beyond the margin where no line may begin with them."""

# Natural logs of what is expected of the end of a line: estimates, not counts.
_HANGS = math.log(0.1)
_OVER = -6.0
"""Beyond the margin: a mark; anything else."""
_STOPPED, _SHORT = math.log(0.15 / 10), math.log(0.02 / 10)
"""White at the end of a paragraph, behind a stop or not."""
_BY_RULE = 1.5
"""Lines of as many characters as the standard has."""


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
    # Where a bracket or a digit stands before its first character, a line begins elsewhere.
    first = [line.cells[0].left for line in lines if line.cells and line.cells[0].kind == "full"]
    left = _margin(first or [a for a, _ in ends], pitch, rightmost=False)
    # On a page of short paragraphs a single line may show what the others are indented from.
    furthest = min((w[0].left for line in lines if len(w := line.wide()) >= _LEAST_WIDE), default=left)
    if abs(left - furthest - INDENT * pitch) < 0.2 * pitch:
        left = furthest
    return left, _margin([b for _, b in ends], pitch, rightmost=True)


def margins_of(lines: list[GridLine], texts: Sequence[str], pitch: float) -> tuple[float, float] | None:
    """Return the left and right margin of lines that were read, pixels; None without wide characters."""
    if any(texts):  # lines of which nothing was read are dirt
        read = [(line, text) for line, text in zip(lines, texts, strict=True) if text]
        lines, texts = [line for line, _ in read], [text for _, text in read]
    block = text_block(lines, pitch)
    if block is None:
        return None
    right = _right_margin(lines, texts, *block, pitch)
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


def _right_margin(lines: Sequence[GridLine], texts: Sequence[str], left: float, shared: float, pitch: float) -> float:
    """Return the right margin: the edge that lines share, or where few do the whole number of cells that fits best."""
    wide = [(w[-1].right, text) for line, text in zip(lines, texts, strict=True) if (w := line.wide())]
    long = [(line, text) for line, text in zip(lines, texts, strict=True) if len(text) >= LEAST_CELLS and line.wide()]
    cell = float(np.median([line.pitch for line, _ in long])) if long else pitch
    share = sum(text.count(HOLE_ONE) for _, text in long) / max(1, sum(len(text) for _, text in long))
    surprise = -math.log(min(0.9, max(_LEAST_SHARE, share)))

    def likely(margin: float) -> float:
        columns = round((margin - left) / cell)
        return sum(_ends_so(*end, surprise) for end in _white(long, margin)) + _BY_RULE * (columns == _OFFICIAL)

    if sum(abs(right - shared) < TRAIL_SLACK * pitch for right, _ in wide) > _FEW_FULL:
        # Where nearly all lines lost their last characters, those that did not reach further.
        further = sum(_is_over(*end) for end in _white(long, shared)) >= _LEAST_FULL
        return max((shared, shared + cell), key=likely) if further else shared
    furthest = max([shared, *(line.wide()[-1].right for line, _ in long)])
    if len(long) < _LEAST_LONG:
        return furthest
    nearest = round((furthest - left) / cell)
    return max((left + cell * (nearest + k) for k in (0, 1, -1, 2)), key=likely)


def _white(lines: Sequence[tuple[GridLine, str]], margin: float) -> list[tuple[float, str]]:
    """Return the white behind each line, cells, with what was read of it."""
    return [((margin - line.cells[-1].right) / line.pitch, text) for line, text in lines]


def _is_over(white: float, text: str) -> bool:
    """Tell whether a line reaches beyond the margin with more than a mark that hangs."""
    return white < -TRAIL_SLACK - (text[-1:] in _HANGING)


def _ends_so(white: float, text: str, surprise: float) -> float:
    """Return ln P of the *white*, cells, behind what was read of a line, but for a constant."""
    if white < -TRAIL_SLACK:
        return _OVER if _is_over(white, text) else _HANGS
    count = math.floor(white + TRAIL_SLACK)
    return max(-count * surprise, _STOPPED if text[-1:] in _STOPS else _SHORT)


def are_sure(white: Sequence[tuple[float, float]], columns: float) -> bool:
    """Tell whether lines that reach both margins show where these are; fewer do where 28 characters fill a line."""
    official = abs(columns - _OFFICIAL) < TRAIL_SLACK
    full = [sum(abs(pair[side]) < TRAIL_SLACK for pair in white) for side in (0, 1)]
    return full[0] >= 1 if official else min(full) >= _LEAST_FULL
