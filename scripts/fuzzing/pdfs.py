"""PDFs that can be read, nothing in them compressed, so that damage reaches what they hold."""

from __future__ import annotations

import functools
import io
import random
import tempfile
from pathlib import Path

import pikepdf
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from scripts.fuzzing.seeds import TEXT, page, saved
from scripts.lab_pdf import Sheet, sheets_of, variants, write_pdf

PASSWORD = "x"


def _plain(pdf: pikepdf.Pdf) -> bytes:
    """Return a PDF without compression, so that damage reaches what it holds."""
    stream = io.BytesIO()
    decoded = pikepdf.StreamDecodeLevel.generalized
    pdf.save(
        stream,
        compress_streams=False,
        stream_decode_level=decoded,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        static_id=True,
    )
    return stream.getvalue()


def _typed() -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    stream = io.BytesIO()
    drawn = canvas.Canvas(stream, pagesize=(300, 200), pageCompression=0)
    drawn.setFont("STSong-Light", 12)
    for row, line in enumerate(TEXT.replace("□", "").replace("▭", "").splitlines()):
        drawn.drawString(20, 160 - 20 * row, line)
    drawn.rotate(90)
    drawn.drawString(20, -280, "竖排")
    drawn.showPage()
    drawn.save()
    return stream.getvalue()


_CONTENT = b"""q 1 0 0 1 0 0 cm BT /F1 12 Tf 20 160 Td [(ab) -200 (a)] TJ 0 -20 Td /F2 12 Tf <4E004E8C4E09> Tj ET Q
/Fm Do q 100 0 0 50 20 20 cm /Im Do Q 20 80 m 280 80 l S 20 70 100 30 re f
q 20 0 0 20 250 20 cm BI /W 4 /H 4 /BPC 8 /CS /G ID 0123456789abcdef EI Q
BT 3 Tr /F3 10 Tf 50 Tz 2 Ts 1 0 0 1 20 120 Tm (Plain \\050text\\051) ' ET
"""
_MAP = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def
1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <61> <63A8> endbfchar
1 beginbfrange <62> <64> <8FDB> endbfrange 1 beginbfrange <65> <66> [<516C> <5F00>] endbfrange endcmap end end
"""


@functools.cache
def fonts() -> list[bytes]:
    """Return PDFs with fonts of every kind, maps, forms, an inline picture and one of JPEG 2000, nothing compressed."""
    pdf = pikepdf.new()
    sheet = pdf.add_blank_page(page_size=(300, 200))
    shape = pikepdf.Stream(pdf, b"600 0 d0 0 0 500 500 re f")
    type3 = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type3,
            FontBBox=[0, 0, 600, 600],
            FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
            CharProcs=pikepdf.Dictionary(a=shape, b=shape),
            Encoding=pikepdf.Dictionary(Type=pikepdf.Name.Encoding, Differences=[97, pikepdf.Name.a, pikepdf.Name.b]),
            FirstChar=97,
            LastChar=98,
            Widths=[600, 600],
            ToUnicode=pikepdf.Stream(pdf, _MAP),
        )
    )
    info = pikepdf.Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("GB1"), Supplement=2)
    below = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType0,
        BaseFont=pikepdf.Name("/STSong-Light"),
        CIDSystemInfo=info,
        DW=1000,
        W=[1, [500, 500], 10, 20, 700],
        DW2=[880, -1000],
    )
    composite = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=pikepdf.Name("/STSong-Light"),
        Encoding=pikepdf.Name("/UniGB-UCS2-H"),
        DescendantFonts=[pdf.make_indirect(below)],
    )
    simple = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    form = pikepdf.Stream(pdf, b"BT /F2 12 Tf 1 0 0 1 20 100 Tm <516C5F00> Tj ET")
    form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 300, 200]
    picture = pikepdf.Stream(pdf, saved(page("L").resize((64, 48)), "JPEG2000"))
    picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    picture.Width, picture.Height, picture.Filter = 64, 48, pikepdf.Name.JPXDecode
    every = pikepdf.Dictionary(F1=type3, F2=pdf.make_indirect(composite), F3=simple)
    form.Resources = pikepdf.Dictionary(Font=every)
    sheet.Resources = pikepdf.Dictionary(Font=every, XObject=pikepdf.Dictionary(Fm=form, Im=picture))
    sheet.Contents = pikepdf.Stream(pdf, _CONTENT)
    found = [_plain(pdf)]
    sheets: list[Sheet] = sheets_of("推进政府信息公开工作，深入贯彻落实条例。", "song")
    lost = frozenset("政信公")
    with tempfile.TemporaryDirectory() as folder:
        for number, damage in enumerate(variants(lost, random.Random(1), sorted(set("推进政府信息公开"))).values()):
            path = Path(folder, f"{number}.pdf")
            write_pdf(path, sheets, {"song": damage})
            with pikepdf.open(path) as made:
                found.append(_plain(made))
    return found


@functools.cache
def pdfs() -> list[bytes]:
    """Return PDFs of text, of a picture, of both, and an encrypted one."""
    typed, scanned = _typed(), saved(page(), "PDF", resolution=100)
    with pikepdf.open(io.BytesIO(typed)) as one, pikepdf.open(io.BytesIO(scanned)) as other:
        one.pages.extend(other.pages)
        one.pages[1].Rotate = 90
        both, locked = _plain(one), io.BytesIO()
        one.save(locked, encryption=pikepdf.Encryption(owner=PASSWORD, user=PASSWORD))
    return [typed, scanned, both, locked.getvalue()]
