"""OFD to pages, the format of Chinese authorities for documents as they are printed (GB/T 33190-2016).

An OFD is an archive of XML. Its text objects say of every character where it stands, as the glyph layer of a PDF does,
so that lost glyphs are counted from advances alike. Nothing of it is drawn: characters that the file does not name stay
lost, and pictures are places that nothing is read of. Elements are known by their names in whatever namespace.
"""

from __future__ import annotations

import io
import math
import posixpath
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from pipeline.damage.hypotheses import is_han
from pipeline.document import Page, Portion
from pipeline.errors import FileAccessError, UnreadableInputError
from pipeline.imaging.loading import PDF_DPI, check_size
from pipeline.reading.docx import DAMAGED_ARCHIVE, LARGEST
from pipeline.reading.ofd_numbers import box_of, numbers, places
from pipeline.reading.pdf_glyphs import Glyph, PageContent
from pipeline.reading.pdf_layout import lay_out
from pipeline.reading.pdf_lines import lines_of

OFD_SUFFIX = ".ofd"
SCALE = PDF_DPI / 25.4
"""Pixels a millimetre, the unit of the format."""

MOST_GLYPHS, MOST_OF_PAGE = 2_000_000, 100_000
"""Characters of a document and of a page; a report of 1,000 pages has 800,000. A template is small and shown on every
page, and a few bytes of an archive unpack to a million equal characters."""

_A4 = (0.0, 0.0, 210.0, 297.0)
_NARROW = 0.5
"""Advance of a character that fills half a cell, font sizes."""

_THIN = 1.0
"""Millimetres up to which the box of a path is a ruled line."""

_UPRIGHT = 0.05
"""Slope up to which text is taken for level."""

_UNNAMED = frozenset({"Cc", "Cs", "Co", "Cn"})
"""General categories of code points that name no character; U+FFFD is another."""
_AS_PICTURES = "Print it to PDF: pictures of pages are read there."
_REMEDY = "Save it again, or print it to PDF."

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def read(path: Path) -> Portion:
    """Return the pages of a file, and why others could not be read.

    Raises:
        FileAccessError: it cannot be read.
        UnreadableInputError: it is no OFD, damaged, or grows too large when it is unpacked.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileAccessError(f"{path}: {error.strerror}.", "Check the path and its permissions.") from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            pages = list(_Package(archive, str(path)).pages())
    except DAMAGED_ARCHIVE as error:
        raise UnreadableInputError(f"{path}: no OFD, or damaged ({error}).", _REMEDY) from error
    shown = [page for page in pages if isinstance(page, Page)]
    if any(page.pictures for page in shown) and not any(page.lines for page in shown):
        raise UnreadableInputError(f"{path}: its pages are pictures, which are not read in an OFD.", _AS_PICTURES)
    failures = tuple((number, str(page)) for number, page in enumerate(pages, 1) if isinstance(page, Exception))
    return Portion(tuple(shown), failures)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Where the pieces of a page go: offset of an object and what its coordinates are turned by, millimetres."""

    left: float
    top: float
    matrix: Matrix

    def at(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self.matrix
        return (self.left + a * x + c * y + e) * SCALE, (self.top + b * x + d * y + f) * SCALE


class _Package:
    """An archive whose parts are read one by one; together they may unpack to ``LARGEST`` bytes."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._parts = {part.lower(): part for part in archive.namelist()}
        self._left = LARGEST
        self._glyphs_left = MOST_GLYPHS
        self._page_left = MOST_OF_PAGE
        self._fonts: dict[str, str] = {}
        self._templates: dict[str, etree._Element] = {}

    def _root(self, part: str) -> etree._Element:
        found = self._parts.get(part.lower())
        if found is None:
            raise UnreadableInputError(f"{self._name}: {part} is not in it.", _REMEDY)
        with self._archive.open(found) as stream:
            content = stream.read(self._left + 1)
        self._left -= len(content)
        if self._left < 0:
            raise UnreadableInputError(f"{self._name}: larger than {LARGEST >> 20} MiB unpacked.", "Split it.")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise UnreadableInputError(f"{self._name}: {part} is damaged ({error.msg}).", _REMEDY) from error

    def _count(self, glyphs: int) -> None:
        """Refuse what has more characters than a page or a document can have."""
        self._glyphs_left -= glyphs
        self._page_left -= glyphs
        if min(self._glyphs_left, self._page_left) < 0:
            raise UnreadableInputError(f"{self._name}: more characters than a page or a report can have.", "Split it.")

    def pages(self) -> Iterator[Page | UnreadableInputError]:
        """Yield the pages of all documents of the package, or what is wrong with one."""
        roots = [(body.text or "").strip() for body in _named(self._root("OFD.xml"), "DocRoot")]
        number = 0
        for root in roots:
            main = _joined("", root)
            document = self._root(main)
            box = next((box_of(area.text) for area in _named(document, "PhysicalBox")), None) or _A4
            self._resources(document, main)
            for page in _named(document, "Page"):
                number += 1
                try:
                    yield self._page(number, _joined(main, page.get("BaseLoc", "")), box)
                except UnreadableInputError as error:
                    if min(self._left, self._glyphs_left) < 0:
                        raise
                    yield error
        if not number:
            raise UnreadableInputError(f"{self._name}: the OFD has no pages.", _REMEDY)

    def _resources(self, document: etree._Element, main: str) -> None:
        """Learn the names of a document's fonts, and the pages that others of it are printed on."""
        self._fonts.clear()
        self._templates.clear()
        for template in _named(document, "TemplatePage"):
            part = _joined(main, template.get("BaseLoc", ""))
            if part.lower() in self._parts:
                self._templates[template.get("ID", "")] = self._root(part)
        for listed in _named(document, "PublicRes", "DocumentRes"):
            part = _joined(main, (listed.text or "").strip())
            if part.lower() in self._parts:
                for font in _named(self._root(part), "Font"):
                    self._fonts[font.get("ID", "")] = font.get("FontName") or font.get("FamilyName") or ""

    def _page(self, number: int, part: str, usual: tuple[float, float, float, float]) -> Page:
        self._page_left = MOST_OF_PAGE
        root = self._root(part)
        box = next((box_of(area.text) for area in _named(root, "PhysicalBox")), None) or usual
        size = math.ceil(box[2] * SCALE), math.ceil(box[3] * SCALE)
        check_size(*size, f"{self._name}, page {number}")
        content = PageContent(*size)
        below = (self._templates.get(one.get("TemplateID", "")) for one in _named(root, "Template"))
        for layer in (*(one for one in below if one is not None), root):
            self._draw(layer, content)
        content.clip_pictures()
        upright = [glyph for glyph in content.glyphs if glyph.upright]
        notes: tuple[str, ...] = ()
        if len(upright) < len(content.glyphs):
            notes = (f"{len(content.glyphs) - len(upright)} vertical or turned characters set aside",)
        named = sum(bool(glyph.text) for glyph in upright)
        reason = f"{named} characters named by the file"
        if len(upright) > named:
            reason += f", {len(upright) - named} lost"
        laid = lay_out([glyph for line in lines_of(upright) for glyph in line], content)
        notes += laid.notes
        if laid.pictures:
            notes += (f"pictures, of which nothing is read: {len(laid.pictures)}",)
        return Page(number, *size, 0.0, laid.lines, "glyph layer", reason, notes, laid.pictures)

    def _draw(self, root: etree._Element, content: PageContent) -> None:
        for element in _named(root, "TextObject", "PathObject", "ImageObject"):
            box = box_of(element.get("Boundary"))
            if box is None or element.get("Visible") in ("false", "0"):
                continue
            found = numbers(element.get("CTM"))
            matrix = found if len(found) == 6 else _IDENTITY
            drawn = _Drawn(box[0], box[1], (matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]))
            kind = etree.QName(element).localname
            if kind == "TextObject":
                content.glyphs.extend(self._glyphs(element, drawn))
            elif kind == "ImageObject":
                content.pictures.append(_scaled(box))
            elif min(box[2], box[3]) <= _THIN:
                content.rules.append(_scaled(box))
            else:
                content.rules.extend(_rules(element, drawn))

    def _glyphs(self, element: etree._Element, drawn: _Drawn) -> Iterator[Glyph]:
        sizes = numbers(element.get("Size"))
        if not sizes or not 0 < sizes[0] < 1000:
            return
        font = element.get("Font", "")
        name = self._fonts.get(font) or font
        a, b, c, d, _, _ = drawn.matrix
        across, size = sizes[0] * math.hypot(a, b), sizes[0] * math.hypot(c, d)
        across *= next(iter(numbers(element.get("HScale"))), 1.0)
        level = a > 0 and abs(b) <= _UPRIGHT * a and not any(_turned(element, key) for key in ("Char", "Read"))
        drawn_by = _glyph_numbers(element)
        done = 0
        for code in _named(element, "TextCode"):
            text = (code.text or "").strip("\r\n\t")
            self._count(len(text))
            stand = list(places(code, len(text), sizes[0]))
            for at, (char, (x, y)) in enumerate(zip(text, stand, strict=True)):
                left, baseline = drawn.at(x, y)
                ahead = drawn.at(*stand[at + 1])[0] - left if at + 1 < len(stand) else math.inf
                full = across * SCALE * (1.0 if _is_wide(char) else _NARROW)
                advance = ahead if 0.5 * full < ahead < full or (ahead < 2 * full and not _is_wide(char)) else full
                down = len(stand) > 1 and abs(stand[1][0] - stand[0][0]) < abs(stand[1][1] - stand[0][1])
                identity = f"{font}/{drawn_by[done + at]}" if done + at in drawn_by else ""
                yield Glyph(
                    "" if unicodedata.category(char) in _UNNAMED or char == "\ufffd" else char,
                    identity, name, left, left + advance, baseline, size * SCALE, level and not down,
                )  # fmt: skip
            done += len(text)


def _named(root: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the elements of these names, in any namespace, in order."""
    yield from root.iter(*(f"{{*}}{name}" for name in names))


def _joined(part: str, location: str) -> str:
    """Return the part that a *location* in another part names (GB/T 33190, 7.1)."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), location)).lstrip("/")


def _scaled(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, width, height = box
    return left * SCALE, top * SCALE, (left + width) * SCALE, (top + height) * SCALE


def _turned(element: etree._Element, which: str) -> bool:
    return element.get(f"{which}Direction", "0") not in ("0", "360")


def _is_wide(char: str) -> bool:
    return is_han(char) or unicodedata.east_asian_width(char) in "WFA" or unicodedata.category(char) in _UNNAMED


def _glyph_numbers(element: etree._Element) -> Mapping[int, int]:
    """Return the numbers of glyphs that codes are drawn by, by the position of the code (GB/T 33190, 11.4)."""
    found: dict[int, int] = {}
    for transform in _named(element, "CGTransform"):
        start, glyphs = numbers(transform.get("CodePosition", "0")), "".join(transform.itertext())
        for at, number in enumerate(numbers(glyphs)) if start else ():
            found[int(start[0]) + at] = int(number)
    return {at: number for at, number in found.items() if number}  # 0 is .notdef, which stands for any character


def _rules(element: etree._Element, drawn: _Drawn) -> Iterator[tuple[float, float, float, float]]:
    """Yield the level and upright lines of a path (GB/T 33190, 9.1: M and L with a point each, C closes)."""
    data = "".join("".join(one.itertext()) for one in _named(element, "AbbreviatedData"))
    last: tuple[float, float] | None = None
    for sign, x, y in re.findall(r"([ML])\s+([-+.\d]+)\s+([-+.\d]+)", data):
        point: Sequence[float] = numbers(f"{x} {y}")
        if len(point) != 2:
            return
        place = drawn.at(point[0], point[1])
        if sign == "L" and last and min(abs(place[0] - last[0]), abs(place[1] - last[1])) <= _THIN * SCALE:
            yield min(place[0], last[0]), min(place[1], last[1]), max(place[0], last[0]), max(place[1], last[1])
        last = place
