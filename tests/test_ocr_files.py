"""OCR files of other tools as input, and ours read by other tools."""

import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image, ImageDraw, ImageFont

from pipeline.reading.ocr_xml import places_of, read, text_of
from pipeline.restoration import restore
from pipeline.settings import Settings
from pipeline.writing.formats import render
from tests.test_formats import ORIGINAL, rendered, restoration, schema
from tests.test_printed import scanned

__all__ = ["scanned"]
FONT = "/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf"
LINES = ("推进政府信息公开工作", "加强组织领导，落实责任")

KRAKEN = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout><Page WIDTH="800" HEIGHT="300" ID="p1">
<PrintSpace><TextBlock ID="b1"><Shape><Polygon POINTS="1 1 9 1 9 9"/></Shape>
<TextLine ID="l1" HPOS="10" VPOS="20" WIDTH="200" HEIGHT="40" BASELINE="10 55 210 55" TAGREFS="t1">
<Shape><Polygon POINTS="10 20 210 20 210 60 10 60"/></Shape>
<String ID="s1" CONTENT="推进" HPOS="10" VPOS="20" WIDTH="80" HEIGHT="40" WC="0.98">
<Glyph ID="g1" CONTENT="推" GC="0.99" HPOS="10"/><Glyph ID="g2" CONTENT="进" GC="0.97" HPOS="50"/></String>
<SP HPOS="90" WIDTH="40"/><String ID="s2" CONTENT="公开" HPOS="130" VPOS="20" WIDTH="80" HEIGHT="40"/>
</TextLine></TextBlock></PrintSpace></Page></Layout></alto>"""

OCRD = """<pc:PcGts xmlns:pc="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15" pcGtsId="x">
<pc:Metadata><pc:Creator>OCR-D/core</pc:Creator><pc:Created>2024-01-01T00:00:00</pc:Created>
<pc:LastChange>2024-01-01T00:00:00</pc:LastChange></pc:Metadata>
<pc:Page imageFilename="a.tif" imageWidth="800" imageHeight="900"><pc:AlternativeImage filename="b.png"/>
<pc:ReadingOrder><pc:OrderedGroup id="ro"><pc:RegionRefIndexed index="0" regionRef="r2"/>
<pc:RegionRefIndexed index="1" regionRef="r1"/></pc:OrderedGroup></pc:ReadingOrder>
<pc:TextRegion id="r1"><pc:Coords points="0,100 9,100 9,200"/>
<pc:TextLine id="l1"><pc:Coords points="10,100 210,100 210,140 10,140"/>
<pc:Word id="w1"><pc:Coords points="1,1 2,2 3,3"/><pc:Glyph id="g1"><pc:Coords points="1,1 2,2 3,3"/>
<pc:TextEquiv index="1" conf="0.3"><pc:Unicode>遗</pc:Unicode></pc:TextEquiv>
<pc:TextEquiv index="0" conf="0.7"><pc:Unicode>推</pc:Unicode></pc:TextEquiv></pc:Glyph></pc:Word>
<pc:Word id="w2"><pc:Coords points="1,1 2,2 3,3"/><pc:TextEquiv index="0"><pc:Unicode>进</pc:Unicode></pc:TextEquiv>
</pc:Word><pc:Word id="w3"><pc:Coords points="1,1 2,2 3,3"/><pc:TextEquiv><pc:Unicode>GDP</pc:Unicode></pc:TextEquiv>
</pc:Word></pc:TextLine></pc:TextRegion>
<pc:TextRegion id="r2"><pc:Coords points="0,0 9,0 9,90"/>
<pc:TextLine id="l2"><pc:Coords points="10,20 110,22 110,60 10,58"/>
<pc:TextEquiv><pc:Unicode>总体情况</pc:Unicode></pc:TextEquiv></pc:TextLine></pc:TextRegion></pc:Page></pc:PcGts>"""


def test_kraken_and_ocr_d_are_read():
    (line,) = read(KRAKEN.encode(), "x")
    assert (line.text, line.box) == ("推进 公开", (10, 20, 210, 60))
    first, second = read(OCRD.encode(), "x")
    assert (first.text, first.box) == ("总体情况", (10, 20, 110, 60))  # the reading order of the file, not of its lines
    assert second.text == "推进 GDP"


def test_every_character_gets_its_part_of_the_lines_box():
    lines = read(OCRD.encode(), "x")
    places = places_of(lines)
    assert len(places) == len(text_of(lines)) and places[4] is None
    assert [place.box[0::2] for place in places[:4]] == [(10, 35), (35, 60), (60, 85), (85, 110)]
    assert [place.box[2] - place.box[0] for place in places[5:]] == [50, 50, 25, 25, 25, 25]


@pytest.fixture(scope="module")
def tesseract(tmp_path_factory):
    """Let Tesseract read a page and write it in its formats."""
    folder = tmp_path_factory.mktemp("tesseract")
    page = Image.new("L", (900, 260), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.truetype(FONT, 56)
    for row, line in enumerate(LINES):
        draw.text((60, 40 + 100 * row), line, font=font, fill="black")
    page.save(folder / "page.png")
    command = ["tesseract", folder / "page.png", folder / "page", "-l", "chi_sim", "--psm", "6", "hocr", "alto"]
    subprocess.run(command, check=True, capture_output=True, env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"})
    return folder


@pytest.mark.parametrize("file", ["page.hocr", "page.xml"])
def test_tesseracts_own_files_are_read(tesseract, file):
    lines = [line for line in read((tesseract / file).read_bytes(), file) if line.text.strip()]
    assert [line.text for line in lines] == list(LINES)
    for row, line in enumerate(lines):
        left, top, right, bottom = line.box
        assert abs(left - 60) < 12 and abs(right - 60 - 56 * len(LINES[row])) < 40
        assert 30 < top - 100 * row < 60 and 80 < bottom - 100 * row < 110


def test_what_another_tool_located_stays_where_it_was(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(OCRD.replace("总体情况", "总体□况"), encoding="utf-8")
    result = restore(path, Settings(jobs=1, fill="best"))
    (hocr,) = render(result, Settings(fill="best"), "a", "hocr").values()
    first = read(hocr, "x")[0]
    assert (first.text, first.box) == ("总体情况", (10, 20, 110, 60))
    words = etree.fromstring(hocr).findall(".//{*}span[@class='ocrx_word accepted']")
    assert [word.get("title").split(";")[0] for word in words][:1] in ([], ["bbox 60 20 85 60"])


def tool(name, *arguments, folder):
    """Run a script of hocr-tools, written by others."""
    command = [sys.executable, Path(sys.executable).with_name(name), *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_hocr_tools_read_the_text(tmp_path):
    (tmp_path / "a.hocr").write_bytes(rendered("hocr"))
    lines = tool("hocr-lines", "a.hocr", folder=tmp_path).split("\n")[:4]
    assert lines == [line.strip() for line in restoration().text.split("\n")]  # that tool strips lines
    assert "not ok" not in tool("hocr-check", "a.hocr", folder=tmp_path)
    assert "<script>" in ORIGINAL


def test_hocr_tools_cut_the_lines_out_of_the_page(scanned, tmp_path):
    (content,) = render(scanned, Settings(), "x", "hocr").values()
    root = etree.fromstring(content)
    root.findall(".//{*}div")[1].getparent().remove(root.findall(".//{*}div")[1])  # the tool takes one page
    page = root.find(".//{*}div")
    page.set("title", "image page.png; " + page.get("title"))
    (tmp_path / "a.hocr").write_bytes(etree.tostring(root))
    Image.new("L", (400, 500)).save(tmp_path / "page.png")
    tool("hocr-extract-images", "-p", "line-%d.png", "a.hocr", folder=tmp_path)
    texts = [(tmp_path / f"line-{number}.txt").read_text().strip() for number in (1, 2)]
    assert texts == ["推进政务", "的公开"]
    assert [Image.open(tmp_path / f"line-{number}.png").size for number in (1, 2)] == [(155, 38), (115, 38)]


@pytest.mark.parametrize("chosen", ["alto", "page", "tei"])
def test_scans_leave_as_valid_xml(scanned, chosen):
    for content in render(scanned, Settings(), "x", chosen).values():
        schema(chosen).assertValid(etree.fromstring(content))


def test_lines_in_lines_are_read_once():
    line = '<span class="ocr_line" title="bbox 1 1 9 9">推进'
    page = f'<div class="ocr_page">{line}'
    (only,) = read(f"<html><body>{page * 400}".encode(), "x")
    assert only.text == "推进" * 400
    nested = "<TextLine><String CONTENT='公开'/></TextLine>"
    alto = f"<alto><Page>{nested}<Page>{nested}</Page></Page><Page>{nested}</Page></alto>"
    assert [line.page for line in read(alto.encode(), "x")] == [1, 1, 2]
