"""Measured lines to cells: blank cells are cut out, the condensed line is read, the cells are put back by position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

from pipeline.document import Box, Cell, Line, Page
from pipeline.imaging.crops import line_picture
from pipeline.imaging.edges import measure_edges
from pipeline.imaging.grid import Placed, blanks_between
from pipeline.imaging.loading import Image
from pipeline.imaging.locate import Located
from pipeline.imaging.looks import looks_of
from pipeline.imaging.margins import INDENT, margins_of
from pipeline.imaging.marks import GridLine
from pipeline.imaging.orientation import WayBack
from pipeline.imaging.spacing import WIDE, Spot, layout_white
from pipeline.language.normalise import HOLE_ONE
from pipeline.recognition.addresses import with_address_dots
from pipeline.recognition.align import MARKS, Match, align, is_small, is_western, may_be_alone, without_specks
from pipeline.recognition.condense import Condensed, alone, condense, context_piece, without_dirt
from pipeline.recognition.covered import with_covered_marks
from pipeline.recognition.engine import Engine, Seen
from pipeline.recognition.far_dust import without_far_marks, without_marks_in_margins
from pipeline.recognition.halves import with_whole_cells, without_narrow_blanks, without_pieces
from pipeline.recognition.pale_strokes import with_pale_ones
from pipeline.recognition.parting import part_merged
from pipeline.recognition.points import with_dropped_points, with_points
from pipeline.recognition.semicolons import with_commas
from pipeline.recognition.settling import MarkShapes, settle
from pipeline.recognition.strays import with_pale_marks, without_strays
from pipeline.recognition.twins import with_twins
from pipeline.recognition.unread import with_fellows, with_item_dots, with_zeros

# A recogniser that was trained on all scripts takes Han punctuation for its ASCII twins. Applied beside Han only.
_HAN_MARKS = str.maketrans(",:;!?()", "，：；！？（）")


_WHOLE = 0.02
_NEARLY_WHOLE = 0.05
"""Gaps for each cell with ink: under which a page has lost nothing, and single blanks may be pale marks."""

_MOST_UNREAD = 0.1
"""Share of a page's cells up to which those are read again that were not read."""


_TITLE_LINES = 4
"""Lines in larger type up to which they are a title."""

NO_LAYOUT: Mapping[int, int] = MappingProxyType({})

LAYOUT_SPACE = "\N{IDEOGRAPHIC SPACE}"
"""What white that is no lost character is read as."""

_SEALED = 0.05
"""Share of a cell's area under a seal from which it is under the seal."""


def _cells(line: GridLine, matches: list[Match], back: WayBack, seal: Image, layout: Mapping[int, int]) -> list[Cell]:
    """Put characters and blank cells in order.

    White before the matches whose numbers are in *layout* is one space, behind so many blank cells as it says.
    """

    def cell(left: float, right: float, read: Seen | None) -> Cell:
        text = read.text if read else ""
        part = seal[max(0, line.top) : line.bottom, max(0, int(left)) : int(right)]
        sealed = bool(part.size and part.mean() > _SEALED)
        return Cell(text, back.box((left, line.top, right, line.bottom)), read.alternatives if read else (), sealed)

    def blanks(left: float, count: int, width: float) -> list[Cell]:
        return [cell(left + k * width, left + (k + 1) * width, None) for k in range(count)]

    cells = blanks(line.cells[0].left - line.lead * line.pitch, line.lead, line.pitch)
    before: Placed | None = None
    shared, done = 1, 0
    for number, match in enumerate(matches):
        here = match.cell
        if before is not None and number in layout:
            cells += blanks(before.right, layout[number], line.pitch)
            left = before.right + layout[number] * line.pitch
            space = back.box((left, line.top, here.left, line.bottom))
            cells.append(Cell(LAYOUT_SPACE, space))
        elif before is not None and before is not here and (count := blanks_between(before, here, line.pitch)):
            cells += blanks(before.right, count, (here.left - before.right) / count)
        if before is not here:
            shared, done = sum(other.cell is here for other in matches), 0
        width = (here.right - here.left) / shared
        cells.append(cell(here.left + done * width, here.left + (done + 1) * width, match.read))
        before, done = here, done + 1
    return cells + blanks(line.cells[-1].right, line.trail, line.pitch)


def _row_of(line: GridLine, left: float, count: int, back: WayBack) -> tuple[Box, ...]:
    """Return the boxes of white cells of a line, from a column on."""
    edges = [left + k * line.pitch for k in range(count + 1)]
    return tuple(back.box((a, line.top, b, line.bottom)) for a, b in pairwise(edges))


def _han_marks(cells: list[Cell]) -> list[Cell]:
    """Give ASCII marks beside Han their full-width form."""
    result = []
    for at, cell in enumerate(cells):
        beside = [cells[k].text for k in (at - 1, at + 1) if 0 <= k < len(cells)]
        western = any(map(is_western, beside))
        result.append(cell if western else _full_width(cell))
    return result


def _full_width(cell: Cell) -> Cell:
    table: dict[str, float] = {}
    for text, probability in cell.alternatives:
        wide = text.translate(_HAN_MARKS)
        table[wide] = table.get(wide, 0.0) + probability
    alternatives = sorted(table.items(), key=lambda item: -item[1])
    text = cell.text.translate(_HAN_MARKS)
    # Two halves of one mark's probability may have outweighed another.
    return replace(cell, text=alternatives[0][0] if alternatives else text, alternatives=tuple(alternatives))


def _matched(seen: list[Seen], line: GridLine, short: Condensed, whole: bool) -> list[Match]:
    own = [read for read in seen if read.centre > short.context]
    spans = [(short.column(cell.ink.left), short.column(cell.ink.right)) for cell in line.cells]
    return without_pieces(part_merged(align(own, line.cells, spans, line.pitch, whole), line.pitch), line.pitch)


def _again(
    grey: Image, located: Located, matched: list[list[Match]], piece: Image, engine: Engine
) -> list[list[Match]]:
    """Read every cell once more, alone, whose ink was not read."""
    places = [
        (row, column)
        for row, matches in enumerate(matched)
        for column, match in enumerate(matches)
        if match.read is None and may_be_alone(match.cell, located.pitch)
    ]
    if len(places) > _MOST_UNREAD * sum(map(len, matched)):  # no page of text, or turned
        return matched
    crops = [alone(grey, matched[r][c].cell, located.lines[r], piece, located.pitch) for r, c in places]
    result = [list(matches) for matches in matched]
    pieces: set[tuple[int, int]] = set()
    for (row, column), crop, seen in zip(places, crops, engine.read([crop.image for crop in crops]), strict=True):
        own = [read for read in seen if read.centre > crop.context]
        beside = [match.read.text for match in matched[row][max(0, column - 1) : column + 2] if match.read]
        # A piece of its neighbour, which is known by the same reading.
        piece_of = matched[row][column].cell.kind != "full" and own and own[0].text in beside
        if piece_of:
            pieces.add((row, column))
        elif len(own) == 1 and (own[0].text in MARKS or not is_small(matched[row][column].cell, located.pitch)):
            result[row][column] = replace(result[row][column], read=own[0])
    return [[m for column, m in enumerate(row) if (at, column) not in pieces] for at, row in enumerate(result)]


def _spots(matches: list[Match], pitch: float) -> list[Spot]:
    """Return the characters of a line with the white before them."""
    spots = []
    before: Placed | None = None
    for match in matches:
        blanks = blanks_between(before, match.cell, pitch) if before is not None and before is not match.cell else 0
        text = (match.read.text if match.read else HOLE_ONE).translate(_HAN_MARKS)
        spots.append(Spot(text, blanks, match.cell.left / pitch))
        before = match.cell
    return spots


def _text(matches: list[Match], pitch: float, layout: Mapping[int, int] = NO_LAYOUT) -> str:
    """Return what was read from the first to the last ink of a line, □ for a blank cell that is not *layout*."""
    pieces = []
    before: Placed | None = None
    for number, match in enumerate(matches):
        if number in layout:
            pieces.append(HOLE_ONE * layout[number] + LAYOUT_SPACE)
        elif before is not None and before is not match.cell:
            pieces.append(HOLE_ONE * blanks_between(before, match.cell, pitch))
        pieces.append(match.read.text if match.read else HOLE_ONE)
        before = match.cell
    return "".join(pieces).translate(_HAN_MARKS)


def _blank_share(texts: list[str]) -> float:
    return sum(text.count(HOLE_ONE) for text in texts) / max(1, sum(map(len, texts)))


@dataclass(frozen=True, slots=True)
class Section:
    """A part of what is read as one page, from a row downwards.

    Attributes:
        row: where it begins.
        number: parts of one number have their margins in common; 0 is running text.
        scale: by how much its type was larger than that of section 0.
        left: column on which it was brought to one scale with section 0.
    """

    row: int
    number: int
    scale: float = 1.0
    left: int = 0


def _keep_cells(lines: Sequence[GridLine], matched: Sequence[Sequence[Match]]) -> None:
    """Leave lines the cells that are matched, each once: of two in a cell, the first may have been dirt."""
    for line, matches in zip(lines, matched, strict=True):
        line.cells = list({id(match.cell): match.cell for match in matches}.values()) or line.cells


def _measure_sections(located: Located, texts: list[str], sections: Sequence[Section]) -> None:
    """Measure the ends of the lines of each section; all lines are one section where none are given."""
    share = _blank_share(texts)
    parts = [max((k for k, own in enumerate(sections) if own.row <= line.middle), default=0) for line in located.lines]
    owners = [sections[part] if sections else Section(0, 0) for part in parts]
    margins, own, sure = None, None, False
    for number in sorted({owner.number for owner in owners}):
        chosen = [at for at, owner in enumerate(owners) if owner.number == number]
        fresh = {k for k, (a, b) in enumerate(pairwise(chosen), 1) if parts[a] != parts[b]}
        lines, own_texts = [located.lines[at] for at in chosen], [texts[at] for at in chosen]
        if number == 0:
            margins = margins_of(lines, own_texts, located.pitch)
            own = None
        elif margins is not None:
            left, scale = owners[chosen[0]].left, owners[chosen[0]].scale
            own = left + (margins[0] - left) / scale, left + (margins[1] - left) / scale
        title = owners[chosen[0]].scale > 1 and len(chosen) <= _TITLE_LINES
        known = measure_edges(lines, own_texts, located.pitch, share, fresh, own, title, sure)
        sure = known if number == 0 else sure


def recognise(
    located: Located, engine: Engine, number: int, quarters: int = 0, sections: Sequence[Section] = ()
) -> Page:
    """Read a page's measured lines.

    Args:
        located: the page, measured.
        engine: reads its lines.
        number: of the page, from 1.
        quarters: by which the page was turned clockwise before; boxes are those of the page as it came.
        sections: parts of the page, top to bottom; no line follows one of another part.
    """
    shown = sum(len(line.cells) for line in located.lines)
    gaps = sum(blanks_between(a, b, line.pitch) > 0 for line in located.lines for a, b in pairwise(line.cells))
    nearly = gaps < _NEARLY_WHOLE * shown
    grey = without_dirt(located, nearly)
    condensed = condense(grey, located, nearly)
    read = engine.read([line.image for line in condensed])
    matched = [_matched(*parts, nearly) for parts in zip(read, located.lines, condensed, strict=True)]
    piece = context_piece(condensed, located)
    matched = _again(grey, located, matched, piece, engine)
    if nearly:
        matched = with_pale_ones(located.lines, matched, located.page.grey, located.pitch)
    matched = with_whole_cells(located.lines, with_points(located.lines, matched))
    matched = with_zeros(located.lines, with_fellows(located.lines, matched), located.page.ink)
    matched = with_pale_marks(located.lines, matched, located.pitch, nearly)
    shapes = MarkShapes(located.lines, matched, located.pitch)
    whole = gaps < _WHOLE * shown
    matched = [settle(matches, line, shapes, whole) for matches, line in zip(matched, located.lines, strict=True)]
    matched = without_specks(matched)
    matched = without_strays(located.lines, matched, located.pitch, nearly, looks_of(located.page.ink, located.lines))
    share = _blank_share([_text(matches, line.pitch) for matches, line in zip(matched, located.lines, strict=True)])
    matched = with_item_dots(located.lines, matched, located.dirt)
    everything = located.dirt | located.page.ink
    matched, doubtful = with_dropped_points(located.lines, matched, everything)
    matched = with_address_dots(located.lines, matched, everything)
    matched = with_covered_marks(located.lines, matched, located.page.ink)
    matched = with_commas(located.lines, matched, everything)
    matched = [without_far_marks(row, line.pitch, share) for row, line in zip(matched, located.lines, strict=True)]
    if nearly:
        matched = [without_narrow_blanks(row, line.pitch) for row, line in zip(matched, located.lines, strict=True)]
    _keep_cells(located.lines, matched)
    if not sections:
        own_texts = [_text(matches, line.pitch) for matches, line in zip(matched, located.lines, strict=True)]
        matched = without_marks_in_margins(located.lines, matched, own_texts, located.pitch)
        _keep_cells(located.lines, matched)
    layout = layout_white([_spots(matches, n.pitch) for matches, n in zip(matched, located.lines, strict=True)])
    texts = [_text(row, line.pitch, own) for row, line, own in zip(matched, located.lines, layout, strict=True)]
    for line, matches, own in zip(located.lines, matched, layout, strict=True):
        spots = _spots(matches, line.pitch)
        line.apart = any(spots[at].blanks - lost >= WIDE for at, lost in own.items())
    _measure_sections(located, texts, sections)
    height, width = located.page.grey.shape
    back = WayBack(located.page.transform, width, height, quarters)
    lines = []
    looks = looks_of(located.page.ink, located.lines)
    for line, matches, text, look, own, either in zip(
        located.lines, matched, texts, looks, layout, doubtful, strict=True
    ):
        if not text:
            continue
        cells = _han_marks(_cells(line, matches, back, located.page.seal, own))
        left, right = line.cells[0].left - line.lead * line.pitch, line.cells[-1].right + line.trail * line.pitch
        box = back.box((left, line.top, right, line.bottom))
        white = _row_of(line, line.cells[-1].right, max(line.ended, line.trail + line.moved), back)
        indent = _row_of(line, left - INDENT * line.pitch * line.starts_paragraph, INDENT * line.indented, back)
        picture = line_picture(located.page.grey, left, right, line.middle, line.pitch)
        own_line = Line(tuple(cells), box, line.pitch, line.starts_paragraph, look, picture, line.moved, tuple(either))
        lines.append(replace(own_line, ended=line.ended, trail=line.trail, white=white, indent=indent))
    return Page(number, back.width, back.height, located.page.skew, tuple(with_twins(lines)))
