"""From doubtful cells to edits: calibrated probability that a character was misread, then accept, suggest or keep.

Right text that is altered is this field's embarrassment, so a reading is accepted from ``ACCEPT`` only, a probability
far above that of holes, and never by language alone where it concerns a number, a negation or a name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.decision.policy import BEARING_OUT, NEGATIONS, NUMERALS
from pipeline.detection.misreadings import Doubt
from pipeline.edits import Edit, Status
from pipeline.language.normalise import fold
from pipeline.vocabulary.terms import Term, Vocabulary

KIND = "misread"
CALIBRATION = Path(__file__).with_name("misread.json")

_HALF_PROBABILITY = 1e-6
_LEAST_TERM = 3
"""Characters of a term that says something of a reading; two-character terms are everywhere."""


@cache
def _calibration() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    return data


def terms_over(doubt: Doubt, char: str, vocabulary: Vocabulary) -> list[Term]:
    """Return the terms of the vocabulary that hold the cell when *char* stands in it."""
    window = "".join(doubt.before) + char + "".join(doubt.behind)
    at = len("".join(doubt.before))
    return [
        term for left, right, term in vocabulary.words(window) if left <= at < right and right - left >= _LEAST_TERM
    ]


def features(doubt: Doubt, supported: bool, contradicted: bool) -> list[float]:
    """Describe a doubtful cell for calibration.

    Args:
        doubt: the cell.
        supported: the best alternative completes a term of the vocabulary.
        contradicted: the seen character stands in a term.
    """
    best = doubt.alternatives[0]
    second = doubt.alternatives[1].total if len(doubt.alternatives) > 1 else -9.0
    symbols = 1 + len(doubt.behind)
    engine = 0.0 if doubt.engine is None else 1.0
    sure = 0.0 if doubt.engine is None else math.log10((doubt.engine + 1e-3) / (1 + 1e-3 - doubt.engine))
    return [
        1.0,
        best.gain,
        min(best.gain, 6.0),
        best.channel,
        max(0.0, min(4.0, best.total - max(0.0, second))),
        min(0.0, best.total),
        doubt.window / symbols,
        doubt.best_window / symbols,
        max(-7.0, doubt.cost),
        max(-7.0, doubt.after),
        float(doubt.seen_order),
        float(doubt.best_order),
        float(doubt.best_order >= 4),
        math.log1p(doubt.seen_usage),
        math.log1p(doubt.best_usage),
        float(doubt.seen_usage > 0),
        float(doubt.best_usage > 0),
        float(doubt.breaks),
        float(doubt.changed_near),
        float(doubt.chosen),
        float(doubt.cost < -6.5),
        float(supported),
        float(contradicted),
        engine,
        sure,
    ]


def probability(values: Sequence[float]) -> float:
    """Return the probability that the best alternative of a cell with these features is right."""
    odds = sum(weight * value for weight, value in zip(_calibration()["coefficients"], values, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def _signs(doubt: Doubt, terms: Sequence[Term]) -> tuple[str, ...]:
    """Name what speaks against the seen character and for the best alternative."""
    best = doubt.alternatives[0]
    signs = [
        f"improbable:{doubt.window / (1 + len(doubt.behind)):.2f}",
        f"language:{best.gain:+.2f}",
        f"look-alike:{doubt.seen}/{best.text}:{best.channel:+.2f}",
    ]
    if doubt.engine is not None:
        signs.append(f"engine:{doubt.engine:.3f}")
    if doubt.best_usage:
        signs.append(f"document:{best.text}:{doubt.best_usage}")
    if doubt.seen_usage:
        signs.append(f"document-against:{doubt.seen}:{doubt.seen_usage}")
    signs += [f"vocabulary:{term.category}:{term.text}" for term in terms]
    return tuple(signs)


def guarded(doubt: Doubt, signs: Sequence[str]) -> bool:
    """Tell whether language evidence may not decide the cell: a number or a negation, outside set terms."""
    both = {doubt.seen, doubt.alternatives[0].text}
    return bool(both & (NUMERALS | NEGATIONS)) and not any(sign.startswith(BEARING_OUT) for sign in signs)


def decide_misread(
    text: str, doubts: Sequence[Doubt], vocabulary: Vocabulary, accept: float | None = None, suggest: float | None = None
) -> list[Edit]:
    """Return an edit for each doubtful cell that is accepted or worth a suggestion.

    Args:
        text: the document.
        doubts: what detection found in it.
        vocabulary: terms that bear a reading out.
        accept: least probability of an accepted reading; the calibrated one where it is not given.
        suggest: least probability of a suggestion.
    """
    limits = _calibration()
    accept = limits["accept"] if accept is None else accept
    suggest = limits["suggest"] if suggest is None else suggest
    edits = []
    for doubt in doubts:
        best = doubt.alternatives[0]
        terms = terms_over(doubt, best.text, vocabulary)
        against = terms_over(doubt, doubt.seen, vocabulary)
        chance = probability(features(doubt, bool(terms), bool(against)))
        if chance < suggest:
            continue
        signs = _signs(doubt, terms)
        status: Status = "accepted" if chance >= accept and doubt.chosen and not guarded(doubt, signs) else "suggested"
        before = text[doubt.start : doubt.start + 1]
        if fold(before) != doubt.seen:
            continue
        others = _shares(doubt, chance)
        edits.append(
            Edit(doubt.start, doubt.start + 1, before, best.text, KIND, signs, chance, others[1:], status)
        )
    return edits


def _shares(doubt: Doubt, chance: float) -> tuple[tuple[str, float], ...]:
    """Share what the calibration says among the alternatives and the seen character."""
    top = doubt.alternatives[0].total
    masses = [10 ** (a.total - top) for a in doubt.alternatives]
    rest = max(0.0, 1 - chance)
    others = sum(masses[1:]) + 10 ** -max(0.0, top)
    shares = [(doubt.alternatives[0].text, chance)]
    shares += [(a.text, round(rest * m / others, 4)) for a, m in zip(doubt.alternatives[1:5], masses[1:5], strict=False)]
    return tuple(shares)
