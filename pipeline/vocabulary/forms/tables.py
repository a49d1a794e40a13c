"""Tables in text: tabs, commas, Markdown, HTML, aligned columns. Every cell knows where its text stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.reading.separated import cells, is_separated, records

Kind = Literal["tabs", "commas", "markdown", "html", "aligned"]

FARTHEST = 3
"""Blank or other lines between two rows of one table: a page break may lie between them."""

FEWEST_ALIGNED = 3
"""Rows of equally many columns from which on runs of spaces are taken for columns."""

NUMBER = re.compile(r"[-－+]?\d+(?:[,，]\d{3})*(?:\.\d+)?\s*(?:%|％|余|万元|亿元|万|亿|元)?")
_TAG = re.compile(r"<[^<>\n]*>|\*\*")
_LINE = re.compile(r"[^\r\n]+")
_COLUMNS = re.compile(r"[ \u3000]{2,}|\t")
_HTML_START = re.compile(r"<table\b", re.IGNORECASE)
_HTML_END = re.compile(r"</table\s*>", re.IGNORECASE)
_HTML_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr\s*>", re.DOTALL | re.IGNORECASE)
_HTML_CELL = re.compile(r"<t[dh]\b[^>]*>(.*?)</t[dh]\s*>", re.DOTALL | re.IGNORECASE)
_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: the offsets of its content in the text, without surrounding white space and tags, and that content."""

    start: int
    end: int
    text: str

    @property
    def numeric(self) -> bool:
        """True where the cell holds a number and nothing else."""
        return bool(NUMBER.fullmatch(self.text))

    @property
    def number(self) -> float | None:
        """The number, or None; an empty cell has none."""
        return float(re.sub(r"[^\d.+-]", "", self.text.replace("－", "-"))) if self.numeric else None


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its cells, left to right, and the line of the text, from 1, on which it begins."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table and how it is written."""

    kind: Kind
    rows: tuple[Row, ...]


def find_tables(text: str) -> list[Table]:
    """Return the tables of a text, in order."""
    tables: list[tuple[int, Table]] = []
    taken: list[tuple[int, int]] = []
    for span in _html_tables(text):
        tables.append((span[0], Table("html", tuple(_html_rows(text, span)))))
        taken.append(span)
    open_rows: dict[Kind, list[Row]] = {"tabs": [], "commas": [], "markdown": [], "aligned": []}
    starts: dict[Kind, int] = {}
    ends: dict[Kind, int] = {}  # lines on which the last rows end

    def close(kind: Kind) -> None:
        rows = open_rows[kind]
        columns = {len(row.cells) for row in rows}
        fits = len(rows) >= FEWEST_ALIGNED and len(columns) == 1 if kind == "aligned" else len(rows) >= 2
        if fits and any(cell.numeric for row in rows for cell in row.cells):
            tables.append((starts[kind], Table(kind, tuple(rows))))
        open_rows[kind] = []

    separated = is_separated(text)
    line_end = "\n" if "\n" in text else "\r"
    number, at = 0, 0
    for begin, end in records(text) if separated else (match.span() for match in _LINE.finditer(text)):
        number += text.count(line_end, at, begin)
        at = begin
        while taken and taken[0][1] <= at:
            taken.pop(0)
        if taken and taken[0][0] <= at:
            continue
        line = text[begin:end]
        kind = "commas" if separated else _kind(line)
        for other in open_rows:
            if open_rows[other] and (other != kind) and (number + 1 - ends[other] > FARTHEST or kind):
                close(other)
        if kind is None or (kind == "markdown" and _RULE.fullmatch(line.strip())):
            continue
        if open_rows[kind] and number + 1 - ends[kind] > FARTHEST:
            close(kind)
        if not open_rows[kind]:
            starts[kind] = at
        row = Row(number + 1, tuple(_cells(line, at, kind)))
        if kind == "aligned" and open_rows[kind] and len(open_rows[kind][-1].cells) != len(row.cells):
            close(kind)
            starts[kind] = at
        open_rows[kind].append(row)
        ends[kind] = number + 1 + line.count(line_end)
    for kind in open_rows:
        close(kind)
    return [table for _, table in sorted(tables, key=lambda item: item[0])]


def _kind(line: str) -> Kind | None:
    content = line.strip()
    if "\t" in line and ("\t" in content or _TAG.search(content) or len(content) <= 30):
        return "tabs"
    if content.startswith("|") and content.count("|") >= 3:
        return "markdown"
    pieces = _COLUMNS.split(content)
    return "aligned" if len(pieces) >= 2 and NUMBER.fullmatch(pieces[-1]) else None


def _cells(line: str, at: int, kind: Kind) -> Iterator[Cell]:
    if kind == "commas":
        yield from (Cell(at + start, at + end, line[start:end]) for start, end in cells(line))
        return
    if kind == "aligned":
        body = line.strip()
        at += len(line) - len(line.lstrip())
        breaks = [match.span() for match in _COLUMNS.finditer(body)]
        line = body
    elif kind == "markdown":
        first, last = line.index("|"), line.rstrip().rfind("|")
        inner = [i for i, char in enumerate(line) if char == "|" and first < i < last and line[i - 1] != "\\"]
        breaks = [(i - first - 1, i - first) for i in inner]
        line, at = line[first + 1 : last], at + first + 1
    else:
        breaks = [(i, i + 1) for i, char in enumerate(line) if char == "\t"]
    begin = 0
    for start, end in [*breaks, (len(line), len(line))]:
        yield _cell(line[begin:start], at + begin)
        begin = end


def _cell(piece: str, at: int) -> Cell:
    """Return the cell of *piece*, which begins at the offset; tags round its content are no part of it."""
    start, end = 0, len(piece)
    while True:
        while start < end and piece[start].isspace():
            start += 1
        while end > start and piece[end - 1].isspace():
            end -= 1
        tag = _TAG.match(piece, start, end)
        closing = next((m for m in _TAG.finditer(piece, start, end) if m.end() == end), None)
        if tag:
            start = tag.end()
        elif closing and closing.start() > start:
            end = closing.start()
        else:
            return Cell(at + start, at + end, piece[start:end])


def _html_tables(text: str) -> Iterator[tuple[int, int]]:
    start = _HTML_START.search(text)
    while start and (end := _HTML_END.search(text, start.end())):
        yield start.start(), end.end()
        start = _HTML_START.search(text, end.end())


def _html_rows(text: str, table: tuple[int, int]) -> Iterator[Row]:
    for row in _HTML_ROW.finditer(text, *table):
        cells = tuple(
            _cell(text[cell.start(1) : cell.end(1)], cell.start(1)) for cell in _HTML_CELL.finditer(text, *row.span(1))
        )
        if cells:
            yield Row(text.count("\n", 0, row.start()) + 1, cells)


def texts(rows: Sequence[Row]) -> list[list[str]]:
    """Return the contents of rows, all made equally long, for CSV."""
    widest = max((len(row.cells) for row in rows), default=0)
    return [[cell.text for cell in row.cells] + [""] * (widest - len(row.cells)) for row in rows]
