"""What the decoder says of a hole."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.holes import Hole

CONTEXT = 5
"""Symbols on either side whose certainty bears on a reading: the models see no further."""

SCALE = math.log(10)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the decoder puts into a hole.

    Attributes:
        hole: the place.
        text: the supplied characters.
        fillings: texts that were weighed with their shares, best first, when all around the hole stands as read.
        text_share: share of ``text`` among them.
        length_share: share of all fillings as long as ``text``.
        context: how certain the supplied characters around it are, 1 when there are none.
        seen: share of seen characters among the ``CONTEXT`` symbols on either side.
        fluency: mean log10 probability of a symbol of the reading and the symbols behind it.
        witnesses: what else speaks for it, as evidence strings (pipeline/decision/parallels.py).
        model_shares: share of ``text`` among the likeliest fillings by each language model alone.
        heard: whether the neural witness spoke of it.
        known: probability that something else than language gives it, the numbering of items
            (pipeline/decision/ordinals.py) or one of the user's terms (own_terms.py beside it); 0: nothing does.
    """

    hole: Hole
    text: str
    fillings: tuple[tuple[str, float], ...]
    text_share: float
    length_share: float
    context: float
    seen: float
    fluency: float
    witnesses: tuple[str, ...] = ()
    model_shares: tuple[float, ...] = (1.0, 1.0)
    heard: bool = False
    known: float = 0.0


def given(hole: Hole, text: str, chance: float, witnesses: tuple[str, ...], read: Reading | None) -> Reading:
    """Return the reading of a hole that something else than language gives.

    Args:
        hole: the place.
        text: what is given.
        chance: its probability; what was read of the hole shares the rest.
        witnesses: evidence strings.
        read: what the decoder made of the hole, if anything.
    """
    others = [(other, share) for other, share in (read.fillings if read else (("", 1.0),)) if other != text]
    total = sum(share for _, share in others) or 1.0
    fillings = ((text, chance), *((other, (1 - chance) * share / total) for other, share in others))
    if read is None:
        return Reading(hole, text, fillings, chance, chance, 1.0, 1.0, 0.0, witnesses, known=chance)
    return replace(read, text=text, fillings=fillings, witnesses=witnesses, known=chance)


def model_shares(
    score: Callable[[list[int]], list[list[float]]],
    sequence: Sequence[int],
    start: int,
    end: int,
    fillings: Sequence[Sequence[int]],
) -> tuple[float, ...]:
    """Weigh fillings by each language model alone: what one model says by itself may be its own habit.

    Args:
        score: log10 probabilities of a sequence of symbols by each model; a last row says which weights apply.
        sequence: symbols of the reading.
        start: first of those that stand in the hole.
        end: the one behind them.
        fillings: the one that was read, and its rivals.

    Returns:
        The share of the first filling, by model.
    """
    before, behind = sequence[max(0, start - CONTEXT) : start], sequence[end : end + CONTEXT]
    totals: list[list[float]] = []  # [filling][model]
    for filling in fillings:
        ids = [*before, *filling, *behind]
        totals.append([sum(column[len(before) : len(ids)]) for column in score(ids)[:-1]])
    return tuple(
        1 / sum(math.exp(min(SCALE * (other[m] - totals[0][m]), 300.0)) for other in totals)
        for m in range(len(totals[0]))
    )
