"""Pages under grey seals: what lies under one is marked, and what a seal shows behind a line's end is no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import hypot

from pipeline.document import Cell, Line, Page
from pipeline.imaging.grey_seals import NAME, Ring
from pipeline.imaging.orientation import WayBack

_DOUBTFUL = 0.8
"""Probability under which ink under a seal at a line's end is the seal's."""

_FAR = 4
"""Blank cells before what is under a seal at a line's end from which it is no text, however surely it was read."""

_FULL = 1.5
"""Pitches by which a line that reaches the margin may miss it."""


def under_rings(page: Page, rings: Sequence[Ring], back: WayBack) -> Page:
    """Return a page with the cells under grey seals marked.

    Args:
        page: as read, its seals taken out.
        rings: the seals, on the upright page.
        back: the way to the page as it came.
    """
    # By its middle: the box of a seal over the edge of the page would be cut off there.
    seals = [(*back.point(ring.x, ring.y), ring.radius) for ring in rings]

    def away(cell: Cell) -> float:
        """Return the distance of a cell from the nearest seal's middle, radii."""
        x, y = (cell.box[0] + cell.box[2]) / 2, (cell.box[1] + cell.box[3]) / 2
        return min(hypot(x - across, y - down) / radius for across, down, radius in seals)

    def marked(cell: Cell) -> Cell:
        return replace(cell, under_seal=True) if away(cell) <= 1 else cell

    def is_name(line: Line) -> bool:
        shown = [cell for cell in line.cells if cell.text.strip()]
        return all(NAME <= away(cell) <= 1 for cell in shown or line.cells)

    lines = [replace(line, cells=tuple(map(marked, line.cells))) for line in page.lines if not is_name(line)]
    margin = max((line.box[2] for line in lines if not any(c.under_seal for c in line.cells[-1:])), default=None)
    kept = [_without_seal(line, margin) for line in lines]
    note = f"{len(rings)} grey seals taken out"
    return replace(page, lines=tuple(line for line in kept if line.cells), notes=(*page.notes, note))


def _without_seal(line: Line, margin: int | None) -> Line:
    """Return a line without what its end shows under a seal and is no text.

    A line that reaches the *margin* lost its end there; another ends with what was read surely.
    """
    cells = list(line.cells)
    end = len(cells)
    while end and cells[end - 1].under_seal and not _is_sure(cells[end - 1]):
        end -= 1
    if end < len(cells):
        line = line.without_white()
    if margin is not None and line.box[2] > margin - _FULL * line.pitch:
        blank = [replace(cell, text="", alternatives=()) for cell in cells[end:]]
        return replace(line, cells=(*cells[:end], *blank))
    shown = [at for at, cell in enumerate(cells[:end]) if cell.text.strip()]
    for k in range(len(shown) - 1, 0, -1):
        if not cells[shown[k]].under_seal:
            break
        between = cells[shown[k - 1] + 1 : shown[k]]
        if len(between) >= _FAR or any(cell.text for cell in between):
            del shown[k:]
            end = shown[-1] + 1
    if end < len(cells):  # white that led to the seal's ink
        end = shown[-1] + 1 if shown else 0
    return replace(line, cells=tuple(cells[:end]))


def _is_sure(cell: Cell) -> bool:
    return bool(cell.text.strip() and cell.alternatives and cell.alternatives[0][1] >= _DOUBTFUL)
