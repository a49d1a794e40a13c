"""What decisions teach: from a reviewed document to facts of the user's profile."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import jieba

from pipeline.damage.hypotheses import is_han
from pipeline.decision.parallels import folded
from pipeline.decision.policy import NEGATIONS, NUMERALS
from pipeline.edits import FILLINGS, Edit, apply
from pipeline.language.normalise import HOLE_ONE, HOLE_RUN
from pipeline.profile import Calibration, Confusion, Fact, Filling, LearntTerm, Passage
from pipeline.review.decisions import Decision, Reviewed
from pipeline.review.stored import Stored
from pipeline.vocabulary.terms import vocabulary

AROUND = 10
"""Characters kept on either side of a decided reading: twice what the models see."""

LONGEST_TERM = 8
FEWEST = 2
"""Times words must stand in a document to be a term of it."""

_STOPS = re.compile(f"[。！？；：，、\n\r{HOLE_ONE}{HOLE_RUN}]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_EMPTY = frozenset("的了和与及在等是为对将以于并或其各把被由从")
"""Words do not begin or end with these: a repeated 的信息 is no term."""


@dataclass(frozen=True, slots=True)
class _Decided:
    """An edit that a person decided: as it was, the decision, and where the reading lies in the reviewed text."""

    edit: Edit
    decision: Decision
    start: int
    end: int

    @property
    def reading(self) -> str | None:
        """The true reading, or None where the person did not say."""
        return self.decision.text if self.decision.verdict in ("accept", "replace") else None

    @property
    def right(self) -> bool | None:
        """Whether the model's reading was right; None where nobody knows."""
        if self.decision.verdict == "illegible":
            return None
        return self.reading == self.edit.after

    @property
    def new(self) -> bool:
        """The models did not read it by themselves: they were unsure or wrong."""
        return bool(self.reading) and (self.edit.status != "accepted" or not self.right)


def learnt(stored: Stored, reviewed: Reviewed) -> list[Fact]:
    """Return what the decisions on a document teach."""
    decided = list(_decided(stored, reviewed))
    if not decided:
        return []
    origin: dict[str, Any] = {
        "document": stored.name,
        "who": _short(", ".join(sorted({one.decision.who for one in decided})), 1000),
        "when": _short(max(one.decision.when for one in decided), 40),
    }
    text = apply(stored.original, reviewed.carried_out)  # without marks, whatever the run's settings
    new = [one for one in decided if one.new]
    facts: list[Fact] = []
    known = vocabulary()
    terms = Counter(term for one in new if (term := _term(text, one)) and term not in known.terms)
    facts += [LearntTerm(text=term, count=count, **origin) for term, count in terms.items()]
    # What the models read by themselves need not be remembered: it drew them to the wrong places (docs/results.md).
    passages = Counter(passage for one in new if not one.right and len(passage := _passage(text, one)) > 1)
    facts += [Passage(text=passage, count=count, **origin) for passage, count in passages.items()]
    facts += [
        Confusion(seen=seen, true=true, right=right, wrong=wrong, **origin)
        for (seen, true), (right, wrong) in _confusions(decided).items()
    ]
    for kind in ("exact", "gap", "untraced", "misread"):
        if judged := [(one.edit.probability, one.right) for one in decided if filling(one.edit) == kind]:
            sure = [(p, right) for p, right in judged if right is not None]
            facts.append(
                Calibration(
                    of=kind,
                    places=len(sure),
                    right=sum(right for _, right in sure),
                    promised=round(sum(p for p, _ in sure), 3),
                    variance=round(sum(p * (1 - p) for p, _ in sure), 3),
                    **origin,
                )
            )
    return facts


def _short(text: str, most: int) -> str:
    """Return what a profile can hold of what people wrote: their names and times may be of any length."""
    return text.encode("utf-8", "replace").decode("utf-8")[:most]


def filling(edit: Edit) -> Filling | None:
    """Return the kind of reading by which an edit was calibrated (pipeline/decision), or None for ordinary damage."""
    if edit.kind == "misread":
        return "misread"
    if edit.kind not in FILLINGS or not edit.evidence or not edit.evidence[0].startswith("hole:"):
        return None
    if edit.evidence[0] == "hole:exact":
        return "exact"
    return "gap" if edit.before else "untraced"


def _decided(stored: Stored, reviewed: Reviewed) -> Iterator[_Decided]:
    """Yield what was decided, in order of the text, with offsets in the reviewed text without marks."""
    standing = {(edit.start, edit.end): (edit, decision) for edit, decision in reviewed.standing}
    shift = 0
    for edit in sorted(reviewed.carried_out, key=lambda e: (e.start, e.end)):
        start = edit.start + shift
        if found := standing.pop((edit.start, edit.end), None):
            yield _Decided(*found, start, start + len(edit.after))
        shift += len(edit.after) - len(edit.before)
    for edit, decision in standing.values():  # rejected or illegible: no reading to learn
        yield _Decided(edit, decision, 0, 0)


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the clause around a span: to the next stop, hole or line end, ``AROUND`` at most."""
    left = max((m.end() for m in _STOPS.finditer(text, max(0, start - AROUND), start)), default=max(0, start - AROUND))
    stop = _STOPS.search(text, end, min(len(text), end + AROUND))
    return left, stop.start() if stop else min(len(text), end + AROUND)


def _passage(text: str, one: _Decided) -> str:
    left, right = _clause(text, one.start, one.end)
    return folded(_CONTROLS.sub("", text[left:right]))[:60]


def _term(text: str, one: _Decided) -> str | None:
    """Return the longest run of whole words around a reading that the document repeats, or None.

    Numbers and negations make no term: a term may bear out what language alone may not decide. Nor do words of the
    general dictionary, which the models know.
    """
    left, right = _clause(text, one.start, one.end)
    words = _words()
    edges = [left, *(left + end for _, _, end in words.tokenize(text[left:right]))]
    runs = [
        text[start:end]
        for start in edges
        if start <= one.start
        for end in edges
        if end >= one.end and 2 <= end - start <= LONGEST_TERM
    ]
    for run in sorted(runs, key=len, reverse=True):
        if _is_term(run) and not words.FREQ.get(run) and text.count(run) >= FEWEST:
            return folded(run)
    return None


@functools.cache
def _words() -> jieba.Tokenizer:
    """Return jieba with its general dictionary; no cache file is written."""
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def _is_term(words: str) -> bool:
    if not all(map(is_han, words)) or set(words) & (NUMERALS | NEGATIONS):
        return False
    return words[0] not in _EMPTY and words[-1] not in _EMPTY


def _confusions(decided: Iterable[_Decided]) -> dict[tuple[str, str], tuple[int, int]]:
    """Count, for every pair of single characters, decisions that bore it out and that did not."""
    right: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for one in decided:
        before = one.edit.before
        if one.edit.kind != "misread" or len(before) != 1 or one.right is None:
            continue
        reading = one.reading
        if reading and len(reading) == 1 and reading != before:
            right[before, reading] += 1
        if not one.right and len(one.edit.after) == 1:
            wrong[before, one.edit.after] += 1
    return {pair: (right[pair], wrong[pair]) for pair in sorted({*right, *wrong})}
