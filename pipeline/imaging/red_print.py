"""Red heads: red print set in straight lines of even glyphs is text; what else is red is a seal or a rule."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.imaging.bands import stretches
from pipeline.imaging.cleaning import SEAL_SATURATION, skew_of
from pipeline.imaging.layout import Rectangle
from pipeline.imaging.loading import Image

_WIDTH = 1240
"""Columns of the reduced page in which lines are looked for."""

_LEAST_RED = 200
"""Red pixels of that page from which it may have red print."""

_LOWEST, _HIGHEST = 0.012, 0.1
"""Height of a line, page widths: 7 to 60 points on A4."""

_LEAST_GLYPHS = 4

_WIDEST, _NARROWEST = 1.2, 0.5
"""Width of one glyph, and of most, heights of the line."""

_TALL, _MOSTLY = 0.7, 0.7
"""Height of a whole glyph, heights of the line, and the share of a line's that are whole: those of a seal's arc stand
at different heights."""

_LEAST_INKED, _MOST_INKED = 0.08, 0.65
"""Share of its box that a line's glyphs ink."""


@dataclass(frozen=True, slots=True)
class RedPrint:
    """Lines of red print on a page.

    Attributes:
        page: straight, red as dark as black, shape (height, width, 3).
        lines: their boxes on it, top to bottom.
        transform: 2 x 3, from the page as it came to this one.
    """

    page: Image
    lines: tuple[Rectangle, ...]
    transform: npt.NDArray[np.float64]


def find_red_print(page: Image) -> RedPrint | None:
    """Return the lines of red print on an upright page, shape (height, width, 3), BGR; None without any."""
    step = max(1, page.shape[1] // _WIDTH)
    small = page[::step, ::step]
    if np.array_equal(small[:, :, 0], small[:, :, 2]):
        return None
    blue, green, red = cv2.split(np.ascontiguousarray(small))
    mask: Image = (cv2.subtract(red, cv2.max(blue, green)) > SEAL_SATURATION).astype(np.uint8)
    if cv2.countNonZero(mask) < _LEAST_RED:
        return None
    height, width = mask.shape
    skew = skew_of(mask)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1.0)
    straight: Image = cv2.warpAffine(mask, turn, (width, height), flags=cv2.INTER_NEAREST).astype(np.uint8, copy=False)
    lines: list[Rectangle] = []
    for top, bottom in stretches(np.asarray(straight.sum(axis=1)) > 1):
        if _LOWEST * width <= bottom - top <= _HIGHEST * width and _is_text(straight[top:bottom]):
            inked = np.flatnonzero(straight[top:bottom].any(axis=0))
            lines.append((float(inked[0] * step), top * step, float((inked[-1] + 1) * step), bottom * step))
    if not lines:
        return None
    turn[:, 2] *= step
    white = (255, 255, 255)
    whole = cv2.warpAffine(page, turn, page.shape[1::-1], flags=cv2.INTER_CUBIC, borderValue=white)
    dark = np.repeat(whole.min(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    return RedPrint(dark, tuple(lines), turn)


def _is_text(line: Image) -> bool:
    """Tell whether what is inked in a stretch of rows is a line of glyphs that are all about as high as it.

    Args:
        line: 1 where it is inked, shape (height, width).
    """
    height = line.shape[0]
    glyphs: list[list[int]] = []
    for start, end in stretches(np.asarray(line.any(axis=0))):
        if glyphs and end - glyphs[-1][0] <= height:  # parts of one glyph beside each other
            glyphs[-1][1] = end
        else:
            glyphs.append([start, end])
    if len(glyphs) < _LEAST_GLYPHS or max(b - a for a, b in glyphs) > _WIDEST * height:
        return False
    if np.median([b - a for a, b in glyphs]) < _NARROWEST * height:
        return False
    rows = [np.flatnonzero(line[:, a:b].any(axis=1)) for a, b in glyphs]
    tall = sum(own[-1] + 1 - own[0] >= _TALL * height for own in rows)
    inked = float(line.sum()) / (height * sum(b - a for a, b in glyphs))
    near = max(b[0] - a[1] for a, b in pairwise(glyphs)) <= _WIDEST * 3 * height
    return bool(tall >= _MOSTLY * len(glyphs) and near and _LEAST_INKED <= inked <= _MOST_INKED)
