"""Which characters are taken for each other, as computed by scripts/build_confusions.py from rendered glyphs."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CONFUSIONS = Path(__file__).with_name("data") / "confusions.tsv"

LEVEL = 0.4
"""Step of the chances in the table, log10: a digit d stands for 10 ** (-LEVEL * d)."""


@dataclass(frozen=True, slots=True)
class Confusions:
    """Look-alikes of each character with log10 P(seen | true, misread), likeliest first; the same either way."""

    neighbours: Mapping[str, Sequence[tuple[str, float]]]

    def chance(self, seen: str, true: str) -> float | None:
        """Return log10 P(seen | true, misread), or None where the two are no look-alikes."""
        return next((chance for char, chance in self.neighbours.get(seen, ()) if char == true), None)


def write(table: Confusions, path: Path) -> None:
    """Write a line a character: the character, its look-alikes, a digit for each."""
    lines = []
    for char, pairs in sorted(table.neighbours.items()):
        digits = "".join(str(min(9, max(0, round(-chance / LEVEL)))) for _, chance in pairs)
        lines.append(f"{char}\t{''.join(c for c, _ in pairs)}\t{digits}\n")
    path.write_text("".join(lines), encoding="utf-8")


class _Rows(Mapping[str, Sequence[tuple[str, float]]]):
    """The rows of a written table, read when they are asked for: a short text asks for few."""

    def __init__(self, rows: dict[str, str]) -> None:
        self._rows = rows
        self._read: dict[str, list[tuple[str, float]]] = {}

    def __getitem__(self, char: str) -> Sequence[tuple[str, float]]:
        if char not in self._read:
            others, digits = self._rows[char].split("\t")
            self._read[char] = [(o, -LEVEL * int(d)) for o, d in zip(others, digits, strict=True)]
        return self._read[char]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@functools.cache
def confusions(path: Path = CONFUSIONS) -> Confusions:
    """Read the table."""
    rows = (line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines())
    return Confusions(_Rows({char: row for char, row in rows}))


SOUNDS = Path(__file__).with_name("data") / "sounds.tsv"

SAME_SOUND = 0.35
"""Share of typed misreadings that have the sound of the true character, tones aside; NEAR_SOUND: nearly so.

Typing errors are mostly of sound (Liu et al. 2011); the rest is left to shape.
"""
NEAR_SOUND = 0.1
LEFT_TO_SHAPE = -0.3
"""log10 of the share that is left to shape."""

_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("h", "f"))


def _near(syllable: str) -> str:
    """Return the class of syllables that are typed for each other."""
    for one, other in _NEAR:
        if one == "ng":
            syllable = syllable.removesuffix("g") if syllable.endswith("ng") else syllable
        elif syllable.startswith(one):
            syllable = other + syllable[len(one) :]
    return syllable


@functools.cache
def _syllables() -> dict[str, str]:
    """Return the syllable of each character, tones aside."""
    syllables: dict[str, str] = {}
    for line in SOUNDS.read_text(encoding="utf-8").splitlines():
        syllable, chars = line.split("\t")
        syllables.update(dict.fromkeys(chars, syllable))
    return syllables


def syllable_of(char: str) -> str:
    """Return the commonest reading of a character, tones aside, or nothing."""
    return _syllables().get(char, "")


def likeness_of_sound(one: str, other: str) -> int:
    """Return 2 where two characters sound alike, tones aside, 1 where nearly so, otherwise 0."""
    a, b = syllable_of(one), syllable_of(other)
    if not a or not b:
        return 0
    return 2 if a == b else int(_near(a) == _near(b))


@functools.cache
def _groups() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the characters of each syllable, and of each class of syllables that are typed for each other."""
    same: dict[str, list[str]] = {}
    near: dict[str, list[str]] = {}
    for char, syllable in _syllables().items():
        same.setdefault(syllable, []).append(char)
        near.setdefault(_near(syllable), []).append(char)
    return same, near


@functools.cache
def _chances_by_sound(syllable: str) -> dict[str, float]:
    """Return log10 of the chance of each character that is typed for one of a *syllable*; nothing for none."""
    same, near = _groups()
    if syllable not in same:
        return {}
    chances = dict.fromkeys(near[_near(syllable)], math.log10(NEAR_SOUND / len(near[_near(syllable)])))
    alike = math.log10(SAME_SOUND / len(same[syllable]))
    chances.update((other, max(chances.get(other, -9.0), alike)) for other in same[syllable])
    return chances


def alike_by_sound(char: str) -> list[tuple[str, float]]:
    """Return the look-alikes of a character with those that sound alike, as ``Confusions.neighbours``."""
    sounds = _chances_by_sound(syllable_of(char))
    chances = sounds.copy()
    for other, chance in confusions().neighbours[char]:
        chances[other] = max(chance + LEFT_TO_SHAPE, sounds.get(other, -9.0))
    chances.pop(char, None)
    ordered = sorted([(-chance, other) for other, chance in chances.items()])
    return [(other, -chance) for chance, other in ordered]
