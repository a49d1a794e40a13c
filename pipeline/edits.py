"""Edits: the only way text changes.

``apply`` and ``revert`` are exact inverses; tests/test_edits.py proves it under hypothesis. An edit may span line ends
(a hard wrap that is taken out), and one whose ``after`` equals ``before`` is a flag: nothing is proposed, but somebody
should look.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.document import Place
from pipeline.errors import BuqueError

Status = Literal["accepted", "suggested", "open"]
OPEN_MARK, CLOSE_MARK = "⟦", "⟧"

KINDS = {
    "missing": "a hole that left a trace: □, ▭, a gap",
    "untraced": "a hole that left none",
    "label": "a label of a standard form",
    "misread": "a character taken for another",
    "date": "年, 月 or 日 lost or doubled in a date",
    "number": "brackets and 号 of a document's number",
    "contact": "e-mail, address on the net, telephone, post code",
    "mojibake": "wrong encoding, compatibility characters",
    "numbering": "a heading's numeral",
    "bracket": "unpaired brackets and quotes",
    "title": "a title that the document writes in two ways",
    "doubled": "a character or mark that stands twice",
    "debris": "remains of pictures",
    "join": "a hard line break inside a paragraph",
    "spacing": "a stray space between Chinese characters",
    "width": "full and half width mixed",
    "cut_off": "the text ends inside a sentence",
    "picture": "a picture: nothing is supplied for it",
}
"""Every kind of edit; each can be switched off (``Settings.off``, ``--no``, ``--only``)."""

FILLINGS = frozenset({"missing", "untraced", "label"})
"""Kinds that put something where nothing can be read."""

HOLES = "□▭ \t\u00a0\u3000"
"""What a hole may look like: marks and spaces."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One proposed change of the original text.

    Attributes:
        start: offset of the first code point in the whole original text.
        end: offset behind the last one; ``start == end`` is an insertion.
        before: the original text of the span.
        after: the reading that would stand in its place.
        kind: one of ``KINDS``.
        evidence: named signs, for people.
        probability: calibrated probability that ``after`` is exactly right.
        alternatives: further readings with probabilities, best first.
        status: accepted, suggested or open.
        places: where it lies on the page, for what has no character in the text: a picture.
    """

    start: int
    end: int
    before: str
    after: str
    kind: str
    evidence: tuple[str, ...]
    probability: float
    alternatives: tuple[tuple[str, float], ...]
    status: Status
    places: tuple[Place, ...] = ()


def switched_on(edits: Iterable[Edit], off: Container[str]) -> list[Edit]:
    """Return the edits whose kind the run's settings have not switched off."""
    return [edit for edit in edits if edit.kind not in off]


def is_faint(edit: Edit, suggest: float) -> bool:
    """Tell whether an edit is suggested with a probability below *suggest* (``Settings.suggest``).

    Misread characters are listed down to far less than that, since a person who looks for them finds half of those that
    no rule would dare to name; but most of them stand in text that is right. They count as nothing to be reviewed.
    """
    return edit.status == "suggested" and edit.probability < suggest


def edit_id(edit: Edit) -> str:
    """Return the name of an edit within its document: its span in code points of the original."""
    return f"{edit.start}-{edit.end}"


def carried_out(edit: Edit, fill: str) -> bool:
    """Tell whether an edit is carried out by itself under the run's ``fill``.

    What is accepted always is. ``best`` adds the best reading of every hole: a hole is better filled by a guess than
    not at all, while a character that can be read is not exchanged for a guess.
    """
    if edit.status == "accepted":
        return True
    return fill == "best" and edit.kind in FILLINGS and not edit.before.strip(HOLES)


def apply(original: str, edits: Iterable[Edit], *, mark: bool = False) -> str:
    """Return *original* with *edits* carried out, whatever their status.

    Raises:
        BuqueError: edits overlap or do not fit the text.
    """
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if edit.start < at or original[edit.start : edit.end] != edit.before:
            raise BuqueError(f"edit at {edit.start} does not fit the text", "Restore the original file again.")
        pieces.append(original[at : edit.start])
        # What is left out leaves no mark: a line break that joins a word's halves would part them again.
        pieces.append(f"{OPEN_MARK}{edit.after}{CLOSE_MARK}" if mark and edit.after else edit.after)
        at = edit.end
    pieces.append(original[at:])
    return "".join(pieces)


def revert(restored: str, edits: Iterable[Edit]) -> str:
    """Undo ``apply`` (without marks): give the original back."""
    inverse: list[Edit] = []
    shift = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        start = edit.start + shift
        inverse.append(
            Edit(start, start + len(edit.after), edit.after, edit.before, edit.kind, (), 1.0, (), "accepted")
        )
        shift += len(edit.after) - len(edit.before)
    return apply(restored, inverse)


def beside(edits: Sequence[Edit], insertions: Iterable[Edit], length: int) -> tuple[Edit, ...]:
    """Return *edits* with insertions that change nothing put among them, each at a place of its own.

    An edit is known by its span, and spans do not overlap: a place inside an edit, or taken by another insertion, gives
    way to the next free one behind it, else to the nearest before it. Where none is left, an insertion joins the last
    one that was placed, and that one has the places of both.

    Args:
        edits: in order, without overlaps.
        insertions: of nothing, such as pictures.
        length: of the text, code points; no insertion stands behind it.
    """
    spans = {(edit.start, edit.end) for edit in edits}
    starts = [edit.start for edit in edits]
    placed: list[Edit] = []

    def is_free(at: int) -> bool:
        before = bisect.bisect_left(starts, at) - 1
        return (at, at) not in spans and (before < 0 or edits[before].end <= at)

    for one in insertions:
        wanted = min(one.start, length)
        free = next(filter(is_free, itertools.chain(range(wanted, length + 1), range(wanted - 1, -1, -1))), None)
        if free is not None:
            spans.add((free, free))
            placed.append(replace(one, start=free, end=free))
        elif placed:
            placed[-1] = replace(placed[-1], places=placed[-1].places + one.places)
    return tuple(sorted([*edits, *placed], key=lambda edit: (edit.start, edit.end)))


def settle(*layers: Iterable[Edit]) -> list[Edit]:
    """Merge edits by several judges into one list without overlaps, in order of the text.

    Of two edits that touch the same characters, or insert at the same place, an accepted one stands before one that is
    not; among equals the one of the earlier layer stands, and within a layer the one that comes first.
    """
    starts: list[int] = []
    kept: list[Edit] = []
    every = [edit for layer in layers for edit in layer]
    for accepted in (True, False):
        for edit in every:
            if (edit.status == "accepted") != accepted:
                continue
            at = bisect.bisect_right(starts, edit.start)
            # Kept edits do not overlap, so only the nearest on either side can conflict; insertions beside a span do
            # not, and a span may have one at either end.
            around = kept[max(0, at - 2) : at + 2]
            if any(_conflict(edit, other) for other in around):
                continue
            while at > 0 and (starts[at - 1], kept[at - 1].end) > (edit.start, edit.end):
                at -= 1
            starts.insert(at, edit.start)
            kept.insert(at, edit)
    return kept


def _conflict(one: Edit, other: Edit) -> bool:
    if (one.start, one.end) == (other.start, other.end):
        return True
    return one.start < other.end and other.start < one.end
