"""一 printed so thin that a scan shows hardly any ink of it: a pale stroke across a cell that seems blank.

Its right end, thicker in Song and its like, is a dark speck. Of 33 characters 一 without ink on 68 scans 25 showed such
a stroke, and two cells of 4,966 beside other characters. Where characters are missing, more blank cells show one by
chance than there are pale 一 among them: on such pages none is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.document import Line
from pipeline.imaging.grid import Placed, blanks_between
from pipeline.imaging.groups import Run
from pipeline.imaging.loading import Image
from pipeline.imaging.margins import text_block
from pipeline.imaging.marks import GridLine
from pipeline.language.normalise import HOLE_ONE
from pipeline.recognition.align import DOTS, Match
from pipeline.recognition.engine import FROM_SHAPE, by_shape

_ONE, _STROKES = "一", frozenset("一二三-—_")

_MOST_BLANK = 2
"""Most cells between two characters that may hold one: behind the end of a line comes dust."""

_BESIDE = 2
"""Characters told on either side of one."""

_ROOM = 0.25
"""Pitches by which a cell may miss the left margin."""

_SIDE, _REACH = 0.14, 0.42
"""White at either side of a cell that is not looked at; rows above and below the line's middle that are, pitches."""

_PARTS = 4
"""Parts of a cell's width; all but one of them must show the stroke."""

_DARKEST = 80.0
"""Darkness that counts at most: a speck is no stroke."""

_LEAST, _CLEAR = 5.0, 2.5
"""Least darkness of the stroke, of 255, and by how many standard deviations of the cell's other rows it stands out."""

_END, _END_FROM = 60.0, 0.6
"""Least darkness of the stroke's right end, and where that may begin, pitches from the left."""

_LEAST_NOISE = 0.3
"""Standard deviation of rows of a clean page at least, of 255."""

_ROWS = -0.12, 0.04
"""Where 一 lies below the middle of its line, pitches; of 415 all did."""

_RISES, _DARK_SHARE = 0.06, 2
"""How far that end rises above the stroke, pitches, and the share of pixels, per cent, that are as dark."""

_THICK = 2
"""Rows on either side of the stroke that may belong to it."""

_LEAST_ROWS = 8
"""Rows and columns of a cell in which a stroke can be told."""


def with_pale_ones(
    lines: Sequence[GridLine], matched: Sequence[list[Match]], grey: Image, em: float
) -> list[list[Match]]:
    """Return what was read on the lines of a page that lost nothing, with 一 in cells that show its stroke.

    Args:
        lines: measured.
        matched: what was read on each.
        grey: the straight page, paper 255, shape (height, width).
        em: of the page, pixels.
    """
    block = text_block(list(lines), em)
    if block is None:
        return [list(matches) for matches in matched]
    return [
        _without_twins(_with_ones(line, _without_ends(matches, line, grey), grey, block[0]))
        for line, matches in zip(lines, matched, strict=True)
    ]


def doubtful_ones(lines: Sequence[Line]) -> list[str]:
    """Return the 一 of a page that no engine read, with what stands beside them; □ for what is not read."""
    found = []
    for line in lines:
        texts = [cell.text or HOLE_ONE for cell in line.cells]
        for at, cell in enumerate(line.cells):
            if cell.text == _ONE and cell.alternatives == ((_ONE, FROM_SHAPE),):
                found.append("".join(texts[max(0, at - _BESIDE) : at + _BESIDE + 1]))
    return list(dict.fromkeys(found))


def _without_ends(matches: Sequence[Match], line: GridLine, grey: Image) -> list[Match]:
    """Leave out ink that no engine read, or took for a dot, where it is the dark end of a pale stroke."""

    def is_end(match: Match, behind: Match) -> bool:
        narrow = not match.extra and match.cell.kind not in ("full", "merged")
        if not narrow or (match.read is not None and match.read.text not in DOTS) or not _tells(behind):
            return False
        left, ink = behind.cell.left - line.pitch, match.cell.ink
        inside = left + _END_FROM * line.pitch < ink.left and ink.right < left + line.pitch
        level = abs((ink.top + ink.bottom) / 2 - line.middle) < _SIDE * line.pitch
        return inside and level and _is_stroke(left, line, grey)

    ends = {at for at, (match, behind) in enumerate(pairwise(matches)) if is_end(match, behind)}
    return [match for at, match in enumerate(matches) if at not in ends]


def _with_ones(line: GridLine, matches: Sequence[Match], grey: Image, margin: float) -> list[Match]:
    """Put 一 in the blank cells between characters that show it, and in the one before the first."""
    result: list[Match] = []
    for match in matches:
        if _tells(match) and (not result or match.cell is not result[-1].cell):
            left = match.cell.left
            if result:
                count = blanks_between(result[-1].cell, match.cell, line.pitch)
            else:
                count = int(left - line.pitch > margin - _ROOM * line.pitch)
            lefts = [left - k * line.pitch for k in range(count if count <= _MOST_BLANK else 0, 0, -1)]
            result += [_one(own, line) for own in lefts if _is_stroke(own, line, grey)]
        result.append(match)
    return result


def _tells(match: Match) -> bool:
    """Tell whether a character was read that shows where the cell before it ends; strokes are read in a part of one."""
    whole = match.cell.kind not in ("half", "merged") and not match.extra
    return whole and match.read is not None and not match.read.text.isascii() and match.read.text not in _STROKES | DOTS


def _without_twins(matches: Sequence[Match]) -> list[Match]:
    """Give 一 that an engine read, and that was put into its neighbour's cell, the cell found for it."""
    result = list(matches)
    for at, match in enumerate(matches):
        if match.read is None or match.read.text != _ONE or match.cell.kind != "full":
            continue
        behind = matches[at + 1 : at + 3]
        if len(behind) == 2 and _is_one(behind[0]) and behind[1].extra and behind[1].cell is behind[0].cell:
            result[at : at + 3] = [replace(behind[0], cell=match.cell), replace(behind[1], extra=False)]
            return _without_twins(result)
        if at and _is_one(matches[at - 1]) and matches[at - 1].extra:
            result[at - 1 : at + 1] = [replace(matches[at - 1], cell=match.cell, extra=False)]
            return _without_twins(result)
    return result


def _is_one(match: Match) -> bool:
    return match.read is not None and match.read.text == _ONE


def _one(left: float, line: GridLine) -> Match:
    """Return 一 in the cell with a left edge."""
    side = _SIDE * line.pitch
    ink = Run(left + side, left + line.pitch - side, line.middle - 1, line.middle + 1, 0.0, 0.0)
    cell = Placed("full", left, left + line.pitch, ink)
    return Match(cell, by_shape(_ONE, cell.centre))


def _is_stroke(left: float, line: GridLine, grey: Image) -> bool:
    """Tell whether a cell shows one stroke across, where 一 has it, and nothing else."""
    pitch = line.pitch
    rows = slice(max(0, round(line.middle - _REACH * pitch)), round(line.middle + _REACH * pitch))
    columns = slice(max(0, round(left + _SIDE * pitch)), round(left + (1 - _SIDE) * pitch))
    part = np.minimum(255.0 - grey[rows, columns].astype(np.float32), _DARKEST)
    if min(part.shape) < _LEAST_ROWS:
        return False
    quarters = [cv2.blur(own.mean(1)[:, None], (1, 2)).ravel() for own in np.array_split(part, _PARTS, axis=1)]
    dark: npt.NDArray[np.float32] = np.sort(quarters, axis=0)[1]
    dark = dark - np.median(dark)
    row = int(dark.argmax())
    below = (row - len(dark) / 2) / pitch
    noise = max(_LEAST_NOISE, float(np.std(dark[np.abs(np.arange(len(dark)) - row) > _THICK])))
    if not (_ROWS[0] <= below <= _ROWS[1] and dark[row] >= max(_LEAST, _CLEAR * noise)):
        return False
    top = max(0, rows.start + row - _THICK - round(_RISES * pitch))
    end = grey[top : rows.start + row + _THICK + 1, round(left + _END_FROM * pitch) : round(left + pitch)]
    return bool(end.size and 255.0 - np.percentile(end, _DARK_SHARE) >= _END)
