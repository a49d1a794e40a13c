"""How garbled a page is: the probability that so many of its characters are misread that it should be scanned again.

Above one misread character in ten, the context that a repair goes by is itself misread, and repairs do harm. The
probability is a logistic regression over what the language models say of the text, fitted on simulated damage by
scripts/calibrate_garble.py.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.damage.hypotheses import is_han
from pipeline.detection.misreadings import Misreadings, Sequences
from pipeline.holes import Hole

CALIBRATION = Path(__file__).with_name("data") / "garble.json"

HOPELESS_SHARE = 0.1
"""Share of misread characters from which a page is worth a new scan."""

RESCAN = 0.8
"""Probability of that from which the advice is to scan again."""

SHORTEST = 80
"""Symbols that a page needs to be judged."""

_DEAR = -4.0
"""log10 P of a symbol that a model did not expect; one in twenty in right official text."""

_USUAL = frozenset("，。、；：！？“”‘’（）《》〔〕…-·%/.+0A")


@dataclass(frozen=True, slots=True)
class Garble:
    """How garbled a document is.

    Attributes:
        document: probability for the whole of it, or None where there is too little text.
        pages: the same by page number.
    """

    document: float | None
    pages: Mapping[int, float]

    @property
    def rescan(self) -> tuple[int, ...]:
        """Pages that should be scanned again rather than repaired."""
        return tuple(page for page, chance in sorted(self.pages.items()) if chance >= RESCAN)


@cache
def _coefficients() -> tuple[float, ...]:
    return tuple(json.loads(CALIBRATION.read_text(encoding="utf-8"))["coefficients"])


@dataclass(frozen=True, slots=True)
class _Sums:
    """What is known of some symbols: their number, total cost, dear ones, dear in a row, and signs that no text has."""

    symbols: int = 0
    cost: float = 0.0
    dear: int = 0
    rows: int = 0
    strange: int = 0

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(
            self.symbols + other.symbols,
            self.cost + other.cost,
            self.dear + other.dear,
            self.rows + other.rows,
            self.strange + other.strange,
        )

    def features(self) -> list[float]:
        """Constant, mean cost, shares of dear symbols, of dear ones in a row and of strange ones."""
        n = max(1, self.symbols)
        return [1.0, self.cost / n, self.dear / n, self.rows / n, self.strange / n]


def measure(
    search: Misreadings, sequences: Sequences, page_of: Mapping[int, int], aside: Container[int] = ()
) -> dict[int, _Sums]:
    """Return what the models say of each page.

    Args:
        search: holds the models.
        sequences: the document; its holes are no garble.
        page_of: page by offset; an offset that is not there is on page 1.
        aside: offsets of what is no running text.
    """
    pages: dict[int, list[float]] = {}
    for parts, costs in zip(sequences.pieces, search.costs(sequences), strict=True):
        before = False
        for part, cost in zip(parts, costs, strict=True):
            if isinstance(part, Hole) or part.start in aside:
                before = False
                continue
            sums = pages.setdefault(page_of.get(part.start, 1), [0, 0.0, 0, 0, 0])
            dear = cost < _DEAR
            sums[0] += 1
            sums[1] += max(-7.0, cost)
            sums[2] += dear
            sums[3] += dear and before
            sums[4] += not is_han(part.symbol) and part.symbol not in _USUAL
            before = dear
    return {page: _Sums(int(n), cost, int(d), int(r), int(s)) for page, (n, cost, d, r, s) in pages.items()}


def chance(sums: _Sums) -> float:
    """Return the probability that a tenth or more of these characters are misread."""
    odds = sum(weight * value for weight, value in zip(_coefficients(), sums.features(), strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def garble(search: Misreadings, sequences: Sequences, page_of: Mapping[int, int], aside: Container[int] = ()) -> Garble:
    """Judge a document and its pages; arguments as of ``measure``."""
    pages = measure(search, sequences, page_of, aside)
    whole = sum(pages.values(), _Sums())
    judged = {page: chance(sums) for page, sums in pages.items() if sums.symbols >= SHORTEST}
    return Garble(chance(whole) if whole.symbols >= SHORTEST else None, judged)
