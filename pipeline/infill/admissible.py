"""Which characters can stand in a hole: what the damage of its font may have taken."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from pipeline.damage.hypotheses import Loss, is_han
from pipeline.language import models

MOST_ADMISSIBLE = 2000
"""Characters that can stand in a hole, most frequent first; the rest are under 0.3 % of official text."""


def lost_by(loss: Loss | None, told: Set[str], folder: Path) -> list[str]:
    """Return the characters that a font, or damage without a system, may have lost, most frequent first.

    Args:
        loss: what the font lost, if that is known.
        told: characters of the document's own words, admissible however rare they are elsewhere.
        folder: of the language models.
    """
    frequency = models.han_frequency(folder)
    common = sorted(frequency, key=lambda char: (-frequency[char], char))
    possible = [char for char in common if loss is None or loss.loses(char)][:MOST_ADMISSIBLE]
    return possible + sorted(c for c in told - set(possible) if is_han(c) and (loss is None or loss.loses(c)))
