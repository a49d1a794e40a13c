"""Lists of numbers in the XML of an OFD, and where the characters of a text stand by them (GB/T 33190-2016)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree


def numbers(text: str | None) -> tuple[float, ...]:
    """Return the numbers of a list; what is none, or beyond all measure, makes it empty."""
    pieces = (text or "").split()
    if not all(re.fullmatch(r"[-+]?(?:\d{1,9}(?:\.\d*)?|\.\d+)(?:[eE]-?\d)?", piece) for piece in pieces):
        return ()
    return tuple(map(float, pieces))


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    """Return left, top, width and height of a box, millimetres; None where they are not four."""
    found = numbers(text)
    return (found[0], found[1], found[2], found[3]) if len(found) == 4 else None


def _deltas(text: str | None, most: int) -> list[float]:
    """Return a list of advances, *most* at most; ``g 3 5`` stands for 5 5 5 (GB/T 33190, 11.3)."""
    pieces = (text or "").split()
    found: list[float] = []
    at = 0
    while at < len(pieces) and len(found) < most:
        if pieces[at] == "g" and at + 2 < len(pieces):
            repeated, value = numbers(pieces[at + 1]), numbers(pieces[at + 2])
            if not repeated or not value:
                break
            found += value * min(int(max(0.0, repeated[0])), most - len(found))
            at += 3
        else:
            value = numbers(pieces[at])
            if not value:
                break
            found += value
            at += 1
    return found


def places(code: etree._Element, size: int, usual: float) -> Iterator[tuple[float, float]]:
    """Yield where the characters of a text code stand; without an advance they stand a font size apart."""
    x, y = (next(iter(numbers(code.get(axis))), 0.0) for axis in "XY")
    across, down = (_deltas(code.get(f"Delta{axis}"), max(0, size - 1)) for axis in "XY")
    for at in range(size):
        yield x, y
        vertical = bool(down) and not across
        x += across[at] if at < len(across) else 0.0 if vertical else usual
        y += down[at] if at < len(down) else 0.0
