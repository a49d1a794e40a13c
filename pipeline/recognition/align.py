"""Characters read to ink placed: which character stands in which cell, which ink was not read, what is only dirt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run, Shape, shape_of
from pipeline.imaging.marks import GridLine
from pipeline.recognition.engine import FROM_SHAPE, Seen

DOTS = frozenset(".·'`-_~^,*\"")
"""What an engine makes of dirt between Han; in Chinese text none of them stands there."""

MARKS = frozenset("，。、；：！？,.;:!?·'`\"“”‘’（）()〔〕[]《》〈〉<>【】_-")
_UNREAD_FULL, _UNREAD_MARK, _EXTRA = 1.2, 0.6, 0.8
_MERGED, _PAIR = 0.1, 0.3
_OTHER_KIND = 0.7
"""Costs in pitches: a cell left unread, a character without a cell, one more in a cell of merged ink, the second of two
digits in a cell, a mark in the place of a Han and the reverse."""

_TWO_DIGITS = 0.75
"""Width of the ink of two digits, pitches."""

_OVERLAP = 0.25
"""Pitches by which an unread cell may overlap its neighbours."""

_TALL = 0.6
"""Ink higher than that, pitches, is no mark but for brackets and quotes."""

_LEAST_BLANK = 0.7
"""Pitches between two cells that hold a blank one."""

_FILLS, _FILLS_BEHIND = 0.5, 0.9
"""Probability from which a character read in a blank cell fills it, inside of a line and behind it."""

_KNOWN, _AGREED = 4, 0.75
"""A page knows a mark by its shape from that many readings, of which that share agrees."""

_VOTE, _NEAR_VOTE = 3, 1
"""Votes of a reading for its own shape and for those one class away."""

_STRAIGHT = frozenset("\"'")
"""Quotes of a typewriter: alone among ``DOTS`` they are printed between Han, in pairs, two strokes above the middle."""

_LEAST_STRAIGHT, _LOW_STRAIGHT, _WIDE_STRAIGHT, _ALIKE = 2, 0.15, 0.5, 0.1
"""A page has them if so many are alike; their least height, greatest width, and by how much they may differ, ems. On 12
scans without any, no speck was read as one."""

_MOST_STRAIGHT = 100
"""Quotes of a page that others are held against: more tell nothing new."""

_COMMA = 0.18
"""Least height of a comma, pitches: of six in two worn pages 0.22 to 0.28."""

_SURE = 0.75
"""Probability from which the engine's reading of a mark stands against what its shape says; not measured."""

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
    best = [[0.0] * (width + 1) for _ in range(rows + 1)]
    for j in range(width):
        best[0][j + 1] = best[0][j] + unread[j]
    for i in range(rows):
        best[i + 1][0] = best[i][0] + _EXTRA
        for j in range(width):
            best[i + 1][j + 1] = min(
                best[i][j] + _distance(seen[i], cells[j], spans[j], pitch),
                best[i + 1][j] + unread[j],
                best[i][j + 1] + _extra(seen, i, cells[j], spans[j], pitch),
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
            own = _blank_at(column, j - 1, cells, spans, pitch) if whole and j and sure else None
            matches.append(Match(own, seen[i]) if own else Match(cells[owner], seen[i], True))
    return matches[::-1]


def _blank_at(column: float, at: int, cells: Sequence[Placed], spans: Sequence[Span], pitch: float) -> Placed | None:
    """Return the one blank cell behind cell *at* in which a character was read; None where there is none."""
    before = cells[at]
    end = cells[at + 1].left if at + 1 < len(cells) else before.right + pitch
    on_page = before.ink.right + column - spans[at][1]
    if not (before.right < on_page < end and end - before.right > _LEAST_BLANK * pitch):
        return None
    ink = Run(on_page, on_page, before.ink.top, before.ink.bottom, 0.0, 0.0)
    return Placed("learnt", before.right, end, ink)


def _away(column: float, span: Span) -> float:
    return max(0.0, span[0] - column, column - span[1])


def _distance(read: Seen, cell: Placed, span: Span, pitch: float) -> float:
    mark = read.text in MARKS
    height = cell.ink.bottom - cell.ink.top
    small = height < _TALL * pitch or cell.kind in ("learnt", "opening", "closing") or cell.width < 0.2 * pitch
    other = _OTHER_KIND if mark != small and not read.text.isascii() else 0.0
    return abs(read.centre - (span[0] + span[1]) / 2) / pitch + other


def _extra(seen: Sequence[Seen], at: int, cell: Placed, span: Span, pitch: float) -> float:
    """Return the cost of a character in a cell that has the one before it: little for digits or where some merged."""
    read = seen[at]
    if cell.kind == "merged" and span[0] <= read.centre <= span[1]:
        return _MERGED
    digits = at > 0 and all(one.text.isascii() and one.text.isalnum() for one in seen[at - 1 : at + 1])
    wide = cell.kind == "full" and cell.width > _TWO_DIGITS * pitch
    return _PAIR if digits and wide and _away(read.centre, span) < _OVERLAP * pitch else _EXTRA


def _shape(cell: Placed, line: GridLine, em: float) -> Shape:
    ink = cell.ink
    sunk = ((ink.top + ink.bottom) / 2 - line.middle) / em
    return shape_of(cell.width / line.pitch, (ink.bottom - ink.top) / em, sunk, ink.lean)


class MarkShapes:
    """What a page's marks look like: by shape, how often each was read."""

    def __init__(self, lines: Sequence[GridLine], matched: Sequence[Sequence[Match]], em: float) -> None:
        self._em = em
        self._read: dict[Shape, Counter[str]] = defaultdict(Counter)
        self._straight: list[tuple[float, float]] = []
        for line, matches in zip(lines, matched, strict=True):
            for match in matches:
                if match.read and match.read.text in MARKS and match.cell.kind not in ("full", "merged"):
                    self._read[_shape(match.cell, line, em)][match.read.text] += 1
                if match.read and match.read.text in _STRAIGHT and match.cell.ink.bottom < line.middle:
                    self._straight.append(self._extent(match.cell, line))
        del self._straight[_MOST_STRAIGHT:]

    def known(self, cell: Placed, line: GridLine, unsure: bool = False) -> str | None:
        """Return the mark that ink of this shape is on this page, or None; *unsure* takes the likeliest."""
        if cell.kind in ("full", "merged"):
            return None
        width, height, middle, leaning = _shape(cell, line, self._em)
        votes: Counter[str] = Counter()
        for w, h, m in product((-1, 0, 1), repeat=3):
            weight = _VOTE if not w and not h and not m else _NEAR_VOTE
            for mark, count in self._read.get((width + w, height + h, middle + m, leaning), Counter()).items():
                votes[mark] += weight * count
        if not votes:
            return None
        mark, most = votes.most_common(1)[0]
        known = most >= _KNOWN * _VOTE and most >= _AGREED * votes.total() and mark not in DOTS
        return mark if known or (unsure and mark not in DOTS) else None

    def is_straight(self, match: Match, line: GridLine) -> bool:
        """Tell whether ink is a straight quote: two others as high, above the line's middle, were read as quotes.

        What was not read at all needs more of them.
        """
        if match.extra or not (match.read is None or match.read.text in _STRAIGHT):
            return False
        own = self._extent(match.cell, line)
        if own[1] <= _LOW_STRAIGHT or match.cell.width >= _WIDE_STRAIGHT * self._em:
            return False
        alike = sum(all(abs(a - b) < _ALIKE for a, b in zip(own, other, strict=True)) for other in self._straight)
        return alike >= (_LEAST_STRAIGHT if match.read else 2 * _LEAST_STRAIGHT)

    def _extent(self, cell: Placed, line: GridLine) -> tuple[float, float]:
        """Return where ink ends below the line's middle, and its height, ems."""
        return (cell.ink.bottom - line.middle) / self._em, (cell.ink.bottom - cell.ink.top) / self._em


def settle(matches: Sequence[Match], line: GridLine, shapes: MarkShapes, whole: bool) -> list[Match]:
    """Read the marks that were not read by their shape, and turn dirt that was read as dots into blank cells.

    On a *whole* page, where nothing is missing, ink in a cell of its own is a mark rather than dirt in a blank cell.
    """
    result: list[Match] = []
    texts = [match.read.text if match.read else "" for match in matches]
    for at, match in enumerate(matches):
        left, right = texts[at - 1] if at else "", texts[at + 1] if at + 1 < len(texts) else ""
        western = [bool(text) and text.isascii() and text.isalnum() for text in (left, right)]
        read = match.read
        dirt = False
        if shapes.is_straight(match, line):
            sure = read.alternatives[0][1] if read else FROM_SHAPE
            result.append(replace(match, read=Seen('"', 0.0, (('"', sure),))))
            continue
        kept = read is not None and read.text == "." and "".join(texts[:at]).isdigit()  # 1.加强公开
        kept |= read is not None and read.text == "," and _is_comma(match.cell, line)
        if read is not None and read.text in DOTS and not (kept or (all(western) if match.extra else any(western))):
            read = None
            dirt = match.extra or at in (0, len(matches) - 1)
        if dirt and match.extra:
            continue
        if not dirt and not match.extra and (read is None or (read.text in MARKS and read.alternatives[0][1] < _SURE)):
            known = shapes.known(match.cell, line, whole and read is None)
            if known is not None:
                rest = tuple((text, p) for text, p in (read.alternatives if read else ()) if text != known)
                read = Seen(known, 0.0, ((known, FROM_SHAPE), *((t, p * (1 - FROM_SHAPE)) for t, p in rest)))
        before = result[-1].read if result else None
        if match.extra and read and before and read.text == before.text and read.text in MARKS:
            continue  # one bracket, seen twice
        if read is None and not _may_be_blank(match.cell, matches, at, line.pitch):
            continue
        result.append(replace(match, read=read))
    # What is blank at the ends is told by the margins, not by dirt.
    while result and result[-1].read is None:
        result.pop()
    while result and result[0].read is None:
        result.pop(0)
    return result


def _is_comma(cell: Placed, line: GridLine) -> bool:
    """Tell whether low ink is as high as a comma, which specks are not."""
    return cell.ink.bottom - cell.ink.top > _COMMA * line.pitch and cell.ink.top > line.middle


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


def _may_be_blank(cell: Placed, matches: Sequence[Match], at: int, pitch: float) -> bool:
    """Tell whether an unread cell is dirt, or unreadable, in a cell of its own: no piece of its neighbour."""
    if not may_be_alone(cell, pitch):
        return False
    before = matches[at - 1].cell if at else None
    behind = matches[at + 1].cell if at + 1 < len(matches) else None
    room = _OVERLAP * pitch
    return (before is None or cell.left >= before.right - room) and (behind is None or cell.right <= behind.left + room)


def may_be_alone(cell: Placed, pitch: float) -> bool:
    """Tell whether unread ink may be a character of its own; tall narrow ink is a piece of the next one."""
    return cell.kind != "half" or cell.ink.bottom - cell.ink.top <= _TALL * pitch
