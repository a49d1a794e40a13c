"""Red heads are read as text; seals are not."""

import cv2
import numpy as np
import pytest

from pipeline.imaging.red_print import find_red_print
from pipeline.laboratory.official import parse, print_official, set_pages
from pipeline.laboratory.wear import sealed
from pipeline.reading.images import read_image
from pipeline.recognition.engine import load_engine
from scripts.measure_layout import FONTS, pictures

HEAD = "安岭县人民政府文件"
BODY = "p|为做好今年的防汛工作，现就有关事项通知如下，请各乡镇结合实际认真抓好落实，确保群众安全度汛。\n" * 4
BLOCKS = parse(f"red|{HEAD}\nnumber|安政发〔2018〕15号\nredrule|\n{BODY}")


@pytest.mark.parametrize(("dpi", "font"), [(150, "kai"), (300, "song")])
def test_a_red_head_is_text_and_a_seal_none(dpi, font):
    (page,) = set_pages(BLOCKS, FONTS[font])
    printed = print_official(page, dpi)
    found = find_red_print(printed)
    assert found is not None
    ((left, top, right, bottom),) = found.lines
    em = 42 * dpi / 72
    assert (right - left, bottom - top) == (pytest.approx(len(HEAD) * em, rel=0.05), pytest.approx(em, rel=0.15))
    assert found.page[round(top) : round(bottom), round(left) : round(right)].min() < 60
    stamped, _ = sealed(np.full_like(printed, 255), dpi, np.random.default_rng(3))
    assert find_red_print(stamped) is None
    assert find_red_print(np.minimum(printed, stamped)).lines == found.lines


def test_a_red_head_is_read_with_what_it_lost():
    (image,) = pictures(BLOCKS, FONTS["kai"], 200, "d", {"民"}, 2)
    page = read_image(image, load_engine("rapidocr"), 1, "page")
    assert "".join(cell.text or "□" for cell in page.lines[0].cells) == HEAD.replace("民", "□")
    assert not any(cell.under_seal for line in page.lines for cell in line.cells)


def test_grey_pages_and_red_dots_stay_as_they_are():
    page = np.full((1754, 1240, 3), 230, np.uint8)
    assert find_red_print(page) is None
    for k in range(6):
        cv2.circle(page, (200 + 60 * k, 300 + 30 * (k % 2)), 12, (30, 30, 220), -1)
    assert find_red_print(page) is None
