"""Red heads are read as text; seals are not."""

import cv2
import numpy as np
import pytest

from pipeline.imaging.red_print import with_red_text
from pipeline.laboratory.official import parse, print_official, set_pages
from pipeline.laboratory.wear import sealed
from pipeline.reading.images import read_image
from pipeline.recognition.engine import load_engine
from scripts.measure_layout import FONTS, pictures

HEAD = "安岭县人民政府文件"
BODY = "p|为做好今年的防汛工作，现就有关事项通知如下，请各乡镇结合实际认真抓好落实，确保群众安全度汛。\n" * 4
BLOCKS = parse(f"red|{HEAD}\nnumber|安政发〔2018〕15号\nredrule|\n{BODY}")


def red(image):
    blue, _, strong = cv2.split(image)
    return int((cv2.subtract(strong, blue) > 60).sum())


@pytest.mark.parametrize(("dpi", "font"), [(150, "kai"), (300, "song")])
def test_a_red_head_is_text_and_a_seal_beside_it_none(dpi, font):
    (page,) = set_pages(BLOCKS, FONTS[font])
    printed = print_official(page, dpi)
    y, share = printed.shape[0] // 3, red(printed)
    made = with_red_text(printed)
    assert red(made) < 0.3 * share  # the rule stays red
    assert (made == printed)[y:].all()
    stamped, (_, y, radius) = sealed(np.full_like(printed, 255), dpi, np.random.default_rng(3))
    assert with_red_text(stamped) is stamped
    both = np.minimum(printed, stamped)
    assert (with_red_text(both) == both)[y - radius :].all()


def test_a_red_head_is_read_with_what_it_lost():
    (image,) = pictures(BLOCKS, FONTS["kai"], 200, "d", {"民"}, 2)
    page = read_image(image, load_engine("rapidocr"), 1, "page")
    assert "".join(cell.text or "□" for cell in page.lines[0].cells) == HEAD.replace("民", "□")
    assert not any(cell.under_seal for line in page.lines for cell in line.cells)


def test_grey_pages_and_red_dots_stay_as_they_are():
    page = np.full((1754, 1240, 3), 230, np.uint8)
    assert with_red_text(page) is page
    for k in range(6):
        cv2.circle(page, (200 + 60 * k, 300 + 30 * (k % 2)), 12, (30, 30, 220), -1)
    assert with_red_text(page) is page
