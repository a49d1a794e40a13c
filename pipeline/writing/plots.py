"""Plots as SVG, and report.html that holds those of a document."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.damage.hypotheses import ORDERS, is_han
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.formats import ENVIRONMENT
from pipeline.writing.layout import LaidPage, PageLine, Piece
from pipeline.writing.printed import pages_of

BINS = 20  # of the confidence histogram
CODE_BINS = 100  # of the characters that survive, in code order
MAP_PAGES = 200
SHEET_CELLS = 40  # of the map of a text that has no paper
SHEET_ROWS = 50


def curves_svg(curves: Mapping[str, Sequence[tuple[float, float]]], x_name: str, y_name: str) -> str:
    """Draw lines through (x, y) points, a name and a dash pattern each; axes start at 0."""
    right = max((x for points in curves.values() for x, _ in points), default=0) or 1
    top = max((y for points in curves.values() for _, y in points), default=0) or 1
    drawn = [
        (name, " ".join(f"{60 + 500 * x / right:.1f},{270 - 240 * y / top:.1f}" for x, y in points))
        for name, points in curves.items()
    ]
    return ENVIRONMENT.get_template("curves.svg.j2").render(
        curves=drawn, right=right, top=top, x_name=x_name, y_name=y_name
    )


def _bars(values: Sequence[int]) -> list[tuple[float, float, int]]:
    """Return (x, height, value) of bars in a plot of 500 by 120."""
    most = max(values, default=0) or 1
    width = 500 / max(len(values), 1)
    return [(round(index * width, 2), round(120 * value / most, 2), value) for index, value in enumerate(values)]


def surviving(text: str, order: str) -> list[int]:
    """Count the Han characters of *text* in ``CODE_BINS`` equal steps of the code order, from its first to its last."""
    codes = Counter(code for c in text if is_han(c) and (code := ORDERS[order](c)) is not None)
    if not codes:
        return [0] * CODE_BINS
    low, high = min(codes), max(codes)
    counts = [0] * CODE_BINS
    for code, count in codes.items():
        counts[(code - low) * CODE_BINS // (high - low + 1)] += count
    return counts


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle of the page map; ``kind`` is the status of an edit, or text."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageMap:
    """A page drawn small, in units of its own."""

    caption: str
    width: int
    height: int
    marks: tuple[Mark, ...]


def _mark(piece: Piece, left: float, bottom: float, width: float, height: float) -> Mark:
    """Draw a piece: an edit is as high as it is probable, from a quarter of its line on."""
    high = round(height * (0.25 + 0.75 * piece.edit.probability if piece.edit else 0.5), 1)
    return Mark(piece.edit.status if piece.edit else "text", left, round(bottom - high, 1), width, high)


def paper_map(page: LaidPage) -> PageMap:
    """Draw where the text of a page of paper stands and was restored."""
    marks = [
        _mark(piece, piece.box.left, piece.box.bottom, piece.box.width, piece.box.height)
        for line in page.lines
        for piece in line.pieces
    ]
    return PageMap(f"第 {page.number} 页 Page {page.number}", page.width, page.height, tuple(marks))


def sheet_maps(lines: Sequence[PageLine]) -> list[PageMap]:
    """Draw a text that has no paper on sheets of ``SHEET_ROWS`` rows of ``SHEET_CELLS`` characters."""
    sheets: list[list[Mark]] = []
    firsts: list[int] = []
    row = SHEET_ROWS
    for line in lines:
        at = SHEET_CELLS  # a line begins a row
        for piece in line.pieces or (None,):
            left = len(piece.text) if piece else 0
            while left > 0 or at == SHEET_CELLS:
                if at == SHEET_CELLS:
                    row, at = row + 1, 0
                    if row >= SHEET_ROWS:
                        sheets.append([])
                        firsts.append(line.number)
                        row = 0
                part = min(left, SHEET_CELLS - at)
                if piece and part:
                    sheets[-1].append(_mark(piece, 8 + 5 * at, 16 + 10 * row, 5 * part, 8))
                at, left = at + part, left - part
    lasts = [*(first - 1 for first in firsts[1:]), len(lines)]
    return [
        PageMap(
            f"第 {first}–{max(first, last)} 行 Lines {first}–{max(first, last)}",
            16 + 5 * SHEET_CELLS,
            16 + 10 * SHEET_ROWS,
            tuple(marks),
        )
        for first, last, marks in zip(firsts, lasts, sheets, strict=True)
    ]


def report_html(restoration: Restoration, settings: Settings, name: str, proof: Mapping[str, object]) -> str:
    """Return report.html: map of damage and confidence, histogram of confidence, evidence of the damage model."""
    pages = pages_of(restoration, settings)
    maps = [*map(paper_map, pages)] if any(restoration.places) else sheet_maps(pages[0].lines)
    confidence = [0] * BINS
    for edit in restoration.edits:
        confidence[min(int(edit.probability * BINS), BINS - 1)] += 1
    order = restoration.damage.cut.order if restoration.damage.cut else "GB2312"
    seen = surviving(restoration.original, order)
    codes = sorted((code, c) for c in set(restoration.original) if is_han(c) and (code := ORDERS[order](c)) is not None)
    return ENVIRONMENT.get_template("report.html.j2").render(
        name=name,
        maps=maps[:MAP_PAGES],
        left_out=max(0, len(maps) - MAP_PAGES),
        damage=restoration.damage,
        order=order,
        confidence=_bars(confidence),
        most_confidence=max(confidence),
        surviving=_bars(seen),
        most_surviving=max(seen),
        first=f"{codes[0][1]} {codes[0][0]:X}" if codes else "",
        last=f"{codes[-1][1]} {codes[-1][0]:X}" if codes else "",
        counts=Counter(edit.status for edit in restoration.edits),
        proof={"pages": [defaultdict(str, page) for page in restoration.pages]},
        text=json.dumps(proof, ensure_ascii=False, indent=1),
    )
