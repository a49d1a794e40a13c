"""The controlled vocabulary: terms with categories, the user's own lists, and segmentation with them."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import jieba

from pipeline.language.normalise import fold
from pipeline.reading.states import FileState, file_state
from pipeline.reading.text import decode
from pipeline.vocabulary.divisions import divisions

BUILT_IN = Path(__file__).with_name("data") / "terms.tsv"
"""Written by scripts/build_vocabulary.py."""

USER_COUNT = 200
"""Weight of a user's term that comes without a count: as usual as the commonest mined formulae."""

USER = "user"
"""Category of a user's term that names none."""

USER_WEIGHT = 30.0
"""Occurrences that a user's term counts for in every document: whoever lists it expects it. 3 and 30 are as good, 300
costs other text more than it gives names (scripts/measure_term_weights.py, docs/results.md)."""

LONGEST = 60
"""Longest term read from a list, in characters; longer lines are text, not terms."""

LONGEST_COUNT = 12
"""Digits of a count; Python turns no more than 4,300 into a number."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the vocabulary; ``count`` says how usual it is."""

    text: str
    category: str
    count: int


def read_terms(text: str, category: str = USER) -> Iterator[Term]:
    """Read a list: one term a line, optionally a tab and its category, a tab and its count; # starts a comment.

    Malformed counts fall back to ``USER_COUNT``; empty and over-long lines are passed over.
    """
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("\t")]
        term = "".join(map(fold, "".join(fields[0].split())))
        if not term or term.startswith("#") or len(term) > LONGEST:
            continue
        counted = len(fields) > 2 and fields[2].isdecimal() and len(fields[2]) <= LONGEST_COUNT
        count = int(fields[2]) if counted else USER_COUNT
        yield Term(term, fields[1] if len(fields) > 1 and fields[1] else category, max(1, count))


class Vocabulary:
    """Terms by text; of duplicates the one read last stands. ``own`` are those that the user lists or taught."""

    def __init__(self, terms: Iterable[Term], own: Iterable[Term] = ()) -> None:
        listed = list(own)
        self.own: tuple[str, ...] = tuple(dict.fromkeys(term.text for term in listed))
        self.terms: dict[str, Term] = {term.text: term for term in (*terms, *listed)}

    def __len__(self) -> int:
        """Return the number of terms."""
        return len(self.terms)

    @functools.cached_property
    def segmenter(self) -> jieba.Tokenizer:
        """A jieba tokenizer that knows these terms and nothing else; no cache file is written."""
        lines = "".join(f"{t.text} {t.count}\n" for t in self.terms.values() if " " not in t.text)
        tokenizer = jieba.Tokenizer()
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(_Named(lines.encode("utf-8")))
        tokenizer.initialized = True
        return tokenizer

    @functools.cached_property
    def name_characters(self) -> frozenset[str]:
        """The characters that places are named with."""
        return frozenset(char for term in self.terms.values() if term.category == "place" for char in term.text)

    def covers(self, text: str, at: int, least: int) -> bool:
        """Tell whether a term of *least* characters or more stands in *text* over position *at*."""
        terms, size = self.terms, len(text)
        return any(
            text[start:end] in terms for start in range(at + 1) for end in range(max(at + 1, start + least), size + 1)
        )

    def words(self, text: str) -> Iterator[tuple[int, int, Term]]:
        """Segment *text*; yield start, end and term of every word of two or more characters that is a term."""
        for word, start, end in self.segmenter.tokenize(text, HMM=False):
            if end - start >= 2 and word in self.terms:
                yield start, end, self.terms[word]


class _Named(io.BytesIO):
    """Bytes with the name that jieba prints in its errors."""

    name = "vocabulary"


def vocabulary(user_list: Path | None = None, learnt: tuple[str, ...] = ()) -> Vocabulary:
    """Return the built-in vocabulary, with what a profile learnt and the user's own list on top.

    It is kept until the list changes.

    Raises:
        FileAccessError: the list cannot be read.
        UnreadableInputError: the list is not text.
    """
    return _vocabulary(file_state(user_list) if user_list is not None else None, learnt)


@functools.lru_cache(maxsize=4)
def _vocabulary(user_list: FileState | None, learnt: tuple[str, ...]) -> Vocabulary:
    own = [Term(text, USER, USER_COUNT) for text in learnt]
    if user_list is not None:
        own.extend(read_terms(decode(user_list.read(), str(user_list.path))[0]))
    places = [Term(name, "place", 1) for division in divisions() for name in division.names if len(name) > 1]
    return Vocabulary([*places, *read_terms(BUILT_IN.read_text(encoding="utf-8"))], own)


def log_count(term: Term) -> float:
    """Return ln(1 + count), the weight of a term among others that fit the same place."""
    return math.log1p(term.count)
