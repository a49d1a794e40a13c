"""Characters read to ink placed: which character stands in which cell, which ink was not read, which lines are dirt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.recognition.engine import Seen

_ITEM_DIGITS, _BEFORE_ITEMS = 2, frozenset("。；：:;")
"""Digits of an item's number within a line at most, and what stands before it there."""

DOTS = frozenset(".·'`-_~^,*\"")
"""What an engine makes of dirt between Han; in Chinese text none of them stands there."""

MARKS = frozenset("，。、；：！？,.;:!?·'`\"“”‘’（）()〔〕[]《》〈〉<>【】_-")
_BRACKETS = frozenset("（）〔〕《》〈〉【】")
_LOW = frozenset(".,")
_UNREAD_FULL, _UNREAD_MARK, _EXTRA = 1.2, 0.6, 0.8
_MERGED, _PAIR = 0.1, 0.3
_OTHER_KIND = 0.7
"""Costs in pitches: a cell left unread, a character without a cell, one more in a cell of merged ink, the second of two
digits in a cell, a mark in the place of a Han or digit and the reverse."""

_TWO_DIGITS = 0.75
"""Width of the ink of two digits, pitches."""

OVERLAP = 0.25
"""Pitches by which an unread cell may overlap its neighbours."""

_TALL = 0.6
"""Ink higher than that, pitches, is no mark but for brackets and quotes."""

_SMALL = 0.45
"""Ink smaller than that both ways, pitches, is no Han, letter or digit."""

_LEAST_BLANK = 0.7
"""Pitches between two cells that hold a blank one."""

_DRIFT = 0.2
"""Pitches by which the place that an engine gives a Han may lie outside of its cell; points are told by theirs."""

_FILLS, _FILLS_BEHIND = 0.5, 0.9
"""Probability from which a character read in a blank cell fills it, inside of a line and behind it."""

_SURE_MARK, _LIKELY = 0.95, 0.5
"""Probabilities of a mark and of any other character that tell a line from dirt: of 6 lines of specks none had them."""

_SPECK_LINES = 1 / 3
"""Share of a page's lines that may be specks."""


@dataclass(frozen=True, slots=True)
class Match:
    """A cell and the character read in it; None where nothing was read. An ``extra`` character shares its cell."""

    cell: Placed
    read: Seen | None
    extra: bool = False

    @property
    def text(self) -> str:
        """What was read; nothing for none."""
        return self.read.text if self.read else ""


Span = tuple[float, float]
"""First and last column of a cell's ink in the image that was read."""


def align(
    seen: Sequence[Seen], cells: Sequence[Placed], spans: Sequence[Span], pitch: float, whole: bool = False
) -> list[Match]:
    """Match characters with placed ink, in order and by least distance.

    Places are compared in the image that was read: where blank cells were cut out of it, a step of the engine's may
    reach over the cut.

    Args:
        seen: what was read.
        cells: placed ink.
        spans: where the ink of each cell lies in the image that was read.
        pitch: of the line, pixels.
        whole: hardly anything is missing on the page: a character read in a blank cell gets that cell.
    """
    rows, width = len(seen), len(cells)
    if not rows:
        return [Match(cell, None) for cell in cells]
    unread = [_UNREAD_FULL if cell.kind in ("full", "merged") else _UNREAD_MARK for cell in cells]
    reach = (_UNREAD_FULL + _EXTRA) * pitch
    best = [[0.0] * (width + 1) for _ in range(rows + 1)]
    for j in range(width):
        best[0][j + 1] = best[0][j] + unread[j]
    for i in range(rows):
        best[i + 1][0] = best[i][0] + _EXTRA
        for j in range(width):
            # A character as far off costs more than leaving it and the cell to themselves.
            near = _away(seen[i].centre, spans[j]) <= reach
            best[i + 1][j + 1] = min(
                best[i][j] + _distance(seen[i], cells[j], spans[j], pitch) if near else math.inf,
                best[i + 1][j] + unread[j],
                best[i][j + 1] + (_extra(seen, i, cells[j], spans[j], pitch) if near else _EXTRA),
            )
    matches: list[Match] = []
    i, j = rows, width
    while i or j:
        if i and j and best[i][j] == best[i - 1][j - 1] + _distance(seen[i - 1], cells[j - 1], spans[j - 1], pitch):
            i, j = i - 1, j - 1
            matches.append(Match(cells[j], seen[i]))
        elif j and best[i][j] == best[i][j - 1] + unread[j - 1]:
            j -= 1
            matches.append(Match(cells[j], None))
        else:
            i -= 1
            column = seen[i].centre
            owner = min(range(max(0, j - 1), min(width, j + 1)), key=lambda at: _away(column, spans[at]))
            if j and _extra(seen, i, cells[j - 1], spans[j - 1], pitch) < _EXTRA:
                owner = j - 1
            inside = j < width
            sure = seen[i].alternatives[0][1] >= (_FILLS if inside else _FILLS_BEHIND)
            sure |= inside and seen[i].text in MARKS  # too pale to be ink
            drift = 0.0 if seen[i].text.isascii() or seen[i].text in MARKS else _DRIFT * pitch
            own = _blank_at(column, j - 1, cells, spans, pitch, drift) if whole and j and sure else None
            matches.append(Match(own, seen[i]) if own else Match(cells[owner], seen[i], True))
    return matches[::-1]


def _blank_at(
    column: float, at: int, cells: Sequence[Placed], spans: Sequence[Span], pitch: float, drift: float
) -> Placed | None:
    """Return the one blank cell behind cell *at* in which a character was read; None where there is none."""
    before = cells[at]
    end = cells[at + 1].left if at + 1 < len(cells) else before.right + pitch
    on_page = before.ink.right + column - spans[at][1]
    if not (before.right - drift < on_page < end + drift and end - before.right > _LEAST_BLANK * pitch):
        return None
    on_page = min(max(on_page, before.right), end)
    ink = Run(on_page, on_page, before.ink.top, before.ink.bottom, 0.0, 0.0)
    return Placed("learnt", before.right, end, ink)


def _away(column: float, span: Span) -> float:
    return max(0.0, span[0] - column, column - span[1])


def _distance(read: Seen, cell: Placed, span: Span, pitch: float) -> float:
    mark = read.text in MARKS
    height = cell.ink.bottom - cell.ink.top
    small = height < _TALL * pitch or cell.kind in ("learnt", "opening", "closing") or cell.width < 0.2 * pitch
    small |= read.text in _BRACKETS and cell.width < _SMALL * pitch
    if read.text.isascii():
        tall = height >= _TALL * pitch
        odd = is_small(cell, pitch) if read.text.isalnum() else tall and read.text in _LOW
    else:
        odd = mark != small
    other = _OTHER_KIND * odd
    if cell.kind == "merged":  # the first of its characters stands at its left, far from its middle
        return _away(read.centre, span) / pitch + other
    return abs(read.centre - (span[0] + span[1]) / 2) / pitch + other


def _extra(seen: Sequence[Seen], at: int, cell: Placed, span: Span, pitch: float) -> float:
    """Return the cost of a character in a cell that has the one before it: little for digits or where some merged."""
    read = seen[at]
    if cell.kind == "merged" and span[0] <= read.centre <= span[1]:
        return _MERGED
    digits = at > 0 and all(is_western(one.text) for one in seen[at - 1 : at + 1])
    wide = cell.kind == "full" and cell.width > _TWO_DIGITS * pitch
    return _PAIR if digits and wide and _away(read.centre, span) < OVERLAP * pitch else _EXTRA


def is_western(text: str) -> bool:
    """Tell whether what was read is a letter or a digit."""
    return text.isascii() and text.isalnum()


def ends_item_number(texts: Sequence[str], at: int) -> bool:
    """Tell whether what was read on a line is the point of an item's number, at its beginning or behind a stop: 1.加强.

    Behind a stop it has two digits at most, and none follows it.
    """
    if texts[at] != ".":
        return False
    if "".join(texts[:at]).isdigit():
        return True
    digits = next((n for n in range(at) if not texts[at - 1 - n].isdigit()), 0)
    behind = texts[at + 1] if at + 1 < len(texts) else ""
    return 0 < digits <= _ITEM_DIGITS and texts[at - 1 - digits] in _BEFORE_ITEMS and not behind.isdigit()


def without_specks(lines: Sequence[list[Match]]) -> list[list[Match]]:
    """Return the lines of a page, those in which only specks were read empty.

    Where they are many the page is no text, and what was read shows it.
    """
    specks = [bool(matches) and not any(map(_is_text, matches)) for matches in lines]
    if sum(specks) > _SPECK_LINES * len(lines):
        return list(lines)
    return [[] if dirt else matches for matches, dirt in zip(lines, specks, strict=True)]


def _is_text(match: Match) -> bool:
    """Tell whether a line that holds this match is text: specks are read as marks, but none for sure."""
    return match.read is not None and match.read.alternatives[0][1] >= (
        _SURE_MARK if match.read.text in MARKS | DOTS else _LIKELY
    )


def is_small(cell: Placed, pitch: float) -> bool:
    """Tell whether ink is as small both ways as a mark or dirt: no Han, letter or digit is."""
    return max(cell.width, cell.ink.bottom - cell.ink.top) < _SMALL * pitch


def may_be_alone(cell: Placed, pitch: float) -> bool:
    """Tell whether unread ink may be a character of its own; tall narrow ink is a piece of the next one."""
    return cell.kind != "half" or cell.ink.bottom - cell.ink.top <= _TALL * pitch
