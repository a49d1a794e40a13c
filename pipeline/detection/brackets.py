"""Unpaired and mismatched brackets and quotes.

Pairs are sought within a paragraph. A closing bracket of the wrong kind has one repair, the kind that is open; what was
never opened or closed has none that the text alone decides, and is flagged or suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.detection.findings import LIKELY, SURE, finding, flag
from pipeline.detection.source import Source, TextLine
from pipeline.edits import Edit

CLOSING = {
    "(": ")",
    "（": "）",
    "〔": "〕",
    "[": "]",
    "［": "］",
    "【": "】",
    "《": "》",
    "〈": "〉",
    "“": "”",
    "‘": "’",
}
OPENING = {close: opening for opening, close in CLOSING.items()}
_TWINS = {"(": "（", ")": "）", "[": "［", "]": "］"}
_SIGN = re.compile("[" + re.escape("".join({**CLOSING, **OPENING})) + "]")
_LIST_ITEM = re.compile(r"(?:^|[^\w])(?:[一二三四五六七八九十\d]{1,3}|[A-Za-z])[)）]$")
ROUND = frozenset("(（〔[［【")
DEEPEST = 20
"""Brackets open at once that are remembered over a line's end."""

FARTHEST = 60
"""Characters between an opening bracket and its close; what is longer is rarely one bracket."""


def find(source: Source) -> Iterator[Edit]:
    """Yield edits and flags of brackets in every paragraph; a font that lost characters lost brackets too."""
    if source.spaces_are_holes:
        return
    opened: list[tuple[str, int]] = []
    for line in source.lines:
        if not line.content:
            continue
        if not line.table and _SIGN.search(line.content):
            yield from _line(source.text, line, opened)
        if line.table or line.content[-1] in "。！？；":
            opened.clear()  # what a broken line left open may be closed on the next
        del opened[:-DEEPEST]


def _line(text: str, line: TextLine, opened: list[tuple[str, int]]) -> Iterator[Edit]:
    """Yield what is wrong in a line; *opened* holds the brackets left open so far and is kept up to date."""
    for match in _SIGN.finditer(line.content):
        char, at = match.group(), line.start + match.start()
        if char in CLOSING:
            opened.append((char, at))
            continue
        wanted = OPENING[char]
        if opened and _same(opened[-1][0], wanted):
            opened.pop()
        elif opened and _is_mismatched(text, opened, at, char):
            opening = opened.pop()[0]
            after = CLOSING[opening]
            sign = f"bracket: {opening} is open, {char} closes nothing"
            yield finding(text, (at, at + 1), after, "bracket", sign, probability=SURE)
        elif any(_same(opening, wanted) for opening, _ in opened):
            while not _same(opened[-1][0], wanted):
                opened.pop()  # crossed or never closed: the outer pair stands
            opened.pop()
        elif char not in "”’" and not _LIST_ITEM.search(line.content, max(0, match.start() - 4), match.end()):
            yield flag(text, (at, at + 1), "bracket", f"bracket: {char} closes nothing in its paragraph")
    yield from _nested_titles(text, line)


def _same(one: str, other: str) -> bool:
    return _TWINS.get(one, one) == _TWINS.get(other, other)


def _is_mismatched(text: str, opened: list[tuple[str, int]], at: int, char: str) -> bool:
    """Tell whether *char* at an offset must be meant to close the last bracket, which is of another kind.

    So it is where nothing of its own kind is open, the last one stands near, and no close of it follows nearby.
    """
    opening, begin = opened[-1]
    if opening not in ROUND or char not in {CLOSING[sign] for sign in ROUND}:
        return False
    if any(_same(other, OPENING[char]) for other, _ in opened) or at - begin > FARTHEST:
        return False
    end = text.find("\n", at)
    rest = text[at + 1 : min(at + 1 + FARTHEST, end if end >= 0 else len(text))]
    depth = 0
    for sign in rest:
        if sign in CLOSING and _same(sign, opening):
            depth += 1
        elif sign in OPENING and _same(OPENING[sign], opening):
            if depth == 0:
                return False  # its own close comes: the odd sign is something else
            depth -= 1
    return True


_INNER = re.compile(r"《[^《》\n]{2,40}(《)([^《》〈〉\n]{4,80}?)(?=的(?:通知|意见|决定|函|报告|批复|公告|公示)》)")


def _nested_titles(text: str, line: TextLine) -> Iterator[Edit]:
    """Yield suggestions for 《…关于印发《…的通知》: the title inside was opened and not closed."""
    for match in _INNER.finditer(line.content):
        span = (line.start + match.start(1), line.start + match.end(2))
        sign = "bracket: a title inside a title is opened and not closed"
        yield finding(text, span, f"〈{match[2]}〉", "bracket", sign, probability=LIKELY)
