"""Lines set by themselves and open ends: what pages of titles, articles and entries lost, and what is left unread."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.damage.hypotheses import Cut
from pipeline.damage.inference import infer
from pipeline.document import Cell, Page
from pipeline.document import Line as Printed
from pipeline.holes import Hole, Line, paragraph_parts
from pipeline.imaging.alone import lost_beside
from pipeline.imaging.grid import Placed
from pipeline.imaging.groups import Run
from pipeline.imaging.margins import are_sure, margins_of
from pipeline.imaging.marks import GridLine
from pipeline.imaging.places import places_of
from pipeline.imaging.spacing import Spot, layout_white
from pipeline.reading.page_numbers import without_furniture
from pipeline.reading.running import running_text
from pipeline.recognition.align import Match
from pipeline.recognition.engine import Seen
from pipeline.recognition.settling import MarkShapes, settle
from pipeline.recognition.unread import with_item_dots, with_zeros
from pipeline.restoration import restore_scan
from pipeline.settings import Settings
from pipeline.volumes import volumes_of
from tests.test_edges import FULL, PITCH, measured, placed
from tests.test_regions import BODY_CUT, TEXT

LOST = 1.0
"""-ln P(a character is lost) on a page that lost a third."""


def beside(left, right, text, *, place="centred", surprise=LOST, title=True):
    return lost_beside([place], [(left, right)], [text], surprise, title).get(0, (0, 0))


@given(left=st.integers(0, 7), right=st.integers(0, 7), room=st.floats(1, 9))
def test_a_centred_line_tells_what_it_lost_more_at_one_end(left, right, room):
    fewest = left - min(left, right), right - min(left, right)
    assert beside(left + room, right + room, "政务公开") == fewest


def test_a_line_off_the_middle_by_half_a_cell_lost_nothing():
    assert beside(5.5, 5.0, "政务公开") == (0, 0)
    assert beside(6.0, 4.0, "政务公开", surprise=6.0) == (0, 0)  # where nothing else is lost it was set carelessly
    assert beside(4.0, 6.0, "政务公开工作的通知") == (0, 0)  # nothing is lost behind a title's end
    assert beside(6.0, 5.0, "政务公开", title=False) == (0, 0)  # in the body's size it may be text
    assert beside(6.0, 5.0, "第三章　附则", title=False) == (1, 0)
    assert beside(9.0, 8.0, "一部□年度工作概述", title=False) == (1, 0)
    assert beside(6.0, 6.0, "息公□工作年度报") == (1, 1)  # 报告
    assert beside(6.0, 7.0, "信息公□工作年度报") == (0, 1)


def test_a_centred_heading_tells_the_end_that_its_number_does_not():
    assert beside(8.0, 9.0, "、推□□府□□公开□作", title=False) == (1, 2)
    assert beside(8.0, 7.0, "、推□□府□□公开□作", title=False) == (1, 0)
    assert beside(9.0, 7.0, "、推□□府□□公开□作", title=False) == (2, 0)  # a number of two characters
    assert beside(9.0, 12.0, "二、主动公□□", title=False) == (0, 3)
    assert beside(12.0, 9.0, "二、主动公□□", title=False) == (0, 0)  # nothing is lost before a number
    white = [(8.0, 9.0), (2.0, 0.0), (0.0, 0.0), (0.0, 9.0)]
    texts = ["、推□□府□□公开□作", "根据□例", "现公□", "予公□。"]
    assert places_of(white, texts, 28.0, LOST, sure=True)[0] == "centred"
    assert places_of([(12.0, 14.0), *white[1:]], ["二、", *texts[1:]], 28.0, LOST, sure=True)[0] == "centred"
    assert beside(12.0, 14.0, "二、", title=False) == (0, 2)
    assert places_of([(1.0, 0.0)], ["、推□□府□□公开□作"], 28.0, LOST, sure=True)[0] == "text"
    assert places_of([(2.0, 16.0)], ["二、主动公□□"], 28.0, LOST, sure=True)[0] == "text"


def test_marks_beyond_the_margin_and_half_cells_do_not_move_it():
    texts = [FULL + "，", FULL[:13] + "2", FULL[:12], FULL + "。", FULL[:11], FULL[:13] + "4"]
    lines = []
    for at, text in enumerate(texts):
        lines.append(GridLine(30 * at, 30 * at + 20, [], placed(text)))
        lines[-1].pitch = PITCH
    assert margins_of(lines, texts, PITCH) == pytest.approx((0.0, 14 * PITCH))


def test_a_date_has_its_last_character_and_a_signature_its_distance():
    assert beside(17.0, 5.0, "2018年11月12", place="right") == (0, 1)
    assert beside(17.0, 4.0, "2018年11月12日", place="right") == (0, 0)
    white, texts = [(19.0, 3.0), (17.0, 5.0)], ["安岭县自然资源", "2018年11月12"]
    assert lost_beside(["right"] * 2, white, texts, LOST, False) == {0: (0, 1), 1: (0, 1)}
    flush = [(19.0, 4.0), (17.0, 5.0)]
    assert lost_beside(["right"] * 2, flush, texts, LOST, False) == {1: (0, 1)}


def test_text_that_flows_on_below_a_line_makes_it_no_title():
    title = "青云州人力资源和社会保障局2018年政府信息公开工作"
    white = [(3.0, 2.0), (0.0, 25.0), (2.0, 0.0), (0.0, 0.0), (2.0, 0.0)]
    texts = [title, "度报告", "根据条例", "现公布", "一、概述"]
    assert places_of(white, texts, 28.0, LOST)[0] == "text"
    addressed = [(3.0, 2.0), (0.0, 20.0), *white[2:]]
    assert places_of(addressed, [title, "各乡镇人民政府：", *texts[2:]], 28.0, LOST)[0] == "centred"


def test_lines_hang_under_entries_only():
    white = [(0.0, 0.0), (3.0, 10.0)]
    assert places_of(white, ["抄送：县委各部门，县人大常委会", "员会，县人民法院。"], 28.0, 1.5)[1] == "hanging"
    assert places_of(white, ["落实县委各部门和县人大常委会", "员会，县人民法院。"], 28.0, 1.5)[1] == "text"
    assert places_of([(0.0, 0.0), (3.0, 10.0)], ["抄送：县委各部门", "，县人民法院。"], 28.0, 6.0)[1] == "text"


def test_nothing_hangs_under_entries_where_others_go_on_at_the_margin():
    white, texts = [(2.0, 0.0), (0.0, 5.0), (2.0, 0.0), (3.0, 0.0)], ["1.公开目□", "已公布。", "2.公开□制", "度已□立"]
    assert places_of(white, texts, 28.0, 1.5)[3] == "text"
    assert places_of([(2.0, 0.0), (3.0, 5.0), *white[2:]], texts, 28.0, 1.5)[3] == "hanging"


def test_what_stands_in_brackets_ends_an_item():
    lines = measured("  " + FULL[:12], FULL[:11] + "）", "  （二）" + FULL[:9], lost=0.3)
    assert [line.starts_paragraph for line in lines] == [True, False, True]
    assert lines[2].lead == 0


def test_a_page_does_not_begin_with_a_sentence_of_one_character():
    lines = measured("  序。" + FULL[:10], FULL, FULL)
    assert (lines[0].starts_paragraph, lines[0].lead) == (False, 2)


def test_centred_lines_show_a_margin_that_no_line_reaches():
    def line(at, left, text):
        return GridLine(30 * at, 30 * at + 20, [], placed(text, left * PITCH), PITCH)

    body = [line(0, 0, FULL[:13]), line(1, 0, FULL[:13])]
    heads = [line(2, 5, FULL[:4]), line(3, 4, FULL[:6])]
    texts = [FULL[:13], FULL[:13], FULL[:4], FULL[:6]]
    assert margins_of(body, texts[:2], PITCH) == pytest.approx((0, 13 * PITCH))
    assert margins_of(body + heads, texts, PITCH) == pytest.approx((0, 14 * PITCH))
    assert are_sure([(0.0, 1.0)], 28.1)
    assert not are_sure([(0.0, 1.0)], 25.0)


def spots(text):
    result, blanks = [], 0
    for at, char in enumerate(text):
        if char == "□":
            blanks += 1
        else:
            result.append(Spot(char, blanks, float(at)))
            blanks = 0
    return result


def test_the_white_behind_a_lost_character_of_an_article_is_layout():
    found = layout_white([spots(t) for t in ("第一条□为了规范", "第二□□本办法所称", "第□□□各级政府", "第四□□□务服务")])
    assert found == [{3: 0}, {2: 1}, {1: 2}, {2: 2}]
    alone = layout_white([spots("第三□□服务业"), spots("加□组□领导")])
    assert alone == [{}, {}]


def test_characters_that_are_not_read_are_no_white():
    unread = [spots(f"第{n}♨♨本办法所称") for n in "一二三"]
    lines = [[Spot("□", s.blanks, s.left) if s.text == "♨" else s for s in row] for row in unread]
    assert layout_white(lines) == [{}, {}, {}]


def test_a_lost_heading_at_the_edge_of_a_page_is_no_mark():
    def line(row, text):
        boxes = [(10.0 * at, row, 10.0 * at + 10, row + 10) for at in range(len(text))]
        cells = tuple(Cell(char.strip("□"), box) for char, box in zip(text, boxes, strict=True))
        return Printed(cells, (0.0, row, 10.0 * len(text), row + 10), 10.0, False)

    texts = {40.0: "□□□□□□", 60.0: "为了推进政务公开", 80.0: "制定本办法。", 100.0: "各级政府应当公开", 960.0: "—·—"}
    page = Page(1, 700, 1000, 0.0, tuple(line(row, text) for row, text in texts.items()))
    assert [line.box[1] for line in without_furniture(page).lines] == [40.0, 60.0, 80.0, 100.0]


def test_wide_white_within_a_sentence_is_lost_text_even_on_a_page_that_lost_nothing_else():
    whole = [spots("为了推进政务公开工作提高政府工作的透明度") for _ in range(20)]
    assert layout_white([*whole, spots("公开信息□□□条，工作有序推进。")])[-1] == {}
    assert layout_white([*whole, spots("海办发□□□□□张明")])[-1] == {3: 0}


def test_page_numbers_of_a_table_of_contents_stand_apart():
    body = spots("各乡镇□府要加强组□领导明确责□按时报送□关情况")
    entries = [spots(text + (18 - len(text)) * "□" + digit) for text, digit in (("主动公开□息", "2"), ("申请", "5"))]
    found = layout_white([*entries, body])
    assert found == [{5: 0}, {2: 0}, {}]


def match(text, left, width, top, bottom, kind="full", lean=0.0, probability=0.9):
    ink = Run(left, left + width, top, bottom, width * (bottom - top), lean)
    cell = Placed(kind, left, left + (PITCH / 2 if kind == "half" else PITCH), ink)
    return Match(cell, Seen(text, left, ((text, probability),)) if text else None)


def texts(matches):
    return "".join(one.read.text if one.read else "□" for one in matches)


def numbered():
    """Return a line that reads 1加强."""
    return [match("1", 0, 8, 2, 18, "half"), match("加", 10, 18, 1, 19), match("强", 30, 18, 1, 19)]


@pytest.mark.parametrize(
    ("specks", "read"),
    [([(9, 15)], "1.加强"), ([], "1加强"), ([(9, 3)], "1加强"), ([(8, 13), (8, 17)], "1加强")],
)
def test_the_dot_of_an_item_is_one_speck_at_the_foot_of_its_number(specks, read):
    dirt = np.zeros((20, 60), np.uint8)
    row = numbered()
    row[1] = match("加", 14, 15, 1, 19)
    for x, y in specks:
        dirt[y : y + 2, x : x + 2] = 1
    line = GridLine(0, 20, [], [one.cell for one in row], PITCH)
    assert texts(with_item_dots([line], [row], dirt)[0]) == read


@pytest.mark.parametrize(
    ("before", "left", "read"),
    [("。", 38, "。1.加强"), ("，", 38, "，1加强"), ("年", 38, "年1加强"), ("。", 33, "。1加强")],
)
def test_within_a_line_the_dot_of_an_item_stands_behind_a_stop_and_leaves_room(before, left, read):
    dirt = np.zeros((20, 80), np.uint8)
    dirt[15:17, 29:31] = 1
    row = [match(before, 0, 6, 12, 18), match("1", 20, 8, 2, 18, "half")]
    row += [match("加", left, 18, 1, 19), match("强", left + 20, 18, 1, 19)]
    line = GridLine(0, 20, [], [one.cell for one in row], PITCH)
    line.pitch = PITCH
    assert texts(with_item_dots([line], [row], dirt)[0]) == read


def test_rings_among_numerals_are_zeros_and_narrow_ones_brackets():
    ink = np.zeros((20, 100), np.uint8)
    ink[2:18, 21:37] = 1
    ink[4:16, 23:35] = 0
    row = [match("二", 1, 18, 2, 18), match("", 21, 16, 2, 18), match("一", 41, 18, 9, 11)]
    line = GridLine(0, 20, [], [one.cell for one in row], PITCH)
    assert texts(with_zeros([line], [row], ink)[0]) == "二〇一"
    ink[8:12, 27:31] = 1
    assert texts(with_zeros([line], [row], ink)[0]) == "二□一"
    pair = [match("", 1, 6, 1, 19, lean=-0.3), match("〇", 41, 6, 1, 19, lean=0.3)]
    assert texts(with_zeros([line], [pair], ink)[0]) == "（）"


def test_straight_quotes_are_no_dirt_and_lone_specks_are():
    def row(heights):
        quotes = [match('"', 40 * n + 20, 5, 4, 4 + height, "learnt") for n, height in enumerate(heights)]
        han = [match("公", 40 * n, 18, 1, 19) for n in range(len(heights) + 1)]
        return sorted([*quotes, *han], key=lambda one: one.cell.left)

    for heights, read in (((4, 4, 4), '公"公"公"公'), ((4, 9, 2), "公□公□公□公")):
        matches = row(heights)
        line = GridLine(0, 20, [], [one.cell for one in matches], PITCH)
        shapes = MarkShapes([line], [matches], PITCH)
        assert texts(settle(matches, line, shapes, whole=False)) == read


def test_what_no_page_could_count_is_sought_at_open_ends_only():
    def parts(text, **given):
        return [p for p in paragraph_parts(text, [Line(0, len(text), "collapsed", **given)]) if isinstance(p, Hole)]

    assert parts("一、主要情", counted=True) == []  # its blank cells would have shown
    (hole,) = parts("一、主要情", counted=True, open_end=True)
    assert (hole.start, hole.end, hole.least, hole.kind) == (5, 5, 0, "edge")
    assert len(parts("一、主要情")) > 1


def lines_of(*contents):
    spans, at = [], 0
    for content in contents:
        spans.append((at, at + len(content) + 1))
        at += len(content) + 1
    damage = replace(infer(contents, {"公": 1.0}), cut=Cut("GB2312", "above", 0xC2C9))
    (volume,) = volumes_of(spans, contents, damage, [], counted=True)
    return volume.lines


def test_ends_are_open_on_damaged_pages_whose_lines_are_paragraphs():
    body = "各乡镇□□府要加强□□公开工□，落实责□，按时报送有□情况。"
    assert [line.open_end for line in lines_of("一、主要情", body, body)] == [True, False, False]
    assert [line.open_end for line in lines_of("一、主要情", body.replace("□", "政"))] == [False, False]
    assert not any(line.counted for line in lines_of("一、主要情", body[:-1], body[:-1]))


def test_a_heading_of_a_scan_gets_its_lost_end_back():
    def printed(text):
        cells = tuple(Cell("" if c == "□" else c, (20 * k, 0, 20 * k + 20, 20)) for k, c in enumerate(text))
        return Printed(cells, (0, 0, 20 * len(text), 20), 20.0, True)

    shown = ["".join("□" if BODY_CUT.loses(c) else c for c in line).rstrip("□") for line in TEXT.splitlines()]
    assert shown[2].endswith("机构建")
    scan = running_text([Page(1, 1000, 1000, 0.0, tuple(map(printed, shown)))])
    restored = restore_scan(scan, Settings(fill="best", jobs=1, beam=60)).text.splitlines()
    assert restored[2] == "二、加强组织领导和机构建设"
    assert restored[0] == "一、主动公开政府信息情况"
