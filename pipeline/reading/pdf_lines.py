"""Glyphs to lines: baselines, lost glyphs counted from advances, paragraphs."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pipeline.damage.hypotheses import is_han
from pipeline.document import Box, Cell, Line
from pipeline.imaging.edges import measure_edges
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.margins import INDENT, margins_of
from pipeline.imaging.marks import GridLine
from pipeline.imaging.spacing import WIDE, Spot, layout_white
from pipeline.language.normalise import HOLE_ONE
from pipeline.reading.pdf_glyphs import Glyph

_SAME_LINE = 0.35
"""Distance of baselines within a line, font sizes."""

_OVERPRINT = 0.25
"""Distance at which an equal glyph is the same one printed twice for weight, font sizes."""

_WIDE = 0.75
"""Advance from which a glyph fills a cell, font sizes."""

_WHITE = 0.6
"""White that may hold a lost glyph, pitches; justification leaves less."""

_NEAR_INTEGER = 0.14
_WORD_GAP = 0.18
_INTEGER_SHARE = 0.85
_LEAST_GAPS = 3
"""Skipped glyphs leave white of whole cells; that many such gaps, and that share of all wide gaps, show it."""

_MARK_WIDTH = 0.4

WIDE_SPACE = 2 * "\N{IDEOGRAPHIC SPACE}"
"""What white is read as that parts what is set at the two ends of a line."""

_OTHER_SIZE = 1.12
_APART = 1.35
_SHORT = 2.0
"""Signs of a new paragraph: ratio of sizes, of distances of lines, white at the end of the line before (cells)."""

_PAGE_NUMBER = re.compile(r"[-—–·－\s]*(?:第\s*)?[0-9０-９]{1,4}(?:\s*页)?[-—–·－\s]*$")
_FURNITURE = 0.09
"""Running heads stand in that outer part of a page, heights."""

_NUMBERED = 0.105
"""The same of page numbers, which GB/T 9704 sets 28 mm above the edge of A4."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a line: a glyph, or white where a glyph was skipped (``glyph`` is None); pixels."""

    glyph: Glyph | None
    left: float
    right: float


def lines_of(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """Group upright glyphs to lines, top to bottom, each from left to right; glyphs printed twice count once."""
    lines: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda g: (g.baseline, g.left)):
        near = lines and abs(glyph.baseline - lines[-1][0].baseline) <= _SAME_LINE * min(glyph.size, lines[-1][0].size)
        if near:
            lines[-1].append(glyph)
        else:
            lines.append([glyph])
    result = []
    for line in lines:
        line.sort(key=lambda g: g.left)
        kept: list[Glyph] = []
        for glyph in line:
            twice = any(
                other.identity == glyph.identity and abs(other.left - glyph.left) < _OVERPRINT * glyph.size
                for other in kept[-2:]
            )
            if not twice:
                kept.append(glyph)
        result.append(kept)
    return result


def pitch_of(line: Sequence[Glyph]) -> tuple[float, float]:
    """Return the distance of neighbouring cells of a line and the white between two that touch, pixels."""
    wide = [g.right - g.left > _WIDE * g.size for g in line]
    widths = [g.right - g.left for g, fills in zip(line, wide, strict=True) if fills]
    advance = median(widths) if widths else max(g.size for g in line)
    spaces = [
        b.left - a.right
        for (a, b), both in zip(pairwise(line), map(all, pairwise(wide)), strict=True)
        if both and abs(b.left - a.right) < 0.3 * advance
    ]
    white = median(spaces) if spaces else 0.0
    return advance + white, white


def skips_glyphs(lines: Sequence[Sequence[Glyph]]) -> bool:
    """Tell whether white inside the lines of a page is that of skipped glyphs: whole cells again and again."""
    whole, wide = 0, 0
    for line in lines:
        pitch, white = pitch_of(line)
        for a, b in pairwise(line):
            cells = (b.left - a.right - white) / pitch
            if cells > _WHITE and (is_han(a.text) or is_han(b.text) or not a.text or not b.text):
                wide += 1
                whole += abs(cells - round(cells)) <= _NEAR_INTEGER
    return whole >= _LEAST_GAPS and whole >= _INTEGER_SHARE * wide


def slots_of(line: Sequence[Glyph], skipped: bool) -> list[Slot]:
    """Return the places of a line; white of whole cells holds skipped glyphs where the page shows that it does."""
    pitch, white = pitch_of(line)
    slots = [Slot(line[0], line[0].left, line[0].right)]
    for a, b in pairwise(line):
        gap = b.left - a.right - white
        count = round(gap / pitch)
        if skipped and count >= 1 and abs(gap / pitch - count) <= 2 * _NEAR_INTEGER:
            width = (b.left - a.right) / count
            slots += [Slot(None, a.right + k * width, a.right + (k + 1) * width) for k in range(count)]
        elif gap > _WORD_GAP * b.size and a.text.strip() and b.text.strip():
            # Words are parted by white; digits on a grid are one number.
            western = (a.text + b.text).isascii() and any(map(str.isalpha, a.text + b.text))
            words = all(c.isalnum() for c in a.text[-1] + b.text[0])
            if western or (words and gap > _WHITE * pitch):
                space = Glyph(" ", "", a.font, a.right, b.left, a.baseline, a.size)
                slots.append(Slot(space, a.right, b.left))
        slots.append(Slot(b, b.left, b.right))
    return slots


def _stripped(line: Sequence[Glyph]) -> list[Glyph]:
    """Take white space off the ends: an indent is layout."""
    start, end = 0, len(line)
    while start < end and line[start].text.isspace():
        start += 1
    while end > start and line[end - 1].text.isspace():
        end -= 1
    return list(line[start:end])


def is_margin(line: Sequence[Glyph], height: int, part: float = _FURNITURE) -> bool:
    """Tell whether a line stands in the outer *part* of a page of *height* pixels, above or below."""
    return not part * height <= line[0].baseline <= (1 - part) * height


def is_page_number(line: Sequence[Glyph], height: int) -> bool:
    """Tell whether a line is a page number in the margin of a page of *height* pixels."""
    return is_margin(line, height, _NUMBERED) and bool(_PAGE_NUMBER.match("".join(g.text or "□" for g in line)))


def document_lines(lines: Sequence[Sequence[Glyph]]) -> list[Line]:
    """Turn the lines of a column to document lines with cells, boxes, fonts and paragraph starts.

    Args:
        lines: glyphs whose ``text`` is final; empty text is a lost character.
    """
    lines = [stripped for line in lines if (stripped := _stripped(line))]
    skipped = skips_glyphs(lines)
    places = _with_layout([slots_of(line, skipped) for line in lines])
    grid = [_grid_line(slots, line) for slots, line in zip(places, lines, strict=True)]
    blanks = sum(slot.glyph is None for slots in places for slot in slots)
    shown = sum(len(slots) for slots in places) - blanks
    sizes = [line.pitch for line in grid]
    if grid:
        texts = ["".join(_text(slot) or HOLE_ONE for slot in slots) for slots in places]
        for line, text in zip(grid, texts, strict=True):
            line.apart = WIDE_SPACE in text
        measure_edges(grid, texts, median(sizes), blanks / max(1, blanks + shown))
        _find_starts(grid, texts, skipped)
    result = []
    for slots, line in zip(places, grid, strict=True):
        lead, trail = (line.lead, line.trail) if skipped else (0, 0)
        first, last = slots[0].left, slots[-1].right
        whole = [Slot(None, first - (lead - k) * line.pitch, first - (lead - k - 1) * line.pitch) for k in range(lead)]
        whole += slots
        whole += [Slot(None, last + k * line.pitch, last + (k + 1) * line.pitch) for k in range(trail)]
        cells = tuple(_cell(slot, line) for slot in whole)
        fonts = Counter(slot.glyph.font for slot in slots if slot.glyph)
        box = _box(whole[0].left, line.top, whole[-1].right, line.bottom)
        font = fonts.most_common(1)[0][0] if fonts else ""
        own = Line(cells, box, line.pitch, line.starts_paragraph, font)
        if skipped:
            first = whole[0].left - INDENT * line.pitch * line.starts_paragraph
            own = replace(
                own,
                moved=line.moved,
                ended=line.ended,
                trail=trail,
                white=_row_of(line, last, max(line.ended, trail + line.moved)),
                indent=_row_of(line, first, INDENT * line.indented),
            )
        result.append(own)
    return result


def _row_of(line: GridLine, left: float, count: int) -> tuple[Box, ...]:
    """Return the boxes of white cells of a line, from a column on."""
    edges = [left + k * line.pitch for k in range(count + 1)]
    return tuple(_box(a, line.top, b, line.bottom) for a, b in pairwise(edges))


def _with_layout(places: Sequence[Sequence[Slot]]) -> list[list[Slot]]:
    """Return lines in which white that is no lost glyph is a space; wide white is two."""
    rows: list[list[Spot]] = []
    ends: list[list[int]] = []
    for slots in places:
        rows.append([])
        ends.append([])
        blanks = 0
        for at, slot in enumerate(slots):
            if slot.glyph is None:
                blanks += 1
                continue
            rows[-1].append(Spot(slot.glyph.text or HOLE_ONE, blanks, slot.left / max(1.0, slot.right - slot.left)))
            ends[-1].append(at)
            blanks = 0
    result = []
    for slots, row, end, layout in zip(places, rows, ends, layout_white(rows), strict=True):
        kept: list[Slot] = []
        for number, (spot, at) in enumerate(zip(row, end, strict=True)):
            white = slots[at - spot.blanks : at]
            if number in layout and (glyph := slots[at].glyph):
                lost = layout[number]
                left, right = white[lost].left, white[-1].right
                text = WIDE_SPACE if spot.blanks - lost >= WIDE else WIDE_SPACE[:1]
                space = Glyph(text, "", glyph.font, left, right, glyph.baseline, glyph.size)
                white = [*white[:lost], Slot(space, left, right)]
            kept += [*white, slots[at]]
        result.append(kept)
    return result


def _find_starts(grid: Sequence[GridLine], texts: Sequence[str], skipped: bool) -> None:
    """Find further paragraph starts: another size, white above the line, a line before that ends short.

    A short line shows nothing where glyphs at its end may be skipped.
    """
    block = margins_of(list(grid), texts, median(line.pitch for line in grid))
    steps = [b.bottom - a.bottom for a, b in pairwise(grid)]
    if block is None or not steps:
        return
    leading = median(steps)
    for (before, line), step in zip(pairwise(grid), steps, strict=True):
        grown = max(before.pitch, line.pitch) > _OTHER_SIZE * min(before.pitch, line.pitch)
        apart = step > _APART * leading and step > _APART * line.pitch
        short = not skipped and (block[1] - before.cells[-1].right) / before.pitch >= _SHORT
        if grown or apart or short:
            title = not grown and not apart and _is_centred(before, block) and _is_centred(line, block)
            title = title and not line.starts_paragraph
            line.starts_paragraph = not title


def _is_centred(line: GridLine, block: tuple[float, float]) -> bool:
    left, right = line.cells[0].left - block[0], block[1] - line.cells[-1].right
    return min(left, right) > line.pitch and abs(left - right) < line.pitch


def cells_of(line: Sequence[Glyph]) -> list[Cell]:
    """Return the cells of a line in a table: what it lost at its ends nobody can know."""
    line = _stripped(line)
    if not line:
        return []
    slots = slots_of(line, skipped=skips_glyphs([line]))
    grid = _grid_line(slots, line)
    return [_cell(slot, grid) for slot in slots]


def _text(slot: Slot) -> str:
    return slot.glyph.text if slot.glyph else ""


def _grid_line(slots: Sequence[Slot], line: Sequence[Glyph]) -> GridLine:
    top = min(glyph.box[1] for glyph in line)
    bottom = max(glyph.box[3] for glyph in line)
    pitch, _ = pitch_of(line)
    cells = []
    for slot in slots:
        # A mark is narrow in its cell, and may hang over the margin: margins are told from wide characters.
        wide = slot.glyph is None or not slot.glyph.text or is_han(slot.glyph.text)
        ink = slot.right if wide else slot.left + _MARK_WIDTH * (slot.right - slot.left)
        run = Run(slot.left, ink, top, bottom, 1.0, 0.0)
        full = slot.right - slot.left > _WIDE * pitch
        cells.append(Placed("full" if full else "half", slot.left, slot.right, run))
    return GridLine(int(top), math.ceil(bottom), [], cells, pitch)


def _box(left: float, top: float, right: float, bottom: float) -> Box:
    return max(0, math.floor(left)), max(0, math.floor(top)), math.ceil(right), math.ceil(bottom)


def _cell(slot: Slot, line: GridLine) -> Cell:
    box = _box(slot.left, line.top, slot.right, line.bottom)
    if slot.glyph is None:
        return Cell("", box)
    return Cell(slot.glyph.text, box, glyph=slot.glyph.identity, font=slot.glyph.font)


def renamed(line: Sequence[Glyph], texts: dict[str, str]) -> list[Glyph]:
    """Return a line whose unnamed glyphs have the texts of their identities."""
    return [replace(g, text=texts.get(g.identity, "")) if not g.text and g.identity else g for g in line]
