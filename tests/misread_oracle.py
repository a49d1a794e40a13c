"""A slow exact search for misread characters: whole sentences are scored with the kenlm module."""

import itertools
import math
from pathlib import Path

import kenlm

from pipeline.language import models
from tests.oracle import UNKNOWN


def score(folder: Path, weights, symbols) -> float:
    """Return log10 P of a sentence with its end, by the mixture of models."""
    per_model = [
        [UNKNOWN if oov else cost for cost, _, oov in kenlm.Model(path).full_scores(" ".join(symbols))]
        for path in models.paths(folder)
    ]
    return sum(
        math.log10(sum(w * 10**cost for w, cost in zip(weights, column, strict=True)))
        for column in zip(*per_model, strict=True)
    )


def best(folder: Path, weights, text: str, places, alike, prior: float, again: float) -> tuple[float, str]:
    """Return the score of the best reading against the text as seen, and the reading.

    Args:
        folder: of the models.
        weights: of the models.
        text: as seen.
        places: offsets that may be changed.
        alike: of each seen character the pairs (character, log10 chance).
        prior: log10 P(misread).
        again: the same behind a misread character.
    """
    own = score(folder, weights, text)
    found = []
    for choice in itertools.product(*([(text[p], None), *alike[text[p]]] for p in places)):
        symbols, channel, changed = list(text), 0.0, -2
        for place, (char, chance) in zip(places, choice, strict=True):
            if chance is not None:
                symbols[place] = char
                channel += (again if changed == place - 1 else prior) + chance
                changed = place
        found.append((score(folder, weights, symbols) + channel - own, "".join(symbols)))
    return max(found)
