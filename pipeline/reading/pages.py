"""Files to pages, and pages to a scanned document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from pipeline.document import Page, Portion
from pipeline.edits import Edit
from pipeline.errors import UnreadableInputError
from pipeline.imaging.loading import load_page
from pipeline.reading import ofd
from pipeline.reading.furniture import RunningHeads
from pipeline.reading.images import read_image, read_images
from pipeline.reading.pdf import NO_TEXT_LAYER
from pipeline.reading.pdf_portions import read_portion
from pipeline.reading.pdf_votes import Votes
from pipeline.reading.running import running_text
from pipeline.reading.scan import Scan
from pipeline.recognition.engine import load_engine
from pipeline.settings import Settings


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
