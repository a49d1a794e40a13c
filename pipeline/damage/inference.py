"""Choose the damage of a document by likelihood, and say for every line whether it obeys.

A line under a cut shows surviving characters only, so each of them is 1 / P(survive) times likelier than without
damage, while each lost character that stands there must be
an OCR invention (probability ``EXCEPTION``). A line belongs to the
damaged font when its likelihood ratio is positive; a document is under the cut with the greatest sum over its lines.
Undamaged headings therefore drop out by themselves.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.damage.hypotheses import ORDERS, Cut, GlyphSet, Side, is_han

EXCEPTION = 0.01
"""Probability of a character that should be lost, from OCR noise (the Guoluo report shows 0.2-0.5 %)."""

MIN_EVIDENCE = 40.0
"""Nats a cut must reach beyond one for each line: chance lines of whole reports reach 0.3-0.7 nats a line."""

MIN_KINDS = 60
"""Different characters a document must show before anything is said of what its font lacks."""

MIN_LOST = 0.05
"""Share of running text a cut must lose to be worth a hypothesis."""

MAX_LOST = 0.95
"""Share of running text a cut may lose at most: of less nothing could be said."""

ONSET_EVIDENCE = 3.0
"""Nats a damaged end of a line must show when its beginning is whole: a heading that runs into its paragraph."""

LONGEST_HEADING = 60
"""Characters of a line among which a whole beginning is sought."""

GAPPED_SHARE = 0.05
"""Spaces beside Han for each Han character of a line that kept its gaps; a cut that loses half leaves 0.3 and more."""

SIDES: tuple[Side, ...] = ("above", "below")

IntArray = NDArray[np.int_]
FloatArray = NDArray[np.float64]
LineKind = Literal["whole", "gapped", "collapsed"]


@dataclass(frozen=True, slots=True)
class FontRegion:
    """The lines of a document that are in one font.

    Attributes:
        font: its name in a text layer, or how it looks beside the others on page images.
        cut: what it lost, or None where nothing systematic was found.
        evidence: log likelihood ratio of that cut against "nothing systematic" over these lines, in nats.
        lines: their number.
    """

    font: str
    cut: Cut | None
    evidence: float
    lines: int


@dataclass(frozen=True, slots=True)
class DamageModel:
    """What was inferred of a document.

    Attributes:
        cut: the code cut, or None where nothing systematic was found.
        evidence: log likelihood ratio against "nothing systematic", in nats.
        lost_mass: share of running Han text that the cut loses.
        lines: kind of every line.
        onsets: offset in every line from which its characters are those of the damaged font.
        rivals: the best cut of each order and side with its evidence.
        regions: the fonts of the document and what each lost (``pipeline.damage.regions``); none where fonts are not
            known.
        cuts: the cut of every line where fonts lost different things; empty where ``cut`` is that of all lines.
        glyph_set: what was lost in no order, as a first reading of the holes told (pipeline/damage/glyph_sets.py).
    """

    cut: Cut | None
    evidence: float
    lost_mass: float
    lines: tuple[LineKind, ...]
    onsets: tuple[int, ...]
    rivals: tuple[tuple[str, float], ...]
    regions: tuple[FontRegion, ...] = ()
    cuts: tuple[Cut | None, ...] = ()
    glyph_set: GlyphSet | None = None

    def cut_of(self, line: int) -> Cut | None:
        """Return what the font of a line lost."""
        return self.cuts[line] if self.cuts else self.cut


@dataclass(frozen=True, eq=False)
class _Frequency:
    """Frequencies that are the same as long as they are the same object, so that what follows from them is kept."""

    of: Mapping[str, float]

    def __hash__(self) -> int:
        return id(self.of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frequency) and self.of is other.of


@functools.lru_cache(maxsize=2 * len(ORDERS))
def _mass(name: str, frequency: _Frequency) -> tuple[IntArray, FloatArray]:
    """Return the codes of an order and the running-text mass below each: the same for every document of a run."""
    order = ORDERS[name]
    coded = sorted((code, freq) for char, freq in frequency.of.items() if (code := order(char)) is not None)
    mass = np.concatenate([[0.0], np.cumsum([freq for _, freq in coded])]) / sum(frequency.of.values())
    return np.array([code for code, _ in coded]), mass


class _Order:
    """Running-text mass in one code order, for P(lost) of any cut, and the codes of a document's lines."""

    def __init__(self, name: str, frequency: Mapping[str, float], hans: Sequence[str]) -> None:
        order = ORDERS[name]
        self.codes, self.mass = _mass(name, _Frequency(frequency))
        # A character without a code survives every cut: it stands on the side that is not lost.
        self.lines = [np.sort([c for char in han if (c := order(char)) is not None]) for han in hans]
        self.sizes = np.array([len(han) for han in hans])

    def lost(self, side: Side, cuts: IntArray) -> FloatArray:
        """Return the mass that each cut loses."""
        if side == "above":
            return np.asarray(self.mass[-1] - self.mass[np.searchsorted(self.codes, cuts, "left")])
        return np.asarray(self.mass[np.searchsorted(self.codes, cuts, "right")])

    def evidence(self, side: Side, cuts: IntArray) -> FloatArray:
        """Return the log likelihood ratio of each cut, summed over the lines that obey it rather than not, in nats.

        The same as the sum of ``_line_ratio`` where positive; cuts that lose too little or too much count -inf.
        """
        lost = self.lost(side, cuts)
        total = np.zeros(len(cuts))
        survives = -np.log1p(-np.minimum(lost, MAX_LOST))
        for codes, size in zip(self.lines, self.sizes, strict=True):
            below = np.searchsorted(codes, cuts, "left" if side == "above" else "right")
            gone = len(codes) - below if side == "above" else below
            total += np.maximum(0.0, (size - gone) * survives + gone * math.log(EXCEPTION))
        return np.where((lost >= MIN_LOST) & (lost <= MAX_LOST), total, -np.inf)

    def best(self, side: Side) -> tuple[float, int, float]:
        """Return evidence, code and lost mass of the best cut: on a grid first, then one by one around its best."""
        step = max(1, len(self.codes) // 120)
        cuts = self.codes[::step]
        at = int(np.searchsorted(self.codes, cuts[int(np.argmax(self.evidence(side, cuts)))]))
        cuts = self.codes[max(0, at - step) : at + step + 1]
        evidence = self.evidence(side, cuts)
        top = int(np.argmax(evidence))
        return float(evidence[top]), int(cuts[top]), float(self.lost(side, cuts[top : top + 1])[0])


def line_ratio(han: str, cut: Cut, lost: float) -> float:
    """Return the log likelihood ratio of a cut against no damage for a line, in nats.

    Args:
        han: its different Han characters.
        cut: the hypothesis.
        lost: share of running text that it loses.
    """
    gone = sum(cut.loses(char) for char in han)
    return (len(han) - gone) * -math.log(1 - lost) + gone * math.log(EXCEPTION)


def _onset(line: str, cut: Cut, lost: float) -> int | None:
    """Return the offset from which *line* is damaged, or None if it is whole.

    A whole beginning is believed only before a sign that ends a heading, and only when the line as a whole is less
    likely damaged than its end.
    """
    starts = [0, *(i + 1 for i, char in enumerate(line[:LONGEST_HEADING]) if char in "。：:）)*、，； ")]
    best, onset = 0.0, None
    for start in starts:
        evidence = line_ratio(different_han(line[start:]), cut, lost) - (ONSET_EVIDENCE if start else 0.0)
        if evidence > best:
            best, onset = evidence, start
    return onset


def different_han(line: str) -> str:
    """Return the Han characters of a line, each once: a repeated word is no further evidence of what a font lacks."""
    return "".join(dict.fromkeys(filter(is_han, line)))


def infer(lines: Sequence[str], frequency: Mapping[str, float]) -> DamageModel:
    """Infer the damage of a document.

    Args:
        lines: its lines.
        frequency: relative frequency of Han characters in undamaged running text.

    Returns:
        The damage model; without a cut every line is ``whole``.
    """
    whole: tuple[LineKind, ...] = tuple("whole" for _ in lines)
    nothing = (0,) * len(lines)
    hans = list(map(different_han, lines))
    if len(set().union(*hans)) < MIN_KINDS:
        return DamageModel(None, 0.0, 0.0, whole, nothing, ())
    # A line that stands there again is no further evidence: a page of a form, a notice copied for every village.
    weighed = list(dict.fromkeys(han for han in hans if len(han) >= 4))
    rivals: list[tuple[float, Cut, float]] = []
    for name in ORDERS:
        order = _Order(name, frequency, weighed)
        for side in SIDES:
            evidence, code, lost = order.best(side)
            if evidence > -math.inf:
                rivals.append((evidence, Cut(name, side, code), lost))
    rivals.sort(key=lambda rival: -rival[0])
    # Whole lines pass a weak cut by chance; only what goes beyond the same number of chance lines counts.
    if not rivals or rivals[0][0] < MIN_EVIDENCE + len(weighed):
        return DamageModel(None, rivals[0][0] if rivals else 0.0, 0.0, whole, nothing, ())
    evidence, cut, lost = rivals[0]
    kinds, onsets = kinds_of(lines, cut, lost)
    listed = tuple((str(rival[1]), round(rival[0], 1)) for rival in rivals)
    return DamageModel(cut, evidence, lost, kinds, onsets, listed)


def kinds_of(lines: Sequence[str], cut: Cut, lost: float) -> tuple[tuple[LineKind, ...], tuple[int, ...]]:
    """Return for every line whether it obeys a cut that loses the share *lost* of running text, and from where on."""
    kinds: list[LineKind] = []
    onsets: list[int] = []
    for line in lines:
        onset = _onset(line, cut, lost)
        onsets.append(onset or 0)
        if onset is None:
            kinds.append("whole")
        else:
            kinds.append("gapped" if _is_gapped(line[onset:]) else "collapsed")
    return tuple(kinds), tuple(onsets)


def _is_gapped(text: str) -> bool:
    """Tell whether a damaged line kept its gaps: spaces stand beside many of its characters."""
    words = text.split()
    gaps = sum(is_han(a[-1]) or is_han(b[0]) for a, b in itertools.pairwise(words))
    return gaps > GAPPED_SHARE * sum(map(is_han, text))
