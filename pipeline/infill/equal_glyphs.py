"""Lost characters whose glyph is known: equal glyphs of a font are one character, wherever they stand.

A text layer that lost mappings and outlines is a cipher of which most letters are known. After a first reading, one
glyph after another takes the character that all its places together like best while the others stand (iterated
conditional modes, Besag 1986), until none changes. Two facts narrow the choice: no two glyphs of a font are one
character, and fonts that are subset in code order keep a glyph between the codes of its known neighbours.
"""

from __future__ import annotations

import bisect
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.damage.hypotheses import ORDERS, is_han
from pipeline.holes import Hole, Part
from pipeline.infill.decode import Infill
from pipeline.infill.readings import CONTEXT, Reading

ROUNDS = 6
MOST_CANDIDATES = 60
MOST_PLACES = 12
"""Places of a glyph that are asked; more do not change the answer."""

ORDERED_SHARE = 0.95
LEAST_ORDERED = 15
"""Glyphs of a font that must be known, and share of them in ascending order, before their order says anything."""

_FLOOR = 1e-4
_SHOWN = 24


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


class _Bounds:
    """What the order of a font's glyphs says of an unknown one."""

    def __init__(self, known: dict[int, str]) -> None:
        self._best: tuple[str, list[int], list[int]] | None = None
        for name, order in ORDERS.items():
            coded = [(number, code) for number, char in sorted(known.items()) if (code := order(char)) is not None]
            chain = _ascending([code for _, code in coded])
            if len(coded) >= LEAST_ORDERED and len(chain) >= ORDERED_SHARE * len(coded):
                numbers, codes = [coded[i][0] for i in chain], [coded[i][1] for i in chain]
                if self._best is None or len(codes) > len(self._best[2]):
                    self._best = name, numbers, codes

    def admits(self, number: int, char: str) -> bool:
        """Tell whether *char* may be the glyph of that number."""
        if self._best is None:
            return True
        name, numbers, codes = self._best
        code = ORDERS[name](char)
        at = bisect.bisect(numbers, number)
        low, high = codes[at - 1] if at else -1, codes[at] if at < len(codes) else math.inf
        return code is not None and low < code < high

    @property
    def ordered(self) -> bool:
        """True where the font is in a known order."""
        return self._best is not None


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


class _Solver:
    """The unknown glyphs of a document, their places in its running symbols, and their candidates."""

    def __init__(
        self,
        infill: Infill,
        paragraphs: Sequence[Sequence[Part]],
        readings: Sequence[Reading],
        glyphs: dict[int, NamedGlyph],
    ) -> None:
        self._infill = infill
        self.readings = {reading.hole.start: reading for reading in readings}
        self._sequences: list[list[str]] = []
        self._places: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        self.offsets: dict[tuple[str, int], list[int]] = defaultdict(list)
        for parts in paragraphs:
            sequence: list[str] = []
            for part in parts:
                if not isinstance(part, Hole):
                    sequence.append(part.symbol)
                    continue
                reading = self.readings.get(part.start)
                text = reading.text if reading and reading.hole.end == part.end else ""
                if text and part.start in glyphs and part.end == part.start + 1:
                    key = glyphs[part.start].font, glyphs[part.start].number
                    self._places[key].append((len(self._sequences), len(sequence)))
                    self.offsets[key].append(part.start)
                sequence.extend(text)
            self._sequences.append(sequence)
        known: dict[str, dict[int, str]] = defaultdict(dict)
        for glyph in glyphs.values():
            if is_han(glyph.text):
                known[glyph.font][glyph.number] = glyph.text
        self._bounds = {font: _Bounds(known[font]) for font, _ in self._places}
        self._named = {font: set(known[font].values()) for font, _ in self._places}
        self.candidates = {key: self._candidates(key) for key in self._places}
        self.scores: dict[tuple[str, int], dict[str, float]] = {}
        self.chosen: dict[tuple[str, int], str] = {}

    def _candidates(self, key: tuple[str, int]) -> list[str]:
        """Return the likeliest characters of a glyph by the first reading, or those that its order admits."""
        font, number = key
        votes: dict[str, float] = defaultdict(float)
        fillings = [dict(self.readings[at].fillings) for at in self.offsets[key]]
        for text in {text for shares in fillings for text in shares}:
            votes[text] = sum(math.log(max(shares.get(text, 0.0), _FLOOR)) for shares in fillings)
        bounds, named = self._bounds[font], self._named[font]
        ranked = [text for text in sorted(votes, key=lambda text: (-votes[text], text)) if text not in named]
        if bounds.ordered:
            ranked = [text for text in ranked if bounds.admits(number, text)]
            fitting = [
                c for c in self._infill.common if c not in named and c not in ranked and bounds.admits(number, c)
            ]
            ranked += fitting
        return ranked[:MOST_CANDIDATES]

    def _window(self, place: tuple[int, int], char: str) -> float:
        paragraph, at = place
        sequence = self._sequences[paragraph]
        start = max(0, at - CONTEXT)
        window = [*sequence[start:at], char, *sequence[at + 1 : at + 1 + CONTEXT]]
        return sum(self._infill.log_probabilities(window)[at - start :])

    def ask(self, key: tuple[str, int]) -> bool:
        """Choose the character of a glyph anew; tell whether it changed."""
        taken = {char for (font, number), char in self.chosen.items() if font == key[0] and number != key[1]}
        free = [char for char in self.candidates[key] if char not in taken] or self.candidates[key]
        if not free:
            return False
        places = self._places[key][:MOST_PLACES]
        scores = {char: sum(self._window(place, char) for place in places) for char in free}
        best = max(free, key=lambda char: (scores[char], char))
        changed = any(self._sequences[p][at] != best for p, at in self._places[key])
        self.scores[key], self.chosen[key] = scores, best
        for paragraph, at in self._places[key]:
            self._sequences[paragraph][at] = best
        return changed

    def solve(self) -> None:
        """Ask all glyphs, those of many places first, until none changes."""
        order = sorted(self._places, key=lambda key: (-len(self._places[key]), key))
        for _ in range(ROUNDS):
            if not sum(self.ask(key) for key in order):
                break


def solve_equal_glyphs(
    infill: Infill,
    paragraphs: Sequence[Sequence[Part]],
    readings: Sequence[Reading],
    glyphs: dict[int, NamedGlyph],
) -> list[Reading]:
    """Return the readings with one character for each glyph.

    Args:
        infill: the document's decoder.
        paragraphs: their parts, cut by ``split_holes``.
        readings: of their holes.
        glyphs: glyph of every character of the text that has one, by offset.
    """
    solver = _Solver(infill, paragraphs, readings, glyphs)
    solver.solve()
    replaced: dict[int, Reading] = {}
    for key, char in solver.chosen.items():
        scores = solver.scores[key]
        top = max(scores.values())
        masses = {text: 10 ** (score - top) for text, score in scores.items()}
        total = sum(masses.values())
        ranked = sorted(((text, mass / total) for text, mass in masses.items()), key=lambda item: (-item[1], item[0]))
        share = masses[char] / total
        for at in solver.offsets[key]:
            old = solver.readings[at]
            replaced[at] = replace(
                old, text=char, fillings=tuple(ranked[:_SHOWN]), text_share=share, length_share=1.0,
                witnesses=(f"glyph:{len(solver.offsets[key])} places of one glyph",),
            )  # fmt: skip
    return [replaced.get(reading.hole.start, reading) for reading in readings]
