"""Round seals on scans without colour, where nothing splits them off: found by their ring, then taken out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.imaging.cleaning import Components, binarise, even_light, skew_of
from pipeline.imaging.loading import Image

_WIDTH = 620
"""Columns of the reduced page in which rings are looked for."""

_SMALLEST, _LARGEST = 0.05, 0.16
"""Radius of a seal, page widths: official ones measure 38 to 50 mm across."""

_ARC = 0.04
"""Least side of the box around an arc, page widths: lines of text are lower."""

_THIN = 0.5
"""Most of its box that a ring inks."""

_TRIALS = 400
_POINTS = 3000
"""Circles tried through three points, and points on arcs that are reckoned with."""

_NEAR, _ROUNDS = 0.03, 3
"""Distance from a circle of what lies on it, radii, and rounds in which it is fitted to that."""

_BINS, _COVERED = 72, 0.7
"""Stretches of a circle, and the share of them that a ring shows at least."""

_RING = 0.12
"""Half the width of the band about the circle in which the ring lies, whose inner edge may have been fitted, radii."""

_STAR, _SOLID = 0.45, 0.055
"""Radius of the star, and least thickness of what is solid, radii."""

_MIDDLE, _HEART, _INKED = 0.3, 0.105, 0.18
"""Half the side of the square in the middle where a star stands, the disc that fits into it, radii, and the share of
the square that it inks: worn stars take 0.12 and 0.28, lines of text 0.09 and 0.10."""

_PALER, _CUT = 35.0, 0.35
"""Grey by which a seal must be paler than print to be told from it, and the share of the way from seal to print at
which it is."""

NAME = 0.52
"""Radius from which the name stands along the ring, radii."""

_INKED_ROW, _ON_LINE = 0.1, 0.85
"""Share of the ink of a full row from which a row beside the seal is one of a line of text; share of the rows of what
stands on such a line."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A round seal: centre and radius, pixels."""

    x: float
    y: float
    radius: float


def find_rings(page: Image) -> list[Ring]:
    """Return the round seals of an upright page, shape (height, width, 3), BGR; red ones are not looked for."""
    height, width = page.shape[:2]
    factor = min(1.0, _WIDTH / width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    step = max(1, width // (2 * _WIDTH))
    # In the red channel a red seal is as bright as paper.
    small = cv2.resize(np.ascontiguousarray(page[::step, ::step, 2]), size, interpolation=cv2.INTER_AREA)
    ink = binarise(even_light(small.astype(np.uint8)))
    parts = Components.of(ink)
    box = parts.stats[:, 2:4]
    arcs = (box.min(axis=1) >= _ARC * size[0]) & (parts.stats[:, 4] <= _THIN * box.prod(axis=1))
    arcs[0] = False
    found: list[Ring] = []
    for label in np.flatnonzero(arcs & (box.max(axis=1) >= _SMALLEST * size[0])).tolist():
        x, y = parts.centres[label]
        if any(np.hypot(x - ring.x * factor, y - ring.y * factor) < ring.radius * factor for ring in found):
            continue
        reach = 2 * _LARGEST * size[0]
        near = arcs & (np.abs(parts.centres - (x, y)).max(axis=1) < reach)
        ring = _circle(_outline(parts, near), size[0])
        if ring is not None and _has_star(ink, ring):
            found.append(Ring(ring.x / factor, ring.y / factor, ring.radius / factor))
    return found


def _has_star(ink: npt.NDArray[np.uint8], ring: Ring) -> bool:
    """Tell whether something solid stands in the middle of a ring: a star or an emblem, and no mere circle."""
    x, y, reach = round(ring.x), round(ring.y), round(_MIDDLE * ring.radius)
    middle = ink[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].astype(np.uint8)
    size = max(3, round(_HEART * ring.radius))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    if middle.size == 0 or middle.mean() < _INKED:
        return False
    return bool(cv2.erode(middle, disc, borderValue=0).any())


def _outline(parts: Components, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return points x, y at the ends of the inked rows of some components."""
    rows = parts.stretches[chosen[parts.stretches[:, 3]]]
    ends = np.concatenate([rows[:, [1, 0]], rows[:, [2, 0]]]).astype(np.float64)
    return ends[:: max(1, len(ends) // _POINTS)]


def _circle(points: npt.NDArray[np.float64], width: int) -> Ring | None:
    """Return the circle that most of its outline shows; None where no ring is."""
    if len(points) < _BINS:
        return None
    generator = np.random.default_rng(0)
    best: tuple[float, Ring] | None = None
    for a, b, c in points[generator.integers(len(points), size=(_TRIALS, 3))]:
        ring = _through(a, b, c)
        if ring is None or not _SMALLEST * width <= ring.radius <= _LARGEST * width:
            continue
        covered = _coverage(points, ring)
        if best is None or covered > best[0]:
            best = covered, ring
    if best is None or best[0] < _COVERED:
        return None
    ring = best[1]
    for _ in range(_ROUNDS):
        own = points[np.abs(np.hypot(*(points - (ring.x, ring.y)).T) - ring.radius) < _NEAR * ring.radius]
        x, y, rest = np.linalg.lstsq(np.column_stack([2 * own, np.ones(len(own))]), (own**2).sum(axis=1), rcond=None)[0]
        ring = Ring(float(x), float(y), float(np.sqrt(rest + x * x + y * y)))
    return ring


def _coverage(points: npt.NDArray[np.float64], ring: Ring) -> float:
    x, y = points[:, 0] - ring.x, points[:, 1] - ring.y
    on = np.abs(np.hypot(x, y) - ring.radius) < _NEAR * ring.radius
    bins = ((np.arctan2(y[on], x[on]) / (2 * np.pi) + 0.5) * _BINS).astype(int) % _BINS
    return len(np.unique(bins)) / _BINS


def _through(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], c: npt.NDArray[np.float64]) -> Ring | None:
    """Return the circle through three points; None where they lie on a line."""
    matrix = 2 * np.array([b - a, c - a])
    if abs(np.linalg.det(matrix)) < 1.0:
        return None
    x, y = np.linalg.solve(matrix, np.array([b @ b - a @ a, c @ c - a @ a]))
    return Ring(float(x), float(y), float(np.hypot(x - a[0], y - a[1])))


def without_rings(page: Image, rings: list[Ring]) -> Image:
    """Return a page without the ink of its grey seals, as far as it can be told from print.

    Where a seal is paler than print, what is as pale is its own. Where it is as black, its ring and star are, and
    along the ring what stands between the lines of text.
    """
    grey = page.min(axis=2)
    result = page.copy()
    for ring in rings:
        reach = round(3 * ring.radius)
        left, top = max(0, round(ring.x) - reach), max(0, round(ring.y - 1.2 * ring.radius))
        own = even_light(
            np.ascontiguousarray(grey[top : round(ring.y + 1.2 * ring.radius), left : round(ring.x) + reach])
        )
        rows, columns = np.indices(own.shape)
        away = np.hypot(columns + left - ring.x, rows + top - ring.y) / ring.radius
        ink = (own <= cv2.threshold(own, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0]).astype(np.uint8)
        slope = np.tan(np.deg2rad(skew_of(ink * (away > 1 + _RING))))
        level = np.round(rows - slope * (columns + left - ring.x)).astype(int)
        gone = _seal_ink(own, ink, away, level, ring.radius)
        paper = round(float(np.percentile(grey[top : top + own.shape[0], left : left + own.shape[1]], 80)))
        rim = cv2.dilate(gone, np.ones((3, 3), np.uint8)) > 0
        result[top : top + own.shape[0], left : left + own.shape[1]][rim] = paper
    return result


def _seal_ink(
    grey: Image, ink: Image, away: npt.NDArray[np.float64], level: npt.NDArray[np.int_], radius: float
) -> Image:
    """Return 1 where ink is a seal's.

    Args:
        grey: about the seal.
        ink: 1 where it is inked.
        away: distance from the centre, radii.
        level: row of each pixel at the seal's middle, along the lines.
        radius: pixels.
    """
    steps = np.minimum((away * radius).astype(int), round(2 * radius))
    around = np.bincount(steps.ravel(), ink.ravel()) / np.maximum(1, np.bincount(steps.ravel()))
    near = np.abs(np.arange(len(around)) / radius - 1) < _RING
    on_ring = ((around > _COVERED / 2) & near)[steps] & (ink > 0)
    outside = grey[(away > 1 + _RING) & (ink > 0)]
    print_tone = float(np.percentile(outside, 30)) if len(outside) else 255.0
    tone = float(np.median(grey[on_ring])) if on_ring.any() else 0.0
    if tone - print_tone > _PALER:
        paler = grey > tone - _CUT * (tone - print_tone)
        return ((away < 1 + _RING) & (ink > 0) & paler).astype(np.uint8)
    thick = max(3, round(_SOLID * radius))
    inner = (ink * (away < _STAR)).astype(np.uint8)
    kernel = np.ones((thick, thick), np.uint8)
    solid = cv2.morphologyEx(inner, cv2.MORPH_OPEN, kernel)
    star = cv2.dilate(solid, kernel, iterations=2) & ink  # with its tips
    gone = (on_ring | (star > 0)).astype(np.uint8)
    # Along the ring: what stands between the lines that are seen beside the seal.
    low = int(level.min())
    beside = (ink * (away > 1 + _RING)).astype(np.float64)
    inked = np.bincount((level - low).ravel(), beside.ravel())
    lines = inked > _INKED_ROW * np.percentile(inked, 90)
    parts = Components.of((ink & (1 - gone) & (away < 1)).astype(np.uint8))
    name = np.zeros(len(parts.stats), bool)
    for label in range(1, len(name)):
        left, top, width, height, _ = parts.stats[label]
        box = slice(top, top + height), slice(left, left + width)
        on_line = lines[level[box][:, width // 2] - low].mean()
        name[label] = away[box].min() >= NAME and on_line < _ON_LINE
    between = (away >= NAME) & (away < 1) & ~lines[level - low]
    result: Image = gone | parts.painted(name) | (between & (ink > 0)).astype(np.uint8)
    return result


def without_discs(page: Image, rings: list[Ring]) -> Image:
    """Return a page with all that lies under seals painted over: its layout, which seals must not change."""
    result = page.copy()
    for ring in rings:
        x0, x1 = (max(0, round(ring.x + side * 1.2 * ring.radius)) for side in (-1, 1))
        y0, y1 = (max(0, round(ring.y + side * 1.2 * ring.radius)) for side in (-1, 1))
        paper = np.percentile(page[y0:y1, x0:x1].reshape(-1, 3), 80, axis=0)
        centre, radius = (round(ring.x), round(ring.y)), round((1 + _RING) * ring.radius)
        cv2.circle(result, centre, radius, [round(float(value)) for value in paper], -1)
    return result
