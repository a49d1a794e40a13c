"""Ink runs of a line, and which full-width cell a group of them may stand in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from pipeline.imaging.loading import Image

Shape = tuple[int, int, int, int]
GroupKind = Literal["full", "merged", "learnt", "low", "opening", "closing", "half"]


class Run(NamedTuple):
    """Inked columns without a gap, pixels; ``lean``, -1 to 1: where the middle lies against the ends, ( is negative."""

    left: float
    right: float
    top: float
    bottom: float
    area: float
    lean: float


class Placement(NamedTuple):
    """A cell that a group may stand in, with its cost; left and right are the cell's edges, pixels."""

    kind: GroupKind
    left: float
    right: float
    cost: float


@dataclass
class MarkOffsets:
    """Where narrow marks sit in their full-width cell, in pitches.

    Attributes:
        learnt: by shape, distance of the ink from the cell's left edge and the weight of its evidence.
        half: width of a half-width character.
        dirt: factor on the cost of taking ink for dirt; higher on a clean page.
    """

    learnt: dict[Shape, tuple[float, float]] = field(default_factory=dict)
    half: float = 0.5
    dirt: float = 1.0


# Where Song, Kai, Hei and Noto fonts put marks before a page has taught better, in pitches.
_LOW_LEFT = 0.10
_OPENING_RIGHT = 0.93
_CLOSING_LEFT = 0.07


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


def placements(group: Run, pitch: float, em: float, middle: float, marks: MarkOffsets) -> list[Placement]:
    """Return the cells that ink may stand in; costs are in half squared deviations, tuned on the damage laboratory.

    Args:
        group: the extent of one run, or of several taken together.
        pitch: of the line, pixels.
        em: of the page, pixels.
        middle: row of the line's middle.
        marks: what the page has taught.
    """
    left, right = group.left, group.right
    width, height = (right - left) / pitch, (group.bottom - group.top) / em
    sunk = ((group.top + group.bottom) / 2 - middle) / em
    centre, lean = (left + right) / 2, group.lean
    found: list[Placement] = []
    if width <= 1.12:
        cost = 0.0
        if width > 1.0:
            cost += 0.5 * ((width - 1.0) / 0.05) ** 2
        if width < 0.62:
            cost += 0.5 * ((0.62 - width) / 0.12) ** 2
        if height < 0.5 and width < 0.6:
            cost += 4
        if height < 0.35 and width >= 0.6:
            cost += 0.3
        found.append(Placement("full", centre - pitch / 2, centre + pitch / 2, cost))
    else:
        for halves in range(max(3, int(2 * width) - 1), int(2 * width) + 3):
            size = halves / 2
            if size - 0.45 < width < size + 0.12:
                cost = 1.0 + 0.5 * ((width - size + 0.1) / 0.12) ** 2
                found.append(Placement("merged", centre - size * pitch / 2, centre + size * pitch / 2, cost))
    if width > 0.56:
        return found

    def from_left(kind: GroupKind, offset: float, cost: float) -> None:
        found.append(Placement(kind, left - offset * pitch, left + (1 - offset) * pitch, cost))

    def from_right(cost: float) -> None:
        edge = right - _OPENING_RIGHT * pitch
        found.append(Placement("opening", edge, edge + pitch, cost))

    def half(cost: float) -> None:
        reach = marks.half * pitch / 2
        found.append(Placement("half", centre - reach, centre + reach, cost))

    learnt = marks.learnt.get(shape_of(width, height, sunk, lean))
    if learnt is not None:
        from_left("learnt", learnt[0], 0.0 if learnt[1] >= 4 else 0.3)
    if height < 0.52 and width < 0.5:
        if sunk > 0.08:
            from_left("low", _LOW_LEFT, 0.0 if learnt is None else 1.5)
        elif sunk < -0.08:
            from_right(0.3)
            from_left("closing", _CLOSING_LEFT, 0.3)
            from_left("low", _LOW_LEFT, 2.0)
        else:
            half(0.6)
            found.append(Placement("full", centre - pitch / 2, centre + pitch / 2, 0.6))
        return found
    if height > 0.7 or width < 0.5:
        cost = (0.2 if height > 0.75 else 1.2) + (1.0 if learnt is not None else 0.0)
        from_right(cost + (2.5 if lean > 0.12 else 0.0 if lean < -0.12 else 0.4))
        from_left("closing", _CLOSING_LEFT, cost + (2.5 if lean < -0.12 else 0.0 if lean > 0.12 else 0.4))
    if height > 0.45:
        half((0.1 if 0.55 < height < 0.82 else 1.0) + (0.7 if abs(lean) > 0.2 else 0.0))
    if height < 0.8 and sunk > -0.05:
        from_left("low", _LOW_LEFT, 0.6 if learnt is None else 2.0)
    return found
