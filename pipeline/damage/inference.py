"""Choose the damage of a document by likelihood, and say for every line whether it obeys.

A line under a cut shows surviving characters only, so each of them is 1 / P(survive) times likelier than without
damage, while each lost character that stands there must be
an OCR invention (probability ``EXCEPTION``). A line belongs to the
damaged font when its likelihood ratio is positive; a document is under the cut with the greatest sum over its lines.
Undamaged headings therefore drop out by themselves.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.damage.hypotheses import ORDERS, Cut, Side, is_han

EXCEPTION = 0.01
"""Probability of a character that should be lost, from OCR noise (the Guoluo report shows 0.2-0.5 %)."""

MIN_EVIDENCE = 40.0
"""Nats a cut must reach beyond one for each line: chance lines of whole reports reach 0.3-0.7 nats a line."""

MIN_KINDS = 60
"""Different characters a document must show before anything is said of what its font lacks."""

MIN_LOST = 0.05
"""Share of running text a cut must lose to be worth a hypothesis."""

LineKind = Literal["whole", "gapped", "collapsed"]


@dataclass(frozen=True, slots=True)
class DamageModel:
    """What was inferred of a document.

    Attributes:
        cut: the code cut, or None where nothing systematic was found.
        evidence: log likelihood ratio against "nothing systematic", in nats.
        lost_mass: share of running Han text that the cut loses.
        lines: kind of every line.
        rivals: the best cut of each order and side with its evidence.
    """

    cut: Cut | None
    evidence: float
    lost_mass: float
    lines: tuple[LineKind, ...]
    rivals: tuple[tuple[str, float], ...]


class _Order:
    """Running-text mass in one code order, for P(lost) of any cut."""

    def __init__(self, name: str, frequency: Mapping[str, float]) -> None:
        coded = sorted((code, freq) for char, freq in frequency.items() if (code := ORDERS[name](char)) is not None)
        self.codes = [code for code, _ in coded]
        self.mass = [0.0, *itertools.accumulate(freq for _, freq in coded)]
        self.total = sum(frequency.values())

    def lost(self, side: Side, code: int) -> float:
        if side == "above":
            return (self.mass[-1] - self.mass[bisect.bisect_left(self.codes, code)]) / self.total
        return self.mass[bisect.bisect_right(self.codes, code)] / self.total


def _line_ratio(han: str, cut: Cut, lost: float) -> float:
    gone = sum(cut.loses(char) for char in han)
    return (len(han) - gone) * -math.log(1 - lost) + gone * math.log(EXCEPTION)


def infer(lines: Sequence[str], frequency: Mapping[str, float]) -> DamageModel:
    """Infer the damage of a document.

    Args:
        lines: its lines.
        frequency: relative frequency of Han characters in undamaged running text.

    Returns:
        The damage model; without a cut every line is ``whole``.
    """
    # Each character counts once a line: a repeated word is no further evidence of what a font lacks.
    hans = ["".join(dict.fromkeys(filter(is_han, line))) for line in lines]
    weighed = [han for han in hans if len(han) >= 4]
    rivals: list[tuple[float, Cut, float]] = []
    for name in ORDERS:
        order = _Order(name, frequency)
        step = max(1, len(order.codes) // 120)
        for side in ("above", "below"):
            best: tuple[float, Cut, float] | None = None
            grid: Sequence[int] = order.codes[::step]
            for width in (step, 1):
                for code in grid:
                    lost = order.lost(side, code)
                    if not MIN_LOST <= lost <= 0.95:
                        continue
                    cut = Cut(name, side, code)
                    evidence = sum(max(0.0, _line_ratio(han, cut, lost)) for han in weighed)
                    if best is None or evidence > best[0]:
                        best = (evidence, cut, lost)
                if best is None:
                    break
                at = bisect.bisect_left(order.codes, best[1].code)
                grid = order.codes[max(0, at - width) : at + width + 1]
            if best is not None:
                rivals.append(best)
    rivals.sort(key=lambda rival: -rival[0])
    # Whole lines pass a weak cut by chance; only what goes beyond the same number of chance lines counts.
    few = len(set().union(*hans)) < MIN_KINDS
    if few or not rivals or rivals[0][0] < MIN_EVIDENCE + len(weighed):
        whole: tuple[LineKind, ...] = tuple("whole" for _ in lines)
        return DamageModel(None, rivals[0][0] if rivals else 0.0, 0.0, whole, ())
    evidence, cut, lost = rivals[0]
    kinds: list[LineKind] = []
    for line, han in zip(lines, hans, strict=True):
        if not han or _line_ratio(han, cut, lost) <= 0:
            kinds.append("whole")
        else:
            kinds.append("gapped" if _is_gapped(line) else "collapsed")
    listed = tuple((str(rival[1]), round(rival[0], 1)) for rival in rivals)
    return DamageModel(cut, evidence, lost, tuple(kinds), listed)


def _is_gapped(line: str) -> bool:
    """A line kept its gaps when a space stands between two characters of its text."""
    words = line.split()
    return any(is_han(a[-1]) or is_han(b[0]) for a, b in itertools.pairwise(words))
