"""Plots as SVG, and report.html that holds those of a document."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.damage.hypotheses import ORDERS, is_han
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.formats import ENVIRONMENT
from pipeline.writing.layout import applied_edits, lay_out

BINS = 20  # of the confidence histogram
CODE_BINS = 100  # of the characters that survive, in code order
MAP_COLUMNS = 200  # cells of the page map across; longer lines are cut off
MAP_LINES = 5000


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


def report_html(restoration: Restoration, settings: Settings, name: str, proof: Mapping[str, object]) -> str:
    """Return report.html: map of damage and confidence, histogram of confidence, evidence of the damage model."""
    pages = lay_out(restoration.original, restoration.edits, applied_edits(restoration, settings))
    confidence = [0] * BINS
    for edit in restoration.edits:
        confidence[min(int(edit.probability * BINS), BINS - 1)] += 1
    order = restoration.damage.cut.order if restoration.damage.cut else "GB2312"
    return ENVIRONMENT.get_template("report.html.j2").render(
        name=name,
        pages=pages,
        damage=restoration.damage,
        order=order,
        confidence=_bars(confidence),
        surviving=_bars(surviving(restoration.original, order)),
        counts=Counter(edit.status for edit in restoration.edits),
        proof=json.dumps(proof, ensure_ascii=False, indent=1),
        columns=MAP_COLUMNS,
        most_lines=MAP_LINES,
    )
