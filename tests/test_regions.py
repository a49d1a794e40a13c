"""Fonts of a page are regions of their own for damage: in text layers and on page images."""

import cv2
import numpy as np
import pytest

from pipeline import Settings, restore
from pipeline.damage.hypotheses import Cut
from pipeline.imaging.locate import locate
from pipeline.imaging.looks import BODY, looks_of
from pipeline.laboratory.typesetting import print_page, rows_of
from pipeline.writing.files import report
from scripts.lab_pdf import FontDamage, sheets_of, write_pdf
from tests.test_restore import TRUTH

BODY_CUT = Cut("GB2312", "above", 0xC2C9)
HEADING_LOST = frozenset("公开机度导")
"""Of the headings; the body's cut leaves all of them."""

PARAGRAPHS = [line for line in TRUTH.splitlines() if 80 < len(line) < 140]
HEADINGS = [
    "一、主动公开政府信息情况",
    "二、加强组织领导和机构建设",
    "三、依申请公开信息和答复情况",
    "四、制度建设和平台管理情况",
]
TEXT = "\n".join(line for heading, body in zip(HEADINGS, PARAGRAPHS, strict=False) for line in (heading, body))


def restored_headings(result):
    lines = result.text.splitlines()
    return [line for line in lines if line[:2] in {heading[:2] for heading in HEADINGS}]


def expect_regions(result, font):
    assert not any(result.damage.cut.loses(char) for char in HEADING_LOST)
    fonts = {entry["font"]: entry for entry in report(result, Settings(), "x")["damage"]["fonts"]}
    assert fonts[font]["model"] is None
    assert fonts[font]["lines"] == len(HEADINGS)
    kept = sum(a == b for a, b in zip("".join(restored_headings(result)), "".join(HEADINGS), strict=False))
    assert kept >= 0.9 * len("".join(HEADINGS))


def test_headings_of_a_text_layer_are_filled_with_what_their_font_lost(tmp_path):
    path = tmp_path / "two fonts.pdf"
    sheets = sheets_of(TEXT, "song", "song/heading")
    lost = frozenset(filter(BODY_CUT.loses, TEXT))
    damages = {"song": FontDamage(notdef=lost), "song/heading": FontDamage(notdef=HEADING_LOST)}
    write_pdf(path, sheets, damages)
    result = restore(path, Settings(fill="best", jobs=1, beam=60))
    heading = next(place.font for place, char in zip(result.places, result.original, strict=True) if char == "一")
    expect_regions(result, heading)


@pytest.fixture(scope="module")
def page():
    """A page whose headings are printed heavier and lost other characters."""
    rows, heavy = [], []
    for line in TEXT.splitlines():
        lost = HEADING_LOST.__contains__ if line in HEADINGS else BODY_CUT.loses
        found = rows_of("".join("□" if lost(char) else char for char in line), True)
        heavy += [line in HEADINGS] * len(found)
        rows += found
    rows, heavy = rows[:22], heavy[:22]
    image, truth = print_page(rows, "song", 200, set())
    for row, heavier in zip(truth, heavy, strict=True):
        band = slice(int(row["top"]) - 6, int(row["bottom"]) + 8)
        if heavier:
            image[band] = cv2.erode(image[band], np.ones((2, 2), np.uint8))
    return image, heavy


def test_heavier_lines_are_told_from_the_body(page):
    image, heavy = page
    located = locate(np.dstack([image] * 3))
    looks = looks_of(located.page.ink, located.lines)
    assert [look != BODY for look in looks] == heavy
    assert {look for look in looks if look != BODY} == {"heavier"}


def test_headings_of_an_image_are_filled_with_what_their_font_lost(page, tmp_path):
    image, heavy = page
    assert sum(heavy) == len(HEADINGS)
    path = tmp_path / "heavier.png"
    cv2.imwrite(str(path), image)
    expect_regions(restore(path, Settings(fill="best", jobs=1, beam=60)), "heavier")
