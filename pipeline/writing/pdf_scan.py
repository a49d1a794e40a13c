"""A PDF of page images with invisible text behind every line: searchable, PDF/A-2b (ISO 19005-2).

The text is drawn in rendering mode 3 (ISO 32000-1, 9.3.6), as Tesseract and OCRmyPDF do. What was restored is
underlined in the colour of its status and carries a note with its probability and the other readings.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import cv2
import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image as Pillow
from PIL import ImageCms

from pipeline.edits import Edit
from pipeline.imaging.loading import PDF_DPI, Image, load_pages
from pipeline.writing.layout import Box, LaidPage, PageLine, xml_text
from pipeline.writing.pdf import COLOURS
from pipeline.writing.pdf_font import EmptyFont

DPI = 200
"""Resolution of grey and coloured pages: an access copy, 150-250 kB a page. Black and white ones stay as they are."""

QUALITY = 75
"""Of JPEG."""

_DESCENT = 0.12
"""Part of a line's height below its baseline."""

_PLAUSIBLE = (72, 1200)
"""Dots per inch that a page may claim; others are taken for ``PDF_DPI``."""

_SRGB = "sRGB IEC61966-2.1"
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<pdf:Producer>{producer}</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def resolution(path: Path) -> float:
    """Return the dots per inch of a file's pages as ``load_pages`` gives them."""
    if path.suffix.lower() == ".pdf":
        return PDF_DPI
    with Pillow.open(path) as image:
        dots = float(max(image.info.get("dpi", (0, 0))))
    return dots if _PLAUSIBLE[0] <= dots <= _PLAUSIBLE[1] else PDF_DPI


def scanned_pdf(pages: Iterable[LaidPage], source: Path, title: str, password: str | None = None) -> bytes:
    """Return the pages of *source* as a PDF in which the restored text can be searched and copied.

    Raises:
        FileAccessError: the source cannot be read.
        UnreadableInputError: it is damaged or encrypted.
    """
    from pipeline import __version__

    laid = {page.number: page for page in pages}
    dpi = resolution(source)
    with pikepdf.new() as pdf:
        font = EmptyFont({c for page in laid.values() for line in page.lines for c in line.text})
        resource = font.embedded(pdf)
        for number, image in load_pages(source, password):
            _add_page(pdf, image, dpi, laid.get(number), font, resource)
        _describe(pdf, title, f"buque {__version__}")
        buffer = io.BytesIO()
        pdf.save(buffer, deterministic_id=True, min_version="1.7")
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class _Scale:
    """From pixels of a page to points: ``dpi``, and the height of the page in pixels."""

    dpi: float
    height: int

    def length(self, pixels: float) -> float:
        """Return a length in points."""
        return pixels * 72 / self.dpi

    def y(self, pixels: float) -> float:
        """Return the height above the lower edge, in points."""
        return self.length(self.height - pixels)


def _add_page(
    pdf: pikepdf.Pdf, image: Image, dpi: float, laid: LaidPage | None, font: EmptyFont, resource: pikepdf.Object
) -> None:
    height, width = image.shape[:2]
    scale = _Scale(dpi, height)
    content = [f"q {scale.length(width):.3f} 0 0 {scale.length(height):.3f} 0 0 cm /Im Do Q"]
    notes: list[pikepdf.Object] = []
    for line in laid.lines if laid else ():
        content.append(_text(line, scale, font))
        for piece in line.pieces:
            if piece.edit:
                content.append(_underline(piece.edit, piece.box, scale))
                notes.append(_note(pdf, piece.edit, piece.box, scale))
    page = Dictionary(
        Type=Name.Page,
        MediaBox=[0, 0, round(scale.length(width), 3), round(scale.length(height), 3)],
        Resources=Dictionary(XObject=Dictionary(Im=_picture(pdf, image, dpi)), Font=Dictionary(F=resource)),
        Contents=pdf.make_stream("\n".join(content).encode("ascii")),
    )
    if notes:
        page.Annots = Array(notes)
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))


def _picture(pdf: pikepdf.Pdf, image: Image, dpi: float) -> pikepdf.Object:
    """Return a page as an image: black and white as it is, others as JPEG."""
    grey = bool((image == image[:, :, :1]).all())
    if grey and bool(((image == 0) | (image == 255)).all()):
        packed = np.packbits(image[:, :, 0] > 0, axis=1).tobytes()
        stream = pdf.make_stream(packed)  # compressed without loss when saved
        bits, space = 1, Name.DeviceGray
        height, width = image.shape[:2]
    else:
        if dpi > DPI:
            image = cv2.resize(image, None, fx=DPI / dpi, fy=DPI / dpi, interpolation=cv2.INTER_AREA).astype(np.uint8)
        height, width = image.shape[:2]
        picture = Pillow.fromarray(image[:, :, 0] if grey else np.ascontiguousarray(image[:, :, ::-1]))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=QUALITY)
        stream = pdf.make_stream(buffer.getvalue(), Filter=Name.DCTDecode)
        bits, space = 8, Name.DeviceGray if grey else Name.DeviceRGB
    for key, value in {
        "/Type": Name.XObject,
        "/Subtype": Name.Image,
        "/Width": width,
        "/Height": height,
        "/BitsPerComponent": bits,
        "/ColorSpace": space,
    }.items():
        stream[key] = value
    return stream


def _text(line: PageLine, scale: _Scale, font: EmptyFont) -> str:
    """Draw a line invisibly, every piece over its box."""
    size = scale.length(line.box.height)
    y = scale.y(line.box.bottom) + _DESCENT * size
    drawn = [f"BT 3 Tr /F {size:.3f} Tf"]
    for piece in line.pieces:
        if piece.text:
            stretch = 100 * scale.length(piece.box.width) / (size * len(piece.text))
            codes = font.encode(piece.text).hex()
            drawn.append(f"{stretch:.3f} Tz 1 0 0 1 {scale.length(piece.box.left):.3f} {y:.3f} Tm <{codes}> Tj")
    return " ".join([*drawn, "ET"])


def _underline(edit: Edit, box: Box, scale: _Scale) -> str:
    """Draw what marks a restored place: solid accepted, dashed suggested, dotted open."""
    red, green, blue = COLOURS[edit.status]
    dash = {"accepted": "[]", "suggested": "[3 2]", "open": "[1 1.5]"}[edit.status]
    left, right, y = scale.length(box.left), scale.length(box.right), scale.y(box.bottom) - 1
    return f"q {red} {green} {blue} RG 1 w {dash} 0 d {left:.3f} {y:.3f} m {right:.3f} {y:.3f} l S Q"


def _note(pdf: pikepdf.Pdf, edit: Edit, box: Box, scale: _Scale) -> pikepdf.Object:
    """Return an annotation that says what a place was, what it was read as, and what else it may be."""
    left, right = scale.length(box.left), scale.length(box.right)
    bottom, top = scale.y(box.bottom) - 2, scale.y(box.top)
    others = " · ".join(f"{text or '∅'} {100 * chance:.0f} %" for text, chance in edit.alternatives[:5])
    content = f"{edit.before or '∅'} → {edit.after or '∅'}  {100 * edit.probability:.0f} % {edit.status}"
    # PDF/A demands an appearance; the page draws the line itself.
    shape = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, right - left, top - bottom])
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Underline,
            Rect=[round(value, 3) for value in (left, bottom, right, top)],
            QuadPoints=[round(value, 3) for value in (left, top, right, top, left, bottom, right, bottom)],
            C=list(COLOURS[edit.status]),
            F=4,  # printed
            Contents=String(xml_text(f"{content}\n{others}".strip())),
            AP=Dictionary(N=shape),
        )
    )


@functools.cache
def srgb() -> bytes:
    """Return an ICC profile of sRGB, the same each time: when it was made (ICC.1, 7.2.8) is left out."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = (2000).to_bytes(2, "big") + (1).to_bytes(2, "big") * 2 + bytes(6)
    return bytes(profile)


def _describe(pdf: pikepdf.Pdf, title: str, producer: str) -> None:
    """Enter what PDF/A-2b demands of a file: metadata, output intent."""
    title = xml_text(title)
    metadata = _XMP.format(title=escape(title), producer=escape(producer)).encode("utf-8")
    pdf.docinfo["/Title"] = String(title)
    pdf.docinfo["/Producer"] = String(producer)
    pdf.Root.Metadata = pdf.make_stream(metadata, Type=Name.Metadata, Subtype=Name.XML)
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String(_SRGB),
        Info=String(_SRGB),
        DestOutputProfile=pdf.make_stream(srgb(), N=3),
    )
    pdf.Root.OutputIntents = Array([intent])
    pdf.Root.Lang = String("zh-CN")
