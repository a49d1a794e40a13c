"""Text whose lines are rows of cells with commas between them (RFC 4180), as spreadsheets export it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

FEWEST_ROWS = 3
MOST_ALIKE = 0.9
"""Least share of rows with equally many cells; running text has commas too, but not on every line the same number."""

_SAMPLE = 500
"""Rows that are looked at; an export has the same columns from its first row to its last."""

_LONGEST_ROW = 10_000


def is_separated(text: str) -> bool:
    """Tell whether the lines of a text are rows: they have equally many cells, two or more.

    Rows of other tables have commas within their numbers: 1,234.
    """
    if "," not in text:
        return False
    lines = (match.group() for match in re.finditer(r"[^\r\n]+", text) if match.group().strip())
    widths: Counter[int] = Counter()
    for line, _ in zip(lines, range(_SAMPLE), strict=False):
        other = len(line) > _LONGEST_ROW or "\t" in line or line.lstrip().startswith("|")
        widths[0 if other else sum(1 for _ in cells(line))] += 1
        if widths.total() == FEWEST_ROWS and not any(width > 1 for width in widths):
            return False
    (width, count) = widths.most_common(1)[0] if widths else (0, 0)
    return width > 1 and widths.total() >= FEWEST_ROWS and count >= MOST_ALIKE * widths.total()


def cells(line: str) -> Iterator[tuple[int, int]]:
    """Yield where the cells of a row begin and end in it, without quotes round them."""
    at = 0
    for match in re.finditer(r'(?:\s*"(?:[^"]|"")*"[^,]*|[^,]*)(?:,|$)', line):
        start, end = match.start(), match.end() - match.group().endswith(",")
        if match.start() == len(line) and at and not line.endswith(","):
            return
        at = match.end()
        inner = line[start:end]
        body = inner.strip()
        left = start + len(inner) - len(inner.lstrip())
        quoted = len(body) >= 2 and body[0] == body[-1] == '"'
        yield (left + 1, left + len(body) - 1) if quoted else (left, left + len(body))
