"""A PDF in portions: so many pages that a run can stop after any of them, go on later, and share them out."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from pipeline.document import Page, Portion
from pipeline.errors import UnreadableInputError
from pipeline.reading.pdf import PdfReader
from pipeline.settings import Settings

TOGETHER = 64
"""Pages with a text layer that are read together: their fonts are opened, and their unnamed glyphs read, but once."""


def read_portion(path: Path, settings: Settings, first: int, last: int | None = None) -> Portion:
    """Read the pages of a PDF from *first* to *last*; all of its pages without one.

    Raises:
        FileAccessError: the file cannot be read.
        UnreadableInputError: the file is damaged or encrypted.
        MissingDependencyError: the engine is not installed.
    """
    reader = PdfReader(path, settings)
    pages: list[Page] = []
    failures: list[tuple[int, str]] = []
    for number, page in enumerate(reader.pages(first, last), first):
        if isinstance(page, UnreadableInputError):
            failures.append((number, str(page)))
        else:
            pages.append(page)
    return Portion(tuple(pages), tuple(failures), reader.outlines.votes.counted())


def portions_of(path: Path, settings: Settings) -> tuple[int, int]:
    """Return how many pages a PDF has and how many are best read together; 0 pages where it cannot be opened.

    Whoever reads it then says what is wrong with it. Pages with text share their fonts; pages without are read alone.
    """
    try:
        with pypdfium2.PdfDocument(path, password=settings.password) as document:
            layered = settings.password is not None or any(page.get_textpage().count_chars() for page in document)
            return len(document), TOGETHER if layered else 1
    except pypdfium2.PdfiumError:
        return 0, 1
