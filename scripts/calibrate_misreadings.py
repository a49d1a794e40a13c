"""Fit pipeline/decision/misread.json on simulated misreadings of documents that no model has seen.

    python -m scripts.calibrate_misreadings MODELS TEXT... [--store FILE]

MODELS holds a general and a genre model that were trained without TEXT (a file or folder a source; a paragraph a line).
Some documents stay clean, in others characters are replaced by look-alikes, and a few by any character. Networks
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
from sklearn.neural_network import MLPClassifier

from pipeline.damage.hypotheses import is_han
from pipeline.decision.misread import CALIBRATION, Network, judge
from pipeline.detection.confusions import alike_by_sound, confusions
from pipeline.detection.misreadings import Misreadings
from pipeline.language.models import han_frequency
from pipeline.language.normalise import tokenise
from pipeline.vocabulary.terms import vocabulary

RATES = (0.0, 0.0, 0.001, 0.004, 0.012)
"""Shares of characters that are misread in a document."""
KINDS = {False: (0.65, 0.2, 0.15), True: (0.35, 0.5, 0.15)}
"""Shares of misreadings by shape, by sound and by nothing at all; for scanned and for typed text."""
ANOTHER = 0.2
"""Chance that the character behind a misread one is misread too."""
HIDDEN = 24
NETWORKS = 3
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
    """Replaces characters as printed pages are misread, or as text is mistyped."""

    def __init__(self, models: Path, sounds: bool) -> None:
        shape, sound = confusions().neighbours, alike_by_sound()
        frequency = han_frequency(models)
        weights = {char: frequency[char] ** 0.5 for char in frequency}
        # A true character is seen as another with the chance of the pair, the commoner the other the likelier.
        self._tables: list[dict[str, list[tuple[str, float]]]] = [
            {c: [(o, 10**p) for o, p in others] for c, others in shape.items()},
            {c: [(o, weights[o]) for o, p in others if o in weights and p > -2.5] for c, others in sound.items()},
        ]
        self._any = list(weights.items())
        self._kinds = KINDS[sounds]

    def misread(self, line: str, rate: float, generator: random.Random) -> str:
        """Return *line* with about that share of its Han characters replaced."""
        chars = list(line)
        again = False
        for at, char in enumerate(chars):
            again = is_han(char) and generator.random() < (ANOTHER if again and rate else rate)
            if again:
                kind = generator.choices(range(3), self._kinds)[0]
                others = self._tables[kind].get(char, []) if kind < 2 else self._any
                if others:
                    chars[at] = generator.choices([c for c, _ in others], [w for _, w in others])[0]
        return "".join(chars)


def examples(
    models: Path, sources: Sequence[Path], sounds: bool
) -> tuple[list[Example], dict[str, tuple[int, int, int]]]:
    """Return the doubtful cells of all documents, and of each source its characters, lines and misreadings."""
    search, misreader, terms = Misreadings(models, sounds=sounds), Misreader(models, sounds), vocabulary(None)
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
            one = judge(doubt, terms)
            wrong = truth[doubt.start] != text[doubt.start]
            right = wrong and doubt.alternatives[0].text == truth[doubt.start]
            found.append(Example(number, source, one.values, wrong, right, doubt.chosen, one.guarded))
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
    parser.add_argument("--accept", type=float, default=0.93)
    parser.add_argument("--suggest", type=float, default=0.05)
    parser.add_argument("--out", type=Path, default=CALIBRATION)
    arguments = parser.parse_args()
    content: dict[str, object] = {
        "source": "scripts/calibrate_misreadings.py",
        "accept": arguments.accept,
        "suggest": arguments.suggest,
    }
    for name, sounds in (("shape", False), ("sound", True)):
        found, sizes = examples(arguments.models, arguments.sources, sounds)
        x = np.array([e.values for e in found])
        y = np.array([e.right for e in found], dtype=int)
        held = np.array([e.document % 3 == 2 for e in found])
        chances = fit(x[~held], y[~held]).probabilities(x[held])
        print(f"== {name}: {len(found)} cells")
        show([e for e, h in zip(found, held, strict=True) if h], chances, sizes, 1 / 3)
        for low in np.arange(0, 1, 0.1):
            within = (chances >= low) & (chances < low + 0.1 + (low > 0.85))
            print(f"{low:.1f}: {within.sum()} said {chances[within].mean():.3f} right {y[held][within].mean():.3f}")
        final = fit(x, y)
        weights = {field: np.round(getattr(final, field), 4).tolist() for field in Network.__slots__}
        content[name] = {"cells": len(found), **weights}
    arguments.out.write_text(json.dumps(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
