"""The arithmetic of the forms: which equations the numbers of a document break, with the cells in question.

The equations are those the forms themselves state: children of a total add up to it; in every row of the grid the
columns add up to the last; first plus second item equals third plus fourth; groups of columns add up to their total.
An empty cell counts as nothing; an equation is left alone where none of its parts has a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.vocabulary.forms.matching import FormMatch, Pair
from pipeline.vocabulary.forms.tables import Cell, Row, Table

TOLERANCE = 1e-6
COLUMNS = 7
"""Number columns of the grid of requests: six applicants and the total."""

GROUP = 5
"""Columns of a group in the table of disputes: four outcomes and their total."""


@dataclass(frozen=True, slots=True)
class Term:
    """A number in an equation: its row's label, column, line of the text, offsets, and value (None: empty cell)."""

    label: str
    column: str
    line: int
    start: int
    end: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Violation:
    """An equation that does not hold: its name, the sum of its parts, its total, and all numbers in it.

    Attributes:
        equation: in words.
        parts: the numbers that are added.
        totals: the numbers they should add up to.
        difference: sum of the parts less the sum of the totals.
    """

    equation: str
    parts: tuple[Term, ...]
    totals: tuple[Term, ...]
    difference: float

    @property
    def missing(self) -> Term | None:
        """The empty cell that would make the equation hold, if it has exactly one."""
        empty = [term for term in (*self.parts, *self.totals) if term.value is None]
        return empty[0] if len(empty) == 1 else None


@dataclass(frozen=True, slots=True)
class Checked:
    """How many equations could be checked, and those that do not hold."""

    equations: int
    violations: tuple[Violation, ...]


def _sum(terms: Iterable[Term]) -> float:
    return sum(term.value or 0.0 for term in terms)


Equation = tuple[str, Sequence[Term], Sequence[Term]]
"""What it is called, the numbers that are added, and those they should add up to."""


def _rounding(terms: Sequence[Term]) -> float:
    """Return how far a sum may be off: each number with decimals was rounded by half a unit of its last one."""
    decimals = max(len(f"{term.value:.6f}".rstrip("0").partition(".")[2]) if term.value else 0 for term in terms)
    return len(terms) * 0.5 * 10**-decimals if decimals else 0.0


def check(found: Sequence[Equation]) -> Checked:
    """Return how many of the equations found could be checked, and those that do not hold."""
    violations = []
    count = 0
    for name, parts, totals in found:
        known = [term for term in parts if term.value is not None]
        if not known or not any(term.value is not None for term in totals):
            continue
        count += 1
        difference = _sum(parts) - _sum(totals)
        if abs(difference) > TOLERANCE + _rounding([*parts, *totals]):
            violations.append(Violation(name, tuple(parts), tuple(totals), difference))
    return Checked(count, tuple(violations))


def _term(pair: Pair, index: int, column: str, match: FormMatch) -> Term:
    return cell_term(pair.row.row, pair.row.row.cells[index], match.form.rows[pair.index].label, column)


def cell_term(row: Row, cell: Cell, label: str, column: str) -> Term:
    """Return the number of a cell as a term of an equation."""
    return Term(label, column, row.line, cell.start, cell.end, cell.number)


def check_list(match: FormMatch) -> Checked:
    """Check the totals of a form with one number a row."""
    at = {pair.index: pair for pair in match.pairs}
    found = []
    for index, row in enumerate(match.form.rows):
        children = match.form.children(index)
        if not row.total or index not in at or not all(child in at for child in children):
            continue
        pairs = [at[child] for child in children]
        if not all(pair.row.numbers for pair in (*pairs, at[index])):
            continue
        column = match.form.columns[-1]
        parts = [_term(pair, pair.row.numbers[-1], column, match) for pair in pairs]
        found.append(
            (
                f"{row.label} = its {len(parts)} parts",
                parts,
                [_term(at[index], at[index].row.numbers[-1], column, match)],
            )
        )
    return check(found)


def check_grid(match: FormMatch) -> Checked:
    """Check the grid of requests: rows add up to the right, items add up downwards, (1) + (2) = (3) + (4)."""
    columns: dict[int, list[Term]] = {}
    for pair in match.pairs:
        numbers = _last_columns(pair)
        if numbers is not None:
            columns[pair.index] = [
                _term(pair, index, name, match) for index, name in zip(numbers, match.form.columns, strict=True)
            ]
    found: list[Equation] = []
    for index, terms in columns.items():
        if any(term.value is not None for term in terms):
            found.append((f"{match.form.rows[index].label}: columns = 总计", terms[:-1], terms[-1:]))
    place = {row.label: index for index, row in enumerate(match.form.rows)}
    first, second, total, rest = (
        next((columns.get(i) for label, i in place.items() if label.startswith(begin)), None)
        for begin in ("一、", "二、", "（七）", "四、")
    )
    if first and second and total and rest:
        for at, name in enumerate(match.form.columns):
            found.append((f"{name}: first + second = third + fourth", [first[at], second[at]], [total[at], rest[at]]))
    if total:
        results = [i for i, row in enumerate(match.form.rows) if place["三、本年度办理结果"] < i < place["（七）总计"]]
        single = [i for i in results if not match.form.children(i)]
        if all(i in columns for i in single):
            for at, name in enumerate(match.form.columns):
                found.append((f"{name}: results = （七）总计", [columns[i][at] for i in single], [total[at]]))
    return check(found)


def _last_columns(pair: Pair) -> list[int] | None:
    """Return the indexes of the seven number cells of a row, or None where they cannot be told.

    The last cells of the row are they, less empty ones at the end that the layout adds to all rows alike.
    """
    cells = pair.row.row.cells
    numbers = [index for index in pair.row.numbers if index < len(cells)]
    while len(numbers) > COLUMNS and not cells[numbers[-1]].text:
        numbers.pop()
    while len(numbers) > COLUMNS and not cells[numbers[0]].text:
        numbers.pop(0)
    if len(numbers) != COLUMNS or any(cells[i].text and not cells[i].numeric for i in numbers):
        return None
    return numbers


def check_groups(table: Table) -> Checked:
    """Check a row of fifteen numbers: three groups of four outcomes and their total."""
    names = ("行政复议", "行政诉讼：未经复议直接起诉", "行政诉讼：复议后起诉")
    outcomes = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    found = []
    for row in table.rows:
        cells = [cell for cell in row.cells if cell.text]
        if len(cells) == GROUP * len(names) and all(cell.numeric for cell in cells):
            for group, name in enumerate(names):
                five = cells[group * GROUP : (group + 1) * GROUP]
                terms = [cell_term(row, cell, name, column) for cell, column in zip(five, outcomes, strict=True)]
                found.append((f"{name}: outcomes = 总计", terms[:-1], terms[-1:]))
    return check(found)
