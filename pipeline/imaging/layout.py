"""The order of text on a page: columns, told by the white between them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_LEAST_LINES = 4
"""Lines that a column must have beside another."""

_LEAST_WIDTH = 7.0
"""Width of the lines of a column, characters; narrower ones are those of a table without rules."""

_ROW = 0.5
"""Distance of middles within a line, characters."""

GUTTER = 0.8
"""White between columns, characters: justified lines reach the edge of theirs."""

_CHANCE = 1e-5
"""Most lanes as tall and wide that lost characters may leave by chance on a page; the same ones are lost everywhere, so
that they do more often than that."""

_FULL = 0.5
_FULL_OF_MANY = 0.3
_MANY = 8
_FULL_SLACK = 1.3
"""Share of a column's lines that must reach its edge within that many characters: text does, entries do not.

The ends of many lines may be lost; where there are many, a smaller share is no chance.
"""


def reading_order(segments: Sequence[Rectangle], em: float, gutter: float = GUTTER) -> list[list[int]]:
    """Return blocks of segments in reading order, each as indices from top to bottom; one block without columns.

    Args:
        segments: stretches of lines without wide white; those of both columns of a line are two.
        em: height of a character.
        gutter: least white between columns, characters.
    """
    return _blocks(list(range(len(segments))), segments, em, gutter * em)


def _blocks(chosen: list[int], segments: Sequence[Rectangle], em: float, gutter: float) -> list[list[int]]:
    chosen = sorted(chosen, key=lambda i: (segments[i][1] + segments[i][3], segments[i][0]))
    best: tuple[int, list[int], list[int], float, float] | None = None
    for x in sorted({segments[i][2] + gutter / 2 for i in chosen}):
        for left, right in _sides(chosen, segments, (x - gutter / 2, x + gutter / 2), em):
            if best is not None and len(left) + len(right) <= best[0]:
                continue
            if _are_columns(left, right, segments, em):
                both = left + right
                top, bottom = min(segments[i][1] for i in both), max(segments[i][3] for i in both)
                best = len(both), left, right, top, bottom
    if best is None:
        return [chosen] if chosen else []
    _, left, right, top, _ = best
    inside = set(left) | set(right)
    above = [i for i in chosen if i not in inside and segments[i][1] < top]
    below = [i for i in chosen if i not in inside and segments[i][1] >= top]
    return [block for part in (above, left, right, below) for block in _blocks(part, segments, em, gutter)]


def _sides(
    chosen: list[int], segments: Sequence[Rectangle], gutter: tuple[float, float], em: float
) -> list[tuple[list[int], list[int]]]:
    """Return the segments left and right of a *gutter*, for every stretch of the page where none enters it."""
    low, high = gutter
    stretches: list[tuple[list[int], list[int]]] = [([], [])]
    row: list[int] = []
    for at, i in enumerate(chosen):
        row.append(i)
        following = chosen[at + 1] if at + 1 < len(chosen) else None
        if following is not None and same_row(segments[i], segments[following], em):
            continue
        if any(segments[k][0] < high and segments[k][2] > low for k in row):
            stretches.append(([], []))
        else:
            for k in row:
                stretches[-1][segments[k][0] >= high].append(k)
        row = []
    return stretches


def same_row(a: Rectangle, b: Rectangle, em: float) -> bool:
    """Tell whether two stretches stand on one line."""
    return abs((a[1] + a[3]) - (b[1] + b[3])) / 2 < _ROW * em


def _are_columns(left: list[int], right: list[int], segments: Sequence[Rectangle], em: float) -> bool:
    if len(left) < _LEAST_LINES or len(right) < _LEAST_LINES:
        return False
    rows_left, rows_right = _rows(left, segments, em), _rows(right, segments, em)
    low = max(min(row[1] for row in rows) for rows in (rows_left, rows_right))
    high = min(max(row[3] for row in rows) for rows in (rows_left, rows_right))
    for rows in (rows_left, rows_right):
        beside = [row for row in rows if row[3] > low and row[1] < high]
        edge = max(row[2] for row in rows)
        full = sum(row[2] >= edge - _FULL_SLACK * em for row in rows)
        wide = median(row[2] - row[0] for row in rows) >= _LEAST_WIDTH * em
        if len(beside) < _LEAST_LINES or not wide or full < (_FULL if len(rows) < _MANY else _FULL_OF_MANY) * len(rows):
            return False
    # Where characters are lost, white stands below white by chance.
    shown = sum(segments[i][2] - segments[i][0] for i in left + right)
    extent = sum(row[2] - row[0] for row in rows_left + rows_right)
    white = max(0.02, 1 - shown / extent)
    places = extent / em
    lane = min(segments[i][0] for i in right) - max(segments[i][2] for i in left)
    cells = min(len(rows_left), len(rows_right)) * max(1, round(lane / em))
    return bool(white**cells * places < _CHANCE)


def _rows(chosen: list[int], segments: Sequence[Rectangle], em: float) -> list[Rectangle]:
    """Join the segments of each line: lost characters leave white inside it."""
    rows: list[Rectangle] = []
    for i in chosen:
        left, top, right, bottom = segments[i]
        if rows and same_row(rows[-1], segments[i], em):
            a, b, c, d = rows[-1]
            rows[-1] = min(a, left), min(b, top), max(c, right), max(d, bottom)
        else:
            rows.append((left, top, right, bottom))
    return rows


def hull(boxes: Sequence[Rectangle]) -> Rectangle:
    """Return the smallest box around boxes."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
