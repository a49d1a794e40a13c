"""Points and commas inside of numbers: between two digits half a cell apart stands no mark of Chinese text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.document import Line
from pipeline.imaging.grid import Placed, blanks_between
from pipeline.imaging.groups import Run
from pipeline.imaging.loading import Image
from pipeline.imaging.marks import GridLine
from pipeline.recognition.align import Match
from pipeline.recognition.engine import FROM_SHAPE, Seen, by_shape
from pipeline.recognition.settling import is_comma
from pipeline.recognition.unread import dots_in

_ROOM = 0.2, 0.8
"""White between the ink of two digits that a point stands in, pitches; a mark of Chinese text takes a whole cell."""

_TAKEN_FOR_IT = frozenset(".,:，。、；：;“”‘’'`·")
"""What a point or a comma is read as."""

_GROUP = 3
"""Digits behind a comma."""

_SURE = 0.9
"""Probability given to ink read as a mark, as a point or comma by where it stands; not measured."""

_LEAST = 0.06
"""Least width and height of ink that no engine read, pitches: as of the dots in unread.py. Smaller is dirt."""

_DROPPED, _IN_YEAR = (0.3, 0.85), 0.46
"""White between two digits in which a point has no cell of its own, and the least of it inside of what looks like a
year, pitches: the digits of a year stand side by side, with 0.44 of white at most where one is a thin 1."""

_TALL = 0.35
"""Height from which ink is a digit's, pitches."""

_TAIL = 0.05
"""How far a comma's tail hangs below the digits beside it at least, pitches: of 7 settings of three fonts, 150 to 300
dpi, 0.075 and more; points of five fonts 0.03 at most."""

_NUMBER = re.compile(r"(0|[1-9]\d*)\.\d+|[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
"""A number with a point, or with commas before groups of three: 0971.8482 and 2018.5.6 are none."""

_TWO_YEARS = re.compile(r"(?:19|20)\d\d\.(?:19|20)\d\d")

_COMMAS = frozenset(",，、；;")
"""What an engine that sees a tail reads."""

_YEARS, _YEAR_DIGITS = ("19", "20"), 4
_NO_YEAR = frozenset("万亿%％")
"""How years begin; what stands behind numbers that look like one and are none."""


def in_number(matches: Sequence[Match], at: int, pitch: float) -> bool:
    """Tell whether a match stands between two digits that are half a cell apart."""
    if not 0 < at < len(matches) - 1:
        return False
    before, behind = matches[at - 1], matches[at + 1]
    white = behind.cell.ink.left - before.cell.ink.right
    return _is_digit(before) and _is_digit(behind) and _ROOM[0] * pitch < white < _ROOM[1] * pitch


def with_points(lines: Sequence[GridLine], matched: Sequence[list[Match]]) -> list[list[Match]]:
    """Return what was read on lines, the marks inside of numbers as points and commas."""
    result = []
    for line, matches in zip(lines, matched, strict=True):
        own: list[Match] = []
        for at, match in enumerate(matches):
            taken = match.read is None or match.read.text in _TAKEN_FOR_IT
            low = match.cell.ink.top > line.middle
            if match.extra or not taken or not low or not in_number(matches, at, line.pitch):
                own.append(match)
                continue
            white = (matches[at + 1].cell.ink.left - matches[at - 1].cell.ink.right) / line.pitch
            if match.read is None and (_is_speck(match, line.pitch) or _in_year(matches, at, white)):
                own.append(match)
            elif read := _as_point(own, matches, at, is_comma(match.cell, line)):
                own.append(replace(match, read=read))
        result.append(own)
    return result


def with_dropped_points(
    lines: Sequence[GridLine], matched: Sequence[list[Match]], ink: Image
) -> tuple[list[list[Match]], list[list[str]]]:
    """Return what was read on lines, with points between digits that were taken for dust, and numbers in doubt.

    The digits must leave the room of a point, and nothing but one dot stand in it. No engine has read it: its
    probability is that of a shape. A dot with a tail is a comma if all digits of the number are grouped by threes.
    A round one before just three digits may be either, a thousand times apart: nothing is put in, and the number
    named. So it is where what the shapes say makes no number.

    Args:
        lines: measured.
        matched: what was read on each.
        ink: 1 where the page is inked, dust too, shape (height, width).

    Returns:
        What was read, and for each line the numbers, as they are read, that may have a point or a comma.
    """
    settled = [_with_dropped(line, matches, ink) for line, matches in zip(lines, matched, strict=True)]
    return [matches for matches, _ in settled], [numbers for _, numbers in settled]


def _with_dropped(line: GridLine, matches: list[Match], ink: Image) -> tuple[list[Match], list[str]]:
    found = {at: dot for at in range(1, len(matches)) if (dot := _dot_before(line, matches, at, ink))}
    marks: dict[int, str] = {}
    doubtful = []
    for start, end in _numbers(matches, line.pitch):
        own = {at: _mark(line, matches, at, found[at]) for at in range(start + 1, end) if at in found}
        year = end < len(matches) and matches[end].text == "年"
        if own and _agrees(_spelt(matches, start, end, own), year):
            marks |= own
        elif own:
            doubtful.append("".join(match.text for match in matches[start:end]))
    result = matches[:1]
    for at, match in enumerate(matches[1:], 1):
        behind = match
        if at in marks:
            point, behind = _placed(marks[at], found[at], result[-1], behind, line.pitch)
            result.append(point)
        result.append(behind)
    return result, doubtful


def _dot_before(line: GridLine, matches: Sequence[Match], at: int, ink: Image) -> Run | None:
    """Return the only ink between a digit and the one before, if it is a dot and they leave room for a point."""
    before, behind = matches[at - 1], matches[at]
    if not _is_digit(before) or not _is_digit(behind) or before.cell is behind.cell:
        return None
    left, right = _digits_of(line, before)[-1].right, _digits_of(line, behind)[0].left
    if not _DROPPED[0] * line.pitch < right - left < _DROPPED[1] * line.pitch:
        return None
    dots, others = dots_in(line, int(left), int(right), ink)
    year = _in_year([*matches[:at], before, *matches[at:]], at, (right - left) / line.pitch)
    return dots[0] if len(dots) == 1 and not others and not year else None


def _numbers(matches: Sequence[Match], pitch: float) -> Iterator[tuple[int, int]]:
    """Yield where numbers begin and end: digits, points and commas without a blank cell between them."""
    start = 0
    for at in range(1, len(matches) + 1):
        inside = at < len(matches) and _in_numbers(matches[at].text) and _in_numbers(matches[at - 1].text)
        if inside and not blanks_between(matches[at - 1].cell, matches[at].cell, pitch):
            continue
        if at - start > 1:
            yield start, at
        start = at


def _mark(line: GridLine, matches: Sequence[Match], at: int, dot: Run) -> str:
    """Return what the shape of a dot before a digit says: a comma hangs below the digits beside it."""
    base = (_digits_of(line, matches[at - 1])[-1].bottom + _digits_of(line, matches[at])[0].bottom) / 2
    return "," if dot.bottom - base > _TAIL * line.pitch else "."


def _spelt(matches: Sequence[Match], start: int, end: int, marks: Mapping[int, str]) -> Callable[[str], str]:
    """Return a function that spells a number, the points among its *marks* as told."""

    def spelt(point: str) -> str:
        before = (point if marks.get(at) == "." else marks.get(at, "") for at in range(start, end))
        return "".join(mark + match.text for mark, match in zip(before, matches[start:end], strict=True))

    return spelt


def _agrees(spelt: Callable[[str], str], year: bool) -> bool:
    """Tell whether marks make a number, and the points among them no other one as commas."""
    number, other = spelt("."), spelt(",")
    if not _NUMBER.fullmatch(number) or (other != number and _NUMBER.fullmatch(other)):
        return False
    return not _TWO_YEARS.fullmatch(number) and not (year and len(number.rpartition(".")[2]) == _YEAR_DIGITS)


def _digits_of(line: GridLine, match: Match) -> list[Run]:
    """Return what of a digit's ink is as tall as digits, the ink itself where nothing is."""
    ink = match.cell.ink
    inside = [run for run in line.runs if ink.left <= run.left and run.right <= ink.right]
    return [run for run in inside if run.bottom - run.top > _TALL * line.pitch] or [ink]


def _placed(mark: str, dot: Run, before: Match, behind: Match, pitch: float) -> tuple[Match, Match]:
    """Return a mark and the digit behind it; it shares the cell of a digit that its ink was taken for."""
    centre = (dot.left + dot.right) / 2
    read = by_shape(mark, centre)
    if centre < before.cell.ink.right:
        return Match(before.cell, read, extra=True), behind
    if centre > behind.cell.ink.left:
        return Match(behind.cell, read), replace(behind, extra=True)
    return Match(Placed("half", centre - pitch / 4, centre + pitch / 4, dot), read), behind


def doubtful_points(lines: Sequence[Line]) -> list[str]:
    """Return the numbers of a page with points or commas that no engine read."""
    found = []
    for line in lines:
        texts = [cell.text for cell in line.cells]
        for at, cell in enumerate(line.cells):
            if cell.text not in (".", ",") or cell.alternatives != ((cell.text, FROM_SHAPE),):
                continue
            start = next((k + 1 for k in range(at - 1, -1, -1) if not _in_numbers(texts[k])), 0)
            end = next((k for k in range(at + 1, len(texts)) if not _in_numbers(texts[k])), len(texts))
            if start < at < end - 1:
                found.append("".join(texts[start:end]))
    return list(dict.fromkeys(found))


def undecided_numbers(lines: Sequence[Line]) -> list[str]:
    """Return the numbers of a page, as they are read, in which a point or a comma may stand."""
    return list(dict.fromkeys(number for line in lines for number in line.doubtful))


def _in_numbers(text: str) -> bool:
    return text.isascii() and (text.isdigit() or text in (".", ","))


def _as_point(before: Sequence[Match], matches: Sequence[Match], at: int, tall: bool) -> Seen | None:
    """Return a point, or a comma: ink as *tall* as one before just three digits.

    Nothing where it may be either, or where no engine read it and the number has a point.

    What no engine read has not the probability that would do without a look at it. *before* is what was made of the
    matches before it.
    """
    read = matches[at].read
    if read is not None and (read.text == "." or (read.text == "," and read.alternatives[0][1] >= _SURE)):
        return read
    digits = list(map(_is_digit, matches[at + 1 : at + 2 + _GROUP]))
    group = digits[:_GROUP] == [True] * _GROUP and not any(digits[_GROUP:])
    text = "," if group and (tall or (read is not None and read.text in _COMMAS)) else "."
    start = next((k + 1 for k in range(len(before) - 1, -1, -1) if not _in_numbers(before[k].text)), 0)
    number = "".join(match.text for match in before[start:])
    if text == "." and ((group and _NUMBER.fullmatch(f"{number},000")) or (read is None and "." in number)):
        return None
    if read is None:
        return by_shape(text, matches[at].cell.centre)
    rest = tuple((other, p * (1 - _SURE)) for other, p in read.alternatives if other != text)
    return Seen(text, read.centre, ((text, _SURE), *rest))


def _is_speck(match: Match, pitch: float) -> bool:
    ink = match.cell.ink
    return min(ink.right - ink.left, ink.bottom - ink.top) < _LEAST * pitch


def _in_year(matches: Sequence[Match], at: int, white: float) -> bool:
    """Tell whether the digits on both sides of a match make up a year: 2018 and dirt, not 20.18.

    Between them are so many pitches of *white*, the ink of the match included.
    """
    start = next((k + 1 for k in range(at - 1, -1, -1) if not _is_digit(matches[k])), 0)
    end = next((k for k in range(at + 1, len(matches)) if not _is_digit(matches[k])), len(matches))
    digits = "".join(match.read.text for match in (*matches[start:at], *matches[at + 1 : end]) if match.read)
    read = matches[end].read if end < len(matches) else None
    if len(digits) != _YEAR_DIGITS or not digits.startswith(_YEARS) or (read and read.text in _NO_YEAR):
        return False
    return white < _IN_YEAR or bool(read and read.text == "年")


def _is_digit(match: Match) -> bool:
    return match.read is not None and match.read.text.isascii() and match.read.text.isdigit()
