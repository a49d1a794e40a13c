"""Pages to running text: □ for a blank cell, the lines of a paragraph joined, and where every character lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2

from pipeline.document import Cell, Line, Page, Place
from pipeline.edits import Edit
from pipeline.errors import UnreadableInputError
from pipeline.imaging.loading import load_page
from pipeline.language.normalise import HOLE_ONE
from pipeline.reading.furniture import without_running_heads
from pipeline.reading.images import read_image, read_images
from pipeline.reading.pdf import NO_TEXT_LAYER, read_pdf
from pipeline.recognition.engine import load_engine
from pipeline.settings import Settings

_STOPS = "。！？；：!?;:"
_RUNS_ON = "，、（《〔“,("
_FULL = 1.5
"""Pitches by which a full line may miss the right margin."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned document.

    Attributes:
        pages: as read.
        text: running text, a paragraph a line.
        places: where each code point of ``text`` lies; None for line ends.
        pictures: the pictures, each as its offset in ``text`` and its place.
        failures: why further pages could not be read, a message each.
        crops: pictures of the printed lines, each with the offset in ``text`` that its line begins at.
        offers: what the engine read at each code point, with probabilities, best first.
    """

    pages: tuple[Page, ...]
    text: str
    places: tuple[Place | None, ...]
    pictures: tuple[tuple[int, Place], ...] = ()
    failures: tuple[str, ...] = ()
    crops: tuple[tuple[int, str], ...] = field(default=(), repr=False)
    offers: Mapping[int, Sequence[tuple[str, float]]] = field(default_factory=dict, repr=False)


def running_text(pages: Sequence[Page]) -> Scan:
    """Join lines to paragraphs, over page breaks too."""
    pieces: list[str] = []
    places: list[Place | None] = []
    pictures: list[tuple[int, Place]] = []
    crops: list[tuple[int, str]] = []
    before: Line | None = None
    margin = 0
    offers: dict[int, Sequence[tuple[str, float]]] = {}
    for page in pages:
        for number, line in enumerate(page.lines):
            if number == 0 and before is not None and line.starts_paragraph and _goes_on(before, margin):
                line = _without_indent(line)
            before, margin = line, max(line.box[2] for line in page.lines)
            pictures += [(len(places), Place(page.number, box)) for at, box in page.pictures if at == number]
            if pieces and line.starts_paragraph:
                pieces.append("\n")
                places.append(None)
            if line.picture:
                crops.append((len(places), line.picture))
            for cell in line.cells:
                text = cell.text or HOLE_ONE
                if cell.alternatives and len(text) == 1:
                    offers[len(places)] = cell.alternatives
                pieces.append(text)
                place = Place(page.number, cell.box, cell.under_seal, cell.glyph, cell.font)
                places.extend([place] * len(text))
        pictures += [(len(places), Place(page.number, box)) for at, box in page.pictures if at >= len(page.lines)]
    if pieces:
        pieces.append("\n")
        places.append(None)
    return Scan(tuple(pages), "".join(pieces), tuple(places), tuple(pictures), crops=tuple(crops), offers=offers)


def _goes_on(line: Line, margin: int) -> bool:
    """Tell whether the last line of a page is not the end of its paragraph: it is full and ends without a stop."""
    text = next((cell.text for cell in reversed(line.cells) if cell.text), "")
    if not line.cells or text in _STOPS:
        return False
    return text in _RUNS_ON or line.box[2] > margin - _FULL * line.pitch


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
            "fonts": sorted({line.font for line in page.lines if line.font}),
        }
        for page in scan.pages
    )


def read_one(path: Path, number: int, settings: Settings) -> Page:
    """Read page *number*, from 1, of a file of which ``count_pages`` says that it has pages of images.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: the page is damaged, or not a page of Chinese text.
        MissingDependencyError: the engine is not installed.
    """
    cv2.setNumThreads(1)  # pages are read in parallel by whoever runs several, not inside one
    page = read_image(load_page(path, number), load_engine(settings.ocr), number, f"{path}, page {number}")
    return replace(page, reason=NO_TEXT_LAYER) if path.suffix.lower() == ".pdf" else page


def scan_of(pages: Sequence[Page], failures: Sequence[str], name: str) -> Scan:
    """Join what was read of a file called *name*, and why further pages could not be read.

    Raises:
        UnreadableInputError: there is no text.
    """
    scan = replace(running_text(without_running_heads(pages)), failures=tuple(failures))
    if not scan.text:
        what = f"no page could be read: {failures[0]}" if failures else "no text on any page."
        raise UnreadableInputError(f"{name}: {what}", "Check that the scan shows printed text.")
    return scan


def read_scan(path: Path, settings: Settings) -> Scan:
    """Read an image or PDF file.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: the file is damaged, or no page of it has text.
        MissingDependencyError: the engine is not installed.
    """
    cv2.setNumThreads(1)
    if path.suffix.lower() == ".pdf":
        pages, failures = read_pdf(path, settings)
        return scan_of(pages, [str(failure) for failure in failures], str(path))
    read = list(read_images(path, load_engine(settings.ocr)))
    errors = [page for page in read if isinstance(page, UnreadableInputError)]
    if errors and len(errors) == len(read):
        raise errors[0]
    found = [page for page in read if isinstance(page, Page)]
    return scan_of(found, [str(error) for error in errors], str(path))
