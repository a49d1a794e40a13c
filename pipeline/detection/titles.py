"""Titles that a document writes in two ways: one of them is a slip, and the other is its witness."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import Hamming

from pipeline.detection.findings import LIKELY, finding, flag
from pipeline.detection.source import Source
from pipeline.detection.witnesses import Place
from pipeline.edits import Edit
from pipeline.language.normalise import fold
from pipeline.vocabulary.terms import vocabulary

FEWEST = 8
"""Characters of a title; in shorter ones a character more or less makes another title."""

OFTEN = 3
"""Times the other spelling must stand for a reading to be suggested."""

KEY = 4
"""Characters at the head or the tail that two spellings of one title share."""

# 临夏州 and 临夏市, the first and the second batch, 2017 and 2018 are different things.
_TELLING = frozenset("省市县州区镇乡村一二三四五六七八九十上下前后左右东西南北甲乙丙")


def find(source: Source) -> Iterator[Edit]:
    """Yield suggestions and flags for titles in 《》 that differ in one character or in the order of some."""
    if source.spaces_are_holes:
        return
    places: dict[str, list[Place]] = {}
    for title, place in source.witnesses.titles():
        plain = "".join(fold(char) for char in title if not char.isspace())
        if len(plain) >= FEWEST:
            places.setdefault(plain, []).append(place)
    keyed: dict[tuple[int, str], list[str]] = {}
    for title in places:
        for key in {title[:KEY], title[-KEY:]}:
            keyed.setdefault((len(title), key), []).append(title)
    told: set[str] = set()
    known = vocabulary().terms if len(places) > 1 else {}
    for alike in keyed.values():
        for one in alike:
            if one in known:
                continue  # 刑事诉讼法 is no slip for 民事诉讼法
            others = [other for other in alike if other != one and _one_slip(one, other)]
            rival = max(others, key=lambda other: len(places[other]), default=None)
            if rival is None or one in told or len(places[rival]) < len(places[one]):
                continue
            told.update((one, rival))
            witness = f"against: line {places[rival][0].line} has 《{rival}》"
            for place in places[one]:
                span = (place.start, place.end)
                if len(places[rival]) >= OFTEN * len(places[one]) and Hamming.distance(one, rival) == 1:
                    yield finding(source.text, span, rival, "title", witness, probability=LIKELY)
                else:
                    yield flag(source.text, span, "title", witness)


def _one_slip(one: str, other: str) -> bool:
    """Tell whether two titles of one length differ in one character that tells nothing, or in the order of theirs."""
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    if any(char.isdigit() or char in _TELLING for pair in differing for char in pair):
        return False
    return len(differing) == 1 or sorted(one) == sorted(other)
