"""A page image to measured lines: all that is known before a character is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.imaging.bands import Band, fill_leading, find_bands, likely_pitches
from pipeline.imaging.cleaning import CleanPage, clean
from pipeline.imaging.grid import fit_line, place_runs
from pipeline.imaging.groups import MarkOffsets, runs_of
from pipeline.imaging.loading import Image
from pipeline.imaging.margins import text_block
from pipeline.imaging.marks import GridLine, learn_marks, recurring_marks
from pipeline.imaging.specks import SPECK, lonely_specks

_STRETCHES = (1.0, 1.035, 1.07)
"""Justified lines are stretched by up to 2 cells of 28."""

_OTHER_STRETCHES = (0.88, 0.91, 0.94, 0.97)
"""More to try for type of another size."""

_PITCH_PERCENTILE = 15
"""The page's pitch is that of its least stretched lines."""


_FEW_SPECKS = 25
_CLEAN_PAPER = 6.0
"""On a page with fewer lonely specks than that, ink is dirt six times less readily."""


@dataclass(frozen=True, slots=True)
class Located:
    """A page's clean images and measured lines; pixels are those of the straightened page.

    Attributes:
        page: the clean page; its ink without specks.
        dirt: 1 where dust, specks and rules were taken out.
        lines: measured, top to bottom.
        pitch: of the page, pixels.
    """

    page: CleanPage
    dirt: Image
    lines: list[GridLine]
    pitch: float


def locate(image: Image, other_sizes: Sequence[tuple[float, float]] = ()) -> Located:
    """Measure the lines of a page.

    Args:
        image: shape (height, width, 3), BGR.
        other_sizes: rows, from and to, of what was scaled to the size of the rest by the height of its ink: fonts fill
            their cells differently, so that its pitch is known less well.
    """
    page = clean(image)
    parts = page.components
    bands = find_bands(parts.painted(page.kept & (parts.size >= SPECK * page.em)), page.em)
    if not bands or not page.kept.any():
        return Located(page, np.zeros_like(page.ink), [], page.em)
    pitch = _pitch(page, bands)
    specks = lonely_specks(parts, page.kept, pitch)
    kept = page.kept & ~specks
    ink = parts.painted(kept)
    # Dust above and below a line would make it higher, or part it.
    large = parts.painted(kept & (parts.size >= SPECK * pitch))
    spotless = specks.sum() < _FEW_SPECKS
    bands = fill_leading(ink if spotless else large, find_bands(large, pitch), pitch, spotless)
    toughness = _CLEAN_PAPER if spotless else 1.0
    lines, pitch = _fit(ink, page.grey, bands, pitch, toughness, other_sizes, rounds=2)
    if lines:
        kept |= recurring_marks(parts, specks, kept, lines, pitch)
        ink = parts.painted(kept)
        lines, pitch = _fit(ink, page.grey, bands, pitch, toughness, other_sizes, rounds=3)
    return Located(replace(page, ink=ink, kept=kept), parts.painted(~kept), lines, pitch)


def _pitch(page: CleanPage, bands: list[Band]) -> float:
    """Return the likely pitch on whose grid the ink of the lines stands best, pixels."""
    likely = likely_pitches(page.ink, bands, page.em)
    if len(likely) == 1:
        return likely[0]
    lines = [(runs_of(page.ink, page.grey, top, bottom, page.em), (top + bottom) / 2) for top, bottom in bands]

    def cost(pitch: float) -> float:
        stretched = [stretch * pitch for stretch in _STRETCHES]
        return sum(min(place_runs(runs, p, pitch, row, MarkOffsets())[1] for p in stretched) for runs, row in lines)

    return min(likely, key=cost)


def _fit(
    ink: Image,
    grey: Image,
    bands: list[Band],
    pitch: float,
    toughness: float,
    other_sizes: Sequence[tuple[float, float]],
    rounds: int,
) -> tuple[list[GridLine], float]:
    """Place the ink of every line; between rounds the page teaches its pitch, marks and margins."""

    def other(line: GridLine) -> bool:
        return any(top <= line.middle < bottom for top, bottom in other_sizes)

    lines = [GridLine(top, bottom, runs_of(ink, grey, top, bottom, pitch)) for top, bottom in bands]
    marks = MarkOffsets(dirt=toughness)
    for number in range(rounds):
        lines = [line for line in lines if line.runs]
        stretches = _STRETCHES if number else (0.97, *_STRETCHES)
        for line in lines:
            tried = (*_OTHER_STRETCHES, *stretches) if other(line) else stretches
            line.cells, line.pitch = fit_line(line.runs, pitch, line.middle, marks, tried)
        lines = [line for line in lines if line.cells]
        if number == rounds - 1:
            break
        pitches = [line.pitch for line in lines if len(line.cells) >= 5 and not other(line)]
        if pitches:
            pitch = float(np.percentile(pitches, _PITCH_PERCENTILE))
        marks = learn_marks(lines, pitch)
        marks.dirt = toughness
        block = text_block(lines, pitch)
        if block is not None:
            low, high = block[0] - 0.1 * pitch, block[1] + 1.1 * pitch
            for line in lines:  # small dirt in the margins
                line.runs = [
                    run
                    for run in line.runs
                    if (low <= run.right and run.left <= high)
                    or run.right - run.left >= 0.3 * pitch
                    or run.area >= 0.06 * pitch * pitch
                ]
    return lines, pitch
