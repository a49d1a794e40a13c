"""Parts of a page among its lines: rows of tables, and where tables and pictures come between the lines."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from pipeline.document import Box, Cell, Line
from pipeline.imaging.layout import Rectangle, hull
from pipeline.imaging.tables import Table, TableCell


def outward(box: Rectangle) -> Box:
    """Return the smallest box of whole pixels around *box*."""
    return math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3])


def place_among(lines: Sequence[Line], box: Rectangle) -> int:
    """Return how many lines come before a box: the first that starts below its top, not beside it, follows it."""
    for at, line in enumerate(lines):
        beside = line.box[2] <= box[0] or line.box[0] >= box[2]
        if not beside and line.box[1] >= box[1]:
            return at
    return len(lines)


def table_rows(table: Table, cells_of: Callable[[TableCell], Sequence[Cell]], pitch: float) -> list[Line]:
    """Return the rows of a table: texts of cells parted by tabs; a lost cell is an empty one.

    Args:
        table: its grid.
        cells_of: gives the characters of a cell.
        pitch: width of its full-width characters, pixels.
    """
    rows: list[Line] = []
    for number in range(table.rows):
        parts = table.row(number)
        boxes = [part.box for part in parts if part]
        if not boxes:
            continue
        whole = outward(hull(boxes))
        cells: list[Cell] = []
        for at, part in enumerate(parts):
            if at:
                cells.append(Cell("\t", outward(part.box) if part else whole))
            cells += cells_of(part) if part else ()
        fonts = Counter(cell.font for cell in cells if cell.font)
        rows.append(Line(tuple(cells), whole, pitch, True, fonts.most_common(1)[0][0] if fonts else ""))
    return rows
