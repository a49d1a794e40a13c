"""The grid of a line: which ink stands in which full-width cell, by dynamic programming over groups of ink runs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from operator import attrgetter

from pipeline.imaging.groups import GroupKind, MarkOffsets, Placement, Run, placements, shape_of

_SPREAD = 0.10
"""Standard deviation of a cell's place against the grid, pitches."""

_KEPT = 10
_LONGEST_GROUP = 6
_GROUP_COST = 0.15
_SPECK = 0.17
"""Specks are smaller than this, commas and stops larger; ems."""

_GAP_COST = 0.15
_WORST_STEP = 14.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Ink in its cell.

    Attributes:
        kind: how it stands in the cell.
        left: left edge of the cell, pixels; right: its right edge.
        right: right edge of the cell, pixels.
        ink: extent of the ink.
    """

    kind: GroupKind
    left: float
    right: float
    ink: Run

    @property
    def centre(self) -> float:
        """Middle of the ink, pixels."""
        return (self.ink.left + self.ink.right) / 2

    @property
    def width(self) -> float:
        """Width of the ink, pixels."""
        return self.ink.right - self.ink.left


class _State:
    """The best way to have placed the ink up to a run, ending with one placement."""

    __slots__ = ("before", "cost", "ink", "kind", "left", "right")

    def __init__(self, cost: float, place: Placement | None, ink: Run | None, before: _State | None) -> None:
        self.cost, self.ink, self.before = cost, ink, before
        self.kind = place.kind if place else None
        self.left, self.right = (place.left, place.right) if place else (0.0, 0.0)


def _groups(
    runs: list[Run], pitch: float, em: float, middle: float, marks: MarkOffsets
) -> list[list[tuple[int, Run, Placement]]]:
    """Return, by the number of runs used up, the groups that end there: first run, extent, placement."""
    ending: list[list[tuple[int, Run, Placement]]] = [[] for _ in range(len(runs) + 1)]
    for first, run in enumerate(runs):
        top, bottom, area, split = run.top, run.bottom, 0.0, 0.0
        for last in range(first, min(len(runs), first + _LONGEST_GROUP)):
            part = runs[last]
            if last > first:
                if part.right - run.left > 1.13 * pitch:
                    break
                split = max(split, part.left - runs[last - 1].right)
            top, bottom, area = min(top, part.top), max(bottom, part.bottom), area + part.area
            extent = Run(run.left, part.right, top, bottom, area, run.lean if last == first else 0.0)
            for place in placements(extent, pitch, em, middle, marks):
                cost = place.cost + _GROUP_COST
                if last > first:
                    if place.kind == "half":
                        cost += 1.5
                    elif place.kind in ("low", "learnt"):
                        cost += 2 if split > 0.15 * pitch else 0
                    elif place.kind in ("opening", "closing"):
                        cost += 2 if split > 0.3 * pitch else 0
                if place.kind == "full" and split > 0.34 * pitch:
                    cost += 0.4 * ((split / pitch - 0.34) / 0.06) ** 2
                ending[last + 1].append((first, extent, place._replace(cost=cost)))
    return ending


def _step(before: _State, place: Placement, pitch: float) -> float:
    """Return the cost of the distance between two cells: off the grid, or on it with blank cells between."""
    if before.kind is None:
        return 0.0
    gap = (place.left - before.right) / pitch
    blanks = max(0, round(gap))
    cost = ((gap - blanks) / _SPREAD) ** 2
    halves = (place.kind == "half") + (before.kind == "half")
    if halves == 1:  # between Han and Latin, typesetters leave a quarter of an em
        spaced = gap - 0.25
        cost = min(cost, ((spaced - max(0, round(spaced))) / _SPREAD) ** 2 + 0.8)
    elif halves == 2:
        if -0.12 < gap < 0.12:
            cost *= 0.3
        cost = min(cost, ((gap - 0.5) / _SPREAD) ** 2 + 1.5)
    return min(cost, _WORST_STEP) + (_GAP_COST if blanks else 0.0)


def _noise_cost(run: Run, pitch: float, em: float, middle: float, marks: MarkOffsets) -> float:
    """Return the cost of taking a run for dirt."""
    area, width = run.area / (em * em), run.right - run.left
    cost = 2.5 if max(width, run.bottom - run.top) < _SPECK * em else 8.0 if area < 0.05 else 30.0
    cost = min(30.0, cost * marks.dirt)
    shape = shape_of(width / pitch, (run.bottom - run.top) / em, ((run.top + run.bottom) / 2 - middle) / em, run.lean)
    return max(cost, 5.0) if shape in marks.learnt else cost


def place_runs(
    runs: list[Run], pitch: float, em: float, middle: float, marks: MarkOffsets
) -> tuple[list[Placed], float]:
    """Return the cheapest placement of a line's ink and its cost; arguments as in ``groups.placements``."""
    ending = _groups(runs, pitch, em, middle, marks)
    states: list[list[_State]] = [[_State(0.0, None, None, None)]]
    for count in range(1, len(runs) + 1):
        found = []
        for first, extent, place in ending[count]:
            cost, before = min(((s.cost + _step(s, place, pitch), s) for s in states[first]), key=lambda pair: pair[0])
            found.append(_State(cost + place.cost, place, extent, before))
        dirt = _noise_cost(runs[count - 1], pitch, em, middle, marks)
        for state in states[count - 1]:
            copy = _State(state.cost + dirt, None, state.ink, state.before)
            copy.kind, copy.left, copy.right = state.kind, state.left, state.right
            found.append(copy)
        found.sort(key=attrgetter("cost"))
        states.append(found[:_KEPT])
    last: _State | None = states[-1][0]
    total = states[-1][0].cost
    placed = []
    while last is not None and last.kind is not None and last.ink is not None:
        placed.append(Placed(last.kind, last.left, last.right, last.ink))
        last = last.before
    return placed[::-1], total


def refined_pitch(cells: list[Placed], pitch: float) -> float | None:
    """Return the pitch by least squares on the distances of wide characters; None with fewer than three of them."""
    products = squares = 0.0
    pairs = 0
    for left, right in itertools.pairwise(cells):
        if left.kind == right.kind == "full" and min(left.width, right.width) > 0.6 * pitch:
            distance = right.centre - left.centre
            steps = round(distance / pitch)
            if 1 <= steps <= 6 and abs(distance / pitch - steps) < 0.3:
                products += distance * steps
                squares += steps * steps
                pairs += 1
    return products / squares if pairs >= 3 and squares >= 6 else None


def fit_line(
    runs: list[Run], base: float, middle: float, marks: MarkOffsets, stretches: tuple[float, ...]
) -> tuple[list[Placed], float]:
    """Return the placement of a line and its pitch, tried from several stretches of the page's pitch *base*."""
    best: tuple[float, list[Placed], float] | None = None
    for stretch in stretches:
        pitch = base * stretch
        for _ in range(3):
            cells, cost = place_runs(runs, pitch, base, middle, marks)
            better = refined_pitch(cells, pitch)
            if better is None or abs(better - pitch) < 0.002 * pitch or not 0.96 * base < better < 1.12 * base:
                break
            pitch = better
        cost += 0.3 * abs(stretch - 1.0) / 0.035
        if best is None or cost < best[0] - 1e-6:
            best = cost, cells, pitch
    if best is None:
        raise ValueError("no stretch to try")
    return best[1], best[2]


def blanks_between(left: Placed, right: Placed, pitch: float) -> int:
    """Return the number of blank cells between two neighbours; beside half-width ink, spacing is taken off."""
    halves = (left.kind == "half") + (right.kind == "half")
    spacing = (0.0, 0.12, 0.25)[halves]
    return max(0, round((right.left - left.right) / pitch - spacing))
