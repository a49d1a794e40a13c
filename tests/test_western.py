"""Addresses and numbers in Chinese text on scans: dots, what stands behind letters, lines of letters."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.marks import GridLine
from pipeline.imaging.sizes import scales
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.rendering import worn
from pipeline.laboratory.typesetting import Sheet, print_page, proportional, rows_of
from pipeline.language.normalise import fold
from pipeline.reading.pages import read_one
from pipeline.recognition.addresses import with_address_dots
from pipeline.recognition.align import Match, align
from pipeline.recognition.engine import Seen
from pipeline.settings import Settings
from tests.test_scans import FONT

PITCH = 20.0

REPORT = (
    "云岭县人民政府2019年政府信息公开工作年度报告\n"
    "本年度报告根据修订后的《中华人民共和国政府信息公开条例》和有关规定编制。全文包括总体情况、主动公开、"
    "依申请公开、存在的主要问题等六个部分，电子版可以在云岭县人民政府门户网站（http://www.yunling.gov.cn/"
    "zwgk/zfxxgkzn/）下载。\n"
    "一、总体情况\n"
    "2019年，我县坚持把政府信息公开作为建设法治政府的重要内容，全年主动公开政府信息2904条，政策法规类512条。\n"
    "1.财政资金信息。县财政局向社会公开了部门预算和决算，全县公开的部门达到46个，公开率达到98.2%。\n"
    "2.征地拆迁信息。县自然资源局公布征地方案12件，拆迁安置结果58件，受理群众来信（次）。\n"
)


def line_of(*matches):
    line = GridLine(0, 20, [Run(*m.cell.ink) for m in matches], [m.cell for m in matches], PITCH)
    return line, list(matches)


def half(text, left, right, top=2.0, bottom=17.0, kind="half", probability=0.99):
    """Match half a cell whose ink reaches from *left* to *right*."""
    ink = Run(left, right, top, bottom, 50.0, 0.0)
    return Match(Placed(kind, left - 1, right + 1, ink), Seen(text, (left + right) / 2, ((text, probability),)))


def texts(matches):
    return "".join(match.read.text for match in matches)


@pytest.mark.parametrize(
    ("specks", "texts_read", "read"),
    [
        ([(12, 15)], "kq", "k.q"),
        ([], "kq", "kq"),
        ([(12, 4)], "kq", "kq"),
        ([(12, 15), (12, 4)], "kq", "kq"),
        ([(12, 15)], "12", "12"),
        ([(12, 15)], "k县", "k县"),
    ],
)
def test_the_dot_of_an_address_is_one_speck_at_the_foot_of_its_letters(specks, texts_read, read):
    ink = np.zeros((20, 60), np.uint8)
    for x, y in specks:
        ink[y : y + 2, x : x + 2] = 1
    line, row = line_of(half(texts_read[0], 0.0, 8.0), half(texts_read[1], 18.0, 27.0))
    assert texts(with_address_dots([line], [row], ink)[0]) == read


def test_letters_without_room_have_no_dot_between_them():
    ink = np.zeros((20, 60), np.uint8)
    ink[15:17, 8:10] = 1
    line, row = line_of(half("k", 0.0, 8.0), half("q", 11.0, 19.0))
    assert texts(with_address_dots([line], [row], ink)[0]) == "kq"


def test_a_digit_is_in_no_speck_of_dust():
    """The dust far behind 387。 must not move every character by one cell."""
    stop, dust = Run(61.0, 65.0, 12.0, 17.0, 20.0, 0.0), Run(73.0, 76.0, 8.0, 11.0, 9.0, 0.0)
    cells = [
        Placed("full", 0.0, PITCH, Run(0.5, 19.0, 2.0, 17.0, 150.0, 0.0)),
        Placed("half", 20.0, 30.0, Run(21.0, 29.0, 2.0, 17.0, 70.0, 0.0)),
        Placed("learnt", 59.0, 79.0, stop),
        Placed("closing", 300.0, 320.0, dust),
    ]
    spans = [(0.5, 19.0), (21.0, 29.0), (36.0, 40.0), (46.0, 49.0)]
    centres = zip("387。", (9.0, 23.0, 30.0, 42.0), strict=True)
    matches = align([Seen(text, centre, ((text, 1.0),)) for text, centre in centres], cells, spans, PITCH)
    assert [(m.read.text if m.read else "", m.cell is cells[-1]) for m in matches][-2:] == [("。", False), ("", True)]


def test_a_point_stands_in_the_ink_of_the_digit_that_it_touches():
    """7. 412.7□□；: the point is no 7, nor the 7 the dust behind it."""
    cells = [
        Placed("full", 0.0, PITCH, Run(0.0, 17.0, 2.0, 17.0, 150.0, 0.0)),
        Placed("low", 19.0, 39.0, Run(20.0, 28.0, 2.0, 17.0, 70.0, 0.0)),
        Placed("closing", 60.0, 80.0, Run(62.0, 65.0, 9.0, 12.0, 9.0, 0.0)),
        Placed("low", 80.0, 100.0, Run(82.0, 85.0, 5.0, 17.0, 20.0, 0.0)),
    ]
    spans = [(0.0, 17.0), (20.0, 28.0), (37.0, 40.0), (45.0, 48.0)]
    centres = zip("2.7；", (5.0, 15.0, 27.0, 46.0), strict=True)
    matches = align([Seen(text, centre, ((text, 1.0),)) for text, centre in centres], cells, spans, PITCH)
    assert [(m.read.text if m.read else "", cells.index(m.cell)) for m in matches] == [
        ("2", 0), (".", 0), ("7", 1), ("", 2), ("；", 3)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages of the report by font, glyphs lost and scanned: the lines as printed, and what was read of them."""
    folder = tmp_path_factory.mktemp("western")

    def page(font):
        sheet = Sheet.of_points(16)
        rows = rows_of(REPORT, True, sheet.columns, proportional(font))[: sheet.rows]
        lost = lost_by("GB2312>C2C9", REPORT, 1)
        path = folder / f"{font}.png"
        image, _ = print_page(rows, font, 200, lost, sheet)
        PIL.Image.fromarray(worn(image, 200, (), True, np.random.default_rng([5, 0]))[0]).save(path)
        printed = ["".join("□" if g[0] in lost else fold(g[0]) for g in row.glyphs) for row in rows]
        read = read_one(Path(path), 1, Settings(jobs=1))
        return printed, ["".join(fold(cell.text) or "□" for cell in line.cells) for line in read.lines]

    return {font: page(font) for font in (FONT,)}


def test_an_address_and_what_stands_behind_it_are_read(pages):
    for printed, read in pages.values():
        address = next(line for line in printed if "/zwgk/" in line or "gov.cn" in line)
        assert address in read
        end = next(line for line in printed if line.endswith("□□。") and "/" in line)
        assert end in read


def test_items_and_numbers_keep_their_points(pages):
    for printed, read in pages.values():
        for mark in ("1.", "2.", "98.2%", "（次）。"):
            expected = [line for line in printed if mark in line]
            assert expected and set(expected) <= set(read), mark


def page_of(lines):
    """Draw lines, each as the height, width and distance of its pieces and their number; return ink and boxes."""
    ink = np.zeros((60 * len(lines) + 40, 1000), np.uint8)
    boxes = []
    for row, (height, width, step, count) in enumerate(lines):
        top = 40 + 60 * row
        for at in range(count):
            ink[top : top + height, 60 + round(at * step) : 60 + round(at * step) + width] = 1
        boxes.append((0.0, top - 3.0, 1000.0, top + height + 3.0))
    return ink, boxes


HAN, LETTERS, SMALLER = (27, 26, 30.4, 26), (24, 12, 13.8, 50), (24, 23, 27.2, 28)


def test_a_line_of_letters_is_of_no_other_size():
    """Letters are a little lower than Han: an address must not be measured on a scale of its own."""
    ink, boxes = page_of([HAN] * 8 + [LETTERS] + [HAN] * 8)
    assert scales(ink, boxes) == [1.0] * 17


def test_a_line_of_letters_is_of_the_size_of_the_line_before_it():
    ink, boxes = page_of([HAN] * 8 + [SMALLER] * 3 + [LETTERS])
    found = scales(ink, boxes)
    assert found[:8] == [1.0] * 8 and max(found[8:]) < 0.95 and len(set(found[8:])) == 1
    title = (38, 36, 42.0, 12)
    ink, boxes = page_of([title, LETTERS, *[HAN] * 8])
    found = scales(ink, boxes)
    assert found[0] > 1.2 and found[1:] == [1.0] * 9, "a title has no address"
