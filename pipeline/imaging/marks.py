"""What a page teaches of its punctuation: where each narrow shape sits in its cell, and which specks are marks."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.imaging.cleaning import Components
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import MarkOffsets, Run, Shape, shape_of

_MOST_MARKS = 3
_LEAST_SHARE = 0.2
_AGREEMENT = 0.55
"""Shares of a shape's places: of one mark, and of all marks together; the rest is dirt and parts of characters."""

_MARK_COST = 0.3

_SPECK_SIZES = 0.07, 0.18
"""Size of a speck that may be a mark, ems."""

_LARGEST_MARK = 0.3
"""Size of marks such as ，and 、 that are no specks, ems."""

_PIXEL = 1.3
"""Pixels by which marks of one kind may differ, whatever their size."""


@dataclass
class GridLine:
    """A line while it is being measured: band, ink runs, placed ink; ``lead`` and ``trail`` blank cells at its ends.

    White cells behind them that were ``moved`` are left by what begins the next line, unless they are lost characters;
    so may be some of those behind a line that may have ``ended`` a paragraph, and the two of one that may be
    ``indented``.
    A line that is set ``apart`` stands at both ends of its row: what is white about it is layout.
    """

    top: int
    bottom: int
    runs: list[Run]
    cells: list[Placed] = field(default_factory=list)
    pitch: float = 0.0
    lead: int = 0
    trail: int = 0
    moved: int = 0
    ended: int = 0
    indented: bool = False
    starts_paragraph: bool = False
    apart: bool = False

    @property
    def middle(self) -> float:
        """Row of the line's middle."""
        return (self.top + self.bottom) / 2

    def wide(self) -> list[Placed]:
        """Return the characters that fill their cell."""
        return [cell for cell in self.cells if cell.kind == "full" and cell.width > 0.66 * self.pitch]


def learn_marks(lines: list[GridLine], em: float) -> MarkOffsets:
    """Return offsets of narrow shapes against their wide neighbours; blank cells between drop out modulo the pitch."""
    phases: dict[Shape, list[float]] = defaultdict(list)
    halves: list[float] = []
    for line in lines:
        for a, b in zip(line.cells, line.cells[1:], strict=False):
            distance = (b.centre - a.centre) / line.pitch
            if a.kind == b.kind == "half" and 0.38 < distance < 0.7:
                halves.append(distance)
        wide = line.wide()
        digits = [c.centre for c in line.cells if c.kind == "half" and 0.55 < (c.ink.bottom - c.ink.top) / em < 0.9]
        slack = 0.05 * line.pitch
        for run in line.runs:
            width, height = (run.right - run.left) / line.pitch, (run.bottom - run.top) / em
            digit_like = 0.55 < height < 0.82 and abs(run.lean) < 0.2
            inside = any(c.ink.left - slack < run.left and run.right < c.ink.right + slack for c in wide)
            if width > 0.5 or digit_like or inside:
                continue
            shape = shape_of(width, height, ((run.top + run.bottom) / 2 - line.middle) / em, run.lean)
            before = [c for c in wide if c.ink.right <= run.left][-1:]
            behind = [c for c in wide if c.ink.left >= run.right][:1]
            for cell in before + behind:
                low, high = sorted((cell.centre, run.left))
                if high - low <= 4.6 * line.pitch and not any(low < digit < high for digit in digits):
                    phases[shape].append(((run.left - cell.centre) / line.pitch + 0.5) % 1.0)
    marks = MarkOffsets()
    for shape in phases:
        offsets = _offsets(shape, phases)
        if offsets:
            marks.learnt[shape] = offsets
    if len(halves) >= 6:
        marks.half = float(np.clip(np.median(halves), 0.42, 0.66))
    return marks


def _offsets(shape: Shape, phases: dict[Shape, list[float]]) -> list[tuple[float, float]]:
    """Return the phases that a shape recurs at, each with its cost; none where they disagree.

    Rare shapes borrow a third of the weight of shapes one class away.
    """
    own = np.array(phases[shape])
    values, weights = [own], [np.ones(len(own))]
    if len(own) < 8:
        for other, theirs in phases.items():
            near = other[3] == shape[3] and max(abs(other[i] - shape[i]) for i in range(3)) == 1
            if near:
                values.append(np.array(theirs))
                weights.append(np.full(len(theirs), 0.34))
    phase, weight = np.concatenate(values), np.concatenate(weights)
    total = weight.sum()
    mine = np.arange(len(phase)) < len(own)
    centres = np.arange(0, 1, 0.02)
    found: list[tuple[float, float, float]] = []
    for _ in range(_MOST_MARKS):
        away = (phase[None, :] - centres[:, None] + 0.5) % 1.0 - 0.5
        mass = ((np.abs(away) < 0.08) * weight).sum(1)
        best = int(np.argmax(mass))
        near_best = np.abs(away[best]) < 0.08
        if (near_best & (weight > 0)).sum() < 4 or (near_best & mine).sum() < max(1.0, _LEAST_SHARE * len(own)):
            break
        if mass[best] < _LEAST_SHARE * total:
            break
        offset = float(centres[best] + np.average(away[best][near_best], weights=weight[near_best] + 1e-9)) % 1.0
        found.append((offset - 1.0 if offset > 0.92 else offset, float(mass[best]), float(mass[best] / total)))
        weight = np.where(near_best, 0.0, weight)
    if sum(share for _, _, share in found) <= _AGREEMENT:
        return []
    return [(offset, (0.0 if mass >= 4 else 0.3) + _MARK_COST * -math.log(share)) for offset, mass, share in found]


def recurring_marks(
    components: Components,
    specks: npt.NDArray[np.bool_],
    kept: npt.NDArray[np.bool_],
    lines: list[GridLine],
    pitch: float,
) -> npt.NDArray[np.bool_]:
    """Choose those specks that recur at the same height and phase of the cell: marks, not dirt.

    Marks that were no specks bear witness too: in small print a mark may be a pixel larger or smaller than its like.

    Args:
        components: of the page.
        specks: by component, whether it is one.
        kept: by component, whether it is ink.
        lines: measured, top to bottom.
        pitch: of the page, pixels.
    """
    features: list[tuple[float, float, float, float]] = []
    found: list[int] = []
    tops = [line.top - 2 for line in lines]
    wides = [line.wide() for line in lines]
    size = components.size / pitch
    smallest, largest = _SPECK_SIZES
    small = (specks & (size <= largest)) | (kept & (size <= _LARGEST_MARK))
    for label in np.flatnonzero(small & (size >= smallest)).tolist():
        x, y = components.centres[label]
        at = int(np.searchsorted(tops, y, side="right")) - 1
        if at < 0 or y > lines[at].bottom + 2 or not wides[at]:
            continue
        line = lines[at]
        cell = min(wides[at], key=lambda c: abs(c.centre - x))
        if cell.ink.left - 1 <= x <= cell.ink.right + 1:
            continue
        area = float(components.stats[label, 4]) / (pitch * pitch)
        features.append(((x - cell.centre) / line.pitch, (y - line.middle) / pitch, float(size[label]), area))
        found.append(label)
    chosen = np.zeros_like(specks)
    if len(features) < 4:
        return chosen
    table = np.array(features)
    lonely = int(specks[found].sum())
    height_slack, size_slack = (max(slack, _PIXEL / pitch) for slack in (0.06, 0.035))
    for label, (phase, height, extent, area) in zip(found, features, strict=True):
        if not specks[label]:
            continue
        same = np.abs((table[:, 0] - phase + 0.5) % 1.0 - 0.5) < 0.07
        same &= (np.abs(table[:, 1] - height) < height_slack) & (np.abs(table[:, 2] - extent) < size_slack)
        same &= np.abs(table[:, 3] - area) < 0.35 * area
        chosen[label] = abs(height) > 0.1 and same.sum() >= max(4, 3 + 0.05 * lonely)
    return chosen
