"""Pages to running text: □ for a blank cell, the lines of a paragraph joined, and where every character lies."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import Any

import cv2

from pipeline.document import Cell, Line, Page, Place, Portion
from pipeline.edits import Edit
from pipeline.errors import UnreadableInputError
from pipeline.imaging.loading import load_page
from pipeline.language.normalise import HOLE_ONE
from pipeline.places import Places
from pipeline.reading import ofd
from pipeline.reading.furniture import RunningHeads
from pipeline.reading.images import read_image, read_images
from pipeline.reading.pdf import NO_TEXT_LAYER
from pipeline.reading.pdf_portions import read_portion
from pipeline.reading.pdf_votes import Votes
from pipeline.recognition.engine import load_engine
from pipeline.settings import Settings

_STOPS = "。！？；：!?;:"
_RUNS_ON = "，、（《〔“,("
_FULL = 1.5
"""Pitches by which a full line may miss the right margin."""

_SHORT = 3.0
"""Pitches that a line misses the right margin by which ends a paragraph, on pages whose paragraphs are not indented."""

_OTHER_SIZE = 1.1
"""Ratio of pitches of lines in different sizes."""

_INDENT = 2.7
"""Pitches from the margin in which an indented line begins."""

_LEAST_LINES = 4
"""Lines of a page from which its margin is known."""


@dataclass(frozen=True, slots=True)
class End:
    """White behind a line that may be lost characters.

    Attributes:
        at: offset of the line's end in the text.
        places: of its cells.
        closes: a paragraph ends there; else what begins the next line may have left the white.
        line: the page, by its number in the scan, and the line on it.
    """

    at: int
    places: tuple[Place, ...]
    closes: bool = False
    line: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned document.

    Attributes:
        pages: as read.
        text: running text, a paragraph a line.
        places: where each code point of ``text`` lies; None for line ends.
        pictures: the pictures, each as its offset in ``text`` and its place.
        failures: numbers of further pages, which could not be read, and why.
        crops: pictures of the printed lines, each with the offset in ``text`` that its line begins at.
        fonts: names of the fonts of each page.
        offers: what the engine read at each code point, with probabilities, best first.
        ends: of lines behind which white may be lost characters, in order.
        counted: chance that just so many characters were lost at an end, by the offset of the first of them, where the
            language has told how many.
    """

    pages: tuple[Page, ...]
    text: str
    places: Places
    pictures: tuple[tuple[int, Place], ...] = ()
    failures: tuple[tuple[int, str], ...] = ()
    crops: tuple[tuple[int, str], ...] = field(default=(), repr=False)
    offers: Mapping[int, Sequence[tuple[str, float]]] = field(default_factory=dict, repr=False)
    fonts: tuple[tuple[str, ...], ...] = ()
    ends: tuple[End, ...] = ()
    counted: Mapping[int, float] = field(default_factory=dict)

    def with_lost(self, lost: Sequence[tuple[End, int, float]]) -> Scan:
        """Return the scan with as many blank cells more at the ends of some lines.

        Args:
            lost: the ends, in order, how many characters were lost at each, and the chance that it were just so many.
        """
        bounds = [0, *(end.at for end, _, _ in lost), len(self.text)]
        pieces: list[str] = []
        places = Places()
        counted: dict[int, float] = {}
        pages = list(self.pages)
        for (start, stop), (end, count, chance) in zip(pairwise(bounds), [*lost, (End(0, ()), 0, 0.0)], strict=True):
            pieces += [self.text[start:stop], HOLE_ONE * count]
            for place in chain(self.places[start:stop], end.places[:count]):
                places.append(place)
            if count:
                counted[len(places) - count] = chance
                number, at = end.line
                pages[number : number + 1] = [
                    _with_blanks(page, at, end.places[:count]) for page in pages[number : number + 1]
                ]
        offsets, sums = [end.at for end, _, _ in lost], [0, *accumulate(count for _, count, _ in lost)]

        def moved(at: int) -> int:
            return at + sums[bisect_right(offsets, at)]

        return replace(
            self,
            pages=tuple(pages),
            text="".join(pieces),
            places=places,
            pictures=tuple((moved(at), place) for at, place in self.pictures),
            crops=tuple((moved(at), picture) for at, picture in self.crops),
            offers={moved(at): offer for at, offer in self.offers.items()},
            ends=(),
            counted=counted,
        )


def _with_blanks(page: Page, at: int, places: Sequence[Place]) -> Page:
    """Return a page with blank cells in places behind a line; of a long document no lines are kept."""
    if at >= len(page.lines):
        return page
    line = page.lines[at]
    left, top, _, bottom = line.box
    cells = *line.cells, *(Cell("", place.box) for place in places)
    told = replace(line, cells=cells, box=(left, top, places[-1].box[2], bottom))
    return replace(page, lines=(*page.lines[:at], told, *page.lines[at + 1 :]))


def running_text(pages: Iterable[Page], *, keep_lines: bool = True) -> Scan:
    """Join lines to paragraphs, over page breaks too.

    Args:
        pages: in order.
        keep_lines: keep the lines of the pages; without them, a long document takes much less memory.
    """
    kept: list[Page] = []
    fonts: list[tuple[str, ...]] = []
    pieces: list[str] = []
    places = Places()
    pictures: list[tuple[int, Place]] = []
    crops: list[tuple[int, str]] = []
    before: Line | None = None
    margin = 0
    offers: dict[int, Sequence[tuple[str, float]]] = {}
    ends: list[End] = []
    last: tuple[Line, int, tuple[int, int]] | None = None
    for page in pages:
        kept.append(page if keep_lines else replace(page, lines=()))
        fonts.append(tuple(sorted({line.font for line in page.lines if line.font})))
        for number, line in enumerate(_parted(page.lines)):
            if number == 0 and before is not None and line.starts_paragraph and not _is_row(line):
                line = _without_indent(line) if _goes_on(before, margin) and _may_go_on(before, line, page) else line
            before, margin = line, max(line.box[2] for line in page.lines)
            pictures += [(len(places), Place(page.number, box)) for at, box in page.pictures if at == number]
            if pieces and line.starts_paragraph:
                ends += _end(last, len(places), closes=True)
                pieces.append("\n")
                places.append(None)
            else:
                ends += _end(last, len(places), closes=False)
            last = line, page.number, (len(kept) - 1, number)
            if line.picture:
                crops.append((len(places), line.picture))
            for cell in line.cells:
                text = cell.text or HOLE_ONE
                if cell.alternatives and len(text) == 1:
                    offers[len(places)] = cell.alternatives
                pieces.append(text)
                place = Place(page.number, cell.box, cell.under_seal, cell.glyph, cell.font or line.font)
                places.append(place, len(text))
        pictures += [(len(places), Place(page.number, box)) for at, box in page.pictures if at >= len(page.lines)]
    if pieces:
        ends += _end(last, len(places), closes=True)
        pieces.append("\n")
        places.append(None)
    text = "".join(pieces)
    return Scan(tuple(kept), text, places, tuple(pictures), (), tuple(crops), offers, tuple(fonts), tuple(ends))


def _end(last: tuple[Line, int, tuple[int, int]] | None, at: int, *, closes: bool) -> Iterator[End]:
    """Yield the end of a line if white behind it may be lost characters.

    Args:
        last: the line, the number of its page, and where it lies in the scan; None before the first.
        at: offset of its end.
        closes: a paragraph ends there.
    """
    if last is None:
        return
    line, page, number = last
    _, top, right, bottom = line.box
    if count := line.ended if closes else line.moved:
        edges = [right + round(k * line.pitch) for k in range(count + 1)]
        boxes = ((left, top, after, bottom) for left, after in pairwise(edges))
        yield End(at, tuple(Place(page, box, font=line.font) for box in boxes), closes, number)


def _parted(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return the lines of a page without indents, with a new paragraph behind each line that ends short.

    That is told only where a third of the column's lines is full.
    """
    if len(lines) < _LEAST_LINES or any(line.starts_paragraph for line in lines[1:]):
        return lines
    found = list(lines)
    for at, (before, line) in enumerate(pairwise(lines), 1):
        left, _, right, _ = before.box
        column = [other for other in lines if other.box[0] < right and other.box[2] > left]
        margin = max(other.box[2] for other in column)
        full = sum(other.box[2] > margin - _FULL * other.pitch for other in column)
        if full > 1 and 3 * full >= len(column) and right < margin - _SHORT * before.pitch:
            found[at] = replace(line, starts_paragraph=True)
    return tuple(found)


def _is_row(line: Line) -> bool:
    """Tell whether a line is a row of a table: nothing goes on into it or out of it."""
    return any(cell.text == "\t" for cell in line.cells)


def _goes_on(line: Line, margin: int) -> bool:
    """Tell whether the last line of a page is not the end of its paragraph: it is full and ends without a stop."""
    text = next((cell.text for cell in reversed(line.cells) if cell.text), "")
    if not line.cells or text in _STOPS or _is_row(line):
        return False
    return text in _RUNS_ON or line.box[2] > margin - _FULL * line.pitch


def _may_go_on(before: Line, line: Line, page: Page) -> bool:
    """Tell whether the first line of a page may be running text: an indent wide, in the size of the line before.

    Titles and signatures stand further to the right.
    """
    left = min(other.box[0] for other in page.lines)
    alike = max(before.pitch, line.pitch) < _OTHER_SIZE * min(before.pitch, line.pitch)
    return alike and (len(page.lines) == 1 or line.box[0] - left < _INDENT * line.pitch)


def _without_indent(line: Line) -> Line:
    """Return a line whose white beginning is lost characters, not the indent of a paragraph.

    What a page shows of its first line does not tell the one from the other.
    """
    left, top, right, bottom = line.box
    width = round(line.pitch)
    blanks = [Cell("", (max(0, left - k * width), top, max(0, left - (k - 1) * width), bottom)) for k in (2, 1)]
    return replace(
        line, cells=(*blanks, *line.cells), box=(blanks[0].box[0], top, right, bottom), starts_paragraph=False
    )


def picture_edits(scan: Scan) -> list[Edit]:
    """Return a hole of kind picture for each picture: nothing is supplied for it, its box shows where it is."""
    return [
        Edit(at, at, "", "", "picture", ("hole:picture",), 0.0, (), "open", (place,)) for at, place in scan.pictures
    ]


def page_notes(scan: Scan) -> tuple[dict[str, Any], ...]:
    """Return what report.json says of each page."""
    return tuple(
        {
            "page": page.number,
            "width": page.width,
            "height": page.height,
            "source": page.source,
            "reason": page.reason,
            "notes": list(page.notes),
            "fonts": list(fonts),
        }
        for page, fonts in zip(scan.pages, scan.fonts, strict=True)
    )


def read_one(path: Path, number: int, settings: Settings) -> Page:
    """Read page *number*, from 1, of an image file, or of a PDF without a text layer.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: the page is damaged, or not a page of Chinese text.
        MissingDependencyError: the engine is not installed.
    """
    cv2.setNumThreads(1)  # pages are read in parallel by whoever runs several, not inside one
    page = read_image(load_page(path, number), load_engine(settings.ocr), number, f"{path}, page {number}")
    return replace(page, reason=NO_TEXT_LAYER) if path.suffix.lower() == ".pdf" else page


def scan_of(portions: Iterable[Portion], failures: Sequence[tuple[int, str]], name: str, *, keep: bool = True) -> Scan:
    """Join what was read of a file called *name*, and why further pages could not be read.

    Args:
        portions: in order; they are gone through more than once, so that they need not be in memory together.
        failures: pages that are in no portion, and why.
        name: of the file, for errors.
        keep: keep the lines of the pages.

    Raises:
        UnreadableInputError: there is no text.
    """
    votes = Votes()
    failed = list(failures)
    for portion in portions:
        votes.merge(portion.votes)
        failed += portion.failures

    def pages() -> Iterator[Page]:
        return votes.settle(page for portion in portions for page in portion.pages)

    heads = RunningHeads(pages())
    scan = running_text(map(heads.taken_off, pages()), keep_lines=keep)
    if not scan.text:
        what = f"no page could be read: {min(failed)[1]}" if failed else "no text on any page."
        raise UnreadableInputError(f"{name}: {what}", "Check that the scan shows printed text.")
    return replace(scan, failures=tuple(sorted(failed)))


def read_scan(path: Path, settings: Settings) -> Scan:
    """Read an image, PDF or OFD file.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: the file is damaged, or no page of it has text.
        MissingDependencyError: the engine is not installed.
    """
    cv2.setNumThreads(1)
    if path.suffix.lower() == ".pdf":
        return scan_of([read_portion(path, settings, 1)], (), str(path))
    if path.suffix.lower() == ofd.OFD_SUFFIX:
        return scan_of([ofd.read(path)], (), str(path))
    read = list(enumerate(read_images(path, load_engine(settings.ocr)), 1))
    errors = [(number, str(page)) for number, page in read if isinstance(page, UnreadableInputError)]
    first = read[0][1]
    if len(errors) == len(read) and isinstance(first, UnreadableInputError):
        raise first
    found = tuple(page for _, page in read if isinstance(page, Page))
    return scan_of([Portion(found)], errors, str(path))
