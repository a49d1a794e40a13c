"""review.html: one file with its data, for a browser without network or server."""

from __future__ import annotations

import bisect
import hashlib
import json
import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from pipeline.document import Place
from pipeline.edits import Edit, edit_id
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.attention import ALTERNATIVES, equal_places, queue
from pipeline.writing.layout import PageLine, lay_out
from pipeline.writing.pages import MOST_PICTURES, PAGES
from pipeline.writing.printed import paper

CHUNK = 200
"""Lines whose pictures stand in one script element; a browser reads it when one of them is shown."""

TOKEN = '<meta name="buque-token" content="">'
"""What a server puts its token into."""


def review_html(restoration: Restoration, settings: Settings, name: str) -> str:
    """Return the review page of a document: its lines, its edits, the pictures of its printed lines."""
    original = restoration.original
    edits = sorted(restoration.edits, key=lambda e: (e.start, e.end))
    number = {edit_id(edit): index for index, edit in enumerate(edits)}
    scanned = any(restoration.places)
    pages = paper(restoration, ()) if scanned else lay_out(original, edits, ())
    laid = [(page.number, line) for page in pages for line in page.lines if line.pieces or not scanned]
    pictures = _pictures([line for _, line in laid], restoration.crops)
    rows = [_printed(line, number, restoration.places) if scanned else _typed(line, number) for _, line in laid]
    data = {
        "name": name,
        "id": hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        "scan": scanned,
        "chunk": CHUNK,
        "places": _places(original, edits, settings.fill),
        "lines": rows,
        "pages": [page for page, _ in laid] if scanned else [],
        "pictured": [index for index, uri in enumerate(pictures) if uri],
    }
    chunks = [_json(pictures[at : at + CHUNK]) for at in range(0, len(pictures), CHUNK)] if any(pictures) else []
    return PAGES.get_template("review.html.j2").render(name=name, data=_json(data), chunks=chunks)


def _json(value: object) -> Markup:
    """Return JSON that may stand in a script element.

    Only "<" can end the data there; U+2028 and lone surrogates are safe once escaped by json.
    """
    return Markup(json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c"))


def _places(original: str, edits: Sequence[Edit], fill: str) -> list[dict[str, Any]]:
    order = {edit_id(edit): rank for rank, edit in enumerate(queue(original, edits, fill))}
    return [
        {
            "id": edit_id(edit),
            "before": edit.before,
            "after": edit.after,
            "kind": edit.kind,
            "status": edit.status,
            "p": round(edit.probability, 4),
            "alternatives": [[t, round(p, 4)] for t, p in edit.alternatives if t != edit.after][:ALTERNATIVES],
            "evidence": list(edit.evidence),
            "rank": order[edit_id(edit)],
            "equal": equal,
        }
        for edit, equal in zip(edits, equal_places(original, edits), strict=True)
    ]


def _content(text: str, edit: Edit | None, number: dict[str, int]) -> str | int:
    return number[edit_id(edit)] if edit else text


def _typed(line: PageLine, number: dict[str, int]) -> list[Any]:
    return [_content(piece.text, piece.edit, number) for piece in line.pieces]


def _printed(line: PageLine, number: dict[str, int], places: Sequence[Place | None]) -> list[Any]:
    """Return the pieces of a printed line: left edge and width in cells from the line's own edge, and content.

    Where an edit runs over the end of the line, which characters of it stand here follows.
    """
    pitch = _pitch(line, places)
    pieces: list[Any] = []
    for piece in line.pieces:
        left = round((piece.box.left - line.box.left) / pitch, 2)
        width = round(piece.box.width / pitch, 2)
        row = [left, width, _content(piece.text, piece.edit, number)]
        if piece.edit and piece.before != piece.edit.before:
            row += [piece.offset, piece.offset + len(piece.before)]
        pieces.append(row)
    return pieces


def _pitch(line: PageLine, places: Sequence[Place | None]) -> float:
    """Return the width of a cell of a printed line in pixels: the median step between characters."""
    lefts = [place.box[0] for place in places[line.start : line.end] if place]
    steps = [b - a for a, b in pairwise(lefts) if 0.5 * line.box.height < b - a < 2 * line.box.height]
    return statistics.median(steps) if steps else max(1.0, float(line.box.height))


def _pictures(lines: Sequence[PageLine], crops: Sequence[tuple[int, str]]) -> list[str]:
    """Return the picture of each line, empty where there is none."""
    pictures = [""] * len(lines)
    starts = [line.start for line in lines]
    spare = sum(len(uri) for _, uri in crops) > MOST_PICTURES
    for offset, uri in crops:
        index = bisect.bisect_right(starts, offset) - 1
        if index >= 0 and not pictures[index] and not (spare and not any(p.edit for p in lines[index].pieces)):
            pictures[index] = uri
    return pictures
