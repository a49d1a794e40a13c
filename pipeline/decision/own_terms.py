"""Holes that one of the user's own terms fills: its other characters stand there, and no other term of the list fits.

Whoever lists 梨花湾镇 expects it where a text has 梨花□镇. The models do not: to them a name they never met is as good
as none, however often it is remembered. So the terms are laid over the text around every hole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.holes import Hole, Part
from pipeline.infill.readings import Reading, given

FEWEST_SEEN = {True: 2, False: 3}
"""Characters of a term that must stand there, by whether those that are missing are counted; fewer fit anywhere."""

MOST_LAID = 64
"""Ways of laying a term over holes of unknown length from one place; more tell nothing."""

_COUNTED = {"head": (0.24, 0.88, 0.92, 0.98), "middle": (0.22, 0.73, 0.78, 0.95), "tail": (0.12, 0.5, 0.5, 0.5)}
_UNCOUNTED = {"head": (0.0, 0.17, 0.45, 0.91), "middle": (0.0, 0.29, 0.4, 0.55), "tail": (0.0, 0.09, 0.06, 0.1)}
_ONE_LOST = (0.0, 0.79, 0.91, 0.97)
"""Chances that a term that fits is right, by which part of it is seen and by how many of its characters: 2, 3, 4, 5 or
more. Where the count is unknown and one of its characters is missing, the last row stands for the head. Measured by
scripts/measure_own_terms.py on 550 documents of government text that lost 10 % of their characters, each with a list of
half its own names and all those of four others: the names of the other half are what else may stand there."""


_Place = tuple[int, int]
"""A part, and how many characters of a term stand before it."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A term laid over holes.

    Attributes:
        term: its text.
        supplied: what it puts into each hole that it fills.
        seen: for each of its characters, whether it stands there.
    """

    term: str
    supplied: tuple[tuple[Hole, str], ...]
    seen: tuple[bool, ...]

    @property
    def counted(self) -> bool:
        """True where as many characters are missing as the holes say; otherwise they may hold more than the term's."""
        return all(hole.least == hole.most for hole, _ in self.supplied)

    @property
    def part(self) -> str:
        """Which part of the term stands there: its first characters tell names apart, the last ones many share."""
        half = (len(self.term) + 1) // 2
        if self.seen[0] or sum(self.seen[:half]) * 2 >= half:
            return "head"
        return "middle" if any(self.seen[:half]) else "tail"

    @property
    def chance(self) -> float:
        """Probability that the term stands there."""
        row = (_COUNTED if self.counted else _UNCOUNTED)[self.part]
        if not self.counted and self.part == "head" and self.seen.count(False) == 1:
            row = _ONE_LOST
        return row[min(sum(self.seen), 5) - 2]


class OwnTerms:
    """The user's terms, ready to be laid over text."""

    def __init__(self, terms: Iterable[str]) -> None:
        """Keep *terms*, which are in model form."""
        self._at: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._longest = 0
        for term in sorted(set(terms)):
            self._longest = max(self._longest, len(term))
            for offset, char in enumerate(term):
                self._at[offset, char].append(term)

    def fits(self, parts: Sequence[Part], loses: Callable[[Hole, str], bool]) -> Iterator[Fit]:
        """Yield the ways in which terms fit a paragraph with holes in them.

        Args:
            parts: of the paragraph.
            loses: tells whether a character can be missing at a hole.
        """
        holes = [at for at, part in enumerate(parts) if isinstance(part, Hole)]
        starts = {at for hole in holes for at in range(max(0, hole - self._longest + 1), hole + 1)}
        for start in sorted(starts):
            for term in self._beginning(parts, start):
                for ways, found in enumerate(_laid(parts, term, start, loses)):
                    if ways == MOST_LAID:
                        break
                    if found.supplied and sum(found.seen) >= FEWEST_SEEN[found.counted]:
                        yield found

    def _beginning(self, parts: Sequence[Part], start: int) -> Iterable[str]:
        """Return the terms that may begin with a part: those with the character that stands at a known distance.

        The first two characters seen belong to the term, since fewer would not do; the rarer of them tells more.
        """
        found: list[list[str]] = []
        offset = 0
        for part in parts[start : start + self._longest]:
            if len(found) == min(FEWEST_SEEN.values()):
                break
            if not isinstance(part, Hole):
                found.append(self._at.get((offset, part.symbol), []))
                offset += 1
            elif part.least == part.most:
                offset += part.least
            else:
                break
        if found:
            return min(found, key=len)
        first, behind = parts[start], parts[start + 1 : start + 2]
        if not isinstance(first, Hole) or not behind or isinstance(behind[0], Hole):
            return ()
        symbol = behind[0].symbol
        sizes = range(max(1, first.least), first.most + 1)
        return dict.fromkeys(term for size in sizes for term in self._at.get((size, symbol), ()))


def _laid(parts: Sequence[Part], term: str, start: int, loses: Callable[[Hole, str], bool]) -> Iterator[Fit]:
    """Yield the ways in which a term begins with the part *start* and ends with a part; a hole belongs to it whole."""
    lead = _leading(parts, term, start, loses)
    ways: list[tuple[_Place, tuple[tuple[Hole, str], ...], tuple[bool, ...]]] = [((start, 0), (), ())]
    while ways:
        (at, done), supplied, seen = ways.pop()
        if done == len(term):
            yield Fit(term, supplied, seen)
            continue
        part = parts[at]
        for size in _sizes(part, term, done, at > start, loses):
            if (at + 1, done + size) not in lead:
                continue
            if not isinstance(part, Hole):
                ways.append(((at + 1, done + size), supplied, (*seen, True)))
            else:
                filled = (*supplied, (part, term[done : done + size])) if size else supplied
                ways.append(((at + 1, done + size), filled, (*seen, *[False] * size)))


def _leading(parts: Sequence[Part], term: str, start: int, loses: Callable[[Hole, str], bool]) -> frozenset[_Place]:
    """Return the places from which the end of a term is reached: of ways that lead nowhere there may be millions."""
    before: dict[_Place, list[_Place]] = {(start, 0): []}
    reached = [(start, 0)]
    for place in reached:  # grows
        at, done = place
        if done == len(term) or at == len(parts):
            continue
        for size in _sizes(parts[at], term, done, at > start, loses):
            following = at + 1, done + size
            if following not in before:
                before[following] = []
                reached.append(following)
            before[following].append(place)
    waiting = [place for place in reached if place[1] == len(term)]
    lead = set(waiting)
    while waiting:
        for place in before[waiting.pop()]:
            if place not in lead:
                lead.add(place)
                waiting.append(place)
    return frozenset(lead)


def _sizes(part: Part, term: str, done: int, inside: bool, loses: Callable[[Hole, str], bool]) -> Iterator[int]:
    """Yield how many characters of a term, from *done* on, a part may be; none only *inside* of the term."""
    if not isinstance(part, Hole):
        if part.symbol == term[done]:
            yield 1
        return
    for size in range(min(part.most, len(term) - done) + 1):
        if size and not loses(part, term[done + size - 1]):
            return
        if size >= part.least and (size or inside):
            yield size


def decisive(ways: Sequence[tuple[Fit, str]]) -> tuple[Fit, str] | None:
    """Return the term that decides a hole, with what it supplies there, of all those that fit it; None where none does.

    Two terms that supply different characters decide nothing, unless more of one of them is seen.
    """
    most = max(sum(fit.seen) for fit, _ in ways)
    best = [(fit, text) for fit, text in ways if sum(fit.seen) == most]
    return None if len({text for _, text in best}) > 1 else max(best, key=lambda way: way[0].chance)


def with_own_terms(
    paragraphs: Sequence[Sequence[Part]],
    readings: Sequence[Reading],
    terms: Iterable[str],
    loses: Callable[[Hole, str], bool],
    chance_of: Callable[[Reading], float],
) -> list[Reading]:
    """Return the readings, in order of the text, with what the user's terms supply where that is likelier.

    Args:
        paragraphs: of the document.
        readings: of their holes.
        terms: of the user, in model form.
        loses: tells whether a character can be missing at a hole.
        chance_of: returns the probability of a reading without the list.
    """
    own = OwnTerms(terms)
    found: dict[tuple[int, int], list[tuple[Fit, str]]] = defaultdict(list)
    for parts in paragraphs:
        for fit in own.fits(parts, loses):
            for hole, text in fit.supplied:
                found[hole.start, hole.end].append((fit, text))
    read = {(reading.hole.start, reading.hole.end): reading for reading in readings}
    for place, ways in found.items():
        old = read.get(place)
        decided = decisive(ways)
        if decided is None or (old and chance_of(old) >= decided[0].chance):
            continue
        fit, text = decided
        hole = next(hole for hole, _ in fit.supplied if (hole.start, hole.end) == place)
        read[place] = _reading(hole, text, fit, old)
    return sorted(read.values(), key=lambda reading: (reading.hole.start, reading.hole.end))


def _reading(hole: Hole, text: str, fit: Fit, old: Reading | None) -> Reading:
    told = f"vocabulary:user:{fit.term}"
    kept = [sign for sign in old.witnesses if old.text == text and sign != told] if old else []
    return given(hole, text, fit.chance, (told, *kept), old)
