"""Full and half width made one where the document itself is.

Only a sign between Chinese characters, and only where the document writes nearly all others of its kind in the other
width: a document that mixes them has no rule to follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.detection.findings import LIKELY, SURE, finding
from pipeline.detection.source import Source
from pipeline.edits import Edit

PAIRS = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}

FEWEST = 100
"""Signs of the usual width that make a rule."""

MOST_ODD = 0.005
"""Share of signs of the other width that are slips; where there are more, they are a habit."""

_BETWEEN_HAN = re.compile("(?<=[\u4e00-\u9fff”》）)])([,;:?!，；：？！])(?=[\u4e00-\u9fff“《（(])")
_WIDE_DIGITS = re.compile("[０-９Ａ-Ｚａ-ｚ]+")


def find(source: Source) -> Iterator[Edit]:
    """Yield edits of signs, digits and letters in the width that the document does not use."""
    text = source.text
    places: dict[str, list[int]] = {}
    for match in _BETWEEN_HAN.finditer(text):
        places.setdefault(match.group(), []).append(match.start())
    for half, full in PAIRS.items():
        narrow, wide = places.get(half, []), places.get(full, [])
        usual, odd, after = (wide, narrow, full) if len(wide) >= len(narrow) else (narrow, wide, half)
        sure = len(usual) >= FEWEST and len(odd) <= MOST_ODD * len(usual)
        if not odd or len(usual) < FEWEST or len(odd) > 4 * MOST_ODD * len(usual):
            continue
        for at in odd:
            sign = f"width: {after} stands {len(usual)} times, {text[at]} {len(odd)} times"
            yield finding(text, (at, at + 1), after, "width", sign, probability=SURE if sure else LIKELY)
    wide_runs = list(_WIDE_DIGITS.finditer(text))
    narrow_count = len(re.findall("[0-9A-Za-z]+", text)) if wide_runs else 0
    if wide_runs and narrow_count >= FEWEST and len(wide_runs) <= 4 * MOST_ODD * narrow_count:
        for match in wide_runs:
            after = match.group().translate({code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B)})
            sign = f"width: {narrow_count} numbers and words are half width"
            sure = len(wide_runs) <= MOST_ODD * narrow_count
            yield finding(text, match.span(), after, "width", sign, probability=SURE if sure else LIKELY)
