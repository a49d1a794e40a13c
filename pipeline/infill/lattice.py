"""How a paragraph becomes the lattice of the native decoder, and how much that tries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from pipeline.errors import MissingDependencyError
from pipeline.holes import Hole, Part
from pipeline.infill.lines import Ruled
from pipeline.infill.told import Told

try:
    from pipeline.infill import _native
except ImportError as error:  # pragma: no cover - an installation without its compiled module
    raise MissingDependencyError("the native decoder is not built.", "Run `make setup`.") from error

WIDTH = 400
"""Bigram successors of a symbol that are kept for trying."""

REACH = 60
"""Characters tried after any context because the rest is reached best from them."""

FILLINGS = 24
"""Fillings of a hole that are weighed against each other."""

RIVALS = 8
"""Fillings that are weighed by each model alone."""

LONGEST_LATTICE = 500
"""Parts decoded in one piece: bounds memory, and 500 tokens hold any sentence."""

LONGEST_HEARD = 6_000
"""Parts of a document that a neural witness is heard on at a time: bounds what it says, 8 kB a missing character."""

USUAL = -0.5
"""log10 probability of a successor from which nothing is sought between two symbols that show no gap, less the odds
that a gap leaves no trace."""

FILLING_EFFORT = _native.Effort(beam=24, width=150, extensions=12, growth=4, successors=30)
"""How much is tried while fillings are sought."""

UNKNOWN_BEAM = 0.36
"""Part of the beam that reads text with holes of unknown length: they are many, and each is tried at every length."""

FEW_UNKNOWN = 0.3
"""Share of holes of unknown length up to which a paragraph is read as if all were known."""

DRAFT_EFFORT = _native.Effort(beam=10, width=60, extensions=4, growth=2, successors=8)
"""How much is tried for the first reading where a neural witness is heard before the second. It takes a seventh of the
time of the second; drafts of six times the time left the result as it was (docs/training.md)."""


GLYPH_EFFORT = _native.Effort(beam=30, width=400, extensions=8, growth=4, successors=30)
"""How much is tried while places of equal glyphs are read to hear each other; chosen by hand, between a draft and the
reading that is kept, since it is done up to ten times."""

ALONE = 60
ALONE_EFFORT = _native.Effort(beam=ALONE, width=WIDTH, extensions=12, growth=2, successors=8)
"""Characters that are weighed at a place of a glyph by itself, and how much is tried for that; both chosen by hand."""


def known_effort(beam: int) -> _native.Effort:
    """Return how much is tried where the number of missing characters is known."""
    return _native.Effort(beam=beam, width=WIDTH, extensions=12, growth=4, successors=30)


def unknown_effort(beam: int) -> _native.Effort:
    """Return how much is tried where it is not: more of it changes next to nothing there and takes a third longer."""
    return _native.Effort(beam=max(1, int(beam * UNKNOWN_BEAM)), width=150, extensions=8, growth=3, successors=15)


def effort_for(parts: Sequence[Part], beam: int) -> _native.Effort:
    """Return how much is tried for a piece of a paragraph."""
    holes = [part for part in parts if isinstance(part, Hole)]
    exact = sum(hole.least != hole.most for hole in holes) <= FEW_UNKNOWN * len(holes)
    return known_effort(beam) if exact else unknown_effort(beam)


def cells_of(path: list[tuple[int, int]], elements: int) -> list[tuple[int, int]]:
    """Return for every lattice element its first position in a path and the position behind its last."""
    cells = []
    at = 0
    for element in range(elements):
        start = at
        while at < len(path) and path[at][1] == element:
            at += 1
        cells.append((start, at))
    return cells


def without_idle(parts: Sequence[Part], usual: Callable[[str, str], float]) -> list[Part]:
    """Return the parts less holes without a trace between symbols that usually follow each other: idle to try.

    Args:
        parts: of a paragraph.
        usual: log10 probability of one symbol after another.
    """

    def idle(index: int, part: Part) -> bool:
        if not isinstance(part, Hole) or part.least or part.start != part.end or not 0 < index < len(parts) - 1:
            return False
        before, behind = parts[index - 1], parts[index + 1]
        if isinstance(before, Hole) or isinstance(behind, Hole):
            return False
        return usual(before.symbol, behind.symbol) > USUAL + part.odds

    return [part for index, part in enumerate(parts) if not idle(index, part)]


def stretches(sizes: Sequence[int], longest: int) -> Iterator[slice]:
    """Yield slices of neighbours whose sizes sum up to *longest* at most; what is larger by itself stands alone."""
    first = total = 0
    for number, size in enumerate(sizes):
        if total + size > longest and number > first:
            yield slice(first, number)
            first, total = number, 0
        total += size
    if sizes:
        yield slice(first, len(sizes))


def lattice_of(
    parts: Sequence[Part], told: Told, ruled: Ruled, index: Mapping[str, int], others: Sequence[int] | None = None
) -> list[_native.Element]:
    """Build the lattice of a piece.

    Args:
        parts: of the piece.
        told: what is said of its holes.
        ruled: what the widths of its lines say.
        index: numbers of the symbols.
        others: symbols beside each hole on its line, while holes are weighed alone; None while readings are sought.
    """
    lattice = []
    for element, part in enumerate(parts):
        line_score = ruled.at_end(element) if others is None else []
        if not isinstance(part, Hole):
            lattice.append(_native.Element(symbol=index[part.symbol], line_score=line_score))
            continue
        length = np.array([0.0, *[part.odds] * part.most])
        if others is None:
            length += ruled.sought(element, part.least, part.most)
        else:
            length += ruled.weighed(element, part.most, others)
        if element in told.lengths:
            length += told.lengths[element][: part.most + 1]
        lattice.append(
            _native.Element(
                hole=True,
                least=part.least,
                most=part.most,
                length_score=length.tolist() if length.any() else [],
                line_score=line_score,
                witness=told.of(element),
            )
        )
    return lattice
