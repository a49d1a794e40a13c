"""Marks that come in twos: quotes, which an engine takes for their fellows in small print, and dashes, for 一."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.document import Cell, Line
from pipeline.recognition.engine import FROM_SHAPE

_OPENS, _CLOSES = "“", "”"
_DASH, _ONE = "—", "一"


def with_twins(lines: Sequence[Line]) -> list[Line]:
    """Return lines whose quotes open and close in turn, paragraph by paragraph, and whose dashes come in twos.

    A quote is only turned where the next one agrees: ”空壳” is “空壳”. Where one of a pair was lost or not read at all,
    none is. Two strokes are a dash where one of them was read so, and where a paragraph begins with them; with 一一
    none does.
    """
    rows = [list(line.cells) for line in lines]
    paragraph: list[tuple[int, int]] = []
    for row, line in enumerate(lines):
        if line.starts_paragraph:
            _turn(rows, paragraph)
            paragraph = []
        paragraph += [(row, at) for at, cell in enumerate(line.cells) if cell.text in (_OPENS, _CLOSES)]
        _join_dashes(rows[row], line.starts_paragraph)
    _turn(rows, paragraph)
    return [replace(line, cells=tuple(row)) for line, row in zip(lines, rows, strict=True)]


def _join_dashes(row: list[Cell], starts_paragraph: bool) -> None:
    at = 0
    while at + 1 < len(row):
        pair = "".join(cell.text for cell in row[at : at + 2])
        behind = row[at + 2].text if at + 2 < len(row) else ""
        twins = pair in (_DASH + _DASH, _DASH + _ONE) or (pair == _ONE + _DASH and behind != _DASH)  # 统一——
        if twins or (pair == _ONE + _ONE and at == 0 and starts_paragraph):
            row[at : at + 2] = [cell if cell.text == _DASH else _read_as(cell, _DASH) for cell in row[at : at + 2]]
            at += 1
        at += 1


def _turn(rows: Sequence[list[Cell]], places: Sequence[tuple[int, int]]) -> None:
    """Turn the quotes at some places, row and column, of one paragraph, where it is told by the next."""
    opened = False
    for number, (row, at) in enumerate(places):
        cell = rows[row][at]
        if (cell.text == _OPENS) == opened and number + 1 < len(places):
            after_row, after = places[number + 1]
            if rows[after_row][after].text == cell.text:
                rows[row][at] = cell = _read_as(cell, _CLOSES if opened else _OPENS)
        opened = cell.text == _OPENS


def _read_as(cell: Cell, text: str) -> Cell:
    """Return a cell with another reading, as sure as what only its shape tells; what an engine read is less likely."""
    rest = tuple((other, share * (1 - FROM_SHAPE)) for other, share in cell.alternatives if other != text)
    return replace(cell, text=text, alternatives=((text, FROM_SHAPE), *rest))
