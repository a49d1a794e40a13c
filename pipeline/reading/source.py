"""A file that is no page image, as text: plain text, HTML, DOCX, and what OCR engines write."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath
from typing import NamedTuple

from pipeline.errors import UnreadableInputError
from pipeline.reading.text import decode

DOCX_SUFFIX = ".docx"
HTML_SUFFIXES = frozenset({".html", ".htm"})
OCR_SUFFIXES = frozenset({".hocr", ".xml"})
SUFFIXES = frozenset({".txt", ".md", ".text", ".csv", ".tsv", DOCX_SUFFIX}) | HTML_SUFFIXES | OCR_SUFFIXES
"""Names that text files are known by; a file of any other name is plain text."""

STDIN = "stdin"
_HEAD = 1 << 16
_ZIP = b"PK\x03\x04"
_PROLOGUE = re.compile(rb"\A(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
"""What may stand before the root of a page: declarations, comments, blank lines."""

_NO_TEXT = {
    b"\xd0\xcf\x11\xe0": (
        "an old .doc, .xls or .wps, or encrypted",
        "Save it as .docx, a sheet as CSV, without a password.",
    ),
    b"{\\rtf": ("rich text (RTF)", "Save it as .docx."),
    b"%PDF": ("a PDF", "Give it as a file whose name ends in .pdf."),
    b"\x89PNG": ("a PNG picture", "Give it as a file whose name ends in .png."),
    b"\xff\xd8\xff": ("a JPEG picture", "Give it as a file whose name ends in .jpg."),
    b"II*\0": ("a TIFF picture", "Give it as a file whose name ends in .tif."),
    b"MM\0*": ("a TIFF picture", "Give it as a file whose name ends in .tif."),
}
"""How files begin that are no text, whatever their name says: what they are, and what to do."""

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_OCR_ROOTS = (b"<alto", b":alto", b"<PcGts", b":PcGts", b"ocr_page")


class SourceText(NamedTuple):
    """The text of a file.

    Attributes:
        text: what it says.
        read_as: an encoding of plain text, ``ocr``, ``html`` or ``docx``.
        failures: what is wrong with parts of the file that the text stands without, and what to do.
    """

    text: str
    read_as: str
    failures: tuple[str, ...] = ()


def read_source(data: bytes, name: str) -> SourceText:
    """Return the text of a file and what it was read as.

    A file is read as its name says, but for archives, which are taken for Word documents; standard input, which has
    none, as it begins.

    Args:
        data: the file's content.
        name: its path, or ``STDIN``.

    Raises:
        UnreadableInputError: it is empty, damaged, or not what its name says.
    """
    for beginning, (what, remedy) in _NO_TEXT.items():
        if data.startswith(beginning):
            raise UnreadableInputError(f"{name}: {what}, not text.", remedy)
    kind = _kind(data, PurePath(name).suffix.lower(), name)
    if kind == "ocr":
        from pipeline.reading import ocr_xml  # lxml is not needed for plain text

        return SourceText(ocr_xml.text_of(ocr_xml.read(data, name)), kind)
    if kind == "html":
        from pipeline.reading import web

        return SourceText(web.text_of(data, name), kind)
    if kind == "docx":
        from pipeline.reading import docx

        text, failures = docx.read(data, name)
        return SourceText(text, kind, failures)
    return SourceText(*decode(data, name))


def _kind(data: bytes, suffix: str, name: str) -> str | None:
    if suffix in OCR_SUFFIXES:
        return "ocr"
    if suffix in HTML_SUFFIXES:
        return "ocr" if b"ocr_page" in data else "html"
    if suffix == DOCX_SUFFIX or data.startswith(_ZIP):
        return "docx"
    if name != STDIN:
        return None
    head = data[:_HEAD]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    head = _PROLOGUE.sub(b"", head.removeprefix(codecs.BOM_UTF8))
    if head.startswith(b"<") and any(root in head for root in _OCR_ROOTS):
        return "ocr"
    return "html" if _HTML.match(head) else None
