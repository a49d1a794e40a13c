"""White at the ends of lines that what begins the next line may have left, or lost characters: the language decides.

No bracket ends a line, and no number is parted: moved to the next line, they leave as much white as lost characters do.
In the image both look alike; where the text needs a character there, it was lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.language.normalise import HOLE_ONE
from pipeline.passages import Passages, lost_characters
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.reading.pages import Scan

_READINGS = 16
"""Readings of a passage that its likelihood is summed over."""


def with_told_ends(scan: Scan, settings: Settings) -> Scan:
    """Return a scan with the characters that its lines lost at their ends rather than that white was left there.

    Raises:
        MissingDependencyError: a model is missing.
    """
    if not scan.moved or not lost_characters(scan.text):
        return scan
    passages = Passages(scan.text, settings)
    lost = [(at, places[: _lost(passages, at, len(places))]) for at, places in scan.moved]
    return scan.with_lost([(at, places) for at, places in lost if places])


def _lost(passages: Passages, at: int, most: int) -> int:
    """Return how many characters, 0 to *most*, were lost at an offset; of equally likely numbers the least."""
    return max(range(most + 1), key=lambda count: passages.likelihood(at, at, HOLE_ONE * count, _READINGS))
