"""What of a vocabulary a damaged document shows: its damaged forms, counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.holes import Hole, Part
from pipeline.language.normalise import HOLE_ONE
from pipeline.vocabulary.neighbours import lost_beside

GAP = "◇"
"""A hole of unknown length in a damaged form."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What of a vocabulary some paragraphs show.

    Attributes:
        places: at how many places each damaged form stands.
        titles: damaged titles.
        signs: how often each sign of the damaged text stands.
        pairs: how often a sign stands behind itself; of signs for what is lost.
    """

    places: Counter[str] = field(default_factory=Counter)
    titles: list[str] = field(default_factory=list)
    signs: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)

    def count(self, form: str) -> int:
        """Return at how many places a form stands."""
        return self.places[form] if len(form) > 1 else self.signs[form]

    def by_chance(self, form: str, sign: str, loses: Callable[[str], bool]) -> float:
        """Return at how many places a form of a name would stand if no name were meant.

        Of a form that shows a single character, ordinary words are reason enough for what is lost beside it (政府 for
        □府□); else signs do not depend on each other.

        Args:
            form: damaged, lost characters written as *sign*.
            sign: □ or ◇.
            loses: whether the font lost a character.
        """
        places = self.signs.total() * self.share(form)
        seen = form.replace(sign, "")
        gone = self.signs[sign] / max(1, self.signs.total())
        beside = lost_beside(seen, loses, gone) if len(seen) == 1 else None
        if beside is None:
            return places
        again = self.pairs[sign] / max(1, self.signs[sign])  # lost behind what is lost
        usual = float(self.signs[seen])
        for share, length in zip(beside, map(len, form.split(seen)), strict=True):
            usual *= share * again ** (length - 1) if length else 1.0
        return max(places, usual)

    def share(self, form: str) -> float:
        """Return at what share of all places a form would stand if signs did not depend on each other.

        How frequent a character is in this text counts: elsewhere 开 is rarer than where all is about 公开, and every
        开□ would speak for 开州. A short text with hardly anything but names tells little for that.
        """
        cells = max(1, self.signs.total())
        return math.prod(self.signs[sign] / cells for sign in form)


def damaged_text(parts: Sequence[Part]) -> str:
    """Write a paragraph with □ for exact holes and ◇ for gaps; holes without a trace do not show."""
    pieces = []
    for part in parts:
        if not isinstance(part, Hole):
            pieces.append(part.symbol)
        elif part.kind == "exact":
            pieces.append(HOLE_ONE * part.most)
        elif part.end > part.start:
            pieces.append(GAP)
    return "".join(pieces)


def damaged_form(text: str, lost: Iterable[bool], sign: str) -> str:
    """Return *text* as it looks with its lost characters written as *sign*: □ each, ◇ a run, or nothing."""
    pieces: list[str] = []
    for char, gone in zip(text, lost, strict=True):
        if not gone:
            pieces.append(char)
        elif sign == HOLE_ONE or not pieces or pieces[-1] != GAP:
            pieces.append(sign)
    return "".join(pieces)
