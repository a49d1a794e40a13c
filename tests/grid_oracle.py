"""A slow, exact placement of a line's ink on its grid: what pipeline/imaging/native/grid.cc must find."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from pipeline.imaging.grid import GroupKind, Placed
from pipeline.imaging.groups import MarkOffsets, Run, shape_of

_SPREAD = 0.10
_LONGEST_GROUP = 6
_GROUP_COST = 0.15
_SPECK = 0.17
_GAP_COST = 0.15
_WORST_STEP = 14.0


class Placement(NamedTuple):
    """A cell that a group may stand in, with its cost; left and right are the cell's edges, pixels."""

    kind: GroupKind
    left: float
    right: float
    cost: float


_HAN_HEIGHT, _BRACKET_WIDTH, _TORN = 0.86, 0.3, 3.0

# Where Song, Kai, Hei and Noto fonts put marks before a page has taught better, in pitches.
_LOW_LEFT = 0.10
_OPENING_RIGHT = 0.93
_CLOSING_LEFT = 0.07


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
            cost += 0.5 if height < 0.2 and width > 0.4 and abs(sunk) < 0.25 else 4
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
    for offset, price in learnt or ():
        from_left("learnt", offset, price)
    if height < 0.52 and width < 0.5:
        if sunk > 0.08:
            from_left("low", _LOW_LEFT, 0.0 if learnt is None else 1.5)
            if learnt is None:
                from_left("low", (1 - width) / 2, 1.5)
            half(1.0)
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
        torn = _TORN if height > _HAN_HEIGHT and width > _BRACKET_WIDTH else 0.0
        half((0.1 if 0.55 < height < 0.82 else 1.0) + (0.7 if abs(lean) > 0.2 else 0.0) + torn)
    if height < 0.8 and sunk > -0.05:
        from_left("low", _LOW_LEFT, 0.6 if learnt is None else 2.0)
    return found


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
        torn = True
        for last in range(first, min(len(runs), first + _LONGEST_GROUP)):
            part = runs[last]
            if last > first:
                torn = torn and part.left == runs[last - 1].right
                if not torn and part.right - run.left > 1.13 * pitch:
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
        states.append(found)
    best = min(states[-1], key=lambda state: state.cost)
    last: _State | None = best
    total = best.cost
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
