"""Addresses and numbers in Chinese text on scans: dots, what stands behind letters, lines of letters."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.marks import GridLine
from pipeline.imaging.regions import find_regions
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.rendering import worn
from pipeline.laboratory.typesetting import Sheet, print_page, proportional, rows_of
from pipeline.language.normalise import fold
from pipeline.reading.pages import read_one
from pipeline.recognition.addresses import with_address_dots
from pipeline.recognition.align import Match, align
from pipeline.recognition.engine import Seen
from pipeline.recognition.points import without_squeezed
from pipeline.settings import Settings
from tests.test_scans import FONT, bgr

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


def test_a_point_needs_room_between_its_digits():
    point = half(".", 18.5, 20.5, 14.0, 17.0)
    line, row = line_of(half("2", 0.0, 8.0), half("9", 10.0, 18.0), point, half("0", 20.0, 28.0), half("4", 30.0, 38.0))
    assert texts(without_squeezed([line], [row])[0]) == "2904"
    line, row = line_of(half("9", 10.0, 18.0), half(".", 22.0, 24.0, 14.0, 17.0), half("0", 28.0, 36.0))
    assert texts(without_squeezed([line], [row])[0]) == "9.0"


def test_a_point_that_touches_its_digit_has_its_room_inside_of_the_ink():
    line, row = line_of(half("8", 0.0, 13.0), half(".", 10.0, 13.0, 14.0, 17.0), half("6", 14.0, 22.0))
    assert texts(without_squeezed([line], [row])[0]) == "8.6"


def merged(text, right, runs):
    """Match characters read in one cell of merged ink, which is made up of *runs*."""
    cell = Placed("full", 0.0, PITCH, Run(0.0, right, 2.0, 17.0, 200.0, 0.0))
    line = GridLine(0, 20, [Run(a, b, 2.0, 17.0, 50.0, 0.0) for a, b in runs], [cell], PITCH)
    return line, [Match(cell, Seen(char, 3.0 * at, ((char, 0.9),)), at > 0) for at, char in enumerate(text)]


@pytest.mark.parametrize(
    ("right", "runs", "read"),
    [
        (19.0, [(0.0, 8.5), (10.5, 19.0)], "90"),
        (19.0, [(0.0, 19.0)], "90"),
        (28.0, [(0.0, 8.5), (19.0, 28.0)], "9.0"),
        (28.0, [(0.0, 28.0)], "9.0"),
    ],
)
def test_merged_digits_have_the_width_of_their_point(right, runs, read):
    line, row = merged("9.0", right, runs)
    assert texts(without_squeezed([line], [row])[0]) == read


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
        for mark in ("1.", "2.", "98.2%", "2904", "（次）。"):
            expected = [line for line in printed if mark in line]
            assert expected and set(expected) <= set(read), mark


def test_a_line_of_letters_is_of_no_other_size():
    """Letters are lower than Han, and so is the line of an address: it must not be measured on a scale of its own."""
    sheet = Sheet.of_points(16)
    body = "全县各部门坚持把政府信息公开作为建设法治政府的重要内容\n" * 8
    letters = "http://www.yunling.gov.cn/zwgk/zfxxgkzn/xxgk\n" * 3
    rows = rows_of(body + letters + body, True, sheet.columns, proportional(FONT))
    image, _ = print_page(rows[: sheet.rows], FONT, 200, frozenset(), sheet)
    assert set(find_regions(bgr(image)).scales) <= {1.0}
