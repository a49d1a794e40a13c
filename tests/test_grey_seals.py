"""Round seals without colour: found, taken out, what lies under them marked, and nothing invented beside them."""

import cv2
import numpy as np
import pytest

from pipeline.document import Cell, Line, Page
from pipeline.imaging.grey_seals import Ring, find_rings, without_rings
from pipeline.imaging.orientation import WayBack
from pipeline.laboratory.official import parse, print_official, set_pages
from pipeline.laboratory.typesetting import print_page, rows_of
from pipeline.laboratory.wear import scan, sealed
from pipeline.reading.grey_seals import under_rings
from pipeline.reading.images import read_image
from pipeline.recognition.engine import load_engine
from scripts.measure_layout import FONTS

TEXT = "为切实做好全县防汛工作，现就有关事项通知如下，请各乡镇结合实际认真抓好落实。\n" * 12


def colours(grey):
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def stamped(grey, seed, black=False):
    """Return a page under a seal, scanned without colour, and the seal's centre and radius."""
    page, where = sealed(grey, 200, np.random.default_rng(seed))
    result = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    return colours(((result > 150) * 255).astype(np.uint8) if black else result), where


@pytest.fixture(scope="module")
def printed():
    return print_page(rows_of(TEXT, justified=False)[:22], "kai", 200, set())[0]


@pytest.mark.parametrize("black", [False, True])
@pytest.mark.parametrize("worn", [False, True])
def test_a_seal_is_found_by_its_ring(printed, black, worn):
    grey = scan(printed, 200, np.random.default_rng(1))[0] if worn and not black else printed
    page, (x, y, radius) = stamped(grey, 4, black)
    (ring,) = find_rings(page)
    assert (ring.x, ring.y, ring.radius) == (
        pytest.approx(x, abs=4),
        pytest.approx(y, abs=4),
        pytest.approx(radius, 0.05),
    )
    assert find_rings(colours(grey)) == []
    clean = without_rings(page, [ring])
    away = np.hypot(*(np.indices(clean.shape[:2]) - np.array([y, x])[:, None, None])) / radius
    assert (clean[away > 1.2] == page[away > 1.2]).all()
    on = np.abs(away - 1) < 0.03
    assert (clean.min(axis=2)[on] < 100).mean() < 0.2 < (page.min(axis=2)[on] < 120).mean()


@pytest.mark.parametrize(("radius", "stroke"), [(160, 4), (120, 8)])
def test_a_circle_without_a_star_is_no_seal(printed, radius, stroke):
    page = colours(printed.copy())
    cv2.circle(page, (700, 900), radius, (0, 0, 0), stroke)
    assert find_rings(page) == []


@pytest.mark.parametrize("black", [False, True])
def test_a_seal_over_text_invents_no_lines_and_no_holes_elsewhere(printed, black):
    engine = load_engine("rapidocr")
    page = read_image(stamped(printed, 4, black)[0], engine, 1, "page")
    whole = read_image(colours(printed), engine, 1, "page")
    assert [len(line.cells) for line in page.lines] == pytest.approx([len(n.cells) for n in whole.lines], abs=1)
    assert "1 grey seals taken out" in page.notes
    cells = [cell for line in page.lines for cell in line.cells]
    assert sum(cell.blank and not cell.under_seal for cell in cells) <= 1
    assert 8 <= sum(cell.under_seal for cell in cells) <= 40


def test_a_seal_behind_a_signature_is_no_text():
    body = "p|为做好今年的防汛工作，现就有关事项通知如下，请各乡镇结合实际认真抓好落实，确保群众安全度汛。\n" * 3
    blocks = parse(f"{body}gap|3\nleft|安岭县人民政府\nleft|2018年6月15日")
    (page,) = set_pages(blocks, FONTS["song"])
    grey = cv2.cvtColor(print_official(page, 200), cv2.COLOR_BGR2GRAY)
    (image, (x, y, radius)) = stamped(np.full_like(grey, 255), 4, black=True)
    rows = np.flatnonzero((grey < 128).any(axis=1))
    signed = int(rows[-1]) - 40
    shifted = np.roll(image, (signed - y, round(220 + 9 * 44.4 + radius) - x), axis=(0, 1))
    read = read_image(np.minimum(colours(grey), shifted), load_engine("rapidocr"), 1, "page")
    assert ["".join(cell.text or "□" for cell in line.cells) for line in read.lines][-2:] == [
        "安岭县人民政府",
        "2018年6月15日",
    ]


def line_of(text, right=400, sealed_from=99, sure=0.99):
    cells = tuple(
        Cell(
            "" if c == "□" else c,
            (20 * k, 0, 20 * k + 20, 20),
            () if c == "□" else ((c, sure if k >= sealed_from else 0.99),),
        )
        for k, c in enumerate(text)
    )
    return Line(cells, (0, 0, min(right, 20 * len(text)), 20), 20.0, True)


def test_what_a_seal_shows_at_a_line_s_end_is_kept_only_where_it_was_read():
    ring, back = Ring(300.0, 10.0, 100.0), WayBack(np.eye(2, 3), 900, 900, 0)

    def ends(line):
        full = Line(tuple(Cell("文", (20 * k, 60, 20 * k + 20, 80)) for k in range(40)), (0, 60, 800, 80), 20.0, False)
        found = under_rings(Page(1, 900, 900, 0.0, (line, full)), [ring], back).lines[0]
        return "".join(cell.text or "□" for cell in found.cells)

    assert ends(line_of("安岭县人民政府的通知公告主□主")) == "安岭县人民政府的通知公告主□主"
    assert ends(line_of("安岭县人民政府的通知公告主□主", sealed_from=12, sure=0.3)) == "安岭县人民政府的通知公告"
    assert ends(line_of("安岭县人民政府□□□□□□主主")) == "安岭县人民政府"
    at_margin = line_of("安岭县人民政府的通知公告主□主", sealed_from=12, sure=0.3)
    wide = Line(at_margin.cells, (0, 0, 800, 20), 20.0, True)
    assert ends(wide) == "安岭县人民政府的通知公告□□□"


def test_a_line_of_which_nothing_was_read_stays_unless_the_seal_printed_it():
    ring, back = Ring(300.0, 200.0, 100.0), WayBack(np.eye(2, 3), 900, 900, 0)
    lost = Line(tuple(Cell("", (20 * k, 400, 20 * k + 20, 420)) for k in range(5)), (0, 400, 100, 420), 20.0, True)
    own = Line(tuple(Cell("", (20 * k, 190, 20 * k + 20, 210)) for k in (11, 18)), (220, 190, 380, 210), 20.0, True)
    assert under_rings(Page(1, 900, 900, 0.0, (lost, own)), [ring], back).lines == (lost,)


@pytest.mark.parametrize("quarters", range(4))
def test_a_seal_over_the_edge_of_the_page_keeps_its_middle(quarters):
    """A third of its box is off the page: the middle of what is left is not that of the seal."""
    ring, back = Ring(20.0, 200.0, 100.0), WayBack(np.eye(2, 3), 900, 700, quarters)
    middles = [(20, 120), (20, 280), (108, 200), (90, 200), (20, 90), (128, 200), (91, 271)]
    cells = tuple(Cell("文", back.box((x - 10, y - 10, x + 10, y + 10))) for x, y in middles)
    line = Line(cells, (0, 0, 20, 20), 20.0, True)
    found = under_rings(Page(1, back.width, back.height, 0.0, (line,)), [ring], back).lines[0]
    assert [cell.under_seal for cell in found.cells] == [True, True, True, True, False, False, False]
