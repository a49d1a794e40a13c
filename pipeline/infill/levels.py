"""Which level of government a document is of: 省, 市, 州, 盟, 县, 区 or 旗.

What the names of places say of it is uncertain in short documents, and nothing where no name is recognised. A language
model reads 市政府 in one place of a report and 县政府 in the next, whatever the document is of; but in the report of a
county it reads 县 oftener than in that of a city. So all places of a draft are counted together.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import jieba

from pipeline.vocabulary.divisions import LEVELS
from pipeline.vocabulary.whereabouts import SEAT_WORDS

CONFUSIONS = Path(__file__).with_name("confusions.tsv")
"""By the level that stands there a row, how often a draft reads each one (scripts/fit_levels.py)."""

SMOOTHING = 20.0
"""Places that a row of the table is drawn to the mean of all rows by."""

INDEPENDENT = 0.8
"""Part of what the places of a draft say that counts: they are read with each other in view. 0.3 and 0.6 find fewer
levels of held-out documents, 1 as many (docs/results.md)."""

OWN = 0.8
"""Share of such places that are of the document's own government; others are of those it reports to and oversees."""

UNNAMED = 0.05
"""Share of the levels in general in what names say: a document may name other places than its own."""

GENERAL = {"省": 0.1, "市": 0.28, "州": 0.07, "盟": 0.01, "县": 0.38, "区": 0.14, "旗": 0.02}
"""How likely a document is of each level when nothing is known of it: about as there are governments, the higher ones
more, since more is kept of them."""

LEVEL_SCORE = 2.0
"""Factor of the log ratio of a level's share to an even one, where the document's own level stands; 0.5 and 1 restore
less of held-out and sister reports (docs/results.md)."""

LEAST_SHARE = 0.02
"""Share that a level counts as at least: other governments are spoken of too."""

_BEFORE = "|".join(f"(?<={re.escape(word.removesuffix('{}'))})" for word in SEAT_WORDS if word.endswith("{}"))
_BEHIND = "|".join(re.escape(word.removeprefix("{}")) for word in SEAT_WORDS if word.startswith("{}"))
_SEAT = re.compile(f"(?:{_BEFORE})[{LEVELS}]|[{LEVELS}](?={_BEHIND})")
_LISTED = frozenset(LEVELS + "、（）")
"""Signs beside which a level is one of several: 省、市、县; 各市（州）."""


def seats(draft: str) -> list[int]:
    """Return where a government calls itself by its level: 全州, 州政府, and 州 where it is a word (州教育局)."""
    found = {seat.start() for seat in _SEAT.finditer(draft)}
    at = 0
    for word in jieba.cut(draft):
        if word in LEVELS and not _LISTED.intersection((*draft[max(0, at - 1) : at], *draft[at + 1 : at + 2])):
            found.add(at)
        at += len(word)
    return sorted(found)


def shares(named: Mapping[str, float], read: Mapping[str, int]) -> dict[str, float]:
    """Return how likely each level stands where a government calls itself by it.

    Args:
        named: shares of the levels by the names of places; empty where none is recognised.
        read: how often a draft reads each level there.
    """
    total = sum(named.values())
    before = {
        level: (1 - UNNAMED) * named.get(level, 0.0) / total + UNNAMED * GENERAL[level] if total else GENERAL[level]
        for level in LEVELS
    }
    table = confusions()
    others = {seen: sum(before[level] * table[level][seen] for level in LEVELS) for seen in LEVELS}
    scores = {
        own: math.log(before[own])
        + INDEPENDENT * sum(n * math.log(OWN * table[own][seen] + (1 - OWN) * others[seen]) for seen, n in read.items())
        for own in LEVELS
    }
    best = max(scores.values())
    weights = {own: math.exp(score - best) for own, score in scores.items()}
    total = sum(weights.values())
    return {level: OWN * weights[level] / total + (1 - OWN) * before[level] for level in LEVELS}


def level_scores(shares: Mapping[str, float], lost: Sequence[str]) -> dict[str, float]:
    """Return log10 scores of the *lost* levels at places where a government calls itself by one."""
    total = sum(shares[level] + LEAST_SHARE for level in lost)
    return {level: LEVEL_SCORE * math.log10((shares[level] + LEAST_SHARE) * len(lost) / total) for level in lost}


@functools.cache
def confusions() -> dict[str, dict[str, float]]:
    """Return by the level that stands at a place how likely a draft reads each level there."""
    rows = [row.split("\t") for row in CONFUSIONS.read_text(encoding="utf-8").splitlines()]
    counts = {row[0]: dict(zip(rows[0][1:], map(int, row[1:]), strict=True)) for row in rows[1:]}
    mean = Counter[str]()
    for row in counts.values():
        mean.update(row)
    usual = {seen: (mean[seen] + 1) / (mean.total() + len(LEVELS)) for seen in LEVELS}
    return {
        level: {seen: (row[seen] + SMOOTHING * usual[seen]) / (sum(row.values()) + SMOOTHING) for seen in LEVELS}
        for level, row in counts.items()
    }
