"""Fit pipeline/decision/misread.json on simulated misreadings of documents that no model has seen.

    python -m scripts.calibrate_misreadings MODELS TEXT... [--store FILE]

MODELS holds a general and a genre model that were trained without TEXT (a file or folder a source; a paragraph a line).
Some documents stay clean, in others characters are replaced by look-alikes, and a few by any character. Coefficients
are fitted on two thirds of the documents; what the rest gives is printed. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from pipeline.damage.hypotheses import is_han
from pipeline.decision.misread import CALIBRATION, features, guarded, terms_over
from pipeline.detection.confusions import confusions
from pipeline.detection.misreadings import Misreadings
from pipeline.language.models import han_frequency
from pipeline.language.normalise import tokenise
from pipeline.vocabulary.terms import vocabulary

RATES = (0.0, 0.0, 0.001, 0.004, 0.012)
"""Shares of characters that are misread in a document."""
ANY_CHARACTER = 0.25
"""Share of the misreadings that do not look alike."""
LENGTHS = (1, 3, 12, 60)
"""Paragraphs of a document: some users have a sentence, some a report."""


@dataclass(frozen=True, slots=True)
class Example:
    """A doubtful cell of document ``document``: its features, whether it was misread, whether the best is right."""

    document: int
    source: str
    values: tuple[float, ...]
    misread: bool
    right: bool
    chosen: bool
    guarded: bool


def documents(sources: Sequence[Path]) -> Iterator[tuple[str, list[str]]]:
    """Cut the sources into documents of varied length."""
    for source in sources:
        files = sorted(source.rglob("*.txt")) if source.is_dir() else [source]
        generator = random.Random(source.name)
        for file in files:
            lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
            at = 0
            while at < len(lines):
                size = generator.choice(LENGTHS)
                yield source.name, lines[at : at + size]
                at += size


class Misreader:
    """Replaces characters as printed pages are misread."""

    def __init__(self, models: Path) -> None:
        self._alike = confusions().neighbours
        frequency = han_frequency(models)
        self._chars, self._weights = list(frequency), [frequency[c] ** 0.5 for c in frequency]

    def misread(self, line: str, rate: float, generator: random.Random) -> str:
        """Return *line* with about that share of its Han characters replaced."""
        chars = list(line)
        for at, char in enumerate(chars):
            if is_han(char) and char in self._alike and generator.random() < rate:
                if generator.random() < ANY_CHARACTER:
                    chars[at] = generator.choices(self._chars, self._weights)[0]
                else:
                    others = self._alike[char]
                    chars[at] = generator.choices([c for c, _ in others], [10**p for _, p in others])[0]
        return "".join(chars)


def examples(models: Path, sources: Sequence[Path]) -> tuple[list[Example], dict[str, tuple[int, int, int]]]:
    """Return the doubtful cells of all documents, and of each source its characters, lines and misreadings."""
    search, misreader, terms = Misreadings(models), Misreader(models), vocabulary(None)
    found: list[Example] = []
    sizes: dict[str, tuple[int, int, int]] = {}
    for number, (source, lines) in enumerate(documents(sources)):
        generator = random.Random(number)
        rate = generator.choice(RATES)
        damaged = [misreader.misread(line, rate, generator) for line in lines]
        truth, text = "\n".join(lines), "\n".join(damaged)
        parts, at = [], 0
        for line in damaged:
            parts.append([replace(t, start=t.start + at, end=t.end + at) for t in tokenise(line)])
            at += len(line) + 1
        for doubt in search.find(parts):
            best = doubt.alternatives[0].text
            over, against = terms_over(doubt, best, terms), terms_over(doubt, doubt.seen, terms)
            signs = [f"vocabulary:{term.category}:{term.text}" for term in over]
            values = tuple(features(doubt, bool(over), bool(against)))
            wrong = truth[doubt.start] != text[doubt.start]
            kept = guarded(doubt, signs)
            found.append(
                Example(number, source, values, wrong, wrong and best == truth[doubt.start], doubt.chosen, kept)
            )
        size = sizes.get(source, (0, 0, 0))
        wrong_count = sum(a != b for a, b in zip(truth, text, strict=True))
        sizes[source] = (size[0] + len(text), size[1] + len(lines), size[2] + wrong_count)
    return found, sizes


def show(found: list[Example], chances: np.ndarray, sizes: dict[str, tuple[int, int, int]], share: float) -> None:
    """Print what thresholds would give: right repairs, harm in a thousand lines."""
    for source, (characters, lines, wrong) in sizes.items():
        print(f"{source}: {characters} characters, {lines} lines, {wrong} misread")
        for limit in (0.3, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999):
            taken = [
                e
                for e, c in zip(found, chances, strict=True)
                if e.source == source and c >= limit and (limit < 0.9 or (e.chosen and not e.guarded))
            ]
            right = sum(e.right for e in taken)
            harm = sum(not e.misread for e in taken)
            print(
                f"  {limit}: repaired {right / max(1, wrong * share):.3f}, precision {right / max(1, len(taken)):.4f}, "
                f"right text altered {harm}, {1000 * harm / max(1, lines * share):.3f} in 1,000 lines"
            )


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--accept", type=float, default=0.99)
    parser.add_argument("--suggest", type=float, default=0.1)
    parser.add_argument("--out", type=Path, default=CALIBRATION)
    arguments = parser.parse_args()
    found, sizes = examples(arguments.models, arguments.sources)
    x = np.array([e.values for e in found])
    y = np.array([e.right for e in found], dtype=int)
    held = np.array([e.document % 3 == 2 for e in found])
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=5000).fit(x[~held], y[~held])
    chances = model.predict_proba(x[held])[:, 1]
    show([e for e, h in zip(found, held, strict=True) if h], chances, sizes, 1 / 3)
    for low in np.arange(0, 1, 0.1):
        within = (chances >= low) & (chances < low + 0.1 + (low > 0.85))
        print(f"{low:.1f}: {within.sum()} said {chances[within].mean():.3f} right {y[held][within].mean():.3f}")
    final = LogisticRegression(C=10.0, fit_intercept=False, max_iter=5000).fit(x, y)
    content = {
        "source": "scripts/calibrate_misreadings.py",
        "cells": len(found),
        "accept": arguments.accept,
        "suggest": arguments.suggest,
        "coefficients": [round(float(value), 5) for value in final.coef_[0]],
    }
    arguments.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
