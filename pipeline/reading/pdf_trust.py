"""Does a text layer say what stands on the page? A layer with a garbled mapping is no Chinese under the models."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from pathlib import Path

import kenlm

from pipeline.damage.hypotheses import is_han
from pipeline.language import models
from pipeline.language.normalise import symbols

LEAST_GAIN = 0.2
"""log10 by which context must make a Han character likelier than its mere frequency does, on average.

Pages of official, legal and news text reach 1.2 to 2.1; the same pages with their characters exchanged at random, or
backwards, have -0.3 to -0.8 (60 pages of each)."""

LEAST_CHARACTERS = 40
"""Fewer Han characters in context say nothing."""

FEW_CHARACTERS = 100
"""A page of fewer characters may have too little context."""

_RAREST = 1e-6


@functools.cache
def _model(folder: Path) -> kenlm.Model:
    config = kenlm.Config()
    config.load_method = kenlm.LoadMethod.LAZY
    return kenlm.Model(models.paths(folder)[0], config)


def context_gain(passages: Sequence[str], folder: Path) -> float | None:
    """Return the mean log10 that context adds to the probability of a Han character; None of too little text.

    Args:
        passages: uninterrupted text: nothing is missing inside.
        folder: of the language models.
    """
    frequency = models.han_frequency(folder)
    model = _model(folder)
    gain, count = 0.0, 0
    for passage in passages:
        sequence = symbols(passage)
        scores = model.full_scores(" ".join(sequence), bos=False, eos=False) if len(sequence) > 1 else []
        for at, (symbol, (score, _, _)) in enumerate(zip(sequence, scores, strict=False)):
            if at and is_han(symbol):
                gain += score - math.log10(max(frequency.get(symbol, 0.0), _RAREST))
                count += 1
    return gain / count if count >= LEAST_CHARACTERS else None


def lies(passages: Sequence[str], folder: Path) -> str:
    """Return why these passages of a text layer are no Chinese, or an empty string."""
    gain = context_gain(passages, folder)
    if gain is None or gain >= LEAST_GAIN:
        return ""
    turned = context_gain([passage[::-1] for passage in passages], folder)
    if turned is not None and turned >= LEAST_GAIN:
        return "its text layer runs backwards"
    return f"its text layer is improbable Chinese (context adds {gain:.2f} to log10 of a character, text adds over 1)"
