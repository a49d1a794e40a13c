"""Glyphs of a text layer whose identity is known, and what the order of a font says of those that lost their character.

Fonts that are subset in code order keep a glyph between the codes of its known neighbours.
"""

from __future__ import annotations

import bisect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.damage.hypotheses import ORDERS
from pipeline.holes import Hole, Part

ORDERED_SHARE = 0.95
LEAST_ORDERED = 15
"""Glyphs of a font that must be known, and share of them in ascending order, before their order says anything."""


@dataclass(frozen=True, slots=True)
class NamedGlyph:
    """The glyph of a character of the text: font, its number in the font and what it is (□ where that is lost)."""

    font: str
    number: int
    text: str


def glyph_of(identity: str, text: str) -> NamedGlyph | None:
    """Return the glyph of an identity ``font/number``; None without one."""
    font, _, number = identity.rpartition("/")
    return NamedGlyph(font, int(number), text) if font and number.isdigit() else None


def split_holes(parts: Sequence[Part], glyphs: dict[int, NamedGlyph]) -> list[Part]:
    """Cut exact holes so that every lost character with a glyph is a hole of its own; *glyphs* by offset."""
    result: list[Part] = []
    for part in parts:
        if not isinstance(part, Hole) or part.kind != "exact" or part.end - part.start != part.most:
            result.append(part)
            continue
        start = part.start
        for at in range(part.start, part.end):
            if at in glyphs:
                if at > start:
                    result.append(Hole(start, at, at - start, at - start, "exact"))
                result.append(Hole(at, at + 1, 1, 1, "exact"))
                start = at + 1
        if part.end > start:
            result.append(Hole(start, part.end, part.end - start, part.end - start, "exact"))
    return result


class Bounds:
    """What the order of a font's glyphs says of an unknown one."""

    def __init__(self, known: Mapping[int, str]) -> None:
        """Take the characters of the font that are known, by number."""
        self._best: tuple[str, list[int], list[int]] | None = None
        for name, order in ORDERS.items():
            coded = [(number, code) for number, char in sorted(known.items()) if (code := order(char)) is not None]
            chain = _ascending([code for _, code in coded])
            if len(coded) >= LEAST_ORDERED and len(chain) >= ORDERED_SHARE * len(coded):
                numbers, codes = [coded[i][0] for i in chain], [coded[i][1] for i in chain]
                if self._best is None or len(codes) > len(self._best[2]):
                    self._best = name, numbers, codes

    def around(self, number: int) -> tuple[str, int, int] | None:
        """Return a key of ``ORDERS`` and the codes that the glyph of that number lies between; None without order."""
        if self._best is None:
            return None
        name, numbers, codes = self._best
        at = bisect.bisect(numbers, number)
        return name, codes[at - 1] if at else -1, codes[at] if at < len(codes) else sys.maxsize


def _ascending(values: Sequence[int]) -> list[int]:
    """Return the indices of a longest ascending subsequence (Fredman 1975)."""
    tails: list[int] = []
    before: list[int] = []
    ends: list[int] = []
    for index, value in enumerate(values):
        at = bisect.bisect_left(tails, value)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(value)
            ends.append(index)
        else:
            tails[at], ends[at] = value, index
    chain: list[int] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(at)
        at = before[at]
    return chain[::-1]
