"""Holes to readings: builds the lattice of each paragraph and runs the native decoder over it."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

from pipeline.damage.glyph_sets import infer_set, told_once
from pipeline.damage.hypotheses import Cut, GlyphSet, Loss
from pipeline.holes import Hole, Part
from pipeline.holes import pieces as split
from pipeline.infill import _native, pairs
from pipeline.infill.admissible import lost_by
from pipeline.infill.hearing import damaged, hear
from pipeline.infill.home import Home, with_home
from pipeline.infill.lattice import (
    ALONE,
    ALONE_EFFORT,
    DRAFT_EFFORT,
    GLYPH_EFFORT,
    LONGEST_HEARD,
    LONGEST_LATTICE,
    REACH,
    WIDTH,
    cells_of,
    known_effort,
    lattice_of,
    stretches,
    without_idle,
)
from pipeline.infill.lines import UNRULED, Ruled, Ruler
from pipeline.infill.neural import Floats, missing, witness
from pipeline.infill.readings import Reading
from pipeline.infill.taught import Taught
from pipeline.infill.told import SILENCE, Told, of_glyphs
from pipeline.infill.weighing import readings
from pipeline.language import models
from pipeline.language.normalise import tokenise
from pipeline.settings import Settings

CACHE_STRENGTHS = (1e9, 300.0, 60.0, 20.0, 8.0, 4.0)
"""Observations that the models outweigh in the document's own n-grams, by length of context, 0 to 5 symbols."""

CACHE_SHARES = (0.0, 0.3, 0.4, 0.4, 0.5, 0.5)
"""Greatest share of the document's own n-grams in a probability, by length of context."""

FEWEST_HOLES = 3
"""Holes from which a set of lost glyphs can be told."""


@functools.lru_cache(maxsize=4)
def _table(settings_models: str, extra: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, int]]:
    known = models.symbols(Path(settings_models))
    table = known + tuple(sorted(set(extra) - set(known)))
    return table, {symbol: index for index, symbol in enumerate(table)}


class Infill:
    """A decoder prepared for one document: symbols, weights, what can be missing; *listens* if it hears the witness."""

    def __init__(
        self,
        text: str,
        undamaged: Sequence[str],
        cut: Cut | None,
        settings: Settings,
        remembered: Sequence[tuple[str, float]] = (),
        taught: Sequence[str] = (),
    ) -> None:
        """Load the models and prepare them.

        Args:
            text: the document.
            undamaged: its whole lines.
            cut: what its font lost, if that is known.
            settings: the run's settings.
            remembered: names and references, each with how often it shall count as standing in the document.
            taught: of what is remembered, what the user listed or decided.
        """
        # Single characters too: a passage cut out of the document may part a number.
        seen = {token.symbol for part in (text, *set(text)) for token in tokenise(part) if token.kind == "text"}
        told = {token.symbol for other, _ in remembered for token in tokenise(other) if token.kind == "text"}
        self._symbols, self._index = _table(str(settings.models), tuple(sorted(seen | told)))
        self._settings = settings
        self.listens = settings.engine == "both" or (settings.engine == "auto" and not missing(settings.models))
        self._decoder = _native.Decoder(models.paths(settings.models), list(self._symbols))
        self._decoder.know(pairs.listed(settings.models))
        columns: list[list[float]] = [[], []]
        for line in undamaged:
            ids = [self._index[t.symbol] for t in tokenise(line) if t.kind == "text"]
            if len(ids) >= 8:
                for column, scores in zip(columns, self._decoder.score(ids)[:2], strict=True):
                    column.extend(scores)
        self.weights = models.mixture_weights(columns) if columns[0] else models.DEFAULT_WEIGHTS
        self._decoder.weights(models.weight_rows(settings.models, self.weights))
        self._decoder.strengths(list(CACHE_STRENGTHS), list(CACHE_SHARES))
        self._told = told
        self._home: Home | None = None
        self._taught = Taught(map(self._known, taught if self.listens else ()), self._probabilities)
        self._ruler = Ruler(text)
        self._seen = sorted(self._index[symbol] for symbol in seen)
        self._loss: Loss | None = cut
        self._admissible = self._lost_by(cut)
        self.remember([*((line, 1.0) for line in undamaged), *remembered])

    def limit(self, loss: Loss | None) -> None:
        """From now on fill holes with what another font lost."""
        if loss != self._loss:
            self._loss = loss
            self._admissible = self._lost_by(loss)
            self._admit()

    def _known(self, text: str) -> list[str]:
        """Return the symbols of a text that the decoder has numbers for."""
        return [token.symbol for token in tokenise(text) if token.symbol in self._index]

    def _probabilities(self, known: Sequence[str]) -> list[float]:
        """Return of each symbol its log10 probability, by the model that holds it for likelier."""
        general, genre = self._decoder.score([self._index[symbol] for symbol in known])[:2]
        return list(map(max, general, genre))[: len(known)]  # without what ends a text

    def _admit(self) -> None:
        self._decoder.admit(self._admissible, self._seen, WIDTH, REACH, self._settings.jobs)

    def _lost_by(self, loss: Loss | None) -> list[int]:
        return [self._index[char] for char in lost_by(loss, self._told, self._settings.models)]

    def lost_set(self, paragraphs: Sequence[Sequence[Part]]) -> GlyphSet | None:
        """Tell by a quick reading whether the holes of paragraphs are those of a set of lost glyphs.

        Paragraphs without holes do not count: headings are often in another font.
        """
        prepared = zip(*self._prepared(paragraphs), strict=True)
        holed = [(parts, ruled) for parts, ruled in prepared if damaged(parts)]
        if sum(isinstance(part, Hole) for parts, _ in holed for part in parts) < FEWEST_HOLES:
            return None
        paths = self._draft([parts for parts, _ in holed], [ruled for _, ruled in holed], [SILENCE] * len(holed))
        reads = (
            [(self._symbols[symbol], isinstance(parts[element], Hole)) for symbol, element in path]
            for (parts, _), path in zip(holed, paths, strict=True)
        )
        return infer_set(*told_once(reads))

    def settle(self, home: Home | None) -> None:
        """From now on let a document's own places speak; None where they are not known."""
        self._home = home

    @property
    def common(self) -> list[str]:
        """The characters that can be missing, most frequent first."""
        return [self._symbols[index] for index in self._admissible]

    def remember(self, passages: Sequence[tuple[str, float]]) -> None:
        """Let each text be as usual as if it stood in the document as often as its weight says."""
        for passage, weight in passages:
            ids = [self._index[symbol] for symbol in self._known(passage)]
            self._decoder.remember(ids, [weight] * len(ids), False)
        self._admit()

    def likelihood(self, parts: Sequence[Part], best: int = 1) -> float:
        """Return log10 of the probability of a passage, summed over the *best* readings of its holes."""
        lattice = lattice_of(parts, SILENCE, UNRULED, self._index)
        scores = [score for score, _ in self._decoder.decode(lattice, known_effort(self._settings.beam), best)]
        return scores[0] + math.log10(sum(10.0 ** (score - scores[0]) for score in scores))

    def decode(
        self, paragraphs: Sequence[Sequence[Part]], same: Mapping[int, Floats] = MappingProxyType({})
    ) -> list[Reading]:
        """Read the holes of all paragraphs and return those that are filled.

        Order and result do not depend on the number of threads.

        Args:
            paragraphs: their parts.
            same: log10 scores of the characters of ``common`` in holes of one character, by offset.
        """
        everything, ruled = self._prepared(paragraphs)
        readings: list[Reading] = []
        for part in stretches([len(piece) for piece in everything], LONGEST_HEARD):
            readings += self._read_all(everything[part], ruled[part], same)
        return readings

    def _read_all(
        self, pieces: Sequence[Sequence[Part]], ruled: Sequence[Ruled], same: Mapping[int, Floats]
    ) -> list[Reading]:
        told = [Told(same=of_glyphs(piece, same)) for piece in pieces]
        if self.listens and any(map(damaged, pieces)):
            draft, heard = functools.partial(self._draft, pieces, ruled), witness(self._settings.models)
            told = hear(pieces, draft, told, self._symbols, self.common, heard, self._settings.jobs, self._taught)
        wanted = [one for one in zip(pieces, told, ruled, strict=True) if damaged(one[0])]
        if self._home is not None:
            for piece in pieces:
                if not damaged(piece):
                    self._home.hear_undamaged(piece)
        if wanted and self._home is not None and self._home.speaks_of(self.common):
            pieces, told, ruled = (list(column) for column in zip(*wanted, strict=True))
            paths = self._draft(pieces, ruled, told)
            told = with_home(pieces, paths, told, self._symbols, self.common, self._home)
            wanted = list(zip(pieces, told, ruled, strict=True))

        def read(piece: tuple[Sequence[Part], Told, Ruled]) -> list[Reading]:
            return readings(self._decoder, self._symbols, self._index, self._settings.beam, *piece)

        with ThreadPoolExecutor(self._settings.jobs) as pool:
            return [one for found in pool.map(read, wanted) for one in found]

    def _prepared(self, paragraphs: Sequence[Sequence[Part]]) -> tuple[list[list[Part]], list[Ruled]]:
        """Return the paragraphs in pieces of bounded length, and what the widths of lines say of each."""
        self._ruler.measure(paragraphs)
        cut = [(n == 0, piece) for parts in paragraphs for n, piece in enumerate(split(parts, LONGEST_LATTICE))]
        usual = lambda first, second: self._decoder.bigram(self._index[first], self._index[second])  # noqa: E731
        everything = [without_idle(piece, usual) for _, piece in cut]
        ruled = [self._ruler.rule(piece, begins) for piece, (begins, _) in zip(everything, cut, strict=True)]
        return everything, ruled

    def _draft(
        self,
        pieces: Sequence[Sequence[Part]],
        ruled: Sequence[Ruled],
        told: Sequence[Told],
        effort: _native.Effort = DRAFT_EFFORT,
    ) -> list[list[tuple[int, int]]]:
        """Read pieces quickly: paths of symbol and element."""

        def read(parts: Sequence[Part], told: Told, ruled: Ruled) -> list[tuple[int, int]]:
            lattice = lattice_of(parts, told, ruled, self._index)
            path: list[tuple[int, int]] = self._decoder.decode(lattice, effort, 1)[0][1]
            return path

        with ThreadPoolExecutor(self._settings.jobs) as pool:
            return list(pool.map(read, pieces, told, ruled))

    def weigh(
        self, paragraphs: Sequence[Sequence[Part]], same: Mapping[int, Floats], *, listens: bool
    ) -> dict[int, dict[str, float]]:
        """Return log10 scores of characters in the holes that *same* speaks of, each while the rest stands as drafted.

        Args:
            paragraphs: their parts.
            same: as for ``decode``; it is heard for the reading, not where a hole is weighed.
            listens: whether the neural witness is heard, where there is one.
        """
        everything, ruled = self._prepared(paragraphs)
        weighed: dict[int, dict[str, float]] = {}
        for part in stretches([len(piece) for piece in everything], LONGEST_HEARD):
            weighed.update(self._weigh_all(everything[part], ruled[part], same, listens=listens))
        return weighed

    def _weigh_all(
        self, pieces: Sequence[Sequence[Part]], ruled: Sequence[Ruled], same: Mapping[int, Floats], *, listens: bool
    ) -> Iterator[tuple[int, dict[str, float]]]:
        told = [Told(same=of_glyphs(piece, same)) for piece in pieces]
        draft = functools.partial(self._draft, pieces, ruled, effort=GLYPH_EFFORT)
        if listens and self.listens:
            heard = witness(self._settings.models)
            jobs = self._settings.jobs
            told = hear(pieces, draft, told, self._symbols, self.common, heard, jobs, self._taught, rounds=1)
        for parts, path, said, lines in zip(pieces, draft(told), told, ruled, strict=True):
            cells, wanted = cells_of(path, len(parts)), list(said.same)
            lattice = lattice_of(parts, Told(said.cells), lines, self._index)
            sequence = [symbol for symbol, _ in path]
            found = self._decoder.fillings(lattice, sequence, cells, wanted, ALONE_EFFORT, ALONE)
            for element, fillings in zip(wanted, found, strict=True):
                hole = parts[element]
                assert isinstance(hole, Hole)
                yield hole.start, {self._symbols[symbols[0]]: score for symbols, score in fillings}
