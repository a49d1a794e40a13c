"""Give the invented places of written documents real names, for models that shall not learn what does not exist.

A model trained on the documents as they are prefers 汀海市 to 青海省: it has seen the one and not the other. Each
document gets places of one province in the stead of its own.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import jieba

from pipeline.vocabulary.divisions import LEVEL, LEVELS, Division, divisions

MOST_DOCUMENTS = 15
"""Documents that an invented name may stand in; what stands in more is a word."""

LEAST_NAMED = 0.4
"""Share of a stem's occurrences that have the level behind them; words stand without it mostly."""

_NAME = re.compile(
    rf"(?:^|[^\u4e00-\u9fff]|[{LEVELS}])(?=(?P<stem>[\u4e00-\u9fff]{{2,4}}?)(?P<level>[{LEVELS}]))", re.MULTILINE
)
_NO_NAME = re.compile("[全本我各该在对由及和与向为是的等按经从到将年月日省市州县区旗盟乡镇]")

COMMON = 20
"""Occurrences in jieba's dictionary from which something is a word."""


def is_word(text: str) -> bool:
    """Tell whether *text* is a word of its own."""
    jieba.dt.check_initialized()
    return int(jieba.dt.FREQ.get(text) or 0) >= COMMON


def stem_of(name: str) -> str:
    """Return a name without its level."""
    return LEVEL.sub("", name)


REAL = frozenset(stem_of(name) for division in divisions() for name in division.names)


def stems(text: str) -> Counter[tuple[str, str]]:
    """Count what stands like the name of an unknown place: pairs of a stem and its level."""
    found: Counter[tuple[str, str]] = Counter()
    title = text.find("\n")
    for match in _NAME.finditer(text):
        stem = match["stem"]
        named = match.start() < title or not is_word(stem)
        if named and stem not in REAL and not _NO_NAME.search(stem):
            times = text.count(stem)
            if text.count(stem + match["level"]) >= LEAST_NAMED * times:
                found[stem, match["level"]] = times
    return found


def invented(documents: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    """Yield for each document the stems and levels of its invented places, the most frequent first."""
    counted = [stems(text) for text in documents]
    spread = Counter(stem for found in counted for stem, _ in found)
    for found in counted:
        yield [pair for pair, times in found.most_common() if times >= 2 and spread[pair[0]] <= MOST_DOCUMENTS]


def choose(places: Sequence[tuple[str, str]], generator: random.Random) -> dict[str, str]:
    """Return a real stem for each of the places of a document, of the same level, in one province where it has such."""
    province = generator.choice(sorted({division.chain[0] for division in divisions()}))
    here = [division for division in divisions() if division.chain[0] == province]
    chosen: dict[str, str] = {}
    for stem, level in places:
        fitting = [s for s in map(_short, here) if s[1] == level and s[0] not in chosen.values()]
        fitting = fitting or [s for s in map(_short, divisions()) if s[1] == level]
        same = [s for s in fitting if len(s[0]) == len(stem)] or fitting
        if same and stem not in chosen:
            chosen[stem] = generator.choice(same)[0]
    return chosen


def _short(division: Division) -> tuple[str, str]:
    return stem_of(division.names[-1]), division.level


def renamed(texts: Sequence[str], seed: int = 0) -> Iterator[str]:
    """Yield documents with real names in the stead of their invented ones, alike throughout a document."""
    generator = random.Random(seed)
    for text, places in zip(texts, invented(texts), strict=True):
        names = choose(places, generator)
        longest_first = sorted(names, key=lambda stem: (-len(stem), stem))
        pieces = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if names else [text]
        yield "".join(names.get(piece, piece) for piece in pieces)


def paragraphs(files: Iterable[Path], seed: int = 0) -> Iterator[str]:
    """Yield the paragraphs of documents, with real names."""
    for text in renamed([path.read_text(encoding="utf-8") for path in files], seed):
        yield from text.splitlines()
