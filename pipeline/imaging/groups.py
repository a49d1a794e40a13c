"""Ink runs of a line and the classes of narrow shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pipeline.imaging.loading import Image

Shape = tuple[int, int, int, int]


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


def runs_of(ink: Image, top: int, bottom: int, em: float) -> list[Run]:
    """Return the ink runs of a band, left to right."""
    strip = ink[top:bottom]
    edges = np.diff(np.concatenate(([0], (strip.any(0)).astype(np.int8), [0])))
    runs = []
    for left, right in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        part = strip[:, left:right]
        rows = np.flatnonzero(part.any(1))
        first, last = int(rows[0]), int(rows[-1]) + 1
        lean = 0.0
        if right - left < 0.56 * em and last - first > 0.6 * em:
            lean = _lean(part[first:last].astype(np.float64))
        area = float(part.sum(dtype=np.int64))
        runs.append(Run(float(left), float(right), float(top + first), float(top + last), area, lean))
    return runs


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
