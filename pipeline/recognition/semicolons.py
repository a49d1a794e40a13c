"""Semicolons that are commas with a speck above them: the dot of a semicolon stands over its tail and is as wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline.imaging.loading import Image
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match
from pipeline.recognition.engine import Seen, read_as

_SEMICOLONS = {"；": "，", ";": ","}
_RIM, _ABOVE = 0.08, 0.5
"""Cells about a mark, and above the middle of its line, in which its dot is looked for."""

_SPECK = 0.25
"""Size of a dot or speck at most, cells."""

_ASIDE = 0.035
"""Cells by which a dot stands beside its tail at most: 0.02 on eight pages of five fonts, specks 0.03 to 0.11."""

_LEAST_WIDE = 0.72
"""Least width or height of a dot, widths of the tail: 0.8 and more there, specks 0.4 to 0.82."""

_FEWEST, _FEW = 3, 2
"""Semicolons that tell where the dots of a page stand, and how much further off they may be where there are fewer."""

_OFF, _SMALLER = 1.5, 1.0
"""Pixels by which small print may show a dot beside its tail, and smaller than it is."""


def with_commas(lines: Sequence[GridLine], matched: Sequence[list[Match]], ink: Image) -> list[list[Match]]:
    """Return what was read on lines, semicolons as commas whose only dot is a speck.

    On a page that was scanned aslant, or of slanted type, all dots stand aside alike.

    Args:
        lines: measured.
        matched: what was read on each.
        ink: 1 where the page is inked, specks too, shape (height, width).
    """
    dots = {
        id(match): above
        for line, matches in zip(lines, matched, strict=True)
        for match in matches
        if match.text in _SEMICOLONS and not match.extra and (above := _above(match, line, ink))
    }
    large = [min(own, key=lambda dot: abs(dot.aside)).aside for own in dots.values() if any(dot.large for dot in own)]
    usual = float(np.median(large)) if len(large) >= _FEWEST else 0.0
    tolerance = 1 if len(large) >= _FEWEST else _FEW
    return [
        [_comma(one) if id(one) in dots and _is_speckled(dots[id(one)], usual, tolerance) else one for one in matches]
        for matches in matched
    ]


@dataclass(frozen=True, slots=True)
class _Dot:
    """What stands above a tail: by how many tolerances to its right, and whether it is large enough for its dot."""

    aside: float
    large: bool


def _is_speckled(above: Sequence[_Dot], usual: float, tolerance: float) -> bool:
    """Tell whether all that stands above a mark's tail is too small for its dot, or off the *usual* place."""
    return all(not dot.large or abs(dot.aside - usual) > tolerance for dot in above)


def _comma(match: Match) -> Match:
    assert match.read is not None
    own = _SEMICOLONS[match.text]
    return replace(match, read=Seen(own, match.read.centre, read_as(own, match.read.alternatives)))


def _above(match: Match, line: GridLine, ink: Image) -> list[_Dot]:
    """Return the small pieces of ink above a mark's tail; none where its dot may have run into something else."""
    own, pitch = match.cell.ink, line.pitch
    left, right = max(0, round(own.left - _RIM * pitch)), round(own.right + _RIM * pitch)
    top, bottom = max(0, round(line.middle - _ABOVE * pitch)), round(own.bottom) + 2
    part = np.ascontiguousarray(ink[top:bottom, left:right])
    if not part.size:
        return []
    _, _, stats, centres = cv2.connectedComponentsWithStats(part, connectivity=8)
    parts = sorted(zip(stats[1:], centres[1:], strict=True), key=lambda item: -item[0][cv2.CC_STAT_AREA])
    if len(parts) < 2:
        return []
    (_, tail_top, tail_width, _, _), (tail_centre, _) = parts[0]
    off, least = max(_OFF, _ASIDE * pitch), _LEAST_WIDE * int(tail_width) - _SMALLER
    return [
        _Dot((float(centre) - float(tail_centre)) / off, max(int(width), int(height)) >= least)
        for (_, _, width, height, _), (centre, row) in parts[1:]
        if row < tail_top and max(width, height) < _SPECK * pitch
    ]
