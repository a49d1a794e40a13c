"""Where the terms of a large list stand in a large document, in time linear in both (Aho and Corasick 1975).

Terms are compared in their folded form, white space apart, so that 100,000 of them are found in one pass whatever signs
they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import ahocorasick

from pipeline.language.normalise import fold
from pipeline.vocabulary.terms import Term


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A term and where it stands, as offsets of the text."""

    term: Term
    start: int
    end: int


class Scanner:
    """An automaton of terms; building it is linear in their size, a scan linear in the text and what is found."""

    def __init__(self, terms: Iterable[Term]) -> None:
        """Build the automaton; of terms that are equal when folded the last stands, empty ones are left out."""
        self._automaton = ahocorasick.Automaton()
        for term in terms:
            folded = "".join(fold(char) for char in term.text if not char.isspace())
            if folded:
                self._automaton.add_word(folded, (len(folded), term))
        if len(self._automaton):
            self._automaton.make_automaton()

    def __len__(self) -> int:
        """Return the number of different terms."""
        return len(self._automaton)

    def find(self, text: str) -> Iterator[Occurrence]:
        """Yield the longest terms from the left, none inside another, in order of the text."""
        if not len(self._automaton):
            return
        offsets = [at for at, char in enumerate(text) if not char.isspace()]
        folded = "".join(fold(text[at]) for at in offsets)
        found = sorted(
            ((last - size + 1, last + 1, term) for last, (size, term) in self._automaton.iter(folded)),
            key=lambda match: (match[0], -match[1]),
        )  # iter_long would be shorter, but passes over terms inside the beginning of a longer one that does not fit
        behind = 0
        for start, end, term in found:
            if start >= behind:
                yield Occurrence(term, offsets[start], offsets[end - 1] + 1)
                behind = end
