"""The grid of a line: which ink stands in which full-width cell, by dynamic programming over groups of ink runs.

The programming is native (native/grid.cc). Every group of up to six neighbouring runs may be a character that fills its
cell, several merged ones, a mark at the left or right of its cell, a half-width character, or dirt. Costs are in half
squared deviations, tuned on the damage laboratory; a cell off the grid costs by its distance, blank cells hardly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.imaging import _native
from pipeline.imaging.groups import MarkOffsets, Run

GroupKind = Literal["full", "merged", "learnt", "low", "opening", "closing", "half"]


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


def _marks(marks: MarkOffsets) -> _native.Marks:
    return _native.Marks(marks.learnt, marks.half, marks.dirt)


def _placed(cells: list[_native.PlacedTuple]) -> list[Placed]:
    return [Placed(kind, left, right, Run(*ink)) for kind, left, right, ink in cells]


def place_runs(
    runs: list[Run], pitch: float, em: float, middle: float, marks: MarkOffsets
) -> tuple[list[Placed], float]:
    """Return the cheapest placement of a line's ink and its cost.

    Args:
        runs: ink of the line, left to right.
        pitch: of the line, pixels.
        em: of the page, pixels.
        middle: row of the line's middle.
        marks: what the page has taught.
    """
    cells, cost = _native.place_runs(runs, pitch, em, middle, _marks(marks))
    return _placed(cells), cost


def fit_line(
    runs: list[Run], base: float, middle: float, marks: MarkOffsets, stretches: tuple[float, ...]
) -> tuple[list[Placed], float]:
    """Return the placement of a line and its pitch, tried from several stretches of the page's pitch *base*.

    From each stretch the pitch is refined by least squares on the distances of wide characters.
    """
    cells, pitch = _native.fit_line(runs, base, middle, _marks(marks), list(stretches))
    return _placed(cells), pitch


def blanks_between(left: Placed, right: Placed, pitch: float) -> int:
    """Return the number of blank cells between two neighbours; beside half-width ink, spacing is taken off."""
    halves = (left.kind == "half") + (right.kind == "half")
    spacing = (0.0, 0.12, 0.25)[halves]
    return max(0, round((right.left - left.right) / pitch - spacing))
