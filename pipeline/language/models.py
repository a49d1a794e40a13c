"""The language models of ``models/`` and what is derived from them."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence
from pathlib import Path

import kenlm
import numpy as np
from numpy.typing import NDArray

from pipeline.damage.hypotheses import is_han
from pipeline.errors import MissingDependencyError

GENERAL, GENRE, SYMBOLS, WEIGHTS = "general.klm", "genre.klm", "symbols.txt", "weights.json"
FloatArray = NDArray[np.float64]
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


def mixture_weights(
    scores: Sequence[Sequence[float]],
    rounds: int = 20,
    expected: tuple[float, ...] = DEFAULT_WEIGHTS,
    strength: float = 300.0,
) -> tuple[float, ...]:
    """Fit interpolation weights by expectation maximisation (Jelinek and Mercer 1980).

    Args:
        scores: log10 probabilities of the same symbols under each model, shape [models][symbols].
        rounds: iterations.
        expected: weights of a document of which nothing is known.
        strength: pseudo-symbols by which the weights are drawn towards ``expected``.

    Returns:
        Weights that sum to one.
    """
    prior = np.array(expected)
    probabilities = np.power(10.0, np.asarray(scores, dtype=np.float64))
    weights = prior.copy()
    for _ in range(rounds):
        shares = weights[:, None] * probabilities
        shares /= shares.sum(axis=0, keepdims=True)
        weights = shares.sum(axis=1) + strength * prior
        weights /= weights.sum()
    assert math.isclose(float(weights.sum()), 1.0)
    return tuple(float(weight) for weight in weights)


@functools.cache
def _trained_weights(folder: Path) -> tuple[FloatArray, FloatArray]:
    path = folder / WEIGHTS
    if not path.is_file():
        raise MissingDependencyError(f"{path}: the weights are missing.", "Check out models/ or run `make models`.")
    data = json.loads(path.read_text(encoding="utf-8"))
    return np.array(data["overall"]), np.array(data["rows"])


def weight_rows(folder: Path, weights: Sequence[float]) -> list[list[float]]:
    """Return the interpolation weights for each pair of history lengths that the models know, shape [36][2].

    The trained rows (scripts/train.py) say which model to trust after a history known to one or to both; the
    document's own overall *weights* shift them all.
    """
    overall, rows = _trained_weights(folder)
    shifted = rows * (np.asarray(weights) / overall)
    scaled: list[list[float]] = (shifted / shifted.sum(axis=1, keepdims=True)).tolist()
    return scaled


def fit_weight_rows(scores: FloatArray, buckets: NDArray[np.int_], count: int) -> tuple[FloatArray, FloatArray]:
    """Fit overall weights and one row of weights a bucket of history lengths by expectation maximisation.

    Args:
        scores: log10 probabilities of held-out symbols, shape [models][symbols].
        buckets: bucket of each symbol's history.
        count: number of buckets.

    Returns:
        The overall weights and the rows, each drawn towards the overall weights by 50 pseudo-symbols.
    """
    probabilities = np.power(10.0, scores)

    def fit(part: FloatArray, prior: FloatArray, pseudo: float) -> FloatArray:
        weights = prior.copy()
        for _ in range(40):
            shares = weights[:, None] * part
            shares /= shares.sum(axis=0, keepdims=True)
            weights = shares.sum(axis=1) + pseudo * prior
            weights /= weights.sum()
        return weights

    overall = fit(probabilities, np.full(len(scores), 1 / len(scores)), 0.0)
    rows = [fit(probabilities[:, buckets == b], overall, 50.0) for b in range(count)]
    return overall, np.array(rows)
