"""A PDF whose text can be searched and copied; restored text is coloured and underlined.

A text has no page image, so its lines are set on A4 with the standard Chinese font STSong-Light (ISO 32000-1, 9.7.5.2:
a predefined CMap, not embedded; viewers put their own Song face). The file is therefore not PDF/A.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.writing.layout import PageLine, Piece

FONT = "STSong-Light"
SIZE = 11.0  # points
LEADING = 18.0
BORDER = 56.0
# Dark enough on white for a contrast of 4.5 (WCAG 2.2, 1.4.3); the underline tells them apart without colour.
COLOURS = {"accepted": (0.0, 0.35, 0.25), "suggested": (0.55, 0.3, 0.0), "open": (0.65, 0.1, 0.1)}


def pdf(lines: Iterable[PageLine], title: str) -> bytes:
    """Return the restored text of *lines* as a PDF, lines broken at the border."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True, lang="zh")
    canvas.setTitle(_plain(title))
    canvas.setFont(FONT, SIZE)
    width, height = A4
    y = height - BORDER
    for line in lines:
        x = BORDER
        for text, piece in _runs(line.pieces, width - 2 * BORDER):
            if text == "\n" or y < BORDER:
                x, y = (BORDER, y - LEADING) if text == "\n" else (x, y)
                if y < BORDER:
                    canvas.showPage()
                    canvas.setFont(FONT, SIZE)
                    y = height - BORDER
                if text == "\n":
                    continue
            x = _draw(canvas, text, piece, x, y)
        y -= LEADING
    canvas.save()
    return buffer.getvalue()


def _draw(canvas: Canvas, text: str, piece: Piece, x: float, y: float) -> float:
    """Draw a run and return the x behind it, in points."""
    colour = COLOURS[piece.edit.status] if piece.edit else (0.0, 0.0, 0.0)
    canvas.setFillColorRGB(*colour)
    canvas.drawString(x, y, text)
    behind = x + float(pdfmetrics.stringWidth(text, FONT, SIZE))
    if piece.edit:
        canvas.setStrokeColorRGB(*colour)
        canvas.setDash(*([] if piece.applied else [2, 2]))
        canvas.line(x, y - 2, behind, y - 2)
    return behind


def _runs(pieces: Iterable[Piece], width: float) -> Iterator[tuple[str, Piece]]:
    """Break *pieces* into runs that fit *width* points; a run of a line feed starts a new line."""
    x = 0.0
    for piece in pieces:
        run = ""
        for character in _plain(piece.text):
            advance = float(pdfmetrics.stringWidth(character, FONT, SIZE))
            if x + advance > width:
                if run:
                    yield run, piece
                yield "\n", piece
                run, x = "", 0.0
            run += character
            x += advance
        if run:
            yield run, piece


def _plain(text: str) -> str:
    """Put U+FFFD for what the font's encoding UniGB-UCS2 cannot hold: control characters and beyond U+FFFF."""
    return "".join(
        c if " " <= c <= "\ud7ff" or "\ue000" <= c <= "\uffff" else " " if c == "\t" else "\ufffd" for c in text
    )
