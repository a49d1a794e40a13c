"""Edits as rows: of edits.jsonl, of reviewed.jsonl, of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.document import Place
from pipeline.edits import Edit
from pipeline.restoration import Restoration
from pipeline.writing.layout import line_starts, position


def edit_rows(restoration: Restoration) -> list[dict[str, Any]]:
    """Return the rows of edits.jsonl of a restoration."""
    return edit_rows_of(restoration.original, restoration.edits, restoration.places)


def edit_rows_of(original: str, edits: Iterable[Edit], on_page: Sequence[Place | None] = ()) -> list[dict[str, Any]]:
    """Return the rows of edits.jsonl; start and end count code points of the original line, from 0; lines from 1.

    Args:
        original: the text that the edits are of.
        edits: what is written.
        on_page: the place of every character of *original* on its page, or nothing for text input.
    """
    starts = line_starts(original)
    rows = []
    for edit in edits:
        places = list(edit.places) or [p for p in on_page[edit.start : edit.end] if p] or _beside(edit, on_page)
        rows.append(
            {
                "page": places[0].page if places else 1,
                **position(edit, starts),
                "before": edit.before,
                "after": edit.after,
                "kind": edit.kind,
                "evidence": list(edit.evidence),
                "probability": round(edit.probability, 4),
                "status": edit.status,
                "alternatives": [list(alternative) for alternative in edit.alternatives],
                **_where(places),
            }
        )
    return rows


def _beside(edit: Edit, on_page: Sequence[Place | None]) -> list[Place]:
    """Return the seam between the neighbours of an insertion, nothing wide: behind the one before, else at the next."""
    if edit.start < edit.end:
        return []
    for place in reversed(on_page[max(0, edit.start - 1) : edit.start]):
        if place:
            _, top, right, bottom = place.box
            return [Place(place.page, (right, top, right, bottom), place.under_seal)]
    for place in on_page[edit.start : edit.start + 1]:
        if place:
            left, top, _, bottom = place.box
            return [Place(place.page, (left, top, left, bottom), place.under_seal)]
    return []


def _where(places: list[Place]) -> dict[str, Any]:
    """Return page boxes, left, top, right, bottom in pixels, and whether a seal covers them; nothing for text input."""
    if not places:
        return {}
    return {"boxes": [list(place.box) for place in places], "under_seal": any(place.under_seal for place in places)}
