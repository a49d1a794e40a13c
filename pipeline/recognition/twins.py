"""Marks that come in twos: quotes, which an engine takes for their fellows in small print, and dashes, for 一."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.document import Cell, Line
from pipeline.recognition.engine import read_as

_OPENS, _CLOSES = "“", "”"
_DASH, _ONE = "—", "一"


def with_twins(lines: Sequence[Line]) -> list[Line]:
    """Return lines whose quotes open and close in turn, paragraph by paragraph, and whose dashes come in twos.

    A quote is only turned where the next one agrees: ”空壳” is “空壳”. Where a blank cell lies between it and its
    neighbours, one of them may be lost, and none is. Two strokes at the beginning of a paragraph are a dash where one
    of them was read so, and where other paragraphs begin with two of them: with 一一 hardly any does.
    """
    rows = [list(line.cells) for line in lines]
    paragraph: list[tuple[int, int]] = []
    for row, line in enumerate(lines):
        if line.starts_paragraph:
            _turn(rows, paragraph)
            paragraph = []
        paragraph += [(row, at) for at, cell in enumerate(line.cells) if cell.text in (_OPENS, _CLOSES, "")]
    _turn(rows, paragraph)
    begin = [cells for cells, line in zip(rows, lines, strict=True) if line.starts_paragraph and _is_pair(cells)]
    for cells in begin:
        if len(begin) > 1 or any(cell.text == _DASH for cell in cells[:2]):
            cells[:2] = [cell if cell.text == _DASH else _read_as(cell, _DASH) for cell in cells[:2]]
    return [replace(line, cells=tuple(row)) for line, row in zip(lines, rows, strict=True)]


def _is_pair(row: Sequence[Cell]) -> bool:
    """Tell whether a line begins with two strokes, and no third one: not with 一——."""
    strokes = [cell.text in (_DASH, _ONE) for cell in row[:3]]
    return strokes[:2] == [True, True] and strokes[2:] != [True]


def _turn(rows: Sequence[list[Cell]], places: Sequence[tuple[int, int]]) -> None:
    """Turn the quotes among some places, row and column, of one paragraph, where it is told by the next.

    The places are those of its quotes and blank cells.
    """
    opened = lost = False
    for number, (row, at) in enumerate(places):
        cell = rows[row][at]
        if not cell.text:
            lost = True
            continue
        if (cell.text == _OPENS) == opened and not lost and number + 1 < len(places):
            after_row, after = places[number + 1]
            if rows[after_row][after].text == cell.text:
                rows[row][at] = cell = _read_as(cell, _CLOSES if opened else _OPENS)
        opened, lost = cell.text == _OPENS, False


def _read_as(cell: Cell, text: str) -> Cell:
    return replace(cell, text=text, alternatives=read_as(text, cell.alternatives))
