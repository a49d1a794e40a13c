"""Totals of tables of any kind: a row 合计 adds up the rows it closes, a column 合计 the columns beside it.

What a table adds up is read off its labels alone. A total closes the numbers before it, back to the total before;
where it comes first it opens those behind it. 小计 adds up single numbers, 合计 the 小计 where there are any. Where a
label says 其中, numbers stand for parts of others, and nothing is checked.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.vocabulary.forms.arithmetic import Checked, Equation, Term, cell_term, check
from pipeline.vocabulary.forms.tables import Cell, Row, Table

TOTAL = re.compile(r"(?:合计|总计|共计|总和)(?:[（(].*[）)])?")
SUBTOTAL = re.compile(r"小计(?:[（(].*[）)])?")
_AMONG = re.compile("其中|包括|累计")
_NO_QUANTITY = re.compile("序号|编号|代码|年份|年度|日期|时间|排名|名次|电话|邮编|率|比|均|单价|幅")
"""Heads of columns that nobody adds up: ordinals, shares, means, prices."""

_NOTHING = frozenset(["", "-", "－", "—", "——", "/", "／", "无"])
"""What stands in a cell without a number."""

FEWEST_PARTS = 2
_UNIT = re.compile(r"[^\d\s.,，+－-].*$")


def check_totals(table: Table) -> Checked:
    """Check the totals of a table, downwards and to the right."""
    return check([*_downwards(table), *_to_the_right(table)])


def _label(row: Row) -> str:
    """Return what a row is called: its first cell that is no number."""
    return next((name for cell in row.cells if (name := _plain(cell)) not in _NOTHING and not cell.numeric), "")


def _plain(cell: Cell) -> str:
    return re.sub(r"[\s　：:]", "", cell.text)


def _is_total(label: str) -> bool:
    return bool(TOTAL.fullmatch(label) or SUBTOTAL.fullmatch(label))


def _head(table: Table) -> Row | None:
    """Return the row of column labels: the first one, where it holds no number and as many cells as most rows."""
    first = table.rows[0]
    widths = Counter(len(row.cells) for row in table.rows)
    usual = len(first.cells) in widths and widths[len(first.cells)] == max(widths.values())
    return first if usual and not any(cell.numeric for cell in first.cells) else None


def _downwards(table: Table) -> Iterator[Equation]:
    head = _head(table)
    rows = [row for row in table.rows if row is not head]
    labels = [_label(row) for row in rows]
    if not any(map(_is_total, labels)) or any(_AMONG.search(label) for label in labels):
        return
    width = len(next(row for row, label in zip(rows, labels, strict=True) if _is_total(label)).cells)
    if any(len(row.cells) != width for row in table.rows):
        return  # cells that reach over others: a column is no column
    for column in range(width):
        name = _plain(head.cells[column]) if head else ""
        cells = [row.cells[column] for row in rows]
        if _NO_QUANTITY.search(name) or not _can_be_added(cells):
            continue
        terms = [cell_term(row, row.cells[column], label, name) for row, label in zip(rows, labels, strict=True)]
        yield from _equations(labels, terms, name or f"column {column + 1}")


def _to_the_right(table: Table) -> Iterator[Equation]:
    head = _head(table)
    if head is None:
        return
    names = [_plain(cell) for cell in head.cells]
    if not any(map(_is_total, names)) or any(_AMONG.search(name) for name in names):
        return
    counted = [at for at, name in enumerate(names) if name and not _NO_QUANTITY.search(name)]
    # A label column is none of the numbers.
    numeric = [at for at in counted if any(row.cells[at].numeric for row in table.rows if at < len(row.cells))]
    for row in table.rows:
        if row is head or len(row.cells) != len(names):
            continue
        cells = [row.cells[at] for at in numeric]
        if not _can_be_added(cells):  # a cell that is not read leaves the sum unknown
            continue
        terms = [cell_term(row, row.cells[at], _label(row), names[at]) for at in numeric]
        yield from _equations([names[at] for at in numeric], terms, _label(row) or f"line {row.line}")


def _can_be_added(cells: Sequence[Cell]) -> bool:
    """Tell whether all cells are read and hold numbers of one unit, no shares."""
    units = {match[0] if (match := _UNIT.search(cell.text)) else "" for cell in cells if cell.numeric}
    return (
        len(units) == 1
        and not units & {"%", "％", "余"}
        and all(cell.numeric or _plain(cell) in _NOTHING for cell in cells)
    )


def _equations(labels: Sequence[str], terms: Sequence[Term], name: str) -> Iterator[Equation]:
    """Yield the sums of a row or column; *labels* say which of its numbers are totals."""
    totals = [at for at, label in enumerate(labels) if TOTAL.fullmatch(label)]
    partial = [at for at, label in enumerate(labels) if SUBTOTAL.fullmatch(label)]
    single = [at for at, label in enumerate(labels) if not _is_total(label)]
    marks = partial or totals
    if not single or not marks:
        return
    first = single[0] > marks[0]  # the total stands before what it adds up
    for before, at, behind in zip([-1, *marks], marks, [*marks[1:], len(labels)], strict=False):
        begin, bound = (at, behind) if first else (before, at)
        parts = single[bisect_right(single, begin) : bisect_left(single, bound)]
        yield from _equation(name, labels[at], [terms[n] for n in parts], terms[at])
    if partial and len(totals) == 1:
        covered = single[0] > partial[0] if first else single[-1] < partial[-1]
        if covered:
            yield from _equation(name, labels[totals[0]], [terms[n] for n in partial], terms[totals[0]])


def _equation(name: str, label: str, parts: list[Term], total: Term) -> Iterator[Equation]:
    if len(parts) >= FEWEST_PARTS:
        yield f"{name}: {len(parts)} parts = {label}", parts, [total]
