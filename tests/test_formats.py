"""Exchange formats: schemas, independent readers, round trips."""

import csv
import functools
import io
import json
import lzma
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from shutil import which

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipeline.damage.inference import DamageModel
from pipeline.edits import Edit, apply
from pipeline.errors import UnreadableInputError
from pipeline.reading.ocr_xml import read, text_of
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.formats import FORMATS, render
from pipeline.writing.layout import xml_text

ORIGINAL = "一、工作□况\n<script>alert(1)</script> 讲一步提 高\n\n  完毕▭=1+1。"
EDITS = (
    Edit(4, 5, "□", "情", "missing", ("sign",), 0.97, (("概", 0.02), ("实", 0.01)), "accepted"),
    Edit(33, 34, "讲", "进", "garbled", (), 0.96, (), "accepted"),
    Edit(37, 38, " ", "高质", "missing", (), 0.4, (("]]>&", 0.3),), "suggested"),
)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def restoration(original=ORIGINAL, edits=EDITS):
    chosen = [edit for edit in edits if edit.status == "accepted"]
    text, marked = apply(original, chosen), apply(original, chosen, mark=True)
    return Restoration(original, text, marked, tuple(edits), damage(), (), 0.0)


def damage():
    return DamageModel(cut=None, evidence=0.0, lost_mass=0.0, lines=(), onsets=(), rivals=())


def rendered(chosen, **arguments):
    files = render(restoration(**arguments), Settings(), "甲<&", chosen)
    assert len(files) == (chosen != "tables"), (
        "a text without tables gets no file of them, and one of each other format"
    )
    return b"".join(files.values())


SCHEMAS = Path(__file__).parent / "schemas"


@functools.cache
def schema(chosen):
    if chosen == "tei":
        with lzma.open(SCHEMAS / "tei_all-4.3.0.rng.xz") as file:
            return etree.RelaxNG(etree.parse(file))
    return etree.XMLSchema(etree.parse(SCHEMAS / {"alto": "alto-4-3.xsd", "page": "page-2019-07-15.xsd"}[chosen]))


@pytest.mark.parametrize("chosen", ["alto", "page", "tei"])
@pytest.mark.parametrize("original", [ORIGINAL, "", "\n", "\x00\ufeff\ud800甲 <&>\n\n乙", "▭□□\t\r\n　"])
def test_xml_is_valid_by_the_official_schema(chosen, original):
    edits = EDITS if original == ORIGINAL else ()
    schema(chosen).assertValid(etree.fromstring(rendered(chosen, original=original, edits=edits)))


@pytest.mark.parametrize(
    ("chosen", "right", "wrong"),
    [
        ("alto", b"TextLine", b"TextLime"),
        ("page", b"TextLine", b"TextLime"),
        ("tei", b"<lb", b"<line"),
    ],
)
def test_the_schemas_would_notice(chosen, right, wrong):
    assert not schema(chosen).validate(etree.fromstring(rendered(chosen).replace(right, wrong)))


@pytest.mark.parametrize("chosen", ["hocr", "alto", "page"])
def test_ocr_formats_read_back_to_the_same_text(chosen):
    lines = read(rendered(chosen), "x")
    expected = restoration().text.split("\n")
    if chosen == "alto":  # a TextLine needs a String, so empty lines are not written
        expected = [line for line in expected if line]
    assert [line.text for line in lines] == expected
    assert lines[0].box == (100, 100, 100 + 40 * len(expected[0]), 140)


@given(st.text(st.characters(codec="utf-8"), max_size=30).filter(lambda t: not set(t) & set("\r\n")))
def test_any_line_survives_hocr_and_page(text):
    for chosen in ("hocr", "page"):
        lines = read(rendered(chosen, original=text, edits=()), "x")
        assert [line.text for line in lines] == [xml_text(text)]


def test_page_orders_alternatives():
    root = etree.fromstring(rendered("page"))
    for word in root.iterfind(".//{*}Word"):
        assert word.find("{*}TextEquiv").get("index") == "0"
        rest = [float(e.get("conf")) for e in word.iterfind("{*}TextEquiv") if e.get("conf")]
        assert rest == sorted(rest, reverse=True)


def test_hocr_is_read_by_an_html_parser_too():
    import html.parser

    words, boxes = [], []

    class Reader(html.parser.HTMLParser):
        inside = 0

        def handle_starttag(self, tag, attrs):
            self.inside = "ocrx_word" in (dict(attrs).get("class") or "")
            if self.inside:
                boxes.append(dict(attrs)["title"].split(";")[0])

        def handle_data(self, data):
            if self.inside:
                words.append(data)

        def handle_endtag(self, tag):
            self.inside = 0

    Reader().feed(rendered("hocr").decode())
    assert "".join(words) == restoration().text.replace("\n", "")
    assert all(box.startswith("bbox ") for box in boxes)


def test_tei_says_what_was_lost_supplied_and_doubted():
    root = etree.fromstring(rendered("tei"))
    supplied = root.find(".//{*}supplied")
    assert (supplied.text, supplied.get("cert"), supplied.get("resp")) == ("情", "high", "#buque")
    assert root.findtext(".//{*}sic") == "讲" and root.findtext(".//{*}corr") == "进"
    assert [e.text for e in root.iterfind(".//{*}unclear")] == ["高质", "]]>&"]
    assert root.find(".//{*}ab").findall("{*}gap")[0].get("extent") == "unknown"


def test_docx_accepted_gives_every_reading_and_rejected_the_original():
    with zipfile.ZipFile(io.BytesIO(rendered("docx"))) as archive:
        assert archive.testzip() is None
        root = etree.fromstring(archive.read("word/document.xml"))
        for part in archive.namelist():
            etree.fromstring(archive.read(part))
    paragraphs = list(root.iter(f"{W}p"))
    accepted = "\n".join("".join(t.text or "" for t in p.iter(f"{W}t")) for p in paragraphs)
    assert accepted == apply(ORIGINAL, EDITS)
    for inserted in list(root.iter(f"{W}ins")):
        inserted.getparent().remove(inserted)
    rejected = "\n".join("".join(t.text or "" for t in p.iter(f"{W}t", f"{W}delText")) for p in paragraphs)
    assert rejected == ORIGINAL
    numbers = [e.get(f"{W}id") for e in root.iter(f"{W}ins", f"{W}del")]
    assert len(numbers) == len(set(numbers))


JOINED = "加强政府信  \n\n  息公开工作\n尾"
JOIN = Edit(5, 11, "  \n\n  ", "", "join", ("join: sign",), 0.98, (), "accepted")


@pytest.mark.parametrize("status", ["accepted", "suggested"])
def test_joined_lines_leave_in_every_format(status):
    edits = (replace(JOIN, status=status),)
    for chosen in FORMATS:
        assert rendered(chosen, original=JOINED, edits=edits) or chosen == "tables"
    for chosen in ("alto", "page", "tei"):
        schema(chosen).assertValid(etree.fromstring(rendered(chosen, original=JOINED, edits=edits)))
    root = etree.fromstring(rendered("tei", original=JOINED, edits=edits))
    breaks = [lb.get("break") for lb in root.iterfind(".//{*}lb")]
    assert breaks == ([None, "no", "no", None] if status == "accepted" else [None] * 4)
    markdown = rendered("md", original=JOINED, edits=edits).decode().split("[^5]:")[0]
    assert ("加强政府信[^5]息公开工作" in markdown.replace("\n", "")) == (status == "accepted")


@pytest.mark.skipif(not which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_knows_the_revisions_and_their_authors(tmp_path):
    (tmp_path / "a.docx").write_bytes(rendered("docx"))
    command = [
        "soffice",
        f"-env:UserInstallation={tmp_path.as_uri()}/user",
        "--headless",
        "--convert-to",
        "odt",
        "a.docx",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(tmp_path / "a.odt") as archive:
        root = etree.fromstring(archive.read("content.xml"))
    authors = [[e.text for e in region.iter("{*}creator")] for region in root.iter("{*}changed-region")]
    assert authors == [["Buque accepted"]] * 4 + [["Buque suggested"]] * 2
    kinds = [etree.QName(region[0]).localname for region in root.iter("{*}changed-region")]
    assert kinds == ["deletion", "insertion"] * 3


def test_docx_tracks_the_line_ends_that_are_taken_out():
    with zipfile.ZipFile(io.BytesIO(rendered("docx", original=JOINED, edits=(JOIN,)))) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    accepted = rejected = ""
    for paragraph in root.iter(f"{W}p"):
        mark = paragraph.find(f"{W}pPr/{W}rPr/{W}del")
        accepted += "".join(t.text or "" for t in paragraph.iter(f"{W}t")) + ("" if mark is not None else "\n")
        rejected += "".join(t.text or "" for t in paragraph.iter(f"{W}t", f"{W}delText")) + "\n"
    assert accepted == apply(JOINED, [JOIN]) + "\n"
    assert rejected == JOINED + "\n"


@pytest.mark.skipif(
    not (which("pdftotext") and Path("/usr/share/poppler/cMap").is_dir()),
    reason="poppler-utils and poppler-data are not installed",
)
def test_pdf_text_comes_out_in_reading_order(tmp_path):
    file = tmp_path / "x.pdf"
    long = "中" * 70 + "终"
    file.write_bytes(rendered("pdf", original=f"首\n{long}\n尾", edits=()))
    out = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, check=True, text=True).stdout
    assert out.replace("\n", "").strip("\f") == f"首{long}尾"


def test_tables_agree_and_no_cell_is_a_formula():
    risky = (Edit(0, 0, "", "=1+1", "untraced", (), 0.5, (), "open"),)
    rows = list(csv.DictReader(io.StringIO(rendered("csv", edits=risky).decode("utf-8-sig"))))
    assert rows[0]["after"] == "'=1+1"
    assert [e["after"] for e in json.loads(rendered("json"))["edits"]] == ["情", "进", "高质"]


@pytest.mark.parametrize("chosen", FORMATS)
def test_bytes_are_the_same_each_time(chosen):
    assert rendered(chosen) == rendered(chosen)


def test_markup_of_a_document_is_text_everywhere():
    for chosen in ("hocr", "alto", "page", "tei"):
        root = etree.fromstring(rendered(chosen))
        assert not [e for e in root.iter() if isinstance(e.tag, str) and e.tag.endswith("script")]
    assert b"<script>" not in rendered("md")


TESSERACT = """<html xmlns="http://www.w3.org/1999/xhtml"><body><div class='ocr_page' title='image "a"; bbox 0 0 9 9'>
 <p class='ocr_par'><span class='ocr_line' id='l' title="bbox 1 2 30 4; baseline 0 -1">
  <span class='ocrx_word' title='bbox 1 2 3 4; x_wconf 90'>人</span>
  <span class='ocrx_word' title='bbox 3 2 5 4'>民</span>
  <span class='ocrx_word'>GDP</span>
  <span class='ocrx_word'>2018</span>
 </span></p></div></body></html>"""
ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v3#"><Layout><Page>
<TextLine HPOS="1" VPOS="2" WIDTH="30" HEIGHT="10">
<String CONTENT="人"/><SP WIDTH="1"/><String CONTENT="民"/><SP WIDTH="9"/><String CONTENT="政"/>
</TextLine></Page></Layout></alto>"""


def test_other_tools_files_are_read():
    (line,) = read(TESSERACT.encode(), "x")
    assert (line.text, line.box) == ("人民 GDP 2018", (1, 2, 30, 4))
    assert read(ALTO.encode(), "x")[0].text == "人民 政"
    broken = TESSERACT.replace("</p>", "<br>&nbsp;</p>").replace(' xmlns="http://www.w3.org/1999/xhtml"', "")
    assert text_of(read(broken.encode(), "x")) == "人民 GDP 2018"


def test_entities_are_not_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    attack = f'<!DOCTYPE alto [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY y "{"z" * 9}">]>'
    text = text_of(read((attack + ALTO.replace("</TextLine>", "&x;&y;</TextLine>")).encode(), "x"))
    assert "SECRET" not in text and "z" not in text
    bomb = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha"}">' for i in range(12))
    page = TESSERACT.replace("GDP", "&e11;")
    assert "ha" not in text_of(read(f"<!DOCTYPE html [{bomb}]>{page}".encode(), "x"))


@pytest.mark.parametrize("data", [b"<a/>", b"<alto", b"", b"\xff\xfe"])
def test_what_is_not_ocr_is_refused(data):
    with pytest.raises(UnreadableInputError):
        read(data, "x")
