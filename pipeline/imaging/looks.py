"""How the lines of a page look beside each other: a heading in another font is larger, heavier or lighter.

Weight is the mean length of the runs of ink across and down. In lines of one font and size on one page it scatters by 2
to 4 per cent, scanned or not; between faces it differs by 10 (Song, Kai) to 70 per cent (Song, bold sans).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.imaging.loading import Image
from pipeline.imaging.marks import GridLine

BODY = "body"
"""How most lines of a page look."""

_HEAVIER = 1.14
_LARGER = 1.15
"""Ratio to the body from which a line is in another weight or size."""

_FEWEST = 3
"""Wide characters that a line must show to be judged by its weight."""


def looks_of(ink: Image, lines: Sequence[GridLine]) -> list[str]:
    """Return for each line ``body``, or how it differs from it: larger, smaller, heavier, lighter.

    Args:
        ink: 1 where the page is inked, shape (height, width).
        lines: measured, with their placed ink.
    """
    weights = [_weight(ink, line) for line in lines]
    sizes = [_height(line) for line in lines]
    body = _middle(weights, lines), _middle(sizes, lines)
    return [_named(weight / body[0], size / body[1]) for weight, size in zip(weights, sizes, strict=True)]


def _named(weight: float, size: float) -> str:
    words = []
    if size > _LARGER:
        words.append("larger")
    elif size < 1 / _LARGER:
        words.append("smaller")
    # Strokes of a larger size are as much wider.
    relative = weight / size
    if relative > _HEAVIER:
        words.append("heavier")
    elif relative < 1 / _HEAVIER:
        words.append("lighter")
    return " ".join(words) or BODY


def _weight(ink: Image, line: GridLine) -> float:
    """Return the mean length of the runs of ink in a line's wide characters, pixels; nan for too few of them."""
    wide = line.wide()
    if len(wide) < _FEWEST:
        return float("nan")
    inked = runs = 0
    for cell in wide:
        part = ink[int(cell.ink.top) : int(cell.ink.bottom) + 1, int(cell.ink.left) : int(cell.ink.right) + 1]
        inked += 2 * int(np.count_nonzero(part))
        runs += int(np.count_nonzero(part[0]) + np.count_nonzero(part[1:] > part[:-1]))
        runs += int(np.count_nonzero(part[:, 0]) + np.count_nonzero(part[:, 1:] > part[:, :-1]))
    return inked / runs if runs else float("nan")


def _height(line: GridLine) -> float:
    """Return the height of a line's tall characters, pixels; nan for too few of them."""
    wide = line.wide()
    return (
        float(np.percentile([cell.ink.bottom - cell.ink.top for cell in wide], 75)) if len(wide) >= _FEWEST else np.nan
    )


def _middle(values: Sequence[float], lines: Sequence[GridLine]) -> float:
    """Return the median over the characters of the lines; 1 without any."""
    known = [(value, len(line.wide())) for value, line in zip(values, lines, strict=True) if value == value]
    if not known:
        return 1.0
    return float(np.median(np.repeat([value for value, _ in known], [count for _, count in known])))
