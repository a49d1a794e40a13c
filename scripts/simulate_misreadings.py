"""Simulated misreadings: documents that are damaged as scanned or typed text is, and what is found in them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.correction import doubts_of
from pipeline.damage.hypotheses import is_han
from pipeline.decision.guards import of_another_script
from pipeline.decision.misread import judge, surroundings
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
"""What can happen to a document: 0 it stays clean, 1 it is read, 2 it is typed."""
ANOTHER = 0.2
"""Chance that the character behind a wrong one is wrong too."""
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
    least: float
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
        for char in confusions().neighbours:
            near = [(o, weights[o] * (0.3, 1.0)[likeness_of_sound(char, o) - 1])
                    for o, _ in alike_by_sound(char) if o in weights and likeness_of_sound(char, o)]  # fmt: skip
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
        self.search = Misreadings(models)
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
            parts.append(tokenise(line, at))
            at += len(line) + 1
        declared = medium if generator.random() < STATED else None
        doubts, odds = doubts_of(self.search, self.search.read(parts), declared)
        found = []
        for doubt, around in zip(doubts, surroundings(doubts, text, odds), strict=True):
            one = judge(doubt, self.terms, around)
            wrong = truth[doubt.start] != text[doubt.start]
            right = wrong and doubt.alternatives[0].text == truth[doubt.start]
            top3 = wrong and any(a.text == truth[doubt.start] for a in doubt.alternatives[:3])
            if of_another_script(doubt):
                continue
            label = "".join(doubt.before) + f"[{doubt.seen}→{doubt.alternatives[0].text}]" + "".join(doubt.behind)
            told = (wrong, right, top3, doubt.chosen, one.guarded, one.least)
            found.append(Example(number, source, variant, one.values, *told, label))
        return found, sum(a != b for a, b in zip(truth, text, strict=True))
