"""Small slips of recognition: characters and marks that stand twice, remains of pictures, ends that are cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.damage.hypotheses import is_han
from pipeline.detection.findings import LIKELY, POSSIBLE, SURE, finding
from pipeline.detection.source import Source
from pipeline.edits import Edit
from pipeline.language.flow import likelihood
from pipeline.language.normalise import HOLE_RUN

_DOUBLED_MARK = re.compile(r"([，、；：])\1+|(?<!。)。。(?!。)")
_DOUBLED = re.compile(r"([\u4e00-\u9fff])\1(?!\1)")

# Words made by saying a character twice, and those that begin and end alike: 公公 is none, 人人 is.
_REDUPLICATED = frozenset(
    "人家天年月日时处事种样层级户村条个件项次句字步代队批家门行常往渐仅刚稍略偏恰屡频连时早晚久高大小多好快慢远深"
    "满紧牢稳轻细微实明清真妈爸爷奶哥姐弟妹叔伯婆星宝看想说听走试谈聊问笑跑写读学做干管帮等讲用查谢拜欣巍滔滚源绵"
    "茫莽荡冉蒸勃兢孜谆循济比津娓侃默悄匆茁郁葱苍灼昭赫炎堂落依念区缕丝寸斤点滴阵团圈串排座片面顶环块套本粒颗朵棵株束把篇封段首"
    "一二三四五六七八九十百千万零两双对朝暮夜分秒代世生节寥历岌惴忡怏泱洋汤熊烈隐约统白通"
)

REPEATED_WORSE = 5.0
"""log10 by which the reading with one character must be likelier than that with two; where one word ends and the next
begins with a character (公益益智) the difference reaches 4."""

_DEBRIS = re.compile(
    r"[\u2190-\u21ff\u2300-\u23ff\u2500-\u259f\u25a2-\u25ac\u25ae-\u25ff\u2600-\u27bf\U0001f000-\U0001faff]+"
)
_BULLET = re.compile(r"[●○■◆◇▲△★☆※▪•→√×]")
# Not what Markdown sets apart with: fences of code, rules across the page.
_STRAY_LINE = re.compile(
    r"(?m)^[ \t]*(?!(?:```|~~~|-{3}|_{3}|\*{3}))([^\w\s□▭#|<>*=-]{1,3}|[+|\\/~^_.,'`-]{1,4})[ \t]*$"
)

_NEXT_NUMBER = re.compile(r"(?m)^[ \t]*(\d{1,2})[ \t]+[\u4e00-\u9fff]")
NEXT_HEADING = 1000
"""Characters behind a heading among which the next one is sought."""

_ENDS = "。！？；…”’》）)】〕!?;"
FULL_SENTENCE = 20
"""Characters of a last line from which on it should end in a stop."""


def find(source: Source) -> Iterator[Edit]:
    """Yield edits of doubled characters, debris and a cut-off end, where these are no traces of lost characters."""
    if source.spaces_are_holes:
        return
    yield from _doubled(source)
    yield from _debris(source)
    yield from _cut_off(source)


def _doubled(source: Source) -> Iterator[Edit]:
    text = source.text
    for match in _DOUBLED_MARK.finditer(text):
        mark = match.group()[0]
        yield finding(text, match.span(), mark, "doubled", f"doubled: {mark} stands twice", probability=SURE)
    for match in _DOUBLED.finditer(text):
        char = match[1]
        if char in _REDUPLICATED:
            continue
        before, behind = text[max(0, match.start() - 20) : match.start()], text[match.end() : match.end() + 20]
        near = before[-2:], behind[:2]
        one, two = (likelihood(source.models, before, reading, behind) for reading in (char, char * 2))
        if one - two >= REPEATED_WORSE:
            sign = f"doubled: once is likelier by 10^{one - two:.1f}"
            witnesses = source.witnesses.of_passage(near[0], char, near[1], match.span())
            against = source.witnesses.of_passage(near[0], char * 2, near[1], match.span())
            if not against:
                probability = SURE if witnesses else LIKELY
                yield finding(text, match.span(), char, "doubled", sign, *witnesses, probability=probability)


def _debris(source: Source) -> Iterator[Edit]:
    text = source.text
    for match in _DEBRIS.finditer(text):
        if _BULLET.match(match.group()) or re.fullmatch("[\u2500-\u257f]{2,}", match.group()):
            continue  # signs of lists, ruled lines
        sign = "debris: no sign of a printed page"
        number = _number_due(text, match)
        if number is not None:
            reason = f"numbering: {number + 1} stands before the next heading"
            yield finding(text, match.span(), str(number), "numbering", sign, reason, probability=LIKELY)
        else:
            yield finding(text, match.span(), "", "debris", sign, probability=POSSIBLE)
    for match in _STRAY_LINE.finditer(text):
        if any(is_han(char) for char in match.group()) or _BULLET.match(match[1]) or "…" in match[1]:
            continue
        sign = "debris: a line of its own without a word"
        yield finding(text, match.span(1), "", "debris", sign, probability=POSSIBLE)


def _number_due(text: str, match: re.Match[str]) -> int | None:
    """Return the number that belongs before a heading which begins with debris: one less than the next heading's."""
    begins = text[: match.start()].rstrip(" \t")[-1:] in ("", "\n", "\r")
    following = _NEXT_NUMBER.search(text, match.end(), match.end() + NEXT_HEADING)
    if begins and following and re.match(r"[ \t]*[\u4e00-\u9fff]", text[match.end() : match.end() + 8]):
        return int(following[1]) - 1 or None
    return None


def _cut_off(source: Source) -> Iterator[Edit]:
    """Yield the hole behind a text that ends inside a sentence."""
    lines = [line for line in source.lines if line.content]
    if len(lines) < 2 or lines[-1].table:
        return
    last = lines[-1]
    mark = last.content[-1]
    if mark in _ENDS or mark == HOLE_RUN or not (is_han(mark) or mark in "，、：:,“（《"):
        return
    if not last.running or len(last.content) < FULL_SENTENCE:
        return
    sign = f"cut off: the last line ends in {mark}"
    place = (last.end, last.end)
    probability = LIKELY if mark in "，、,“（《" else POSSIBLE
    yield finding(source.text, place, HOLE_RUN, "cut_off", sign, probability=probability)
