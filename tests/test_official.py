"""Official documents by GB/T 9704: nothing is invented on whole pages, paragraphs stand as they were written."""

from pathlib import Path

import numpy as np
import pytest

from pipeline import Settings
from pipeline.errors import BuqueError
from pipeline.imaging.edges import measure_edges
from pipeline.imaging.orientation import lies_on_its_side
from pipeline.imaging.places import goes_on, places_of
from pipeline.imaging.regions import find_regions
from pipeline.imaging.spacing import Spot, layout_white
from pipeline.laboratory.losses import lost_by
from pipeline.laboratory.official import paragraphs, parse, print_official, set_pages
from pipeline.reading.images import read_image
from pipeline.reading.pages import read_scan
from pipeline.reading.running import running_text
from pipeline.recognition.engine import load_engine
from scripts.lab_pdf import FontDamage, Sheet, Text, write_pdf
from scripts.measure_layout import FONTS, compared, pictures, plain
from tests.test_edges import FULL, PITCH, measured

FOLDER = Path(__file__).parent / "cases" / "official"


def blocks_of(name):
    return parse((FOLDER / f"{name}.txt").read_text(encoding="utf-8"))


def truth_of(blocks, lost=()):
    """Return what is to be read."""
    return plain("\n".join(paragraphs(blocks, lost)) + "\n")


def read(blocks, version="a", fonts="song", lost=()):
    images = pictures(blocks, FONTS[fonts], 200, version, set(lost), 1)
    engine = load_engine("rapidocr")
    return running_text([read_image(image, engine, n, "page") for n, image in enumerate(images, 1)])


@pytest.mark.parametrize(
    ("name", "version", "fonts"),
    [
        ("notice", "a", "song"),  # two-line title, addressee, attachments, signature, copies in a smaller size
        ("request", "a", "song"),  # number at the left, signatory at the right
        ("attachment", "a", "song"),  # names below each other
        ("decision", "a", "song"),  # centred chapters, numbers of articles behind which a space stands
        ("one_heading", "a", "song"),
        ("minutes", "a", "song"),  # a red head and rule over few lines
        ("letter", "c", "serif"),  # few lines, scanned
    ],
)
def test_nothing_is_invented_on_a_whole_page(name, version, fonts):
    blocks = blocks_of(name)
    scan = read(blocks, version, fonts)
    assert "□" not in scan.text
    counts = compared(truth_of(blocks), plain(scan.text))
    assert counts["breaks missed"] == counts["breaks invented"] == 0
    assert counts["errors"] <= 3
    assert len(scan.places) == len(scan.text)


def test_boxes_of_a_title_lie_on_its_ink():
    blocks = blocks_of("request")
    (image,) = pictures(blocks, FONTS["song"], 200, "a", set(), 1)
    page = read_image(image, load_engine("rapidocr"), 1, "page")
    title = next(line for line in page.lines if "申请追加" in "".join(cell.text for cell in line.cells))
    assert title.font.startswith("larger")
    for cell in title.cells:
        left, top, right, bottom = cell.box
        assert image[top:bottom, left:right].min() < 100
        assert right - left == pytest.approx(22 * 200 / 72, rel=0.1)


def test_lost_glyphs_are_counted_and_a_title_gets_no_more():
    blocks = blocks_of("request")
    lost = lost_by("0.44", "".join(text for _, text in blocks), 1)
    counts = compared(truth_of(blocks, lost), plain(read(blocks, "b", lost=lost).text))
    assert counts["holes"] > 70
    assert counts["holes invented"] <= 1
    assert counts["holes missed"] <= 8  # nothing is printed behind them
    assert counts["breaks missed"] == 0


@pytest.mark.parametrize("name", ["notice", "reply", "contents", "decision", "attachment"])
def test_nothing_is_invented_in_a_glyph_layer(name, tmp_path):
    blocks = blocks_of(name)
    sheets, fonts = [], set()
    for page in set_pages(blocks, FONTS["song"]):
        lines = [glyphs for _, glyphs in page.lines if glyphs]
        texts = [Text(g[0].font, g[0].points, tuple((c.char, c.left) for c in g), g[0].baseline) for g in lines]
        sheets.append(Sheet(texts, [(left, top, right, top) for left, top, right, _, _ in page.rules]))
        fonts.update(text.font for text in texts)
    path = tmp_path / "layer.pdf"
    write_pdf(path, sheets, {font: FontDamage() for font in fonts})
    scan = read_scan(path, Settings())
    assert {page.source for page in scan.pages} == {"glyph layer"}
    assert plain(scan.text) == truth_of(blocks)


def test_pages_of_few_lines_are_not_read_sideways():
    for name in ("letter", "minutes", "reply", "request"):
        for image in pictures(blocks_of(name), FONTS["serif"], 150, "c", set(), 1):
            assert not lies_on_its_side(image)
            assert lies_on_its_side(np.ascontiguousarray(np.rot90(image)))


def test_sizes_of_type_are_told_apart():
    page = set_pages(blocks_of("notice"), FONTS["song"])[0]
    regions = find_regions(print_official(page, 200))
    assert [round(scale, 1) for scale in regions.scales] == [1.0, 1.4, 1.0]
    assert regions.columns == (0, 0, 0)
    assert not regions.plain
    page = set_pages(blocks_of("footnote"), FONTS["song"])[0]
    assert find_regions(print_official(page, 200)).scales[1] == pytest.approx(9 / 16, abs=0.04)
    plain_page = set_pages(parse("p|" + BODY * 8), FONTS["song"])[0]
    assert find_regions(print_official(plain_page, 200)).plain


def test_a_kind_of_block_that_nobody_knows_is_an_error():
    with pytest.raises(BuqueError, match="heading"):
        parse("heading|一、概述")


def test_what_stands_by_itself_is_told_from_running_text():
    white = [(4.0, 4.0), (0.0, 13.0), (2.0, 0.0), (0.0, 6.0), (17.0, 4.0), (18.5, 3.5)]
    texts = [
        "关于做好防汛工作的通知",
        "各乡镇人民政府：",
        "为切实做好",
        "落实到位。",
        "安岭县人民政府",
        "2018年6月15日",
    ]
    places = places_of(white, texts, 28.0, 6.2)
    assert places == ["centred", "text", "text", "text", "right", "right"]
    # Where half of all characters are lost, white on both sides of a line may be lost text.
    assert places_of([(3.0, 1.0), (0.0, 0.0)], ["实做好", "工作"], 28.0, 0.8) == ["text", "text"]


def test_what_a_title_lost_at_its_ends_is_counted():
    body = "p|为做好今年的防汛工作，现就有关事项通知如下，请各乡镇结合实际认真抓好落实，确保群众安全度汛。\n" * 6
    blocks = parse("title|安岭县人民政府关于加强/防汛工作的实施意见\n" + body)
    lines = read(blocks, "b", lost="今安实见各").text.splitlines()
    assert lines[0] == "□岭县人民政府关于加强防汛工作的□施意□"


def test_lines_of_long_numbers_are_in_the_size_of_the_others():
    numbers = "p|全省累计公开1136482条，同比增长11.4%，其中省级机关公开87416条、市级机关公开312547条，县级机关公开\n"
    more = "p|政府网站公开1019836条；政务微博公开178254条；政务微信公开93617条；其他渠道公开291438条。\n"
    text = "p|面对繁重任务和人民群众日益增长的信息需求，省政府把政府信息公开摆在更加突出位置，稳步推进。\n"
    (page,) = set_pages(parse((text + numbers + more) * 3), FONTS["kai"])
    regions = find_regions(print_official(page, 200, lost_by("0.3", text + numbers + more, 2)))
    assert all(scale == 1.0 for scale in regions.scales)


def test_titles_go_on_and_what_follows_them_does_not():
    assert goes_on("安岭县人民政府关于", "做好防汛工作的通知")
    assert not goes_on("关于做好防汛工作的通知", "（2018年3月20日）")
    assert not goes_on("安岭县人民政府", "2018年6月15日")
    assert not goes_on("第一章总则", "第二章服务事项")


def test_a_flush_line_behind_a_title_begins_a_paragraph():
    heading, body = "    " + FULL[:6], "  " + FULL[:12]
    lines = measured(heading, FULL[:5] + "：", body, FULL[:9] + "。", body, FULL, lost=0.02)
    assert [line.starts_paragraph for line in lines] == [True, True, True, False, True, False]
    assert [(line.lead, line.trail) for line in lines] == [(0, 0)] * 6


def test_lines_of_a_section_are_measured_against_the_margins_they_are_given():
    (line,) = measured("    " + FULL[:6])
    line.starts_paragraph = False
    measure_edges([line], [FULL[:6]], PITCH, 0.4, margins=(0.0, 14 * PITCH), title=True)
    assert (line.lead, line.trail, line.starts_paragraph) == (0, 0, True)


def spots(text):
    """Return the characters of a line with the blank cells, □, before them; ■ is ink that was not read."""
    result, blanks = [], 0
    for at, char in enumerate(text):
        if char == "□":
            blanks += 1
            continue
        result.append(Spot("□" if char == "■" else char, blanks, float(at)))
        blanks = 0
    return result


def layout(*lines):
    rows = [spots(line) for line in lines]
    return [sorted(found) for found in layout_white(rows)]


BODY = "为切实做好今年汛期地质灾害防治工作现就有关事项通知如下"


def test_white_by_custom_is_layout():
    assert layout(BODY, "公□告") == [[], [1]]
    assert layout("第一条□为了规范政务服务", "第十二条□本办法") == [[3], [4]]
    assert layout("组□长：周志强", BODY) == [[1], []]
    assert layout("安政□42号□□□□□□签发人：王建国", BODY)[0] == [5]
    assert layout("政府办公室□□□□□□2018年6月15日印发", BODY)[0] == [5]


def test_a_blank_cell_in_running_text_is_a_lost_character():
    assert layout(BODY, "加强组织□导明确责任", BODY) == [[], [], []]
    damaged = "为□实□好□年□期□质□害□治工□现□有□事□通知□下"
    assert layout(*[damaged] * 3, "加强□□□□□导明确")[3] == []


def test_white_longer_than_loss_explains_is_layout():
    assert layout(BODY, BODY, "一概述" + 20 * "□" + "1") == [[], [], [3]]


def test_white_below_white_is_layout():
    assert layout(*["周志强□县委副书记", "刘海峰□县委常委委", "陈永贵□县政府主任"], BODY) == [[3], [3], [3], []]


def test_a_name_of_two_among_names_of_three():
    assert layout("出席：周志强、刘□峰、陈永贵", *[BODY] * 3)[0] == [8]
