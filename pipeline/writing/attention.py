"""In which order doubtful places are worth a person's attention: expected errors removed per second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.edits import FILLINGS, Edit, carried_out

# Assumed, not measured on people. The first is the issue's: three seconds for a decision of any length.
LOOK = 3.0
"""Seconds to read a place and press a key."""

TYPE = 1.0
"""Seconds to type a character that no shown reading offers."""

GLANCE = 0.5
"""Seconds for each further place that is decided at once with an equal one."""

ALTERNATIVES = 8
"""Further readings that the review page shows: keys 2 to 9."""


def worth(edit: Edit, fill: str = "accepted") -> float:
    """Return the errors a decision is expected to remove, in characters.

    A reading that stands in the text is wrong with one minus its probability; a hole left open is wrong in each
    character, and so is what is flagged. Text that was left as it can be read is wrong as far as it is not among the
    likely readings. All are taken for errors that a person can put right.
    """
    size = max(len(edit.after), len(edit.before), 1)
    if carried_out(edit, fill):
        return (1 - edit.probability) * size
    if edit.kind in FILLINGS or edit.after == edit.before:
        return float(size)
    return (1 - dict(edit.alternatives).get(edit.before, 1 - edit.probability)) * size


def seconds(edit: Edit) -> float:
    """Return the time a decision is expected to take: more where no shown reading is likely to be right."""
    shown = edit.probability + sum(chance for _, chance in edit.alternatives[:ALTERNATIVES])
    return LOOK + max(0.0, 1 - shown) * max(len(edit.after), 1) * TYPE


def equal_places(original: str, edits: Sequence[Edit]) -> list[int]:
    """Number the edits so that equal places have equal numbers.

    Places are equal that show the same, would read the same and stand between the same two characters: a person who
    accepts one may take the others with it. Neighbours matter: of single characters filled alike in different
    neighbourhoods only a third were all right or all wrong (docs/results.md).
    """
    numbers: dict[tuple[str, ...], int] = {}
    return [
        numbers.setdefault(
            (edit.before, edit.after, original[max(0, edit.start - 1) : edit.start], original[edit.end : edit.end + 1]),
            len(numbers),
        )
        for edit in edits
    ]


def queue(original: str, edits: Iterable[Edit], fill: str = "accepted") -> list[Edit]:
    """Order places by the errors that a decision is expected to remove per second, best first.

    The first of several equal places counts for all of them, as far as its reading is likely to be right. Equals in
    order stand as in the text.
    """
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
    members: dict[int, list[Edit]] = {}
    for number, edit in zip(equal_places(original, ordered), ordered, strict=True):
        members.setdefault(number, []).append(edit)
    rates: dict[int, float] = {}
    for group in members.values():
        for edit in group:
            rates[id(edit)] = worth(edit, fill) / seconds(edit)
        open_ones = [edit for edit in group if not carried_out(edit, fill)]
        if len(open_ones) > 1:
            first = open_ones[0]
            at_once = sum(worth(edit, fill) for edit in open_ones) / (LOOK + GLANCE * (len(open_ones) - 1))
            alike = min(edit.probability for edit in open_ones)
            rates[id(first)] = alike * at_once + (1 - alike) * rates[id(first)]
    return sorted(ordered, key=lambda edit: (-rates[id(edit)], edit.start, edit.end))
