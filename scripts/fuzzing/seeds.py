"""Files that can be read, small and of every kind: what damage is done to."""

from __future__ import annotations

import functools
import io
import random
import zipfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pipeline import Settings, restore
from pipeline.profile import Calibration, Confusion, LearntTerm, Passage, Profile
from pipeline.review.decisions import Decision, dump
from pipeline.vocabulary.forms.templates import forms
from pipeline.writing.files import document_files
from pipeline.writing.formats import FORMATS

TEXT = "推进政府信息公开工作，深入贯彻落□条例。\n（一）主动公开政府信息12▭条。\n"
PROSE = (
    "一、概述\n2018年，全县主动公开政府信息1203条，其中，政务动态信息更新量812条，\n"
    "信息公开目录信息更新量391条。二 、依申请公开情况\n兀、存在的问题\n〔2018153号文件要求，于201812月31日前\n"
    "完成。详见（附件1》。邮箱：abc@l63.com，电话０９７４－8512345。\n进进一步加强讲一步 落实\n"
)
LOST = "".join("  " if ord(char) % 3 == 0 else char for char in PROSE * 3)
FONT = "/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf"
SAMPLES = Path(__file__).parent / "samples"


def page(mode: str = "L", ruled: bool = False) -> Image.Image:
    """Return a small page of text, with the rules of a table where it is *ruled*."""
    image = Image.new(mode, (420, 300), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 24)
    for row in range(6):
        draw.text((30, 30 + 40 * row), "推进政府信息公 开工作情况", font=font, fill="black")
        if ruled:
            draw.line((20, 20 + 40 * row, 400, 20 + 40 * row), fill="black", width=2)
            draw.line((20 + 76 * row, 20, 20 + 76 * row, 220), fill="black", width=2)
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture as a file of a *kind* that Pillow knows."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def texts() -> list[bytes]:
    """Return a text in every encoding."""
    kinds = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030")
    return [*(TEXT.encode(name) for name in kinds), "推進政府資訊公開，是一個有的不。".encode("big5")]


@functools.cache
def tables() -> list[bytes]:
    """Return standard forms as tables of every notation, with numbers, gaps and a lost label."""
    generator = random.Random(1)
    found = []
    for form in forms()[:4]:
        rows = [(row.label, *(str(generator.randrange(99)) for _ in range(3))) for row in form.rows[:12]]
        rows[3] = ("", *rows[3][1:])
        rows[5] = (rows[5][0][:2], "", *rows[5][2:])
        found += [
            "\n".join("\t".join(row) for row in rows),
            "\n".join(
                [f"|{'|'.join(row)}|" for row in rows[:1]] + ["|---|"] + [f"|{'|'.join(row)}|" for row in rows[1:]]
            ),
            "<table>"
            + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
            + "</table>",
            "\n".join("  ".join(cell.ljust(8) for cell in row) for row in rows),
        ]
    return [f"{PROSE}{text}\n{PROSE}".encode() for text in found]


def documents() -> list[bytes]:
    """Return texts with damage of every kind: what goes all the way."""
    mojibake = PROSE.encode().decode("latin-1").encode()
    return [*texts(), PROSE.encode(), LOST.encode(), mojibake, PROSE.replace("\n", "\r\n").encode("gb18030"), *tables()]


def pngs() -> list[bytes]:
    """Return PNG files of several kinds."""
    return [*(saved(page(mode), "PNG", dpi=(200, 100)) for mode in ("L", "RGB", "RGBA", "1")), _ruled()]


def _ruled() -> bytes:
    return saved(page("P", ruled=True), "PNG")


def jpegs() -> list[bytes]:
    """Return JPEG files."""
    turned = Image.Exif()
    turned[0x0112] = 6
    kinds = [saved(page(), "JPEG"), saved(page("RGB"), "JPEG", progressive=True), saved(page("CMYK"), "JPEG")]
    return [*kinds, saved(page("RGB", ruled=True), "JPEG", exif=turned)]


def tiffs() -> list[bytes]:
    """Return TIFF files of one and of two pages."""
    kinds = ("raw", "tiff_lzw", "tiff_deflate", "packbits", "jpeg")
    many = [saved(page(), "TIFF", save_all=True, append_images=[page()], compression=kind) for kind in kinds]
    faxes = [saved(page("1"), "TIFF", compression=kind) for kind in ("group3", "group4")]
    return [*many, *faxes, saved(page("I;16"), "TIFF"), saved(page("CMYK"), "TIFF")]


@functools.cache
def stored() -> dict[str, bytes]:
    """Return the files of a restored document."""
    settings = Settings(beam=5, fill="best")
    return document_files(restore(TEXT, settings), settings, "a", ("alto", "hocr", "page", "tei"))


def xmls() -> list[bytes]:
    """Return hOCR, ALTO and PAGE files, as Buque and as other tools write them."""
    ours = [content for name, content in stored().items() if name.endswith((".xml", ".hocr", "hocr.html"))]
    others = [(SAMPLES / name).read_bytes() for name in ("other.hocr", "page.xml", "alto.xml")]
    return [*ours, *others, others[1].decode().encode("utf-16")]


def profiles() -> list[bytes]:
    """Return a profile with a fact of every kind."""
    origin = {"document": "a", "who": "li", "when": "2026-01-01"}
    facts = (
        LearntTerm(text="措玛县", count=3, **origin),
        Passage(text="到措玛县政务服务中心查阅", count=1, **origin),
        Confusion(seen="兀", true="四", right=2, wrong=0, **origin),
        Calibration(of="exact", places=9, right=7, promised=7.5, variance=1.1, **origin),
    )
    return [Profile(facts).dump().encode()]


def decisions() -> list[bytes]:
    """Return a decisions.jsonl."""
    made = [
        Decision("a", "17-18", "□", "accept", "实", "li", "2026-01-01T00:00:00Z"),
        Decision("a", "33-34", "▭", "reject", "", "wang", "2026-01-02T00:00:00Z"),
        Decision("a", "17-18", "□", "undo", "", "li", "2026-01-03T00:00:00Z"),
    ]
    return [dump(made).encode()]


def webs() -> list[bytes]:
    """Return HTML pages in several encodings, with what browsers treat in their own way."""
    page = f"<!DOCTYPE html><html><body><p>{TEXT}</p><table><tr><td>公开</td><td>12</td></tr></table></body></html>"
    rich = (SAMPLES / "rich.html").read_text(encoding="utf-8")
    return [page.encode(), page.encode("gb18030"), rich.encode("gb18030"), rich.encode("utf-16")]


@functools.cache
def words() -> list[bytes]:
    """Return Word documents, packed and unpacked."""
    packed = document_files(restore(TEXT, Settings(beam=5)), Settings(beam=5), "a", ("docx",))["restored.docx"]
    rich, plain = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(rich, "w") as archive:
        for part in sorted((SAMPLES / "word").rglob("*.*")):
            archive.writestr(str(part.relative_to(SAMPLES)), part.read_bytes())
    with zipfile.ZipFile(io.BytesIO(packed)) as parts, zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
        for name in parts.namelist():
            archive.writestr(name, parts.read(name))
    return [packed, plain.getvalue(), rich.getvalue()]


def vocabularies() -> list[bytes]:
    """Return a user's list of terms."""
    return ["公开\t政策\t9\n条例\n# x\n措玛县政务服务中心\tplace\t100\n".encode(), "措玛县\n青云县\n".encode("gb18030")]


def requests() -> list[bytes]:
    """Return what a browser asks of the review server; HOST and TOKEN are put in before they are sent."""
    head = b"Host: HOST\r\nX-Token: TOKEN\r\n"
    body = decisions()[0]
    post = b"POST /decisions HTTP/1.1\r\n%sOrigin: http://HOST\r\nContent-Length: %d\r\n\r\n%s" % (
        head,
        len(body),
        body,
    )
    paths = (b"/", b"/?token=TOKEN", b"/a?token=TOKEN", b"/a/decisions", b"/%2e%2e/a", b"/b")
    return [*(b"GET %s HTTP/1.1\r\n%s\r\n" % (path, head) for path in paths), post]


def names() -> list[bytes]:
    """Return paths of files."""
    return [path.encode() for path in ("/in/报告.tar.txt", "/in/sub/é.pdf", "/a", "/in/CON.txt", "/in/.x")]


ALL_FORMATS = tuple(FORMATS)


def ofds() -> list[bytes]:
    """Return an OFD of two pages: text with skipped glyphs, shrunk and turned, in ruled cells, over a template."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    code = '<ofd:TextCode X="0" Y="5" DeltaX="5 10 g 3 5 10">推进公开工作。</ofd:TextCode>'
    turned = '<ofd:TextCode X="0" Y="5" DeltaY="g 3 5">竖排文字</ofd:TextCode>'
    glyphs = '<ofd:CGTransform CodePosition="1" CodeCount="2"><ofd:Glyphs>41 42</ofd:Glyphs></ofd:CGTransform>'
    drawn = "".join(
        f'<ofd:TextObject Boundary="30 {40 + 9 * at} 150 6" Size="5" Font="3" {more}</ofd:TextObject>'
        for at, more in enumerate((f">{code}", f'CTM="0.5 0 0 0.5 0 0">{glyphs}{code}', f">{turned}"))
    )
    path = "<ofd:AbbreviatedData>M 0 0 L 100 0 L 100 30 L 0 30 L 0 0 C</ofd:AbbreviatedData>"
    drawn += f'<ofd:PathObject Boundary="25 90 100 30">{path}</ofd:PathObject><ofd:ImageObject Boundary="9 9 9 9"/>'
    page = f"<ofd:Content><ofd:Layer>{drawn}</ofd:Layer></ofd:Content>"
    root = "Doc_0/Document.xml"
    shared = '<ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:TemplatePage ID="7" BaseLoc="T.xml"/>'
    listed = '<ofd:Page BaseLoc="P0.xml"/><ofd:Page BaseLoc="P1.xml"/>'
    parts = {
        "OFD.xml": f"<ofd:OFD {space}><ofd:DocBody><ofd:DocRoot>{root}</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        root: f"<ofd:Document {space}><ofd:CommonData>{shared}</ofd:CommonData>{listed}</ofd:Document>",
        "Doc_0/PublicRes.xml": f'<ofd:Res {space}><ofd:Font ID="3" FontName="仿宋"/></ofd:Res>',
        "Doc_0/T.xml": f"<ofd:Page {space}>{page}</ofd:Page>",
        "Doc_0/P0.xml": f'<ofd:Page {space}><ofd:Template TemplateID="7"/>{page}</ofd:Page>',
        "Doc_0/P1.xml": f"<ofd:Page {space}><ofd:PhysicalBox>0 0 297 210</ofd:PhysicalBox>{page}</ofd:Page>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return [made.getvalue()]
