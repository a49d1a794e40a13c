"""Simulate a reviewer who knows the truth: errors left against time, by the review queue and in reading order.

Usage: python -m scripts.review_session TEXT... [--svg FILE] [--fill accepted|best] [--typing SECONDS]. Each TEXT is
undamaged; its lost characters become □ under the cut of the Guoluo report. A decision takes 3 seconds and leaves no
error in its place; a reading that the page does not show is typed, for --typing seconds a character (0 by default). In
the queue, equal places are decided at once where the shown reading is right in all of them, for half a second each.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from pipeline import Settings, restore
from pipeline.damage.hypotheses import Cut
from pipeline.edits import Edit, carried_out
from pipeline.writing.attention import ALTERNATIVES, GLANCE, LOOK, equal_places, queue
from pipeline.writing.plots import curves_svg

CUT = Cut("GB2312", "above", 0xC2C9)

Points = list[tuple[float, float]]
"""Seconds and errors left, after each decision, from the start on."""


def errors(edit: Edit, truth: str, fill: str) -> int:
    """Return the wrong characters that *edit* leaves in the output; a hole left open is wrong in each character."""
    right = truth[edit.start : edit.end]
    if not carried_out(edit, fill):
        return len(right)
    same = sum(a == b for a, b in zip(edit.after, right, strict=False)) if len(edit.after) == len(right) else 0
    return len(right) - same


def takes(edit: Edit, truth: str, typing: float) -> float:
    """Return the seconds of a decision on one place."""
    right = truth[edit.start : edit.end]
    shown = {edit.after, edit.before, *(text for text, _ in edit.alternatives[:ALTERNATIVES])}
    return LOOK if right in shown else LOOK + typing * len(right)


def session(
    order: Sequence[Edit], truth: str, fill: str, typing: float, equal: dict[int, list[Edit]] | None = None
) -> Points:
    """Decide every place in *order*; with *equal*, the places equal to each one by its start, some at once."""
    left = sum(errors(edit, truth, fill) for edit in order)
    elapsed = 0.0
    points = [(elapsed, float(left))]
    done: set[int] = set()
    for edit in order:
        if edit.start in done:
            continue
        others = [o for o in (equal or {}).get(edit.start, [edit]) if o.start not in done and not carried_out(o, fill)]
        if len(others) < 2 or edit not in others or any(o.after != truth[o.start : o.end] for o in others):
            others = [edit]
        elapsed += takes(edit, truth, typing) + GLANCE * (len(others) - 1)
        left -= sum(errors(other, truth, fill) for other in others)
        done.update(other.start for other in others)
        points.append((elapsed, float(left)))
    return points


def gone_at(points: Points, share: float) -> float:
    """Return the share of errors gone after *share* of the time."""
    start, end = points[0][1], points[-1][0]
    left = min((errors for seconds, errors in points if seconds <= share * end), default=start)
    return 1 - left / start if start else 1.0


def main() -> None:
    """Print the figures and draw the last text's session."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--fill", choices=("accepted", "best"), default="accepted")
    parser.add_argument("--typing", type=float, default=0.0)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    for path in arguments.texts:
        truth = path.read_text(encoding="utf-8")
        damaged = "".join("□" if CUT.loses(character) else character for character in truth)
        edits = restore(damaged, Settings(jobs=arguments.jobs)).edits
        members: dict[int, list[Edit]] = {}
        numbers = equal_places(damaged, edits)
        for number, edit in zip(numbers, edits, strict=True):
            members.setdefault(number, []).append(edit)
        equal = {edit.start: members[number] for number, edit in zip(numbers, edits, strict=True)}
        fill, typing = arguments.fill, arguments.typing
        best = sorted(edits, key=lambda edit: -errors(edit, truth, fill) / takes(edit, truth, typing))
        curves = {
            "queue": session(queue(damaged, edits, fill), truth, fill, typing, equal),
            "reading order": session(edits, truth, fill, typing),
            "best order": session(best, truth, fill, typing),
        }
        for name, points in curves.items():
            print(
                f"{path.name}: {name}: {len(edits)} places, {len(points) - 1} decisions, {points[-1][0]:.0f} s, "
                f"{points[0][1]:.0f} errors, gone at 20 % of the time {100 * gone_at(points, 0.2):.1f} %, "
                f"at 50 % {100 * gone_at(points, 0.5):.1f} %"
            )
        if arguments.svg:
            arguments.svg.write_text(curves_svg(curves, "seconds", "errors left"), encoding="utf-8")


if __name__ == "__main__":
    main()
