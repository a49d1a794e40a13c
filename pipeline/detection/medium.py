"""Whether a text was read or typed, told by the errors that stand in it.

Characters are misread for those that look alike and mistyped for those that sound alike. Which of the two a document
suffered from is decided as damage is: by likelihood. Each channel explains the doubtful cells with its own
alternatives; log10 P(text | typed) - log10 P(text | read) is the sum of the cells' differences. Nothing in a document
without errors tells them apart, and nothing needs to.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.detection import _native
from pipeline.detection.misreadings import Cell

DECLARED = 4.0
"""Log10 odds of typing where the user says so, and against it where the text was read from a page."""

MOST_OF_A_CELL = 1.5
"""Bound of what one cell says: a rare name may by chance sound like something usual."""


TELLING = -6.0
"""Log10 P of a cell and the next one from which it is a witness: 96 in 100 simulated typing errors cost as much."""


def witnesses() -> _native.MisreadOptions:
    """Return the limits of a search that finds the cells which tell how a text came about."""
    options = _native.MisreadOptions()
    options.doubt = TELLING
    return options


def typed_odds(by_sound: Sequence[Cell], by_shape: Sequence[Cell], *, all_tell: bool = False) -> float:
    """Return the log10 odds that the errors of a document were typed, within +-(``DECLARED`` - 1).

    Args:
        by_sound: the doubtful cells found with characters that sound alike.
        by_shape: those found without.
        all_tell: compare all cells, not only those below ``TELLING``.
    """
    sound, shape = (
        {cell.start: cell.told.evidence for cell in cells if all_tell or cell.told.cost + cell.told.after <= TELLING}
        for cells in (by_sound, by_shape)
    )
    total = 0.0
    for start in sorted(sound.keys() | shape.keys()):
        difference = sound.get(start, 0.0) - shape.get(start, 0.0)
        total += max(-MOST_OF_A_CELL, min(MOST_OF_A_CELL, difference))
    return max(1 - DECLARED, min(DECLARED - 1, total))
