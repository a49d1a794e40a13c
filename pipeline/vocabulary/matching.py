"""Which terms fit a damaged document: by their damaged form exactly, by the skeleton of titles nearly.

In one font a term is damaged in one way only. ``政府信息公开`` loses 政, 信 and 息: with exact
counts it stands as ``□府□□公开``, in a line that keeps its gaps as ``◇府◇公开``, in a collapsed one as ``府公开``.
So every term has three damaged forms, and one pass over the document with a table of forms finds all that fit, in
linear time.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from rapidfuzz import fuzz, process

from pipeline.damage.hypotheses import Loss, is_han
from pipeline.holes import Part
from pipeline.language.normalise import HOLE_ONE
from pipeline.vocabulary.divisions import offices_of
from pipeline.vocabulary.survey import GAP, Survey, damaged_form, damaged_text
from pipeline.vocabulary.terms import USER, Term, Vocabulary, log_count
from pipeline.vocabulary.whereabouts import NOWHERE, Count, Whereabouts, whereabouts

LONGEST_FORM = 24
FEWEST_SEEN = {HOLE_ONE: 1, GAP: 2, "": 3}
"""Surviving characters a form must show, by how it marks what is lost; less would fit anywhere."""

GOVERNMENT = "人民政府"
"""What a place's name stands before in official text, by itself or before its office."""

NAMES = ("place", "law", "document", "user")
"""Categories that a document names again and again; policy terms are what the language models know best already:
remembering those that fit costs accuracy (docs/results.md)."""

NAME_WEIGHT = 5.0
"""What each place where a name fits adds to it, in occurrences."""

MOST_PLACES = 8

FEWEST_CONFIRMED = 2
"""Times a name must be read before it is read wherever it fits."""

OWN_SHARE, STRANGE_SHARE = 0.35, 0.05
"""Share of a place among those of the same form from which it is the document's own, if none of these has more, and
below which it is not confirmed by being read. 0.5 in the place of 0.35 restores less (docs/results.md)."""

CONFIRMED_WEIGHT = 100.0
"""What each place where a confirmed name fits adds to it, in occurrences."""

USER_FITS = 100.0
"""What each place where a user's own name fits adds to it, in occurrences; 5 and 300 read no more of the names."""

TITLE = re.compile("《([^《》]{4,40})》")
TITLE_SIMILARITY = 88.0
"""Per cent of rapidfuzz's ratio between the skeletons of a damaged and a known title; 88 is one slip in eight."""


@dataclass(frozen=True, slots=True)
class Match:
    """A term that fits the document.

    Attributes:
        term: the term.
        places: at how many places it fits.
        share: among the terms of the same damaged form.
        form: as which it stands there.
        located: whether it is a place, and the share says what the document's whereabouts make of it.
    """

    term: Term
    places: int
    share: float
    form: str
    located: bool

    @property
    def own(self) -> bool:
        """Whether it is a place of the document's own: likely enough for one of its form, and named again.

        A far place that is unmistakable is one too: where it fits, it stands.
        """
        return self.located and self.share >= OWN_SHARE and self.places >= FEWEST_CONFIRMED

    @property
    def strange(self) -> bool:
        """Whether it is a place that another of its form, or none, is much likelier than, by all that is named."""
        return self.located and self.share < STRANGE_SHARE


def bodies_of(place: str) -> tuple[str, ...]:
    """Return what a place's name stands before: nothing, its government, the office of that."""
    return ("", GOVERNMENT, *(GOVERNMENT + office for office in offices_of(place)))


class Matcher:
    """The damaged forms of a vocabulary in a font of which it is known what it lost."""

    def __init__(self, vocabulary: Vocabulary, loss: Loss) -> None:
        self._loss = loss
        self._gone: dict[str, bool] = {}
        self._forms: dict[str, dict[str, float]] = defaultdict(dict)
        self._terms: dict[str, Term] = {}
        self._titles: dict[str, Term] = {}
        self._whole: set[str] = set()
        self._named: dict[str, str] = {}
        for body in bodies_of("市")[1:]:
            self._whole.update(damaged_form(body, self._lost(body), sign) for sign in FEWEST_SEEN)
        for term in vocabulary.terms.values():
            for body in bodies_of(term.text) if term.category == "place" else ("",):
                self._named[term.text + body] = term.text
                self._enter(Term(term.text + body, term.category, term.count))
            if term.category in ("law", "document"):
                self._titles.setdefault(self._skeleton(term.text), term)

    def _lost(self, text: str) -> list[bool]:
        for char in text:
            if char not in self._gone:
                self._gone[char] = self._loss.loses(char)
        return [self._gone[char] for char in text]

    def _skeleton(self, text: str) -> str:
        return "".join(c for c, gone in zip(text, self._lost(text), strict=True) if not gone and is_han(c))

    def _enter(self, term: Term) -> None:
        lost = self._lost(term.text)
        if not any(lost):
            if term.category == "place":
                self._whole.add(term.text)
            return
        self._terms[term.text] = term
        for form in self._damaged(term.text, lost):
            self._forms[form][term.text] = log_count(term)

    def _damaged(self, text: str, lost: list[bool]) -> Iterator[str]:
        """Yield the damaged forms that show enough of a text."""
        for sign, fewest in FEWEST_SEEN.items():
            if len(lost) - sum(lost) >= fewest:
                form = damaged_form(text, lost, sign)
                if len(form) <= LONGEST_FORM:
                    yield form

    def survey(self, paragraphs: Iterable[Sequence[Part]]) -> Survey:
        """Count the damaged forms of the terms."""
        survey = Survey()
        for parts in paragraphs:
            text = damaged_text(parts)
            survey.signs.update(text)
            survey.pairs[HOLE_ONE] += sum(first == second == HOLE_ONE for first, second in pairwise(text))
            for start in range(len(text)):
                for end in range(start + 2, min(start + LONGEST_FORM, len(text)) + 1):
                    form = text[start:end]
                    if form in self._forms or form in self._whole:
                        survey.places[form] += 1
            survey.titles.extend(TITLE.findall(text))
        return survey

    def whereabouts(self, survey: Survey) -> Whereabouts:
        """Infer from the names of places where a document comes from."""

        def counted(name: str) -> Iterator[Count]:
            seen = "".join(char for char, gone in zip(name, self._lost(name), strict=True) if not gone)
            if not seen or not all(survey.signs[char] for char in seen):
                return  # what stands around it says nothing of it
            for body, sign in product(bodies_of(name), FEWEST_SEEN):
                form = damaged_form(name + body, self._lost(name + body), sign)
                if count := survey.count(form):
                    if body:
                        chance = survey.count(damaged_form(body, self._lost(body), sign)) * survey.share(seen)
                    else:
                        chance = survey.by_chance(form, sign, self._loss.loses)
                    yield Count(form, count, chance)

        return whereabouts(counted)

    def fitting(self, survey: Survey, where: Whereabouts = NOWHERE) -> list[Match]:
        """Return the terms whose damaged form a document shows, the most frequent first."""
        found: dict[str, Match] = {}
        for form, count in survey.places.items():
            weights = {text: weight * self._share(text, where) for text, weight in self._forms.get(form, {}).items()}
            named = any(self._terms[text].category == "place" for text in weights)
            total = sum(weights.values()) + (where.nothing if named else 0.0)
            for text, weight in weights.items():
                share, term = weight / total, self._terms[text]
                if text not in found or found[text].places * found[text].share < count * share:
                    found[text] = Match(term, count, share, form, bool(where.shares) and term.category == "place")
        known = Counter(term.text for title in survey.titles for term in self.titles(title))
        for text, count in known.items():
            if text in self._terms:
                found.setdefault(text, Match(self._terms[text], count, 1.0, text, located=False))
        return sorted(found.values(), key=lambda m: (-m.places * m.share, m.term.text))

    def own_places(self, matches: Iterable[Match]) -> dict[str, str]:
        """Return the names of places that are the document's own, by how they look where all they lost is counted."""
        own = [m for m in matches if m.own and self._named[m.term.text] == m.term.text]
        likeliest_last = sorted(own, key=lambda match: match.share)
        by_form = {damaged_form(m.term.text, self._lost(m.term.text), HOLE_ONE): m.term.text for m in likeliest_last}
        return {form: name for form, name in by_form.items() if set(form) != {HOLE_ONE}}

    def _share(self, text: str, where: Whereabouts) -> float:
        return where.share(self._named.get(text, text)) if self._terms[text].category == "place" else 1.0

    def titles(self, damaged: str) -> list[Term]:
        """Return known titles whose skeleton is nearly that of a damaged title: one misread character is forgiven."""
        skeleton = "".join(filter(is_han, damaged))
        if len(skeleton) < 4:
            return []
        found = process.extract(skeleton, list(self._titles), scorer=fuzz.ratio, score_cutoff=TITLE_SIMILARITY, limit=3)
        return [self._titles[text] for text, _, _ in found]


def names(matches: Iterable[Match]) -> list[tuple[str, float]]:
    """Return the names that fit the document, each with its weight: the more places they fit, the more."""
    return [
        (
            match.term.text,
            (USER_FITS if match.term.category == USER else NAME_WEIGHT) * match.share * min(match.places, MOST_PLACES),
        )
        for match in matches
        if match.term.category in NAMES
    ]


def confirmed(matches: Iterable[Match], read: str) -> list[Match]:
    """Return the names that fit the document and that its first reading shows more than once.

    Of places that look alike it is the document's own one, whichever of them is read.
    """
    times = {match: read.count(match.term.text) for match in matches if match.term.category in NAMES}
    places = Counter[str]()
    for match, count in times.items():
        places[match.form] += count * match.located
    return [
        match
        for match, count in times.items()
        if (count >= FEWEST_CONFIRMED and not match.strange) or (match.own and places[match.form] >= FEWEST_CONFIRMED)
    ]


def confirmed_names(matches: Iterable[Match]) -> list[tuple[str, float]]:
    """Return confirmed names with the weight that lets them be read wherever they fit."""
    return [(match.term.text, CONFIRMED_WEIGHT * min(match.places, MOST_PLACES)) for match in matches]
