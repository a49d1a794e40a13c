"""Blank cells at the ends of lines, and which lines begin a paragraph."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence

from pipeline.imaging.alone import lacks_day, lost_beside
from pipeline.imaging.margins import INDENT, LEAST_CELLS, TRAIL_SLACK, are_sure, margins_of
from pipeline.imaging.marks import GridLine
from pipeline.imaging.places import (
    ALONE,
    CLOSING,
    FAR,
    HALF,
    LEAST_INDENTED,
    RUNS_ON,
    Place,
    goes_on,
    is_item,
    is_label,
    places_of,
)
from pipeline.imaging.ragged import REACH, are_ragged
from pipeline.imaging.wrapping import OPENING, moved, parts_words

_COVER = 4
"""Lines up to which a page without sentences is a cover: the white on it is layout."""

_STRETCHED = 1.02
"""A line wider than that, against the page's pitch, was stretched to the margin, whatever was moved."""

_JUSTIFIED = 2
"""Stretched lines, of ``LEAST_CELLS`` and up to the margin, from which a page is justified: white at the end of a line
was not moved."""

_NEAR_MARGIN = 3.0
"""White cells that losses may leave of a line up to the margin."""

_NEVER = 0.002
"""Least share of lost characters reckoned with: one of a page."""

_UNLIKELY_LOST = 6.0
_MORE_UNLIKELY = 9.0
"""White that so many nats tell to be no loss is layout, behind a stop or behind anything; estimates, not counts."""

_WHOLE_PAGE = 5.5
"""On a page that lost less than four of a thousand, one white cell is that of a line which ended early."""

_FEW_LOST = 4.6
"""On a page that lost less than one of a hundred, no date is taken to have lost its 日."""

_UNLIKELY_LEAD = (_UNLIKELY_LOST, 7.5)
"""The same of white before a line that reaches the right margin, and before one that does not: of a heading its last
character may be all that is left."""

_TITLED = re.compile(
    "(?:" + "|".join(f"{a}{b}|□{b}|{a}□" for a, b in ("报告", "情况", "问题", "说明", "通知", "办法")) + ")$"
)
_STOPS = "。！？!?"
_HALF_STOPS = "；：;:"
_QUOTED = "）)”"
_HALF_BRACKETS = frozenset("（([")
"""Those of them that may be half as wide; they were given their full-width form."""

_QUOTES = frozenset("“‘")
"""Some fonts put these at the left of their cell."""

_ENUMERATED = re.compile(
    r"（.{1,3}）|□、|[一二三四五六七八九十]{1,3}(?:、|是)|[0-9]{1,2}[.．、]|第[一二三四五六七八九十□]{1,3}[章节条]"
)
"""How numbered headings and items begin; □ is a blank cell."""

_POINTED_NUMBER = re.compile(r"[0-9]{1,2}[.．、](?![0-9])")
"""How items begin; 1.5 is none."""

_SAID_AT_ONCE = re.compile(r"[^0-9（(][。；]")
"""No paragraph's first sentence is that short: on the first line of a page it goes on from the page before."""

_FIRST_LEVEL = re.compile(r"[一二三四五六七八九十□]{0,3}、")
"""A heading of the first level; it may hold a comma, others are said in one breath."""

_OPENING_RIGHT = 0.93
"""Where an opening bracket's ink ends in its cell, pitches."""

# Natural logs of what is expected of official reports: estimates, not counts.
_STARTS = math.log(0.15 / 0.85)
"""A line begins a paragraph: one line of six or seven does."""
_FLUSH_STARTS = math.log(0.02 / 0.98)
"""The same for a line without an indent on a page whose paragraphs have one: whom a letter is for, labels, lists."""
_LABEL = 3.0
"""The line reads like one of these."""
_STOP_ENDS = math.log(0.9 / 27) - math.log(0.05)
"""A stop before the line's white: at a paragraph's end, where it may stand in any cell, against inside of one."""
_HALF_STOP_ENDS = math.log(0.05 / 27) - math.log(0.02)
"""A semicolon or colon before the white: items of a list end so, but most stand inside of a sentence."""
_QUOTED_ENDS = math.log(0.04 / 27) - math.log(0.03)
"""A closing bracket or quote before it: what somebody is to do stands in brackets at the end of items."""
_HEADING_ENDS = math.log(0.5 / 27) - math.log(0.95)
"""The same without a stop, for a line that may be a heading: it begins a paragraph and holds no stop or comma."""
_TITLE_ENDS = math.log(0.5 / 27) - math.log(0.02)
"""The same for a line that ends as titles and headings do."""
_OPEN_ENDS = math.log(0.02 / 27) - math.log(0.95)
"""The same for any other line."""
_COMMA_ENDS = math.log(0.0005 / 27) - math.log(0.1)
"""The same behind a comma: items of a list, or a wrong wrap."""
_NUMBER = 3.0
"""The line begins as numbered headings do."""
_POINTED = 6.0
"""It begins with the number of an item and its point, which nothing inside of a sentence looks like."""


def measure_edges(
    lines: list[GridLine],
    texts: Sequence[str],
    pitch: float,
    lost_share: float,
    fresh: Collection[int] = (),
    margins: tuple[float, float] | None = None,
    title: bool = False,
    sure_margins: bool = False,
) -> bool:
    """Set ``lead``, ``trail``, ``moved``, ``ended``, ``indented`` and ``starts_paragraph`` of every line.

    A white start of two cells is an indent or two lost characters. The odds weigh how often so many neighbours are
    lost together against how the line before ended and how this one begins. White about lines that are set by
    themselves (pipeline/imaging/places.py) is layout.

    Args:
        lines: with placed ink, top to bottom.
        texts: what was read on each line, □ for a blank cell, from its first to its last ink.
        pitch: of the page, pixels.
        lost_share: share of characters that are blank cells, 0 to 1, as counted inside the lines.
        fresh: numbers of lines that do not follow the one before them on the page.
        margins: columns of the left and right margin, as of ``margins_of``; those of the lines themselves by default.
        title: the lines are a title in larger type: the white about them is layout.
        sure_margins: the margins given are known from full lines.

    Returns:
        Whether both margins are known from full lines.
    """
    block = margins or margins_of(lines, texts, pitch)
    if block is None:
        return False
    surprise = math.log(1 / max(_NEVER, min(0.9, lost_share)))
    columns = (block[1] - block[0]) / pitch
    trails = [max(0, math.floor((block[1] - n.cells[-1].right) / n.pitch + TRAIL_SLACK)) for n in lines]
    white = [
        ((_left(n, t, block[0]) - block[0]) / n.pitch, (block[1] - n.cells[-1].right) / n.pitch)
        for n, t in zip(lines, texts, strict=True)
    ]
    apart = {at for at, line in enumerate(lines) if line.apart}
    sure = sure_margins if margins else are_sure(white, columns)
    cover = margins is None and not sure and len(lines) <= _COVER and not any(m in t for t in texts for m in "。，；")
    ragged = not title and are_ragged(white, texts, surprise)
    if ragged:  # only what no line that goes on misses the margin by tells of an end
        trails = [max(0, trail - REACH) for trail in trails]
    ends = [(left, max(0.0, right - REACH) if ragged else right) for left, right in white]
    places: list[Place] = (
        ["centred"] * len(lines) if title or cover else places_of(ends, texts, columns, surprise, apart, sure)
    )
    short = lost_beside(places, white, texts, surprise, title) if sure else {}
    indented = sum(
        place == "text" and INDENT - 0.3 < left < INDENT + 0.3 for place, (left, _) in zip(places, white, strict=True)
    )
    flush_starts = _FLUSH_STARTS if indented >= LEAST_INDENTED else _STARTS
    for at, (line, text) in enumerate(zip(lines, texts, strict=True)):
        lead = max(0, round(white[at][0]))
        first = at == 0 or at in fresh
        alone = places[at] in ALONE
        if alone:
            line.starts_paragraph = first or not (
                places[at - 1] == places[at] == "centred" and goes_on(texts[at - 1], text)
            )
            line.lead, line.trail = short.get(at, (0, 0))
            continue
        after = not first and places[at - 1] in ALONE
        ended = 0.0 if first or after else _ended(lines[at - 1], texts[at - 1], trails[at - 1], surprise)
        hangs = places[at] == "hanging"
        number = _POINTED if lead == INDENT and _POINTED_NUMBER.match(text) else _NUMBER * _numbered(text, lead)
        odds = (flush_starts if hangs else _STARTS + INDENT * surprise) + number + ended
        goes_on_here = first and _SAID_AT_ONCE.match(text) is not None
        only_indent = lead == INDENT and (text[:1] in CLOSING or goes_on_here)
        line.starts_paragraph = lead >= INDENT and not only_indent and (first or after or odds > 0)
        if lead < INDENT and not first and text[:1] not in CLOSING:
            number = _NUMBER * (ragged and flush_starts == _STARTS and _numbered(text, 0))
            line.starts_paragraph = after or flush_starts + _LABEL * is_label(text) + number + ended > 0
        # A line that reaches the margin is text.
        unlikely = (lead - INDENT) * surprise > _UNLIKELY_LEAD[trails[at] >= INDENT] or lead > FAR * columns
        by_layout = line.starts_paragraph and lead > 2 * INDENT and unlikely and not _numbered(text, lead)
        by_layout |= hangs or (line.starts_paragraph and lead > INDENT and is_item(text))
        line.lead = 0 if by_layout else lead - INDENT if line.starts_paragraph and lead >= INDENT else lead
        told = only_indent or after or ragged or title or hangs
        told |= line.starts_paragraph and (by_layout or number > 0)
        line.indented = lead >= INDENT and not told
    stretched = sum(
        line.pitch > _STRETCHED * pitch and len(line.cells) >= LEAST_CELLS and right < _NEAR_MARGIN
        for line, (_, right) in zip(lines, white, strict=True)
    )
    justified = stretched >= _JUSTIFIED
    parted = parts_words(texts, white, {*fresh, *(at for at, line in enumerate(lines) if line.starts_paragraph)})
    for at, line in enumerate(lines):
        if places[at] in ALONE:
            continue
        stopped = texts[at][-1:] in tuple(_STOPS + _HALF_STOPS)
        last = at + 1 == len(lines) or at + 1 in fresh
        closed = (stopped or places[at] == "hanging") if last else lines[at + 1].starts_paragraph
        if last and _is_heading(line, texts[at]):
            closed |= _STARTS + _ended(line, texts[at], trails[at], surprise) > 0
        closed |= trails[at] * surprise > (_UNLIKELY_LOST if stopped else _MORE_UNLIKELY)
        closed |= trails[at] == 1 and surprise > _WHOLE_PAGE
        line.ended = trails[at] if not title and (closed or last or lines[at + 1].indented) else 0
        if not last and lines[at + 1].lead == 0 and not (justified or line.pitch > _STRETCHED * pitch):
            white_left = min(trails[at], moved(texts[at + 1], line, block[1], trails[at], parted))
            trails[at] -= white_left
            line.moved = 0 if closed or ragged else white_left
        line.trail = 0 if closed or ragged else trails[at]
        if closed and trails[at] and surprise < _FEW_LOST and lacks_day(texts[at]) and _is_heading(line, texts[at]):
            line.trail, line.ended = 1, 0
    return sure


def _left(line: GridLine, text: str, margin: float) -> float:
    """Return the left edge of a line's first cell; an opening bracket stands at the right of its cell.

    A half-width bracket looks the same: where the cell would miss the grid from the *margin* by half, it is one. So
    does a digit, which has half a cell.
    """
    first = line.cells[0]
    if first.kind == "opening" and text[:1].isascii() and text[:1].isalnum():
        return first.centre - HALF / 2 * line.pitch
    elsewhere = ("learnt", "opening", "merged", *(("low", "closing") if text[:1] in _QUOTES else ()))
    if text[:1] in OPENING and first.kind not in elsewhere:
        left = first.ink.right - _OPENING_RIGHT * line.pitch
        off = (left - margin) / line.pitch
        return left + HALF * line.pitch if text[:1] in _HALF_BRACKETS and abs(off - round(off)) > HALF / 2 else left
    return first.left


def _numbered(text: str, lead: int) -> bool:
    """Tell whether a line begins as numbered headings do; up to two lost characters may stand before."""
    return any(_ENUMERATED.match("□" * lost + text) for lost in range(min(2, max(0, lead - INDENT)) + 1))


def _is_heading(line: GridLine, text: str) -> bool:
    """Tell whether a line may be a heading: it begins a paragraph and holds no stop."""
    marks = "。；" if _FIRST_LEVEL.match(text) else "。，；"
    return line.starts_paragraph and not any(mark in text for mark in marks)


def _ended(before: GridLine, text: str, trail: int, surprise: float) -> float:
    """Return the natural log of the odds that the line *before* was its paragraph's last.

    Args:
        before: the line.
        text: what was read on it.
        trail: white cells at its end.
        surprise: -ln P(a character is lost).
    """
    white = trail * surprise - math.log(1 - math.exp(-surprise))
    if text[-1:] and text[-1] in _STOPS:
        return _STOP_ENDS + white
    if text[-1:] and text[-1] in _QUOTED:
        return _QUOTED_ENDS + white
    if text[-1:] and text[-1] in _HALF_STOPS:
        return _HALF_STOP_ENDS + white
    if len(text) > 1 and text[-1] in RUNS_ON:  # 、alone is what is left of a heading
        return _COMMA_ENDS + white
    heading = _is_heading(before, text)
    if heading and _TITLED.search(text):
        return _TITLE_ENDS + white
    return (_HEADING_ENDS if heading else _OPEN_ENDS) + white
