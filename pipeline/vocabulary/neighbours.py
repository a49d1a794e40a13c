"""What usually stands beside a character: how often its neighbours are lost when nothing but ordinary text is there.

政 stands before nearly every 府: that a 府 has lost the characters on either side says nothing for 忻府区. The table is
written by scripts/build_neighbours.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NEIGHBOURS = Path(__file__).with_name("data") / "neighbours.tsv"
WHOLE = 1000
"""Shares are written in thousandths."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The commonest neighbours of a character, each with its share, in thousandths."""

    before: tuple[tuple[str, int], ...]
    behind: tuple[tuple[str, int], ...]


@functools.cache
def neighbours() -> dict[str, Neighbours]:
    """Return what stands beside the characters that names of places are made of."""
    found = {}
    for row in NEIGHBOURS.read_text(encoding="utf-8").splitlines():
        char, before, behind = row.split("\t")
        found[char] = Neighbours(_listed(before), _listed(behind))
    return found


def _listed(field: str) -> tuple[tuple[str, int], ...]:
    items = (item.rsplit(":", 1) for item in field.split(" ") if item)
    return tuple((char, int(share)) for char, share in items)


def lost_beside(char: str, loses: Callable[[str], bool], else_lost: float) -> tuple[float, float] | None:
    """Return how likely the symbols before and behind a character are lost in ordinary text.

    Args:
        char: of which nothing else is known.
        loses: whether the font lost a character.
        else_lost: the share of lost symbols among those that the table does not name.

    Returns:
        Both shares; None for a character that the table does not have.
    """
    known = neighbours().get(char)
    if known is None:
        return None

    def share(listed: tuple[tuple[str, int], ...]) -> float:
        gone, whole = sum(part for other, part in listed if loses(other)), sum(part for _, part in listed)
        return (gone + max(0, WHOLE - whole) * else_lost) / max(WHOLE, whole)  # rounded shares may sum up to more

    return share(known.before), share(known.behind)
