"""PDF to pages: the glyph layer where it can be trusted, the rendered page where it cannot; every page by itself."""

from __future__ import annotations

import logging
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.psexceptions import PSException

from pipeline.document import Page
from pipeline.errors import FileAccessError, UnreadableInputError
from pipeline.imaging.loading import PDF_DPI, Image, check_size
from pipeline.reading.images import read_image
from pipeline.reading.pdf_glyphs import Fonts, Glyph, PageContent, read_content
from pipeline.reading.pdf_layout import lay_out
from pipeline.reading.pdf_lines import lines_of, renamed
from pipeline.reading.pdf_outlines import OutlineReader, is_doubtful, unnamed_if_drawn
from pipeline.reading.pdf_trust import FEW_CHARACTERS, lies
from pipeline.recognition.engine import load_engine
from pipeline.settings import Settings

logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns of every oddity of every font

BROKEN_PAGE = (
    PDFException,
    PSException,
    struct.error,
    ValueError,
    KeyError,
    TypeError,
    AssertionError,
    IndexError,
    AttributeError,
    RecursionError,
    OverflowError,
    ZeroDivisionError,
)
"""What pdfminer raises on streams and fonts that are cut or wrong: it checks little of what it parses.

The same errors raised by this package's own lines are its mistakes: they go on (``raise_own``)."""

NO_TEXT_LAYER = "it has no text layer"
"""Why a page is read from its image that has nothing else."""

_PACKAGE = __name__.partition(".")[0]

_COVERED = 0.6
"""Share of a page that pictures cover from which invisible text is the result of an earlier recognition."""

_OUTSIDE = 0.35
"""Share of a page's ink outside glyphs, pictures and rules from which its text is drawn as shapes or a picture."""

_CHECK_DPI = 75
_INK = 128
_LEAST_INK = 400
"""Dark pixels at that resolution that are worth comparing: about five characters."""


def raise_own(error: BaseException) -> None:
    """Raise an error again that a line of this package raised, not one of the libraries that it calls."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is not None and str(frame.tb_frame.f_globals.get("__name__", "")).startswith(f"{_PACKAGE}."):
        raise error


class PdfReader:
    """Reads the pages of one PDF one by one; only what is read of a page stays in memory."""

    def __init__(self, path: Path, settings: Settings) -> None:
        """Open a file.

        Raises:
            FileAccessError: it cannot be read.
            UnreadableInputError: it is empty, no PDF, damaged, encrypted or without pages.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise FileAccessError(f"{path}: {error.strerror}.", "Check the path and its permissions.") from error
        if not data:
            raise UnreadableInputError(f"{path}: the file is empty.", "Scan or export it again.")
        self._path = path
        self._settings = settings
        self._document = _open(path, data, settings.password)
        if not len(self._document):
            raise UnreadableInputError(f"{path}: the PDF has no pages.", "Export it again.")
        self._layer: Iterator[PDFPage] | None = None
        self._miner: PDFDocument | None = None
        try:
            self._miner = PDFDocument(PDFParser(BytesIO(data)), settings.password or "")
            self._layer = PDFPage.create_pages(self._miner)
        except BROKEN_PAGE as error:
            raise_own(error)
        self._fonts = Fonts()
        self._engine = load_engine(settings.ocr)
        self.outlines = OutlineReader(self._engine)
        self._liars: set[str] = set()
        self._lie = ""

    def __len__(self) -> int:
        """Return the number of pages."""
        return len(self._document)

    def pages(self, first: int = 1, last: int | None = None) -> Iterator[Page | UnreadableInputError]:
        """Yield every page from *first* to *last*, from 1, or the error that it met; the others go on.

        A reader goes through its document once, forwards.
        """
        for number in range(1, min(last or len(self), len(self)) + 1):
            mined = self._next_mined()
            if number < first:
                continue
            try:
                yield self._page(number, mined)
            except UnreadableInputError as error:
                yield error
            if self._miner is not None:
                # Streams of pages that are done: pdfminer would keep them all.
                self._miner._cached_objs.clear()

    def _next_mined(self) -> PDFPage | None:
        if self._layer is None:
            return None
        try:
            return next(self._layer, None)
        except BROKEN_PAGE as error:
            raise_own(error)
            self._layer = None
            return None

    def _render(self, page: pypdfium2.PdfPage, dpi: int) -> Image:
        image: Image = page.render(scale=dpi / 72, rev_byteorder=False).to_numpy()
        return image

    def _page(self, number: int, mined: PDFPage | None) -> Page:
        name = f"{self._path}, page {number}"
        scale = PDF_DPI / 72
        try:
            page = self._document[number - 1]
            try:
                width, height = (round(side * scale) for side in page.get_size())
                check_size(width, height, name)
                content, reason = self._content(mined, width, height)
                reason = reason or self._why_not(content, page)
                if not reason:
                    result = self._from_layer(number, content, page)
                    if result is not None:
                        return result
                    reason = self._lie
                image = _bgr(self._render(page, PDF_DPI))
                if reason == NO_TEXT_LAYER and image.min() > _INK:
                    return Page(number, width, height, 0.0, (), reason="it is blank")
            finally:
                page.close()
        except pypdfium2.PdfiumError as error:
            raise UnreadableInputError(f"{name}: the page cannot be rendered.", "Export it again.") from error
        return replace(read_image(image, self._engine, number, name), reason=reason)

    def _content(self, mined: PDFPage | None, width: int, height: int) -> tuple[PageContent, str]:
        empty = PageContent(width, height)
        if mined is None:
            return empty, "the structure of the PDF is broken, it has no readable text layer"
        try:
            return read_content(mined, self._fonts, PDF_DPI / 72, width, height), ""
        except BROKEN_PAGE as error:
            raise_own(error)
            return empty, f"its content stream is damaged ({type(error).__name__})"

    def _why_not(self, content: PageContent, page: pypdfium2.PdfPage) -> str:
        """Return why the page is to be read from its rendering, before its text is looked at; or nothing."""
        if not any(g.text.strip() or g.identity for g in content.glyphs):
            return NO_TEXT_LAYER
        area = content.width * content.height
        covered = sum((r - x) * (b - t) for x, t, r, b in content.pictures) / area
        if covered >= _COVERED and all(glyph.invisible for glyph in content.glyphs):
            return "its text is invisible over a picture: the result of an earlier recognition"
        grey = _grey(self._render(page, _CHECK_DPI))
        step = _CHECK_DPI / PDF_DPI
        outside = (grey < _INK).astype(np.uint8)
        inked = int(outside.sum())
        boxes = [glyph.box for glyph in content.glyphs] + content.rules
        boxes += content.pictures if covered < _COVERED else []
        for left, top, right, bottom in boxes:
            rows = slice(max(0, int(top * step) - 1), int(bottom * step) + 2)
            outside[rows, max(0, int(left * step) - 1) : int(right * step) + 2] = 0
        if inked >= _LEAST_INK and outside.sum() > _OUTSIDE * inked:
            return "text on it is drawn as shapes or a picture, beside its text layer"
        return ""

    def _from_layer(self, number: int, content: PageContent, page: pypdfium2.PdfPage) -> Page | None:
        """Read the glyph layer; None where it lies, with the reason in ``_lie``."""
        upright = [glyph for glyph in content.glyphs if glyph.upright]
        notes: tuple[str, ...] = ()
        if len(upright) < len(content.glyphs):
            notes = (f"{len(content.glyphs) - len(upright)} vertical or turned characters set aside",)
        if any(is_doubtful(glyph) for glyph in upright):
            grey = _grey(self._render(page, PDF_DPI))
            upright = [unnamed_if_drawn(glyph, grey) for glyph in upright]
            self.outlines.read(grey, lines_of(upright))
        lines = lines_of(upright)
        texts = self.outlines.texts(lines)
        named = [renamed(line, texts) for line in lines]
        self._lie = self._why_not_believed(named)
        if self._lie:
            return None
        counts = Counter("map" if g.text else "outline" if texts.get(g.identity) else "lost" for g in upright)
        reason = f"{counts['map']} characters named by the layer"
        if counts["outline"]:
            reason += f", {counts['outline']} by their outlines"
        if counts["lost"]:
            reason += f", {counts['lost']} lost"
        laid = lay_out([glyph for line in named for glyph in line], content)
        notes = (*notes, *laid.notes)
        size = content.width, content.height
        return Page(number, *size, 0.0, laid.lines, "glyph layer", reason, notes, laid.pictures)

    def _why_not_believed(self, lines: Sequence[Sequence[Glyph]]) -> str:
        """Return why the text of a page is not what it shows, or nothing; a font that lied once is not asked again."""
        fonts = Counter(glyph.font for line in lines for glyph in line)
        main = max(fonts, key=lambda font: fonts[font], default="")
        reason = lies(["".join(run) for line in lines for run in _runs(line)], self._settings.models)
        if reason:
            self._liars.add(main)
        elif main in self._liars and fonts.total() < FEW_CHARACTERS:
            reason = "its font lies on other pages"
        return reason


def _runs(line: Sequence[Glyph]) -> Iterator[list[str]]:
    """Yield the stretches of a line in which nothing is missing."""
    run: list[str] = []
    for glyph in line:
        if glyph.text:
            run.append(glyph.text)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _open(path: Path, data: bytes, password: str | None) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data, password=password)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            wrong = "the password is wrong" if password else "the PDF is encrypted"
            raise UnreadableInputError(f"{path}: {wrong}.", "Give its password with --password.") from error
        raise UnreadableInputError(f"{path}: the PDF is damaged.", "Export it again.") from error


def _bgr(image: Image) -> Image:
    if image.ndim == 2:
        return np.repeat(image[:, :, None], 3, axis=2)
    return np.ascontiguousarray(image[:, :, :3])


def _grey(image: Image) -> Image:
    if image.ndim == 2:
        return image
    grey: Image = cv2.cvtColor(_bgr(image), cv2.COLOR_BGR2GRAY)
    return grey
