"""Where a document comes from: which divisions the damaged names in it can be, taken together.

``□和县`` is 民和县 or 政和县 alike; beside ``海东□`` it is the one that lies in 海东市. Every name is counted in its
damaged forms. What a count says is its Poisson likelihood ratio against chance: how often the document's characters
would stand like that by themselves. The evidence of a chain (province, prefecture, county) is the sum of what its names
say.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pipeline.vocabulary.divisions import divisions, offices_of

Chain = tuple[str, ...]
"""Official names of a division and of what it lies in, the province first."""

Level = tuple[str, tuple[str, ...]]
"""The character that says what a division is, 省 to 旗, and what the office of such a government is called."""

MOST_EVIDENCE = 30.0
"""Nats that one name says at most."""

TEMPER = 0.7
"""Part of the evidence that counts: places in a text are no independent draws."""

SAME_PREFECTURE, SAME_PROVINCE, ELSEWHERE = 0.2, 0.05, 0.005
"""How likely a document names a division beside its own, as parts of its own."""

SEAT_WORDS = ("全{}", "我{}", "本{}", "{}政府", "{}人民政府", "{}委", "{}级", "{}直")
"""What a government calls itself without its name."""

SEATS_WITH_OFFICE = ("{}政府", "{}人民政府")
"""Which of these its office is named after."""

SEAT_WEIGHT = 8.0
"""Occurrences that such words count as, shared among the levels."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of the places a document is about.

    Attributes:
        shares: of each name, how likely it stands where its damaged form does, up to a factor.
        levels: shares of the levels that the document names itself by, with what such a government calls its office.
    """

    shares: dict[str, float] = field(default_factory=dict)
    levels: dict[Level, float] = field(default_factory=dict)

    @property
    def nothing(self) -> float:
        """How likely no name at all stands where a damaged form does, on the same scale."""
        return SAME_PROVINCE if self.shares else 0.0

    def share(self, name: str) -> float:
        """Return how likely a *name* stands where its damaged form does; what is no division counts as nearby."""
        return self.shares.get(name, SAME_PROVINCE) if self.shares else 1.0

    def level_shares(self) -> dict[str, float]:
        """Return the shares of the levels, whatever the offices are called."""
        shares: dict[str, float] = defaultdict(float)
        for (level, _), share in self.levels.items():
            shares[level] += share
        return dict(shares)

    def words(self) -> list[tuple[str, float]]:
        """Return what the document's own government is called without a name, with weights in occurrences."""
        return [
            (word.format(level), SEAT_WEIGHT * share)
            for (level, offices), share in sorted(self.levels.items())
            for word in (*SEAT_WORDS, *(seat + office for seat in SEATS_WITH_OFFICE for office in offices))
        ]


NOWHERE = Whereabouts()


@dataclass(frozen=True, slots=True)
class Count:
    """A damaged form of a name: at how many places it stands, and at how many it would by chance."""

    form: str
    places: int
    chance: float

    @property
    def evidence(self) -> float:
        """The log likelihood ratio of the places against chance, in nats; never against a name."""
        if self.places <= self.chance:
            return 0.0
        told = self.places * math.log(self.places / max(self.chance, 1e-9)) - (self.places - self.chance)
        return min(MOST_EVIDENCE, told)


def whereabouts(counted: Callable[[str], Iterable[Count]]) -> Whereabouts:
    """Infer where a document comes from; *counted* counts the damaged forms of a name that it shows."""
    told: dict[Chain, list[Count]] = {}
    for division in divisions():
        if counts := [count for name in division.names for count in counted(name)]:
            told[division.chain] = sorted(counts, key=lambda count: -count.evidence)
    scores = _scores(told)
    best = max(scores.values())
    weights = {chain: math.exp(score - best) for chain, score in scores.items()}
    total = sum(weights.values())
    if weights[()] >= total / 2:
        return NOWHERE
    mass: dict[Chain, float] = defaultdict(float)
    for chain, weight in weights.items():
        for depth in range(1, len(chain) + 1):
            mass[chain[:depth]] += weight / total
    return _about(mass, told)


def _scores(told: dict[Chain, list[Count]]) -> dict[Chain, float]:
    """Return the log probability of each chain, up to a constant; the empty one is a document of nowhere in particular.

    A form is the name that lies nearest among those that look like it; every form counts once.
    """
    forms = {counts[0].form: TEMPER * counts[0].evidence for counts in told.values()}
    fitting: dict[str, list[Chain]] = defaultdict(list)
    for chain, counts in told.items():
        for count in counts:
            fitting[count.form].append(chain)
    near = [
        (
            told_by_form,
            set(fitting[form]),
            {chain[:2] for chain in fitting[form] if len(chain) > 1},
            {chain[:1] for chain in fitting[form]},
        )
        for form, told_by_form in forms.items()
        if told_by_form > -math.log(SAME_PROVINCE)
    ]
    scores: dict[Chain, float] = {(): sum(max(0.0, form[0] + math.log(ELSEWHERE)) for form in near)}
    for division in divisions():
        chain = division.chain
        score = -math.log(len(divisions()))
        above = {chain[:depth] for depth in range(1, len(chain) + 1)}
        for told_by_form, own, prefectures, provinces in near:
            if own & above:
                score += told_by_form
            elif chain[:2] in prefectures:
                score += told_by_form + math.log(SAME_PREFECTURE)
            elif chain[:1] in provinces:
                score += told_by_form + math.log(SAME_PROVINCE)
            else:
                score += max(0.0, told_by_form + math.log(ELSEWHERE))
        scores[chain] = score
    return scores


def _about(mass: dict[Chain, float], told: dict[Chain, list[Count]]) -> Whereabouts:
    """Return what is said of names and levels by how likely a document is about each division."""
    shares: dict[str, float] = {}
    levels: dict[Level, float] = defaultdict(float)
    for division in divisions():
        chain = division.chain
        near = max(mass[chain], SAME_PROVINCE * mass[chain[:1]], SAME_PREFECTURE * mass[chain[:2]], ELSEWHERE)
        for name in division.names:
            shares[name] = max(near, shares.get(name, 0.0))
        # A form that a name above it has already is that name's: 临夏州 and 临夏县 look alike.
        taken = {count.form for depth in range(1, len(chain)) for count in told.get(chain[:depth], ())}
        own = [count.places - count.chance for count in told.get(chain, ()) if count.form not in taken]
        levels[division.level, offices_of(chain[-1])] += mass[chain] * max([0.0, *own])
    everything = sum(levels.values())
    return Whereabouts(shares, {level: part / everything for level, part in levels.items() if part > 0})
