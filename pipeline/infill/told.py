"""What is said of the holes of a piece beside the n-grams, put so that the decoder can add it to its lattice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.holes import Hole, Part
from pipeline.infill.neural import Floats

SHARE = np.float32(0.5)
"""Part of the witness's weight that counts in the shares of fillings: it and the n-grams know much of the same, and
with all of it stated probabilities were too high (docs/training.md)."""

_NOTHING = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of the holes of a piece, by element.

    Attributes:
        cells: log10 scores of the neural witness, [cells][admissible characters], of what stands in a hole, if as long
            as first read; of names and levels that it cannot know (taught.py, home.py) its best.
        lengths: log10 scores of 0, 1 ... missing characters in a hole of unknown length.
        same: log10 scores [1][admissible characters] of what other places of the same glyph say of a hole's one cell.
        home: like ``cells``, of as many, what the places of the document say (home.py); it is halved with them.
    """

    cells: Mapping[int, Floats] = field(default_factory=dict)
    lengths: Mapping[int, Floats] = field(default_factory=dict)
    same: Mapping[int, Floats] = field(default_factory=dict)
    home: Mapping[int, Floats] = field(default_factory=dict)

    def weighed(self) -> Told:
        """Return what is heard when fillings are weighed against each other."""
        cells, home = ({element: rows * SHARE for element, rows in one.items()} for one in (self.cells, self.home))
        return Told(cells, self.lengths, self.same, home)

    def of(self, element: int) -> Floats:
        """Return the scores of the characters of a hole, without rows where nothing is said."""
        said = [one[element] for one in (self.cells, self.same, self.home) if element in one]
        return sum(said[1:], start=said[0]) if said else _NOTHING

    def hears(self, element: int) -> bool:
        """Tell whether the neural witness spoke of a hole."""
        return element in self.cells and bool(self.cells[element].any())


SILENCE = Told()


def of_glyphs(parts: Sequence[Part], same: Mapping[int, Floats]) -> dict[int, Floats]:
    """Return by element what is said of the one-character holes of a piece, from scores by their offset."""
    return {
        element: same[part.start][None]
        for element, part in enumerate(parts)
        if isinstance(part, Hole) and part.end == part.start + 1 == part.start + part.most and part.start in same
    }
