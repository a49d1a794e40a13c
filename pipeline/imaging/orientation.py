"""Pages that lie on their side or stand on their head: turning them, and which way their lines run."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.document import Box
from pipeline.imaging.cleaning import Components, binarise, even_light
from pipeline.imaging.layout import Rectangle
from pipeline.imaging.loading import Image

_SIZE = 800
_RULE = 40
"""Length of a ruled line at least, pixels."""

_JOINS = (3, 5)
"""White between neighbouring characters at that size, less than any between lines; wider print needs more, pixels."""

_LEAST_SIZE = 6
"""Height of a character at least, pixels."""

_LONG = 1.7
"""Length of two neighbouring characters at least, characters."""

_FEWEST = 3.0
"""Length of all such pieces of lines from which a page shows which way it lies, characters."""

_CLEARLY = 1.5
"""As many times more of them run up and down on a page that lies on its side."""


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

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point lies, pixels, which may be beyond the edges of the page."""
        found = self._inverse @ (x, y, 1.0)
        return float(found[0]), float(found[1])

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
    """Tell whether lines run up and down, by which way neighbouring characters touch.

    A profile of the ink would tell it on full pages only: on a page of few lines its ripple is that of the noise.
    """
    scale = _SIZE / max(image.shape[:2])
    grey = cv2.extractChannel(image, 2)  # in the red channel neither seals nor red heads are ink
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    ink = _without_rules(binarise(even_light(small.astype(np.uint8))))
    for join in _JOINS:
        across, down = _pieces(ink, join)
        if across + down >= _FEWEST:
            return down > _CLEARLY * across
    return False


def _without_rules(ink: Image) -> Image:
    """Take straight strokes longer than any character's out: the rules of a table run both ways."""
    rules = np.zeros_like(ink)
    for shape in ((1, _RULE), (_RULE, 1)):
        rules |= cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8)).astype(np.uint8)
    kept: Image = np.where(cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0, 0, ink).astype(np.uint8)
    return kept


def _pieces(ink: Image, join: int) -> tuple[float, float]:
    """Return the length of all pieces of lines that run across, and of those that run down, characters."""
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((join, join), np.uint8))
    stats = Components.of(joined.astype(np.uint8, copy=False)).stats
    width, height = stats[1:, 2].astype(float), stats[1:, 3].astype(float)
    large = np.minimum(width, height) >= _LEAST_SIZE
    if not large.any():
        return 0.0, 0.0
    em = float(np.median(np.minimum(width, height)[large]))
    thin = large & (np.minimum(width, height) < 1.5 * em)
    across = thin & (width > _LONG * em) & (width > _LONG * height)
    down = thin & (height > _LONG * em) & (height > _LONG * width)
    return float(width[across].sum()) / em, float(height[down].sum()) / em
