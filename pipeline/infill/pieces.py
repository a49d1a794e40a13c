"""Paragraphs in pieces: a lattice of any length would take any memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.detection.holes import Hole, Part

LONGEST_LATTICE = 500
"""Parts decoded in one piece: bounds memory, and 500 tokens hold any sentence."""


def pieces(parts: Sequence[Part], longest: int = LONGEST_LATTICE) -> Iterator[Sequence[Part]]:
    """Cut a paragraph of more than *longest* parts, behind sentence ends where it has any."""
    at = 0
    while len(parts) - at > longest:
        stop = at + longest
        for back in range(stop, at + longest // 2, -1):
            part = parts[back - 1]
            if not isinstance(part, Hole) and part.symbol in "。；！？，、":
                stop = back
                break
        yield parts[at:stop]
        at = stop
    yield parts[at:]
