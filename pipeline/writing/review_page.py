"""review.html: one file with its data, for a browser without network or server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import jinja2
from markupsafe import Markup

from pipeline.edits import Edit, edit_id
from pipeline.writing.attention import queue
from pipeline.writing.layout import lay_out

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, trim_blocks=True
)


def review_html(original: str, edits: Iterable[Edit], name: str, server: str = "", fill: str = "accepted") -> str:
    """Return the review page; *server* is the token of a local server, empty for a page that stands alone."""
    edits = tuple(sorted(edits, key=lambda e: (e.start, e.end)))
    order = {edit_id(edit): rank for rank, edit in enumerate(queue(original, edits, fill))}
    places = [
        {
            "id": edit_id(edit),
            "before": edit.before,
            "after": edit.after,
            "kind": edit.kind,
            "status": edit.status,
            "p": round(edit.probability, 4),
            "alternatives": [[t, round(p, 4)] for t, p in edit.alternatives if t != edit.after][:9],
            "evidence": list(edit.evidence),
            "rank": order[edit_id(edit)],
        }
        for edit in edits
    ]
    number = {edit_id(edit): index for index, edit in enumerate(edits)}
    lines = [
        [number[edit_id(piece.edit)] if piece.edit else piece.text for piece in line.pieces]
        for page in lay_out(original, edits, ())
        for line in page.lines
    ]
    data = {"name": name, "token": server, "places": places, "lines": lines}
    # Within a script element only "<" can end the data; U+2028 and lone surrogates are safe once escaped by json.
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    return _ENVIRONMENT.get_template("review.html.j2").render(name=name, data=Markup(text))
