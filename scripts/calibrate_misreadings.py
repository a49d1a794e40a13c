"""Fit pipeline/decision/misread.json on simulated misreadings of documents that no model has seen.

    python -m scripts.calibrate_misreadings MODELS TEXT... [--jobs N]

MODELS holds a general and a genre model that were trained without TEXT (a file or folder a source; a paragraph a line).
Each document is taken once as it is and once damaged as if scanned or typed (scripts/simulate_misreadings.py); of the
first source all, of the others every second one. Networks are fitted on two thirds of the documents; what the rest
gives is printed, then all are used. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier

from pipeline.decision.network import CALIBRATION, Network
from scripts.simulate_misreadings import Example, Simulation, documents, held_out

HIDDEN = 24
NETWORKS = 5
SENTENCE = 45
"""Characters of a sentence, by which harm is counted."""
LIMITS = (0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97)


@dataclass(slots=True)
class Size:
    """Of the documents held out in a variant: characters, and how many of them are wrong."""

    characters: int = 0
    wrong: int = 0


def examples(
    models: Path, sources: Sequence[Path], job: int, jobs: int
) -> tuple[list[Example], dict[tuple[str, int], Size]]:
    """Return the doubtful cells of one of *jobs* parts of the documents, and the sizes of those that are held out."""
    simulation = Simulation(models)
    found: list[Example] = []
    sizes: dict[tuple[str, int], Size] = {}
    for number, (source, lines) in enumerate(documents(sources)):
        if number % jobs != job or (source != sources[0].name and (number // 2) % 2):
            continue
        for variant in (0, 1 + (number // 4) % 2):
            cells, wrong = simulation.examples(number, source, lines, variant)
            found += cells
            if held_out(number):
                size = sizes.setdefault((source, variant), Size())
                size.characters += sum(map(len, lines))
                size.wrong += wrong
    return found, sizes


def show(found: Sequence[Example], chances: np.ndarray, sizes: dict[tuple[str, int], Size]) -> None:
    """Print what thresholds would give: right repairs, and clean sentences altered; what suggestions would."""
    clean = sum(size.characters for (_, variant), size in sizes.items() if variant == 0)
    wrong = [sum(size.wrong for (_, variant), size in sizes.items() if variant == v) for v in range(3)]
    print(f"{clean} characters of clean text, wrong characters: {wrong[1]} read, {wrong[2]} typed")
    for limit in LIMITS:
        taken = [
            e for e, c in zip(found, chances, strict=True) if c >= max(limit, e.least) and e.chosen and not e.guarded
        ]
        harm = sum(e.variant == 0 for e in taken)
        read, typed = (sum(e.right and e.variant == v for e in taken) / max(1, wrong[v]) for v in (1, 2))
        damaged = [e for e in taken if e.variant]
        print(
            f"  {limit}: repaired {read:.3f} read, {typed:.3f} typed, precision "
            f"{sum(e.right for e in damaged) / max(1, len(damaged)):.4f}, "
            f"clean sentences altered {harm} ({100 * harm * SENTENCE / max(1, clean):.4f} %)"
        )
    for limit in (0.005, 0.01, 0.02, 0.05):
        told = [e for e, c in zip(found, chances, strict=True) if c >= limit]
        read, typed = (sum(e.misread and e.variant == v for e in told) / max(1, wrong[v]) for v in (1, 2))
        print(
            f"  told of from {limit}: {read:.3f} of read, {typed:.3f} of typed errors; of clean text "
            f"{1000 * sum(e.variant == 0 for e in told) / max(1, clean):.2f} in 1,000 characters"
        )
    for low in np.arange(0, 1, 0.1):
        within = (chances >= low) & (chances < low + 0.1 + (low > 0.85))
        right = np.array([e.right for e in found])[within]
        print(f"  {low:.1f}: {within.sum()} said {chances[within].mean():.3f} right {right.mean():.3f}")


def fit(x: np.ndarray, y: np.ndarray) -> Network:
    """Fit the networks."""
    mean, scale = x.mean(0), np.maximum(1e-6, x.std(0))
    made = [
        MLPClassifier((HIDDEN,), alpha=0.03, max_iter=400, early_stopping=True, random_state=seed).fit(
            (x - mean) / scale, y
        )
        for seed in range(NETWORKS)
    ]
    return Network(
        mean,
        scale,
        np.stack([m.coefs_[0] for m in made]),
        np.stack([m.intercepts_[0] for m in made]),
        np.stack([m.coefs_[1][:, 0] for m in made]),
        np.stack([m.intercepts_[1][0] for m in made]),
    )


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--suggest", type=float, default=0.004)
    parser.add_argument("--out", type=Path, default=CALIBRATION)
    arguments = parser.parse_args()
    found: list[Example] = []
    sizes: dict[tuple[str, int], Size] = {}
    jobs = arguments.jobs
    with ProcessPoolExecutor(jobs) as pool:
        parts = [pool.submit(examples, arguments.models, arguments.sources, job, jobs) for job in range(jobs)]
        for part in parts:
            cells, measured = part.result()
            found += cells
            for key, size in measured.items():
                whole = sizes.setdefault(key, Size())
                whole.characters += size.characters
                whole.wrong += size.wrong
    found.sort(key=lambda e: (e.document, e.variant))
    x = np.array([e.values for e in found])
    y = np.array([e.right for e in found], dtype=int)
    held = np.array([held_out(e.document) for e in found])
    print(f"{len(found)} doubtful cells")
    show([e for e, h in zip(found, held, strict=True) if h], fit(x[~held], y[~held]).probabilities(x[held]), sizes)
    final = fit(x, y)
    weights = {field: np.round(getattr(final, field), 4).tolist() for field in Network.__slots__}
    content = {
        "source": "scripts/calibrate_misreadings.py",
        "suggest": arguments.suggest,
        "network": {"cells": len(found), **weights},
    }
    arguments.out.write_text(json.dumps(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
