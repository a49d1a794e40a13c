"""White at the ends of lines that what begins the next line may have left, or lost characters: the language decides.

No bracket ends a line, and no number is parted: moved to the next line, they leave as much white as lost characters do.
In the image both look alike; where the text needs a character there, it was lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.damage.inference import infer
from pipeline.holes import Line, paragraph_parts
from pipeline.infill.decode import Infill
from pipeline.language import models
from pipeline.language.normalise import HOLE_ONE
from pipeline.marks import LEAST_LOST, WINDOW
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.reading.pages import Scan

_READINGS = 16
"""Readings of a passage that its likelihood is summed over."""

_EVIDENCE = 0.0
"""log10 by which a lost character must be likelier than none."""


def with_told_ends(scan: Scan, settings: Settings) -> Scan:
    """Return a scan with the characters that its lines lost at their ends rather than that white was left there.

    Raises:
        MissingDependencyError: a model is missing.
    """
    if not scan.moved or scan.text.count(HOLE_ONE) < LEAST_LOST * len(scan.text):
        return scan
    damage = infer(scan.text.splitlines(), models.han_frequency(settings.models))
    infill = Infill(scan.text, (), damage.cut, settings)
    lost = [(at, places[: _lost(infill, scan.text, at, len(places))]) for at, places in scan.moved]
    return scan.with_lost([(at, places) for at, places in lost if places])


def _lost(infill: Infill, text: str, at: int, most: int) -> int:
    """Return how many characters, 0 to *most*, were lost at an offset."""
    before = text[max(text.rfind("\n", 0, at) + 1, at - WINDOW) : at]
    behind = text[at : at + WINDOW].split("\n")[0]
    likely = [_likelihood(infill, before + HOLE_ONE * count + behind) for count in range(most + 1)]
    return max(range(most + 1), key=lambda count: likely[count] - _EVIDENCE * (count > 0))


def _likelihood(infill: Infill, passage: str) -> float:
    return infill.likelihood(paragraph_parts(passage, [Line(0, len(passage), "whole")]), _READINGS)
