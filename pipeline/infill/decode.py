"""Holes to readings: builds the lattice of each paragraph and runs the native decoder over it."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.damage.glyph_sets import infer_set, told_once
from pipeline.damage.hypotheses import Cut, GlyphSet, Loss
from pipeline.holes import Hole, Part
from pipeline.holes import pieces as split
from pipeline.infill import _native, pairs
from pipeline.infill.admissible import lost_by
from pipeline.infill.hearing import SILENCE, Told, damaged, hear
from pipeline.infill.lattice import (
    DRAFT_EFFORT,
    FILLING_EFFORT,
    LONGEST_HEARD,
    LONGEST_LATTICE,
    WIDTH,
    cells_of,
    effort_for,
    known_effort,
    stretches,
    without_idle,
)
from pipeline.infill.lines import UNRULED, Ruled, Ruler
from pipeline.infill.neural import missing, witness
from pipeline.infill.readings import CONTEXT, Reading
from pipeline.language import models
from pipeline.language.normalise import tokenise
from pipeline.settings import Settings

REACH = 60
"""Characters tried after any context because the rest is reached best from them."""

FILLINGS = 24
"""Fillings of a hole that are weighed against each other."""

RIVALS = 8
"""Fillings that are weighed by each model alone."""

CACHE_STRENGTHS = (1e9, 300.0, 60.0, 20.0, 8.0, 4.0)
"""Observations that the models outweigh in the document's own n-grams, by length of context, 0 to 5 symbols."""

CACHE_SHARES = (0.0, 0.3, 0.4, 0.4, 0.5, 0.5)
"""Greatest share of the document's own n-grams in a probability, by length of context."""

SCALE = math.log(10)

FEWEST_HOLES = 3
"""Holes from which a set of lost glyphs can be told."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A filled hole before its surroundings are known; fields as in ``Reading``."""

    element: int
    text: str
    share: float
    shares: tuple[tuple[str, float], ...]
    fluency: float


_SILENCE = np.zeros((0, 0), dtype=np.float32)


@functools.lru_cache(maxsize=4)
def _table(settings_models: str, extra: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, int]]:
    known = models.symbols(Path(settings_models))
    table = known + tuple(sorted(set(extra) - set(known)))
    return table, {symbol: index for index, symbol in enumerate(table)}


class Infill:
    """A decoder prepared for one document: its symbols, model weights and admissible characters."""

    def __init__(
        self,
        text: str,
        undamaged: Sequence[str],
        cut: Cut | None,
        settings: Settings,
        remembered: Sequence[tuple[str, float]] = (),
    ) -> None:
        """Load the models and prepare them.

        Args:
            text: the document.
            undamaged: its whole lines.
            cut: what its font lost, if that is known.
            settings: the run's settings.
            remembered: names and references, each with how often it shall count as standing in the document.
        """
        seen = {token.symbol for token in tokenise(text) if token.kind == "text"}
        told = {token.symbol for other, _ in remembered for token in tokenise(other) if token.kind == "text"}
        self._symbols, self._index = _table(str(settings.models), tuple(sorted(seen | told)))
        self._settings = settings
        self._listens = settings.engine == "both" or (settings.engine == "auto" and not missing(settings.models))
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

    def log_probabilities(self, sequence: Sequence[str]) -> list[float]:
        """Return log10 of the probability of each symbol of a *sequence* after those before it, without the cache."""
        columns = self._decoder.score([self._index[symbol] for symbol in sequence])
        mixed = zip(*columns[: len(self.weights)], strict=True)
        return [math.log10(sum(w * 10**s for w, s in zip(self.weights, row, strict=True))) for row in mixed]

    @property
    def common(self) -> list[str]:
        """The characters that can be missing, most frequent first."""
        return [self._symbols[index] for index in self._admissible]

    def remember(self, passages: Sequence[tuple[str, float]]) -> None:
        """Let each text be as usual as if it stood in the document as often as its weight says."""
        for passage, weight in passages:
            ids = [self._index[t.symbol] for t in tokenise(passage) if t.symbol in self._index]
            self._decoder.remember(ids, [weight] * len(ids), False)
        self._admit()

    def likelihood(self, parts: Sequence[Part]) -> float:
        """Return log10 of the probability of a passage with the best reading of its holes."""
        lattice = self._lattice(parts, SILENCE)
        score: float = self._decoder.decode(lattice, known_effort(self._settings.beam), 1)[0][0]
        return score

    def decode(self, paragraphs: Sequence[Sequence[Part]]) -> list[Reading]:
        """Read the holes of all paragraphs and return those that are filled.

        Order and result do not depend on the number of threads.
        """
        everything, ruled = self._prepared(paragraphs)
        readings: list[Reading] = []
        for part in stretches([len(piece) for piece in everything], LONGEST_HEARD):
            readings += self._read_all(everything[part], ruled[part])
        return readings

    def _read_all(self, pieces: Sequence[Sequence[Part]], ruled: Sequence[Ruled]) -> list[Reading]:
        told = [SILENCE] * len(pieces)
        if self._listens and any(map(damaged, pieces)):
            draft, heard = functools.partial(self._draft, pieces, ruled), witness(self._settings.models)
            told = hear(pieces, draft, self._symbols, self.common, heard, self._settings.jobs)
        wanted = [one for one in zip(pieces, told, ruled, strict=True) if damaged(one[0])]
        with ThreadPoolExecutor(self._settings.jobs) as pool:
            return [reading for readings in pool.map(lambda one: self._read(*one), wanted) for reading in readings]

    def _prepared(self, paragraphs: Sequence[Sequence[Part]]) -> tuple[list[list[Part]], list[Ruled]]:
        """Return the paragraphs in pieces of bounded length, and what the widths of lines say of each."""
        self._ruler.measure(paragraphs)
        cut = [(n == 0, piece) for parts in paragraphs for n, piece in enumerate(split(parts, LONGEST_LATTICE))]
        usual = lambda first, second: self._decoder.bigram(self._index[first], self._index[second])  # noqa: E731
        everything = [without_idle(piece, usual) for _, piece in cut]
        ruled = [self._ruler.rule(piece, begins) for piece, (begins, _) in zip(everything, cut, strict=True)]
        return everything, ruled

    def _draft(
        self, pieces: Sequence[Sequence[Part]], ruled: Sequence[Ruled], told: Sequence[Told]
    ) -> list[list[tuple[int, int]]]:
        """Read pieces quickly: paths of symbol and element."""

        def read(parts: Sequence[Part], told: Told, ruled: Ruled) -> list[tuple[int, int]]:
            path: list[tuple[int, int]] = self._decoder.decode(self._lattice(parts, told, ruled), DRAFT_EFFORT, 1)[0][1]
            return path

        with ThreadPoolExecutor(self._settings.jobs) as pool:
            return list(pool.map(read, pieces, told, ruled))

    def _read(self, parts: Sequence[Part], told: Told, ruled: Ruled) -> list[Reading]:
        lattice = self._lattice(parts, told, ruled)
        path = self._decoder.decode(lattice, effort_for(parts, self._settings.beam), 1)[0][1]
        sequence = [symbol for symbol, _ in path]
        cells = cells_of(path, len(parts))
        filled = [e for e, (start, end) in enumerate(cells) if end > start and isinstance(parts[e], Hole)]
        if ruled.scores or told.cells:
            put = [(end - start) * isinstance(part, Hole) for part, (start, end) in zip(parts, cells, strict=True)]
            lattice = self._lattice(parts, told.weighed(), ruled, ruled.others(put))
        found = self._decoder.fillings(lattice, sequence, cells, filled, FILLING_EFFORT, FILLINGS)
        weighed, certainty = list[_Weighed](), dict[int, float]()  # certainty of supplied symbols, by position
        for element, fillings in zip(filled, found, strict=True):
            start, end = cells[element]
            masses = [math.exp((score - fillings[0][1]) * SCALE) for _, score in fillings]
            shares = tuple(
                ("".join(self._symbols[s] for s in symbols), mass / sum(masses))
                for (symbols, _), mass in zip(fillings, masses, strict=True)
            )
            text = "".join(self._symbols[s] for s in sequence[start:end])
            share = next((share for other, share in shares if other == text), 0.0)
            weighed.append(_Weighed(element, text, share, shares, fillings[0][1] / (len(text) + CONTEXT + 1)))
            certainty.update(dict.fromkeys(range(start, end), share))
        readings = []
        for one in weighed:
            hole = parts[one.element]
            assert isinstance(hole, Hole)
            start, end = cells[one.element]
            around = [*range(max(0, start - CONTEXT), start), *range(end, min(len(sequence), end + CONTEXT))]
            readings.append(
                Reading(
                    hole=hole,
                    text=one.text,
                    fillings=one.shares,
                    text_share=one.share,
                    length_share=sum(share for other, share in one.shares if len(other) == len(one.text)),
                    context=min((certainty[i] for i in around if i in certainty), default=1.0),
                    seen=sum(i not in certainty for i in around) / max(1, len(around)),
                    fluency=one.fluency,
                    model_shares=self._model_shares(sequence, start, end, one),
                    heard=bool(told.cells.get(one.element, _SILENCE).any()),
                )
            )
        return readings

    def _model_shares(self, sequence: Sequence[int], start: int, end: int, read: _Weighed) -> tuple[float, ...]:
        """Weigh the likeliest fillings by each model alone: what one model says by itself may be its own habit."""
        before, behind = sequence[max(0, start - CONTEXT) : start], sequence[end : end + CONTEXT]
        rivals = [text for text, _ in read.shares if text != read.text][: RIVALS - 1]
        totals: list[list[float]] = []  # [filling][model]
        for text in (read.text, *rivals):
            ids = [*before, *(self._index[char] for char in text), *behind]
            scores = self._decoder.score(ids)[:-1]  # the last row says which weights apply
            totals.append([sum(column[len(before) : len(ids)]) for column in scores])
        return tuple(
            1 / sum(math.exp(min(SCALE * (other[m] - totals[0][m]), 300.0)) for other in totals)
            for m in range(len(totals[0]))
        )

    def _lattice(
        self, parts: Sequence[Part], told: Told, ruled: Ruled = UNRULED, others: Sequence[int] | None = None
    ) -> list[_native.Element]:
        """Build the lattice; *others* are the symbols beside each hole on its line, while holes are weighed alone."""
        lattice = []
        for index, part in enumerate(parts):
            line_score = ruled.at_end(index) if others is None else []
            if not isinstance(part, Hole):
                lattice.append(_native.Element(symbol=self._index[part.symbol], line_score=line_score))
                continue
            length = np.array([0.0, *[part.odds] * part.most])
            length += ruled.sought(index, part.most) if others is None else ruled.weighed(index, part.most, others)
            if index in told.lengths:
                length += told.lengths[index][: part.most + 1]
            lattice.append(
                _native.Element(
                    hole=True,
                    least=part.least,
                    most=part.most,
                    length_score=length.tolist() if length.any() else [],
                    line_score=line_score,
                    witness=told.cells.get(index, _SILENCE),
                )
            )
        return lattice
