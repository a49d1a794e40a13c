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
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier

from pipeline.correction import doubts_of
from pipeline.damage.hypotheses import is_han
from pipeline.decision.misread import CALIBRATION, Network, judge, of_another_script, surroundings
from pipeline.decision.words import everyday_words
from pipeline.detection.confusions import alike_by_sound, confusions, likeness_of_sound, syllable_of
from pipeline.detection.misreadings import Misreadings
from pipeline.language.models import han_frequency
from pipeline.language.normalise import tokenise
from pipeline.vocabulary.terms import vocabulary

RATES = (0.001, 0.003, 0.01, 0.03)
"""Shares of characters that are wrong in a document."""
KINDS = {"read": (0.8, 0.05, 0.15), "typed": (0.3, 0.6, 0.1)}
"""Shares of errors by shape, by sound and by nothing at all, for scanned and for typed text."""
OTHER_WORD = 0.35
"""Share of typed errors that put another word of the same sound: 权力 for 权利."""
STATED = 0.3
"""Share of documents of which it is known how they came about."""
VARIANTS = 3
"""How often each document is damaged: once it stays clean, once it is read, once it is typed."""
ANOTHER = 0.2
"""Chance that the character behind a wrong one is wrong too."""
HIDDEN = 24
NETWORKS = 3
LENGTHS = (0, 0, 1, 3, 12, 60)
"""Paragraphs of a document: some users have a sentence (0), some a report."""
_SENTENCE = re.compile(r"[^。！？；]*[。！？；]?")


@dataclass(frozen=True, slots=True)
class Example:
    """A doubtful cell of document ``document``: its features, whether it was misread, whether the best is right."""

    document: int
    source: str
    variant: int
    values: tuple[float, ...]
    misread: bool
    right: bool
    top3: bool
    chosen: bool
    guarded: bool
    label: str


def held_out(document: int) -> bool:
    """Tell whether a document is kept from the fit that is measured."""
    return document % 3 == 2


def documents(sources: Sequence[Path]) -> Iterator[tuple[str, list[str]]]:
    """Cut the sources into documents of varied length, each length making up about as much of the text."""
    for source in sources:
        files = sorted(source.rglob("*.txt")) if source.is_dir() else [source]
        generator = random.Random(source.name)
        for file in files:
            lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
            for at in range(0, len(lines), max(LENGTHS)):
                block = lines[at : at + max(LENGTHS)]
                size = generator.choice(LENGTHS)
                if size:
                    yield from ((source.name, block[i : i + size]) for i in range(0, len(block), size))
                else:
                    yield from ((source.name, [s]) for line in block for s in _SENTENCE.findall(line) if len(s) > 7)


class Misreader:
    """Replaces characters as printed pages are misread, or as text is mistyped."""

    def __init__(self, models: Path) -> None:
        frequency = han_frequency(models)
        weights = {char: frequency[char] ** 0.5 for char in frequency}
        sound: dict[str, list[tuple[str, float]]] = {}
        for char, others in alike_by_sound().items():
            near = [(o, weights[o] * (0.3, 1.0)[likeness_of_sound(char, o) - 1])
                    for o, _ in others if o in weights and likeness_of_sound(char, o)]  # fmt: skip
            sound[char] = near
        # A true character is seen as another with the chance of the pair, the commoner the other the likelier.
        self._tables = [
            {c: [(o, 10**p) for o, p in others] for c, others in confusions().neighbours.items()},
            sound,
        ]
        self._any = list(weights.items())
        alike: dict[tuple[str, ...], list[tuple[str, float]]] = {}
        for word, count in everyday_words().counts.items():
            if len(word) == 2 and all(char in frequency for char in word):
                alike.setdefault(tuple(map(syllable_of, word)), []).append((word, 10 ** (count / 2)))
        self._words = {word: group for group in alike.values() if len(group) > 1 for word, _ in group}

    def misread(self, line: str, rate: float, medium: str, generator: random.Random) -> str:
        """Return *line* with about that share of its Han characters replaced."""
        chars = list(line)
        again = False
        for at in range(len(chars)):
            char = chars[at]
            if char != line[at]:
                continue  # the second character of another word
            again = is_han(char) and generator.random() < (ANOTHER if again and rate else rate)
            if again:
                if medium == "typed" and generator.random() < OTHER_WORD and line[at : at + 2] in self._words:
                    word = generator.choices(*zip(*self._words[line[at : at + 2]], strict=True))[0]
                    chars[at : at + 2] = word
                    continue
                kind = generator.choices(range(3), KINDS[medium])[0]
                others = self._tables[kind].get(char, []) if kind < 2 else self._any
                if others:
                    chars[at] = generator.choices([c for c, _ in others], [w for _, w in others])[0]
        return "".join(chars)


class Simulation:
    """Damages documents and says what is found in them."""

    def __init__(self, models: Path) -> None:
        self.by_shape, self.by_sound = Misreadings(models), Misreadings(models, sounds=True)
        self.misreader, self.terms = Misreader(models), vocabulary(None)

    def examples(self, number: int, source: str, lines: Sequence[str], variant: int) -> tuple[list[Example], int]:
        """Return the doubtful cells of a document that is damaged in a way, and how many characters are wrong."""
        generator = random.Random(number * VARIANTS + variant)
        medium = ("read", "typed")[variant - 1] if variant else generator.choice(("read", "typed"))
        rate = generator.choice(RATES) if variant else 0.0
        damaged = [self.misreader.misread(line, rate, medium, generator) for line in lines]
        truth, text = "\n".join(lines), "\n".join(damaged)
        parts, at = [], 0
        for line in damaged:
            parts.append([replace(t, start=t.start + at, end=t.end + at) for t in tokenise(line)])
            at += len(line) + 1
        declared = medium if generator.random() < STATED else None
        doubts, odds = doubts_of(self.by_sound, self.by_shape, parts, declared)
        found = []
        for doubt, around in zip(doubts, surroundings(doubts, text, odds), strict=True):
            one = judge(doubt, self.terms, around)
            wrong = truth[doubt.start] != text[doubt.start]
            right = wrong and doubt.alternatives[0].text == truth[doubt.start]
            top3 = wrong and any(a.text == truth[doubt.start] for a in doubt.alternatives[:3])
            label = "".join(doubt.before) + f"[{doubt.seen}→{doubt.alternatives[0].text}]" + "".join(doubt.behind)
            if of_another_script(doubt):
                continue
            found.append(
                Example(number, source, variant, one.values, wrong, right, top3, doubt.chosen, one.guarded, label)
            )
        return found, sum(a != b for a, b in zip(truth, text, strict=True))


@dataclass(slots=True)
class Size:
    """Of a source and a variant: characters, lines, wrong characters of the documents held out."""

    characters: int = 0
    lines: int = 0
    wrong: int = 0


def examples(models: Path, sources: Sequence[Path]) -> tuple[list[Example], dict[tuple[str, int], Size]]:
    """Return the doubtful cells of all documents, and the sizes of those that are held out."""
    simulation = Simulation(models)
    found: list[Example] = []
    sizes: dict[tuple[str, int], Size] = {}
    for number, (source, lines) in enumerate(documents(sources)):
        for variant in range(VARIANTS):
            cells, wrong = simulation.examples(number, source, lines, variant)
            found += cells
            if held_out(number):
                size = sizes.setdefault((source, variant), Size())
                size.characters += sum(map(len, lines))
                size.lines += len(lines)
                size.wrong += wrong
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
