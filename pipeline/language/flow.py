"""Does a text read on over a break? Likelihood ratio of "one sentence" against "two paragraphs"."""

from __future__ import annotations

import functools
import math
from pathlib import Path

import kenlm

from pipeline.language import models, normalise

CONTEXT = 5
"""Symbols before the break that the models see."""

REACH = 5
"""Symbols behind the break that are scored."""


def _symbols(text: str) -> list[str]:
    """Return the symbols of *text*; lone surrogates, which KenLM cannot be asked for, become U+FFFD."""
    return ["\ufffd" if "\ud800" <= symbol <= "\udfff" else symbol for symbol in normalise.symbols(text)]


@functools.cache
def _models(folder: Path) -> tuple[kenlm.Model, ...]:
    config = kenlm.Config()
    config.load_method = kenlm.LoadMethod.LAZY  # a document asks for a few pages of 45 MB
    return tuple(kenlm.Model(path, config) for path in models.paths(folder))


def _log_likelihood(folder: Path, history: list[str], words: list[str], *, start: bool) -> float:
    """Return log10 P(words | history) under the interpolated models; *start* puts the paragraph's start before."""
    columns = []
    for model in _models(folder):
        state, out = kenlm.State(), kenlm.State()
        if start:
            model.BeginSentenceWrite(state)
        else:
            model.NullContextWrite(state)
        for word in history:
            model.BaseScore(state, word, out)
            state, out = out, state
        scores = []
        for word in words:
            scores.append(model.BaseScore(state, word, out))
            state, out = out, state
        columns.append(scores)
    total = 0.0
    for scores_of_word in zip(*columns, strict=True):
        pairs = zip(models.DEFAULT_WEIGHTS, scores_of_word, strict=True)
        total += math.log10(sum(weight * 10.0**score for weight, score in pairs))
    return total


def reads_on(folder: Path, before: str, behind: str) -> float:
    """Return log10 of P(behind | before) / P(behind | a new paragraph) for the text on both sides of a break.

    Args:
        folder: the language models.
        before: text before the break; its last ``CONTEXT`` symbols count.
        behind: text behind it; its first ``REACH`` symbols count.

    Returns:
        Positive where the text reads on; 0 where either side is empty.
    """
    history = _symbols(before[-4 * CONTEXT :])[-CONTEXT:]
    words = _symbols(behind[: 4 * REACH])[:REACH]
    if not history or not words:
        return 0.0
    on = _log_likelihood(folder, history, words, start=False)
    return on - _log_likelihood(folder, [], words, start=True)


def likelihood(folder: Path, before: str, reading: str, behind: str) -> float:
    """Return log10 P(reading and what follows | before): readings of one place may be compared by it."""
    words = _symbols(reading) + _symbols(behind[: 4 * REACH])[:REACH]
    return _log_likelihood(folder, _symbols(before[-4 * CONTEXT :])[-CONTEXT:], words, start=False)
