"""Which characters are taken for each other, as computed by scripts/build_confusions.py from rendered glyphs."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONFUSIONS = Path(__file__).with_name("data") / "confusions.tsv"

LEVEL = 0.4
"""Step of the chances in the table, log10: a digit d stands for 10 ** (-LEVEL * d)."""


@dataclass(frozen=True, slots=True)
class Confusions:
    """Look-alikes of each character with log10 P(seen | true, misread), likeliest first; the same either way."""

    neighbours: dict[str, list[tuple[str, float]]]

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


@functools.cache
def confusions(path: Path = CONFUSIONS) -> Confusions:
    """Read the table."""
    neighbours: dict[str, list[tuple[str, float]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        char, others, digits = line.split("\t")
        neighbours[char] = [(o, -LEVEL * int(d)) for o, d in zip(others, digits, strict=True)]
    return Confusions(neighbours)


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


def _chances_by_sound(near: Sequence[str], same: Sequence[str]) -> dict[str, float]:
    """Return log10 of the chance of each character that is typed for one of *same*, those that sound alike."""
    chances = dict.fromkeys(near, math.log10(NEAR_SOUND / len(near)))
    alike = math.log10(SAME_SOUND / len(same))
    chances.update((other, max(chances.get(other, -9.0), alike)) for other in same)
    return chances


@functools.cache
def alike_by_sound() -> dict[str, list[tuple[str, float]]]:
    """Return the look-alikes of each character with those that sound alike, as ``Confusions.neighbours``."""
    syllables = _syllables()
    same: dict[str, list[str]] = {}
    near: dict[str, list[str]] = {}
    for char, syllable in syllables.items():
        same.setdefault(syllable, []).append(char)
        near.setdefault(_near(syllable), []).append(char)
    merged: dict[str, list[tuple[str, float]]] = {}
    by_sound = {syllable: _chances_by_sound(near[_near(syllable)], group) for syllable, group in same.items()}
    for char, pairs in confusions().neighbours.items():
        sounds = by_sound.get(syllables.get(char, ""), {})
        chances = sounds.copy()
        for other, chance in pairs:
            chances[other] = max(chance + LEFT_TO_SHAPE, sounds.get(other, -9.0))
        chances.pop(char, None)
        ordered = sorted([(-chance, other) for other, chance in chances.items()])
        merged[char] = [(other, -chance) for chance, other in ordered]
    return merged
