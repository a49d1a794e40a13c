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
    """

    names: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)

    def scores(self, draft: str, lost: str, levels: Mapping[str, float]) -> Iterator[tuple[int, str, float]]:
        """Yield positions in a draft, characters, and the log10 scores to be added to these there.

        Args:
            draft: a reading.
            lost: the same with □ for all that is supplied.
            levels: scores of the levels where a government calls itself by one.
        """
        named = set[int]()
        for form, name in self.names.items():
            score = NAME_SCORE / form.count(HOLE_ONE)
            at = lost.find(form)
            while at >= 0:
                named.update(range(at, at + len(form)))
                yield from ((at + n, name[n], score) for n, sign in enumerate(form) if sign == HOLE_ONE)
                at = lost.find(form, at + 1)
        for seat in seats(draft):
            if lost[seat] == HOLE_ONE and seat not in named:  # 青海省政府 has the level of 青海
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
    counts = Counter(draft[seat] for draft, lost in read for seat in seats(draft) if lost[seat] == HOLE_ONE)
    levels = level_scores(shares(home.levels, counts), [level for level in LEVELS if level in column])
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


def _certainty(part: Part) -> np.float32:
    """Return how much of a score counts in a hole: less where a draft tells how long it is."""
    return np.float32(1.0) if isinstance(part, Hole) and part.least == part.most else UNCOUNTED
