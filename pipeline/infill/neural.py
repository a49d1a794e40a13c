"""A second witness for the decoder: an encoder that sees the page where the n-grams see a few characters.

It never reads alone. For every cell that the n-gram decoder filled it says how likely each admissible character is,
given all that is seen for about a hundred characters on either side; the decoder adds that to its own scores and reads
once more. Other holes' first readings stand as marked drafts in what the encoder is shown, half of them at a time,
so that no cell speaks for itself; it is asked twice, with other halves. Training: scripts/train_infill,
docs/training.md.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import json
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import MissingDependencyError

MODEL, CARD = "witness.onnx", "witness.json"
CELL, RUN, NEWLINE, UNKNOWN = "<cell>", "<run>", "<newline>", "<unknown>"
STRIDE = 3
"""Quarters of a window by which the next one lies further on: an eighth of a window at least lies beside every cell."""

HEARINGS = 2
"""How often each cell is asked for, each time with other holes empty around it; the mean counts. Two gave 0.4 points
on four reports for a twentieth of the time, on written documents none (docs/training.md); a third one, all holes empty,
or other parts than halves gave no more."""

FLOOR = -3.0
"""log10 probability below which characters are not told apart: what the encoder finds impossible may yet be right. At
-5 held-out documents were restored as well, but names that only the user's profile knew were spoken against."""

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
        if lack := missing(folder):
            raise MissingDependencyError(f"{folder}: {lack}", "Use --engine ngram, or train it: docs/training.md.")
        import onnxruntime  # takes longer to import than most documents need without it

        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        self.weight = float(card["weight"])
        self.length_weight = float(card["length_weight"])
        self._context = int(card["context"])
        self._index = {symbol: number for number, symbol in enumerate(card["symbols"])}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # threads take windows, so that their number cannot change a sum
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # plans of memory for every size of window that is met
        path = str(folder / MODEL)
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def speak(self, passages: Sequence[Passage], candidates: Sequence[str], threads: int) -> list[Floats]:
        """Weigh the candidates in every supplied cell.

        Args:
            passages: the document, in order; a new paragraph begins with each.
            candidates: characters that can stand in a cell.
            threads: windows read at a time; they do not change the result.

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
            hearings = HEARINGS if numbers.max() > 0 else 1  # around a single hole there is nothing else to show
            for bit, half in itertools.product(range(hearings), (0, 1)):
                asked = (numbers >= 0) & ((numbers >> bit) % 2 == half)
                seen = np.where(asked, self._index[CELL], ids)
                drafted = ((numbers >= 0) & ~asked).astype(np.int64)

                def weigh(places: Integers, logits: Floats) -> None:
                    part = _among(logits[:, columns], columns == unknown)
                    part -= np.take_along_axis(part, drafts[places][:, None], axis=1)
                    part *= np.float32(self.weight / hearings)
                    scores[np.searchsorted(supplied, places)] += part

                self._ask("characters", seen, drafted, asked, threads, weigh)
        counts = [sum(hole >= 0 for hole in passage.holes) for passage in passages]
        return np.split(scores, np.cumsum(counts)[:-1])

    def lengths(self, shown: Sequence[str], wanted: Sequence[int], threads: int) -> Floats:
        """Weigh how many characters are missing at places of a document.

        Args:
            shown: its symbols, with CELL for a missing character and RUN for a gap of unknown length.
            wanted: places of gaps, or of symbols before which something may be missing.
            threads: windows read at a time; they do not change the result.

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

        def note(places: Integers, logits: Floats) -> None:
            found.update(zip(places.tolist(), _log10(logits), strict=True))

        self._ask("lengths", ids, np.zeros_like(ids), asked, threads, note)
        return np.stack([found[place] for place in wanted]) * np.float32(self.length_weight)

    def _ask(
        self,
        head: str,
        ids: Integers,
        drafted: Integers,
        asked: NDArray[np.bool_],
        threads: int,
        take: Callable[[Integers, Floats], None],
    ) -> None:
        """Give *take* places and their logits; each is asked for in the window where it lies most central.

        It is called by all threads, each place once: what they are told never lies in memory as a whole.
        """
        size = min(self._context, len(ids))
        step = max(1, STRIDE * size // 4)
        starts = np.unique(np.minimum(np.arange(0, len(ids), step), len(ids) - size))
        central = nearest(starts + size / 2, len(ids))
        windows = np.unique(central[asked])

        def run(window: int) -> None:
            # One by one: eight at a time took longer, and with four threads 120 MB more.
            rows = np.arange(starts[window], starts[window] + size)
            wanted = np.flatnonzero(asked[rows] & (central[rows] == window))
            feed = {"ids": ids[rows][None], "drafted": drafted[rows][None], "wanted": wanted}
            take(rows[wanted], self._session.run([head], feed)[0])

        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(run, windows.tolist()):
                pass  # errors are raised here


def missing(folder: Path) -> str:
    """Return what a models folder lacks for the witness to be heard, a sentence; empty where it lacks nothing."""
    for name in (MODEL, CARD):
        if not (folder / name).is_file():
            return f"{name}, the neural witness, is missing."
    return "" if importlib.util.find_spec("onnxruntime") else "onnxruntime, which runs the neural witness, is missing."


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
    values: Floats = logits - logits.max(axis=1, keepdims=True)
    values -= np.log(np.exp(values).sum(axis=1, keepdims=True))
    values /= np.float32(math.log(10))
    np.maximum(values, np.float32(FLOOR), out=values)
    return values


@functools.lru_cache(maxsize=2)
def witness(folder: Path) -> Witness:
    """Return the witness of a models folder; a process loads it once.

    Raises:
        MissingDependencyError: there is none.
    """
    return Witness(folder)
