"""Simulate a reviewer who knows the truth: errors left against time, by the review queue and in reading order.

Usage: python scripts/review_session.py TEXT... [--svg FILE] [--fill accepted|best]. Each TEXT is undamaged; its lost
characters become □ under the cut of the Guoluo report. A decision takes 3 seconds and leaves no error in its place.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipeline.review.page import SECONDS_A_DECISION, queue

from pipeline import Settings, restore
from pipeline.damage.hypotheses import Cut
from pipeline.edits import Edit
from pipeline.writing.plots import curves_svg

CUT = Cut("GB2312", "above", 0xC2C9)


def errors(edit: Edit, truth: str, fill: str) -> int:
    """Return the wrong characters that *edit* leaves in the output; a hole left open is wrong in each character."""
    right = truth[edit.start : edit.end]
    if edit.status != "accepted" and fill == "accepted":
        return len(right)
    same = sum(a == b for a, b in zip(edit.after, right, strict=False)) if len(edit.after) == len(right) else 0
    return len(right) - same


def session(order: Sequence[Edit], truth: str, fill: str) -> list[tuple[float, float]]:
    """Return (seconds, errors left) after each decision, from the start on."""
    left = sum(errors(edit, truth, fill) for edit in order)
    points = [(0.0, float(left))]
    for number, edit in enumerate(order, 1):
        left -= errors(edit, truth, fill)
        points.append((number * SECONDS_A_DECISION, float(left)))
    return points


def gone_at(points: Sequence[tuple[float, float]], share: float) -> float:
    """Return the share of errors gone after *share* of the time."""
    start = points[0][1]
    return 1 - points[round(share * (len(points) - 1))][1] / start if start else 1.0


def main() -> None:
    """Print the figures and draw the last text's session."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--fill", choices=("accepted", "best"), default="accepted")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    for path in arguments.texts:
        truth = path.read_text(encoding="utf-8")
        damaged = "".join("□" if CUT.loses(character) else character for character in truth)
        edits = restore(damaged, Settings(jobs=arguments.jobs)).edits
        curves = {
            "queue": session(queue(edits, arguments.fill), truth, arguments.fill),
            "reading order": session(edits, truth, arguments.fill),
            "best possible order": session(
                sorted(edits, key=lambda edit: -errors(edit, truth, arguments.fill)), truth, arguments.fill
            ),
        }
        for name, points in curves.items():
            print(
                f"{path.name}: {name}: {len(edits)} places, {points[0][1]:.0f} errors, gone at 20 % of the time "
                f"{100 * gone_at(points, 0.2):.1f} %, at 50 % {100 * gone_at(points, 0.5):.1f} %"
            )
        if arguments.svg:
            arguments.svg.write_text(curves_svg(curves, "seconds", "errors left"), encoding="utf-8")


if __name__ == "__main__":
    main()
