"""How lines stand on a page: running text, or set by themselves, so that the white about them is layout.

Official documents (GB/T 9704-2012) centre titles and document numbers, set signatures and dates at the right, and let
lists hang under their first entry. Each of these competes with text whose ends were lost: so much white on both sides
of a line is unlikely to be loss that is centred by chance.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from typing import Literal

from pipeline.imaging.margins import INDENT
from pipeline.language.normalise import HOLE_ONE

Place = Literal["text", "centred", "right", "hanging", "ends"]

ALONE: frozenset[Place] = frozenset({"centred", "right", "ends"})
"""Places of lines that belong to no running text."""

_OFF_CENTRE = 0.6
_FURTHER_OFF = 1.1
_LESS_CENTRED = -1.5
"""Cells by which the middle of a centred line may miss that of the text block: where no line fills the block, its right
margin is measured too narrow."""

FAR = 0.4
"""Share of the width of the text block right of which signatures and dates begin."""

_SHIFT_SLACK = 0.25
"""Cells by which a centred line that lost characters at one end may miss a whole number of cells."""

_SHIFTED = -1.0
"""A centred line lost more at one end than at the other, beside the chance of each loss; an estimate."""

_ENDED_WHOLE = -4.0
"""What ends as titles do lost nothing behind."""

_AFTER_ENTRY = re.compile(r".{0,7}[：:]|.{0,3}[0-9□]{1,2}[.．]")
"""What lines hang under: an entry behind 抄送：or 附件：1. and items of a list."""

_NO_ENTRY = -3.0
_FLUSH_BEHIND = -4.0
"""A line hangs under none of these; flush text goes on below what would be a centred line."""

_NEAR = 6.5
"""Cells that these may keep from the right margin."""

LEAST_INDENTED = 2
"""Lines with an indent that show how the paragraphs of a page begin."""

_LOST_START = 1.6
"""Cells that text which goes on may have lost at either end."""

HALF = 0.5
"""Width of a digit, cells."""

_SAME = 0.3
"""Cells by which hanging lines may differ."""

_LEAST_HANG, _MOST_HANG = 2.7, 7.2
"""White before hanging lines, cells: behind 抄送： at least, behind 附件：1. at most."""

# Natural logs of what is expected of official documents: estimates, not counts.
_CENTRED = math.log(1 / 25)
_FIRST_CENTRED = math.log(1 / 3)
"""A line is centred; the first of a page often is."""
_RIGHT = math.log(1 / 40)
_HANGS, _ALSO_HANGS = math.log(1 / 1500), math.log(1 / 150)
"""A line hangs under an entry; it does beside another that begins where it does."""
_HANGS_THERE = math.log(1 / 8)
"""It hangs just below where an entry's content begins."""
_TEXT = math.log(0.9)
_INDENTED = math.log(0.15)
_ENDS = math.log(0.15 / 10)
"""White at the end of a line is that of the last one of a paragraph, so many cells of it."""
_ENDS_OPEN = math.log(0.02 / 27)
"""The same without a stop."""
_ENDS_TITLE = math.log(0.3 / 27)
"""The same behind what ends as titles do."""
_ONE_SHORT = math.log(0.05)
"""A full line is a cell short: a bracket or a number was moved to the next."""
_STOPPED, _PAUSED, _LISTED = -4.0, -4.0, -1.5
"""A title ends with a stop, or holds one; holds a comma; lists something."""
_OFF_GRID = -3.0
"""White of half a cell before running text."""
_LOOKS_LIKE = 3.0
"""The line reads like what stands in such a place."""

_STOPS = "。！？!?；;"
RUNS_ON = "，、,（《〔“"
CLOSING = frozenset("，。、；：！？）》〕〉”’】)")
"""No paragraph begins with one: before it stand lost characters, not an indent."""

_DATE = re.compile(r"[0-9□二〇○一九十]{2,6}年[0-9□一二三四五六七八九十]{1,4}月([0-9□一二三四五六七八九十]{1,4}日)?")
_OFFICE = re.compile(r"(?:政府|办公室|委员会|[局厅委部处院会])$")
_NUMBER = re.compile(r"[〔\[（(][12][0-9□]{3}[〕\])）].{1,6}号$|^第.{1,5}期$|^（.{0,6}年.{0,20}）$")
_ENTRY = re.compile(r"(?:…|·|\.\.){3}.*[0-9IVXivx]$")
"""An entry of a table of contents, dots before the number of its page."""
_CHAPTER = re.compile(r"^第.{1,3}[章节编部]|^[一二三四五六七八九十]{1,3}(?:[章节编]|部[分□])")
_TITLE = re.compile(
    r"(?:报告|通知|办法|意见|批复|函|决定|请示|公告|通告|通报|名单|讲话|纪要|规定|方案|计划|总结|条例|细则|目录|说明)$"
)
_ITEM = re.compile(r"[0-9]{1,2}[.．、]|（[一二三四五六七八九十0-9]{1,3}）|第[一二三四五六七八九十百0-9]{1,4}[章节条]")
_HEADING = re.compile(r"[一二三四五六七八九十]{1,3}、")
_NUMBERED_HEADING = re.compile(r"[一二三四五六七八九十□]{0,3}、[^，。；]{1,30}$|[一二三四五六七八九十]{1,3}、$")
"""A heading of the first level; its number may be lost, or all but that."""
_LABEL = re.compile(
    r"[^，。]{2,40}[：:]$|附件[0-9一二三四五六七八九十]{0,2}[：:]?$|附[：:]|(?:抄送|主送|出席|列席|记录|参加|主持|抄报|请假)[人]?[：:]"
)


def is_item(text: str) -> bool:
    """Tell whether a line begins with the whole number of an item: nothing is lost before it."""
    return bool(_ITEM.match(text))


def is_title(text: str) -> bool:
    """Tell whether a line ends as titles do: nothing is lost behind it."""
    return bool(_TITLE.search(text))


def is_centred_by_rule(text: str) -> bool:
    """Tell whether a line is what often is centred: a chapter's heading, a document's number, or set in brackets."""
    return bool(_CHAPTER.match(text) or _NUMBER.search(text) or text[:1] in ("（", "("))


def is_numbered_heading(text: str) -> bool:
    """Tell whether a line reads like a heading of the first level; its number may be lost, or the cell before 、."""
    return bool(_NUMBERED_HEADING.match(text))


def is_label(text: str) -> bool:
    """Tell whether a line reads like whom a letter is for, or like a label at the margin."""
    return bool(_LABEL.match(text))


def goes_on(before: str, text: str) -> bool:
    """Tell whether a line set by itself goes on in the next one, as long titles do."""
    if before[-1:] in (*_STOPS, "）", ")", "号") or _TITLE.search(before) or _NUMBER.search(before):
        return False
    if _DATE.search(before) or _CHAPTER.match(before):
        return False
    marks = (_ITEM, _HEADING, _DATE, _CHAPTER)
    own = text[:1] in ("（", "(", "—", "〔") or any(mark.match(text) for mark in marks) or _NUMBER.search(text)
    return not own and not (_OFFICE.search(before) and _OFFICE.search(text))


def places_of(
    white: Sequence[tuple[float, float]],
    texts: Sequence[str],
    columns: float,
    surprise: float,
    apart: Collection[int] = (),
    sure: bool = False,
) -> list[Place]:
    """Return the place of every line.

    Args:
        white: left and right of each line, full-width cells.
        texts: what was read on each.
        columns: width of the text block, cells.
        surprise: -ln P(a character is lost).
        apart: numbers of lines that stand at both ends of their row.
        sure: both margins are known: a centred line that lost more at one end is told by what its middle is off.
    """
    result: list[Place] = []
    flush = _flush_entries(white, texts)
    indented = sum(abs(left - INDENT) < _SAME for left, _ in white) >= LEAST_INDENTED
    for at, ((left, right), text) in enumerate(zip(white, texts, strict=True)):
        if at in apart or _ENTRY.search(text):
            result.append("ends")
            continue
        before: Place = result[-1] if result else "text"
        heading = is_numbered_heading(text) and left > INDENT + 1
        if heading and text[:1] == "、":  # its number is lost
            left, text = left - 1, HOLE_ONE + text
        odds: dict[Place, float] = {"text": _as_text(left, right, text, surprise)}
        if text[:1] in CLOSING:  # something is lost before it
            result.append("text")
            continue
        off = (left - right) / 2
        shift = round(left - right)
        if -_OFF_CENTRE <= off <= _FURTHER_OFF and left >= 1:
            odds["centred"] = _as_centred(at, text, columns, before) + _LESS_CENTRED * (off > _OFF_CENTRE)
        elif (
            sure
            and (heading or is_centred_by_rule(text))
            and min(left, right) >= 1
            and abs(left - right - shift) < _SHIFT_SLACK < abs(left - INDENT)
        ):
            odds["centred"] = _as_centred(at, text, columns, before) + _SHIFTED - abs(shift) * surprise
            odds["centred"] += _ENDED_WHOLE * (shift < 0 and _TITLE.search(text) is not None)
        if "centred" in odds and indented and _flows_on(white[at + 1 : at + 4], texts[at + 1 : at + 4]):
            odds["centred"] += _FLUSH_BEHIND
        if left > FAR * columns and right < _NEAR:
            odds["right"] = _RIGHT - math.log(_NEAR) + _LOOKS_LIKE * bool(_DATE.match(text) or _OFFICE.search(text))
        if _LEAST_HANG <= left <= _MOST_HANG:
            near = [white[k][0] for k in (at - 1, at + 1) if 0 <= k < len(white)]
            beside = any(abs(other - left) < _SAME for other in near)
            entry = is_item(text) or before == "hanging" or (at > 0 and bool(_AFTER_ENTRY.match(texts[at - 1])))
            hangs = (_ALSO_HANGS if beside else _HANGS) + _NO_ENTRY * (not entry)
            if not flush and at > 0 and abs(left - _entry_column(white[at - 1][0], texts[at - 1])) < _SAME:
                hangs = _HANGS_THERE
            odds["hanging"] = hangs + _as_end(right, text, surprise)
        best = max(odds, key=lambda place: odds[place])
        # The longest line of a title fills the block that its lines alone show.
        full = best == "text" and max(abs(left), abs(right)) < 1 and _TITLE.search(text) is not None
        result.append("centred" if full and before == "centred" else best)
    return result


def _flows_on(white: Sequence[tuple[float, float]], texts: Sequence[str]) -> bool:
    """Tell whether flush text, not the addressee of a letter, stands in the next of some lines.

    A paragraph's first line has such text below it; a title has not, where paragraphs are indented.
    """
    for number, ((left, right), text) in enumerate(zip(white, texts, strict=True)):
        full = right < _LOST_START and left < _LOST_START
        if left > _OFF_CENTRE and not full:
            return number > 0
        if is_label(text) or text[-1:] in ("：", ":"):
            return False
    return bool(texts)


def _flush_entries(white: Sequence[tuple[float, float]], texts: Sequence[str]) -> bool:
    """Tell whether entries go on at the left margin on this page: nothing hangs under them then."""
    return any(
        is_item(before) and here[0] < HALF and full[0] > HALF and full[1] < _LOST_START
        for before, full, here in zip(texts, white, white[1:], strict=False)
    )


def _entry_column(left: float, text: str) -> float:
    """Return the column, cells, where the content of an entry begins that stands at *left*; infinity for no entry."""
    match = _AFTER_ENTRY.match(text)
    return left + sum(HALF if char.isascii() else 1.0 for char in match[0]) if match else math.inf


def _as_text(left: float, right: float, text: str, surprise: float) -> float:
    lead = max(0.0, left)
    start = max(_TEXT - lead * surprise, _INDENTED - (lead - INDENT) * surprise if lead > INDENT - 0.5 else -math.inf)
    half = abs(left - round(left)) > 0.25 and text[:1] > "~" and text[:1] not in "（《〔“"
    return start + _OFF_GRID * half + _as_end(right, text, surprise)


def _as_end(right: float, text: str, surprise: float) -> float:
    """Return ln P of the white at a line's right: lost characters, or the end of a paragraph."""
    trail = max(0, math.floor(right + 0.35))
    if not trail:
        return 0.0
    ends = _ENDS if text[-1:] in _STOPS + "：:" else _ENDS_TITLE if _TITLE.search(text) else _ENDS_OPEN
    return max(-trail * surprise, ends, _ONE_SHORT if trail == 1 else ends)


def _as_centred(at: int, text: str, columns: float, before: Place) -> float:
    prior = _FIRST_CENTRED if at == 0 or before == "centred" else _CENTRED
    stopped = any(stop in text for stop in "。；") or text[-1:] in _STOPS + RUNS_ON + "：:"
    likely = bool(_NUMBER.search(text) or _CHAPTER.match(text) or _TITLE.search(text))
    paused = _PAUSED * ("，" in text) + _LISTED * ("、" in text and not is_numbered_heading(text))
    return prior - math.log(columns) + _STOPPED * stopped + paused + _LOOKS_LIKE * likely
