"""A font that lost glyphs in no order: what still stands in its text was not lost, so no hole holds it.

Losses that follow no code order are of two kinds. A font lost a set of its glyphs: then a character is lost wherever it
was printed, or nowhere. Or something happened to the paper: then any occurrence may be lost. A first reading of the
holes, right or wrong, tells which: after the first kind of loss it finds characters that are seen nowhere, again and
again; after the second hardly any.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pipeline.damage.hypotheses import GlyphSet, is_han

INVENTED = 0.002
"""Chance that an occurrence of a lost character is seen after all: of OCR noise, what falls upon one character."""

MIN_EVIDENCE = 10.0
"""Nats by which a set must explain a document better than scattered losses. On held-out documents sets had 22 to 36
nats after 200 characters and 140 to 350 after 2,000; scattered losses of 10 to 30 per cent -2 to -14, -27 to -105."""

MOST_EVIDENCE = 4.0
"""Nats a single character may add."""

FEWEST_LOST = 5
"""Characters that must seem lost: a word that somebody blotted out everywhere is no font's loss."""

MISREAD = (0.2, 0.4, 0.6, 0.8)
"""Shares of the holes that a first reading may fill with characters that were not lost, as a part of what it would if
any occurrence could be lost."""


def told_once(readings: Iterable[Sequence[tuple[str, bool]]]) -> tuple[Counter[str], Counter[str]]:
    """Count what is seen and what was put into holes, each once between the same neighbours.

    The rows of a form lose the same without any font's help.

    Args:
        readings: symbols of passages, each with whether it was put into a hole.
    """
    seen, read = set[tuple[str, str, str]](), set[tuple[str, str, str]]()
    for passage in readings:
        symbols = ["", *(symbol for symbol, _ in passage), ""]
        for before, (symbol, supplied), behind in zip(symbols, passage, symbols[2:], strict=False):
            (read if supplied else seen).add((symbol, before, behind))
    return Counter(symbol for symbol, _, _ in seen), Counter(symbol for symbol, _, _ in read)


def infer_set(seen: Mapping[str, int], read: Mapping[str, int]) -> GlyphSet | None:
    """Tell whether the holes of a text are those of a set of lost glyphs.

    Args:
        seen: how often each character is seen in the font that shows the holes.
        read: how often each was put into its holes by a first reading.

    Returns:
        The set, or None where scattered losses explain the text as well.
    """
    chars = sorted(char for char in {*seen, *read} if is_han(char))
    shown, lost = sum(seen.get(c, 0) for c in chars), sum(read.get(c, 0) for c in chars)
    if not shown or not lost:
        return None
    share = lost / (shown + lost)
    best, kept = 0.0, frozenset[str]()
    for part in MISREAD:
        total = 0.0
        standing, missing = [], 0
        for char in chars:
            s, d = seen.get(char, 0), read.get(char, 0)
            scattered = _log_likelihood(d, s, share)
            gone = math.log(share) + _log_likelihood(d, s, 1 - INVENTED)
            stays = math.log(1 - share) + _log_likelihood(d, s, part * share)
            most = max(gone, stays)
            both = most + math.log(math.exp(gone - most) + math.exp(stays - most))
            total += min(MOST_EVIDENCE, both - scattered)
            if s and stays > gone:
                standing.append(char)
            missing += bool(d) and gone > stays
        if total > best and missing >= FEWEST_LOST:
            best, kept = total, frozenset(standing)
    return GlyphSet(kept) if best > MIN_EVIDENCE else None


def _log_likelihood(lost: int, seen: int, chance: float) -> float:
    """Return the log likelihood that of a character's occurrences so many are lost and seen, in nats."""
    return lost * math.log(chance) + seen * math.log(1 - chance)
