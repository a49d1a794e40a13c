"""Holes to readings: builds the lattice of each paragraph and runs the native decoder over it."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.damage.hypotheses import Cut
from pipeline.detection.holes import Hole, Part
from pipeline.errors import MissingDependencyError
from pipeline.language import models
from pipeline.language.normalise import tokenise
from pipeline.settings import Settings

try:
    from pipeline.infill import _native
except ImportError as error:  # pragma: no cover - an installation without its compiled module
    raise MissingDependencyError("the native decoder is not built.", "Run `make setup`.") from error

WIDTH = 250
"""Bigram successors of a context that are tried."""

REACH = 100
"""Characters tried after any context because the rest is reached best from them."""

LONGEST_LATTICE = 500
"""Parts decoded in one piece: bounds memory, and 500 tokens hold any sentence."""

MOST_ADMISSIBLE = 2000
"""Characters that can stand in a hole, most frequent first; the rest are under 0.3 % of official text."""

ALTERNATIVES = 12
"""Candidates weighed against each supplied character."""

CACHE_STRENGTHS = (20000.0, 300.0, 30.0, 8.0, 5.0, 4.0)
"""Observations that the models outweigh in the document's own n-grams, by length of context, 0 to 5 symbols."""

SCALE = math.log(10)


@dataclass(frozen=True, slots=True)
class Character:
    """A supplied character with its chance against all others when its neighbours stand."""

    text: str
    local: float
    alternatives: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the decoder puts into a hole; no characters means that nothing is missing there."""

    hole: Hole
    characters: tuple[Character, ...]
    length_margin: float

    @property
    def text(self) -> str:
        """The supplied text."""
        return "".join(char.text for char in self.characters)


@dataclass(frozen=True, slots=True)
class _PieceReading:
    """A piece as it was read: its holes, all its symbols and how certain each of them is."""

    readings: list[Reading]
    sequence: list[int]
    certainty: list[float]


@functools.lru_cache(maxsize=4)
def _table(settings_models: str, extra: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, int]]:
    known = models.symbols(Path(settings_models))
    table = known + tuple(sorted(set(extra) - set(known)))
    return table, {symbol: index for index, symbol in enumerate(table)}


def _pieces(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Cut a long paragraph behind sentence ends, so that no piece exceeds ``LONGEST_LATTICE`` by far."""
    at = 0
    while len(parts) - at > LONGEST_LATTICE:
        stop = at + LONGEST_LATTICE
        for back in range(stop, at + LONGEST_LATTICE // 2, -1):
            part = parts[back - 1]
            if not isinstance(part, Hole) and part.symbol in "。；！？，、":
                stop = back
                break
        yield parts[at:stop]
        at = stop
    yield parts[at:]


class Infill:
    """A decoder prepared for one document: its symbols, model weights and admissible characters."""

    def __init__(self, text: str, undamaged: Sequence[str], cut: Cut | None, settings: Settings) -> None:
        seen = {token.symbol for token in tokenise(text) if token.kind == "text"}
        self._symbols, self._index = _table(str(settings.models), tuple(sorted(seen)))
        self._settings = settings
        self._decoder = _native.Decoder(models.paths(settings.models), list(self._symbols))
        columns: list[list[float]] = [[], []]
        for line in undamaged:
            ids = [self._index[t.symbol] for t in tokenise(line) if t.kind == "text"]
            if len(ids) >= 8:
                for column, scores in zip(columns, self._decoder.score(ids)[:2], strict=True):
                    column.extend(scores)
        self.weights = models.mixture_weights(columns) if columns[0] else models.DEFAULT_WEIGHTS
        self._decoder.weights(models.weight_rows(self.weights))
        frequency = models.han_frequency(settings.models)
        self._decoder.strengths(list(CACHE_STRENGTHS))
        for line in undamaged:
            ids = [self._index[t.symbol] for t in tokenise(line) if t.kind == "text"]
            self._decoder.remember(ids, [1.0] * len(ids), False)
        admissible = [char for char in frequency if cut is None or cut.loses(char)]
        admissible.sort(key=lambda char: (-frequency[char], char))
        self._admissible = [self._index[char] for char in admissible[:MOST_ADMISSIBLE]]
        self._decoder.admit(self._admissible, sorted(self._index[s] for s in seen), WIDTH, REACH, settings.jobs)

    def remember(self, text: str, weight: float) -> None:
        """Let *text*, a term or a reference, be as usual as if it stood in the document ``weight`` times."""
        ids = [self._index[t.symbol] for t in tokenise(text) if t.symbol in self._index]
        self._decoder.remember(ids, [weight] * len(ids), False)

    def decode(self, paragraphs: Sequence[Sequence[Part]]) -> list[Reading]:
        """Read the holes of all paragraphs; order and result do not depend on the number of threads.

        The document is read twice. What the first reading is sure of is remembered and helps the second: official
        text repeats itself.
        """
        pieces = [piece for parts in paragraphs for piece in _pieces(parts) if any(isinstance(p, Hole) for p in piece)]
        with ThreadPoolExecutor(self._settings.jobs) as pool:
            for first in list(pool.map(self._read, pieces)):  # the cache must not change under a running decoder
                self._decoder.remember(first.sequence, first.certainty, True)
            return [reading for second in pool.map(self._read, pieces) for reading in second.readings]

    def _read(self, parts: Sequence[Part]) -> _PieceReading:
        bests = self._decoder.decode([self._element(part) for part in parts], self._settings.beam, 20)
        path = bests[0][1]
        sequence = [symbol for symbol, _ in path]
        cells = [i for i, (_, element) in enumerate(path) if isinstance(parts[element], Hole)]
        alternatives = dict(zip(cells, self._decoder.alternatives(sequence, cells, 60), strict=True))
        margins = self._length_margins(bests)
        characters: dict[int, list[Character]] = {}
        certainty = [1.0] * len(sequence)
        for cell in cells:
            element = path[cell][1]
            character = self._character(sequence[cell], alternatives[cell])
            characters.setdefault(element, []).append(character)
            certainty[cell] = character.local * margins[element]
        readings = [
            Reading(part, tuple(characters.get(index, ())), margins.get(index, 1.0))
            for index, part in enumerate(parts)
            if isinstance(part, Hole)
        ]
        return _PieceReading(readings, sequence, certainty)

    def _element(self, part: Part) -> _native.Element:
        if not isinstance(part, Hole):
            return _native.Element(symbol=self._index[part.symbol])
        missing = [part.odds] * part.most if part.odds else []
        return _native.Element(hole=True, least=part.least, most=part.most, length_score=[0.0, *missing])

    def _character(self, symbol: int, scored: list[tuple[int, float]]) -> Character:
        top = scored[0][1]
        chances = [(self._symbols[s], math.exp((score - top) * SCALE)) for s, score in scored]
        total = sum(chance for _, chance in chances)
        ranked = tuple((char, chance / total) for char, chance in chances[:ALTERNATIVES])
        text = self._symbols[symbol]
        local = next((chance / total for char, chance in chances if char == text), 0.0)
        return Character(text, local, ranked)

    @staticmethod
    def _length_margins(bests: list[tuple[float, list[tuple[int, int]]]]) -> dict[int, float]:
        """Share of the n-best mass that agrees with the best reading on a hole's number of characters."""
        counts = []
        for score, path in bests:
            count: dict[int, int] = {}
            for _, element in path:
                count[element] = count.get(element, 0) + 1
            counts.append((math.exp((score - bests[0][0]) * SCALE), count))
        total = sum(weight for weight, _ in counts)
        best = counts[0][1]
        return {e: sum(w for w, c in counts if c.get(e, 0) == n) / total for e, n in best.items()}
