"""The language models of ``models/`` and what is derived from them."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from pathlib import Path

import kenlm
import numpy as np

from pipeline.damage.hypotheses import is_han
from pipeline.errors import MissingDependencyError

GENERAL, GENRE, SYMBOLS = "general.klm", "genre.klm", "symbols.txt"
DEFAULT_WEIGHTS = (0.3, 0.7)
"""General and genre model; where a document has too little undamaged text to tell (measured: docs/results.md)."""


def paths(folder: Path) -> list[str]:
    """Return the model files, general first.

    Raises:
        MissingDependencyError: one is not there.
    """
    found = [folder / GENERAL, folder / GENRE]
    for path in [*found, folder / SYMBOLS]:
        if not path.is_file():
            raise MissingDependencyError(f"{path}: the model is missing.", "Check out models/ or run `make models`.")
    return [str(path) for path in found]


@functools.cache
def symbols(folder: Path) -> tuple[str, ...]:
    """Return the symbols that the models know, in code order."""
    paths(folder)
    return tuple((folder / SYMBOLS).read_text(encoding="utf-8").split("\n")[:-1])


@functools.cache
def han_frequency(folder: Path) -> dict[str, float]:
    """Return relative frequencies of Han characters in official text, from the unigrams of the models."""
    config = kenlm.Config()
    config.load_method = kenlm.LoadMethod.LAZY
    frequency: dict[str, float] = {}
    models = [kenlm.Model(path, config) for path in paths(folder)]
    for symbol in symbols(folder):
        if is_han(symbol):
            frequency[symbol] = sum(
                weight * 10 ** next(model.full_scores(symbol, bos=False, eos=False))[0]
                for model, weight in zip(models, DEFAULT_WEIGHTS, strict=True)
            )
    total = sum(frequency.values())
    return {char: value / total for char, value in frequency.items()}


def mixture_weights(scores: Sequence[Sequence[float]], rounds: int = 20) -> tuple[float, ...]:
    """Fit interpolation weights by expectation maximisation (Jelinek and Mercer 1980).

    Args:
        scores: log10 probabilities of the same symbols under each model, shape [models][symbols].
        rounds: iterations.

    Returns:
        Weights that sum to one, drawn towards ``DEFAULT_WEIGHTS`` by 300 pseudo-symbols.
    """
    prior = np.array(DEFAULT_WEIGHTS)
    probabilities = np.power(10.0, np.asarray(scores, dtype=np.float64))
    weights = prior.copy()
    for _ in range(rounds):
        shares = weights[:, None] * probabilities
        shares /= shares.sum(axis=0, keepdims=True)
        weights = shares.sum(axis=1) + 300 * prior
        weights /= weights.sum()
    assert math.isclose(float(weights.sum()), 1.0)
    return tuple(float(weight) for weight in weights)


import json
_R=json.load(open('/tmp/rows.json'))
ALPHA=1.0
def weight_rows(weights):
    base=np.array(_R['global']); rows=np.array(_R['rows'])**ALPHA
    w=rows*(np.array(weights)/base)
    return (w/w.sum(1,keepdims=True)).tolist()
