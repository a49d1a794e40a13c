"""What leaves white at the end of a line because it was moved to the next one whole: brackets, words, numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence

from pipeline.imaging.margins import TRAIL_SLACK
from pipeline.imaging.marks import GridLine
from pipeline.imaging.places import HALF

OPENING = frozenset("（《〔〈“‘【([「『")
"""A bracket that would end a line is moved to the next: such a line has a white cell where nothing is lost."""

_WORD = re.compile(r"[!-~]+")
"""A word or number is not parted: moved to the next line, it leaves white as wide as itself at most."""

_WORD_END = re.compile(r"^[0-9A-Za-z]|[0-9A-Za-z]$")
"""A letter or digit at either end of a line."""

_WORD_SLACK = 0.1
"""Pitches by which white that is just as wide as the word may be measured too narrow."""


def parts_words(texts: Sequence[str], white: Sequence[tuple[float, float]], starts: Collection[int]) -> bool:
    """Tell whether words or numbers run from line to line: what begins a line then never was moved there whole.

    Args:
        texts: of the lines.
        white: left and right of each, cells.
        starts: numbers of lines that go on from none.
    """
    return any(
        max(abs(white[at - 1][1]), abs(white[at][0])) < TRAIL_SLACK
        and _WORD_END.search(texts[at - 1]) is not None
        and _WORD_END.match(texts[at]) is not None
        for at in range(1, len(texts))
        if at not in starts
    )


def moved(text: str, line: GridLine, margin: float, trail: int, parted: bool) -> int:
    """Return the white cells at the end of a line that what begins the next one, *text*, leaves by not being parted.

    Args:
        text: of the next line.
        line: with *trail* white cells before the *margin*.
        margin: column, pixels.
        trail: white cells.
        parted: words run from line to line here.
    """
    if text[:1] in OPENING:
        return 1
    if parted:
        return 0
    word = _WORD.match(text)
    white = (margin - line.cells[-1].right) / line.pitch
    # Fewest lost characters without which the word would have had room.
    lost = max(0, math.floor(white - HALF * len(word[0]) + 1 + _WORD_SLACK)) if word else 0
    return max(0, trail - lost) if word else 0
