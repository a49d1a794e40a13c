"""Which level of government a document is of: 省, 市, 州, 盟, 县, 区 or 旗.

What the names of places say of it is uncertain in short documents, and nothing where no name is recognised. A language
model reads 市政府 in one place of a report and 县政府 in the next, whatever the document is of; but in the report of a
county it reads 县 oftener than in that of a city. So all places of a document's drafts are counted together (home.py).
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from pipeline.language.normalise import HOLE_ONE
from pipeline.vocabulary.divisions import LEVELS, divisions
from pipeline.vocabulary.whereabouts import SEAT_WORDS

CONFUSIONS = Path(__file__).with_name("confusions.tsv")
"""By the level that stands there a row, how often a draft reads each one (scripts/fit_levels.py)."""

SMOOTHING = 20.0
"""Places that a row of the table is drawn by to what is expected of a level that was hardly met."""

AS_IT_STANDS = 0.3
"""How likely a draft reads such a level rightly; else it reads what it reads everywhere."""

INDEPENDENT, MOST_HEARD = 0.8, 24
"""Part of what the places of a draft say that counts, and the places that count as so many at most: they are read with
each other in view, so a long draft is of one mind where it is wrong too (docs/results.md)."""

OWN = 0.8
"""Share of such places that are of the document's own government; others are of those it reports to and oversees."""

UNNAMED = 0.05
"""Share of the levels in general in what names say: a document may name other places than its own."""

GENERAL = {"省": 0.1, "市": 0.28, "州": 0.07, "盟": 0.01, "县": 0.38, "区": 0.14, "旗": 0.02}
"""How likely a document is of each level when nothing is known of it: about as there are governments, the higher ones
more, since more is kept of them."""

AUTONOMOUS = {"州": 0.97, "县": 0.09, "旗": 0.06, "区": 0.03}
"""How likely a government of each level is autonomous by its name: all 州, 1 in 11 县, 3 of 49 旗; 区 are districts but
for the five 自治区."""

TITLE = 40
"""Characters from the beginning of a document in which its title names its own government."""

_AUTONOMOUS = re.compile(f"自治([{LEVELS}])(?![^0-9\\W]{{1,5}}[{LEVELS}镇乡])")
"""Not the 自治州 that a county lies in."""

DOUBT, DOUBT_OF_DRAFT, USUAL = 0.02, 0.15, 0.1
"""How likely a title that says so is of another government, and one that a draft reads so; share of titles that do.
Estimates, as the next."""

LEVEL_OF_TITLE = 0.8, 0.3
"""How likely a draft reads the level behind 自治 as it is, and as each other that it may be."""

LEVEL_SCORE = 4.0
"""Factor of the log ratio of a level's share to an even one, where the document's own level stands. 3 and 6 restore as
much of held-out and sister reports; 2, while the witness was heard of levels, less (docs/results.md)."""

LEAST_SHARE = 0.02
"""Share that a level counts as at least: other governments are spoken of too."""

_BODIES = (
    "教育|财政|公安|民政|司法|人社|人力|发改|发展|环保|环境|生态|卫生|卫健|卫计|农牧|农业|水利|水务|交通|住建|住房|国土|自然资源|审计|统计|文化|文体|文旅|旅游|"
    "广电|广播|电视|编办|编委|人大|政协|纪委|监委|监察|法院|检察|法制|公共资源|网信|宣传|组织|档案|信访|统战|公积金|税务|市场监管|工商|质监|食药|安监|应急|"
    "扶贫|乡村振兴|民宗|残联|气象|供销|政务|行政服务|长|属"
)
"""What a government has, as it begins behind the level: 州教育局, 州长."""
_OWN = "|".join(f"(?<={word.removesuffix('{}')})" for word in SEAT_WORDS if word.endswith("{}"))
_ITS = "|".join(word.removeprefix("{}") for word in SEAT_WORDS if word.startswith("{}"))
_SEAT = re.compile(
    f"(?:{_OWN})[{LEVELS}](?![{LEVELS}民场域])|(?<![{LEVELS}（各治])[{LEVELS}](?=(?!级以上)(?:{_ITS}|{_BODIES}))"
)
"""Not 我市民 nor 全市场, not one of several (各市州, 县级以上), not the end of 自治州."""

LONGEST_NAME = 8
"""Characters of a name that a level may be the end of; longer ones end like shorter ones."""


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(name[-LONGEST_NAME:] for division in divisions() for name in division.names)


def seats(text: str) -> list[int]:
    """Return where a government calls itself by its level, not by its name: 全州, 州政府, 州教育局."""
    found = []
    for seat in _SEAT.finditer(text):
        at = seat.start()
        ends = (text[max(0, at + 1 - size) : at + 1] for size in range(2, LONGEST_NAME + 1))
        if not any(end in _names() for end in ends):
            found.append(at)
    return found


def said_by_title(title: str, lost: str) -> dict[str, float]:
    """Return how likely a document begins so by the level of its government; nothing where the title says none.

    Args:
        title: as a draft reads it.
        lost: the same with □ for all that is supplied.
    """
    found = _AUTONOMOUS.search(title)
    if found is None:
        return {}
    start, end = found.span()
    doubt = DOUBT_OF_DRAFT if HOLE_ONE in lost[start : end - 1] else DOUBT

    def level_read(level: str) -> float:
        return LEVEL_OF_TITLE[level != found[1]] if lost[end - 1] == HOLE_ONE else float(level == found[1])

    return {
        level: (1 - doubt) * AUTONOMOUS.get(level, 0.0) * level_read(level) + doubt * USUAL / len(LEVELS)
        for level in LEVELS
    }


def shares(
    named: Mapping[str, float],
    read: Mapping[str, int],
    seen: Mapping[str, int],
    lost: Collection[str],
    title: Mapping[str, float] = MappingProxyType({}),
) -> dict[str, float]:
    """Return how likely each level stands where a government calls itself by it.

    Args:
        named: shares of the levels by the names of places; empty where none is recognised.
        read: how often drafts read each level there.
        seen: how often each stands there undamaged.
        lost: the levels that the font lost.
        title: how likely the document's title is by its level; nothing where that says nothing.
    """
    total = sum(named.values())
    before = {
        level: (1 - UNNAMED) * named.get(level, 0.0) / total + UNNAMED * GENERAL[level] if total else GENERAL[level]
        for level in LEVELS
    }
    if title:
        likely = {level: share * title[level] for level, share in before.items()}
        total = sum(likely.values())
        before = {level: share / total for level, share in likely.items()}
    table = confusions()
    can_be_read = {level: sum(table[level][other] for other in lost) for level in lost}
    others = {
        drafted: sum(before[level] * table[level][drafted] / can_be_read[level] for level in lost) for drafted in lost
    }

    heard = min(1.0, MOST_HEARD / max(1, sum(read.values())))

    def evidence(own: str) -> float:
        said = 0.0
        for level, times in seen.items():
            said += times * math.log(OWN * (level == own) + (1 - OWN) * before[level])
        for drafted, times in read.items():
            as_own = table[own][drafted] / can_be_read[own] if own in can_be_read else 0.0
            said += heard * times * math.log(OWN * as_own + (1 - OWN) * others[drafted])
        return said

    scores = {own: math.log(before[own]) + INDEPENDENT * evidence(own) for own in LEVELS}
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
    usual = {read: (mean[read] + 1) / (mean.total() + len(LEVELS)) for read in LEVELS}

    def expected(level: str, read: str) -> float:
        return AS_IT_STANDS * (level == read) + (1 - AS_IT_STANDS) * usual[read]

    return {
        level: {
            read: (row[read] + SMOOTHING * expected(level, read)) / (sum(row.values()) + SMOOTHING) for read in LEVELS
        }
        for level, row in counts.items()
    }
