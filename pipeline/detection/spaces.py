"""Stray spaces in running text: inside words, and what is left of hard wraps when line breaks became spaces.

A space is taken out where the text reads on over it (pipeline/language/flow.py). A line that shows two such spaces lost
its breaks to spaces; there the spaces beside punctuation go too, and those beside digits and half-width signs where the
document sets none as a rule. Where spaces are what is left of lost characters, all of them stay.
"""

from __future__ import annotations

import functools
import re
import statistics
from collections.abc import Iterator

from pipeline.damage.hypotheses import is_han
from pipeline.detection.findings import LIKELY, SURE, finding
from pipeline.detection.source import Source, TextLine
from pipeline.edits import Edit
from pipeline.language.flow import reads_on

STRAY_FLOW = 3.0
"""Flow from which a single space in a line is stray."""

WRAPPED_FLOW = 0.0
"""Flow that suffices in a line that lost its breaks to spaces."""

USUAL_FLOW = 1.0
"""Median flow over a line's spaces from which they can be breaks; over breaks of unseen reports it is 3.8."""

WINDOW = 40
"""Characters on either side of a space that are looked at."""

RULE_SHARE = 0.2
"""Share of places with a space up to which a document as a rule sets none there; wraps themselves are some 5 %."""

_BLANK = r"[ \t\u00a0\u3000]+"
_HAN = r"[\u3400-\u9fff]"
_SPACE = re.compile(rf"(?<=[^\s])({_BLANK})(?=[^\s])")
_BEFORE_STOP = re.compile(r"[\u4e00-\u9fff][ \u3000]+[，。、；]")
_LONE = re.compile(r"(?<=[\u4e00-\u9fff、，] )[\u4e00-\u9fff](?= [\u4e00-\u9fff])")
FEWEST_LONE = 2
"""Single characters between spaces that show gaps; a break leaves one at most by chance."""

_QUOTED = re.compile("[“《‘「][^“”《》‘’「」]*$")  # slogans and titles are set with spaces of their own
_STANDS_APART = re.compile(
    r"第?[（(]?[一二三四五六七八九十百千零\d]+[）)]?[章节条编项]$|[一二三四五六七八九十\d][、.．]$|[电讯]$"
    r"|(?:记者|通讯员|摄影|供稿|撰稿|责编)$|^\s*[（(].{1,4}[）)]$"
)
_HABITS = {
    "sign": re.compile(rf"[,;:)\]\"]({_BLANK})?(?={_HAN})"),
    "digit": re.compile(rf"(?:{_HAN}({_BLANK})?(?=\d)|[\d%]({_BLANK})?(?={_HAN}))"),
}
"""Places beside half-width signs and digits, with the space that may stand there."""


def shows_gaps(content: str) -> bool:
    """Tell whether spaces of a line stand for lost characters: before a stop, or round single characters."""
    return bool(_BEFORE_STOP.search(content)) or len(_LONE.findall(content)) >= FEWEST_LONE


def find(source: Source) -> Iterator[Edit]:
    """Yield removals of stray spaces."""
    if source.spaces_are_holes:
        return
    for line in source.lines:
        if not line.running or line.table or line.content[-1].isdigit() or not _SPACE.search(line.content):
            continue
        if not shows_gaps(line.content):
            yield from _line(source, line)


def _before(line: TextLine, match: re.Match[str]) -> str:
    return line.content[max(0, match.start() - WINDOW) : match.start()]


def _line(source: Source, line: TextLine) -> Iterator[Edit]:
    found: list[tuple[re.Match[str], str]] = []
    between_han: dict[int, float] = {}
    for match in _SPACE.finditer(line.content):
        left, right = line.content[match.start() - 1], line.content[match.end()]
        if _STANDS_APART.search(_before(line, match)):
            continue
        kind = _kind(left, right)
        found.append((match, kind))
        if kind == "han":
            behind = line.content[match.end() : match.end() + WINDOW]
            between_han[match.start()] = reads_on(source.models, _before(line, match), behind)
    if not between_han or statistics.median(between_han.values()) < USUAL_FLOW:
        return  # most of the spaces are no breaks: something is missing there, or they part things
    stray = sum(flow >= STRAY_FLOW for flow in between_han.values())
    wrapped = stray >= 2 and stray * 4 >= len(between_han)
    for match, kind in found:
        span = (line.start + match.start(), line.start + match.end())
        if kind == "han":
            flow = between_han[match.start()]
            sign = f"spacing: the text reads on over the space ({flow:+.1f})"
            quoted = _QUOTED.search(_before(line, match)) is not None and not wrapped
            sure = not quoted and (flow >= STRAY_FLOW or (wrapped and flow >= WRAPPED_FLOW))
            if sure:
                yield finding(source.text, span, "", "spacing", sign, probability=SURE)
            elif flow >= WRAPPED_FLOW:
                yield finding(source.text, span, "", "spacing", sign, probability=LIKELY)
        elif wrapped and (kind == "mark" or (kind in _HABITS and _sets_none(source.text, kind))):
            sign = "spacing: the line lost its breaks to spaces, and the document sets none here"
            yield finding(source.text, span, "", "spacing", sign, probability=SURE)


def _kind(left: str, right: str) -> str:
    """Return what a space stands between: ``han``, ``mark`` (full-width), ``sign``, ``digit``, or ``""``."""
    if is_han(left) and is_han(right):
        return "han"
    if not left.isascii() and not right.isascii():
        return "mark"
    if left in ',;:)]"' and is_han(right):
        return "sign"
    if (is_han(left) and right.isdigit()) or ((left.isdigit() or left == "%") and is_han(right)):
        return "digit"
    return ""


@functools.lru_cache(maxsize=8)
def _sets_none(text: str, kind: str) -> bool:
    """Tell whether the document as a rule sets no space between Chinese characters and such signs."""
    spaced = total = 0
    for match in _HABITS[kind].finditer(text):
        total += 1
        spaced += any(match.groups())
    return spaced <= RULE_SHARE * total
