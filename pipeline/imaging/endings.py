"""How headings and titles end: what their last characters tell of what was lost behind them.

Counted by scripts/heading_ends.py on 10,744 headings of documents written for this project, 10,616 of them in corpus/;
three quarters of these were written after the rules. Two stems that fewer bore out then, 办理 and 经费, were dropped.
"""

from __future__ import annotations

import re
from collections.abc import Set

BREAKS_OFF = re.compile(
    "(?:[概打渠附]|(?<!举)措|(?<![疫国灾社民舆案险感军敌详省市州县区镇乡村])情|(?<![办主])公|(?<![办人民军实大好董理刑领往])事"
    "|(?<![慰访顾疑学提])问|(?<![境国省市县区室海以之])内|[府□]信|督保|(?<![带率引占要本首认申])领)$"
)
"""Beginnings of words, such as 情 of 情况, that end no phrase: 8,230 of these headings have one last but one, none has
one at its end."""
_TITLE_BREAKS_OFF = re.compile("[报意决批请规条纪]$")
"""The same of the last line of a title, which names a kind of document."""

ENDINGS = (
    (
        "情况",
        "诉讼|减免|申请|息的|讼的|读的|政府信息|解读|投诉|举报|开展|收费|总体|基本|改进",
    ),
    ("信息情况", "开政府"),
    ("问题", "主要|存在的"),
    ("事项", "告的|明的"),
    ("打算", "工作|□作|一步"),
    ("附表", "说明与"),
)
"""What ends headings behind the beginnings that go with it. At least five of the headings, in corpus/ alone too, end
with such a beginning or go on by no more characters than the ending has; eight of nine and more of these go on by just
so many (改进措施 is as long as 改进情况, 工作打算 as 工作情况)."""

_BEHIND = tuple((frozenset(ending), re.compile(f"(?:{stems})$")) for ending, stems in ENDINGS)


def breaks_off(text: str, title: bool = False) -> bool:
    """Tell whether a heading, or the last line of a *title*, ends within a word: its last character is lost."""
    return bool((_TITLE_BREAKS_OFF if title else BREAKS_OFF).search(text))


def lost_behind(text: str, seen: Set[str], room: int) -> int:
    """Return how many characters a heading lost at its end: the rest of a word, or of how such headings end.

    A word that breaks off lost its next character whatever else the page shows.

    Args:
        text: of the heading, as far as it was read.
        seen: characters of the page: an ending of which one is seen on it anywhere was not lost.
        room: white cells behind the heading: no more is lost.
    """
    if breaks_off(text):
        return min(1, room)
    return next((len(lost) for lost, stem in _BEHIND if len(lost) <= room and stem.search(text) and not lost & seen), 0)
