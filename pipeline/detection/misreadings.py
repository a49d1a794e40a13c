"""Find misread characters: cells where a look-alike fits the line far better than what was seen.

A noisy channel (Shannon 1948; Kernighan, Church and Gale 1990): log10 P(line with the alternative) by the language
models with the context of both sides, plus log10 P(seen | alternative) by the confusions of rendered glyphs or by the
engine's own alternatives. The search is native (detection/native/misread.cc); what it finds is described here by named
signs, and weighed in decision/misread.py.

The models are asked once about every symbol of a document (``Misreadings.read``); that sets their weights, and says
how garbled the document is (detection/garble.py). Searches by shape and by sound go over it together, so that what
competes in both is weighed once, and only what is told of a cell in the end is described.
"""

from __future__ import annotations

import functools
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path

from pipeline.damage.hypotheses import is_han
from pipeline.detection import _native
from pipeline.detection.confusions import alike_by_sound, confusions
from pipeline.detection.doubts import REACH, Alternative, Doubt, Offers
from pipeline.holes import Hole, Part, pieces
from pipeline.language import models
from pipeline.language.normalise import Token

BREAK = -1
"""In a sequence of symbols: something unknown lies here."""

COMMON = 2500
"""Characters that neighbours may propose where the seen one fits so badly that the true one need not look alike."""

ANY_DOCUMENT = (0.5, 0.5)
"""Weights of the general and the genre model for a document of which nothing is known: not only reports are corrected.
(0.3, 0.7) costs other official text 0.03 of its log10 P a symbol, this costs reports 0.02 (on texts no model saw)."""

ADAPTATION = 100.0
"""Pseudo-symbols by which the weights are drawn there: a paragraph tells its genre."""

UNKNOWN = "<unk>"
UNSEEN = -6.0
"""log10 of the share of a character that no model knows."""

LONGEST = 2000
"""Parts searched in one piece: what neighbours do to each other is weighed at a cost that grows with their number."""

SHAPE, SOUND = 0, 1
"""The tables to search with: characters that look alike, and those with characters that sound alike."""

Search = tuple[int, _native.MisreadOptions]
"""A table and the limits of the search with it."""

ROUNDS = 20
"""Iterations in which the weights of the models are fitted to a document."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """A document as the models read it.

    Attributes:
        pieces: its paragraphs, long ones cut.
        symbols: their symbols by number, ``BREAK`` for holes.
        said: what the models say of them.
    """

    pieces: tuple[Sequence[Part], ...]
    symbols: tuple[list[int], ...]
    said: _native.Said

    def __len__(self) -> int:
        """Return the number of symbols and holes."""
        return sum(map(len, self.symbols))


@dataclass(frozen=True, slots=True)
class Cell:
    """A doubtful cell as a search found it: the piece it stands in, where in the text, and what was found."""

    piece: int
    start: int
    told: _native.Doubt


class Misreadings:
    """The search, prepared for one folder of models; keeps no trace of a document."""

    def __init__(self, folder: Path) -> None:
        known = models.symbols(folder)
        self._symbols = (*known, *sorted(confusions().neighbours.keys() - set(known)))
        self._index = {symbol: index for index, symbol in enumerate(self._symbols)}
        self._known = frozenset(known)
        self._native = _native.Misreader(models.paths(folder), list(self._symbols))
        self._taught: set[int] = set()
        frequency = models.han_frequency(folder)
        self._rarity = {char: log10(share) for char, share in frequency.items()}
        common = sorted(frequency, key=lambda char: (-frequency[char], char))[:COMMON]
        self._native.common([self._index[char] for char in common])
        self._folder = folder
        self._rows = models.weight_rows(folder, ANY_DOCUMENT)
        self._lock = threading.Lock()  # weights and look-alikes are the document's at hand

    def read(self, paragraphs: Sequence[Sequence[Part]]) -> Sequences:
        """Ask the models about a document: tokens and holes, as of ``holes.paragraph_parts``."""
        cut = tuple(piece for parts in paragraphs for piece in pieces(parts, LONGEST))
        unknown = self._index[UNKNOWN]
        of = self._index.get
        symbols = tuple(
            [of(part.symbol, unknown) if isinstance(part, Token) else BREAK for part in parts] for parts in cut
        )
        return Sequences(cut, symbols, self._native.read(symbols))

    def costs(self, sequences: Sequences) -> list[list[float]]:
        """Return log10 P of each symbol of each piece after its predecessors, by models of fixed weights."""
        return sequences.said.costs(self._rows)

    def search(
        self, sequences: Sequences, searches: Sequence[Search], offers: Offers | None = None
    ) -> list[list[Cell]]:
        """Return the doubtful cells that each search finds in a document, in order.

        Args:
            sequences: the document.
            searches: tables and limits.
            offers: readings of an engine.
        """
        weights = sequences.said.weights(ANY_DOCUMENT, ADAPTATION, ROUNDS)
        found: list[list[Cell]] = [[] for _ in searches]
        with self._lock:
            self._teach(set().union(*sequences.symbols))
            self._native.weights(models.weight_rows(self._folder, weights))
            for number, (parts, symbols) in enumerate(zip(sequences.pieces, sequences.symbols, strict=True)):
                offered = self._offered(parts, offers) if offers else []
                told = self._native.scan(symbols, _changeable(parts), offered, list(searches))
                for cells, doubts in zip(found, told, strict=True):
                    cells.extend(Cell(number, parts[doubt.at].start, doubt) for doubt in doubts)
        return found

    def find(
        self,
        sequences: Sequences,
        table: int = SHAPE,
        offers: Offers | None = None,
        line_ends: Iterable[int] = (),
    ) -> list[Doubt]:
        """Return the doubtful cells of a document, described; arguments as of ``search`` and ``describe``."""
        (cells,) = self.search(sequences, [(table, _native.MisreadOptions())], offers)
        return self.describe(sequences, cells, offers, line_ends)

    def describe(
        self,
        sequences: Sequences,
        cells: Sequence[Cell],
        offers: Offers | None = None,
        line_ends: Iterable[int] = (),
    ) -> list[Doubt]:
        """Return what the evidence on doubtful cells rests on.

        Args:
            sequences: the document.
            cells: what was found in it.
            offers: readings of an engine.
            line_ends: offsets at which lines end, where what follows may not belong to what came before.
        """
        if not cells:
            return []
        usage = Counter(
            trigram for symbols in sequences.symbols for trigram in zip(symbols, symbols[1:], symbols[2:], strict=False)
        )
        ends = frozenset(line_ends)
        return [
            self._described(sequences.pieces[cell.piece], sequences.symbols[cell.piece], cell, usage, ends, offers)
            for cell in cells
        ]

    def _teach(self, symbols: set[int]) -> None:
        """Tell the native search what *symbols* of a document may truly be, where it does not know yet."""
        alike = confusions().neighbours
        for symbol in symbols - self._taught - {BREAK}:
            seen = self._symbols[symbol]
            for table, others in ((SHAPE, alike[seen]), (SOUND, alike_by_sound(seen))) if seen in alike else ():
                pairs = [(self._index[char], chance) for char, chance in others if char in self._known]
                self._native.alike(table, symbol, pairs)
        self._taught |= symbols

    def _offered(self, parts: Sequence[Part], offers: Offers) -> list[tuple[int, int, float]]:
        """Return the engine's alternatives of a paragraph: position, symbol, log10 odds against the seen one."""
        offered = []
        for at, part in enumerate(parts):
            if isinstance(part, Hole) or part.start not in offers:
                continue
            chances = dict(offers[part.start])
            own = max(chances.get(part.symbol, 0.0), 1e-3)
            for char, chance in chances.items():
                if char != part.symbol and char in self._known and is_han(char) and chance > 0:
                    offered.append((at, self._index[char], log10(chance / own)))
        return offered

    def _described(
        self,
        parts: Sequence[Part],
        sequence: Sequence[int],
        cell: Cell,
        usage: Counter[tuple[int, int, int]],
        line_ends: frozenset[int],
        offers: Offers | None,
    ) -> Doubt:
        doubt, at = cell.told, cell.told.at
        alternatives = doubt.alternatives
        token = parts[at]
        assert isinstance(token, Token)

        def used(symbol: int, itself: int) -> int:
            around = [*sequence[max(0, at - 2) : at], symbol, *sequence[at + 1 : at + 3]]
            trigrams = zip(around, around[1:], around[2:], strict=False)
            return sum(max(0, usage[t] - itself) for t in trigrams if BREAK not in t)

        near = parts[max(0, at - 2) : at + 3]
        breaks = sum(isinstance(part, Hole) for part in near) + (5 - len(near))
        breaks += sum(part.end in line_ends for part in near[:-1])
        read = dict(offers[token.start]) if offers and token.start in offers else None
        return Doubt(
            start=token.start,
            seen=token.symbol,
            before=_run(reversed(parts[max(0, at - REACH) : at]))[::-1],
            behind=_run(parts[at + 1 : at + 1 + REACH]),
            alternatives=tuple(Alternative(self._symbols[a.symbol], a.gain, a.channel) for a in alternatives),
            cost=doubt.cost,
            after=doubt.after,
            window=doubt.window,
            best_window=doubt.best_window,
            seen_order=doubt.seen_order,
            best_order=doubt.best_order,
            changed_near=doubt.changed_near,
            chosen=doubt.chosen,
            seen_usage=used(sequence[at], 1),
            best_usage=used(alternatives[0].symbol, 0),
            seen_bonds=(doubt.seen_left, doubt.seen_right),
            best_bonds=(doubt.best_left, doubt.best_right),
            seen_frequency=self._rarity.get(token.symbol, UNSEEN),
            best_frequency=self._rarity.get(self._symbols[alternatives[0].symbol], UNSEEN),
            breaks=breaks,
            engine=read.get(token.symbol, 0.0) if read is not None else None,
        )


def _run(parts: Iterable[Part]) -> tuple[str, ...]:
    """Return the symbols of *parts* up to the first hole."""
    symbols = []
    for part in parts:
        if isinstance(part, Hole):
            break
        symbols.append(part.symbol)
    return tuple(symbols)


def _changeable(parts: Sequence[Part]) -> list[bool]:
    """Tell which cells may be read otherwise: Han, but not beside a hole, where only one side could speak."""
    changeable = [isinstance(part, Token) and is_han(part.symbol) for part in parts]
    for at, part in enumerate(parts):
        if isinstance(part, Hole):
            near = slice(max(0, at - 1), at + 2)
            changeable[near] = [False] * len(changeable[near])
    return changeable


@functools.lru_cache(maxsize=2)
def misreadings(folder: Path) -> Misreadings:
    """Return the search with the models of a folder."""
    return Misreadings(folder)
