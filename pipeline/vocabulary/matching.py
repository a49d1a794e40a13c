"""Which terms fit a damaged document: by their damaged form exactly, by the skeleton of titles nearly.

Under a cut a term is damaged in one way only. ``政府信息公开`` loses 政, 信 and 息: with exact
counts it stands as ``□府□□公开``, in a line that keeps its gaps as ``◇府◇公开``, in a collapsed one as ``府公开``.
So every term has three damaged forms, and one pass over the document with a table of forms finds all that fit, in
linear time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from pipeline.damage.hypotheses import Cut, is_han
from pipeline.holes import Hole, Part
from pipeline.language.normalise import HOLE_ONE
from pipeline.vocabulary.terms import Term, Vocabulary, log_count

GAP = "◇"
"""A hole of unknown length in a damaged form."""

LONGEST_FORM = 24
FEWEST_SEEN = {HOLE_ONE: 1, GAP: 2, "": 3}
"""Surviving characters a form must show, by how it marks what is lost; less would fit anywhere."""

OFFICES = ("", "人民政府", "人民政府办公室", "人民政府办公厅")
"""What a place's name stands before in official text."""

NAMES = ("place", "law", "document", "user")
"""Categories that a document names again and again; policy terms are what the language models know best already:
remembering those that fit costs accuracy (docs/results.md)."""

NAME_WEIGHT = 5.0
"""What each place where a name fits adds to it, in occurrences."""

MOST_PLACES = 8

FEWEST_CONFIRMED = 2
"""Times a name must be read before it is read wherever it fits."""

CONFIRMED_WEIGHT = 100.0
"""What each place where a confirmed name fits adds to it, in occurrences."""

TITLE = re.compile("《([^《》]{4,40})》")
TITLE_SIMILARITY = 88.0
"""Per cent of rapidfuzz's ratio between the skeletons of a damaged and a known title; 88 is one slip in eight."""


@dataclass(frozen=True, slots=True)
class Match:
    """A term that fits the document at ``places`` places; ``share`` is its share among the terms of the same form."""

    term: Term
    places: int
    share: float


def damaged_text(parts: Sequence[Part]) -> str:
    """Write a paragraph with □ for exact holes and ◇ for gaps; holes without a trace do not show."""
    pieces = []
    for part in parts:
        if not isinstance(part, Hole):
            pieces.append(part.symbol)
        elif part.kind == "exact":
            pieces.append(HOLE_ONE * part.most)
        elif part.end > part.start:
            pieces.append(GAP)
    return "".join(pieces)


def damaged_form(text: str, lost: Iterable[bool], sign: str) -> str:
    """Return *text* as it looks with its lost characters written as *sign*: □ each, ◇ a run, or nothing."""
    pieces: list[str] = []
    for char, gone in zip(text, lost, strict=True):
        if not gone:
            pieces.append(char)
        elif sign == HOLE_ONE or not pieces or pieces[-1] != GAP:
            pieces.append(sign)
    return "".join(pieces)


class Matcher:
    """The damaged forms of a vocabulary under one cut."""

    def __init__(self, vocabulary: Vocabulary, cut: Cut) -> None:
        self._cut = cut
        self._gone: dict[str, bool] = {}
        self._forms: dict[str, dict[str, float]] = defaultdict(dict)
        self._terms: dict[str, Term] = {}
        self._titles: dict[str, Term] = {}
        for term in vocabulary.terms.values():
            for office in OFFICES if term.category == "place" else ("",):
                self._enter(Term(term.text + office, term.category, term.count))
            if term.category in ("law", "document"):
                self._titles.setdefault(self._skeleton(term.text), term)

    def _lost(self, text: str) -> list[bool]:
        for char in text:
            if char not in self._gone:
                self._gone[char] = self._cut.loses(char)
        return [self._gone[char] for char in text]

    def _skeleton(self, text: str) -> str:
        return "".join(c for c, gone in zip(text, self._lost(text), strict=True) if not gone and is_han(c))

    def _enter(self, term: Term) -> None:
        lost = self._lost(term.text)
        if not any(lost):
            return
        self._terms[term.text] = term
        for sign, fewest in FEWEST_SEEN.items():
            if len(lost) - sum(lost) >= fewest:
                form = damaged_form(term.text, lost, sign)
                if len(form) <= LONGEST_FORM:
                    self._forms[form][term.text] = log_count(term)

    def fitting(self, paragraphs: Iterable[Sequence[Part]]) -> list[Match]:
        """Return the terms whose damaged form the document shows, the most frequent first."""
        places: dict[str, int] = defaultdict(int)
        known: dict[str, int] = defaultdict(int)
        for parts in paragraphs:
            text = damaged_text(parts)
            for start in range(len(text)):
                for end in range(start + 2, min(start + LONGEST_FORM, len(text)) + 1):
                    form = text[start:end]
                    if form in self._forms:
                        places[form] += 1
            for title in TITLE.findall(text):
                for term in self.titles(title):
                    known[term.text] += 1
        found: dict[str, Match] = {}
        for form, count in places.items():
            total = sum(self._forms[form].values())
            for text, weight in self._forms[form].items():
                share = weight / total
                if text not in found or found[text].places * found[text].share < count * share:
                    found[text] = Match(self._terms[text], count, share)
        for text, count in known.items():
            if text in self._terms:
                found.setdefault(text, Match(self._terms[text], count, 1.0))
        return sorted(found.values(), key=lambda m: (-m.places * m.share, m.term.text))

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
        (match.term.text, NAME_WEIGHT * match.share * min(match.places, MOST_PLACES))
        for match in matches
        if match.term.category in NAMES
    ]


def confirmed(matches: Iterable[Match], read: str) -> list[Match]:
    """Return the names that fit the document and that its first reading shows more than once."""
    return [m for m in matches if m.term.category in NAMES and read.count(m.term.text) >= FEWEST_CONFIRMED]


def confirmed_names(matches: Iterable[Match]) -> list[tuple[str, float]]:
    """Return confirmed names with the weight that lets them be read wherever they fit."""
    return [(match.term.text, CONFIRMED_WEIGHT * min(match.places, MOST_PLACES)) for match in matches]
