"""White inside of a line that is layout, not lost characters.

It stands behind the number of an article, inside of spaced-out headings and labels, between what is set at the two ends
of a line, and below each other in lists. Longer white than loss explains is layout wherever it stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.language.normalise import HOLE_ONE

_HAN = re.compile(r"[\u3400-\u9fff]+")
_NUMBERED = re.compile(r"^第?[一二三四五六七八九十百千0-9□]{1,5}(?:章|节|条|编|篇|部分)$")
"""What stands before a space by custom: one or two cells of it."""

_CUSTOM = 2

_SPACED = frozenset(
    re.findall(
        "..",
        "公告通告通知通报目录前言序言后记附件附录附表决定决议报告请示批复意见纪要摘要概述说明命令名单简报公报议程方案声明证明提纲总结计划规划办法规定细则章程总则附则结语",
    )
)
"""Headings of two characters, which are set with white between them."""

_LABELS = frozenset(
    re.findall(
        "..",
        "组长成员主任委员秘书顾问姓名性别年龄民族职务职称单位地址电话传真邮编网址邮箱时间地点主持记录出席列席参加请假县长市长省长局长校长院长科长处长厅长会长主席编制审核校对联系备注合计总计"
        "小计",
    )
)
"""Labels of two characters, which are set as wide as those of three or four."""

_RIGHT = re.compile(r"(?:签发人|会签人|签发)[：:]|[0-9□]{2,4}年?[0-9□]{1,4}月?[0-9□]{1,4}日?印发$")
"""What is set at the right end of a line that begins with something else."""

_ARTICLE = re.compile(r"第([一二三四五六七八九十百]{0,4})(□{2,4})[^□章节条编]")
_ITS_WHITE = re.compile(r"第[一二三四五六七八九十百□]{1,4}[章节条编]□")
_ARTICLES = 3
"""How articles begin whose 条 is lost, or whose white is seen; so many lines of a page that begin so."""

_LONGEST_NUMBER, _ALIGNED = 4, 0.3
"""Characters of a page number in a table of contents; pitches by which the last of these may stand apart."""

WIDE = 3
"""Blank cells from which what stands on both sides is set at the ends of a line."""

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_NAME_MARKS = "、：，　□"

_UNDAMAGED = 0.03
"""Share of gaps up to which white inside of names is taken for layout."""

_SENTENCE_MARKS = frozenset("，。；")

_SURPRISE = 5.0
"""Nats from which white is longer than loss explains; an estimate."""

_NEVER = 0.002
_LANE = 0.35
"""Pitches by which white below other white may begin elsewhere."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A character as read, □ where it was not; blank cells before it, and column of its left edge in pitches."""

    text: str
    blanks: int
    left: float


def layout_white(rows: Sequence[Sequence[Spot]]) -> list[dict[int, int]]:
    """Return for every line the characters before which blank cells are layout, with the number of lost ones before it.

    Args:
        rows: the lines of a page, top to bottom.
    """
    found = [dict.fromkeys(own, 0) for own in _wholly_layout(rows)]
    for own, lost in zip(found, _articles(rows), strict=True):
        if lost is not None and lost[0] not in own:
            own[lost[0]] = lost[1]
    return found


def _wholly_layout(rows: Sequence[Sequence[Spot]]) -> list[set[int]]:
    pairs = sum(max(0, len(row) - 1) for row in rows)
    shares = [_share(rows, without=number) for number in range(len(rows))]
    found = [_by_custom(row, share < _UNDAMAGED) for row, share in zip(rows, shares, strict=True)]
    _add_entries(rows, found)
    left = [
        [at for at, spot in enumerate(row) if spot.blanks and at not in own]
        for row, own in zip(rows, found, strict=True)
    ]
    gaps = sum(map(len, left))
    if not gaps:
        return found
    share = gaps / max(1, pairs)
    for row, own, open_gaps in zip(rows, found, left, strict=True):
        # A gap that exists goes on with the chance that any begins: loss is told from how many gaps there are.
        surprise = -math.log(max(_NEVER, share))
        if not any(spot.text in _SENTENCE_MARKS for spot in row):  # white within a sentence is no layout, however wide
            own.update(at for at in open_gaps if (row[at].blanks - 1) * surprise - math.log(gaps) > _SURPRISE)
        if share < _UNDAMAGED:
            own.update(at for at in open_gaps if _in_name(row, at))
    _add_lanes(rows, found, pairs)
    return found


def _share(rows: Sequence[Sequence[Spot]], without: int) -> float:
    """Return the share of gaps among neighbours in all lines but one."""
    others = [row for number, row in enumerate(rows) if number != without]
    return sum(spot.blanks > 0 for row in others for spot in row) / max(1, sum(max(0, len(row) - 1) for row in others))


def _by_custom(row: Sequence[Spot], undamaged: bool) -> set[int]:
    """Return where white stands by custom; on pages that are *undamaged* elsewhere more of it does."""
    text = "".join(spot.text for spot in row)
    found = set()
    gaps = [at for at, spot in enumerate(row) if spot.blanks]
    widths = {row[at].blanks for at in gaps}
    spread = len(gaps) == len(row) - 1 and len(widths) == 1
    if spread and "□" not in text and (text in _SPACED or (undamaged and _HAN.fullmatch(text) and 2 <= len(text) <= 6)):
        return set(gaps)
    for at in gaps:
        before, behind = _with_holes(row[:at]), text[at:]
        custom = row[at].blanks <= _CUSTOM and _NUMBERED.match(before)
        ends = row[at].blanks >= WIDE and _RIGHT.match(behind)
        label = at == 1 and text[:2] in _LABELS and (len(text) == 2 or text[2] in "：:" or row[2].blanks > 0)
        if custom or ends or label:
            found.add(at)
    return found


def _with_holes(row: Sequence[Spot]) -> str:
    """Return the text of a line with a □ for every blank cell."""
    return "".join(HOLE_ONE * spot.blanks + spot.text for spot in row)


def _articles(rows: Sequence[Sequence[Spot]]) -> list[tuple[int, int] | None]:
    """Return for lines that begin 第三□□ the character behind the blank cells and how many of these are lost.

    One of them is the white behind 条 or 章, where such white is seen on the page or many lines begin so.
    """
    found: list[tuple[int, int] | None] = []
    customary = 0
    for row in rows:
        text = _with_holes(row)
        customary += bool(_ARTICLE.match(text) or _ITS_WHITE.match(text))
        found.append(None)
        match = _ARTICLE.match(text)
        at = 1 + len(match[1]) if match else 0  # the character behind the numeral, one to a spot
        if match and not row[0].blanks and row[at].blanks == len(match[2]):
            lost = row[at].blanks - 1
            # 第□□□本: the number is lost too.
            if lost >= (1 if match[1] else 2):
                found[-1] = at, lost
    return found if customary >= _ARTICLES else [None] * len(rows)


def _add_entries(rows: Sequence[Sequence[Spot]], found: Sequence[set[int]]) -> None:
    """Add the white before the page numbers of a table of contents, whose dots may have been taken for dust."""
    ends: list[tuple[int, int, float]] = []
    for number, row in enumerate(rows):
        at = len(row)
        while (
            at and row[at - 1].text.isascii() and row[at - 1].text.isalnum() and not (at < len(row) and row[at].blanks)
        ):
            at -= 1
        if 0 < at < len(row) and len(row) - at <= _LONGEST_NUMBER and row[at].blanks >= WIDE:
            ends.append((number, at, row[-1].left))
    for number, at, edge in ends:
        if any(0 < abs(other - number) <= 2 and abs(right - edge) < _ALIGNED for other, _, right in ends):
            found[number].add(at)


def _in_name(row: Sequence[Spot], at: int) -> bool:
    """Tell whether one blank cell parts the characters of a name of two, among names of three."""
    if row[at].blanks != 1 or row[at - 1].text not in _SURNAMES:
        return False
    before = row[at - 2].text if at >= 2 and not row[at - 1].blanks else "、"
    behind = row[at + 1].text if at + 1 < len(row) and not row[at + 1].blanks else "、"
    return before in _NAME_MARKS and behind in _NAME_MARKS


def _add_lanes(rows: Sequence[Sequence[Spot]], found: Sequence[set[int]], pairs: int) -> None:
    """Add white that stands below other white in neighbouring lines, where so much of it is no chance."""
    open_gaps = [
        (k, at) for k, row in enumerate(rows) for at, spot in enumerate(row) if spot.blanks and at not in found[k]
    ]
    lanes: list[list[tuple[int, int]]] = []
    for k, at in open_gaps:
        edge = rows[k][at].left  # where the white before a character ends
        for lane in lanes:
            last, there = lane[-1]
            if k - last == 1 and abs(rows[last][there].left - edge) < _LANE:
                lane.append((k, at))
                break
        else:
            lanes.append([(k, at)])
    for lane in lanes:
        others = len(open_gaps) - len(lane)
        surprise = -math.log(max(_NEVER, others / max(1, pairs)))
        # Where the lane stands is free: its first gap is no evidence.
        if len(lane) > 1 and (len(lane) - 1) * surprise > _SURPRISE + math.log(len(open_gaps)):
            for k, at in lane:
                found[k].add(at)
