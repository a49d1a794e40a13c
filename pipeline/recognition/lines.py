"""Measured lines to cells: blank cells are cut out, the condensed line is read, the cells are put back by position."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.document import Box, Cell, Line, Page
from pipeline.imaging.edges import measure_edges
from pipeline.imaging.grid import Placed, blanks_between
from pipeline.imaging.loading import Image
from pipeline.imaging.locate import Located
from pipeline.imaging.marks import GridLine
from pipeline.recognition.engine import Engine, Seen

_HALF_HEIGHT = 0.66
_SIDE = 0.35
_KEPT_WHITE = 0.04
"""White left on both sides of a cut, pitches."""

_DOTS = frozenset(".·'`")
_DIRT_RIM = 0.10
"""Width of the blurred rim of a speck, on both sides together, pitches."""

# A recogniser that was trained on all scripts takes Han punctuation for its ASCII twins. Applied beside Han only.
_HAN_MARKS = str.maketrans(",:;!?()", "，：；！？（）")


@dataclass(frozen=True, slots=True)
class _Condensed:
    """A line without its blank cells: image, and by column of a cut the number of cells taken out and their width."""

    image: Image
    left: int
    cuts: tuple[tuple[int, int, int], ...]

    def on_page(self, column: float) -> float:
        """Return the page column of a column of the condensed image."""
        return self.left + column + sum(width for at, width, _ in self.cuts if column > at)


def _condense(grey: Image, line: GridLine, pitch: float) -> _Condensed:
    top, bottom = max(0, int(line.middle - _HALF_HEIGHT * pitch)), int(line.middle + _HALF_HEIGHT * pitch)
    left = max(0, int(line.cells[0].left - _SIDE * line.pitch))
    end = min(grey.shape[1], int(line.cells[-1].right + _SIDE * line.pitch))
    pieces, cuts = [], []
    start = left
    for a, b in pairwise(line.cells):
        blanks = blanks_between(a, b, line.pitch)
        if blanks:
            first = int(min(a.right, b.left) + _KEPT_WHITE * line.pitch)
            last = int(max(b.left - _KEPT_WHITE * line.pitch, first))
            pieces.append(grey[top:bottom, start:first])
            cuts.append((sum(piece.shape[1] for piece in pieces), last - first, blanks))
            start = last
    pieces.append(grey[top:bottom, start:end])
    return _Condensed(np.ascontiguousarray(np.hstack(pieces)), left, tuple(cuts))


def _owners(seen: list[Seen], columns: list[float], cells: list[Placed]) -> list[Placed]:
    """Return the placed ink of each character: in order where the counts agree, else the nearest."""
    if len(seen) == len(cells):
        return cells
    return [min(cells, key=lambda cell: abs(cell.centre - column)) for column in columns]


class _ToPage:
    """Boxes of the straightened page, in pixels of the page as it came."""

    def __init__(self, located: Located) -> None:
        self._inverse: npt.NDArray[np.float64] = cv2.invertAffineTransform(located.page.transform)
        self._height, self._width = located.page.grey.shape
        self._seal = located.page.seal

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]])
        points = corners @ self._inverse.T
        low, high = np.floor(points.min(0)), np.ceil(points.max(0))
        x0, x1 = (int(min(max(v, 0), self._width)) for v in (low[0], high[0]))
        y0, y1 = (int(min(max(v, 0), self._height)) for v in (low[1], high[1]))
        return x0, y0, x1, y1

    def sealed(self, left: float, top: float, right: float, bottom: float) -> bool:
        part = self._seal[max(0, int(top)) : int(bottom), max(0, int(left)) : int(right)]
        return bool(part.size and part.mean() > 0.05)


def _cells(line: GridLine, condensed: _Condensed, seen: list[Seen], pages: _ToPage) -> list[Cell]:
    """Put characters and blank cells in order."""

    def cell(left: float, right: float, read: Seen | None) -> Cell:
        bounds = (left, line.top, right, line.bottom)
        text = read.text if read else ""
        return Cell(text, pages.box(*bounds), read.alternatives if read else (), pages.sealed(*bounds))

    def blanks(left: float, count: int, width: float) -> list[Cell]:
        return [cell(left + k * width, left + (k + 1) * width, None) for k in range(count)]

    gaps = [
        (a.right, (b.left - a.right) / count, count)
        for a, b in pairwise(line.cells)
        if (count := blanks_between(a, b, line.pitch))
    ]
    cells = blanks(line.cells[0].left - line.lead * line.pitch, line.lead, line.pitch)
    columns = [condensed.on_page(read.centre) for read in seen]
    owners = _owners(seen, columns, line.cells)
    done = 0
    for read, owner in zip(seen, owners, strict=True):
        while done < len(gaps) and read.centre > condensed.cuts[done][0]:
            left, width, count = gaps[done]
            cells += blanks(left, count, width)
            done += 1
        cells.append(cell(owner.left, owner.right, read))
    for left, width, count in gaps[done:]:
        cells += blanks(left, count, width)
    return cells + blanks(line.cells[-1].right, line.trail, line.pitch)


def _han_marks(cells: list[Cell]) -> list[Cell]:
    """Give ASCII marks beside Han their full-width form."""
    result = []
    for at, cell in enumerate(cells):
        beside = [cells[k].text for k in (at - 1, at + 1) if 0 <= k < len(cells)]
        western = any(text.isascii() and text.isalnum() for text in beside)
        result.append(cell if western else replace(cell, text=cell.text.translate(_HAN_MARKS)))
    return result


def _without_dirt(located: Located) -> Image:
    """Return the grey page with the dirt between characters painted over.

    The engine gets grey, not the ink alone, which would lose faint strokes; dirt above or below the ink of a cell may
    be part of it, such as the dot of a semicolon.
    """
    size = max(3, round(_DIRT_RIM * located.pitch))
    painted = cv2.dilate(located.dirt, np.ones((size, size), np.uint8))
    painted[located.page.ink > 0] = 0
    for line in located.lines:
        for cell in line.cells:
            painted[line.top : line.bottom, int(cell.ink.left) : int(cell.ink.right)] = 0
        for run in line.runs:  # what the grid took for dirt
            if not any(cell.ink.left <= run.left and run.right <= cell.ink.right for cell in line.cells):
                painted[int(run.top) : int(run.bottom), int(run.left) - 1 : int(run.right) + 1] = 1
    return np.where(painted > 0, 255, located.page.grey).astype(np.uint8)


def _without_dots(seen: list[Seen], cells: int) -> list[Seen]:
    """Leave out dots between Han where more characters were read than there is ink in cells: specks."""
    kept = list(seen)
    for at in range(len(seen) - 1, -1, -1):
        beside = "".join(read.text for read in seen[max(0, at - 1) : at + 2] if read is not seen[at])
        if len(kept) > cells and seen[at].text in _DOTS and not any(c.isascii() and c.isalnum() for c in beside):
            del kept[at]
    return kept


def recognise(located: Located, engine: Engine, number: int) -> Page:
    """Read a page's measured lines; *number* is the page's, from 1."""
    grey = _without_dirt(located)
    condensed = [_condense(grey, line, located.pitch) for line in located.lines]
    read = engine.read([line.image for line in condensed])
    read = [_without_dots(seen, len(line.cells)) for seen, line in zip(read, located.lines, strict=True)]
    gaps = sum(count for line in condensed for _, _, count in line.cuts)
    shown = sum(len(line.cells) for line in located.lines)
    ends = [(seen[0].text, seen[-1].text) if seen else ("", "") for seen in read]
    measure_edges(located.lines, ends, located.pitch, gaps / max(1, gaps + shown))
    pages = _ToPage(located)
    lines = []
    for line, short, seen in zip(located.lines, condensed, read, strict=True):
        if not seen:
            continue
        cells = _han_marks(_cells(line, short, seen, pages))
        left, right = line.cells[0].left - line.lead * line.pitch, line.cells[-1].right + line.trail * line.pitch
        box = pages.box(left, line.top, right, line.bottom)
        lines.append(Line(tuple(cells), box, line.pitch, line.starts_paragraph))
    height, width = located.page.grey.shape
    return Page(number, width, height, located.page.skew, tuple(lines))
