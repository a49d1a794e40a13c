"""Text whose lines are rows of cells with commas between them (RFC 4180), as spreadsheets export it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

FEWEST_ROWS = 3
MOST_ALIKE = 0.9
"""Least share of rows with equally many cells; running text has commas too, but not on every line the same number."""

MOST_GROUPED = 0.5
"""Share of rows from which on all commas may be those of numbers, where the first row has no other commas either."""

_SAMPLE = 500
"""Rows that are looked at; an export has the same columns from its first row to its last."""

_LONGEST_ROW = 10_000

_LINE = re.compile(r"[^\r\n]+")
_CELL = re.compile(
    r"""
      [^\S\r\n]* "(?:[^"]|""){0,10000}" [^\S\r\n]* (?=[,\r\n]|\Z)  # quoted: line ends and commas are its text
    | [^\S\r\n]* "(?:[^"\r\n]|"")*" [^,\r\n]*                      # quoted, with something behind it
    | [^,\r\n]*                                                    # bare; so is one whose quote is never closed
    """,
    re.VERBOSE,
)
_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:,\d{3})+(?!\d)")
"""A number with thousands separators, or cells of digits: one comma does not tell."""


def is_separated(text: str) -> bool:
    """Tell whether the lines of a text are rows: they have equally many cells, two or more.

    Rows of other tables have commas within their numbers (1,234), and so has a list with one number a line: the first
    row, which may name the columns, or half of all must have a comma that parts no thousands.
    """
    if "," not in text:
        return False
    rows = (row for start, end in records(text) if (row := text[start:end]).strip())
    widths: Counter[int] = Counter()
    grouped, headed = 0, False
    for row, _ in zip(rows, range(_SAMPLE), strict=False):
        other = len(row) > _LONGEST_ROW or "\t" in row or row.lstrip().startswith("|")
        widths[0 if other else _width(row)] += 1
        if _width(_GROUPED.sub("", row)) == 1:
            grouped += 1
        elif widths.total() == 1:
            headed = True
        if widths.total() == FEWEST_ROWS and not any(width > 1 for width in widths):
            return False
    (width, count) = widths.most_common(1)[0] if widths else (0, 0)
    if width < 2 or (grouped > MOST_GROUPED * widths.total() and not headed):
        return False
    return widths.total() >= FEWEST_ROWS and count >= MOST_ALIKE * widths.total()


def records(text: str) -> Iterator[tuple[int, int]]:
    """Yield where rows begin and end in a text, without their line ends; a quoted cell may hold several lines."""
    line = _LINE.search(text)
    while line:
        end = line.end()
        if '"' in line.group():
            *_, (_, end) = _row(text, line.start())
        yield line.start(), end
        line = _LINE.search(text, end)


def cells(row: str) -> Iterator[tuple[int, int]]:
    """Yield where the cells of a row begin and end in it, without quotes round them."""
    for start, end in _row(row, 0):
        inner = row[start:end]
        body = inner.strip()
        left = start + len(inner) - len(inner.lstrip())
        quoted = len(body) >= 2 and body[0] == body[-1] == '"'
        yield (left + 1, left + len(body) - 1) if quoted else (left, left + len(body))


def _row(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the cells of the row that begins at an offset, as they are written."""
    while cell := _CELL.match(text, at):
        yield cell.span()
        if text[cell.end() : cell.end() + 1] != ",":
            return
        at = cell.end() + 1


def _width(row: str) -> int:
    return sum(1 for _ in _row(row, 0))
