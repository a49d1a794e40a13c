"""Bands of text lines, and the pitch that most of them share."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.imaging.loading import Image

Band = tuple[int, int]
"""Top and bottom row of a line, bottom exclusive."""

_LEAST_INK = 0.012
"""Ink of a line, squares of a character: 、alone in Hei, all that is left of a heading, has 0.017."""

_LEAST_BEYOND = 0.05
"""The same above the first line and below the last of a scan, where dust is nearer; two brackets in a serif font have
0.09, a stop 0.02 to 0.05."""

_HIGH, _LOWEST = 1.12, 0.4
"""Height of a line with dust above or below, or of more than one, and least height of one beside others, ems."""

_RIVAL, _MOST_RIVALS = 0.4, 3
"""Share of the best score from which another distance may be the pitch, and how many are tried."""

_CORE = 0.1
"""Ink of a row of a line, as a share of its densest row."""


def stretches(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where *mask* is true without a break: first and last index, the last exclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0])))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def find_bands(ink: Image, em: float) -> list[Band]:
    """Return the bands of text lines, top to bottom: runs of inked rows, joined and split to about one em."""
    inked = cv2.reduce(ink, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).astype(np.float64)
    rows = cv2.GaussianBlur(inked, (0, 0), 0.06 * em).ravel()
    joined: list[list[int]] = []
    for start, end in stretches(rows > max(2.0, 0.12 * em)):
        if joined and start - joined[-1][1] < 0.3 * em and end - joined[-1][0] < 1.35 * em:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    bands: list[Band] = []
    for start, end in (core for run in joined for core in _cores(rows, run[0], run[1], em)):
        cuts = [start]
        if end - start > 1.45 * em:
            count = max(2, round((end - start) / (1.22 * em)))
            for k in range(1, count):
                middle = start + (end - start) * k / count
                low = int(middle - 0.3 * em)
                cuts.append(low + int(np.argmin(rows[low : int(middle + 0.3 * em)])))
        cuts.append(end)
        bands.extend((a, b) for a, b in itertools.pairwise(cuts) if rows[a:b].sum() >= 0.125 * em * em)
    return [(max(0, a - 1), min(len(rows), b + 1)) for a, b in bands]


def _cores(rows: npt.NDArray[np.float64], start: int, end: int, em: float) -> list[Band]:
    """Part a run of inked rows that is higher than a line where there is little ink, such as dust between two lines."""
    if end - start <= _HIGH * em:
        return [(start, end)]
    inked = rows[start:end] > _CORE * rows[start:end].max()
    cores: list[list[int]] = []
    for a, b in stretches(inked):
        if cores and b - cores[-1][0] < _HIGH * em:
            cores[-1][1] = b
        else:
            cores.append([a, b])
    kept = [(start + a, start + b) for a, b in cores if b - a >= _LOWEST * em]
    return kept or [(start, end)]


def fill_leading(ink: Image, bands: list[Band], em: float, spotless: bool) -> list[Band]:
    """Add lines with very little ink where the distance of their neighbours leaves room for whole lines.

    So they are one line above the first and below the last, where two brackets are left of a heading, or on *spotless*
    paper a stop of a paragraph.
    """
    if len(bands) < 3:
        return bands
    centres = [(top + bottom) / 2 for top, bottom in bands]
    leading = float(np.median(np.diff(centres)))
    filled = [bands[0]]
    for at in range(1, len(bands)):
        distance = centres[at] - centres[at - 1]
        count = round(distance / leading)
        if abs(distance / leading - count) < 0.15:
            for k in range(1, count):
                top = round(centres[at - 1] + k * distance / count - em / 2)
                bottom = round(top + em)
                if cv2.countNonZero(ink[top:bottom]) >= _LEAST_INK * em * em:
                    filled.append((top, bottom))
        filled.append(bands[at])
    beyond = [round(edge - em / 2) for edge in (centres[0] - leading, centres[-1] + leading)]
    first, last = ((top, round(top + em)) for top in beyond)
    least = (_LEAST_INK if spotless else _LEAST_BEYOND) * em * em
    above = [first] if first[0] >= 0 and cv2.countNonZero(ink[first[0] : first[1]]) >= least else []
    below = [last] if last[1] <= ink.shape[0] and cv2.countNonZero(ink[last[0] : last[1]]) >= least else []
    return [*above, *filled, *below]


def shared_pitch(ink: Image, bands: list[Band], em: float, spread: float = 0.12) -> float:
    """Return the likeliest distance of neighbouring full-width characters, pixels; see ``likely_pitches``."""
    return likely_pitches(ink, bands, em, spread)[0]


def likely_pitches(ink: Image, bands: list[Band], em: float, spread: float = 0.12) -> list[float]:
    """Return what the distance of neighbouring full-width characters may be, pixels, likeliest first.

    It is sought by autocorrelation of the ink's columns. On a page that lost much, a wrong distance may come out first.

    Args:
        ink: 1 where the page is inked, shape (height, width).
        bands: its lines.
        em: height of a character, pixels.
        spread: natural log of the ratio by which the distance is likely to differ from the height.
    """
    width = ink.shape[1]
    reach = int(4.8 * em) + 4
    total = np.zeros(reach)
    for top, bottom in bands:
        if not 0.55 * em < bottom - top < 1.5 * em:
            continue
        # Long uprights would outweigh everything: their columns are capped.
        profile = np.minimum(cv2.reduce(ink[top:bottom], 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0], 0.35 * em)
        profile = cv2.GaussianBlur(profile.reshape(1, -1), (0, 0), 0.08 * em).ravel()
        inked = profile > 0
        if inked.sum() < 3 * em:
            continue
        spectrum = np.fft.rfft(profile - profile[inked].mean() * inked.mean(), 2 * width)
        correlation = np.fft.irfft(spectrum * np.conj(spectrum))[:reach]
        total += correlation / max(float(correlation[0]), 1e-9)
    candidates = np.arange(0.8 * em, 1.35 * em, 0.1)
    lags = np.arange(reach)
    score = np.zeros(len(candidates))
    for k, weight in ((1, 1.0), (2, 0.8), (3, 0.6)):
        score += weight * np.interp(k * candidates, lags, total)
        score -= 0.5 * weight * np.interp((k - 0.5) * candidates, lags, total)
    score = (score - score.min()) * np.exp(-0.5 * (np.log(candidates / (1.02 * em)) / spread) ** 2)
    inner = np.concatenate(([-np.inf], score, [-np.inf]))
    peaks = np.flatnonzero((inner[1:-1] >= inner[:-2]) & (inner[1:-1] >= inner[2:]) & (score >= _RIVAL * score.max()))
    ranked = sorted(peaks.tolist(), key=lambda at: -score[at])[:_MOST_RIVALS]
    return [float(candidates[at]) for at in ranked]
