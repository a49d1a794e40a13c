"""Misread characters of a document: found, weighed, and turned into edits."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from pipeline.decision.misread import decide_misread
from pipeline.detection.holes import Hole, Line, Part
from pipeline.detection.misreadings import Offers, misreadings
from pipeline.edits import Edit
from pipeline.settings import Settings
from pipeline.vocabulary.terms import vocabulary


def readable(parts: Sequence[Part], lines: Sequence[Line]) -> list[Part]:
    """Return the parts of a paragraph with each damaged line as one hole: too little of it is left to judge by."""
    kept: list[Part] = []
    starts = [line.start for line in lines]
    for part in parts:
        line = lines[bisect.bisect_right(starts, part.start) - 1]
        if line.kind == "whole":
            kept.append(part)
        elif not kept or kept[-1].start != line.start or not isinstance(kept[-1], Hole):
            kept.append(Hole(line.start, line.end, 1, 1, "run"))
    return kept


def correct(
    text: str,
    paragraphs: Sequence[tuple[Sequence[Line], Sequence[Part]]],
    settings: Settings,
    offers: Offers | None = None,
) -> list[Edit]:
    """Return the edits of misread characters.

    Args:
        text: the document.
        paragraphs: lines and parts of each paragraph.
        settings: the run's settings.
        offers: an engine's readings with their probabilities, by offset in the text.
    """
    sound = [
        list(parts) if all(line.kind == "whole" for line in lines) else readable(parts, lines)
        for lines, parts in paragraphs
    ]
    ends = [line.end for lines, _ in paragraphs for line in lines[:-1]]
    doubts = misreadings(settings.models, sounds=settings.pinyin_confusions).find(sound, offers, line_ends=ends)
    return decide_misread(text, doubts, vocabulary(settings.vocabulary), sounds=settings.pinyin_confusions)
