"""Which characters are taken for each other, as computed by scripts/build_confusions.py from rendered glyphs."""

from __future__ import annotations

import functools
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
