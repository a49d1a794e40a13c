"""Specks of dirt: small ink that stands alone and is no part of a mark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.imaging.cleaning import Components

SPECK = 0.17
"""Ink smaller than that, ems, may be dirt; commas and stops are larger."""

_RING = 0.07, 0.2
_UPRIGHT = 1.25
"""Distance of the halves of a broken ring, ems, and how much higher than wide they are; specks of dirt are round."""


def lonely_specks(components: Components, kept: npt.NDArray[np.bool_], em: float) -> npt.NDArray[np.bool_]:
    """Choose the lonely specks among the kept components.

    A speck is smaller than ``SPECK`` and lonely: not close to larger ink, no twin above or below it (a colon), no digit
    close on both sides (a decimal point), no half of a ring that fell apart (a full stop in Kai).
    """
    stats, centres = components.stats, components.centres
    left, top = stats[:, 0].astype(np.float64), stats[:, 1].astype(np.float64)
    right, bottom = left + stats[:, 2], top + stats[:, 3]
    size = components.size.astype(np.float64)
    upright = stats[:, 3] >= _UPRIGHT * stats[:, 2]
    small = kept & (size < SPECK * em)
    big = np.flatnonzero(kept & ~small)
    smalls = np.flatnonzero(small)
    lonely = np.zeros_like(kept)
    for speck in smalls:
        close = big[(bottom[big] > top[speck] - em) & (top[big] < bottom[speck] + em)]
        across = np.maximum(0, np.maximum(left[close] - right[speck], left[speck] - right[close]))
        along = np.maximum(0, np.maximum(top[close] - bottom[speck], top[speck] - bottom[close]))
        nearest = float(np.hypot(across, along).min()) if len(close) else np.inf
        if nearest < 0.05 * em or (nearest < 0.10 * em and size[speck] > 0.05 * em):
            continue
        apart = np.abs(centres[smalls, 1] - centres[speck, 1])
        twins = (np.abs(centres[smalls, 0] - centres[speck, 0]) < 0.06 * em) & (apart > 0.18 * em) & (apart < 0.6 * em)
        alike = np.maximum(size[smalls] / size[speck], size[speck] / size[smalls]) < 1.67
        if size[speck] > 0.07 * em and (twins & alike).any():
            continue
        beside = np.abs(centres[smalls, 0] - centres[speck, 0])
        halves = (apart < 0.05 * em) & (beside > _RING[0] * em) & (beside < _RING[1] * em) & upright[smalls]
        if upright[speck] and (halves & alike).any():
            continue
        tall = bottom[close] - top[close]
        digit = (across < 0.5 * em) & (np.abs(bottom[close] - bottom[speck]) < 0.08 * em)
        digit &= (tall > 0.5 * em) & (tall < 0.85 * em)
        before, behind = digit & (right[close] <= left[speck] + 1), digit & (left[close] >= right[speck] - 1)
        lonely[speck] = not (before.any() and behind.any())
    return lonely
