"""What is told of a doubtful cell: its alternatives, and what the evidence on them rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REACH = 5
"""Symbols that an n-gram sees on either side of a cell."""

Offers = Mapping[int, Sequence[tuple[str, float]]]
"""Readings of an engine with their probabilities, best first, by offset in the text."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a doubtful cell may truly be.

    Attributes:
        text: the character.
        gain: log10 P(line with it) - log10 P(line as seen).
        channel: log10 P(seen | it), the prior of a misreading included.
    """

    text: str
    gain: float
    channel: float

    @property
    def total(self) -> float:
        """Log10 odds against the seen character."""
        return self.gain + self.channel


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubtful cell and what the evidence rests on.

    Attributes:
        start: offset of the seen character in the text.
        seen: the character, in model form.
        before: up to ``REACH`` symbols before it, up to the next hole.
        behind: the same behind it.
        alternatives: best first.
        cost: log10 P of the seen character after its predecessors.
        after: the same of the symbol behind it.
        window: log10 P of the seen character and the symbols up to ``REACH`` behind it.
        best_window: the same with the best alternative.
        seen_order: length of the longest n-gram over the cell that a model knows.
        best_order: the same with the best alternative.
        changed_near: other cells nearby that are read otherwise too.
        chosen: the joint reading of its neighbourhood changes it.
        seen_usage: how often the seen trigrams of the cell stand elsewhere in the document.
        best_usage: the same with the best alternative.
        seen_bonds: how much likelier than by chance (log10) the seen character stands beside either neighbour.
        best_bonds: the same of the best alternative.
        seen_frequency: log10 of the share of the seen character in official text.
        best_frequency: the same of the best alternative.
        breaks: line ends and holes within two symbols.
        engine: the engine's probability of what it read, or None without an engine.
    """

    start: int
    seen: str
    before: tuple[str, ...]
    behind: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    cost: float
    after: float
    window: float
    best_window: float
    seen_order: int
    best_order: int
    changed_near: int
    chosen: bool
    seen_usage: int
    best_usage: int
    seen_bonds: tuple[float, float]
    best_bonds: tuple[float, float]
    seen_frequency: float
    best_frequency: float
    breaks: int
    engine: float | None = None
