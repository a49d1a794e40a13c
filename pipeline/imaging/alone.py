"""What lines set by themselves lost at their ends, told by where they stand.

A centred line that lost more at one end than at the other is off the middle by half of the difference, as is a row
whose two parts keep the same distance from both margins. Signatures and dates keep the distances of GB/T 9704-2012,
7.3.5. What a line lost at both ends alike, no page tells: the fewest characters are taken that explain it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.imaging.places import ALONE, Place, is_centred_by_rule, is_numbered_heading, is_title

_SLACK = 0.28
"""Cells by which white may miss a whole number of lost ones: digits are half a cell wide."""

_MOST = 8
"""Most characters counted so."""

_SLOPPY, _SLOPPIER = 2.3, 1.0
"""Nats against a line being set off the middle by one cell, and by each one more: an estimate."""

_NO_DAY = re.compile(r"[12][0-9]{3}[年□][0-9]{1,2}[月□][0-9]{1,2}$")
"""A date of which all is there but its last character."""

_TITLE_BREAKS_OFF = re.compile("[报意决批请规条纪]$")
"""Beginnings of what the last line of a title names, a kind of document: 报告, 意见. Its last character is lost."""

_DATE = re.compile(r"[12□][0-9□]{3}[年□][0-9]{1,2}[月□][0-9]{1,2}[日□]?$")
_SIGNED_AT = 2.0
"""Cells between a signature and the right margin."""

White = tuple[float, float]


def lacks_day(text: str) -> bool:
    """Tell whether a line ends with a date of which all is there but its last character."""
    return bool(_NO_DAY.search(text))


def lost_beside(
    places: Sequence[Place], white: Sequence[White], texts: Sequence[str], surprise: float, title: bool
) -> dict[int, tuple[int, int]]:
    """Return for lines set by themselves how many characters they lost at the left and at the right, where any.

    Args:
        places: of the lines.
        white: left and right of each, cells.
        texts: what was read on each.
        surprise: -ln P(a character is lost).
        title: the lines are a title in larger type. In the size of the body, what is not centred by rule may be text
            that lost its ends.
    """
    found: dict[int, tuple[int, int]] = {}
    if surprise >= _SLOPPY + _SLOPPIER:
        return found
    for at, (place, (left, right), text) in enumerate(zip(places, white, texts, strict=True)):
        if place not in ALONE:
            continue
        if place == "right":
            own = 0, _behind_right(at, white, texts)
        else:
            heading = is_numbered_heading(text) and not title
            known = title or place == "ends" or heading or is_centred_by_rule(text)
            number = int(heading and text[0] == "、")  # lost before it
            own = _off_middle(left - right - number, surprise) if known else (0, 0)
            own = number + own[0] * (number or not heading), own[1] * (not is_title(text))
            if title and at + 1 == len(texts) and not own[1] and _TITLE_BREAKS_OFF.search(text):
                own = own[0] + 1, 1
            if not any(own) and lacks_day(text):
                own = 0, 1
        if any(own):
            found[at] = own
    return found


def _off_middle(difference: float, surprise: float) -> tuple[int, int]:
    """Return what a line lost whose white at the left is wider than that at the right by *difference*."""
    count = round(abs(difference))
    likely = count * (surprise - _SLOPPIER) < _SLOPPY
    if not 0 < count <= _MOST or abs(abs(difference) - count) > _SLACK or not likely:
        return 0, 0
    return (count, 0) if difference > 0 else (0, count)


def _behind_right(at: int, white: Sequence[White], texts: Sequence[str]) -> int:
    """Return what a line at the right lost behind its last character: a date 日, a signature what it is short of."""
    if lacks_day(texts[at]):
        return 1
    if at + 1 == len(texts) or not _DATE.match(texts[at + 1]) or texts[at][-1:].isascii():
        return 0
    left, right = white[at]
    date_left, date_right = white[at + 1]
    date_right -= lacks_day(texts[at + 1])
    middle = (date_left - date_right) / 2
    explained = (
        abs(right - date_right) < _SLACK  # flush with the date
        or abs((left - right) / 2 - middle) < _SLACK  # centred over it
        or abs(date_left - left - _SIGNED_AT) < _SLACK  # the date begins two cells further
    )
    count = round(right - _SIGNED_AT)
    return count if not explained and 0 < count <= _MOST and abs(right - _SIGNED_AT - count) < _SLACK else 0
