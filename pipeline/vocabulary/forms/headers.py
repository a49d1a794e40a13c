"""Heads of tables: labels of columns that were broken over lines of a cell or over rows."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from pipeline.damage.hypotheses import is_han
from pipeline.edits import Edit
from pipeline.vocabulary.forms.matching import plain
from pipeline.vocabulary.forms.tables import Cell, Row
from pipeline.vocabulary.forms.templates import Form

SURE, LIKELY = 0.97, 0.7
SHORTEST = 3
"""Characters of a label that two parts in different rows can only mean together."""

NEAREST = 3
"""Rows further down in which the second part of a label is sought: other heads may lie between."""

_BLANK = re.compile(r"(?<=[\u4e00-\u9fff])[ \u3000]+(?=[\u4e00-\u9fff])")


def column_labels(forms: Sequence[Form]) -> frozenset[str]:
    """Return the labels of columns of all *forms*, as ``plain`` writes them."""
    found = itertools.chain(
        (label for form in forms for label in form.columns),
        (label for form in forms for row in form.rows for label in row.columns),
    )
    return frozenset(map(plain, found))


def restore_heads(rows: Sequence[Row], labels: frozenset[str], text: str) -> Iterator[Edit]:
    """Yield edits that make the heads among *rows* whole: spaces inside a label, labels split over rows."""
    heads = [row for row in rows if any(cell.text for cell in row.cells) and not any(c.numeric for c in row.cells)]
    for row in heads:
        for cell in row.cells:
            if plain(cell.text) in labels:
                yield from _closed_up(cell, text)
    for at, row in enumerate(heads):
        for cell in row.cells:
            part = plain(cell.text)
            if len(part) >= SHORTEST - 1 and part not in labels and all(map(is_han, part)):
                yield from _split(cell, part, heads[at + 1 : at + 1 + NEAREST], labels, text)


def _closed_up(cell: Cell, text: str) -> Iterator[Edit]:
    gaps = list(_BLANK.finditer(text, cell.start, cell.end))
    if len(gaps) >= len(plain(cell.text)) - 1:
        return  # 总 计: set wide on purpose, or down the page
    for gap in gaps:
        evidence = (f"form: {plain(cell.text)} heads a column",)
        yield Edit(*gap.span(), gap.group(), "", "spacing", evidence, SURE, (), "suggested")


def _split(cell: Cell, part: str, below: Sequence[Row], labels: frozenset[str], text: str) -> Iterator[Edit]:
    """Yield suggestions to write a label whole in *cell* and to empty the cell below that holds its end."""
    for row in below:
        for other in row.cells:
            end = plain(other.text)
            if end and part + end in labels and end not in labels:
                evidence = (f"form: {part + end} heads a column; its end stands in line {row.line}",)
                seen = text[cell.end - 1 : cell.end]
                yield Edit(cell.end - 1, cell.end, seen, seen + end, "label", evidence, LIKELY, (), "suggested")
                yield Edit(other.start, other.end, other.text, "", "label", evidence, LIKELY, (), "suggested")
                return
