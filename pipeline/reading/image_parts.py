"""Parts of a page image, read below each other as one page: one scale, common margins, few calls of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from pipeline.document import Box, Line
from pipeline.imaging.loading import Image
from pipeline.imaging.locate import locate
from pipeline.reading.rows import outward
from pipeline.recognition.engine import Engine
from pipeline.recognition.lines import Section, recognise

_BETWEEN = 1.5
"""White between parts, characters."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page as an image.

    Attributes:
        image: shape (height, width, 3).
        left: column of its upper left corner on the page.
        top: row of it.
        scale: by how much its type is larger than the body's.
        column: its column of text; parts of one keep their places beside each other. None for a part by itself.
        section: parts with one number have their margins in common.
    """

    image: Image
    left: int
    top: int
    scale: float = 1.0
    column: int | None = None
    section: int = 0


def read_together(parts: Sequence[Part], em: float, engine: Engine) -> list[tuple[int, Line]]:
    """Read parts below each other as one page, for one scale and few calls of the engine.

    Returns:
        The lines with their boxes on the page, each with the index of its part.
    """
    if not parts:
        return []
    images = [_scaled(part.image, 1 / part.scale) for part in parts]
    lows: dict[int | None, int] = {}
    for part in parts:
        lows[part.column] = min(part.left, lows.get(part.column, part.left))
    offsets = [round((part.left - lows[part.column]) / part.scale) if part.column is not None else 0 for part in parts]
    extents: dict[int | None, int] = {}
    for part, image, offset in zip(parts, images, offsets, strict=True):
        extents[part.column] = max(extents.get(part.column, 0), offset + image.shape[1])
    own_widths = [
        extents[part.column] if part.column is not None else image.shape[1]
        for part, image in zip(parts, images, strict=True)
    ]
    width = max(own_widths) + 2 * round(em)
    gap = np.full((round(_BETWEEN * em), width, 3), 255, np.uint8)
    pieces, sections, lefts = [gap], [], []
    at = gap.shape[0]
    for part, image, offset, own_width in zip(parts, images, offsets, own_widths, strict=True):
        height, own = image.shape[:2]
        free = width - own_width
        base = free // 2 if free > 4 * em else round(em)  # short titles stay in the middle
        left = base + offset
        strip = np.full((height, width, 3), 255, np.uint8)
        strip[:, left : left + own] = image
        pieces += [strip, gap]
        sections.append(Section(at - gap.shape[0] // 2, part.section, part.scale, base))
        lefts.append((left, at))
        at += height + gap.shape[0]
    found: list[tuple[int, Line]] = []
    bounds = [*(section.row for section in sections), at]
    other_sizes = [(a, b) for section, (a, b) in zip(sections, pairwise(bounds), strict=True) if section.scale != 1.0]
    for line in recognise(locate(np.vstack(pieces), other_sizes), engine, 1, sections=sections).lines:
        middle = (line.box[1] + line.box[3]) / 2
        number = max((k for k, section in enumerate(sections) if section.row <= middle), default=0)
        found.append((number, _on_page(line, parts[number], *lefts[number])))
    return found


def _scaled(image: Image, factor: float) -> Image:
    if factor == 1.0:
        return image
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    result: Image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=method).astype(np.uint8)
    return result


def _on_page(line: Line, part: Part, left: int, top: int) -> Line:
    """Return a line of a part, which lies at *left* and *top* of what was read, with its boxes on the page."""

    def box(own: Box) -> Box:
        x0, y0, x1, y1 = ((v - o) * part.scale for v, o in zip(own, (left, top, left, top), strict=True))
        return outward((x0 + part.left, y0 + part.top, x1 + part.left, y1 + part.top))

    cells = tuple(replace(cell, box=box(cell.box)) for cell in line.cells)
    font = line.font
    if part.scale != 1.0:
        size = "larger" if part.scale > 1 else "smaller"
        font = " ".join((size, *(word for word in font.split() if word in ("heavier", "lighter"))))
    white, indent = (tuple(map(box, boxes)) for boxes in (line.white, line.indent))
    placed = replace(line, cells=cells, box=box(line.box), pitch=line.pitch * part.scale, font=font)
    return replace(placed, white=white, indent=indent)
