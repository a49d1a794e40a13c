"""What the places of a document say of its holes: its own names where they fit, what its government calls itself.

A language model prefers 上海市 to 青海省 at every place where either fits, since it has met the one oftener. Whether a
document is about the one or the other is decided once (vocabulary/whereabouts.py), so what the model's preference takes
from the right name is given back at each place. The same holds for the level: in the report of a prefecture it is 全州
and 州政府.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pipeline.holes import Hole, Part
from pipeline.infill.hearing import UNCOUNTED, Path
from pipeline.infill.lattice import cells_of
from pipeline.infill.levels import level_scores, seats, shares
from pipeline.infill.neural import Floats
from pipeline.infill.told import Told
from pipeline.language.normalise import HOLE_ONE
from pipeline.vocabulary.divisions import LEVELS

NAME_SCORE = 3.0
"""log10 by which a name of the document's own is likelier where it fits than by the models; the characters that it lost
share it. 1 and 2 restore less of the sister reports, 5 as much (docs/results.md)."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a document is at home.

    Attributes:
        names: its own, by how they look where every lost character is counted.
        levels: shares of the levels of government by the names of places; empty where none is recognised.
        heard: levels where the document's government calls itself by one, by the offset of the part that they stand in
            and their place in that, and whether they were supplied. What is drafted later joins what was before: a
            document is of one level, in however many parts it is read.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)
    heard: dict[tuple[int, int], tuple[str, bool]] = field(default_factory=dict)

    def speaks_of(self, candidates: Sequence[str]) -> bool:
        """Tell whether anything can be said where these characters can be missing: a single level is no choice."""
        return bool(self.names) or len(_levels_among(candidates)) > 1

    def seats(self, draft: str, lost: str) -> list[int]:
        """Return where a government calls itself by its level; 青海省政府 has that of 青海."""
        named = {at + n for form in self.names for at in _places(form, lost) for n in range(len(form))}
        return [seat for seat in seats(draft) if seat not in named]

    def level_scores(self, lost: Sequence[str]) -> dict[str, float]:
        """Return log10 scores of the *lost* levels by all that was heard."""
        # Of another font another level may have been supplied.
        read = Counter(level for level, supplied in self.heard.values() if supplied and level in lost)
        seen = Counter(level for level, supplied in self.heard.values() if not supplied)
        return level_scores(shares(self.levels, read, seen, lost), lost)

    def scores(self, draft: str, lost: str, levels: Mapping[str, float]) -> Iterator[tuple[int, str, float]]:
        """Yield positions in a draft, characters, and the log10 scores to be added to these there.

        Args:
            draft: a reading.
            lost: the same with □ for all that is supplied.
            levels: scores of the levels where a government calls itself by one.
        """
        for form, name in self.names.items():
            score = NAME_SCORE / form.count(HOLE_ONE)
            for at in _places(form, lost):
                yield from ((at + n, name[n], score) for n, sign in enumerate(form) if sign == HOLE_ONE)
        for seat in self.seats(draft, lost):
            if lost[seat] == HOLE_ONE:
                yield from ((seat, level, score) for level, score in levels.items())


def with_home(
    pieces: Sequence[Sequence[Part]],
    paths: Sequence[Path],
    told: Sequence[Told],
    symbols: Sequence[str],
    candidates: Sequence[str],
    home: Home,
) -> list[Told]:
    """Return what is said of each piece, its places among those who speak.

    Args:
        pieces: the document.
        paths: a draft of each.
        told: what others say of each.
        symbols: of the decoder, by number.
        candidates: its admissible characters, in its order.
        home: of the document.
    """
    column = {char: number for number, char in enumerate(candidates)}
    read = [_drafted(parts, path, symbols) for parts, path in zip(pieces, paths, strict=True)]
    lost_levels = _levels_among(candidates)
    for parts, path, (draft, lost) in zip(pieces, paths, read, strict=True) if len(lost_levels) > 1 else ():
        spans = cells_of(path, len(parts))
        for at in home.seats(draft, lost):
            element = path[at][1]
            home.heard[parts[element].start, at - spans[element][0]] = (draft[at], lost[at] == HOLE_ONE)
    levels = home.level_scores(lost_levels) if len(lost_levels) > 1 else {}
    found = []
    for parts, path, others, (draft, lost) in zip(pieces, paths, told, read, strict=True):
        spans = cells_of(path, len(parts))
        rows: dict[int, Floats] = {}
        for at, char, score in home.scores(draft, lost, levels):
            if char in column:
                element = path[at][1]
                start, end = spans[element]
                if element not in rows:
                    rows[element] = np.zeros((end - start, len(candidates)), dtype=np.float32)
                rows[element][at - start, column[char]] += score * _certainty(parts[element])
        # Of a hole that this draft reads at another length than the witness heard nothing can be added to what it said.
        heard = others.cells
        agreeing = {at: cells for at, cells in rows.items() if at not in heard or len(heard[at]) == len(cells)}
        found.append(replace(others, home=agreeing))
    return found


def _drafted(parts: Sequence[Part], path: Path, symbols: Sequence[str]) -> tuple[str, str]:
    """Return a draft of a piece, and the same with □ for all that is supplied."""
    draft = "".join(symbols[symbol] for symbol, _ in path)
    holes = [isinstance(parts[element], Hole) for _, element in path]
    return draft, "".join(HOLE_ONE if hole else char for char, hole in zip(draft, holes, strict=True))


def _levels_among(candidates: Sequence[str]) -> list[str]:
    return [level for level in LEVELS if level in candidates]


def _places(form: str, lost: str) -> Iterator[int]:
    at = lost.find(form)
    while at >= 0:
        yield at
        at = lost.find(form, at + 1)


def _certainty(part: Part) -> np.float32:
    """Return how much of a score counts in a hole: less where a draft tells how long it is."""
    return np.float32(1.0) if isinstance(part, Hole) and part.least == part.most else UNCOUNTED
