"""Hard line breaks inside paragraphs.

A break is taken out where the text reads on over it: the language models prefer what follows as a continuation to what
follows as a new paragraph (pipeline/language/flow.py), and the lines look like running text. Headings, list items and
rows of tables stay where they are. Nothing is done where the document's damage makes spaces and line edges holes.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from pipeline.damage.hypotheses import is_han
from pipeline.detection.findings import LIKELY, SURE, finding
from pipeline.detection.source import Source, TextLine
from pipeline.detection.spaces import shows_gaps
from pipeline.edits import Edit
from pipeline.language.flow import reads_on

STARTS_ANEW = re.compile(
    r"[#>*|•●■◆▪-]|\d+[.、．)）]|[（(][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+[、.．\s]|第[一二三四五六七八九十百\d]+[章节条编部]"
    r"|附件|附表|附[:：]|抄送|图\d|表\d|注[:：]"
)
"""What headings, list items and the like begin with."""

_ENDS_SENTENCE = re.compile(r"[。！？；：…!?;:][”’》）)」』*]*$")
_CLOSED = "）)”》〉"
_NEVER_FIRST = "，。、；：）》〉〕！？"
_READS_ON = "，、,（(“《〈〔"

CERTAIN_FLOW = 1.5
"""Flow from which a break inside running text is one sentence: of 900 boundaries of paragraphs without a stop in
published text 2 % lie above (most of them real hard wraps), of 2,500 places inside sentences of unseen reports 82 %."""

FLOW_BEHIND_COMMA = 0.0
"""Flow that suffices where the line ends in a comma or fills the width of the page."""

FLOW_BEHIND_CLOSE = 3.0
"""Flow from which a line reads on that ends in a closing bracket: a remark may end a paragraph."""

FULL = 2.0
"""Full-width columns by which a line may fall short of the page's width and still be full."""

FEWEST_FULL = 4
"""Lines of one width that show how wide the page is."""

FEWEST_SHOWN = 2
MARKED_SHARE = 0.9
"""Share of short last lines that must be followed by a blank line or an indent where paragraphs are marked so."""

_PAGE_NUMBER = re.compile(r"(?:[-—–－]\s*|第\s*)?(\d{1,3})(?:\s*[-—–－]|\s*页)?")


def width(content: str) -> float:
    """Return the width of a line in full-width columns."""
    return sum(0.5 if char.isascii() else 1.0 for char in content)


def find(source: Source) -> Iterator[Edit]:
    """Yield joins of lines."""
    if source.spaces_are_holes:
        return
    filled = [line for line in source.lines if line.content]
    numbers = page_numbers(filled)
    lines = [line for line in filled if line not in numbers]
    page = page_width(lines)
    joins = 0
    waiting: list[tuple[TextLine, TextLine]] = []
    for line, following in itertools.pairwise(lines):
        if shows_gaps(line.content) or shows_gaps(following.content):
            continue
        if line.table or following.table or STARTS_ANEW.match(following.content) or not is_text(line.content):
            continue
        full = page is not None and page - FULL <= width(line.content) + line.indent / 2 <= page + FULL
        adjacent = following.number == line.number + 1
        if following.indent >= 2 and following.indent > line.indent:
            continue
        if _ENDS_SENTENCE.search(line.content):
            if full and adjacent and line.content[-1] not in "：:":
                waiting.append((line, following))
            continue
        edit = _join(source, line, following, full and adjacent)
        if edit is not None and any(line.end <= number.start < following.start for number in numbers):
            edit = replace(edit, evidence=(*edit.evidence, "join: a page number lies between"), probability=LIKELY)
        if edit is not None:
            joins += full and edit.probability >= SURE
            yield edit
    # A full line that ends a sentence ends a paragraph only by chance where paragraphs are told apart otherwise.
    if joins >= FEWEST_FULL and page is not None and _paragraphs_are_marked(source.lines, page):
        for line, following in waiting:
            yield _edit(source, line, following, "the line is full and paragraphs begin otherwise", SURE)


def is_text(content: str) -> bool:
    """Tell whether a line holds Chinese text at all."""
    return any(map(is_han, content))


def page_numbers(lines: list[TextLine]) -> frozenset[TextLine]:
    """Return the lines that hold a page's number and nothing else: each one more than the one before."""
    found = [(int(match[1]), line) for line in lines if (match := _PAGE_NUMBER.fullmatch(line.content))]
    kept: set[TextLine] = set()
    for (number, line), (next_number, next_line) in itertools.pairwise(found):
        if next_number == number + 1:
            kept.update((line, next_line))
    return frozenset(kept)


def page_width(lines: list[TextLine]) -> float | None:
    """Return the width at which running lines break, in full-width columns, or None where no width is usual."""
    widths = Counter(round(width(line.content) + line.indent / 2) for line in lines if line.running and not line.table)
    if not widths:
        return None
    usual, _ = max(widths.items(), key=lambda item: (item[1] + widths[item[0] - 1] + widths[item[0] + 1], item[0]))
    near = sum(widths[usual + shift] for shift in (-1, 0, 1))
    return float(usual) if near >= FEWEST_FULL and near * 3 >= widths.total() else None


def _paragraphs_are_marked(lines: tuple[TextLine, ...], page: float) -> bool:
    """Tell whether paragraphs begin behind a blank line or an indent: what follows a short last line shows it."""
    shown = marked = 0
    for line, following in itertools.pairwise(lines):
        short = line.content and width(line.content) + line.indent / 2 < page - FULL
        if short and _ENDS_SENTENCE.search(line.content):
            shown += 1
            marked += not following.content or following.indent >= 2
    return shown >= FEWEST_SHOWN and marked >= MARKED_SHARE * shown


def _join(source: Source, line: TextLine, following: TextLine, full: bool) -> Edit | None:
    if not (line.running or full) or not is_text(following.content):
        return None
    flow = reads_on(source.models, line.content, following.content)
    behind_comma = line.content[-1] in _READS_ON
    sign = f"the text reads on over the break ({flow:+.1f})"
    if full:
        sign += ", the line is full"
    if behind_comma:
        sign += f", {line.content[-1]} ends no line"
    if line.content[-1] in "《（(“〈〔" and following.content[0] in "》）)”〉〕":
        return None  # something is missing between the two
    if following.content[0] in _NEVER_FIRST:
        sign = f"{following.content[0]} begins no paragraph"
        return _edit(source, line, following, sign, SURE if line.running or full else LIKELY)
    needed = FLOW_BEHIND_COMMA if full or behind_comma else CERTAIN_FLOW
    if not full and line.content[-1] in _CLOSED:
        needed = FLOW_BEHIND_CLOSE
    if flow >= needed and (following.running or full or _ENDS_SENTENCE.search(following.content)):
        return _edit(source, line, following, sign, SURE)
    if flow >= FLOW_BEHIND_COMMA:
        return _edit(source, line, following, sign, LIKELY)
    return None


def _edit(source: Source, line: TextLine, following: TextLine, sign: str, probability: float) -> Edit:
    words = line.content[-1].isascii() and line.content[-1].isalpha() and following.content[0].isascii()
    after = " " if words and following.content[0].isalpha() else ""
    return finding(source.text, (line.end, following.start), after, "join", f"join: {sign}", probability=probability)
