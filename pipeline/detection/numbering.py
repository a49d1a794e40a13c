"""Numerals of headings: a sequence in which one is misread or missing (一 二 ? 四), and tables of contents.

A heading's numeral is known from its neighbours: between 三、 and 五、 stands 四、. A sign that stands where a numeral
belongs and looks like the one that is due is repaired; anything else is suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.damage.hypotheses import is_han
from pipeline.detection.findings import LIKELY, POSSIBLE, SURE, finding
from pipeline.detection.source import Source, TextLine
from pipeline.edits import Edit

NUMERALS = "一二三四五六七八九十"
LOOK_ALIKE = {
    "一": "-—_－ー丨丶", "二": "ニ工=＝冫", "三": "彡ミ王川氵", "四": "兀皿罒匹西曰凹囚叫冂田", "五": "丘玉互王亞立丑",
    "六": "大宀亠夫穴火六文元", "七": "匕乜士屮+t弋", "八": "人入丷儿ハ/\\", "九": "几丸凡力乃尢", "十": "+忄士什t†",
}  # fmt: skip
"""Signs that recognition puts for a numeral, by the strokes they share; 兀 for 四 stands in a real report."""

HIGHEST = 999
"""Greatest number that is counted to: laws have hundreds of articles."""

MOST_CONTENTS = 3
"""Tables of contents in one line that a document may have."""

_HEADING = re.compile(
    r"(?P<open>[（(]?)\s*(?P<sign>[一二三四五六七八九十]{1,3}|[^\s\w、.．（()）]|[^\W\d]|\d{1,2})\s*(?P<close>[、)）.．])"
)
# 1. Z. 3.: digits of list items; a letter or stroke alone before the point stands for one.
_ITEM = re.compile(r"(?P<sign>\d{1,2}|[A-Za-z|!])\s*[.．、](?=\s*[\u4e00-\u9fff])")
DIGIT_LOOK_ALIKE = {1: "lI|i!", 2: "Zz", 3: "B", 5: "Ss", 6: "bG", 7: "T", 8: "B", 9: "gq"}

_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that begins like a heading: style (brackets), numeral or what stands in its place, value or None."""

    style: str
    sign: str
    value: int | None
    start: int
    line: TextLine


def value_of(numeral: str) -> int | None:
    """Return the value of a Chinese numeral up to ``HIGHEST``, or None."""
    return _VALUES.get(numeral)


def numeral(value: int) -> str:
    """Return the Chinese numeral of a value from 1 to ``HIGHEST``."""
    hundreds, rest = divmod(value, 100)
    tens, units = divmod(rest, 10)
    begun = f"{NUMERALS[hundreds - 1]}百" if hundreds else ""
    if begun and rest and not tens:
        begun += "零"
    if tens:
        begun += "十" if tens == 1 and not hundreds else f"{NUMERALS[tens - 1]}十"
    return begun + (NUMERALS[units - 1] if units else "")


_VALUES = {numeral(value): value for value in range(1, HIGHEST + 1)}


def find(source: Source) -> Iterator[Edit]:
    """Yield edits of headings' numerals."""
    if source.spaces_are_holes:
        return
    yield from _sequences(source)
    yield from _items(source)
    contents = 0
    for line in source.lines:
        if line.content and not line.table and contents < MOST_CONTENTS:
            found = list(_contents(source, line))
            contents += bool(found)
            yield from found


def _headings(source: Source) -> Iterator[Heading]:
    for line in source.lines:
        if line.table or not (match := _HEADING.match(line.content)):
            continue
        style = ("(" if match["open"] else "") + (")" if match["close"] in ")）" else "、")
        if style in ("(、", ")") or match["sign"].isdigit() or match["close"] in ".．":
            continue
        yield Heading(style, match["sign"], value_of(match["sign"]), line.start + match.start("sign"), line)


def _sequences(source: Source) -> Iterator[Edit]:
    """Yield repairs of the one sign that stands between N-1 and N+1 in headings of one style."""
    headings = list(_headings(source))
    for style in sorted({heading.style for heading in headings}):
        row = [heading for heading in headings if heading.style == style]
        for at, heading in enumerate(row):
            before = row[at - 1].value if at else None
            behind = row[at + 1].value if at + 1 < len(row) else None
            if heading.value is not None:
                # 一 二 二 四: the second 二 lost a stroke.
                if before is not None and behind == before + 2 and heading.value == before:
                    yield _edit(
                        source,
                        heading,
                        before + 1,
                        LIKELY,
                        f"{numeral(before)} stands before it, {numeral(behind)} behind",
                    )
                continue
            if before is None and behind is None:
                continue
            due = before + 1 if before is not None else (behind or 0) - 1
            if due < 1 or due > 99 or (behind is not None and behind not in (due + 1, 1)):
                continue
            alike = heading.sign in LOOK_ALIKE.get(numeral(due)[-1], "") or not is_han(heading.sign)
            if not alike and not (before is not None and behind == due + 1):
                continue
            told = [f"{numeral(v)} stands {where}" for v, where in ((before, "before it"), (behind, "behind")) if v]
            both = before is not None and behind == due + 1
            yield _edit(source, heading, due, SURE if alike and both else LIKELY, ", ".join(told))


def _items(source: Source) -> Iterator[Edit]:
    """Yield repairs of letters that stand for the digit of a list item between its neighbours."""
    row = [(line, match) for line in source.lines if (match := _ITEM.match(line.content)) and not line.table]
    values = [int(match["sign"]) if match["sign"].isdigit() else None for _, match in row]
    for at, (line, match) in enumerate(row):
        if values[at] is not None:
            continue
        before = values[at - 1] if at else None
        behind = values[at + 1] if at + 1 < len(row) else None
        due = before + 1 if before is not None else behind - 1 if behind is not None else None
        if due is None or match["sign"] not in DIGIT_LOOK_ALIKE.get(due, ""):
            continue
        if behind is not None and behind not in (due + 1, 1):
            continue
        span = (line.start, line.start + 1)
        told = (
            f"numbering: {before if before is not None else 'nothing'} stands before it, {behind or 'nothing'} behind"
        )
        yield finding(source.text, span, str(due), "numbering", told, probability=SURE if behind == due + 1 else LIKELY)


def _edit(source: Source, heading: Heading, due: int, probability: float, told: str) -> Edit:
    span = (heading.start, heading.start + len(heading.sign))
    sign = f"numbering: {told}"
    return finding(source.text, span, numeral(due), "numbering", sign, probability=probability)


def _contents(source: Source, line: TextLine) -> Iterator[Edit]:
    """Yield repairs inside a table of contents that runs in one line (概述 主动公开 兀 收费 五 复议).

    Its items are parted by spaces, numerals stand before some of them. Where a numeral agrees with the place of its
    item among all, the places of the others are known.
    """
    tokens = list(_TOKEN.finditer(line.content))
    if len(tokens) < 4 or re.search("[。，；]", line.content):
        return
    items: list[tuple[re.Match[str], re.Match[str] | None]] = []
    waiting: re.Match[str] | None = None
    for token in tokens:
        if len(token.group().rstrip("、.．")) == 1 or value_of(token.group().rstrip("、.．")):
            waiting = token
        elif len(token.group()) >= 2 and any(map(is_han, token.group())):
            items.append((token, waiting))
            waiting = None
    agreeing = [
        place
        for place, (_, sign) in enumerate(items, 1)
        if sign is not None and value_of(sign.group().rstrip("、.．")) == place
    ]
    if not agreeing or len(items) < 3:
        return
    told = f"numbering: {numeral(agreeing[0])} stands at place {agreeing[0]} of {len(items)}"
    for place, (item, sign) in enumerate(items, 1):
        if place in agreeing or place > 99:
            continue
        if sign is not None:
            mark = sign.group().rstrip("、.．")
            alike = mark in LOOK_ALIKE.get(numeral(place)[-1], "")
            span = (line.start + sign.start(), line.start + sign.start() + len(mark))
            probability = SURE if alike else POSSIBLE
            yield finding(source.text, span, numeral(place), "numbering", told, probability=probability)
        else:
            at = line.start + item.start()
            yield finding(source.text, (at, at), f"{numeral(place)} ", "numbering", told, probability=LIKELY)
    yield from _body(source, line, [item.group() for item, _ in items], told)


def _body(source: Source, contents: TextLine, items: list[str], told: str) -> Iterator[Edit]:
    """Yield suggestions for headings of the body that lost the numeral of their place in the table of contents."""
    places = {item: place for place, item in enumerate(items, 1)}
    previous: TextLine | None = None
    for line in source.lines:
        if line.number > contents.number and line.content:
            place = places.get(line.content)
            alone = previous is not None and value_of(previous.content) == place
            if place is not None and not alone:
                span = (line.start, line.start)
                reason = f"document: item {place} of the contents in line {contents.number}"
                yield finding(source.text, span, f"{numeral(place)}、", "numbering", told, reason, probability=LIKELY)
        if line.content:
            previous = line
