"""Image files and page images of every kind: formats, broken ones, turned ones, and what is no page of text."""

from unittest.mock import patch

import cv2
import numpy as np
import PIL.Image
import pytest

from pipeline import Settings
from pipeline.damage.hypotheses import is_han
from pipeline.errors import FileAccessError, UnreadableInputError
from pipeline.imaging.loading import count_pages, load_page
from pipeline.imaging.orientation import turned
from pipeline.reading.images import read_image
from pipeline.reading.pages import read_scan
from pipeline.recognition.engine import load_engine
from scripts import lab
from tests.test_scans import FONT, LOST, ROWS, bgr


@pytest.fixture(scope="module")
def damaged():
    return lab.print_page(ROWS, FONT, 200, LOST)


def test_kinds_of_images_load_alike(damaged, tmp_path):
    grey = damaged[0]
    alpha = np.dstack([np.zeros((*grey.shape, 3), np.uint8), 255 - grey])
    kinds = {"grey.png": grey, "alpha.png": alpha, "deep.png": grey.astype(np.uint16) * 257, "page.tif": grey}
    for name, image in kinds.items():
        cv2.imwrite(str(tmp_path / name), image)
        assert count_pages(tmp_path / name) == 1
        loaded = load_page(tmp_path / name, 1)
        assert loaded.shape == (*grey.shape, 3)
        assert np.abs(loaded[:, :, 0].astype(int) - grey).max() <= 1, name


def test_bad_images_name_file_and_reason(damaged, tmp_path):
    png = cv2.imencode(".png", damaged[0])[1].tobytes()
    jpeg = cv2.imencode(".jpg", damaged[0])[1].tobytes()
    pixel = cv2.imencode(".png", np.zeros((4, 4), np.uint8))[1].tobytes()
    cases = {
        "empty.png": (b"", "empty"),
        "cut.jpg": (jpeg[: len(jpeg) // 2], "cut off"),
        "head.png": (png[:60], "damaged"),
        "text.png": ("公开".encode(), "no PNG"),
        "small.png": (pixel, "too few"),
    }
    for name, (data, reason) in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(UnreadableInputError, match=reason) as caught:
            load_page(path, 1)
        assert name in str(caught.value)
    with pytest.raises(FileAccessError):
        load_page(tmp_path / "nowhere.png", 1)


def test_a_blank_page_is_an_error_not_a_text(tmp_path):
    path = tmp_path / "blank.png"
    cv2.imwrite(str(path), np.full((1200, 800), 255, np.uint8))
    with pytest.raises(UnreadableInputError, match="no text"):
        read_scan(path, Settings())


def test_a_page_taken_to_lie_on_its_side_is_turned_back():
    """Of strokes that lie and stand alike, an engine reads enough on the side to be sure of it."""
    text = "二三一二三三二一三二一二三" * 16
    page = bgr(lab.print_page(lab.rows_of(text, True), FONT, 200, set())[0])
    with patch("pipeline.reading.images.lies_on_its_side", lambda _: True):
        read = read_image(page, load_engine("rapidocr"), 1, "page")
    assert (read.width, read.height) == (page.shape[1], page.shape[0])
    assert "turned" not in " ".join(read.notes)
    assert "".join(cell.text for cell in read.lines[0].cells).startswith("二三一二三三二")


def turned_back(box, quarters, shape):
    """Return where a box of a page that was turned by quarters lies on the upright one of some shape."""
    mask = np.zeros(shape[:2], np.uint8)
    mask = turned(mask, quarters).copy()
    left, top, right, bottom = (max(0, edge) for edge in box)
    mask[top:bottom, left:right] = 1
    rows, columns = np.nonzero(turned(mask, 4 - quarters))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_turned_pages_are_read_and_their_boxes_lie_on_the_page_as_it_came():
    engine = load_engine("rapidocr")
    page = bgr(lab.print_page(ROWS[:12], FONT, 200, LOST)[0])
    upright = read_image(page, engine, 1, "page")
    texts = [[cell.text for cell in line.cells] for line in upright.lines]
    for quarters in (1, 2, 3):
        image = turned(page, quarters)
        read = read_image(image, engine, 1, "page")
        assert (read.width, read.height) == (image.shape[1], image.shape[0])
        same = [[cell.text for cell in line.cells] for line in read.lines]
        assert sum(a == b for a, b in zip(texts, same, strict=True)) >= len(texts) - 1
        assert "turned" in " ".join(read.notes)
        for cell in read.lines[3].cells:
            left, top, right, bottom = cell.box
            assert (image[top:bottom, left:right].min() < 128) == bool(cell.text)
        for line, other in zip(upright.lines, read.lines, strict=True):
            for white in ("white", "indent"):
                boxes, turned_boxes = getattr(line, white), getattr(other, white)
                assert len(boxes) == len(turned_boxes)
                for box, turned_box in zip(boxes, turned_boxes, strict=True):
                    back = turned_back(turned_box, quarters, page.shape)
                    assert max(abs(a - b) for a, b in zip(box, back, strict=True)) <= 6
        assert any(line.white for line in read.lines) and any(line.indent for line in read.lines)


def test_every_page_stands_by_itself(tmp_path):
    short = lab.print_page(ROWS[:6], FONT, 200, LOST)[0]
    blank = np.full_like(short, 255)
    path = tmp_path / "三 页.tif"
    assert cv2.imencodemulti(".tif", [short, blank, short])[1].tofile(path) is None
    scan = read_scan(path, Settings())
    assert [page.number for page in scan.pages] == [1, 2, 3]
    assert not scan.pages[1].lines
    assert scan.pages[1].notes == ("there is no text on it",)
    whole = path.read_bytes()
    for lost in (300, 3000):  # in the list of the third page's strips, and in its tags
        path.write_bytes(whole[:-lost])
        scan = read_scan(path, Settings())
        assert scan.pages[0].lines
        assert [page.number for page in scan.pages] == [1, 2]
        assert len(scan.failures) == 1
        assert "三 页.tif, page 3: the" in scan.failures[0][1]


def test_what_is_no_chinese_page_is_an_error():
    engine = load_engine("rapidocr")
    noise = np.random.default_rng(1).integers(0, 255, (900, 700, 3)).astype(np.uint8)
    photo = cv2.GaussianBlur(noise, (0, 0), 9) * 3
    english = np.full((1100, 1200, 3), 255, np.uint8)
    for row in range(12):
        text = "The committee met on Tuesday and agreed to publish it"
        cv2.putText(english, text, (60, 120 + 70 * row), cv2.FONT_HERSHEY_COMPLEX, 1.1, (0, 0, 0), 2, cv2.LINE_AA)
    with pytest.raises(UnreadableInputError, match="not a page in Chinese") as caught:
        read_image(english, engine, 1, "照片.jpg")
    assert "照片.jpg" in str(caught.value)
    for image in (photo, noise):
        try:
            assert not read_image(image, engine, 1, "照片.jpg").lines
        except UnreadableInputError as error:
            assert "no printed text" in str(error)


def test_a_page_of_numbers_is_a_chinese_one_by_its_few_words():
    text = "".join(f"乡镇{number}、12345.67，2345.10，345.22，1234567.8，99.1%，2018；" for number in range(40))
    image, _ = lab.print_page(lab.rows_of(text, False)[:20], FONT, 200, frozenset())
    page = read_image(bgr(image), load_engine("rapidocr"), 1, "表.png")
    read = "".join(cell.text for line in page.lines for cell in line.cells)
    assert sum(map(is_han, read)) < 0.2 * len(read)
    assert read.count("乡镇") >= 10 and read.count("12345.67") >= 8


def test_kinds_of_pictures_that_scanners_make(damaged, tmp_path):
    grey = PIL.Image.fromarray(damaged[0])
    wide = grey.resize((grey.width, grey.height // 2))
    kinds = {
        "fax.tif": (grey.convert("1"), {"compression": "group4"}),
        "coarse fax.tif": (wide.convert("1"), {"compression": "group4", "dpi": (200, 100)}),
        "print.jpg": (grey.convert("CMYK"), {"quality": 90}),
        "deep.tif": (PIL.Image.fromarray(damaged[0].astype(np.uint16) * 257), {}),
        "palette.png": (grey.convert("P"), {}),
    }
    for name, (image, options) in kinds.items():
        image.save(tmp_path / name, **options)
        loaded = load_page(tmp_path / name, 1)
        assert loaded.shape == (*damaged[0].shape, 3), name
        assert np.abs(loaded[:, :, 1].astype(int) - damaged[0]).mean() < 12, name


def test_huge_pictures_are_not_decoded(tmp_path):
    line = PIL.Image.new("1", (30_000, 400))
    line.save(tmp_path / "wide.png")
    PIL.Image.new("1", (13_000, 13_000)).save(tmp_path / "bomb.png")
    for name, reason in (("wide.png", "too many"), ("bomb.png", "too many")):
        with pytest.raises(UnreadableInputError, match=reason):
            load_page(tmp_path / name, 1)
