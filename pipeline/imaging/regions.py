"""The layout of a page image: tables with ruled lines, columns, pictures and upright stamps, on a reduced page.

Most pages are one column of lines in one size of type: quick looks for long straight strokes, for a tall white lane
with text on both sides, and at the heights of the lines find that out. Only where one of them finds something are the
parts of the page measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.imaging.bands import stretches
from pipeline.imaging.cleaning import Components, binarise, even_light, skew_of
from pipeline.imaging.layout import Rectangle, hull, reading_order
from pipeline.imaging.loading import Image
from pipeline.imaging.sizes import strips_of_blocks, strips_of_type
from pipeline.imaging.tables import Table, tables_of

_WIDTH = 1240
"""Columns of the reduced page: A4 at 150 dpi, where a hairline still is a pixel."""

_SHORTEST_RULE = 2.6
"""Ruled lines are longer than that, characters; the longest strokes of a character are one."""

_LANE = 10.0
"""Height of a white lane that may part columns, characters: six lines."""

_JOIN = 0.9
"""White inside a line, characters: lost ones leave more and cut it, which does no harm."""

_PICTURE = 4.0
"""Least side of a picture, characters."""

_INSIDE = 0.3
_SOLID = 2.5
"""White inside a character and least side of a solid area, characters: the white between lines stays open."""

_STAMP_LENGTH = 4
"""Characters in a column from which, beside the text, they are an upright stamp or binding note."""

_STACKED = 1.4
"""Distance of the characters of a stamp at most; lines stand further apart."""

_ASIDE = 0.8
"""White between a stamp and the text, characters."""


@dataclass(frozen=True, slots=True)
class Regions:
    """Parts of a page image, in pixels of the page turned by ``transform``.

    Attributes:
        blocks: text in reading order, each as the boxes of its stretches of lines; one block without columns.
        scales: by how much the type of each block is larger than that of most text.
        columns: number of the column that each block is part of.
        tables: top to bottom.
        pictures: boxes.
        stamps: boxes of upright text that is set aside.
        transform: 2 x 3, from the page as it came to the straight one.
        em: height of a character, pixels.
    """

    blocks: tuple[tuple[Rectangle, ...], ...]
    scales: tuple[float, ...]
    columns: tuple[int, ...]
    tables: tuple[Table, ...]
    pictures: tuple[Rectangle, ...]
    stamps: tuple[Rectangle, ...]
    transform: npt.NDArray[np.float64]
    em: float

    @property
    def plain(self) -> bool:
        """True where the page is one column of lines of one size, whatever lies beside them."""
        return len(self.blocks) <= 1 and not self.tables


def find_regions(image: Image) -> Regions:
    """Find the parts of a page, shape (height, width, 3), BGR."""
    height, width = image.shape[:2]
    factor = min(1.0, _WIDTH / width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    # In the red channel a seal is as bright as paper.
    small: Image = cv2.resize(np.ascontiguousarray(image[:, :, 2]), size, interpolation=cv2.INTER_AREA)
    grey = even_light(small)
    ink = binarise(grey)
    em = _height_of_characters(ink)
    straight = np.eye(2, 3, dtype=np.float64)
    parted = bool(_rules(ink, em, slack=3)) or _has_lane(ink, em) or _has_outer_column(ink, em)
    parted = parted or bool(_pictures(ink, em))
    skew = skew_of(ink)
    if abs(skew) > 0.02:
        transform = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), skew, 1.0)
        grey = cv2.warpAffine(grey, transform, size, flags=cv2.INTER_LINEAR, borderValue=255)
        ink = binarise(grey)
        straight = cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1.0)

    def full(box: Rectangle) -> Rectangle:
        return box[0] / factor, box[1] / factor, box[2] / factor, box[3] / factor

    if not parted:
        strips = strips_of_type(ink, em)
        if len(strips) <= 1:
            return Regions((), (), (), (), (), (), np.eye(2, 3, dtype=np.float64), em / factor)
        blocks = tuple(tuple(map(full, strip.boxes)) for strip in strips)
        scales = tuple(strip.scale for strip in strips)
        return Regions(blocks, scales, (0,) * len(blocks), (), (), (), straight, em / factor)
    pictures = _pictures(ink, em)
    text = _without(ink, pictures)
    rules = _rules(text, em, slack=1)
    tables = tables_of(rules, 0.5 * em)
    text = _without(text, [*rules, *(table.box for table in tables)])
    segments = _segments(text, em)
    stamps, segments = _split_stamps(segments, em)
    order = [[segments[i] for i in block] for block in reading_order(segments, em) if block]
    parts = strips_of_blocks(text, order, em)
    scaled = tables_of([full(rule) for rule in rules], 0.5 * em / factor) if tables else []
    return Regions(
        tuple(tuple(map(full, strip.boxes)) for strip in parts),
        tuple(strip.scale for strip in parts),
        tuple(strip.block for strip in parts),
        tuple(scaled),
        tuple(map(full, pictures)),
        tuple(map(full, stamps)),
        straight,
        em / factor,
    )


def _height_of_characters(ink: Image) -> float:
    stats = Components.of(ink).stats
    width, height = stats[1:, 2], stats[1:, 3]
    fits = (height > 5) & (width > 3) & (height < 80) & (width < 80)
    return float(np.percentile(height[fits], 85)) / 0.9 if fits.sum() >= 20 else 33.0


def _rules(ink: Image, em: float, slack: int) -> list[Rectangle]:
    """Return long straight strokes as boxes; *slack* widens them first, so that a slanting one stays whole."""
    length = max(8, round(_SHORTEST_RULE * em))
    found: list[Rectangle] = []
    for across in (True, False):
        widened = cv2.dilate(ink, np.ones((slack, 1) if across else (1, slack), np.uint8)) if slack > 1 else ink
        if not has_stroke((widened if across else widened.T).astype(np.uint8, copy=False), length):
            continue
        kernel = np.ones((1, length) if across else (length, 1), np.uint8)
        opened = cv2.morphologyEx(widened, cv2.MORPH_OPEN, kernel)
        stats = Components.of(opened.astype(np.uint8, copy=False)).stats
        for left, top, width, height, _area in stats[1:].tolist():
            if (height if across else width) <= 0.5 * em:
                found.append((left, top, left + width, top + height))
    return found


def has_stroke(ink: Image, length: int) -> bool:
    """Tell whether an opening along the rows leaves any ink, which takes much longer than to look for it.

    Args:
        ink: 1 where the page is inked, shape (height, width).
        length: of the strokes that the opening leaves, pixels; at an edge of the page half of it is enough.
    """
    start, end = Components.of(ink).stretches[:, 1:3].T
    half = length // 2
    beyond = (start == 0) * half + (end == ink.shape[1]) * (length - 1 - half)
    return bool((end - start + beyond >= length).any())


def _has_lane(ink: Image, em: float) -> bool:
    """Tell whether a tall white lane in the middle of the page has ink on both sides all along."""
    height, width = ink.shape
    step = max(1, round(0.4 * em))
    cells = cv2.resize(ink * 255, (width // step, height // step), interpolation=cv2.INTER_AREA) > 12
    inked = np.flatnonzero(cells.any(axis=0))
    if not len(inked):
        return False
    low = inked[0] + round(0.25 * (inked[-1] - inked[0]))
    high = inked[0] + round(0.75 * (inked[-1] - inked[0]))
    tall = round(_LANE * em / step)
    before = np.cumsum(cells, axis=1)
    for column in range(low, high - 1):
        white = ~(cells[:, column] | cells[:, column + 1])
        for start, end in stretches(white):
            if end - start < tall:
                continue
            left = before[start:end, column] > 0
            right = before[start:end, -1] > before[start:end, column + 1]
            if (left & right).sum() >= 0.35 * tall:
                return True
    return False


def _has_outer_column(ink: Image, em: float) -> bool:
    """Tell whether a narrow column of ink stands beside the text, parted by white."""
    step = max(1, round(0.4 * em))
    size = ink.shape[1] // step, ink.shape[0] // step
    cells = cv2.resize(ink * 255, size, interpolation=cv2.INTER_AREA) > 12
    inked = cells.sum(axis=0) >= _STAMP_LENGTH
    runs = stretches(inked)
    outer = [run for run in (runs[:1] + runs[-1:]) if len(runs) > 1]
    return any(end - start <= 2 * em / step for start, end in outer)


def _pictures(ink: Image, em: float) -> list[Rectangle]:
    """Return boxes of pictures: ink that stays a solid area where the white inside of characters is closed."""
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, _square(_INSIDE * em))
    solid = cv2.morphologyEx(closed, cv2.MORPH_OPEN, _square(_SOLID * em))
    if not solid.any():
        return []
    joined = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, _square(2 * _SOLID * em))
    stats = Components.of(joined.astype(np.uint8, copy=False)).stats
    rim = _INSIDE * em
    return [
        (left - rim, top - rim, left + width + rim, top + height + rim)
        for left, top, width, height, _area in stats[1:].tolist()
        if min(width, height) >= _PICTURE * em
    ]


def _square(side: float) -> Image:
    return np.ones((max(3, round(side)), max(3, round(side))), np.uint8)


def _without(ink: Image, boxes: Sequence[Rectangle]) -> Image:
    """Return the ink outside some boxes."""
    result = ink.copy()
    for box in boxes:
        left, top, right, bottom = (round(value) for value in box)
        result[max(0, top - 2) : max(0, bottom + 3), max(0, left - 2) : max(0, right + 3)] = 0
    return result


def _segments(ink: Image, em: float) -> list[Rectangle]:
    """Return stretches of lines: ink joined across the white between characters, dust left out."""
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, max(3, round(_JOIN * em))), np.uint8))
    stats = Components.of(joined.astype(np.uint8, copy=False)).stats
    boxes = [
        (float(left), float(top), float(left + width), float(top + height))
        for left, top, width, height, area in stats[1:].tolist()
        if area >= 0.05 * em * em and height <= 3 * em
    ]
    # Parts of characters that stand above or below the stretch they belong to.
    boxes.sort(key=lambda box: -(box[2] - box[0]))
    kept: list[Rectangle] = []
    for box in boxes:
        for at, other in enumerate(kept):
            across = min(box[2], other[2]) - max(box[0], other[0])
            middle = (box[1] + box[3]) / 2 - (other[1] + other[3]) / 2
            if across >= -0.2 * em and abs(middle) < 0.6 * em:
                kept[at] = hull([box, other])
                break
        else:
            if box[3] - box[1] >= 0.15 * em:
                kept.append(box)
    # What is left of dust would widen the blocks.
    return [box for box in kept if box[2] - box[0] >= 0.4 * em or box[3] - box[1] >= 0.4 * em]


def _split_stamps(segments: list[Rectangle], em: float) -> tuple[list[Rectangle], list[Rectangle]]:
    """Return upright text beside the lines, and the other segments."""
    wide = [s for s in segments if s[2] - s[0] >= 3 * em]
    if not wide:
        return [], segments
    left, right = min(s[0] for s in wide), max(s[2] for s in wide)
    outside = [s for s in segments if s[2] <= left - _ASIDE * em or s[0] >= right + _ASIDE * em]
    stamps: list[Rectangle] = []
    rest = set(outside)
    for seed in sorted(outside, key=lambda s: s[1]):
        if seed not in rest:
            continue
        column = [s for s in rest if abs((s[0] + s[2]) - (seed[0] + seed[2])) < em and _is_square(s, em)]
        column.sort(key=lambda s: s[1])
        steps = [b[1] - a[1] for a, b in pairwise(column)]
        # Single characters that are left at the margin stand as far apart as the lines.
        if len(column) >= _STAMP_LENGTH and float(np.median(steps)) <= _STACKED * em:
            stamps.append(hull(column))
            rest -= set(column)
    gone = set(outside) - rest
    return stamps, [s for s in segments if s not in gone]


def _is_square(box: Rectangle, em: float) -> bool:
    """Tell whether a box may be one character, or two that touch in a column."""
    return 0.4 * em <= box[2] - box[0] <= 1.4 * em and 0.4 * em <= box[3] - box[1] <= 2.4 * em
