"""PDFs of page images with invisible text: searchable, sound, and what PDF/A-2b demands."""

import io
import subprocess
from dataclasses import replace
from shutil import which

import numpy as np
import pikepdf
import pytest
from lxml import etree
from PIL import Image, ImageDraw, ImageFont
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings import Settings
from pipeline.writing.files import document_files
from pipeline.writing.formats import render
from pipeline.writing.pdf_scan import scanned_pdf
from tests.test_ocr_files import FONT
from tests.test_printed import EDITS, scanned

__all__ = ["scanned"]
SIZES = ((400, 500), (300, 600))


def source(folder, mode):
    """Write the two pages of the document of tests/test_printed.py."""
    pages = []
    for number, size in enumerate(SIZES):
        page = Image.new("L", size, "white")
        ImageDraw.Draw(page).rectangle((50, 90, 200 + 40 * number, 138), fill=0 if mode == "1" else 90)
        pages.append(page.convert(mode))
    pages[0].save(folder / "a.tif", save_all=True, append_images=pages[1:], dpi=(150, 150))
    return folder / "a.tif"


def written(scanned, folder, mode="L"):
    return render(scanned, Settings(), "甲<&>", "pdf", source(folder, mode))["restored.pdf"]


needs_poppler = pytest.mark.skipif(not which("pdftotext"), reason="poppler-utils is not installed")


@needs_poppler
@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_text_is_found_in_reading_order(scanned, tmp_path, mode):
    (tmp_path / "a.pdf").write_bytes(written(scanned, tmp_path, mode))
    for layout in ([], ["-raw"]):
        command = ["pdftotext", *layout, tmp_path / "a.pdf", "-"]
        text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        assert "".join(text.split()) == "".join(scanned.text.split())


@pytest.mark.skipif(not which("qpdf"), reason="qpdf is not installed")
def test_qpdf_finds_no_fault(scanned, tmp_path):
    (tmp_path / "a.pdf").write_bytes(written(scanned, tmp_path))
    subprocess.run(["qpdf", "--check", tmp_path / "a.pdf"], check=True, capture_output=True)


def test_it_is_what_pdf_a_2b_demands(scanned, tmp_path):
    data = written(scanned, tmp_path, "RGB")
    assert data[:8] == b"%PDF-1.7" and max(data[9:14]) > 127  # a comment of bytes beyond ASCII (6.1.2)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "/ID" in pdf.trailer and "/Encrypt" not in pdf.trailer
        xmp = etree.fromstring(bytes(pdf.Root.Metadata.read_bytes()))
        assert (xmp.findtext(".//{*}part"), xmp.findtext(".//{*}conformance")) == ("2", "B")
        assert xmp.findtext(".//{*}title//{*}li") == str(pdf.docinfo["/Title"]) == "甲<&>"
        assert xmp.findtext(".//{*}Producer") == str(pdf.docinfo["/Producer"])
        assert "/Filter" not in pdf.Root.Metadata  # 6.6.2.1 lets metadata be read by who knows no PDF
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1" and intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"
        assert not {"/AA", "/OpenAction", "/AcroForm", "/Names"} & set(pdf.Root.keys())
        for page in pdf.pages:
            (font,) = page.Resources.Font.values()
            (below,) = font.DescendantFonts
            assert below.FontDescriptor.FontFile2.read_bytes()[:4] == b"\0\1\0\0"
            assert font.ToUnicode and below.CIDToGIDMap and font.Encoding == "/Identity-H"
            for note in page.get("/Annots", []):
                assert int(note.F) == 4 and list(note.AP.keys()) == ["/N"]


def test_what_was_restored_is_underlined_and_says_why(scanned, tmp_path):
    with pikepdf.open(io.BytesIO(written(scanned, tmp_path))) as pdf:
        (accepted, rest), (suggested,) = (page.Annots for page in pdf.pages)
        assert str(accepted.Contents) == "□□ → 务的  96 % accepted\n府的 2 %" == str(rest.Contents)
        assert str(suggested.Contents) == "∅ → 及  50 % suggested"
        # 150 dots an inch: the hole's box of 170 to 205 pixels
        assert [round(float(x), 1) for x in accepted.Rect][0::2] == [81.6, 98.4]
        content = pdf.pages[1].Contents.read_bytes()
        assert b"[3 2] 0 d" in content and b"3 Tr" in content
        assert list(map(float, pdf.pages[0].MediaBox)) == [0, 0, 192, 240]


def test_black_and_white_pages_stay_as_they_are(scanned, tmp_path):
    path = source(tmp_path, "1")
    data = render(scanned, Settings(), "x", "pdf", path)["restored.pdf"]
    with pikepdf.open(io.BytesIO(data)) as pdf, Image.open(path) as image:
        (shown,) = (pikepdf.PdfImage(stream).as_pil_image() for stream in pdf.pages[0].get_images().values())
        assert np.array_equal(np.asarray(shown.convert("L")), np.asarray(image.convert("L")))


def test_bytes_are_the_same_each_time(scanned, tmp_path):
    assert written(scanned, tmp_path) == written(scanned, tmp_path)


def test_characters_beyond_the_first_plane_and_none_survive(scanned, tmp_path):
    edits = (replace(EDITS[0], after="𠮷\x00\ud800"),)
    odd = replace(scanned, edits=edits, text=scanned.text)
    data = render(odd, Settings(), "x", "pdf", source(tmp_path, "L"))["restored.pdf"]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        (font,) = pdf.pages[0].Resources.Font.values()
        assert "𠮷".encode("utf-16-be").hex().encode() in font.ToUnicode.read_bytes()


@needs_poppler
def test_a_scan_becomes_a_searchable_pdf_by_the_command(tmp_path):
    line = "推进政府信息公开工作，加强组织领导"
    page = Image.new("L", (1000, 200), "white")
    ImageDraw.Draw(page).text((60, 60), line, font=ImageFont.truetype(FONT, 48), fill=0)
    page.save(tmp_path / "页.png")
    command = ["restore", str(tmp_path / "页.png"), "--out", str(tmp_path / "out"), "--format", "pdf", "--quiet"]
    answer = CliRunner().invoke(app, [*command, "--jobs", "1"])
    assert answer.exit_code == 0, answer.output
    command = ["pdftotext", "-raw", tmp_path / "out" / "页" / "restored.pdf", "-"]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.split() == [line]


def test_a_text_without_pages_has_no_page_image(scanned, tmp_path):
    plain = replace(scanned, places=())
    files = document_files(plain, Settings(), "x", ["pdf"], source=source(tmp_path, "L"))
    with pikepdf.open(io.BytesIO(files["restored.pdf"])) as pdf:
        assert not pdf.pages[0].get_images()


def test_a_page_that_cannot_be_shown_is_left_out(tmp_path):
    with pikepdf.new() as pdf:
        for size in (200, 14000, 300):
            pdf.add_blank_page(page_size=(size, size))
        pdf.save(tmp_path / "a.pdf")
    with pikepdf.open(io.BytesIO(scanned_pdf([], tmp_path / "a.pdf", "a"))) as made:
        assert [round(float(page.mediabox[2])) for page in made.pages] == [200, 300]
