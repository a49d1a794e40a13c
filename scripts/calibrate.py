"""Fit the probabilities of pipeline/decision on simulated damage of documents that no model has seen.

    python -m scripts.calibrate FOLDER... [--engine ngram|both] [--documents N] [--readings FILE]

Needs scipy and the tools of scripts/train.py. FOLDERs are those of scripts/fit_witness.py: what the neural
witness was not trained on is damaged and read with a genre model of half of the rest. Each engine has coefficients of
its own. They are fitted on two thirds of the documents; the reliability of the others is printed for docs/results.md.
The readings are kept in FILE, and taken from there when it exists: features can be tried without decoding again.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from pipeline import Settings, restore
from pipeline.decision.policy import CALIBRATION, ease, features, kind_of
from pipeline.infill.readings import Reading
from pipeline.language.normalise import fold
from scripts.damage import Trace, damage, random_cut, random_set
from scripts.scoring import expected_calibration_error
from scripts.train import models_of_half
from scripts.train_infill.split import documents

TRACES: tuple[Trace, ...] = ("exact", "exact", "gapped", "gapped", "collapsed", "run")
STRENGTH = 10.0  # of the data beside the pull of the coefficients towards 0
FREE = (0, 6, 8)  # features that may speak against a reading: the constant, what is seen around it squared, its length
LENGTH = 2000  # characters of a document that are damaged: enough to find a cut in


@dataclass(frozen=True, slots=True)
class Example:
    """A reading of a damaged document: which document, how easy it is, and whether the reading is right."""

    document: int
    ease: float
    reading: Reading
    right: bool


def examples(files: Sequence[Path], settings: Settings, seed: int) -> list[Example]:
    """Damage documents in several ways and restore them."""
    found = []
    for number, path in enumerate(files):
        generator = random.Random(seed + number)
        truth = path.read_text(encoding="utf-8")[:LENGTH]
        for trace in TRACES:
            by_set = trace in ("exact", "run") and generator.random() < 0.4
            loses = random_set(truth, generator) if by_set else random_cut(generator).loses
            damaged = damage(truth, loses, trace, generator)
            readings = [reading for reading in restore(damaged.text, settings).readings if not reading.known]
            document_ease = ease(readings)
            for reading in readings:
                lost = "".join(map(fold, damaged.lost_at(reading.hole.start, reading.hole.end)))
                found.append(Example(seed + number, document_ease, reading, reading.text == lost))
        print(path.name, len(found), flush=True)
    return found


def held_out(folders: Sequence[Path], count: int, settings: Settings) -> list[Example]:
    """Read held-out documents with a genre model of half of the others."""
    split = documents(folders)
    with models_of_half([path for path, out in split if not out], settings.models) as folder:
        held = [path for path, out in split if out][:count]
        return examples(held, replace(settings, models=folder), 0)


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the coefficients of a logistic regression in which no evidence for a reading counts against it.

    Log odds of several kinds rise and fall together: left free, some get a negative weight that others outweigh in the
    documents at hand, and a hopeless reading in another document is believed.

    Args:
        x: features [readings][features] (``policy.features``).
        y: 1 where the reading is right.
    """
    signs = 2.0 * y - 1.0

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (x @ weights)
        slopes = -(x.T @ (signs / (1 + np.exp(margins))))
        return STRENGTH * np.logaddexp(0, -margins).sum() + weights @ weights / 2, STRENGTH * slopes + weights

    bounds = [(None, None) if number in FREE else (0, None) for number in range(x.shape[1])]
    found = minimize(loss, np.zeros(x.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 3000})
    return np.asarray(found.x)


def main() -> None:
    """Fit, print the reliability, write the coefficients."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--engine", choices=("ngram", "both"), default="ngram")
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--readings", type=Path, default=Path("build/readings.pickle"))
    arguments = parser.parse_args()
    if arguments.readings.exists():
        found: list[Example] = pickle.loads(arguments.readings.read_bytes())
    else:
        settings = Settings(engine=arguments.engine, fill="best", jobs=arguments.jobs)
        found = held_out(arguments.folders, arguments.documents, settings)
        arguments.readings.write_bytes(pickle.dumps(found))
    coefficients = {}
    lines = []
    for kind in sorted({kind_of(example.reading) for example in found}):
        rows = [example for example in found if kind_of(example.reading) == kind]
        x = np.array([features(example.reading, example.ease) for example in rows])
        y = np.array([example.right for example in rows], dtype=int)
        held = np.array([example.document % 3 == 2 for example in rows])
        chances = 1 / (1 + np.exp(-x[held] @ fit(x[~held], y[~held])))
        right = y[held]
        error = expected_calibration_error(chances, right)
        sure, surest = chances >= Settings().accept, chances >= 0.99
        lines.append(
            f"{kind}: {len(rows)} readings, {right.mean():.3f} right, ECE {error:.4f}, "
            f"accepted {sure.mean():.3f} of them, right {right[sure].mean() if sure.any() else 1:.4f}, "
            f"0.99 and more {surest.mean():.3f}, right {right[surest].mean() if surest.any() else 1:.4f}"
        )
        for low in np.arange(0, 1, 0.1):
            within = (chances >= low) & (chances < low + 0.1 + (low > 0.85))
            if within.any():
                lines.append(
                    f"  {low:.1f}: {within.sum()} said {chances[within].mean():.3f} right {right[within].mean():.3f}"
                )
        coefficients[kind] = [round(float(value), 5) for value in fit(x, y)]
    print("\n".join(lines))
    content = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    content["readings"][arguments.engine] = len(found)
    content["coefficients"][arguments.engine] = coefficients
    CALIBRATION.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
