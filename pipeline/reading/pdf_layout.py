"""The layout of a glyph layer: tables, columns, pictures, and the lines of each in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pipeline.document import Box, Cell, Line
from pipeline.imaging.layout import Rectangle, reading_order
from pipeline.imaging.tables import Table, TableCell, tables_of
from pipeline.reading.pdf_glyphs import Glyph, PageContent
from pipeline.reading.pdf_lines import cells_of, document_lines, is_margin, is_page_number, lines_of
from pipeline.reading.rows import outward, place_among, table_rows

_GUTTER = 0.5
"""White at which a line may be cut in two columns, font sizes: advances leave none inside a line."""

_SMALL = 0.85
"""Lines in the margins of a page below that share of its font size are running heads and feet."""

_LEAST_PICTURE = 2.0
"""Smaller pictures are bullets and ornaments, font sizes."""

_BACKGROUND = 0.9
"""A picture over that share of the page is the background of its text."""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """Lines of a page in reading order, pictures with the number of lines before each, and notes."""

    lines: tuple[Line, ...]
    pictures: tuple[tuple[int, Box], ...]
    notes: tuple[str, ...]


def lay_out(glyphs: Sequence[Glyph], content: PageContent) -> LaidOut:
    """Put the glyphs of a page in order; their texts are final, an empty one is a lost character."""
    notes: list[str] = []
    em = median(glyph.size for glyph in glyphs) if glyphs else 40.0
    tables = tables_of(content.rules, 0.5 * em)
    inside: dict[tuple[int, int], list[Glyph]] = {}
    body: list[Glyph] = []
    for glyph in glyphs:
        key = _cell_at(glyph, tables)
        (body if key is None else inside.setdefault(key, [])).append(glyph)
    kept = [line for line in lines_of(body) if not is_page_number(line, content.height)]
    if sum(map(len, kept)) < len(body):
        notes.append("page number set aside")
    # Their own margins would be taken for those of the text.
    heads = [line for line in kept if is_margin(line, content.height) and max(g.size for g in line) < _SMALL * em]
    blocks = _columns([line for line in kept if line not in heads], em)
    if len(blocks) > 1:
        notes.append("columns read one after another")
    lines = [line for block in blocks for line in document_lines(block)]
    for head in heads:
        above = head[0].baseline < content.height / 2
        lines[0 if above else len(lines) : 0 if above else len(lines)] = document_lines([head])
    for number, table in enumerate(tables):
        rows = _rows(table, {at: inside[n, at] for n, at in inside if n == number})
        at = place_among(lines, table.box)
        if at < len(lines):
            lines[at] = replace(lines[at].without_white(), starts_paragraph=True)
        lines[at:at] = rows
    if tables:
        notes.append(f"tables: {len(tables)}")
    return LaidOut(tuple(lines), _pictures(content, lines, em), tuple(notes))


def _cell_at(glyph: Glyph, tables: Sequence[Table]) -> tuple[int, int] | None:
    """Return the numbers of the table and the cell that a glyph stands in, or None."""
    x, y = (glyph.left + glyph.right) / 2, glyph.baseline - 0.36 * glyph.size
    for number, table in enumerate(tables):
        if not _holds(table.box, x, y):
            continue
        for at, cell in enumerate(table.cells):
            if _holds(cell.box, x, y):
                return number, at
    return None


def _holds(box: Rectangle, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _columns(lines: Sequence[Sequence[Glyph]], em: float) -> list[list[list[Glyph]]]:
    """Return the lines of each block of text, in reading order."""
    pieces: list[list[Glyph]] = []
    for line in lines:
        piece = [line[0]]
        for a, b in pairwise(line):
            if b.left - a.right > _GUTTER * em:
                pieces.append(piece)
                piece = []
            piece.append(b)
        pieces.append(piece)
    boxes = [
        (piece[0].left, min(g.box[1] for g in piece), piece[-1].right, max(g.box[3] for g in piece)) for piece in pieces
    ]
    return [
        lines_of([glyph for i in block for glyph in pieces[i]]) for block in reading_order(boxes, em, _GUTTER) if block
    ]


def _rows(table: Table, inside: dict[int, list[Glyph]]) -> list[Line]:
    """Return the rows of a table from the glyphs in its cells, by the number of the cell."""
    numbers = {cell: number for number, cell in enumerate(table.cells)}

    def read(cell: TableCell) -> list[Cell]:
        lines = lines_of(inside.get(numbers[cell], []))
        return [read for line in lines for read in cells_of(line)]

    sizes = [glyph.size for glyphs in inside.values() for glyph in glyphs]
    return table_rows(table, read, median(sizes) if sizes else 0.0)


def _pictures(content: PageContent, lines: Sequence[Line], em: float) -> tuple[tuple[int, Box], ...]:
    found = []
    for left, top, right, bottom in content.pictures:
        if min(right - left, bottom - top) < _LEAST_PICTURE * em:
            continue
        if lines and (right - left) * (bottom - top) > _BACKGROUND * content.width * content.height:
            continue
        found.append((place_among(lines, (left, top, right, bottom)), outward((left, top, right, bottom))))
    return tuple(sorted(found))
