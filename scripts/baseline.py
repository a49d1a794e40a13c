"""The baseline of the benchmark: greedy, left to right, each hole the likeliest character after its past."""

from __future__ import annotations

import math
from pathlib import Path

import kenlm

from pipeline.damage.hypotheses import Cut
from pipeline.language import models
from pipeline.language.normalise import HOLE_ONE, tokenise


def greedy(text: str, cut: Cut | None, folder: Path) -> dict[int, str]:
    """Fill every □ of *text* with the same models and admissible characters as the decoder; by offset."""
    frequency = models.han_frequency(folder)
    common = sorted(frequency, key=lambda char: -frequency[char])
    admissible = [char for char in common if cut is None or cut.loses(char)][:2000]
    loaded = [kenlm.Model(path) for path in models.paths(folder)]
    supplied: dict[int, str] = {}
    start = 0
    for line in text.split("\n"):
        states = []
        for model in loaded:
            state = kenlm.State()
            model.BeginSentenceWrite(state)
            states.append(state)
        for token in tokenise(line):
            symbol = token.symbol
            if symbol == HOLE_ONE:
                best = -math.inf
                for char in admissible:
                    chance = 0.0
                    for model, state, weight in zip(loaded, states, models.DEFAULT_WEIGHTS, strict=True):
                        chance += weight * 10 ** model.BaseScore(state, char, kenlm.State())
                    if chance > best:
                        best, symbol = chance, char
                supplied[start + token.start] = symbol
            after = []
            for model, state in zip(loaded, states, strict=True):
                following = kenlm.State()
                model.BaseScore(state, symbol, following)
                after.append(following)
            states = after
        start += len(line) + 1
    return supplied
