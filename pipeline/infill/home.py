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
from pipeline.infill.hearing import UNCOUNTED, Path, seen_of
from pipeline.infill.lattice import cells_of
from pipeline.infill.levels import TITLE, level_scores, said_by_title, seats, shares
from pipeline.infill.neural import Floats
from pipeline.infill.told import Told
from pipeline.language.normalise import HOLE_ONE, Token
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
        titles: what each piece of its title says of the level, by where it begins.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)
    heard: dict[tuple[int, int], tuple[str, bool]] = field(default_factory=dict)
    titles: dict[int, dict[str, float]] = field(default_factory=dict)

    def hear_undamaged(self, parts: Sequence[Part]) -> None:
        """Hear a piece without holes if it is of the title.

        Where it calls a government by its level further on, that is a level which was not lost: no evidence against one
        that was, of which no undamaged line can speak.
        """
        tokens = [part for part in parts if isinstance(part, Token)]
        text = "".join(token.symbol for token in tokens)
        self._hear_title(tokens[0].start if tokens else TITLE, text, text)

    def hear_draft(self, said: _Said, draft: str, lost: str, places: Sequence[int]) -> None:
        """Hear a draft of a piece at the places where the government calls itself by its level, and as a title."""
        self.heard.update((said.place(at), (draft[at], lost[at] == HOLE_ONE)) for at in places)
        self._hear_title(said.place(0)[0] if draft else TITLE, draft, lost)

    def _hear_title(self, start: int, draft: str, lost: str) -> None:
        if start < TITLE:
            self.titles[start] = said_by_title(draft[: TITLE - start], lost)

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
        title = next((said for _, said in sorted(self.titles.items()) if said), {})
        return level_scores(shares(self.levels, read, seen, lost, title), lost)

    def named(self, lost: str) -> Iterator[tuple[int, str, float]]:
        """Yield where a name of the document's own fits a draft that has □ for all that is supplied.

        Returns:
            Positions, characters, and the log10 scores to be added to these there.
        """
        for form, name in self.names.items():
            score = NAME_SCORE / form.count(HOLE_ONE)
            for at in _places(form, lost):
                yield from ((at + n, name[n], score) for n, sign in enumerate(form) if sign == HOLE_ONE)


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
    seats_of = [home.seats(draft, lost) if len(lost_levels) > 1 else [] for draft, lost in read]
    said_of = [_Said(*of, len(candidates)) for of in zip(pieces, paths, told, strict=True)]
    for said, (draft, lost), places in zip(said_of, read, seats_of, strict=True):
        home.hear_draft(said, draft, lost, places)
    levels = home.level_scores(lost_levels) if len(lost_levels) > 1 else {}
    columns, scores = [column[level] for level in levels], list(levels.values())
    for said, (_, lost), places in zip(said_of, read, seats_of, strict=True):
        for at, char, score in home.named(lost):
            if char in column:
                said.add(at, [column[char]], [score], slice(None))
        for at in places:
            if lost[at] == HOLE_ONE:
                said.add(at, columns, scores, columns)
    return [said.told() for said in said_of]


class _Said:
    """What is said of a piece, while its places are added to it."""

    def __init__(self, parts: Sequence[Part], path: Path, others: Told, candidates: int) -> None:
        """Begin with what others say of a drafted piece, of so many candidates."""
        self._parts, self._path, self._others, self._candidates = parts, path, others, candidates
        self._spans = cells_of(path, len(parts))
        self._home: dict[int, Floats] = {}
        self._cells: dict[int, Floats] = {}

    def place(self, at: int) -> tuple[int, int]:
        """Return the offset of the part that a place of the draft stands in, and its place in that."""
        element = self._path[at][1]
        return self._parts[element].start, at - self._spans[element][0]

    def add(self, at: int, columns: Sequence[int], scores: Sequence[float], among: Sequence[int] | slice) -> None:
        """Add scores of candidates at a place of the draft; to the witness they are as likely as the best *among* some.

        It knows nothing of where a document comes from but what it read in the drafts beside: where these have 市政府
        it says so too, however sure the document is of 州. Of a hole that this draft reads at another length than the
        witness heard nothing can be added to what it said.
        """
        element = self._path[at][1]
        start, end = self._spans[element]
        heard = self._others.cells.get(element)
        if heard is not None and len(heard) != end - start:
            return
        if element not in self._home:
            self._home[element] = np.zeros((end - start, self._candidates), dtype=np.float32)
            if heard is not None:
                self._cells[element] = heard.copy()
        row = self._home[element][at - start]
        row[columns] += np.array(scores, dtype=np.float32) * _certainty(self._parts[element])
        if heard is not None:
            cells = self._cells[element][at - start]
            cells[columns] = cells[among].max()

    def told(self) -> Told:
        """Return what is said now."""
        return replace(self._others, cells={**self._others.cells, **self._cells}, home=self._home)


def _drafted(parts: Sequence[Part], path: Path, symbols: Sequence[str]) -> tuple[str, str]:
    """Return a draft of a piece, and the same with □ for all that is supplied."""
    return "".join(symbols[symbol] for symbol, _ in path), seen_of(parts, path, symbols)


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
