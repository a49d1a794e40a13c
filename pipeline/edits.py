"""Edits: the only way text changes.

``apply`` and ``revert`` are exact inverses; tests/test_edits.py proves it under hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pipeline.document import Place
from pipeline.errors import BuqueError

Status = Literal["accepted", "suggested", "open"]
OPEN_MARK, CLOSE_MARK = "⟦", "⟧"


@dataclass(frozen=True, slots=True)
class Edit:
    """One proposed change of the original text.

    Attributes:
        start: offset of the first code point in the whole original text.
        end: offset behind the last one; ``start == end`` is an insertion.
        before: the original text of the span.
        after: the reading that would stand in its place.
        kind: ``missing`` (□ ▭ or a gap that left a trace), ``untraced`` (nothing was seen) or ``picture``.
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
        pieces.append(f"{OPEN_MARK}{edit.after}{CLOSE_MARK}" if mark else edit.after)
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
