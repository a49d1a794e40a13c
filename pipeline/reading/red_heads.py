"""Red heads put back among the lines of a page: each is read by itself, so that it changes nothing about the others."""

from __future__ import annotations

from dataclasses import replace

from pipeline.document import Line, Page
from pipeline.imaging.loading import Image
from pipeline.imaging.orientation import WayBack
from pipeline.imaging.red_print import RedPrint, find_red_print
from pipeline.reading.image_layout import as_it_came, inner
from pipeline.reading.image_parts import Part, read_together
from pipeline.reading.rows import outward, place_among
from pipeline.recognition.engine import Engine

_RIM = 0.2
"""White about a line, heights, that is read with it."""

_HAN_HEIGHT = 0.93
"""Height of a line's ink, ems."""

_EM = 44.0
"""Pixels of a character for the engine: 16 points at 200 dpi."""

_SURE = 0.6
"""Mean probability of what was read from which it is text."""


def with_red_heads(page: Page, image: Image, engine: Engine, quarters: int) -> Page:
    """Return a page with the lines of red print that its image shows.

    Args:
        page: as read without them.
        image: upright, shape (height, width, 3), BGR.
        engine: reads lines.
        quarters: by which the image was turned clockwise before; boxes are those of the page as it came.
    """
    red = find_red_print(image)
    if red is None:
        return page
    parts = [_part(red, number) for number in range(len(red.lines))]
    back = WayBack(red.transform, image.shape[1], image.shape[0], quarters)
    lines = list(page.lines)
    for _, line in read_together(parts, _EM, engine):
        cells = tuple(inner(line.cells))
        read = [cell for cell in cells if cell.alternatives]
        if not read or sum(cell.alternatives[0][1] for cell in read) < _SURE * len(read):
            continue
        own = as_it_came(replace(line.without_white(), cells=cells, starts_paragraph=True), back)
        at = place_among(lines, own.box)
        lines[at : at + 1] = [own, *(_beginning(following) for following in lines[at : at + 1])]
    return replace(page, lines=tuple(lines))


def _part(red: RedPrint, number: int) -> Part:
    left, top, right, bottom = red.lines[number]
    rim = _RIM * (bottom - top)
    x0, y0, x1, y1 = (max(0, v) for v in outward((left - rim, top - rim, right + rim, bottom + rim)))
    return Part(red.page[y0:y1, x0:x1], x0, y0, (bottom - top) / _HAN_HEIGHT / _EM)


def _beginning(line: Line) -> Line:
    return replace(line.without_white(), starts_paragraph=True)
