"""Pages that lie on their side or stand on their head: turning them, and which way their lines run."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.document import Box
from pipeline.imaging.cleaning import binarise, even_light
from pipeline.imaging.layout import Rectangle
from pipeline.imaging.loading import Image

_SIZE = 800
_STRIPS = 5
"""Narrow strips: lines a little askew stay apart in them."""

_RULE = 40
"""Length of a ruled line at least, pixels."""

_SMOOTH = 16.0
"""Pixels; lines of 22 on a page lie 27 apart."""

_CLEARLY = 1.1
"""A page that changes so much more from column to column than from row to row lies on its side."""


def turned(image: Image, quarters: int) -> Image:
    """Return the image turned clockwise by quarters."""
    codes = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}
    return cv2.rotate(image, codes[quarters % 4]).astype(np.uint8) if quarters % 4 else image


def turn_transform(quarters: int, width: int, height: int) -> npt.NDArray[np.float64]:
    """Return the 3 x 3 transform that ``turned`` is of points of an image of that size, pixels."""
    matrices = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, -1, height], [1, 0, 0]],
        2: [[-1, 0, width], [0, -1, height]],
        3: [[0, 1, 0], [-1, 0, width]],
    }
    return np.array([*matrices[quarters % 4], [0, 0, 1]], dtype=np.float64)


class WayBack:
    """From the straight, upright page to the page as it came.

    Attributes:
        width: of the page as it came, pixels.
        height: of the page as it came, pixels.
    """

    def __init__(self, transform: npt.NDArray[np.float64], width: int, height: int, quarters: int) -> None:
        """Take the 2 x 3 transform that set the upright page straight, its size, and the quarters it was turned by."""
        self.width, self.height = (height, width) if quarters % 2 else (width, height)
        whole = np.vstack([transform, [0, 0, 1]]) @ turn_transform(quarters, self.width, self.height)
        self._same = bool(np.allclose(whole, np.eye(3)))
        self._inverse: npt.NDArray[np.float64] = np.linalg.inv(whole)[:2].astype(np.float64)

    def box(self, box: Rectangle) -> Box:
        """Return the whole pixels around a box, inside the page."""
        left, top, right, bottom = box
        corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]])
        points = corners[:, :2] if self._same else corners @ self._inverse.T
        low, high = np.floor(points.min(0)), np.ceil(points.max(0))
        x0, x1 = (int(min(max(v, 0), self.width)) for v in (low[0], high[0]))
        y0, y1 = (int(min(max(v, 0), self.height)) for v in (low[1], high[1]))
        return x0, y0, x1, y1


def lies_on_its_side(image: Image) -> bool:
    """Tell whether lines run up and down, by which profile of the ink has the sharper edges."""
    scale = _SIZE / max(image.shape[:2])
    grey = np.ascontiguousarray(image[:, :, 2])  # in the red channel neither seals nor red heads are ink
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    ink = _without_rules(binarise(even_light(small.astype(np.uint8)))).astype(np.float32)
    return _ripple(ink.T) > _CLEARLY * _ripple(ink)


def _without_rules(ink: Image) -> Image:
    """Take straight strokes longer than any character's out: the rules of a table run both ways."""
    rules = np.zeros_like(ink)
    for shape in ((1, _RULE), (_RULE, 1)):
        rules |= cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8)).astype(np.uint8)
    kept: Image = np.where(cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0, 0, ink).astype(np.uint8)
    return kept


def _ripple(ink: npt.NDArray[np.float32]) -> float:
    """Return how strongly ink changes from row to row, as lines and the white between them make it do."""
    total = 0.0
    for strip in np.array_split(ink, _STRIPS, axis=1):
        profile = np.ascontiguousarray(strip.mean(1, keepdims=True))
        if profile.any():
            smooth = cv2.GaussianBlur(profile, (1, 97), sigmaX=_SMOOTH, sigmaY=_SMOOTH)
            total += float((profile - smooth).std() / profile.mean())
    return total
