"""diff.html: original and restored text side by side, with the pictures of printed lines."""

from __future__ import annotations

import base64
import struct
from collections import Counter
from dataclasses import dataclass

from pipeline.edits import FILLINGS, Edit, carried_out, is_faint
from pipeline.language.normalise import HOLE_RUN
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.layout import by_line, line_starts
from pipeline.writing.pages import MOST_PICTURES, PAGES

_HEAD = 24  # bytes of a PNG up to and including its width and height


@dataclass(frozen=True, slots=True)
class _Piece:
    """Untouched text, or an edit with what is shown in its place, in the style of its status or of the faint."""

    text: str
    edit: Edit | None = None
    style: str = ""


def shown(edit: Edit, fill: str = "accepted") -> str:
    """Return what the restored side shows.

    A doubtful change of readable text leaves the text, marked, as it is; a hole that is left open is shown as one,
    since its reading is a guess that restored.txt does not hold: it stands with the alternatives.
    """
    if edit.kind not in FILLINGS:
        return edit.before if edit.status != "accepted" and edit.probability < 0.5 else edit.after
    if edit.status != "open" or carried_out(edit, fill):
        return edit.after
    return edit.before if edit.before.strip() else HOLE_RUN


@dataclass(frozen=True, slots=True)
class _Picture:
    """A printed line: PNG data URI, and its width in per cent of the widest one's, so that all show one scale."""

    uri: str
    width: float


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the original."""

    number: int
    original: str
    pieces: tuple[_Piece, ...]
    pictures: tuple[_Picture, ...]


def picture_width(uri: str) -> int:
    """Return the width in pixels of a PNG data URI; 1 where it is none (PNG, 11.2.2)."""
    data = base64.b64decode(uri.partition(",")[2][: _HEAD * 4 // 3])
    return max(1, int(struct.unpack(">I", data[16:20])[0])) if data[:4] == b"\x89PNG" and len(data) >= _HEAD else 1


def diff_html(restoration: Restoration, name: str, settings: Settings) -> str:
    """Return the self-contained page that shows original and restored text line by line."""
    original = restoration.original
    starts = line_starts(original)
    edits_of = by_line(restoration.edits, starts)
    spare = sum(len(uri) for _, uri in restoration.crops) > MOST_PICTURES
    widest = max((picture_width(uri) for _, uri in restoration.crops), default=1)
    rows = []
    at = 0
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(original)
        line = original[start:end].rstrip("\r\n")
        pieces: list[_Piece] = []
        at = max(at, start)  # an edit may have taken in the line end before
        for edit in edits_of.get(number, []):
            pieces.append(_Piece(original[at : edit.start]))
            style = "faint" if is_faint(edit, settings.suggest) else edit.status
            pieces.append(_Piece(shown(edit, settings.fill), edit, style))
            at = edit.end
        pieces.append(_Piece(original[at : start + len(line)]))
        pictures = tuple(
            _Picture(uri, round(100 * picture_width(uri) / widest, 2))
            for offset, uri in restoration.crops
            if start <= offset < end and not (spare and number not in edits_of)
        )
        rows.append(_Row(number + 1, line, tuple(pieces), pictures))
    return PAGES.get_template("diff.html.j2").render(
        name=name,
        rows=rows,
        counts=Counter(piece.style for row in rows for piece in row.pieces if piece.edit),
        damage=restoration.damage,
        broken=restoration.tables.checked.violations if restoration.tables else (),
        scanned=bool(restoration.crops),
    )
