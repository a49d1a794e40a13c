"""Pages to running text: □ for a blank cell, the lines of a paragraph joined, and where every character lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from pipeline.document import Page, Place
from pipeline.errors import UnreadableInputError
from pipeline.imaging.loading import load_pages
from pipeline.imaging.locate import locate
from pipeline.language.normalise import HOLE_ONE
from pipeline.recognition.engine import load_engine
from pipeline.recognition.lines import recognise
from pipeline.settings import EngineName


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned document.

    Attributes:
        pages: as read.
        text: running text, a paragraph a line.
        places: where each code point of ``text`` lies; None for line ends.
        offers: what the engine read at each code point, with probabilities, best first.
    """

    pages: tuple[Page, ...]
    text: str
    places: tuple[Place | None, ...]
    offers: Mapping[int, Sequence[tuple[str, float]]] = field(default_factory=dict, repr=False)


def running_text(pages: Sequence[Page]) -> Scan:
    """Join lines to paragraphs, over page breaks too."""
    pieces: list[str] = []
    places: list[Place | None] = []
    offers: dict[int, Sequence[tuple[str, float]]] = {}
    for page in pages:
        for line in page.lines:
            if pieces and line.starts_paragraph:
                pieces.append("\n")
                places.append(None)
            for cell in line.cells:
                text = cell.text or HOLE_ONE
                if cell.alternatives and len(text) == 1:
                    offers[len(places)] = cell.alternatives
                pieces.append(text)
                places.extend([Place(page.number, cell.box, cell.under_seal)] * len(text))
    if pieces:
        pieces.append("\n")
        places.append(None)
    return Scan(tuple(pages), "".join(pieces), tuple(places), offers)


def read_scan(path: Path, ocr: EngineName = "rapidocr") -> Scan:
    """Read an image or PDF file.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: the file is damaged, or no page of it has text.
        MissingDependencyError: the engine is not installed.
    """
    cv2.setNumThreads(1)  # pages are read in parallel by whoever runs several documents, not inside one
    engine = load_engine(ocr)
    scan = running_text([recognise(locate(image), engine, n) for n, image in enumerate(load_pages(path), 1)])
    if not scan.text:
        raise UnreadableInputError(f"{path}: no text on any page.", "Check that the scan shows printed text.")
    return scan
