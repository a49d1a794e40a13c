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
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from pipeline.edits import Edit
from pipeline.language.normalise import HOLE_ONE
from pipeline.passages import LEAST_LOST, Passages, lost_characters
from pipeline.reading.scan import End, Scan, Told
from pipeline.settings import Settings

_READINGS = 16
"""Readings of a passage that its likelihood is summed over."""

_MOST = 6
"""Characters that the end of a heading is asked for."""

_PARTED = 0.6
"""log10 by which two paragraphs must be likelier than one that lost what lies between its lines, for there are more
readings of the one than are summed over. Half of 26 wrong breaks were less, and of 474 right ones none behind a stop
(docs/results.md)."""

_JOINED = 2.5
"""log10 by which two paragraphs must be likelier than one where the page shows one that lost what lies between its
lines: of 1,166 such that went on none was more than 2.1, half of 12 that did not were."""

_WIDEST = 10
"""Cells between two lines that may be lost characters: a line that ends earlier ends its paragraph."""

_WIDE = 7
"""The same where no heading stands before lost characters that the page shows: more of them are misjudged."""

_HEADING = re.compile(r"[^。；！？\t\n]{1,59}[\u4e00-\u9fff]")
"""What may be one: a paragraph that is longer, or holds a stop, ends with one."""


def with_told_ends(scan: Scan, settings: Settings) -> Scan:
    """Return a scan with the characters that its lines lost at their ends rather than that white was left there.

    Raises:
        MissingDependencyError: a model is missing.
    """
    if not scan.ends or not lost_characters(scan.text):
        return scan
    fonts = _damaged_fonts(scan)
    asked = [question for end in scan.ends if (question := _question(scan.text, end, fonts))]
    if not asked:
        return scan
    passages = Passages(scan.text, settings)
    with ThreadPoolExecutor(settings.jobs) as pool:
        told = list(pool.map(partial(_told, passages), asked))
    return scan.with_told([one for one in told if one.count or one.otherwise])


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


def _damaged_fonts(scan: Scan) -> set[str]:
    """Return the fonts that lost characters."""
    lost, shown = Counter[str](), Counter[str]()
    for char, place in zip(scan.text, scan.places, strict=True):
        if place is not None:
            (lost if char == HOLE_ONE else shown)[place.font] += 1
    return {font for font, count in lost.items() if count > LEAST_LOST * (count + shown[font])}


class _Question(NamedTuple):
    """How many characters, up to *most*, were lost at an end, or whether all the white *between* two lines was text."""

    end: End
    most: int
    between: int


def _question(text: str, end: End, fonts: Collection[str]) -> _Question | None:
    """Return what is to be asked about an end, or None where nothing is.

    Args:
        text: of the scan.
        end: the end.
        fonts: that lost characters.
    """
    if not (end.closes or end.indent):
        return _Question(end, len(end.places), 0)
    if (end.places or end.indent)[0].font not in fonts:
        return None
    paragraph = text[text.rfind("\n", 0, end.at) + 1 : end.at]
    heading = _HEADING.fullmatch(paragraph) is not None
    between = end.blanks or (len(end.places) + len(end.indent) if end.indent else 0)
    widest = _WIDEST if end.closes else math.inf if heading else _WIDE
    if between > widest or "\t" in paragraph:
        between = 0
    question = _Question(end, heading * min(_MOST, len(end.places)), between)
    return question if between or (end.closes and question.most) else None


def _told(passages: Passages, question: _Question) -> Told:
    """Ask the language."""
    end, most, between = question
    count, chance, parted = _behind(passages, end, most)
    if not between:
        return Told(end, count, chance)
    after = end.at + (end.blanks or 1)
    parted += passages.likelihood(after, after, "", _READINGS, begins=True)
    joined = passages.likelihood(end.at, after, HOLE_ONE * between, _READINGS)
    if end.closes and parted - joined < _PARTED:
        return Told(end, between, 1 / (1 + 10.0 ** (parted - _PARTED - joined)), otherwise=True)
    if end.blanks and parted - joined < _JOINED:
        return Told(end, 0, 1.0)
    return Told(end, count, chance, otherwise=not end.closes)


def _behind(passages: Passages, end: End, most: int) -> tuple[int, float, float]:
    """Return how many characters, 0 to *most*, were lost at an end, and of equally likely numbers the least.

    Besides, the chance of that, and log10 of its likelihood.
    """
    ends = end.closes or bool(end.blanks)
    scores = [passages.likelihood(end.at, end.at, HOLE_ONE * count, _READINGS, ends=ends) for count in range(most + 1)]
    best = max(range(most + 1), key=scores.__getitem__)
    return best, 1 / sum(10.0 ** (score - scores[best]) for score in scores), scores[best]
