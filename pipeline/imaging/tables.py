"""Ruled lines to tables: which lines meet, and the cells between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_WALL = 0.6
"""Share of a side of a grid square that a ruled line must cover to part two cells."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell: its box and the first row and column of the grid it stands in, and how many it spans."""

    box: Rectangle
    row: int
    column: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its box, the number of its grid rows, its cells in reading order."""

    box: Rectangle
    rows: int
    cells: tuple[TableCell, ...]

    def row(self, number: int) -> list[TableCell | None]:
        """Return the cells of a grid row, left to right; None for one that began in a row above."""
        found: list[tuple[int, TableCell | None]] = []
        for cell in self.cells:
            if cell.row == number:
                found.append((cell.column, cell))
            elif cell.row < number < cell.row + cell.rows:
                found.append((cell.column, None))
        return [cell for _, cell in sorted(found, key=lambda item: item[0])]


@dataclass(slots=True)
class _Rule:
    """A straight line: its place across, and from where to where it runs."""

    at: float
    low: float
    high: float


def _merged(rules: Sequence[_Rule], near: float) -> list[_Rule]:
    """Join lines that lie on each other: sides of neighbouring boxes, both edges of one stroke, dashes."""
    result: list[_Rule] = []
    for rule in sorted(rules, key=lambda r: (r.at, r.low)):
        for other in reversed(result):
            if rule.at - other.at > near:
                continue
            if rule.low <= other.high + near and other.low <= rule.high + near:
                other.low, other.high = min(other.low, rule.low), max(other.high, rule.high)
                break
        else:
            result.append(_Rule(rule.at, rule.low, rule.high))
    return result


def _groups(across: list[_Rule], down: list[_Rule], near: float) -> list[tuple[list[_Rule], list[_Rule]]]:
    """Group lines that meet: the frame of a table and all in it."""
    parent = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for i, h in enumerate(across):
        for j, v in enumerate(down):
            if h.low - near <= v.at <= h.high + near and v.low - near <= h.at <= v.high + near:
                parent[root(i)] = root(len(across) + j)
    members: dict[int, tuple[list[_Rule], list[_Rule]]] = defaultdict(lambda: ([], []))
    for i, rule in enumerate(across):
        members[root(i)][0].append(rule)
    for j, rule in enumerate(down):
        members[root(len(across) + j)][1].append(rule)
    return [group for group in members.values() if len(group[0]) >= 2 and len(group[1]) >= 2]


def _edges(rules: Sequence[_Rule], near: float) -> list[float]:
    """Return the distinct places of lines."""
    places: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not places or at - places[-1] > near:
            places.append(at)
    return places


def _walled(rules: Sequence[_Rule], at: float, low: float, high: float, near: float) -> bool:
    covered = sum(max(0.0, min(rule.high, high) - max(rule.low, low)) for rule in rules if abs(rule.at - at) <= near)
    return covered >= _WALL * (high - low)


def tables_of(rules: Sequence[Rectangle], near: float) -> list[Table]:
    """Return the tables of a page, top to bottom: frames with at least two cells.

    Args:
        rules: ruled lines as thin boxes.
        near: distance at which two places are one; half the height of a character.
    """
    across = _merged([_Rule((t + b) / 2, x0, x1) for x0, t, x1, b in rules if x1 - x0 >= max(2 * near, b - t)], near)
    down = _merged([_Rule((x0 + x1) / 2, t, b) for x0, t, x1, b in rules if b - t >= max(2 * near, x1 - x0)], near)
    tables = [
        table
        for horizontal, vertical in _groups(across, down, near)
        if (table := _table(horizontal, vertical, near)) is not None
    ]
    return sorted(tables, key=lambda table: (table.box[1], table.box[0]))


def _table(across: list[_Rule], down: list[_Rule], near: float) -> Table | None:
    xs, ys = _edges(down, near), _edges(across, near)
    if len(xs) < 2 or len(ys) < 2:
        return None
    columns = len(xs) - 1
    owner = {(i, j): (i, j) for i in range(len(ys) - 1) for j in range(columns)}

    def root(square: tuple[int, int]) -> tuple[int, int]:
        while owner[square] != square:
            square = owner[square]
        return square

    for (i, (top, bottom)), (j, (left, right)) in (
        (row, column) for row in enumerate(pairwise(ys)) for column in enumerate(pairwise(xs))
    ):
        if j + 1 < columns and not _walled(down, right, top, bottom, near):
            owner[max(root((i, j)), root((i, j + 1)))] = min(root((i, j)), root((i, j + 1)))
        if i + 2 < len(ys) and not _walled(across, bottom, left, right, near):
            owner[max(root((i, j)), root((i + 1, j)))] = min(root((i, j)), root((i + 1, j)))
    squares: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for square in owner:
        squares[root(square)].append(square)
    cells = []
    for members in squares.values():
        first_row, last_row = min(i for i, _ in members), max(i for i, _ in members)
        first, last = min(j for _, j in members), max(j for _, j in members)
        box = xs[first], ys[first_row], xs[last + 1], ys[last_row + 1]
        cells.append(TableCell(box, first_row, first, last_row - first_row + 1, last - first + 1))
    if len(cells) < 2:
        return None
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return Table((xs[0], ys[0], xs[-1], ys[-1]), len(ys) - 1, tuple(cells))
