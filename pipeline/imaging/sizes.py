"""Sizes of type on a page: titles are larger than the body, notes smaller; each is measured on a scale of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from itertools import groupby, pairwise

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.imaging.bands import Band, shared_pitch, stretches
from pipeline.imaging.layout import Rectangle, hull, same_row
from pipeline.imaging.loading import Image

_HAN_HEIGHT = 0.93
_FONTS, _FAR = 0.05, 0.09
"""Height of a line's ink, ems; logs of the ratio by which fonts differ in it and of that which shows a wrong pitch."""

_ALIKE = 0.06
_NEAR = 0.08
"""Natural logs of the ratios of heights up to which lines are of one size, long ones and short ones."""

_OTHER_HEIGHT, _OTHER_PITCH = math.log(1.11), math.log(1.1)
"""Logs of the ratios from which type is of another size than the body's: fonts differ less in height, justified lines
are stretched by less, and GB/T 9704 sets 14 beside 16 points."""

_AGREE, _AGREE_FEW = 0.12, 0.07
_MANY = 9.0
"""Most that the logs of both ratios may differ, and that for lines of less inked width, heights: digits are narrow."""

_MANY_ALONE = 14.0
"""The same for a single line in a size near the body's: one that lost characters may be lower than others by chance."""

_TITLE = math.log(1.4)
"""Log of the ratio of heights from which a single line is a title, whose pitch may be known less well."""

_AGREE_WELL = 0.04
"""The same from which several short lines tell a size near the body's: a few characters seldom err alike."""

_TELLING = 6.0
"""Inked width of a line that makes a size of its own, heights; shorter ones take that of the nearest."""

_ELSEWHERE = 0.04
"""Log of the ratio of heights by which the size of the line before is preferred."""

_CLOSE = math.log(1.25)
"""Log of the ratio up to which a size is told from the body's by long lines only, or by several that agree well."""

_CLEARLY_LARGER = math.log(1.3)
"""Log of the ratio of heights from which a line too short for its pitch is of another size."""

_SQUARE = (0.88, 1.4)
"""Pitch over height of a line of Han; a line of digits is narrower."""

_WIDE, _LEAST_WIDE = 0.6, 0.55
"""Width of a Han's ink at least, heights; share of a line's ink in such pieces under which it is one of letters and
digits, which tells no size near the body's. On two pages 0.28 to 0.46 of addresses and numbers, 0.72 and more of lines
of Han, between these where the two are mixed."""

_LARGEST, _SMALLEST = math.log(4.5), math.log(0.45)
"""Logs of ratios beyond which it is no text of the document."""

_TWO_LINES, _PART = 1.6, 0.3
"""Height of two lines that dust joins, and least height of a part of them that counts, usual heights."""

_LITTLE = 0.1
"""Ink of a row between lines, as a share of the densest row."""

_THIN = 0.3
"""Height of a line at least, ems: what is thinner is a rule."""


@dataclass(slots=True)
class _Size:
    """Lines of one size: log of height, rows, characters inked by all, inked width of the longest, log of pitch."""

    height: float
    bands: list[Band] = field(default_factory=list)
    inked: float = 0.0
    longest: float = 0.0
    pitch: float = 0.0


@dataclass(frozen=True, slots=True)
class Strip:
    """Neighbouring lines of one size: their boxes, by how much it is larger than the body's, number of their block."""

    boxes: tuple[Rectangle, ...]
    scale: float
    block: int = 0


def strips_of_type(ink: Image, em: float) -> list[Strip]:
    """Cut a page of one column where the size of its type changes, half way between lines; nothing is left out.

    Args:
        ink: 1 where the page is inked, straight, shape (height, width).
        em: rough height of a character, pixels.
    """
    height, width = ink.shape
    rows = rows_of_type(ink, em)
    found = scales(ink, [(0.0, float(top), float(width), float(bottom)) for top, bottom in rows])
    groups = [list(group) for _, group in groupby(range(len(rows)), key=lambda at: found[at])]
    cuts = [0.0, *((rows[b[0] - 1][1] + rows[b[0]][0]) / 2 for b in groups[1:]), float(height)]
    strips = []
    for (top, bottom), group in zip(pairwise(cuts), groups, strict=False):
        edges = [top, *((rows[at][0] + rows[at - 1][1]) / 2 for at in group[1:]), bottom]
        boxes = tuple((0.0, a, float(width), b) for a, b in pairwise(edges))
        strips.append(Strip(boxes, found[group[0]]))
    return strips


def strips_of_blocks(ink: Image, blocks: Sequence[Sequence[Rectangle]], em: float) -> list[Strip]:
    """Cut blocks of text, each the boxes of its stretches of lines from top to bottom, where their type changes."""
    rows: list[tuple[int, list[Rectangle]]] = []
    for number, block in enumerate(blocks):
        for box in block:
            if rows and rows[-1][0] == number and same_row(rows[-1][1][-1], box, em):
                rows[-1][1].append(box)
            else:
                rows.append((number, [box]))
    found = scales(ink, [hull(boxes) for _, boxes in rows])
    groups = groupby(zip(rows, found, strict=True), key=lambda item: (item[0][0], item[1]))
    return [
        Strip(tuple(box for (_, boxes), _ in group for box in boxes), scale, number)
        for (number, scale), group in groups
    ]


def rows_of_type(ink: Image, em: float) -> list[Band]:
    """Return the lines of a straight page: runs of inked rows, whatever their height.

    Args:
        ink: 1 where the page is inked, shape (height, width).
        em: rough height of a character, pixels.
    """
    rows = cv2.reduce(ink, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    found: list[list[int]] = []
    for start, end in stretches(rows > max(2.0, 0.12 * em)):
        # Strokes of one line: what stands above or below a larger piece at hardly any distance.
        if found and start - found[-1][1] < 0.18 * max(end - start, found[-1][1] - found[-1][0]):
            found[-1][1] = end
        else:
            found.append([start, end])
    kept: list[Band] = [(a, b) for a, b in found if b - a >= _THIN * em and rows[a:b].sum() >= 0.125 * em * em]
    usual = float(np.median([b - a for a, b in kept])) if kept else 0.0
    cores = {band: _cores(rows, band, usual) for band in kept}
    usual_core = float(np.median([own[-1][1] - own[0][0] for own in cores.values()])) if kept else 0.0
    return [part for band in kept for part in _joined_by_dust(band, cores[band], usual, usual_core)]


def _cores(rows: npt.NDArray[np.int32], band: Band, usual: float) -> list[Band]:
    """Return the parts of a line that hold more than dust and single strokes; itself where there is none."""
    top, bottom = band
    cores = [(top + a, top + b) for a, b in stretches(rows[top:bottom] > _LITTLE * rows[top:bottom].max())]
    return [(a, b) for a, b in cores if b - a >= _PART * usual] or [band]


def _joined_by_dust(band: Band, cores: list[Band], usual: float, usual_core: float) -> list[Band]:
    """Part lines of the *usual* height between which dust leaves no white row; one large line stays whole."""
    top, bottom = band
    if bottom - top < _TWO_LINES * usual:
        return [band]
    alike = all(abs(math.log((b - a) / usual_core)) < _CLOSE for a, b in cores)
    return cores if len(cores) > 1 and alike else [band]


def scales(ink: Image, boxes: Sequence[Rectangle]) -> list[float]:
    """Return for each line by how much its type is larger than the body's, 1 for the body and what cannot be told.

    The body is the size in which most characters are printed.

    Args:
        ink: 1 where the page is inked, straight, shape (height, width).
        boxes: around the lines, top to bottom.
    """
    lines = [_trimmed(ink, box) for box in boxes]
    widths = _inked(ink, boxes, lines)
    usual = max(1.0, float(np.median([bottom - top for top, bottom in lines]))) if lines else 1.0
    letters = {band for box, band in zip(boxes, lines, strict=True) if _is_of_letters(ink, box, band, usual)}
    sizes: list[_Size] = []
    for band, inked in sorted(zip(lines, widths, strict=True), key=lambda item: -item[1]):
        height = band[1] - band[0]
        if inked < _TELLING * height:
            break
        if not _is_square(ink, band) or band in letters:
            continue
        own = next((size for size in sizes if abs(size.height - math.log(height)) < _ALIKE), None)
        if own is None:
            own = _Size(math.log(height))
            sizes.append(own)
        own.bands.append(band)
        own.inked += inked / height
        own.longest = max(own.longest, inked)
    if not sizes:
        return [1.0] * len(lines)
    for size in sizes:
        size.pitch = _pitch(ink, size)
    body = max(sizes, key=lambda one: one.inked)
    for size in sizes:
        # Lines of digits are lower, and tell their pitch less well than what their height leads to expect of it.
        if size is not body and abs(size.height - body.height) <= _CLOSE:
            pitch = math.log(shared_pitch(ink, size.bands, math.exp(body.height) / _HAN_HEIGHT))
            size.pitch = body.pitch if abs(pitch - body.pitch) < _AGREE_WELL else size.pitch
    return _against(body, sizes, lines, widths, letters)


def _pitch(ink: Image, size: _Size) -> float:
    """Return the log of the pitch; where lost characters hide it, one that is nearer to the height."""
    em = math.exp(size.height) / _HAN_HEIGHT
    pitch = math.log(shared_pitch(ink, size.bands, em))
    if abs(pitch - math.log(em)) <= _FAR:
        return pitch
    return math.log(shared_pitch(ink, size.bands, em, _FONTS))


def _against(
    body: _Size, sizes: Sequence[_Size], lines: Sequence[Band], inked: Sequence[float], letters: Set[Band]
) -> list[float]:
    result: list[float] = []
    before = body
    for row, ((top, bottom), width) in enumerate(zip(lines, inked, strict=True)):
        if (top, bottom) in letters:  # as the line before it, if that may be of its size
            alike = row > 0 and abs(math.log((lines[row - 1][1] - lines[row - 1][0]) / (bottom - top))) <= _CLOSE
            result.append(result[-1] if alike else 1.0)
            continue
        height = math.log(max(1, bottom - top))

        def away(size: _Size, height: float = height, before: _Size = before) -> float:
            return abs(size.height - height) + _ELSEWHERE * (size is not before)

        near = min(sizes, key=away)
        tall = height - body.height
        if abs(near.height - height) <= _NEAR:
            before = near
            tall, wide = near.height - body.height, near.pitch - body.pitch
            long = near.longest >= _MANY * math.exp(near.height)
            if len(near.bands) == 1 and abs(tall) <= _CLOSE:
                long = near.longest >= _MANY_ALONE * math.exp(near.height)
            sure = long or abs(tall) > _CLOSE or (len(near.bands) > 1 and abs(tall - wide) < _AGREE_WELL)
            long = long and (len(near.bands) > 1 or tall > _TITLE)
            other = abs(tall) > _OTHER_HEIGHT and abs(wide) > _OTHER_PITCH and sure
            other = other and abs(tall - wide) < (_AGREE if long else _AGREE_FEW)
            scale = wide
        else:
            other = tall > _CLEARLY_LARGER and width >= bottom - top
            scale = tall
        own = math.exp(scale) if other and _SMALLEST < tall < _LARGEST else 1.0
        if own != 1.0 and result and result[-1] != 1.0 and abs(math.log(own / result[-1])) < _NEAR:
            own = result[-1]
        result.append(own)
    return result


def _trimmed(ink: Image, box: Rectangle) -> Band:
    """Return the rows of a line that hold more than a few of its strokes."""
    left, top, right, bottom = (max(0, round(value)) for value in box)
    rows = ink[top:bottom, left:right].sum(axis=1)
    inked = np.flatnonzero(rows > max(1.0, 0.15 * float(rows.max(initial=0))))
    return (top + int(inked[0]), top + int(inked[-1]) + 1) if len(inked) else (top, bottom)


def _inked(ink: Image, boxes: Sequence[Rectangle], lines: Sequence[Band]) -> list[float]:
    """Return the inked columns of every line."""
    return [
        float(ink[top:bottom, max(0, round(box[0])) : round(box[2])].any(axis=0).sum())
        for box, (top, bottom) in zip(boxes, lines, strict=True)
    ]


def _is_of_letters(ink: Image, box: Rectangle, band: Band, usual: float) -> bool:
    """Tell whether a line of about the *usual* height is one of letters and digits, which are narrower than Han."""
    height = max(1, band[1] - band[0])
    if abs(math.log(height / usual)) > _CLOSE:
        return False
    columns = ink[slice(*band), max(0, round(box[0])) : round(box[2])].sum(axis=0) > 0
    widths = [end - start for start, end in stretches(columns)]
    least = _WIDE * max(height, usual)
    return sum(width for width in widths if width >= least) < _LEAST_WIDE * sum(widths)


def _is_square(ink: Image, band: Band) -> bool:
    """Tell whether the characters of a line stand about as far apart as they are high."""
    height = band[1] - band[0]
    pitch = shared_pitch(ink, [band], height / _HAN_HEIGHT)
    return _SQUARE[0] <= pitch / height <= _SQUARE[1]
