"""Documents that were read from pages: their printed lines, with the boxes of the paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.document import Place
from pipeline.edits import Edit
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.layout import (
    Box,
    LaidPage,
    PageLine,
    Piece,
    Run,
    Stretch,
    applied_edits,
    lay_out,
    line_of,
    line_starts,
    stretches,
)

_SHARED = 0.5
"""Share of the lower of two boxes by which they must overlap up and down to stand on one line."""

Sizes = dict[int, tuple[int, int]]
"""Width and height of pages in pixels, by number."""


def pages_of(restoration: Restoration, settings: Settings) -> tuple[LaidPage, ...]:
    """Return the pages of a restoration: of the paper where that is known, otherwise synthetic."""
    applied = applied_edits(restoration, settings)
    if any(restoration.places):
        return paper(restoration, applied)
    return lay_out(restoration.original, restoration.edits, applied)


def paper(restoration: Restoration, applied: Iterable[Edit]) -> tuple[LaidPage, ...]:
    """Return the pages of the paper that a restoration was read from, with the edits *applied*."""
    sizes: Sizes = {page["page"]: (page["width"], page["height"]) for page in restoration.pages if page.get("width")}
    return print_out(restoration.original, restoration.edits, applied, restoration.places, sizes)


def printed_starts(original: str, places: Sequence[Place | None]) -> list[int]:
    """Return the offsets at which lines begin, those of the text and those of the paper within a paragraph."""
    starts = line_starts(original)
    before: Place | None = None
    fresh = set(starts)
    for at, place in enumerate(places):
        if place is None:
            continue
        if at not in fresh and before is not None and not _beside(before, place):
            starts.append(at)
        before = place
    return sorted(set(starts))


def _beside(one: Place, other: Place) -> bool:
    if one.page != other.page:
        return False
    (_, top, _, bottom), (_, top_too, _, bottom_too) = one.box, other.box
    lower = max(1, min(bottom - top, bottom_too - top_too))
    return min(bottom, bottom_too) - max(top, top_too) >= _SHARED * lower


def print_out(
    original: str,
    edits: Iterable[Edit],
    applied: Iterable[Edit],
    places: Sequence[Place | None],
    sizes: Sizes,
) -> tuple[LaidPage, ...]:
    """Return the pages of a document whose characters have *places*.

    A line of the text without a place stands with the line before it: on its page, in its place, nothing wide. A page
    whose size is not known is as large as what stands on it.
    """
    lines: dict[int, list[PageLine]] = {number: [] for number in sizes}
    page, box = next(((place.page, Box(*place.box)) for place in places if place is not None), (1, Box(0, 0, 1, 1)))
    for stretch in stretches(original, edits, applied, printed_starts(original, places)):
        seen = [place for place in places[stretch.start : stretch.end] if place is not None]
        extra = [place for run in stretch.runs if run.edit for place in run.edit.places]
        if seen or extra:
            page = (seen or extra)[0].page
            box = _around(place for place in seen or extra if place.page == page)
        else:
            box = Box(box.left, box.top, box.left + 1, box.bottom)
        on_page = lines.setdefault(page, [])
        on_page.append(_line(stretch, len(on_page) + 1, box, places))
    pages = []
    for number, content in sorted(lines.items()):
        right, bottom = (max((getattr(line.box, side) for line in content), default=1) for side in ("right", "bottom"))
        width, height = sizes.get(number, (right, bottom))
        pages.append(LaidPage(number, max(width, right), max(height, bottom), tuple(content)))
    return tuple(pages)


def _around(places: Iterable[Place]) -> Box:
    boxes = [place.box for place in places]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return Box(left, top, max(left + 1, *(box[2] for box in boxes)), max(top + 1, *(box[3] for box in boxes)))


def _line(stretch: Stretch, number: int, box: Box, places: Sequence[Place | None]) -> PageLine:
    pieces: list[Piece] = []
    for run in stretch.runs:
        pieces.append(Piece(run.text, run.edit, run.applied, _box(run, box, pieces, places), run.before, run.offset))
    return line_of(stretch, number, box, pieces)


def _box(run: Run, line: Box, before: Sequence[Piece], places: Sequence[Place | None]) -> Box:
    """Return where a run lies; what left no trace lies on the seam behind its neighbour, one pixel wide."""
    own = list(run.edit.places) if run.edit else []
    own += [place for place in places[run.start : run.end] if place is not None]
    if own:
        return _around(place for place in own if place.page == own[0].page)
    left = min(before[-1].box.right if before else line.left, line.right - 1)
    return Box(left, line.top, left + 1, line.bottom)
