"""Pages whose lines were broken at words or clauses and never stretched: the white at their ends is no loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from pipeline.imaging.margins import INDENT, TRAIL_SLACK

REACH = 8
"""Most cells that a line which the next one continues may miss the right margin by."""

_LEAST_SHORT = 4
"""Short lines of a page from which it may be ragged."""

_SURE = 6.0
"""Odds, natural log, from which a page is taken for ragged; of 240 pages with losses none has more than 4."""

_INDENT_SLACK = 0.3
_DEEPEST = 4.0
"""Cells by which an indent may be off, and white before a line that is set by itself."""

# Natural logs of what is expected of the white at the end of a line inside a paragraph: estimates, not counts.
_RAGGED = math.log(1 / 7)
"""So many cells of it, on a ragged page."""
_ONE_SHORT = math.log(0.05)
"""One cell, elsewhere: a bracket or a number was moved to the next line."""
_OTHERWISE = math.log(0.02 / 10)
"""Any number of cells, elsewhere: the line is its paragraph's last."""

_STOPS = "。！？!?；;：:"


def are_ragged(white: Sequence[tuple[float, float]], texts: Sequence[str], surprise: float) -> bool:
    """Tell whether the lines of a page end anywhere near the right margin.

    What losses leave of full lines is most often no white, then one cell, and so on; of ragged lines any number of
    cells is as likely as another.

    Args:
        white: left and right of each line, full-width cells.
        texts: what was read on each.
        surprise: -ln P(a character is lost).
    """
    odds, short = 0.0, 0
    # The same characters are lost together everywhere: what lines lost at their starts, others lost at their ends.
    starts = [round(left) for left, _ in white if left < _DEEPEST and abs(left - INDENT) > _INDENT_SLACK]
    mean = sum(starts) / max(1, len(starts))
    surprise = min(surprise, math.log((1 + mean) / mean)) if mean > 0 else surprise
    survives = math.log(1 - math.exp(-surprise))
    for ((left, right), (following, _)), text in zip(pairwise(white), texts, strict=False):
        begins = abs(following - INDENT) < _INDENT_SLACK or max(left, following) > _DEEPEST
        if begins or right > REACH or text[-1:] in tuple(_STOPS):
            continue
        count = max(0, math.floor(right + TRAIL_SLACK))
        odds += _RAGGED - max(survives - count * surprise, _ONE_SHORT if count == 1 else _OTHERWISE)
        short += count > 0
    return short >= _LEAST_SHORT and odds > _SURE
