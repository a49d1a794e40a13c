"""From doubtful cells to edits: calibrated probability that a character was misread, then accept, suggest or keep.

Right text that is altered is this field's embarrassment, so a reading is accepted from ``Settings.alter`` only, a
probability far above that of holes, and never by language alone where it concerns a number, a negation or a name.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.decision.guards import UNLIKE, guarded, least_chance, likeness, name_like, of_another_script
from pipeline.decision.network import calibration, network
from pipeline.decision.words import WORD_OF_BEST, everyday_words
from pipeline.detection.confusions import confusions, likeness_of_sound
from pipeline.detection.doubts import Doubt
from pipeline.edits import Edit, Status
from pipeline.language.normalise import fold
from pipeline.vocabulary.terms import Term, Vocabulary

KIND = "misread"

MOST_ALTERNATIVES = 4


_LEAST_TERM = 3
"""Characters of a term that says something of a reading; two-character terms are everywhere."""


PRIOR_ERRORS, PRIOR_CHARACTERS = 0.3, 300
"""A document of which nothing is known yet has so many errors in so many characters."""


def terms_over(doubt: Doubt, char: str, vocabulary: Vocabulary) -> list[Term]:
    """Return the terms of the vocabulary that hold the cell when *char* stands in it."""
    window = "".join(doubt.before) + char + "".join(doubt.behind)
    at = len("".join(doubt.before))
    if not vocabulary.covers(window, at, _LEAST_TERM):
        return []  # as nearly always; to segment the window takes a hundred times as long
    return [
        term for left, right, term in vocabulary.words(window) if left <= at < right and right - left >= _LEAST_TERM
    ]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of a document says of a doubtful cell.

    Attributes:
        medium: log10 odds that its errors were typed (detection/medium.py).
        others: expected number of errors among the other doubtful cells.
        characters: length of the document.
        seen: how often the seen character stands elsewhere in it.
        best: how often the best alternative does.
    """

    medium: float
    others: float
    characters: int
    seen: int
    best: int


def surroundings(doubts: Sequence[Doubt], text: str, medium: float) -> list[Surroundings]:
    """Return what the document says of each of its doubtful cells."""
    errors = [1 / (1 + 10 ** max(-30.0, -doubt.alternatives[0].total)) for doubt in doubts]
    total = math.fsum(errors)
    usage = Counter(text)
    return [
        Surroundings(
            medium,
            max(0.0, total - own),
            len(text),
            max(0, usage[doubt.seen] - 1),
            usage[doubt.alternatives[0].text],
        )
        for doubt, own in zip(doubts, errors, strict=True)
    ]


def features(
    doubt: Doubt,
    over: Sequence[Term],
    against: Sequence[Term],
    named: bool,
    around: Surroundings,
    words: Sequence[float],
) -> list[float]:
    """Describe a doubtful cell for calibration.

    Args:
        doubt: the cell.
        over: terms that the best alternative completes.
        against: terms that the seen character stands in.
        named: the seen character is one of names.
        around: what the rest of the document says.
        words: what everyday words say (``Words.evidence``).
    """
    best = doubt.alternatives[0]
    shape = confusions().chance(doubt.seen, best.text)
    second = doubt.alternatives[1].total if len(doubt.alternatives) > 1 else -9.0
    symbols = 1 + len(doubt.behind)
    rivals = sum(10 ** (a.total - best.total) for a in doubt.alternatives)
    return [
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
        *doubt.seen_bonds,
        *doubt.best_bonds,
        doubt.seen_frequency,
        doubt.best_frequency,
        float(max((len(term.text) for term in over), default=0)),
        float(max((len(term.text) for term in against), default=0)),
        math.log10(rivals),
        float(best.channel < UNLIKE),
        float(named),
        UNLIKE if shape is None else shape,
        float(likeness_of_sound(doubt.seen, best.text)),
        around.medium,
        math.log10((around.others + PRIOR_ERRORS) / (around.characters + PRIOR_CHARACTERS)),
        math.log10(1 + around.characters),
        float(len(doubt.before)),
        float(len(doubt.behind)),
        float(doubt.seen in doubt.before or doubt.seen in doubt.behind),
        float(best.text in doubt.before or best.text in doubt.behind),
        math.log1p(around.seen),
        math.log1p(around.best),
        math.log10((around.seen + 0.1) / (around.characters + 1)) - max(-6.0, doubt.seen_frequency),
        *words,
    ]


def _signs(doubt: Doubt, terms: Sequence[Term]) -> tuple[str, ...]:
    """Name what speaks against the seen character and for the best alternative."""
    best = doubt.alternatives[0]
    signs = [
        f"improbable:{doubt.window / (1 + len(doubt.behind)):.2f}",
        f"language:{best.gain:+.2f}",
        f"{likeness(doubt)}:{doubt.seen}/{best.text}:{best.channel:+.2f}",
    ]
    if doubt.engine is not None:
        signs.append(f"engine:{doubt.engine:.3f}")
    if doubt.best_usage:
        signs.append(f"document:{best.text}:{doubt.best_usage}")
    if doubt.seen_usage:
        signs.append(f"document-against:{doubt.seen}:{doubt.seen_usage}")
    signs += [f"vocabulary:{term.category}:{term.text}" for term in terms]
    return tuple(signs)


@dataclass(frozen=True, slots=True)
class Judged:
    """A doubtful cell with what the decision rests on.

    Attributes:
        doubt: the cell.
        over: terms that the best alternative completes.
        values: the features of the calibration.
        guarded: language evidence alone may not decide it.
        least: least probability from which it may be decided, whatever the settings say.
    """

    doubt: Doubt
    over: tuple[Term, ...]
    values: tuple[float, ...]
    guarded: bool
    least: float


def judge(doubt: Doubt, vocabulary: Vocabulary, around: Surroundings) -> Judged:
    """Gather what the vocabulary and the document say of a cell."""
    over = terms_over(doubt, doubt.alternatives[0].text, vocabulary)
    against = terms_over(doubt, doubt.seen, vocabulary)
    named = name_like(doubt, vocabulary)
    best = doubt.alternatives[0].text
    words = everyday_words().evidence("".join(doubt.before), doubt.seen, best, "".join(doubt.behind))
    values = features(doubt, over, against, named, around, words)
    guard = guarded(doubt, over, named, words[WORD_OF_BEST] > 1)
    return Judged(doubt, tuple(over), tuple(values), guard, least_chance(doubt, over, words))


def decide_misread(
    text: str,
    doubts: Sequence[Doubt],
    around: Sequence[Surroundings],
    vocabulary: Vocabulary,
    *,
    accept: float,
    suggest: float | None = None,
) -> list[Edit]:
    """Return an edit for each doubtful cell that is accepted or worth a suggestion.

    Args:
        text: the document.
        doubts: what detection found in it.
        around: what the document says of each of them.
        vocabulary: terms that bear a reading out.
        accept: least probability of an accepted reading.
        suggest: least probability of a suggestion; what was measured with the calibration where it is not given.
    """
    suggest = calibration()["suggest"] if suggest is None else suggest
    judged = [judge(doubt, vocabulary, one) for doubt, one in zip(doubts, around, strict=True)]
    edits = []
    chances = network().probabilities([one.values for one in judged])
    for one, chance in zip(judged, map(float, chances), strict=True):
        doubt = one.doubt
        before = text[doubt.start : doubt.start + 1]
        if chance < suggest or fold(before) != doubt.seen or of_another_script(doubt):
            continue
        sure = chance >= max(accept, one.least) and doubt.chosen and not one.guarded
        status: Status = "accepted" if sure else "suggested"
        after = doubt.alternatives[0].text
        others = _others(doubt, chance)
        signs = (*_signs(doubt, one.over), *standing(before, chance, others))
        edits.append(Edit(doubt.start, doubt.start + 1, before, after, KIND, signs, chance, others, status))
    return edits


def _others(doubt: Doubt, chance: float) -> tuple[tuple[str, float], ...]:
    """Share what the calibration leaves among the other alternatives and the seen character."""
    top = doubt.alternatives[0].total
    masses = [10 ** (a.total - top) for a in doubt.alternatives[1:]]
    seen = 10 ** max(-30.0, -top)
    share = min(chance, max(0.0, 1 - chance) / (sum(masses) + seen))
    pairs = [(a.text, share * mass) for a, mass in zip(doubt.alternatives[1:], masses, strict=True)]
    return ranked(pairs, doubt.seen, chance)


def ranked(others: Sequence[tuple[str, float]], seen: str, chance: float) -> tuple[tuple[str, float], ...]:
    """Return the alternatives of a reading, best first: the seen character has what the reading and others leave."""
    left = max(0.0, 1 - chance - sum(share for _, share in others))
    best = sorted([*others, (seen, left)], key=lambda pair: (-pair[1], pair[0]))[:MOST_ALTERNATIVES]
    return tuple((char, round(share, 4)) for char, share in best)


def standing(before: str, chance: float, others: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """Return the sign that the seen character is likelier than the reading, which is only to be looked at."""
    kept = dict(others).get(before, 0.0)
    return (f"likelier as it stands:{before}:{kept:.2f}",) if kept > chance else ()
