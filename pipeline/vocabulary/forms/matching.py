"""Rows of a document's tables matched with the rows of a standard form, and labels restored by it.

All rows of a document are aligned with all rows of a form, in order, for the greatest sum of similarities (longest
common subsequence, rapidfuzz). Under a code cut a label is compared as the cut would leave it. What a row lacks
against its form is put where the row shows a gap; numbers are never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from pipeline.damage.hypotheses import Cut
from pipeline.language.normalise import HOLE_ONE, HOLE_RUN, fold
from pipeline.vocabulary.forms.tables import Row
from pipeline.vocabulary.forms.templates import Form

UNITS = frozenset(["条", "件", "次", "篇", "个", "人", "人次", "万元", "元", "部", "份"])

LEAST_SIMILAR = 0.5
"""Similarity from which a row may be taken for a row of the form; half of a label is mostly its own."""

SAME_UNIT, OTHER_UNIT, NEXT_ROW = 0.3, -1.5, 0.15
"""What an equal unit, another unit, and following the row matched before add to a pair."""

FEWEST_ROWS = 4
"""Rows that must be much like those of a form before it is believed that the document uses it."""

ALIKE = 0.75
"""Similarity of such a row."""

MANY = -1
"""Count of the characters that ▭ stands for."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sign:
    """A character of a row's label.

    Attributes:
        char: folded.
        start: its offset.
        end: the offset behind it.
        gap: white space or hole marks before it (start, end), empty at the edge of a cell; None if there is nothing.
        lost: characters that □ before it stand for, ``MANY`` for ▭, None where nothing is marked.
    """

    char: str
    start: int
    end: int
    gap: tuple[int, int] | None
    lost: int | None = None


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A row of a document as the form sees it.

    Attributes:
        row: the row.
        signs: its label without white space.
        tail: gap behind the last sign, or None.
        tail_lost: characters that □ behind the last sign stand for, as ``Sign.lost``.
        first: index of the first label cell.
        last: index behind the last label cell.
        unit: index of the cell of the unit, or None.
        numbers: indexes of the cells behind the label and the unit.
    """

    row: Row
    signs: tuple[Sign, ...]
    tail: tuple[int, int] | None
    tail_lost: int | None
    first: int
    last: int
    unit: int | None
    numbers: tuple[int, ...]

    @property
    def text(self) -> str:
        """The label, folded, without white space."""
        return "".join(sign.char for sign in self.signs)


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of the document and the index of its row in the form, with their similarity."""

    row: LabelRow
    index: int
    similarity: float


@dataclass(frozen=True, slots=True)
class FormMatch:
    """A form that the document uses, its matched rows in order."""

    form: Form
    pairs: tuple[Pair, ...]


def plain(label: str) -> str:
    """Return a label folded and without white space, as rows are compared; quotes are all one."""
    return "".join(_sign(char) for char in label if not char.isspace())


def _sign(char: str) -> str:
    return '"' if char in "“”" else fold(char)


def label_row(row: Row, text: str, *, units: bool, first: int = 0) -> LabelRow:
    """Divide a row into label, unit and numbers.

    Args:
        row: the row.
        text: the document.
        units: the form has a column of units.
        first: index of the cell with which the label begins.
    """
    cells = row.cells
    filled = [index for index, cell in enumerate(cells) if cell.text]
    last = filled[-1] + 1 if filled else 0
    unit: int | None = None
    numbers: tuple[int, ...]
    if units:
        numeric = next((index for index in range(len(cells) - 1, 0, -1) if cells[index].numeric), None)
        if numeric is not None:
            numbers, last = (numeric,), numeric
            if numeric >= 2 and (not cells[numeric - 1].text or plain(cells[numeric - 1].text) in UNITS):
                unit = last = numeric - 1
        else:
            numbers = ()
            if filled and last >= 2 and plain(cells[last - 1].text) in UNITS:
                unit = last = last - 1
    else:
        first_number = next((i for i in range(1, len(cells)) if cells[i].numeric), last)
        while first_number > first and not cells[first_number - 1].text:
            first_number -= 1  # an empty cell before a number is the cell of a number
        numbers, last = tuple(range(first_number, len(cells))), first_number
    signs, tail = _signs(row, first, last, text)
    lost = _marked(text[tail[0] : tail[1]]) if tail else None
    return LabelRow(row, signs, tail, lost, first, last, unit, numbers)


def _signs(row: Row, first: int, last: int, text: str) -> tuple[tuple[Sign, ...], tuple[int, int] | None]:
    signs: list[Sign] = []
    gap: tuple[int, int] | None = None
    for cell in row.cells[first:last]:
        # Between two cells something may be missing too; it is put at the end of the first.
        if signs and gap is None:
            gap = (signs[-1].end, signs[-1].end)
        for at in range(cell.start, cell.end):
            char = text[at]
            if char.isspace() or char in (HOLE_ONE, HOLE_RUN):
                gap = (gap[0], at + 1) if gap and gap[1] == at and gap[0] < gap[1] else (at, at + 1)
            else:
                signs.append(Sign(_sign(char), at, at + 1, gap, _marked(text[gap[0] : gap[1]]) if gap else None))
                gap = None
    return tuple(signs), gap if gap and gap[0] < gap[1] else None


def _marked(gap: str) -> int | None:
    """Return how many characters the marks in a gap stand for."""
    if HOLE_RUN in gap:
        return MANY
    return gap.count(HOLE_ONE) or None


def align(rows: Sequence[LabelRow], form: Form, cut: Cut | None) -> list[Pair]:
    """Return the rows that stand for rows of the form, in order."""
    if not rows:
        return []
    labels = [plain(row.label) for row in form.rows]
    shown = ["".join(c for c in label if cut is None or not cut.loses(c)) for label in labels]
    texts = [row.text for row in rows]
    # What a cut should have taken but still stands (OCR noise, headings in another font) is compared whole.
    similar = np.maximum(_similarity(texts, shown), _similarity(texts, labels))
    worth = _worth(rows, form, similar, cut)
    best = np.zeros((len(rows) + 1, len(labels) + 1))
    took = np.zeros(best.shape, dtype=bool)
    for i in range(1, len(rows) + 1):
        for j in range(1, len(labels) + 1):
            paired = best[i - 1, j - 1] + worth[i - 1, j - 1] + (NEXT_ROW if took[i - 1, j - 1] else 0.0)
            took[i, j] = worth[i - 1, j - 1] > 0 and paired > max(best[i - 1, j], best[i, j - 1])
            best[i, j] = paired if took[i, j] else max(best[i - 1, j], best[i, j - 1])
    pairs: list[Pair] = []
    i, j = len(rows), len(labels)
    while i and j:
        if took[i, j]:
            pairs.append(Pair(rows[i - 1], j - 1, float(similar[i - 1, j - 1])))
            i, j = i - 1, j - 1
        elif best[i - 1, j] >= best[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _similarity(texts: Sequence[str], labels: Sequence[str]) -> FloatArray:
    common = process.cdist(texts, labels, scorer=LCSseq.similarity, dtype=np.int32).astype(np.float64)
    sizes = np.array([[len(text)] for text in texts]) + np.array([[len(label) for label in labels]])
    return np.asarray(2 * common / np.maximum(1, sizes))


def _worth(rows: Sequence[LabelRow], form: Form, similar: FloatArray, cut: Cut | None) -> FloatArray:
    """Return what pairing each row with each row of the form is worth; nothing positive for unlike ones."""
    sizes = np.sqrt(np.array([[len(row.signs)] for row in rows]) + 1.0)
    worth = (similar - LEAST_SIMILAR) * sizes
    if form.layout == "list":
        for i, row in enumerate(rows):
            unit = plain(row.row.cells[row.unit].text) if row.unit is not None else ""
            for j, wanted in enumerate(form.rows):
                if unit and wanted.unit:
                    left = {wanted.unit, "".join(c for c in wanted.unit if cut is None or not cut.loses(c))}
                    worth[i, j] += SAME_UNIT if unit in left else OTHER_UNIT
                elif row.numbers and not wanted.unit:
                    worth[i, j] += OTHER_UNIT
    return np.where(similar > 0, worth, -1.0)


def best_form(candidates: Sequence[Form], rows: Sequence[Row], text: str, cut: Cut | None) -> FormMatch | None:
    """Return the form among *candidates* that the rows follow best, or None where they follow none."""
    found: list[tuple[float, FormMatch]] = []
    for form in candidates:
        labelled = _divided(rows, form, text)
        pairs = align([row for row in labelled if row.signs], form, cut)
        alike = [pair for pair in pairs if pair.similarity >= ALIKE and len(pair.row.signs) >= 2]
        if len(alike) >= FEWEST_ROWS:
            found.append(
                (sum(pair.similarity * len(pair.row.signs) ** 0.5 for pair in pairs), FormMatch(form, tuple(pairs)))
            )
    return max(found, key=lambda item: item[0])[1] if found else None


def _divided(rows: Sequence[Row], form: Form, text: str) -> list[LabelRow]:
    """Divide rows; where labels of groups stand before labels of rows, the part most like a row of the form counts."""
    if form.layout == "list":
        return [label_row(row, text, units=True) for row in rows]
    labels = [plain(row.label) for row in form.rows]
    chosen = []
    for row in rows:
        whole = label_row(row, text, units=False)
        filled = [i for i in range(whole.first, whole.last) if row.cells[i].text]
        parts = [whole, *(label_row(row, text, units=False, first=i) for i in filled[1:])]
        likeness = _similarity([part.text for part in parts], labels).max(axis=1)
        chosen.append(parts[int(np.argmax(likeness))])
    return chosen
