"""A slow exact decoder: every filling of every hole is scored with the kenlm module. The oracle of the native one."""

import itertools
import math
from pathlib import Path

import kenlm

from pipeline.language import models

UNKNOWN = -7.0  # as in the native decoder


def best(folder: Path, weights, parts, admissible):
    """Return the best filling of *parts*: strings, or (least, most) for a hole of admissible characters."""
    loaded = [kenlm.Model(path) for path in models.paths(folder)]
    options = []
    for part in parts:
        if isinstance(part, str):
            options.append([tuple(part)])
        else:
            least, most = part
            options.append([f for n in range(least, most + 1) for f in itertools.product(admissible, repeat=n)])
    scored = []
    for choice in itertools.product(*options):
        symbols = [symbol for piece in choice for symbol in piece]
        per_model = [
            [UNKNOWN if oov else score for score, _, oov in model.full_scores(" ".join(symbols))] for model in loaded
        ]
        total = sum(
            math.log10(sum(w * 10**score for w, score in zip(weights, column, strict=True)))
            for column in zip(*per_model, strict=True)
        )
        scored.append((total, "".join(symbols)))
    return max(scored)


def conditional(folder: Path, weights, history, symbol):
    """Return log10 P(symbol | history) of the mixture; ``</s>`` ends the sentence."""
    chances = []
    for path in models.paths(folder):
        model = kenlm.Model(path)
        state, after = kenlm.State(), kenlm.State()
        model.BeginSentenceWrite(state)
        for past in history:
            model.BaseScore(state, past, after)
            state, after = after, kenlm.State()
        chances.append(10 ** model.BaseScore(state, symbol, after))
    return math.log10(sum(w * chance for w, chance in zip(weights, chances, strict=True)))
