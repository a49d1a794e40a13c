"""Word documents (Office Open XML) as text: a paragraph a line, a table row a line with tabs between its cells.

Tracked insertions are read as text and deletions are not, so that a document that Buque wrote reads back as restored.
Headers, footers, notes and text boxes' fallback pictures are left out, and so are numbers that Word makes itself.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib

from lxml import etree

from pipeline.errors import UnreadableInputError

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = frozenset({f"{_W}del", f"{_W}moveFrom", _FALLBACK})
_SIGNS = {
    f"{_W}tab": "\t",
    f"{_W}br": "\n",
    f"{_W}cr": "\n",
    f"{_W}noBreakHyphen": "-",
}
_OLE = b"\xd0\xcf\x11\xe0"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    KeyError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
)
"""What zipfile raises for damaged, encrypted or strangely packed archives; ValueError for offsets and names."""

LARGEST = 256 << 20
"""Bytes of the document's XML, unpacked: a report of 1,000 pages has about 20 MiB."""


def text_of(data: bytes, name: str) -> str:
    """Return the text of a Word document.

    Raises:
        UnreadableInputError: it is damaged, encrypted, or in Word's older format.
    """
    if data.startswith(_OLE):
        raise UnreadableInputError(f"{name}: encrypted, or an old .doc.", "Save it as .docx without a password.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts, parts.open("word/document.xml") as part:
            content = part.read(LARGEST + 1)
    except _DAMAGED as error:
        raise UnreadableInputError(
            f"{name}: no Word document, or damaged ({error}).", "Save it again as .docx."
        ) from error
    if len(content) > LARGEST:
        raise UnreadableInputError(f"{name}: larger than {LARGEST >> 20} MiB unpacked.", "Split the document.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableInputError(f"{name}: damaged ({error.msg}).", "Save it again as .docx.") from error
    text = "".join(_pieces(root))
    if not text.strip():
        raise UnreadableInputError(f"{name}: the document has no text.", "Pages that are pictures: save them as PDF.")
    return text


def _pieces(root: etree._Element) -> list[str]:
    pieces: list[str] = []
    left_out: etree._Element | None = None
    cells = 0  # tables in tables: only the outermost cell ends with a tab
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if left_out is not None:
            if event == "end" and element is left_out:
                left_out = None
            continue
        tag = element.tag
        if event == "start":
            if tag in _LEFT_OUT:
                left_out = element
            elif tag == f"{_W}t":
                pieces.append(element.text or "")
            elif tag in _SIGNS and (run := element.getparent()) is not None and run.tag == f"{_W}r":
                pieces.append(" " if cells else _SIGNS[tag])
            elif tag == f"{_W}tc":
                cells += 1
        elif tag == f"{_W}p":
            pieces.append(" " if cells else "\n")
        elif tag == f"{_W}tc":
            cells -= 1
            _close_cell(pieces, " " if cells else "\t")
        elif tag == f"{_W}tr" and not cells:
            _close_cell(pieces, "\n")
    return pieces


def _close_cell(pieces: list[str], sign: str) -> None:
    """Put *sign* in the place of the sign that the last paragraph, or the last cell, ended with."""
    if pieces and pieces[-1] in (" ", "\t"):
        pieces.pop()
    pieces.append(sign)
