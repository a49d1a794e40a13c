"""Page furniture: page numbers and pen strokes are no text of the document."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from statistics import median

from pipeline.document import Line, Page
from pipeline.language.normalise import HOLE_ONE

_MARGIN = 0.11
"""Share of the page's height at its head and foot where page numbers stand."""

_NUMBER = re.compile(
    r"[-—–－一_·.□]*(?:第□?)?(?:[0-9]{1,4}|[IVXivx]{1,5})(?:□?页)?(?:[/共□]*[0-9]{1,4}□?页?)?[-—–－一_·.□]*"
)

_APART = 1.8
"""Distance to the nearest line, leadings, from which ink with hardly a character in it is a stroke of a pen."""

_FEW = 2
_SURE = 0.9


def without_furniture(page: Page, quarters: int = 0) -> Page:
    """Return the page without page numbers and pen strokes; the notes say what was set apart.

    Args:
        page: with its boxes on the page as it came.
        quarters: by which that must be turned clockwise to stand upright.
    """
    if len(page.lines) < 3:
        return page
    height = page.width if quarters % 2 else page.height
    centres = [_row(line, page, quarters) for line in page.lines]
    leading = median(abs(b - a) for a, b in pairwise(centres))
    strokes = [_is_stroke(line) for line in page.lines]
    text_at = [centre for centre, stroke in zip(centres, strokes, strict=True) if not stroke]
    kept: list[Line] = []
    notes = list(page.notes)
    for at, line in enumerate(page.lines):
        text = "".join(cell.text or HOLE_ONE for cell in line.cells)
        nearest = min((abs(centres[at] - other) for other in text_at), default=0.0)
        outside = centres[at] < _MARGIN * height or centres[at] > (1 - _MARGIN) * height
        marks = HOLE_ONE not in text and not any(map(str.isalnum, text))
        if outside and (_NUMBER.fullmatch(text) or marks):
            notes.append(f"page number set apart: {text.strip(HOLE_ONE)}")
        elif strokes[at] and nearest > _APART * leading:
            notes.append("strokes of a pen set apart")
        else:
            kept.append(line)
    return replace(page, lines=tuple(kept), notes=tuple(notes))


def _row(line: Line, page: Page, quarters: int) -> float:
    """Return the row of a line's middle on the upright page."""
    left, top, right, bottom = line.box
    x, y = (left + right) / 2, (top + bottom) / 2
    return (y, x, page.height - y, page.width - x)[quarters % 4]


def _is_stroke(line: Line) -> bool:
    """Tell whether hardly anything was read on a line, or nothing for sure."""
    read = [cell for cell in line.cells if cell.text]
    sure = [cell for cell in read if cell.alternatives and cell.alternatives[0][1] >= _SURE]
    return len(read) <= _FEW or len(sure) < len(read) / 2
