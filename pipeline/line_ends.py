"""White at the ends of lines that may be lost characters: the language decides how many.

No bracket ends a line, and no number is parted: moved to the next line, they leave as much white as lost characters do.
And behind a heading nothing is printed: what it lost at its end leaves no mark. In the image the two look alike; where
the text needs characters there, they were lost.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.edits import Edit
from pipeline.language.normalise import HOLE_ONE
from pipeline.passages import LEAST_LOST, Passages, lost_characters
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.reading.pages import End, Scan

_READINGS = 16
"""Readings of a passage that its likelihood is summed over."""

_MOST = 6
"""Characters that the end of a heading is asked for."""

_LONGEST = 60
"""Characters of a heading; a paragraph that is longer ends with a stop."""

_DOUBT = -0.25
"""log10 by which it is less likely that a heading lost its end than that it did not: 0 found two of 100 lost ends more,
and twice as many that were none (docs/results.md)."""

_SENTENCE = re.compile("[。；！？\t]")


def with_told_ends(scan: Scan, settings: Settings) -> Scan:
    """Return a scan with the characters that its lines lost at their ends rather than that white was left there.

    Raises:
        MissingDependencyError: a model is missing.
    """
    if not scan.ends or not lost_characters(scan.text):
        return scan
    asked = list(_asked(scan))
    if not asked:
        return scan
    passages = Passages(scan.text, settings)
    told = ((end, *_lost(passages, end)) for end in asked)
    return scan.with_lost([(end, count, chance) for end, count, chance in told if count])


def with_doubts(edits: Iterable[Edit], counted: Mapping[int, float], settings: Settings) -> list[Edit]:
    """Return edits of which those that fill the told end of a line are no likelier than that so much was lost there.

    Args:
        edits: that fill holes.
        counted: as of ``Scan``.
        settings: the run's settings.
    """
    offsets = sorted(counted)
    return [
        _doubted(edit, math.prod(counted[at] for at in told), settings)
        if (told := offsets[bisect_left(offsets, edit.start) : bisect_left(offsets, edit.end)])
        else edit
        for edit in edits
    ]


def _doubted(edit: Edit, chance: float, settings: Settings) -> Edit:
    """Return an edit of a hole whose length is right by a *chance*."""
    probability = edit.probability * chance
    status = edit.status
    if status == "accepted" and probability < settings.accept:
        status = "suggested"
    if probability < settings.suggest:
        status = "open"
    alternatives = tuple((text, round(share * chance, 4)) for text, share in edit.alternatives)
    evidence = (*edit.evidence, f"length:told by the language, {chance:.2f}")
    return replace(edit, probability=probability, status=status, alternatives=alternatives, evidence=evidence)


def _asked(scan: Scan) -> list[End]:
    """Return the ends that the language is asked about: of headings, only those in a font that lost characters."""
    lost, shown = Counter[str](), Counter[str]()
    for char, place in zip(scan.text, scan.places, strict=True):
        if place is not None:
            (lost if char == HOLE_ONE else shown)[place.font] += 1

    def may_be_lost(end: End) -> bool:
        if not end.closes:
            return True
        paragraph = scan.text[scan.text.rfind("\n", 0, end.at) + 1 : end.at]
        font = end.places[0].font
        damaged = lost[font] > LEAST_LOST * (lost[font] + shown[font])
        return damaged and 1 < len(paragraph) <= _LONGEST and not _SENTENCE.search(paragraph)

    return [end for end in scan.ends if may_be_lost(end)]


def _lost(passages: Passages, end: End) -> tuple[int, float]:
    """Return how many characters were lost at an end, and the chance of that; of equally likely numbers the least."""
    most = min(_MOST, len(end.places)) if end.closes else len(end.places)
    doubt = _DOUBT if end.closes else 0.0
    scores = [
        passages.likelihood(end.at, end.at, HOLE_ONE * count, _READINGS) + doubt * (count > 0)
        for count in range(most + 1)
    ]
    best = max(range(most + 1), key=scores.__getitem__)
    return best, 1 / sum(10.0 ** (score - scores[best]) for score in scores)
