"""Page images with tables, columns, pictures or type of several sizes.

Every part is read by itself, on a scale on which all type is of one size; the lines are put in reading order.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from pipeline.document import Box, Cell, Line, Page
from pipeline.imaging.cleaning import even_light
from pipeline.imaging.layout import Rectangle, hull
from pipeline.imaging.loading import Image
from pipeline.imaging.locate import locate
from pipeline.imaging.orientation import WayBack
from pipeline.imaging.regions import Regions
from pipeline.imaging.tables import Table, TableCell
from pipeline.reading.image_parts import Part, read_together
from pipeline.reading.rows import outward, place_among, table_rows
from pipeline.recognition.engine import Engine
from pipeline.recognition.lines import recognise

_INSET = 0.12
"""Rim of a table cell that belongs to its rules, characters."""

_PAD, _HANGING = 0.4, 1.1
"""Rim of a part, and at its right, where marks hang over the margin, which are too small for a stretch of text; ems."""

_ALIKE = 0.12
_FEW = 4
"""Blocks whose widths differ by less than that share have the same margins; those of few stretches have none."""

_LEAST_INK = 0.02
_DARK = 140


def read_parts(image: Image, regions: Regions, engine: Engine, number: int, quarters: int) -> Page:
    """Read a page image part by part.

    Args:
        image: upright, shape (height, width, 3), BGR.
        regions: its parts.
        engine: reads lines.
        number: of the page, from 1.
        quarters: by which the page was turned clockwise before; boxes are those of the page as it came.
    """
    height, width = image.shape[:2]
    white = (255, 255, 255)
    page: Image = cv2.warpAffine(image, regions.transform, (width, height), flags=cv2.INTER_CUBIC, borderValue=white)
    # Even paper: what is painted white, and the frame of a part, must not stand out.
    page = np.dstack([even_light(np.ascontiguousarray(page[:, :, channel])) for channel in range(3)])
    lines = _text(page, regions, engine)
    for table in regions.tables:
        at = place_among(lines, table.box)
        if at < len(lines):
            lines[at] = replace(lines[at].without_white(), starts_paragraph=True)
        lines[at:at] = _rows(page, table, regions.em, engine)
    back = WayBack(regions.transform, width, height, quarters)
    skew = -math.degrees(math.atan2(regions.transform[1][0], regions.transform[0][0]))
    whole = Page(number, back.width, back.height, skew, tuple(lines))
    notes = []
    if len(set(regions.columns)) > 1:
        notes.append("columns read one after another")
    if regions.tables:
        notes.append(f"tables: {len(regions.tables)}")
    pictures = _pictures(lines, regions.pictures, back)
    notes += _stamp_notes(regions)
    return replace(whole, lines=tuple(as_it_came(line, back) for line in lines), notes=tuple(notes), pictures=pictures)


def read_beside(image: Image, regions: Regions, engine: Engine, number: int, quarters: int) -> Page:
    """Read a page of one column, pictures and stamps beside it painted over; arguments as of ``read_parts``."""
    height, width = image.shape[:2]
    back = WayBack(regions.transform, width, height, 0)
    painted = image.copy()
    for box in (*regions.pictures, *regions.stamps):
        left, top, right, bottom = back.box(outward(box))
        rim = painted[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2].reshape(-1, 3)
        # The paper about it; where nothing but the picture shows, its brightest part.
        painted[top:bottom, left:right] = np.percentile(rim, 95, axis=0).astype(np.uint8)
    page = recognise(locate(painted), engine, number, quarters)
    whole = WayBack(regions.transform, width, height, quarters)
    pictures = _pictures(page.lines, regions.pictures, whole, straight=False)
    return replace(page, notes=(*page.notes, *_stamp_notes(regions)), pictures=pictures)


def _pictures(
    lines: Sequence[Line], boxes: Sequence[Rectangle], back: WayBack, *, straight: bool = True
) -> tuple[tuple[int, Box], ...]:
    """Return pictures with the number of lines before each; *straight* tells which page the lines lie on."""
    placed = []
    for box in boxes:
        own = back.box(outward(box))
        placed.append((place_among(lines, box if straight else own), own))
    return tuple(sorted(placed))


def _stamp_notes(regions: Regions) -> list[str]:
    return [f"{len(regions.stamps)} upright stamps set aside"] if regions.stamps else []


def as_it_came(line: Line, back: WayBack) -> Line:
    """Return a line with its boxes on the page as it came."""
    cells = tuple(replace(cell, box=back.box(cell.box)) for cell in line.cells)
    white, indent = (tuple(map(back.box, boxes)) for boxes in (line.white, line.indent))
    return replace(line, cells=cells, box=back.box(line.box), white=white, indent=indent)


def _text(page: Image, regions: Regions, engine: Engine) -> list[Line]:
    """Read the blocks of text in order, those of one width as one page: their margins are alike."""
    parts = [_only(page, number, regions) for number in range(len(regions.blocks))]
    widths = {
        column: max(p.left + p.image.shape[1] for p in own) - min(p.left for p in own)
        for column in regions.columns
        if (own := [p for p, c in zip(parts, regions.columns, strict=True) if c == column])
    }
    counts = Counter(column for column, block in zip(regions.columns, regions.blocks, strict=True) for _ in block)
    groups: list[list[int]] = []
    for column in sorted(widths, key=lambda c: -counts[c]):
        for group in groups:
            first = widths[group[0]]
            if abs(widths[column] - first) < _ALIKE * first or counts[column] < _FEW:
                group.append(column)
                break
        else:
            groups.append([column])
    found: list[tuple[int, Line]] = []
    for group in groups:
        chosen = [n for n, column in enumerate(regions.columns) if column in group]
        own = [
            replace(parts[n], column=regions.columns[n], section=0 if regions.scales[n] == 1.0 else n + 1)
            for n in chosen
        ]
        before = -1
        for k, line in read_together(own, regions.em, engine):
            number = chosen[k]
            title = regions.scales[number] != 1.0
            # A title across columns, or a few lines in small type: the white beside them is layout. What a title in
            # larger type lost, its place told.
            alone = counts[regions.columns[number]] < _FEW and len(widths) > 1
            small = regions.scales[number] < 1.0 and len(regions.blocks[number]) < _FEW
            cells = tuple(inner(line.cells)) if alone or small else line.cells
            changes = number != before and (number > 0 or title) and (title or regions.scales[number - 1] != 1.0)
            starts = line.starts_paragraph or alone or changes
            as_measured = cells == line.cells and starts == line.starts_paragraph
            own_line = line if as_measured else line.without_white()
            found.append((number, replace(own_line, cells=cells, starts_paragraph=starts)))
            before = number
    return [line for _, line in sorted(found, key=lambda item: item[0])]


def _only(page: Image, number: int, regions: Regions) -> Part:
    """Return the part of a page that holds a block, all that is not of it painted white.

    In the size of the body it reaches as far to the right as its column: behind lost characters a mark at the end of a
    line is too small for a stretch of text.
    """
    block = hull(regions.blocks[number])
    end = block[2]
    if regions.scales[number] == 1.0:
        alike = zip(regions.columns, regions.blocks, strict=True)
        end = max(box[2] for column, boxes in alike if column == regions.columns[number] for box in boxes)
    pad = _PAD * regions.em
    edges = block[0] - pad, block[1] - pad, end + _HANGING * regions.em, block[3] + pad
    left, top, right, bottom = map(round, edges)
    left, top = max(0, left), max(0, top)
    result = page[top:bottom, left:right].copy()
    others = [box for at, boxes in enumerate(regions.blocks) if at != number for box in boxes]
    for box in (*others, *(table.box for table in regions.tables), *regions.pictures, *regions.stamps):
        rim = 0.2 * regions.em
        x0, x1 = (min(max(0, round(x) - left), result.shape[1]) for x in (box[0] - rim, box[2] + rim))
        y0, y1 = (min(max(0, round(y) - top), result.shape[0]) for y in (box[1] - rim, box[3] + rim))
        # What stands close by must not take the edge of this part with it.
        if box[1] >= block[3] - 1:
            y0 = max(y0, round(block[3]) - top)
        elif box[3] <= block[1] + 1:
            y1 = min(y1, round(block[1]) - top)
        result[y0:y1, x0:x1] = 255
    return Part(result, left, top, regions.scales[number])


def _rows(page: Image, table: Table, em: float, engine: Engine) -> list[Line]:
    """Read a table, row by row."""
    cells: list[TableCell] = []
    parts: list[Part] = []
    rim = max(2, round(_INSET * em))
    for cell in table.cells:
        left, top, right, bottom = (round(value) for value in cell.box)
        part = page[top + rim : bottom - rim, left + rim : right - rim]
        if part.size and (part.min(axis=2) < _DARK).sum() >= _LEAST_INK * em * em:
            cells.append(cell)
            parts.append(Part(part, left + rim, top + rim))
    found: dict[tuple[int, int], list[Cell]] = {}
    pitch = em
    for number, line in read_together(parts, em, engine):
        found.setdefault((cells[number].row, cells[number].column), []).extend(inner(line.cells))
        pitch = line.pitch
    unread = [k for k, cell in enumerate(cells) if (cell.row, cell.column) not in found]
    for k, read in zip(unread, _read_bare([parts[k] for k in unread], engine), strict=True):
        found[cells[k].row, cells[k].column] = read
    return table_rows(table, lambda cell: found.get((cell.row, cell.column), []), pitch)


def _read_bare(parts: Sequence[Part], engine: Engine) -> list[list[Cell]]:
    """Read cells in which no line was measured, such as 一 alone: their ink as it is, for one line of it."""
    pictures, boxes = [], []
    for part in parts:
        grey = part.image.min(axis=2)
        rows, columns = (np.flatnonzero((grey < _DARK).any(axis=axis)) for axis in (1, 0))
        box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        rim = max(4, (box[2] - box[0]) // 2 if box[3] - box[1] < box[2] - box[0] else 4)
        middle = (box[1] + box[3]) // 2
        top, bottom = max(0, min(box[1] - 4, middle - rim)), max(box[3] + 4, middle + rim)
        pictures.append(np.ascontiguousarray(grey[top:bottom, max(0, box[0] - 8) : box[2] + 8]))
        boxes.append(_moved(box, part.left, part.top))
    read = engine.read(pictures)
    return [[Cell(seen.text, box, seen.alternatives) for seen in line] for line, box in zip(read, boxes, strict=True)]


def inner(cells: Sequence[Cell]) -> list[Cell]:
    """Leave out blank cells at the ends: white in a table cell is no sign of loss."""
    start, end = 0, len(cells)
    while start < end and cells[start].blank:
        start += 1
    while end > start and cells[end - 1].blank:
        end -= 1
    return list(cells[start:end])


def _moved(box: Box, x: int, y: int) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y
