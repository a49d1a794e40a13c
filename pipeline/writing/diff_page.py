"""diff.html: original and restored text side by side, with the pictures of printed lines."""

from __future__ import annotations

import base64
import struct
from collections import Counter
from dataclasses import dataclass

from pipeline.edits import FILLINGS, Edit
from pipeline.restoration import Restoration
from pipeline.writing.layout import by_line, line_starts
from pipeline.writing.pages import MOST_PICTURES, PAGES

_HEAD = 24  # bytes of a PNG up to and including its width and height


@dataclass(frozen=True, slots=True)
class _Piece:
    """Untouched text, or an edit with what is shown in its place."""

    text: str
    edit: Edit | None = None


def shown(edit: Edit) -> str:
    """Return what the restored side shows: a doubtful change of readable text leaves the text, marked, as it is."""
    doubtful = edit.status != "accepted" and edit.kind not in FILLINGS and edit.probability < 0.5
    return edit.before if doubtful else edit.after


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


def diff_html(restoration: Restoration, name: str) -> str:
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
            pieces.append(_Piece(shown(edit), edit))
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
        counts=Counter(edit.status for edit in restoration.edits),
        damage=restoration.damage,
        scanned=bool(restoration.crops),
    )
