"""Lines of the paper: where a document was read from pages, formats hold its boxes."""

import pytest
from lxml import etree

from pipeline.document import Place
from pipeline.edits import Edit, apply
from pipeline.reading.ocr_xml import read
from pipeline.restoration import Restoration
from pipeline.settings import Settings
from pipeline.writing.formats import render
from pipeline.writing.printed import pages_of, printed_starts
from tests.test_formats import damage

# A paragraph of two lines on page 1 and one on page 2, then a heading; the hole at 3 runs over the line's end.
TEXT = "推进政□□公开工作\n总体\n"
LINES = (("推进政□", 1, 100), ("□公开", 1, 160), ("工作", 2, 90), ("\n", 0, 0), ("总体", 2, 150), ("\n", 0, 0))
EDITS = (
    Edit(3, 5, "□□", "务的", "missing", (), 0.96, (("府的", 0.02),), "accepted"),
    Edit(8, 8, "", "及", "untraced", (), 0.5, (), "suggested"),
)


def places():
    made = []
    for content, page, top in LINES:
        for at, character in enumerate(content):
            box = (50 + 40 * at, top + at % 2, 85 + 40 * at, top + 38)
            made.append(None if character == "\n" else Place(page, box))
    return tuple(made)


@pytest.fixture
def scanned():
    text = apply(TEXT, EDITS[:1])
    pages = ({"page": 1, "width": 400, "height": 500}, {"page": 2, "width": 300, "height": 600})
    return Restoration(TEXT, text, text, EDITS, damage(), (), 0.0, places=places(), pages=pages)


def test_lines_are_those_of_the_paper(scanned):
    assert printed_starts(TEXT, places()) == [0, 4, 7, 10, 13]
    first, second = pages_of(scanned, Settings())
    assert [line.text for line in first.lines] == ["推进政务", "的公开"]
    assert [line.text for line in second.lines] == ["工作", "总体", ""]
    assert (first.width, first.height, second.width, second.height) == (400, 500, 300, 600)
    assert [(line.continues, line.runs_on) for line in (*first.lines, *second.lines)] == [
        (False, True),
        (True, True),
        (True, False),
        (False, False),
        (False, False),
    ]
    hole = first.lines[0].pieces[1]
    assert (hole.box.left, hole.box.right) == (170, 205)
    assert [piece.readings for piece in (hole, first.lines[1].pieces[0])] == [
        [("务", 0.96), ("府", 0.02)],
        [("的", 0.96)],
    ]
    assert second.lines[0].pieces[1].box.width == 1  # an insertion lies on the seam
    joined = "".join(line.text + ("" if line.runs_on else "\n") for page in (first, second) for line in page.lines)
    assert joined == scanned.text + "\n"


def test_formats_hold_the_papers_boxes_and_pages(scanned):
    (hocr,) = render(scanned, Settings(), "x", "hocr").values()
    lines = read(hocr, "x")
    assert [(line.page, line.text, line.box) for line in lines[:3]] == [
        (1, "推进政务", (50, 100, 205, 138)),
        (1, "的公开", (50, 160, 165, 198)),
        (2, "工作", (50, 90, 125, 128)),
    ]
    pages = render(scanned, Settings(), "x", "page")
    assert sorted(pages) == ["restored.page-2.xml", "restored.page.xml"]
    root = etree.fromstring(pages["restored.page-2.xml"])
    assert root.find("{*}Page").get("imageWidth") == "300"
    assert [line.text for line in read(pages["restored.page-2.xml"], "x")][:2] == ["工作", "总体"]
    (tei,) = render(scanned, Settings(), "x", "tei").values()
    marks = [mark.get("break") for mark in etree.fromstring(tei).iterfind(".//{*}lb")]
    assert marks == [None, "no", "no", None, None]
    (word,) = render(scanned, Settings(), "x", "md").values()
    assert word.decode().startswith("推进政**务的**[^3]公开工[^8]作\n")
