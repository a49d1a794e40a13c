"""A second witness for the decoder: an encoder that sees the page where the n-grams see a few characters.

It never reads alone. For every cell that the n-gram decoder filled it says how likely each admissible character is,
given all that is seen for about a hundred characters on either side; the decoder adds that to its own scores and reads
once more. Other holes' first readings stand as marked drafts in what the encoder is shown, half of them at a time,
so that no cell speaks for itself. Training: scripts/train_infill, docs/training.md.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import MissingDependencyError

MODEL, CARD = "witness.onnx", "witness.json"
CELL, RUN, NEWLINE, UNKNOWN = "<cell>", "<run>", "<newline>", "<unknown>"
BATCH = 8
"""Windows that are read at a time: enough to keep a core busy."""

STRIDE = 3
"""Quarters of a window by which the next one lies further on: an eighth of a window at least lies beside every cell."""

FLOOR = -5.0
"""log10 probability below which characters are not told apart: what the encoder finds impossible may yet be right."""

STRANGE = -2.0
"""log10 of the share of lost characters, at most, that are none of those the encoder was taught."""

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document as the n-gram decoder read it.

    Attributes:
        symbols: seen and supplied, in order.
        holes: for each the number of the hole it was supplied for, -1 where it was seen.
    """

    symbols: Sequence[str]
    holes: Sequence[int]


class Witness:
    """The encoder of a models folder."""

    def __init__(self, folder: Path) -> None:
        """Load it.

        Raises:
            MissingDependencyError: there is none.
        """
        for name in (MODEL, CARD):
            if not (folder / name).is_file():
                raise MissingDependencyError(
                    f"{folder / name}: the neural witness is missing.",
                    "Use --engine ngram, or train it: docs/training.md.",
                )
        import onnxruntime  # takes longer to import than most documents need without it

        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        self.weight = float(card["weight"])
        self.length_weight = float(card["length_weight"])
        self._context = int(card["context"])
        self._index = {symbol: number for number, symbol in enumerate(card["symbols"])}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # threads take batches, so that their number cannot change a sum
        options.inter_op_num_threads = 1
        path = str(folder / MODEL)
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def speak(self, passages: Sequence[Passage], candidates: Sequence[str], threads: int) -> list[Floats]:
        """Weigh the candidates in every supplied cell.

        Args:
            passages: the document, in order; a new paragraph begins with each.
            candidates: characters that can stand in a cell.
            threads: batches read at a time; they do not change the result.

        Returns:
            For each passage [supplied cells][candidates]: log10 of how much likelier each candidate is than the one
            that was read, times the learnt weight. The reading itself gains nothing, so that no length is favoured.

        Raises:
            ValueError: a supplied symbol is no candidate.
        """
        unknown = self._index[UNKNOWN]
        shown: list[str] = []
        holes: list[int] = []
        first = 0  # hole of the passage
        for passage in passages:
            shown += [*passage.symbols, NEWLINE]
            holes += [*(hole if hole < 0 else first + hole for hole in passage.holes), -1]
            first = max(first, max(passage.holes, default=-1) + first + 1)
        ids = np.array([self._index.get(symbol, unknown) for symbol in shown], dtype=np.int64)
        numbers = np.array(holes, dtype=np.int64)
        supplied = np.flatnonzero(numbers >= 0)
        columns = np.array([self._index.get(candidate, unknown) for candidate in candidates], dtype=np.int64)
        scores = np.zeros((len(supplied), len(candidates)), dtype=np.float32)
        if len(supplied) and len(candidates):
            place = {candidate: column for column, candidate in enumerate(candidates)}
            drafts = np.array([place.get(symbol, -1) for symbol in shown], dtype=np.int64)
            if (drafts[supplied] < 0).any():
                raise ValueError("what was read must be among the candidates")
            for parity in (0, 1):
                asked = (numbers >= 0) & (numbers % 2 == parity)
                seen = np.where(asked, self._index[CELL], ids)
                drafted = ((numbers >= 0) & ~asked).astype(np.int64)
                for places, logits in self._ask("characters", seen, drafted, asked, threads, columns):
                    part = _among(logits, columns == unknown)
                    part -= np.take_along_axis(part, drafts[places][:, None], axis=1)
                    scores[np.searchsorted(supplied, places)] = part * np.float32(self.weight)
        counts = [sum(hole >= 0 for hole in passage.holes) for passage in passages]
        return np.split(scores, np.cumsum(counts)[:-1])

    def lengths(self, shown: Sequence[str], wanted: Sequence[int], threads: int) -> Floats:
        """Weigh how many characters are missing at places of a document.

        Args:
            shown: its symbols, with CELL for a missing character and RUN for a gap of unknown length.
            wanted: places of gaps, or of symbols before which something may be missing.
            threads: batches read at a time; they do not change the result.

        Returns:
            [wanted][lengths]: log10 probabilities of 0, 1 ... characters, the last for all longer gaps, times the
            learnt weight.
        """
        if not wanted:
            return np.zeros((0, 1), dtype=np.float32)
        ids = np.array([self._index.get(symbol, self._index[UNKNOWN]) for symbol in shown], dtype=np.int64)
        asked = np.zeros(len(ids), dtype=bool)
        asked[list(wanted)] = True
        found: dict[int, Floats] = {}
        for places, logits in self._ask("lengths", ids, np.zeros_like(ids), asked, threads, slice(None)):
            found.update(zip(places.tolist(), _log10(logits), strict=True))
        return np.stack([found[place] for place in wanted]) * np.float32(self.length_weight)

    def _ask(
        self,
        head: str,
        ids: Integers,
        drafted: Integers,
        asked: NDArray[np.bool_],
        threads: int,
        columns: Integers | slice,
    ) -> Iterator[tuple[Integers, Floats]]:
        """Yield places and logits [places][columns]; each is asked for in the window where it lies most central."""
        size = min(self._context, len(ids))
        step = max(1, STRIDE * size // 4)
        starts = np.unique(np.minimum(np.arange(0, len(ids), step), len(ids) - size))
        central = nearest(starts + size / 2, len(ids))
        windows = np.unique(central[asked])

        def run(first: int) -> tuple[Integers, Floats]:
            some = windows[first : first + BATCH]
            rows = starts[some][:, None] + np.arange(size)[None]
            wanted = asked[rows] & (central[rows] == some[:, None])
            feed = {"ids": ids[rows], "drafted": drafted[rows], "wanted": np.flatnonzero(wanted)}
            return rows[wanted], self._session.run([head], feed)[0][:, columns]

        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(run, range(0, len(windows), BATCH))


def nearest(centres: NDArray[np.float64], length: int) -> Integers:
    """Return for each of *length* places which of the ascending centres is nearest, of two equally near the first.

    Long documents have thousands of windows: a table of all places and all windows would take gigabytes.
    """
    if len(centres) == 1:
        return np.zeros(length, dtype=np.int64)
    places = np.arange(length)
    behind = np.clip(np.searchsorted(centres, places), 1, len(centres) - 1)
    return np.where(places - centres[behind - 1] <= centres[behind] - places, behind - 1, behind)


def _among(logits: Floats, strange: NDArray[np.bool_]) -> Floats:
    """Return log10 probabilities of the candidates of each row, as ``_log10``.

    Of a *strange* candidate, one that training never asked for, the encoder knows nothing: what it would say was left
    to chance. Such a candidate counts as a character of the row's mean information, and as no likelier than STRANGE.
    """
    if strange.all():
        return np.zeros(logits.shape, dtype=np.float32)
    known = _log10(logits[:, ~strange])
    scores = np.empty(logits.shape, dtype=np.float32)
    scores[:, ~strange] = known
    scores[:, strange] = np.minimum(STRANGE, (np.power(10.0, known) * known).sum(axis=1, keepdims=True))
    return scores


def _log10(logits: Floats) -> Floats:
    """Return log10 probabilities of each row, none below FLOOR."""
    values = logits.astype(np.float64)
    values -= values.max(axis=1, keepdims=True)
    values -= np.log(np.exp(values).sum(axis=1, keepdims=True))
    return np.maximum(values / math.log(10), FLOOR).astype(np.float32)


@functools.lru_cache(maxsize=2)
def witness(folder: Path) -> Witness:
    """Return the witness of a models folder; a process loads it once.

    Raises:
        MissingDependencyError: there is none.
    """
    return Witness(folder)
