"""Every reader with files it can read, as seeds, and the call that is to survive what is made of them."""

from __future__ import annotations

import functools
import io
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from pipeline import Settings, restore
from pipeline.batch.store import Store
from pipeline.decision.parallels import read_references
from pipeline.imaging.loading import count_pages, load_page
from pipeline.profile import Calibration, Confusion, LearntTerm, Passage, Profile, read_profile
from pipeline.reading import ocr_xml
from pipeline.reading.pages import read_scan
from pipeline.reading.source import STDIN, read_source
from pipeline.reading.text import decode
from pipeline.review.decisions import Decision, carry_out, dump, read_decisions
from pipeline.review.stored import faults, load
from pipeline.vocabulary.terms import read_terms
from pipeline.writing.files import document_files
from pipeline.writing.formats import render

TEXT = "推进政府信息公开工作，深入贯彻落□条例。\n（一）主动公开政府信息12▭条。\n"
FONT = "/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf"
ENGINE = "scripts.fuzzing.readers:Blind"


class Blind:
    """An engine that sees nothing: what is tried is everything before it."""

    def read(self, lines: list[object]) -> list[list[object]]:
        """Return no character for each line."""
        return [[] for _ in lines]


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader.

    Attributes:
        suffix: of the file it is given.
        seeds: files it can read.
        call: what is to survive; it gets the file.
        cost: how much rarer than the others it is tried.
    """

    suffix: str
    seeds: Callable[[], list[bytes]]
    call: Callable[[Path], object]
    cost: int = 1


def _page(mode: str = "L") -> Image.Image:
    image = Image.new(mode, (420, 300), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 24)
    for row in range(6):
        draw.text((30, 30 + 40 * row), "推进政府信息公 开工作情况", font=font, fill="black")
    return image


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def texts() -> list[bytes]:
    """Return a text in every encoding."""
    return [TEXT.encode(name) for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030")]


def pngs() -> list[bytes]:
    """Return PNG files of several kinds."""
    return [_saved(_page(mode), "PNG") for mode in ("L", "RGB", "RGBA", "1")]


def jpegs() -> list[bytes]:
    """Return JPEG files."""
    return [_saved(_page(), "JPEG"), _saved(_page("RGB"), "JPEG", progressive=True)]


def tiffs() -> list[bytes]:
    """Return TIFF files of one and of two pages."""
    kinds = ("raw", "tiff_lzw", "tiff_deflate")
    many = [_saved(_page(), "TIFF", save_all=True, append_images=[_page()], compression=kind) for kind in kinds]
    return [*many, _saved(_page("1"), "TIFF", compression="group4")]


def pdfs() -> list[bytes]:
    """Return a PDF of text and one of a picture."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    stream = io.BytesIO()
    drawn = canvas.Canvas(stream, pagesize=(300, 200), pageCompression=0)
    drawn.setFont("STSong-Light", 12)
    for row, line in enumerate(TEXT.replace("□", "").replace("▭", "").splitlines()):
        drawn.drawString(20, 160 - 20 * row, line)
    drawn.showPage()
    drawn.save()
    return [stream.getvalue(), _saved(_page(), "PDF")]


@functools.cache
def _stored() -> dict[str, bytes]:
    """Return the files of a restored document."""
    settings = Settings(beam=5, fill="best")
    return document_files(restore(TEXT, settings), settings, "a", ("alto", "hocr", "page", "tei"))


def xmls() -> list[bytes]:
    """Return hOCR, ALTO and PAGE files, as Buque writes them."""
    return [content for name, content in _stored().items() if name.endswith((".xml", ".hocr", "hocr.html"))]


def _try_ocr(path: Path) -> None:
    lines = ocr_xml.read(path.read_bytes(), "x")
    assert len(ocr_xml.text_of(lines)) == len(ocr_xml.places_of(lines))


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
    ]
    return [dump(made).encode()]


def webs() -> list[bytes]:
    """Return HTML pages in two encodings."""
    page = f"<!DOCTYPE html><html><body><p>{TEXT}</p><table><tr><td>公开</td><td>12</td></tr></table></body></html>"
    return [page.encode(), page.encode("gb18030")]


@functools.cache
def words() -> list[bytes]:
    """Return Word documents, packed and unpacked."""
    settings = Settings(beam=5, fill="best")
    (packed,) = render(restore(TEXT, settings), settings, "a", "docx").values()
    assert isinstance(packed, bytes)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as parts, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as plain:
        for name in parts.namelist():
            plain.writestr(name, parts.read(name))
    return [packed, stream.getvalue()]


def _try_source(path: Path) -> None:
    read_source(path.read_bytes(), str(path))


def _try_stored(name: str, path: Path) -> None:
    """Put a damaged file in the place of a whole one in an output folder."""
    folder = path.parent / "out" / "a"
    folder.mkdir(parents=True, exist_ok=True)
    for other, content in _stored().items():
        (folder / other).write_bytes(content)
    (folder / name).write_bytes(path.read_bytes())
    stored = load(folder)
    list(faults(folder))
    carry_out(stored, read_decisions(_decisions_beside(path)))


def _decisions_beside(path: Path) -> Path:
    beside = path.parent / "decisions.jsonl"
    beside.write_bytes(decisions()[0])
    return beside


def _try_decisions(path: Path) -> None:
    folder = path.parent / "out" / "a"
    folder.mkdir(parents=True, exist_ok=True)
    for other, content in _stored().items():
        (folder / other).write_bytes(content)
    carry_out(load(folder), read_decisions(path))


def _try_image(path: Path) -> None:
    for number in range(1, min(count_pages(path), 3) + 1):
        load_page(path, number)
    read_scan(path, Settings(ocr=ENGINE))  # type: ignore[arg-type]


def _try_store(path: Path) -> None:
    store = Store(path)
    try:
        store.enter(["/in/a.txt"], store.begin_run("now", "0", "{}"))
        list(store.documents(1))
    finally:
        store.close()


def stores() -> list[bytes]:
    """Return a run store."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.sqlite"
        store = Store(path)
        store.enter([f"/in/{number}.txt" for number in range(50)], store.begin_run("now", "0", "{}"))
        store.close()
        return [path.read_bytes()]


def _references(path: Path) -> object:
    return read_references(path.parent)


READERS: dict[str, Reader] = {
    "text": Reader(".txt", texts, lambda path: decode(path.read_bytes(), "x")),
    "png": Reader(".png", pngs, _try_image, 4),
    "jpeg": Reader(".jpg", jpegs, _try_image, 4),
    "tiff": Reader(".tif", tiffs, _try_image, 4),
    "pdf": Reader(".pdf", pdfs, _try_image, 4),
    "xml": Reader(".xml", xmls, _try_ocr),
    "profile": Reader(".jsonl", profiles, lambda path: read_profile(path).dump()),
    "html": Reader(".html", webs, _try_source),
    "docx": Reader(".docx", words, _try_source),
    "stdin": Reader(
        "", lambda: [*texts(), *xmls(), *webs(), *words()], lambda path: read_source(path.read_bytes(), STDIN)
    ),
    "decisions": Reader(".jsonl", decisions, _try_decisions),
    "edits": Reader(".jsonl", lambda: [_stored()["edits.jsonl"]], functools.partial(_try_stored, "edits.jsonl")),
    "report": Reader(".json", lambda: [_stored()["report.json"]], functools.partial(_try_stored, "report.json")),
    "vocabulary": Reader(
        ".tsv",
        lambda: ["公开\t政策\t9\n条例\n# x\n".encode()],
        lambda path: list(read_terms(decode(path.read_bytes(), "x")[0])),
    ),
    "references": Reader(".txt", texts, _references),
    "store": Reader(".sqlite", stores, _try_store, 2),
    "whole": Reader(".txt", texts, lambda path: restore(path, Settings(jobs=1, beam=5)), 40),
}
"""By name; ``whole`` is the way of a text from file to edits."""
