"""One page image to one page: upright, located, recognised; or an error that says why it holds no Chinese text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.damage.hypotheses import is_han
from pipeline.document import Line, Page
from pipeline.errors import UnreadableInputError
from pipeline.imaging.grey_seals import find_rings, without_discs, without_rings
from pipeline.imaging.loading import Image, count_pages, load_page
from pipeline.imaging.locate import Located, locate
from pipeline.imaging.orientation import WayBack, lies_on_its_side, turned
from pipeline.imaging.regions import Regions, find_regions
from pipeline.reading.grey_seals import under_rings
from pipeline.reading.image_layout import read_beside, read_parts
from pipeline.reading.page_numbers import without_furniture
from pipeline.reading.red_heads import with_red_heads
from pipeline.recognition.engine import Engine
from pipeline.recognition.lines import recognise
from pipeline.recognition.pale_strokes import doubtful_ones
from pipeline.recognition.points import doubtful_points, undecided_numbers

_READ_WELL = 0.50
"""Mean probability, marks counted as 0, from which a page stands upright; on its head it has 0.15."""

_READ_SURELY = 0.75
"""The same for a page that was taken to lie on its side: by its 一 and 二, one that does not may reach over half."""

_BETTER = 0.10
_LEAST_SURE = 0.50
"""Mean probability under which what was read is no text at all."""

_LEAST_HAN = 0.20
"""Share of Han among the Han and Latin letters of a Chinese page; numbers are of no language."""

_SAMPLE = 4
"""Lines that are read to find out which way a page is turned."""


def read_image(image: Image, engine: Engine, number: int, name: str) -> Page:
    """Read a page image, shape (height, width, 3), BGR, whichever way it is turned; a blank page has no lines.

    Args:
        image: the page.
        engine: reads its lines.
        number: of the page, from 1.
        name: of the page in errors: file and number.

    Raises:
        UnreadableInputError: what looks like text cannot be read, or is not Chinese.
    """
    quarters = int(lies_on_its_side(image))
    page = _read(image, engine, number, quarters)
    if _legibility(page) < (_READ_SURELY if quarters else _READ_WELL):
        # What is read surely, in whatever script, does not lie on its side.
        turns = (3, 2, 1) if quarters else (2, 1, 3) if _sureness(page) < _READ_WELL else (2,)
        for turn in turns:
            legible = _sample(image, engine, quarters + turn)
            if legible > _legibility(page) + _BETTER and (turn == 2 or legible > _READ_WELL):
                quarters = (quarters + turn) % 4
                page = _read(image, engine, number, quarters)
                break
    if not any(cell.text for line in page.lines for cell in line.cells):
        return replace(page, lines=(), notes=(*page.notes, "there is no text on it"))
    _check(page, name)
    page = without_furniture(page, quarters)
    page = replace(page, notes=(*page.notes, *_doubts(page.lines)))
    if not quarters:
        return page
    return replace(page, notes=(*page.notes, f"the page was turned by {90 * quarters} degrees to be read"))


def _doubts(lines: Sequence[Line]) -> Iterator[str]:
    """Yield notes on what no engine read and only ink tells."""
    told = {
        "points or commas that no engine read, only their ink tells": doubtful_points(lines),
        "a point or a comma may stand in these numbers, no engine read it": undecided_numbers(lines),
        "一 that no engine read, only pale strokes tell": doubtful_ones(lines),
    }
    for what, found in told.items():
        if found:
            yield f"{what}, look at them: {', '.join(found)}"


def _read(image: Image, engine: Engine, number: int, quarters: int) -> Page:
    upright = turned(image, quarters)
    rings = find_rings(upright)
    if not rings:
        page = _read_black(upright, find_regions(upright), engine, number, quarters)
        return with_red_heads(page, upright, engine, quarters)
    plain = without_rings(upright, rings)
    # What is left of a seal makes a line look larger; the white where it was, lines look like columns.
    regions = min(map(find_regions, (plain, without_discs(upright, rings))), key=lambda found: len(found.blocks))
    page = _read_black(plain, regions, engine, number, quarters)
    page = with_red_heads(page, upright, engine, quarters)
    height, width = upright.shape[:2]
    return under_rings(page, rings, WayBack(np.eye(2, 3), width, height, quarters))


def _read_black(upright: Image, regions: Regions, engine: Engine, number: int, quarters: int) -> Page:
    """Read what is black on a page."""
    if not regions.plain:
        return read_parts(upright, regions, engine, number, quarters)
    if regions.pictures or regions.stamps:
        return read_beside(upright, regions, engine, number, quarters)
    return recognise(locate(upright), engine, number, quarters)


def _sample(image: Image, engine: Engine, quarters: int) -> float:
    """Return the legibility of some of the longest lines."""
    located = locate(turned(image, quarters))
    lines = sorted(located.lines, key=lambda line: len(line.cells), reverse=True)[:_SAMPLE]
    chosen = Located(located.page, located.dirt, sorted(lines, key=lambda line: line.top), located.pitch)
    return _legibility(recognise(chosen, engine, 1))


def _sureness(page: Page) -> float:
    """Return the mean probability of the characters read; 0 without any."""
    sure = [cell.alternatives[0][1] for line in page.lines for cell in line.cells if cell.alternatives]
    return sum(sure) / len(sure) if sure else 0.0


def _legibility(page: Page) -> float:
    """Return the mean probability of the characters read, of which only Han count: dots are read anywhere."""
    read = [cell for line in page.lines for cell in line.cells if cell.text.strip()]
    sure = [cell.alternatives[0][1] for cell in read if cell.alternatives and is_han(cell.text)]
    return sum(sure) / len(read) if read else 0.0


def _check(page: Page, name: str) -> None:
    texts = [cell.text for line in page.lines for cell in line.cells if cell.text.strip()]
    if _sureness(page) < _LEAST_SURE:
        raise UnreadableInputError(f"{name}: no printed text that can be read.", "Scan the page at 300 dpi.")
    han = sum(map(is_han, "".join(texts)))
    letters = sum(text.isascii() and text.isalpha() for text in texts)
    if not han or han < _LEAST_HAN * (han + letters):
        raise UnreadableInputError(f"{name}: not a page in Chinese.", "Leave it out.")


def read_images(path: Path, engine: Engine) -> Iterator[Page | UnreadableInputError]:
    """Yield every page of an image file, or the error that it met; the others go on.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: no page of the file can be found.
    """
    count = count_pages(path)
    for number in range(1, count + 1):
        name = f"{path}, page {number}" if count > 1 else str(path)
        try:
            yield read_image(load_page(path, number), engine, number, name)
        except UnreadableInputError as error:
            yield error
