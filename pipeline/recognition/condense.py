"""Images of lines for an engine: dirt painted over, blank cells cut out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from pipeline.imaging.grid import Placed, blanks_between
from pipeline.imaging.loading import Image
from pipeline.imaging.locate import Located
from pipeline.imaging.marks import GridLine

_HALF_HEIGHT = 0.66
_SIDE = 0.35
_KEPT_WHITE = 0.04
"""White left on both sides of a cut, pitches."""

_DIRT_RIM = 0.10
"""Width of the blurred rim of a speck, on both sides together, pitches."""

_MARK_RIM = 0.08
"""Pitches around a mark that are left as they are: a faint circle falls apart, and its pieces are small as specks."""

_SHORT = 2.5
_CONTEXT = 4.0
_HAN_HEIGHT = 0.78
"""Ink higher than that, pitches, is no pair of digits."""

_ALONE_SIDE = 0.15
"""An engine takes a line shorter than that for nothing; such a line is read behind a piece of a long one. Pitches."""


@dataclass(frozen=True, slots=True)
class Condensed:
    """A line without its blank cells.

    Attributes:
        image: grey, shape (height, width).
        left: page column of its left edge.
        cuts: column of a cut, width taken out there, cells taken out.
        context: columns at the left that belong to another line.
    """

    image: Image
    left: int
    cuts: tuple[tuple[int, int, int], ...]
    context: int = 0

    def column(self, on_page: float) -> float:
        """Return the column of the condensed image where a column of the page, of a cell that was kept, lies."""
        column = on_page - self.left
        for at, width, _ in self.cuts:
            if column > at + width / 2:
                column -= width
        return column + self.context


def condense(grey: Image, located: Located, whole: bool = False) -> list[Condensed]:
    """Return the condensed lines of a page.

    Args:
        grey: of the page, without its dirt.
        located: the page, measured.
        whole: hardly anything is missing: single blank cells stay, since they may hold a mark too pale to be measured,
            and so does one behind the line where something was taken for dirt.
    """
    lines = []
    for line in located.lines:
        end = int(line.cells[-1].right)
        behind = whole and located.dirt[line.top : line.bottom, end : end + round(line.pitch)].any()
        lines.append(_condense(grey, line, located.pitch, 2 if whole else 1, 1 + _SIDE if behind else _SIDE))
    piece = context_piece(lines, located)
    return [_behind(piece, line) if line.image.shape[1] < _SHORT * located.pitch else line for line in lines]


def context_piece(lines: Sequence[Condensed], located: Located) -> Image:
    """Return the beginning of the longest line, to be put before what an engine would not read alone.

    It ends behind a whole Han: half a character, or a digit, would be read where what is put behind it begins.
    """
    if not lines:
        return np.zeros((1, 0), np.uint8)
    longest, line = max(zip(lines, located.lines, strict=True), key=lambda pair: pair[0].image.shape[1])
    width = round(_CONTEXT * located.pitch)
    han = [c for c in line.cells if c.kind == "full" and c.ink.bottom - c.ink.top > _HAN_HEIGHT * located.pitch]
    ends = [longest.column(cell.ink.right) + _KEPT_WHITE * line.pitch for cell in han]
    whole = [round(end) for end in ends if width - 2 * located.pitch < end <= width]
    return longest.image[:, : (whole or [width])[-1] if longest.image.shape[1] >= 2 * width else 0]


def alone(grey: Image, cell: Placed, line: GridLine, piece: Image, pitch: float) -> Condensed:
    """Return one cell with a margin on both sides, behind a context piece."""
    top, bottom = max(0, int(line.middle - _HALF_HEIGHT * pitch)), int(line.middle + _HALF_HEIGHT * pitch)
    left = max(0, int(cell.left - _ALONE_SIDE * pitch))
    crop = grey[top:bottom, left : int(cell.right + _ALONE_SIDE * pitch)]
    return _behind(piece, Condensed(np.ascontiguousarray(crop), left, ()))


def _behind(piece: Image, line: Condensed) -> Condensed:
    height = line.image.shape[0]
    fitted = cv2.resize(piece, (piece.shape[1], height)) if piece.shape[1] and piece.shape[0] != height else piece
    if not fitted.shape[1]:
        return line
    joined = np.hstack([fitted, line.image]).astype(np.uint8)
    return Condensed(joined, line.left, line.cuts, fitted.shape[1])


def _condense(grey: Image, line: GridLine, pitch: float, least: int, behind: float) -> Condensed:
    """Cut out blank cells, *least* of them and more; *behind* the line so many pitches are kept."""
    top, bottom = max(0, int(line.middle - _HALF_HEIGHT * pitch)), int(line.middle + _HALF_HEIGHT * pitch)
    left = max(0, int(line.cells[0].left - _SIDE * line.pitch))
    end = min(grey.shape[1], int(line.cells[-1].right + behind * line.pitch))
    pieces, cuts = [], []
    start = left
    for a, b in pairwise(line.cells):
        blanks = blanks_between(a, b, line.pitch)
        if blanks >= least:
            first = int(min(a.right, b.left) + _KEPT_WHITE * line.pitch)
            last = int(max(b.left - _KEPT_WHITE * line.pitch, first))
            pieces.append(grey[top:bottom, start:first])
            cuts.append((sum(piece.shape[1] for piece in pieces), last - first, blanks))
            start = last
    pieces.append(grey[top:bottom, start:end])
    return Condensed(np.ascontiguousarray(np.hstack(pieces)), left, tuple(cuts))


def without_dirt(located: Located, whole: bool = False) -> Image:
    """Return the grey page with the dirt between characters painted over.

    The engine gets grey, not the ink alone, which would lose faint strokes; dirt above or below the ink of a cell may
    be part of it, such as the dot of a semicolon. On a *whole* page single blank cells are left as they are.
    """
    size = max(3, round(_DIRT_RIM * located.pitch))
    painted = cv2.dilate(located.dirt, np.ones((size, size), np.uint8))
    painted[located.page.ink > 0] = 0
    for line in located.lines:
        for cell in line.cells:
            # Pale strokes of a character may lie apart from its ink.
            if cell.kind in ("full", "merged"):
                left, right = min(cell.left, cell.ink.left), max(cell.right, cell.ink.right)
            else:
                left, right = cell.ink.left - _MARK_RIM * line.pitch, cell.ink.right + _MARK_RIM * line.pitch
            painted[line.top : line.bottom, max(0, round(left)) : round(right)] = 0
        if whole:
            for a, b in pairwise(line.cells):
                if blanks_between(a, b, line.pitch) == 1:
                    painted[line.top : line.bottom, int(a.right) : round(b.left)] = 0
            end = line.cells[-1].right
            painted[line.top : line.bottom, int(end) : round(end + line.pitch)] = 0
        for run in line.runs:  # what the grid took for dirt
            if not any(cell.ink.left <= run.left and run.right <= cell.ink.right for cell in line.cells):
                painted[int(run.top) : int(run.bottom), int(run.left) - 1 : int(run.right) + 1] = 1
    clean = located.page.grey.copy()
    clean[painted > 0] = 255
    return clean
