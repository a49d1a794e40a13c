"""Ink runs of a line and the classes of narrow shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.imaging.bands import stretches
from pipeline.imaging.loading import Image

Shape = tuple[int, int, int, int]

_WIDEST = 1.12
"""A run wider than that, ems, is more than one character."""

_NECK, _NECK_REACH, _NECK_APART = 0.3, 0.35, 0.08
"""Darkness of a column at which such a run may be parted, as a share of the darkest within reach on either side; that
reach, and the least distance of two such columns, ems."""

_FAINT = 225.0
"""Grey from which paper begins."""


class Run(NamedTuple):
    """Inked columns without a gap, pixels; ``lean``, -1 to 1: where the middle lies against the ends, ( is negative."""

    left: float
    right: float
    top: float
    bottom: float
    area: float
    lean: float


@dataclass
class MarkOffsets:
    """Where narrow marks sit in their full-width cell, in pitches.

    Attributes:
        learnt: by shape, distances of the ink from the cell's left edge, each with the cost of standing there; a shape
            may be two marks, ，and 、.
        half: width of a half-width character.
        dirt: factor on the cost of taking ink for dirt; higher on a clean page.
    """

    learnt: dict[Shape, list[tuple[float, float]]] = field(default_factory=dict)
    half: float = 0.5
    dirt: float = 1.0


def runs_of(ink: Image, grey: Image, top: int, bottom: int, em: float) -> list[Run]:
    """Return the ink runs of a band, left to right; runs wider than a character are parted where they are thin.

    Args:
        ink: 1 where the page is inked, shape (height, width).
        grey: the page, ink dark, same shape.
        top: first row of the band.
        bottom: row behind its last.
        em: width of a full-width character, pixels.
    """
    strip = ink[top:bottom]
    runs = []
    for left, right in stretches(np.any(strip, axis=0)):
        bounds = [left, right]
        if right - left > _WIDEST * em:
            bounds[1:1] = [left + cut for cut in _necks(strip[:, left:right], grey[top:bottom, left:right], em)]
        for start, end in pairwise(bounds):
            run = _run(strip[:, start:end], start, top, em)
            if run is not None:
                runs.append(run)
    return runs


def _run(part: Image, left: int, top: int, em: float) -> Run | None:
    rows = np.flatnonzero(part.any(1))
    columns = np.flatnonzero(part.any(0))
    if not len(rows):
        return None
    first, last = int(rows[0]), int(rows[-1]) + 1
    start, end = int(columns[0]), int(columns[-1]) + 1
    lean = 0.0
    if end - start < 0.56 * em and last - first > 0.6 * em:
        lean = _lean(part[first:last, start:end].astype(np.float64))
    area = float(part.sum(dtype=np.int64))
    return Run(float(left + start), float(left + end), float(top + first), float(top + last), area, lean)


def _necks(ink: Image, grey: Image, em: float) -> list[int]:
    """Return the columns at which characters that touch may be parted: the thinnest, with much more ink on both sides.

    Args:
        ink: 1 where a run is inked, shape (height, width).
        grey: the same columns of the page.
        em: width of a full-width character, pixels.
    """
    rows = np.flatnonzero(ink.any(1))
    dark = np.clip(_FAINT - grey[rows[0] : rows[-1] + 1].astype(np.float64), 0, None).sum(0)
    reach = max(2, round(_NECK_REACH * em))
    least = max(2, round(_NECK_APART * em))  # pixels; there is a column on either side
    darkest = sliding_window_view(np.pad(dark, reach), reach).max(1)  # from each column on, `reach` columns before it
    around = np.minimum(darkest[: len(dark)], darkest[reach + 1 :])
    thin = dark <= _NECK * around
    thin[:least] = thin[len(dark) - least + 1 :] = False
    necks: list[int] = []
    for column in np.argsort(dark, kind="stable").tolist():
        if thin[column] and not any(abs(column - other) < least for other in necks):
            necks.append(column)
    return sorted(necks)


def _lean(part: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    height, width = part.shape
    quarter = height // 4
    middle = part[quarter + quarter // 2 : height - quarter - quarter // 2].sum(0)
    ends = part[:quarter].sum(0) + part[height - quarter :].sum(0)
    if not middle.any() or not ends.any():
        return 0.0
    at = np.arange(width)
    return float((np.average(at, weights=middle) - np.average(at, weights=ends)) / width)


def shape_of(width: float, height: float, middle: float, lean: float) -> Shape:
    """Return the class of a narrow shape; sizes and height above the line's middle in pitches."""
    leaning = -1 if lean < -0.12 else 1 if lean > 0.12 else 0
    return round(width / 0.08), round(height / 0.10), round(middle / 0.12), leaning
