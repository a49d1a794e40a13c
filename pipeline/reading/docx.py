"""Word documents (Office Open XML) as text: a paragraph a line, a table row a line with tabs between its cells.

Tracked insertions are read as text and deletions are not, so that a document that Buque wrote reads back as restored.
Numbers that Word makes itself stand before their paragraphs, text boxes behind the paragraph that holds them, foot- and
endnotes at the end. Headers stand before all and footers behind, each once however many sections show it; those that
only number pages, hidden text and the fallback pictures of text boxes are left out. A damaged part other than the main
one costs what it holds.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from lxml import etree

from pipeline.errors import UnreadableInputError
from pipeline.reading.docx_numbers import Numbers, W
from pipeline.reading.elements import outermost, tagged

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATHS_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_LEFT_OUT = frozenset({f"{W}del", f"{W}moveFrom", f"{W}rt", f"{W}pPr", f"{W}rPr", _FALLBACK})
_BLOCKS, _ROWS, _CELLS = tagged(f"{W}p", f"{W}tbl"), tagged(f"{W}tr"), tagged(f"{W}tc")
_SIGNS = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}
_SYMBOLS = {
    **{("wingdings", code): sign for code, sign in {0xA8: "☐", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0x6C: "●"}.items()},
    **{("wingdings 2", code): sign for code, sign in {0x50: "✓", 0x52: "☑", 0x54: "☒", 0xA3: "☐"}.items()},
}
"""Boxes and ticks of forms, which Word keeps as places in its symbol fonts."""

_PAGE_NUMBER = re.compile(r"(?:第|共|总|页|全|of|page|[\W\d_])*", re.IGNORECASE)
"""A header or footer that says nothing but which page it is."""

_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_LOST = {
    "": "nothing of the text",
    "main": "all headers, footers, foot- and endnotes and numbers that Word makes itself",
    "numbering": "all numbers of headings and items that Word makes itself",
    "styles": "the numbers that Word makes for whole styles, as those of headings",
    "header": "the header it holds",
    "footer": "the footer it holds",
    "footnotes": "all footnotes",
    "endnotes": "all endnotes",
}
"""What a text lacks for a damaged part, by its kind; the first two are what refers to the parts: of the package, where
the text is then looked for in its usual place, and of the text."""

_OFF = frozenset({"0", "false", "off"})
DAMAGED_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    KeyError,
    ValueError,
    RuntimeError,
    EOFError,
    OSError,
)
"""What zipfile raises for damaged, encrypted or strangely packed archives; ValueError for offsets and names."""

_OTHER_KINDS = {
    "xl/workbook.xml": ("an Excel workbook", "Save each sheet as CSV."),
    "xl/workbook.bin": ("an Excel workbook", "Save each sheet as CSV."),
    "ppt/presentation.xml": ("a PowerPoint presentation", "Save it as PDF."),
    "content.xml": ("an OpenDocument file", "Save a text as .docx, a sheet as CSV."),
    "META-INF/container.xml": ("an electronic book", "Save it as HTML or as text."),
    "OFD.xml": ("an OFD", "Give it as a file whose name ends in .ofd."),
}
"""Parts that other archives begin with: what has them, and what to do."""

LARGEST = 256 << 20
"""Bytes of all parts that are read, unpacked: the text of a report of 1,000 pages has about 20 MiB."""


def read(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a Word document, and which damaged parts it stands without.

    Raises:
        UnreadableInputError: it is damaged or has no text.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            document = _Document(archive, name)
            text = document.text()
    except (*DAMAGED_ARCHIVE, etree.XMLSyntaxError) as error:
        raise UnreadableInputError(
            f"{name}: no Word document, or damaged ({error}).", "Save it again as .docx."
        ) from error
    if not text.strip():
        raise UnreadableInputError(f"{name}: the document has no text.", "Pages that are pictures: save them as PDF.")
    return text, tuple(document.failures)


class _Document:
    """The parts of a document that hold text."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._parts = frozenset(archive.namelist())
        self._left = LARGEST
        self.failures: list[str] = []
        main = self._related("").get("officeDocument", ["word/document.xml"])[0]
        begins = main if main in self._parts else next((part for part in _OTHER_KINDS if part in self._parts), main)
        if begins in _OTHER_KINDS:
            what, remedy = _OTHER_KINDS[begins]
            raise UnreadableInputError(f"{name}: {what}, no Word document.", remedy)
        related = self._related(main)
        self._others = {kind: parts[0] for kind, parts in related.items()}
        self._around = {kind: related.get(kind, []) for kind in ("header", "footer")}
        self._body = self._root(main)
        self._numbers = Numbers(self._other("numbering"), self._other("styles"))
        self._cited: list[tuple[str, str]] = []

    def _related(self, part: str) -> dict[str, list[str]]:
        """Return the parts that *part* refers to, by the last word of their kind; the package itself is no part."""
        folder, file = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{file}.rels")
        if path not in self._parts:
            return {}
        found: dict[str, list[str]] = {}
        root = self._further(path, "main" if part else "")
        for relation in root.iter(_RELATIONSHIP) if root is not None else ():
            kind = relation.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
            if target in self._parts:
                found.setdefault(kind, []).append(target)
        return found

    def _other(self, kind: str) -> etree._Element | None:
        return self._further(self._others[kind], kind) if kind in self._others else None

    def _further(self, part: str, kind: str) -> etree._Element | None:
        """Return the root of a part that the text can stand without; None where it is damaged, which is told."""
        try:
            return self._root(part)
        except DAMAGED_ARCHIVE as error:
            self._spend(self._archive.getinfo(part).file_size)  # what was unpacked until the damage showed
            self._leave_out(part, kind, str(error))
        except etree.XMLSyntaxError as error:
            self._leave_out(part, kind, error.msg or "no XML")
        return None

    def _leave_out(self, part: str, kind: str, why: str) -> None:
        self.failures.append(
            f"{self._name}: {part} is damaged ({why}) and left out, and with it {_LOST[kind]}. "
            "Repair the document in Word and save it again."
        )

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise UnreadableInputError(
                f"{self._name}: larger than {LARGEST >> 20} MiB unpacked.", "Split the document."
            )

    def _root(self, part: str) -> etree._Element:
        with self._archive.open(part) as stream:
            content = stream.read(self._left + 1)
        self._spend(len(content))
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        # Documents that Word calls strict differ in the names of the namespaces only (ISO/IEC 29500-1 and -4).
        return etree.fromstring(content.replace(_STRICT, W[1:-1].encode()), parser)

    def text(self) -> str:
        """Return the text, each line ended."""
        lines = [*self._furniture("header"), *self._lines(self._body)]
        notes = {kind: root for kind in _NOTES.values() if (root := self._other(kind)) is not None}
        texts = {(kind, note.get(f"{W}id", "")): note for kind, root in notes.items() for note in root}
        for cited in dict.fromkeys(self._cited):
            if (note := texts.get(cited)) is not None:
                lines += [line.strip() for line in self._lines(note)]
        lines += self._furniture("footer")
        return "".join(f"{line}\n" for line in lines)

    def _furniture(self, kind: str) -> list[str]:
        """Return the lines of headers or footers, each once: sections and first pages have their own, often alike."""
        roots = [self._further(part, kind) for part in dict.fromkeys(self._around[kind])]
        lines = (line.strip() for root in roots if root is not None for line in self._lines(root))
        return list(dict.fromkeys(line for line in lines if not _PAGE_NUMBER.fullmatch(line)))

    def _lines(self, container: etree._Element) -> Iterator[str]:
        """Yield paragraphs and table rows; a paragraph whose end was deleted goes on in the next."""
        begun = ""
        for block in outermost(container, _BLOCKS, _LEFT_OUT):
            if block.tag == f"{W}tbl":
                yield from self._rows(block)
                continue
            boxes: list[str] = []
            begun += "".join(self._inline(block, boxes))
            if block.find(f"{W}pPr/{W}rPr/{W}del") is None:
                text, begun = self._numbers.label(block) + begun, ""
                if text or not boxes:
                    yield text
            yield from boxes
        if begun:
            yield begun

    def _inline(self, element: etree._Element, boxes: list[str]) -> Iterator[str]:
        """Yield the text of a paragraph in pieces; lines of its text boxes go to *boxes*."""
        for child in element:
            tag = child.tag
            if tag in (f"{W}t", _MATHS_TEXT):
                yield child.text or ""
            elif tag in _SIGNS:
                yield _SIGNS[tag]
            elif tag == f"{W}sym":
                yield _symbol(child)
            elif tag in _NOTES:
                self._cited.append((_NOTES[tag], child.get(f"{W}id", "")))
            elif tag == f"{W}txbxContent":
                boxes += self._lines(child)
            elif tag not in _LEFT_OUT and not (tag == f"{W}r" and _is_hidden(child)):
                yield from self._inline(child, boxes)

    def _rows(self, table: etree._Element) -> Iterator[str]:
        for row in outermost(table, _ROWS, _LEFT_OUT):
            if row.find(f"{W}trPr/{W}del") is None:
                cells = (" ".join(self._lines(cell)) for cell in outermost(row, _CELLS, _LEFT_OUT))
                yield "\t".join(re.sub(r"[\t\n]", " ", cell).rstrip(" ") for cell in cells)


def _is_hidden(run: etree._Element) -> bool:
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(f"{W}val") not in _OFF


def _symbol(element: etree._Element) -> str:
    """Return a sign of a symbol font that forms use; others have no character."""
    try:
        code = int(element.get(f"{W}char", ""), 16)
    except ValueError:
        return ""
    return _SYMBOLS.get((element.get(f"{W}font", "").lower(), code & 0xFF if code >> 8 == 0xF0 else code), "")
