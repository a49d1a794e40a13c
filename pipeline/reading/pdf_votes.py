"""What the drawings of each unnamed glyph of a PDF were read as: votes over its pages, and over its portions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pipeline.document import Cell, Line, Page

_BOXES = frozenset("□口回日目囗〇○◯■▯▢☐☒?")


class Votes:
    """Weights of readings by the identity of the glyph."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def add(self, identity: str, text: str, weight: float) -> None:
        """Count a reading of a glyph."""
        self._of[identity][text] += weight

    def merge(self, others: Mapping[str, Mapping[str, float]]) -> None:
        """Count what another part of the document was read as."""
        for identity, readings in others.items():
            for text, weight in readings.items():
                self.add(identity, text, weight)

    def counted(self) -> dict[str, dict[str, float]]:
        """Return all votes, to be kept and merged."""
        return {identity: dict(readings) for identity, readings in self._of.items() if readings}

    def total(self, identity: str) -> float:
        """Return the weight of all readings of a glyph."""
        return sum(self._of[identity].values()) if identity in self._of else 0.0

    def alternatives(self, identity: str) -> tuple[tuple[str, float], ...]:
        """Return the readings of a glyph with their shares of its votes, best first; empty where it was not read."""
        votes = self._of.get(identity, {})
        total = sum(votes.values())
        ranked = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))[:5]
        return tuple((text, count / total) for text, count in ranked)

    def placeholders(self) -> set[str]:
        """Return the glyphs that are all drawn as one box: several codes of a font are never one character."""
        by_reading: dict[tuple[str, str], list[str]] = defaultdict(list)
        for identity in self._of:
            best = self.alternatives(identity)
            if best and best[0][0] in _BOXES:
                by_reading[identity.rsplit("/", 1)[0], best[0][0]].append(identity)
        return {identity for group in by_reading.values() if len(group) >= 3 for identity in group}

    def settle(self, pages: Iterable[Page]) -> Iterator[Page]:
        """Give every cell that was read by its outline what all its drawings in the document say."""
        boxes = self.placeholders()

        def cell(old: Cell) -> Cell:
            known = self.alternatives(old.glyph) if old.glyph else ()
            if not known:
                return old
            if old.glyph in boxes:
                return replace(old, text="", alternatives=())
            return replace(old, text=known[0][0], alternatives=known)

        def line(old: Line) -> Line:
            return replace(old, cells=tuple(map(cell, old.cells)))

        return (replace(page, lines=tuple(map(line, page.lines))) for page in pages)
