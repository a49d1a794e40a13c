"""Misread characters of a document: found, weighed, and turned into edits."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.decision.misread import decide_misread
from pipeline.detection.garble import Garble, garble
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
    pages: Mapping[int, int] | None = None,
) -> tuple[list[Edit], Garble]:
    """Return the edits of misread characters, and how garbled the document is.

    On a page that should be scanned again nothing is accepted: the context is misread too.

    Args:
        text: the document.
        paragraphs: lines and parts of each paragraph.
        settings: the run's settings.
        offers: an engine's readings with their probabilities, by offset in the text.
        pages: page number by offset; all is page 1 where it is not given.
    """
    pages = pages or {}
    sound = [
        list(parts) if all(line.kind == "whole" for line in lines) else readable(parts, lines)
        for lines, parts in paragraphs
    ]
    ends = [line.end for lines, _ in paragraphs for line in lines[:-1]]
    search = misreadings(settings.models, sounds=settings.pinyin_confusions)
    doubts = search.find(sound, offers, line_ends=ends)
    terms = vocabulary(settings.vocabulary)
    edits = decide_misread(text, doubts, terms, sounds=settings.pinyin_confusions, accept=settings.alter)
    garbled = garble(search, sound, pages)
    bad = set(garbled.rescan)
    if bad:
        edits = [
            replace(edit, status="suggested", evidence=(*edit.evidence, "garbled page"))
            if edit.status == "accepted" and pages.get(edit.start, 1) in bad
            else edit
            for edit in edits
        ]
    return edits, garbled
